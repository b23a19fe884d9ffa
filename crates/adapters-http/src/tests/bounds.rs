//! How much a request may be, and how long it may take.

use actix_web::HttpResponse;
use actix_web::web::get;

use super::*;
use crate::routes::mount;

#[actix_web::test]
async fn a_large_head_is_refused_before_anybody_looks_at_it() {
    let app = listener(PUBLIC, public::configure).await;
    let with_cookie = |size: usize| {
        let request = TestRequest::get().uri("/healthz").insert_header(("Cookie", "a".repeat(size)));
        request.to_request()
    };
    assert_eq!(call_service(&app, with_cookie(15_000)).await.status(), StatusCode::OK);
    let (status, code, _) = problem(call_service(&app, with_cookie(17_000)).await).await;
    assert_eq!((status, code.as_str()), (431, "head_too_large"));
    let long = format!("/v1/catalogue?cursor={}", "a".repeat(17_000));
    let long = bearer(TestRequest::get().uri(&long), Role::Customer).to_request();
    assert_eq!(problem(call_service(&app, long).await).await.0, 431);
}

#[actix_web::test]
async fn json_nested_without_end_is_refused_wherever_it_stands() {
    let app = listener(PUBLIC, public::configure).await;
    let total = r#"{"amount":"57.00","currency":"TWD"}"#;
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(5_000), close.repeat(5_000));
    for body in [
        deep("[", "]"),
        deep(r#"{"items":"#, "}"),
        format!(r#"{{"items":{},"expected_total":{total}}}"#, deep("[", "]")),
        format!(r#"{{"items":[],"expected_total":{}}}"#, deep("[", "]")),
        format!(r#"{{"items":[],"expected_total":{{"amount":{},"currency":"TWD"}}}}"#, deep("[", "]")),
        format!(r#"{{"items":[],"expected_total":{total},"more":{}}}"#, deep("[", "]")),
    ] {
        let request = with_key(bearer(TestRequest::post().uri("/v1/orders"), Role::Customer))
            .insert_header(("Content-Type", "application/json"))
            .set_payload(body.clone());
        let (status, code, _) = problem(call_service(&app, request.to_request()).await).await;
        assert!(matches!(status, 400 | 422), "{status} {code}: {}", &body[..60]);
    }
}

#[actix_web::test]
async fn a_list_longer_than_an_order_may_be_is_refused() {
    let app = listener(PUBLIC, public::configure).await;
    let items = [r#"{"product":"pulsa-10000"}"#; 11].join(",");
    let request = bearer(TestRequest::post().uri("/v1/quotes"), Role::Customer)
        .insert_header(("Content-Type", "application/json"))
        .set_payload(format!(r#"{{"items":[{items}]}}"#));
    let (status, code, _) = problem(call_service(&app, request.to_request()).await).await;
    assert_eq!((status, code.as_str()), (422, "too_many_items"));
}

const NEVER: &[Rule] = &[Rule { method: "GET", path: "/never", access: Access::Open, key: false }];

fn never(config: &mut ServiceConfig) {
    let handler = async || -> HttpResponse { std::future::pending().await };
    mount(config, "/never", vec![get().to(handler)]);
}

#[actix_web::test]
async fn nobody_waits_without_end() {
    let app = listener(NEVER, never).await;
    let response = call_service(&app, TestRequest::get().uri("/never").to_request()).await;
    assert!(response.headers().contains_key("retry-after"));
    let (status, code, _) = problem(response).await;
    assert_eq!((status, code.as_str()), (503, "too_slow_here"));
}

const SLOW: &[Rule] = &[
    Rule { method: "GET", path: "/v1/slow", access: Access::Roles(&[Role::Customer]), key: false },
    Rule { method: "POST", path: "/webhooks/{provider}/{kind}", access: Access::Open, key: false },
];

fn slow(config: &mut ServiceConfig) {
    let handler = async || {
        tokio::time::sleep(Duration::from_millis(100)).await;
        HttpResponse::Ok().finish()
    };
    mount(config, "/v1/slow", vec![get().to(handler)]);
    mount(config, "/webhooks/{provider}/{kind}", vec![actix_web::web::post().to(handler)]);
}

#[actix_web::test]
async fn whoever_finds_no_place_is_told_at_once_even_without_a_token_and_providers_need_none() {
    let app = listener(SLOW, slow).await;
    let customer = || bearer(TestRequest::get().uri("/v1/slow"), Role::Customer).to_request();
    let served = futures_util::future::join_all((0..PLACES).map(|_| call_service(&app, customer())));
    let others = async {
        for request in [customer(), TestRequest::get().uri("/v1/slow").to_request()] {
            let response = call_service(&app, request).await;
            assert_eq!(response.headers().get("retry-after").unwrap(), "2");
            let (status, code, body) = problem(response).await;
            assert_eq!((status, code.as_str()), (503, "overloaded"), "{body}");
        }
        let notice = TestRequest::post().uri("/webhooks/ecpay/return").to_request();
        assert_eq!(call_service(&app, notice).await.status(), StatusCode::OK);
    };
    let (served, ()) = tokio::join!(served, others);
    assert!(served.iter().all(|response| response.status() == StatusCode::OK));
    // The places are free again, also that of somebody who was not let in.
    for _ in 0..=PLACES {
        assert_eq!(call_service(&app, TestRequest::get().uri("/v1/slow").to_request()).await.status(), 401);
    }
    assert_eq!(call_service(&app, customer()).await.status(), StatusCode::OK);
}
