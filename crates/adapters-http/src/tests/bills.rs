//! Bills over the API: listed with their fee, asked about, ordered by the answer, and every way in which that is refused.

use actix_web::test::{TestRequest, call_service, read_body};
use serde_json::{Value, json};

use super::{bearer, listener_over, problem, with_key};
use crate::auth::Role;
use crate::public;
use crate::routes::PUBLIC;
use crate::testing::{BILL_NUMBER, PAID_NUMBER, TAKEN_NUMBER, engine_with_bills};

/// Sends a customer's request to the same shop, and returns its status and JSON.
macro_rules! ask {
    ($app:expr, $request:expr) => {{
        let response = call_service($app, bearer($request, Role::Customer).to_request()).await;
        let status = response.status().as_u16();
        let body: Value = serde_json::from_slice(&read_body(response).await).unwrap();
        (status, body)
    }};
}

fn post(path: &str, body: &Value) -> TestRequest {
    with_key(TestRequest::post().uri(path)).set_json(body)
}

fn about(number: &str) -> TestRequest {
    post("/v1/inquiries", &json!({"kind": "bill", "product": "pln-bill", "target": number}))
}

fn order(item: Value, total: &str) -> TestRequest {
    post("/v1/orders", &json!({"items": [item], "expected_total": {"amount": total, "currency": "TWD"}}))
}

#[actix_web::test]
async fn a_bill_is_listed_asked_about_quoted_and_ordered() {
    let app = listener_over(engine_with_bills(), PUBLIC, public::configure).await;
    let (_, listed) = ask!(&app, TestRequest::get().uri("/v1/catalogue?category=pln_bill"));
    let bill = &listed["items"][0];
    assert_eq!((&bill["id"], &bill["price"]), (&json!("pln-bill"), &Value::Null));
    assert_eq!(bill["fee"], json!({"amount": "9.00", "currency": "TWD"}));

    let (status, told) = ask!(&app, about(" 5300-0000 0001"));
    assert_eq!((status, &told["result"], &told["target"]), (200, &json!("found"), &json!(BILL_NUMBER)));
    assert_eq!((&told["bill"]["holder"], &told["price"]["amount"]), (&json!("BUDI SANTOSO"), &json!("641.00")));
    assert_eq!(told["expires_at"], "2026-11-21T12:30:00Z");
    let item = json!({"product": "pln-bill", "inquiry": told["inquiry"]});
    let (status, quote) = ask!(&app, post("/v1/quotes", &json!({"items": [item]})));
    assert_eq!((status, &quote["total"]["amount"]), (200, &json!("641.00")));
    let (status, placed) = ask!(&app, order(item, "641.00"));
    assert_eq!((status, &placed["status"]), (201, &json!("pending")), "{placed}");
    assert!(!placed.to_string().contains("BUDI") && !placed.to_string().contains(BILL_NUMBER), "a kept answer");
}

#[actix_web::test]
async fn what_is_not_owed_is_a_definite_answer_and_no_inquiry_to_order_by() {
    let app = listener_over(engine_with_bills(), PUBLIC, public::configure).await;
    let paid = json!({"kind": "bill", "result": "bill_paid", "target": PAID_NUMBER});
    assert_eq!(ask!(&app, about(PAID_NUMBER)), (200, paid));
}

#[actix_web::test]
async fn every_refusal_has_its_code_and_names_the_field() {
    let app = listener_over(engine_with_bills(), PUBLIC, public::configure).await;
    let (_, taken) = ask!(&app, about(TAKEN_NUMBER));
    let strange = "0199aa00-0000-7000-8000-00000000ffff";
    let inquiry = |kind: Value| post("/v1/inquiries", &kind);
    for (request, expected) in [
        (
            order(json!({"product": "pln-bill", "target": BILL_NUMBER}), "641.00"),
            "422 inquiry_required items[0].inquiry",
        ),
        (order(json!({"product": "pln-bill", "inquiry": strange}), "641.00"), "422 unknown_inquiry items[0].inquiry"),
        (order(json!({"product": "pln-bill", "inquiry": taken["inquiry"]}), "641.00"), "409 bill_in_progress "),
        (
            order(json!({"product": "pln-bill", "inquiry": taken["inquiry"]}), "640.00"),
            "409 total_changed expected_total",
        ),
        (post("/v1/quotes", &json!({"items": [{"product": "pln-bill"}]})), "422 inquiry_required items[0].inquiry"),
        (inquiry(json!({"kind": "bill", "product": "pln-bill", "target": "1"})), "422 bad_target target"),
        (
            inquiry(json!({"kind": "bill", "product": "pln-bill", "target": BILL_NUMBER, "months": 2})),
            "422 bad_months months",
        ),
    ] {
        let response = call_service(&app, bearer(request, Role::Customer).to_request()).await;
        let (status, code, body) = problem(response).await;
        let field = body["errors"][0]["field"].as_str().unwrap_or_default();
        assert_eq!(format!("{status} {code} {field}"), expected);
    }
}
