//! Stories of what IAK answers and what we make of it, with literal JSON.

use std::str::FromStr;

use domain::Currency;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";

/// As the docs print it.
const PROCESS: &str = r#"{"data":{"ref_id":"AAAAAAAAAAAAAAAAAAA2","status":0,"product_code":"xld25000",
    "customer_id":"0817777215","price":25000,"message":"PROCESS","balance":997061249,"tr_id":3482,"rc":"39"}}"#;
const SUCCESS: &str = r#"{"data":{"ref_id":"AAAAAAAAAAAAAAAAAAA2","status":1,"product_code":"xld25000",
    "customer_id":"0817777215","price":25000,"message":"SUCCESS","sn":"123456789","balance":997061249,
    "tr_id":3482,"rc":"00"}}"#;
const FAILED: &str = r#"{"data":{"ref_id":"AAAAAAAAAAAAAAAAAAA2","status":2,"product_code":"xld25000",
    "customer_id":"0817777215","price":25000,"message":"FAILED","balance":997061249,"tr_id":3482,"rc":"07"}}"#;

fn ask(asked: Asked, http: u16, body: &str) -> Answer {
    let reference = Reference::from_str(REFERENCE).unwrap();
    answer(asked, About { reference: &reference, code: Some("xld25000") }, http, body.as_bytes())
}

/// The success reply with some fields changed; a null takes the field away.
fn with(changes: &Value) -> String {
    let mut body: Value = serde_json::from_str(SUCCESS).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        let data = body["data"].as_object_mut().unwrap();
        if value.is_null() {
            data.remove(name);
        } else {
            data.insert(name.clone(), value.clone());
        }
    }
    body.to_string()
}

