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
