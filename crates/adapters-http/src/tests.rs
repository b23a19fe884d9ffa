//! The API from outside, as far as it goes without a database: who gets in, what is refused and how, and what both
//! listeners answer when the database is down.

mod bills;
mod bounds;
mod live;
mod sockets;
mod staff;

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, Error};
use engine::Engine;
use serde_json::Value;

use crate::auth::{Guard, Role};
use crate::docs::Description;
use crate::edge::edge;
use crate::metrics::HttpRegistry;
use crate::places::Places;
use crate::problem::no_route;
use crate::routes::{ADMIN, Access, PUBLIC, Rule};
use crate::testing::{engine_without_store, keys, noon, token};
use crate::{admin, public};

const ROLES: [Role; 5] = [Role::Customer, Role::Partner, Role::Operator, Role::Finance, Role::Admin];
/// Requests served at once.
const PLACES: usize = 2;
const ORDER: &str = "0199aa00-0000-7000-8000-00000000000a";

async fn listener(
    rules: &'static [Rule],
    routes: fn(&mut ServiceConfig),
) -> impl Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = Error> {
    listener_over(engine_without_store(), rules, routes).await
}

async fn listener_over(
    engine: Arc<Engine>,
    rules: &'static [Rule],
    routes: fn(&mut ServiceConfig),
) -> impl Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = Error> {
    let registry = HttpRegistry::new().unwrap();
    let metrics = Data::new(registry.listener("test"));
    let guard = Guard { keys: keys(), dev: false, rules, now: Box::new(noon), deadline: Duration::from_millis(500) };
    init_service(
        App::new()
            .app_data(Data::new(guard))
            .app_data(Data::new(Places::new(PLACES, registry.turned_away("test"))))
            .app_data(Data::from(engine))
            .app_data(Data::new(Description("{}".into())))
            .app_data(metrics)
            .app_data(Data::new(registry))
            .configure(routes)
            .default_service(web::to(|| async { Err::<&str, _>(no_route()) }))
            .wrap(from_fn(edge::<BoxBody>)),
    )
    .await
}

/// A real address for a pattern.
fn address(pattern: &str) -> String {
    let id = if pattern.contains("/alerts/") { "7" } else { ORDER };
    let filled = pattern.replace("{id}", id).replace("{n}", "0").replace("{code}", "OLA-10");
    let filled = filled.replace("{gateway}", "ecpay").replace("{reference}", "AAAAAAAAAAAAAAAAAAAA");
    filled.replace("{provider}", "ecpay").replace("{kind}", "return").replace("{file:.*}", "")
}

fn ask(rule: &Rule) -> TestRequest {
    let method: Method = rule.method.parse().unwrap();
    TestRequest::with_uri(&address(rule.path)).method(method)
}

fn with_key(request: TestRequest) -> TestRequest {
    request.insert_header(("Idempotency-Key", "key-1"))
}

fn bearer(request: TestRequest, role: Role) -> TestRequest {
    request.insert_header(("Authorization", format!("Bearer {}", token(role))))
}

/// Status and code of a problem, and a check that it is one in every respect.
async fn problem(response: ServiceResponse<BoxBody>) -> (u16, String, Value) {
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("application/problem+json"), "status {status}");
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    let id = header("x-request-id").unwrap();
    let body: Value = serde_json::from_slice(&read_body(response).await).unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["request_id"], id);
    (status, body["code"].as_str().unwrap().to_owned(), body)
}

#[actix_web::test]
async fn nobody_gets_in_whom_the_table_does_not_name() {
    for (rules, routes) in [(PUBLIC, public::configure as fn(&mut ServiceConfig)), (ADMIN, admin::configure)] {
        let app = listener(rules, routes).await;
        for rule in rules {
            let Access::Roles(roles) = rule.access else { continue };
            let stranger = call_service(&app, with_key(ask(rule)).to_request()).await;
            assert_eq!(problem(stranger).await.1, "token_required", "{} {}", rule.method, rule.path);
            for role in ROLES {
                let response = call_service(&app, bearer(with_key(ask(rule)), role).to_request()).await;
                let status = response.status().as_u16();
                if roles.contains(&role) {
                    assert!(
                        !matches!(status, 401 | 403 | 404 | 405 | 500),
                        "{} {} {role}: {status}",
                        rule.method,
                        rule.path
                    );
                } else {
                    assert_eq!(problem(response).await.1, "forbidden", "{} {} {role}", rule.method, rule.path);
                }
            }
        }
    }
}

