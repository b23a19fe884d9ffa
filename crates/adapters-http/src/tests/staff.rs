//! What staff look back on.

use std::net::SocketAddr;

use ports::store::{StaffAct, Story, StoryTask};
use uuid::Uuid;

use super::*;
use crate::testing::{engine_that_takes_notices, engine_with_acts, engine_with_names, engine_with_stories};

fn from(peer: &str, body: &'static str) -> actix_http::Request {
    let peer: SocketAddr = format!("{peer}:4000").parse().unwrap();
    TestRequest::post().uri("/webhooks/ecpay/return").peer_addr(peer).set_payload(body).to_request()
}

/// Five hundred forged notices through one proxy, and a genuine one among them.
#[actix_web::test]
async fn a_flood_of_forgeries_is_counted_kept_within_bounds_and_shuts_nobody_out() {
    let engine = engine_that_takes_notices();
    let public = listener_over(Arc::clone(&engine), PUBLIC, public::configure).await;
    let admin = listener_over(engine, ADMIN, admin::configure).await;
    let mut too_many = 0;
    for _ in 0..500 {
        let response = call_service(&public, from("10.0.0.1", "forged")).await;
        match response.status().as_u16() {
            400 => assert!(read_body(response).await.starts_with(b"0|")),
            429 => {
                assert!(response.headers().contains_key("retry-after"));
                assert_eq!(problem(response).await.1, "too_many_rejected");
                too_many += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(too_many, 440, "a minute's allowance is answered in the provider's words");
    let genuine = call_service(&public, from("10.0.0.1", "genuine")).await;
    assert_eq!(genuine.status(), StatusCode::OK);
    assert_eq!(read_body(genuine).await, "1|OK");

    let metrics = call_service(&admin, TestRequest::get().uri("/metrics").to_request()).await;
    let metrics = String::from_utf8(read_body(metrics).await.to_vec()).unwrap();
    assert!(metrics.contains(r#"seberang_notices_total{provider="ecpay",outcome="rejected"} 500"#), "{metrics}");
    assert!(metrics.contains(r#"seberang_notices_total{provider="ecpay",outcome="stored"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"seberang_notices_limited_total{provider="ecpay"} 440"#), "{metrics}");
}

async fn rejected(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = Error>,
    query: &str,
) -> Value {
    let path = format!("/v1/admin/notices/rejected{query}");
    let response = call_service(app, bearer(TestRequest::get().uri(&path), Role::Operator).to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    serde_json::from_slice(&read_body(response).await).unwrap()
}

#[actix_web::test]
async fn the_newest_rejected_notices_are_kept_and_hold_nothing_of_their_bodies() {
    let engine = engine_that_takes_notices();
    let public = listener_over(Arc::clone(&engine), PUBLIC, public::configure).await;
    let admin = listener_over(engine, ADMIN, admin::configure).await;
    for n in 1..=500 {
        call_service(&public, from(&format!("10.0.{}.{}", n / 50, n % 50), "customer_id=081234567890")).await;
    }
    let mut numbers: Vec<u64> = Vec::new();
    let mut query = "?limit=100".to_owned();
    loop {
        let page = rejected(&admin, &query).await;
        numbers.extend(page["items"].as_array().unwrap().iter().map(|item| item["no"].as_u64().unwrap()));
        assert!(!page.to_string().contains("0812"), "{page}");
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=100&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(numbers, (245..=500).rev().collect::<Vec<u64>>());

    let newest = rejected(&admin, "?limit=1").await["items"][0].clone();
    assert_eq!(newest["provider"], "ecpay");
    assert_eq!(newest["kind"], "return");
    assert_eq!(newest["peer"], "10.0.10.0");
    assert_eq!(newest["reason"], "bad_signature");
    assert_eq!(newest["size"], 24);
    assert_eq!(newest["sha256"].as_str().unwrap().len(), 64);
}

#[actix_web::test]
async fn a_notice_for_nobody_is_kept_too_but_not_its_odd_words() {
    let engine = engine_that_takes_notices();
    let public = listener_over(Arc::clone(&engine), PUBLIC, public::configure).await;
    let admin = listener_over(engine, ADMIN, admin::configure).await;
    for path in ["/webhooks/nobody/return", "/webhooks/081234567890/x"] {
        let response = call_service(&public, TestRequest::post().uri(path).to_request()).await;
        assert_eq!(problem(response).await.0, 404);
    }
    let page = rejected(&admin, "").await;
    let providers: Vec<&str> =
        page["items"].as_array().unwrap().iter().map(|i| i["provider"].as_str().unwrap()).collect();
    assert_eq!(providers, ["-", "nobody"]);
    assert_eq!(page["items"][0]["reason"], "unknown_provider");
    let metrics = call_service(&admin, TestRequest::get().uri("/metrics").to_request()).await;
    let metrics = String::from_utf8(read_body(metrics).await.to_vec()).unwrap();
    assert!(metrics.contains(r#"seberang_notices_total{provider="-",outcome="rejected"} 2"#), "{metrics}");
}

fn act(n: u128) -> StaffAct {
    StaffAct {
        id: Uuid::from_u128(n),
        at: noon(),
        actor: "rina".into(),
        act: "close_alert".into(),
        subject: format!("alert {n}"),
        detail: String::new(),
    }
}

#[actix_web::test]
async fn an_admin_pages_through_what_staff_did() {
    let app = listener_over(engine_with_acts(vec![act(3), act(2), act(1)]), ADMIN, admin::configure).await;
    let page = async |query: &str| -> Value {
        let path = format!("/v1/admin/staff-acts{query}");
        let response = call_service(&app, bearer(TestRequest::get().uri(&path), Role::Admin).to_request()).await;
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(&read_body(response).await).unwrap()
    };
    let first = page("?limit=2").await;
    assert_eq!(first["items"][0]["by"], "rina");
    assert_eq!(first["items"][0]["act"], "close_alert");
    assert_eq!(first["items"][1]["subject"], "alert 2");
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(cursor, Uuid::from_u128(2).to_string());
    let last = page(&format!("?limit=2&cursor={cursor}")).await;
    assert_eq!(last["items"].as_array().unwrap().len(), 1);
    assert!(last["next_cursor"].is_null());
}

/// Whoever acts outside an order is written down by their login name.
#[actix_web::test]
async fn every_act_outside_orders_carries_the_callers_name() {
    let acted = crate::testing::Acted::default();
    let app = listener_over(acted.engine(), ADMIN, admin::configure).await;
    let book = r#"{"fx":{"base":"IDR","quote":"TWD","rate":"0.002","source":"bank","as_of":"2026-11-21T11:00:00Z"},
        "buffer_percent":"1","margin":{"percent":"5","fixed":{"amount":"0","currency":"TWD"},
        "minimum":{"amount":"5","currency":"TWD"}},"charge_unit":100,"max_rate_age_seconds":86400}"#;
    let promo = r#"{"discount":{"amount":"10","currency":"TWD"},"max_uses":5}"#;
    for (method, path, body, role) in [
        (Method::POST, "/v1/admin/alerts/7/close".to_owned(), "{}", Role::Operator),
        (Method::POST, format!("/v1/admin/orders/{ORDER}/tasks/revive"), r#"{"key":"item:0"}"#, Role::Operator),
        (Method::PUT, "/v1/admin/price-book".to_owned(), book, Role::Finance),
        (Method::PUT, "/v1/admin/promos/OLA-10".to_owned(), promo, Role::Finance),
        (Method::POST, "/v1/admin/catalogue/sync".to_owned(), "{}", Role::Operator),
        (Method::POST, "/v1/admin/switches".to_owned(), r#"{"category":"game","why":"closed"}"#, Role::Operator),
        (Method::POST, format!("/v1/admin/switches/{ORDER}/end"), "{}", Role::Operator),
        (Method::POST, "/v1/admin/suppliers/iak/release".to_owned(), "{}", Role::Operator),
    ] {
        let request = bearer(TestRequest::with_uri(&path).method(method), role)
            .insert_header(("Content-Type", "application/json"))
            .set_payload(body);
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
    let told: Vec<String> =
        acted.told().iter().map(|act| format!("{} {}: {}", act.actor, act.act, act.subject)).collect();
    assert_eq!(told.len(), 8, "{told:?}");
    assert!(told.iter().all(|act| act.starts_with("rina ")), "{told:?}");
    assert!(told.contains(&"rina close_alert: alert 7".to_owned()), "{told:?}");
    assert!(told.contains(&format!("rina revive_task: order {ORDER} item:0")), "{told:?}");
    assert!(told.contains(&"rina put_promo: promo OLA-10".to_owned()), "{told:?}");
    assert!(told.contains(&"rina switch_off: category game".to_owned()), "{told:?}");
    assert!(told.contains(&"rina release_supplier: supplier iak".to_owned()), "{told:?}");
    assert!(told.contains(&format!("rina switch_on: switch {ORDER}")), "{told:?}");
}

#[actix_web::test]
async fn an_orders_story_is_told_again_only_when_it_has_changed() {
    let task = StoryTask { key: "item:0".into(), run_at: noon(), attempts: 0, dead: false, last_error: None };
    let longer = Story { tasks: vec![task], ..Story::default() };
    let stories = vec![Story::default(), Story::default(), longer];
    let app = listener_over(engine_with_stories(stories), ADMIN, admin::configure).await;
    let tell = async |seen: &str| {
        let request =
            TestRequest::get().uri(&format!("/v1/admin/orders/{ORDER}")).insert_header(("If-None-Match", seen));
        let response = call_service(&app, bearer(request, Role::Operator).to_request()).await;
        let tag = response.headers().get("etag").unwrap().to_str().unwrap().to_owned();
        (response.status().as_u16(), tag, read_body(response).await.len())
    };
    let (status, tag, length) = tell("\"none\"").await;
    assert!(status == 200 && length > 100);
    assert_eq!(tell(&tag).await, (304, tag.clone(), 0));
    let (status, other, _) = tell(&tag).await;
    assert_eq!(status, 200, "the order's version is the same, its tasks are not");
    assert_ne!(other, tag);
}

/// What an alert or a gateway's console names leads to the order, and to what was sent about it.
#[actix_web::test]
async fn an_order_is_found_by_its_reference_and_by_its_transaction() {
    let app = listener_over(engine_with_names(), ADMIN, admin::configure).await;
    let ask =
        async |path: &str| call_service(&app, bearer(TestRequest::get().uri(path), Role::Operator).to_request()).await;
    let found = async |query: &str| -> Vec<String> {
        let response = ask(&format!("/v1/admin/orders?{query}")).await;
        assert_eq!(response.status(), StatusCode::OK, "{query}");
        let page: Value = serde_json::from_slice(&read_body(response).await).unwrap();
        page["items"].as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(found("reference=AAAAAAAAAAAAAAAAAAAA").await, [ORDER]);
    assert_eq!(found("transaction=2611211200001").await, [ORDER]);
    assert!(found("reference=ZZZZZZZZZZZZZZZZZZZZ").await.is_empty());
    assert!(found("transaction=nobodys").await.is_empty());
    for (query, field) in [
        ("reference=AAAAAAAAAAAAAAAAAAAA&status=paid", "reference=not_alone"),
        ("transaction=1&reference=AAAAAAAAAAAAAAAAAAAA", "reference=not_alone"),
        ("transaction=1&cursor=0199aa00-0000-7000-8000-00000000000a", "transaction=not_alone"),
        ("reference=short", "reference=invalid"),
        ("transaction=", "transaction=invalid"),
    ] {
        let (status, code, body) = problem(ask(&format!("/v1/admin/orders?{query}")).await).await;
        assert_eq!((status, code.as_str()), (400, "invalid_query"), "{query}");
        let error = &body["errors"][0];
        assert_eq!(format!("{}={}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap()), field);
    }
    let response = ask("/v1/admin/notices?reference=ZZZZZZZZZZZZZZZZZZZZ&limit=7").await;
    let page: Value = serde_json::from_slice(&read_body(response).await).unwrap();
    assert_eq!(page["items"][0]["key"], "ecpay:return:ZZZZZZZZZZZZZZZZZZZZ:1:1:0");
    assert_eq!(page["items"][0]["body"], "limit=7");
    let nameless = problem(ask("/v1/admin/notices").await).await;
    assert_eq!((nameless.0, nameless.1.as_str()), (400, "invalid_query"));
}