fn rupiah(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

fn assert_unclear(answer: &Answer, why: &str) {
    assert!(matches!(answer, Answer::Unclear { .. }), "{why}: {answer:?}");
}

#[test]
fn the_first_answer_is_pending_with_their_number_and_price() {
    let pending = Answer::Pending { supplier_ref: Some("3482".to_owned()), price: Some(rupiah(25_000)) };
    assert_eq!(ask(Asked::TopUp, 200, PROCESS), pending);
    assert_eq!(ask(Asked::Status, 200, PROCESS), pending);
}

#[test]
fn success_delivers_even_in_the_first_answer() {
    let delivered = Answer::Delivered {
        serial: Some(Private::new("123456789")),
        price: Some(rupiah(25_000)),
        supplier_ref: Some("3482".to_owned()),
    };
    assert_eq!(ask(Asked::Status, 200, SUCCESS), delivered);
    assert_eq!(ask(Asked::TopUp, 200, SUCCESS), delivered);
}

/// Its places are in the order in which we write our fields: nobody says that they mean the same.
#[test]
fn a_list_is_no_transaction() {
    let list = r#"["AAAAAAAAAAAAAAAAAAA2",1,"xld25000","0817777215",25000,"123456789","",3482,"00"]"#;
    let object = r#"{"ref_id":"AAAAAAAAAAAAAAAAAAA2","status":1,"tr_id":3482,"rc":"00"}"#;
    for body in [format!(r#"{{"data":{list}}}"#), format!("[{list}]"), format!("[{object}]")] {
        for asked in [Asked::TopUp, Asked::Status, Asked::Callback] {
            for http in [200, 400] {
                assert_unclear(&ask(asked, http, &body), &body);
            }
        }
    }
}

#[test]
fn a_failure_at_the_operator_was_formed_whenever_it_is_told() {
    let failed = Answer::Failed { cause: Cause::Supplier, code: "07".to_owned() };
    assert_eq!(ask(Asked::Status, 200, FAILED), failed);
    assert_eq!(ask(Asked::TopUp, 200, FAILED), failed);
}

#[test]
fn a_request_turned_away_bought_nothing_but_a_question_turned_away_says_nothing() {
    for (rc, cause) in [
        ("102", Cause::Account),
        ("107", Cause::Us),
        ("117", Cause::Us),
        ("118", Cause::Account),
        ("204", Cause::Account),
        ("205", Cause::Us),
        ("110", Cause::Busy),
    ] {
        let bare = format!(r#"{{"data":{{"rc":"{rc}","message":"NO"}}}}"#);
        let whole = with(&json!({"rc": rc, "status": 2}));
        for body in [bare, whole] {
            assert_eq!(ask(Asked::TopUp, 200, &body), Answer::Refused { cause, code: rc.to_owned() });
            assert_unclear(&ask(Asked::Status, 200, &body), rc);
            assert_unclear(&ask(Asked::Callback, 200, &body), rc);
        }
    }
}

#[test]
fn not_found_is_an_answer_to_a_status_question_only() {
    let body = with(&json!({"rc": "06", "status": 2, "product_code": "", "sn": null}));
    assert_eq!(ask(Asked::Status, 200, &body), Answer::NotFound);
    assert_eq!(ask(Asked::Status, 200, r#"{"data":{"rc":"06"}}"#), Answer::NotFound);
    assert_unclear(&ask(Asked::TopUp, 200, &body), "a purchase cannot be missing in its own reply");
}

#[test]
fn an_unknown_code_is_unclear_whatever_the_status_field_says() {
    for rc in ["08", "99", "143", "0", "000", "", "39 ", "OK"] {
        for status in [0, 1, 2] {
            assert_unclear(&ask(Asked::Status, 200, &with(&json!({"rc": rc, "status": status}))), rc);
            assert_unclear(&ask(Asked::TopUp, 200, &with(&json!({"rc": rc, "status": status}))), rc);
        }
    }
    assert_unclear(&ask(Asked::Status, 200, &with(&json!({"rc": 7, "status": 2}))), "a number is no code");
    assert_unclear(&ask(Asked::Status, 200, &with(&json!({"rc": null}))), "no code");
}

#[test]
fn a_status_field_that_contradicts_the_code_is_unclear() {
    for (rc, wrong) in [("00", [0, 2]), ("39", [1, 2]), ("201", [1, 2]), ("07", [0, 1]), ("14", [0, 1]), ("06", [0, 1])]
    {
        for status in wrong {
            assert_unclear(&ask(Asked::Status, 200, &with(&json!({"rc": rc, "status": status}))), rc);
        }
    }
    for (rc, asked) in [("00", Asked::Status), ("39", Asked::TopUp), ("07", Asked::Status), ("14", Asked::TopUp)] {
        assert_unclear(&ask(asked, 200, &with(&json!({"rc": rc, "status": null}))), rc);
    }
}

#[test]
fn a_reply_about_something_else_is_unclear() {
    for (asked, change) in [
        (Asked::TopUp, json!({"ref_id": "AAAAAAAAAAAAAAAAAAA3"})),
        (Asked::TopUp, json!({"ref_id": "aaaaaaaaaaaaaaaaaaa2"})),
        (Asked::TopUp, json!({"ref_id": null})),
        (Asked::TopUp, json!({"product_code": "xld50000"})),
        (Asked::TopUp, json!({"product_code": null})),
        (Asked::Status, json!({"product_code": null})),
        (Asked::TopUp, json!({"rc": "14", "status": 2, "ref_id": null})),
        (Asked::TopUp, json!({"rc": "204", "status": 2, "ref_id": "AAAAAAAAAAAAAAAAAAA3"})),
        (Asked::Status, json!({"rc": "06", "status": 2, "ref_id": "AAAAAAAAAAAAAAAAAAA3"})),
        (Asked::Status, json!({"rc": "07", "status": 2, "product_code": ""})),
        (Asked::Status, json!({"rc": "17", "status": 2, "product_code": ""})),
    ] {
        assert_unclear(&ask(asked, 200, &with(&change)), &change.to_string());
    }
    let declined = with(&json!({"rc": "14", "status": 2, "product_code": null}));
    assert!(matches!(ask(Asked::TopUp, 200, &declined), Answer::Refused { cause: Cause::Customer, .. }));
}

#[test]
fn http_400_with_reasons_refuses_a_purchase_and_leaves_a_question_open() {
    let refused = |code: &str| Answer::Refused { cause: Cause::Us, code: code.to_owned() };
    let reasons = r#"{"data":{"error_details":{"customer_id":["required"]}}}"#;
    let coded = r#"{"data":{"rc":"107","status":2,"error_details":["customer_id is missing"]}}"#;
    assert_eq!(ask(Asked::TopUp, 400, reasons), refused("http_400"));
    assert_eq!(ask(Asked::TopUp, 400, coded), refused("107"));
    for body in [reasons, coded, FAILED] {
        assert_unclear(&ask(Asked::Status, 400, body), body);
    }
    for body in [
        "<html>400 Bad Request</html>",
        r#"{"data":{}}"#,
        r#"{"data":{"error_details":[]}}"#,
        r#"{"data":{"error_details":["x"],"ref_id":"AAAAAAAAAAAAAAAAAAA3"}}"#,
        r#"{"data":{"error_details":["x"],"rc":"99","status":2}}"#,
        PROCESS,
        SUCCESS,
    ] {
        assert_unclear(&ask(Asked::TopUp, 400, body), body);
    }
    let contradiction = with(&json!({"error_details": ["x"]}));
    assert_unclear(&ask(Asked::TopUp, 400, &contradiction), "a success with HTTP 400");
}

#[test]
fn every_other_http_status_is_unclear_whatever_the_body_says() {
    for http in [0, 100, 201, 202, 204, 301, 302, 307, 308, 401, 403, 404, 409, 429, 500, 502, 503, 504] {
        for body in [SUCCESS, FAILED, PROCESS, ""] {
            assert_unclear(&ask(Asked::TopUp, http, body), &http.to_string());
            assert_unclear(&ask(Asked::Status, http, body), &http.to_string());
        }
    }
}

#[test]
fn what_cannot_be_read_is_unclear() {
    for body in [
        "",
        "<html></html>",
        "{",
        "{}",
        "[]",
        "null",
        r#"{"data":[]}"#,
        r#"{"data":null}"#,
        r#"{"data":{"rc":["00"]}}"#,
    ] {
        assert_unclear(&ask(Asked::TopUp, 200, body), body);
        assert_unclear(&ask(Asked::Status, 200, body), body);
    }
}

#[test]
fn prices_are_whole_rupiah_or_the_reply_is_unclear() {
    let price = |value: Value| match ask(Asked::Status, 200, &with(&json!({"price": value}))) {
        Answer::Delivered { price, .. } => Ok(price),
        other => Err(other),
    };
    for good in [json!(10881), json!("10881"), json!("10.881"), json!("Rp10.881"), json!(10881.0)] {
        assert_eq!(price(good.clone()), Ok(Some(rupiah(10_881))), "{good}");
    }
    assert_eq!(price(Value::Null), Ok(None));
    for bad in [json!(10881.5), json!("10,881"), json!("10881.50"), json!(-1), json!("free"), json!("")] {
        assert_unclear(&price(bad.clone()).unwrap_err(), &bad.to_string());
    }
    // Nothing was taken for what failed: its price is not even read.
    let failed = with(&json!({"rc": "07", "status": 2, "price": "free"}));
    assert!(matches!(ask(Asked::Status, 200, &failed), Answer::Failed { .. }));
}

fn serial_of(code: &str, changes: &Value) -> Option<String> {
    let mut changes = changes.clone();
    changes["product_code"] = json!(code);
    let reference = Reference::from_str(REFERENCE).unwrap();
    let about = About { reference: &reference, code: Some(code) };
    match answer(Asked::Status, about, 200, with(&changes).as_bytes()) {
        Answer::Delivered { serial, .. } => serial.map(|serial| serial.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_electricity_token_is_there_or_awaited() {
    let whole = "0123-4567-8901-2345-6789/PT X/R1 /000001300/66.2";
    let plain = "01234567890123456789/PT X/R1M/900VA/33.7";
    for sn in [whole, plain, "01234567890123456789"] {
        assert_eq!(serial_of("hpln20000", &json!({"sn": sn})), Some(sn.to_owned()));
    }
    for sn in [
        "",
        "PROCESSING",
        "PT X/0123-4567-8901-2345-6789",
        "0123-4567-8901-2345",
        "012345678901234567890",
        "0123-4567-8901-2345-678/X",
        "-0123-4567-8901-2345-6789",
        "0123--4567-8901-2345-6789",
        "０123-4567-8901-2345-6789",
    ] {
        assert_eq!(serial_of("hpln20000", &json!({"sn": sn})), None, "{sn}");
        assert_eq!(serial_of("PLN20", &json!({"sn": sn, "pin": "123"})), None, "{sn}");
    }
    assert_eq!(serial_of("hpln20000", &json!({"sn": 12_345_678_901_234_567_890_u64})), None);
}

#[test]
fn a_serial_of_another_shape_is_taken_as_it_is_and_an_endless_one_is_awaited() {
    for sn in ["ask at the counter", "TRX/1/2", "BUDI SANTOSO 123456789012", "ABCD / 2027-11-21", "123456789"] {
        assert_eq!(serial_of("hgopay20000", &json!({"sn": sn})), Some(sn.to_owned()));
    }
    assert_eq!(serial_of("hgopay20000", &json!({"sn": 123_456_789})), Some("123456789".to_owned()));
    assert_eq!(serial_of("hgopay20000", &json!({"sn": "9".repeat(1_000)})), Some("9".repeat(1_000)));
    assert_eq!(serial_of("hgopay20000", &json!({"sn": "9".repeat(1_001)})), None);
}

#[test]
fn a_voucher_is_its_serial_its_pin_or_both() {
    assert_eq!(serial_of("hsteam12000", &json!({"sn": "ABCD-EFGH"})), Some("ABCD-EFGH".to_owned()));
    assert_eq!(serial_of("hsteam12000", &json!({"sn": "", "pin": "123456789"})), Some("123456789".to_owned()));
    assert_eq!(
        serial_of("hsteam12000", &json!({"sn": "ABCD-EFGH", "pin": "123456789"})),
        Some("ABCD-EFGH PIN 123456789".to_owned())
    );
    assert_eq!(serial_of("hsteam12000", &json!({"sn": null})), None);
    assert_eq!(serial_of("hsteam12000", &json!({"sn": "  "})), None);
}

#[test]
fn no_answer_prints_the_number_or_the_serial() {
    let noisy = with(&json!({"rc": "0817777215", "status": "0817777215"}));
    for body in [SUCCESS, FAILED, PROCESS, noisy.as_str()] {
        let printed = format!("{:?}", ask(Asked::Status, 200, body));
        assert!(!printed.contains("0817777215") && !printed.contains("123456789"), "{printed}");
    }
}

/// Only replies with a documented code, the right names and the right status may be anything but unclear.
fn is_explained(body: &Value) -> bool {
    let Some(data) = body.get("data") else { return false };
    data.get("rc").and_then(Value::as_str).is_some_and(|rc| meaning(rc).is_some())
}

fn any_json() -> impl Strategy<Value = Value> {
    supplier_lab::any_json("[0-9]{1,3}", "data|rc|status|ref_id|price|sn")
}

fn any_asked() -> impl Strategy<Value = Asked> {
    prop_oneof![Just(Asked::TopUp), Just(Asked::Status), Just(Asked::Callback)]
}

proptest! {
    #[test]
    fn any_bytes_are_unclear(asked in any_asked(), http in any::<u16>(), body in any::<Vec<u8>>()) {
        let reference = Reference::from_str(REFERENCE).unwrap();
        let about = About { reference: &reference, code: Some("xld25000") };
        let unclear = matches!(answer(asked, about, http, &body), Answer::Unclear { .. });
        prop_assert!(unclear);
    }

    #[test]
    fn any_json_without_a_documented_code_is_unclear(asked in any_asked(), data in any_json()) {
        let body = json!({ "data": data });
        let unclear = matches!(ask(asked, 200, &body.to_string()), Answer::Unclear { .. });
        prop_assert!(unclear || is_explained(&body));
    }

    #[test]
    fn undocumented_codes_are_unclear(asked in any_asked(), rc in "[0-9]{1,4}", status in 0..4) {
        prop_assume!(meaning(&rc).is_none());
        let unclear = matches!(ask(asked, 200, &with(&json!({"rc": rc, "status": status}))), Answer::Unclear { .. });
        prop_assert!(unclear);
    }

    #[test]
    fn any_serial_and_price_are_read_without_panic(sn in any::<String>(), price in any::<String>()) {
        let _ = rupiah::units(&price);
        ask(Asked::Status, 200, &with(&json!({"sn": sn, "price": price})));
    }
}