#[actix_web::test]
async fn what_creates_or_moves_something_needs_a_key() {
    for (rules, routes) in [(PUBLIC, public::configure as fn(&mut ServiceConfig)), (ADMIN, admin::configure)] {
        let app = listener(rules, routes).await;
        for rule in rules.iter().filter(|rule| rule.key) {
            let Access::Roles(&[role, ..]) = rule.access else { panic!("{} is open", rule.path) };
            let response = call_service(&app, bearer(ask(rule), role).to_request()).await;
            let (status, code, body) = problem(response).await;
            assert_eq!((status, code.as_str()), (400, "idempotency_key_required"), "{}", rule.path);
            assert_eq!(body["errors"][0]["field"], "Idempotency-Key");
        }
    }
}

#[actix_web::test]
async fn a_browser_that_comes_back_is_sent_on_only_when_its_gateway_signed_what_it_carries() {
    let app = listener(PUBLIC, public::configure).await;
    let back = |path: &str, body: &'static str| TestRequest::post().uri(path).set_payload(body).to_request();
    let sent_on = call_service(&app, back("/pay/ecpay/return?lang=en", "genuine")).await;
    assert_eq!(sent_on.status(), StatusCode::SEE_OTHER);
    // Relative: it holds whatever stands before our addresses.
    assert_eq!(sent_on.headers().get("location").unwrap(), "AAAAAAAAAAAAAAAAAAAA?lang=en");
    let other = call_service(&app, back("/pay/ecpay/return?lang=%3Cx%3E&lang=en", "genuine")).await;
    assert_eq!(other.headers().get("location").unwrap(), "AAAAAAAAAAAAAAAAAAAA?lang=id");
    let forged = call_service(&app, back("/pay/ecpay/return?lang=zh-TW", "forged")).await;
    assert_eq!(forged.status(), StatusCode::BAD_REQUEST);
    assert_eq!(forged.headers().get("content-type").unwrap(), "text/html; charset=utf-8");
    assert!(String::from_utf8(read_body(forged).await.to_vec()).unwrap().contains("<html lang=\"zh-TW\">"));
    let nobody = call_service(&app, back("/pay/nobody/return", "genuine")).await;
    assert_eq!(problem(nobody).await.1, "no_such_route");
    let page = TestRequest::with_uri("/pay/ecpay/AAAAAAAAAAAAAAAAAAAA").to_request();
    assert_eq!(problem(call_service(&app, page).await).await.0, 503, "no store, no state");
}

#[test]
fn every_post_without_a_key_is_harmless_to_repeat() {
    let keyless = |rules: &'static [Rule]| {
        let posts = rules.iter().filter(|rule| rule.method == "POST" && !rule.key);
        posts.map(|rule| rule.path).collect::<Vec<_>>()
    };
    // A notice carries its own key; a browser that comes back, a quote and an inquiry change nothing.
    let by_token = "/webhooks/{provider}/{kind}/{token}";
    let harmless = ["/webhooks/{provider}/{kind}", by_token, "/pay/{gateway}/return", "/v1/quotes", "/v1/inquiries"];
    assert_eq!(keyless(PUBLIC), harmless);
    // The second time there is nothing left to revive, to close or to end, a list read twice is the same list, and goods that
    // are off are off.
    assert_eq!(
        keyless(ADMIN),
        [
            "/v1/admin/orders/{id}/tasks/revive",
            "/v1/admin/alerts/{id}/close",
            "/v1/admin/catalogue/sync",
            // Refused once more, it is held again.
            "/v1/admin/suppliers/{id}/release",
            "/v1/admin/switches",
            "/v1/admin/switches/{id}/end"
        ]
    );
}

#[actix_web::test]
async fn bad_tokens_are_told_apart_from_old_ones() {
    let app = listener(PUBLIC, public::configure).await;
    let old = keys()
        .issue(&crate::Claims::new(
            crate::testing::CUSTOMER,
            Role::Customer,
            noon() - chrono::TimeDelta::hours(1),
            crate::TOKEN_LIFE,
        ))
        .unwrap();
    for (header, expected) in [
        (format!("Bearer {old}"), "token_expired"),
        ("Bearer nonsense".to_owned(), "token_invalid"),
        ("Bearer ".to_owned(), "token_invalid"),
        ("Basic cmluYTp4".to_owned(), "token_required"),
        ("Bearer".to_owned(), "token_required"),
    ] {
        let request = TestRequest::get().uri("/v1/orders").insert_header(("Authorization", header.clone()));
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.headers().get("www-authenticate").unwrap(), "Bearer");
        let (status, code, _) = problem(response).await;
        assert_eq!((status, code.as_str()), (401, expected), "{header}");
    }
}

#[actix_web::test]
async fn unknown_addresses_and_wrong_methods_are_problems_too() {
    let app = listener(PUBLIC, public::configure).await;
    for path in ["/", "/v1", "/v1/orders/", "/v1/admin/orders", "/metrics", "/%00", "/v1/orders/a/b", "/docs/none.js"] {
        let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(problem(response).await.1, "no_such_route", "{path}");
    }
    for (method, path, allow) in [
        ("PUT", "/v1/orders", "GET, POST"),
        ("DELETE", "/v1/orders/x", "GET"),
        ("GET", "/v1/orders/x/cancel", "POST"),
        ("POST", "/healthz", "GET"),
        ("GET", "/webhooks/ecpay/return", "POST"),
        ("BREW", "/v1/catalogue", "GET"),
    ] {
        let request = TestRequest::with_uri(path).method(method.parse().unwrap());
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.headers().get("allow").unwrap(), allow, "{method} {path}");
        assert_eq!(problem(response).await.0, 405);
    }
}

#[actix_web::test]
async fn whatever_is_wrong_with_an_order_its_field_is_named() {
    let app = listener(PUBLIC, public::configure).await;
    let order = |items: &str, total: &str| format!(r#"{{"items":{items},"expected_total":{total}}}"#);
    let total = r#"{"amount":"57.00","currency":"TWD"}"#;
    let items = r#"[{"product":"pulsa-10000","target":"081234567890"}]"#;
    let long = format!(r#"[{{"product":"pulsa-10000","target":"{}"}}]"#, "1".repeat(65));
    for (body, expected) in [
        ("".to_owned(), "400 malformed_json body"),
        ("[]".to_owned(), "422 invalid_field body"),
        ("{".to_owned(), "400 malformed_json body"),
        ("{}".to_owned(), "422 invalid_field items"),
        (order(items, "57"), "422 invalid_field expected_total"),
        (order(items, r#"{"amount":57,"currency":"TWD"}"#), "422 invalid_field expected_total.amount"),
        (order(items, r#"{"amount":"57.001","currency":"TWD"}"#), "422 invalid_field expected_total"),
        (order(items, r#"{"amount":"1e9","currency":"TWD"}"#), "422 invalid_field expected_total"),
        (order(items, r#"{"amount":"-57","currency":"TWD"}"#), "422 invalid_field expected_total"),
        (order(r#"[{"product":"PULSA","target":"08"}]"#, total), "422 invalid_field items[0].product"),
        (order(r#"[{"product":"pulsa-10000"}]"#, total), "422 invalid_field items[0].target"),
        (order(r#"[{"product":"pulsa-10000","target":"a\u0000b"}]"#, total), "422 invalid_field items[0].target"),
        (order(&long, total), "422 invalid_field items[0].target"),
        (order(r#"[{"product":"pulsa-10000","target":"08","price":1}]"#, total), "422 invalid_field items[0].price"),
        (order(r#"[{"product":"pulsa-10000","target":8}]"#, total), "422 invalid_field items[0].target"),
        (order(r#"[{"product":"pln-bill","inquiry":"7"}]"#, total), "422 invalid_field items[0].inquiry"),
        (
            order(&format!(r#"[{{"product":"pln-bill","target":"08","inquiry":"{ORDER}"}}]"#), total),
            "422 invalid_field items[0].inquiry",
        ),
    ] {
        let request = with_key(bearer(TestRequest::post().uri("/v1/orders"), Role::Customer))
            .insert_header(("Content-Type", "application/json"))
            .set_payload(body.clone());
        let (status, code, answer) = problem(call_service(&app, request.to_request()).await).await;
        let field = answer["errors"][0]["field"].as_str().unwrap();
        assert_eq!(format!("{status} {code} {field}"), expected, "{body}");
    }
}

#[actix_web::test]
async fn large_bodies_other_types_odd_queries_and_odd_ids_are_refused_by_name() {
    let app = listener(PUBLIC, public::configure).await;
    let post = |body: Vec<u8>, kind: &'static str| {
        with_key(bearer(TestRequest::post().uri("/v1/orders"), Role::Customer))
            .insert_header(("Content-Type", kind))
            .set_payload(body)
            .to_request()
    };
    let get = |path: &str| bearer(TestRequest::get().uri(path), Role::Customer).to_request();
    for (request, expected) in [
        (post(vec![b' '; 64 * 1024 + 1], "application/json"), "413 too_large body"),
        (post(vec![b' '; 1024 * 1024], "application/json"), "413 too_large body"),
        (post(b"{}".to_vec(), "text/plain"), "415 unsupported_media_type Content-Type"),
        (post(b"{\"items\":\"\xff\"}".to_vec(), "application/json"), "400 not_utf8 body"),
        (get("/v1/orders?limit=101"), "400 invalid_query limit"),
        (get("/v1/orders?cursor=1"), "400 invalid_query cursor"),
        (get("/v1/orders?limt=5"), "400 invalid_query limt"),
        (get("/v1/catalogue?category=cars"), "400 invalid_query category"),
        (get("/v1/orders/not-an-id"), "400 invalid_path id"),
    ] {
        let (status, code, answer) = problem(call_service(&app, request).await).await;
        let field = answer["errors"][0]["field"].as_str().unwrap();
        assert_eq!(format!("{status} {code} {field}"), expected);
    }
}

#[actix_web::test]
async fn with_its_database_down_the_service_says_so_and_when_to_come_again() {
    let app = listener(PUBLIC, public::configure).await;
    let get = |path: &str| bearer(TestRequest::get().uri(path), Role::Customer).to_request();
    for (path, code) in [
        ("/readyz", "store_unavailable"),
        ("/v1/orders", "unavailable"),
        ("/v1/catalogue", "unavailable"),
        (&format!("/v1/orders/{ORDER}"), "unavailable"),
    ] {
        let response = call_service(&app, get(path)).await;
        assert!(response.headers().contains_key("retry-after"), "{path}");
        let (status, told, body) = problem(response).await;
        assert_eq!((status, told.as_str()), (503, code), "{path}");
        assert!(!body.to_string().contains("connection refused"), "{body}");
    }
    let alive = call_service(&app, get("/healthz")).await;
    assert_eq!(alive.status(), StatusCode::OK);
}

#[actix_web::test]
async fn a_notice_gets_its_providers_own_answer_and_an_unknown_provider_none() {
    let app = listener(PUBLIC, public::configure).await;
    let forged = TestRequest::post().uri("/webhooks/ecpay/return").set_payload("RtnCode=1").to_request();
    let response = call_service(&app, forged).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers().get("content-type").unwrap(), "text/plain");
    assert!(read_body(response).await.starts_with(b"0|"));

    let nobody = TestRequest::post().uri("/webhooks/nobody/return").to_request();
    assert_eq!(problem(call_service(&app, nobody).await).await.0, 404);
    let huge = TestRequest::post().uri("/webhooks/ecpay/return").set_payload(vec![b'a'; 64 * 1024 + 1]).to_request();
    assert_eq!(problem(call_service(&app, huge).await).await.0, 413);
}

#[actix_web::test]
async fn a_callers_request_id_comes_back() {
    let app = listener(PUBLIC, public::configure).await;
    let request = TestRequest::get().uri("/nowhere").insert_header(("X-Request-Id", "trace-0001")).to_request();
    let (_, _, body) = problem(call_service(&app, request).await).await;
    assert_eq!(body["request_id"], "trace-0001");
}

#[actix_web::test]
async fn the_docs_page_needs_nothing_from_outside() {
    let app = listener(PUBLIC, public::configure).await;
    let get = |path: &str| TestRequest::get().uri(path).to_request();
    let moved = call_service(&app, get("/docs")).await;
    assert_eq!(moved.headers().get("location").unwrap(), "/docs/");
    let page = call_service(&app, get("/docs/")).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.headers().get("content-security-policy").unwrap().to_str().unwrap().starts_with("default-src 'self'"));
    let html = read_body(page).await;
    let html = std::str::from_utf8(&html).unwrap();
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    for file in html.split('"').filter_map(|part| part.strip_prefix("./")) {
        let response = call_service(&app, get(&format!("/docs/{file}"))).await;
        assert_eq!(response.status(), StatusCode::OK, "{file}");
    }
    let script = read_body(call_service(&app, get("/docs/swagger-initializer.js")).await).await;
    assert!(std::str::from_utf8(&script).unwrap().contains("/openapi.json"));
}

#[actix_web::test]
async fn metrics_are_for_the_collector_and_count_what_was_asked() {
    let app = listener(ADMIN, admin::configure).await;
    call_service(&app, TestRequest::get().uri("/healthz").to_request()).await;
    let response = call_service(&app, TestRequest::get().uri("/metrics").to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let text = read_body(response).await;
    let text = std::str::from_utf8(&text).unwrap();
    assert!(text.contains(r#"route="/healthz",status="200"} 1"#), "{text}");
}
