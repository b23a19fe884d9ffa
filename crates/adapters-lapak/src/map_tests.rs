//! Stories of what Lapak answers and what we make of it, with literal JSON.

use domain::Currency;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";

/// As the docs print it.
const ACCEPTED: &str = r#"{"code":"SUCCESS","data":{"tid":"R161582713591477186","total_price":33120}}"#;
const DELIVERED: &str = r#"{"code":"SUCCESS","data":{"tid":"RA171341142175668140","status":"SUCCESS",
    "transactions":[{"id":"TR1","status":"SUCCESS","note":"sent","voucher_code":""}]}}"#;
const VOUCHER: &str = r#"{"code":"SUCCESS","data":{"tid":"RA171341142175668140","status":"SUCCESS",
    "transactions":[{"id":"TR1","status":"SUCCESS","note":"sent","voucher_code":"PIN : 1234-5678\tSerial : SER-0001"}]}}"#;

fn ask(asked: Asked, http: u16, body: &str) -> Answer {
    answer(asked, &REFERENCE.parse().unwrap(), http, body.as_bytes())
}

fn order(http: u16, body: &str) -> Answer {
    ask(Asked::Order, http, body)
}

fn status(body: &Value) -> Answer {
    ask(Asked::Status, 200, &body.to_string())
}

/// The status reply of a voucher, with this done to it.
fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut body: Value = serde_json::from_str(VOUCHER).unwrap();
    change(&mut body);
    body
}

fn both(order: &str, transaction: &str) -> Value {
    with(|body| {
        body["data"]["status"] = json!(order);
        body["data"]["transactions"][0]["status"] = json!(transaction);
    })
}

fn rupiah(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

fn assert_unclear(answer: &Answer, why: &str) {
    assert!(matches!(answer, Answer::Unclear { .. }), "{why}: {answer:?}");
}

#[test]
fn an_order_is_accepted_first_with_their_number_and_price() {
    let pending = Answer::Pending { supplier_ref: Some("R161582713591477186".to_owned()), price: Some(rupiah(33_120)) };
    assert_eq!(order(200, ACCEPTED), pending);
    for body in [
        r#"{"code":"SUCCESS","data":{"tid":"R161582713591477186","total_price":"33.120"}}"#,
        r#"{"code":"SUCCESS","data":{"tid":"R161582713591477186","total_price":"Rp33.120","display_name":"x"}}"#,
        r#"{"code":"SUCCESS","data":{"tid":"R161582713591477186","total_price":33120.0,"reference_id":"AAAAAAAAAAAAAAAAAAA2"}}"#,
    ] {
        assert_eq!(order(200, body), pending, "{body}");
    }
}

#[test]
fn success_in_an_order_reply_is_never_a_delivery() {
    assert_eq!(
        order(200, DELIVERED),
        Answer::Pending { supplier_ref: Some("RA171341142175668140".to_owned()), price: None }
    );
}

#[test]
fn success_without_a_number_is_unclear() {
    for data in [
        json!({}),
        json!({ "total_price": 33_120 }),
        json!({ "tid": null, "total_price": 33_120 }),
        json!({ "tid": "", "total_price": 33_120 }),
        json!({ "tid": "no / number", "total_price": 33_120 }),
        json!({ "tid": true }),
        json!(null),
        json!([]),
        json!("R161582713591477186"),
    ] {
        let body = json!({ "code": "SUCCESS", "data": data }).to_string();
        assert_unclear(&order(200, &body), &body);
        assert_unclear(&ask(Asked::Status, 200, &body), &body);
    }
}

#[test]
fn a_price_that_is_no_whole_rupiah_makes_the_reply_unclear() {
    for price in [json!(33_120.5), json!("33,120"), json!("free"), json!(-1), json!("")] {
        let body = json!({ "code": "SUCCESS", "data": { "tid": "R1", "total_price": price } }).to_string();
        assert_unclear(&order(200, &body), &body);
    }
}

#[test]
fn a_status_says_delivered_pending_or_refunded() {
    let supplier_ref = Some("RA171341142175668140".to_owned());
    assert_eq!(
        ask(Asked::Status, 200, DELIVERED),
        Answer::Delivered { serial: None, price: None, supplier_ref: supplier_ref.clone() }
    );
    assert_eq!(status(&both("PENDING", "PENDING")), Answer::Pending { supplier_ref, price: None });
    assert_eq!(
        status(&both("REFUNDED", "REFUNDED")),
        Answer::Failed { cause: Cause::Supplier, code: "REFUNDED".to_owned() }
    );
}

#[test]
fn an_unknown_word_or_two_different_ones_mean_wait() {
    for (order, transaction) in [
        ("SUCCESS", "PENDING"),
        ("SUCCESS", "REFUNDED"),
        ("REFUNDED", "SUCCESS"),
        ("PENDING", "SUCCESS"),
        ("success", "success"),
        ("FAILED", "FAILED"),
        ("PROCESSING", "PROCESSING"),
        ("", ""),
    ] {
        assert_unclear(&status(&both(order, transaction)), order);
    }
}

#[test]
fn an_order_of_none_or_several_articles_is_unclear() {
    let two = with(|body| {
        let one = body["data"]["transactions"][0].clone();
        body["data"]["transactions"].as_array_mut().unwrap().push(one);
    });
    assert_unclear(&status(&two), "two");
    for none in [json!([]), json!(null), json!({}), json!([null]), json!(["SUCCESS"])] {
        assert_unclear(&status(&with(|body| body["data"]["transactions"] = none.clone())), &none.to_string());
    }
}

fn voucher_of(code: &Value) -> Option<String> {
    match status(&with(|body| body["data"]["transactions"][0]["voucher_code"] = code.clone())) {
        Answer::Delivered { serial, .. } => serial.map(|serial| serial.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_voucher_is_its_serial_and_pin_or_shown_as_it_is_or_awaited() {
    assert_eq!(voucher_of(&json!("PIN : 1234-5678\tSerial : SER-0001")), Some("SER-0001 PIN 1234-5678".to_owned()));
    for text in ["ABCD-EFGH-IJKL", "Code 1: A\nCode 2: B", "PIN : 1234", "a\tb"] {
        assert_eq!(voucher_of(&json!(text)), Some(text.to_owned()));
    }
    for nothing in [json!(""), json!("  "), json!(null), json!("x".repeat(1_001))] {
        assert_eq!(voucher_of(&nothing), None, "{nothing}");
    }
}

#[test]
fn a_refusal_forms_nothing_and_says_nothing_to_a_question() {
    for (code, cause) in [
        ("UNAUTHORIZED", Cause::Account),
        ("PRICE_NOT_MATCH", Cause::Price),
        ("INVALID_USER_ID_OR_ADDITIONAL_ID", Cause::Customer),
        ("INSUFFICIENT_BALANCE", Cause::Deposit),
    ] {
        for http in [200, 400, 401] {
            for data in [r#","data":null"#, r#","data":{}"#, r#","data":[]"#, ""] {
                let body = format!(r#"{{"code":"{code}"{data}}}"#);
                assert_eq!(order(http, &body), Answer::Refused { cause, code: code.to_owned() }, "{body}");
                assert_unclear(&ask(Asked::Status, http, &body), &body);
                assert_unclear(&ask(Asked::Callback, http, &body), &body);
            }
        }
    }
}

#[test]
fn a_refusal_that_names_an_order_is_unclear() {
    for data in
        [r#"{"tid":"R1"}"#, r#"{"transactions":[{"status":"SUCCESS"}]}"#, r#"{"reference_id":"AAAAAAAAAAAAAAAAAAA3"}"#]
    {
        for code in ["PRODUCT_EMPTY", "UNAUTHORIZED"] {
            assert_unclear(&order(200, &format!(r#"{{"code":"{code}","data":{data}}}"#)), data);
        }
        assert_unclear(&ask(Asked::Status, 200, &format!(r#"{{"code":"TID_NOT_FOUND","data":{data}}}"#)), data);
    }
}

#[test]
fn not_found_is_an_answer_to_a_question_only() {
    let body = r#"{"code":"TID_NOT_FOUND","data":null}"#;
    for http in [200, 400] {
        assert_eq!(ask(Asked::Status, http, body), Answer::NotFound);
        assert_unclear(&order(http, body), "an order cannot be missing in its own reply");
        assert_unclear(&ask(Asked::Callback, http, body), "nor in a callback about it");
    }
}

#[test]
fn too_many_requests_formed_nothing_whatever_the_body_says() {
    for body in ["", "<html>slow down</html>", ACCEPTED, r#"{"code":"PRODUCT_EMPTY"}"#] {
        assert_eq!(order(429, body), Answer::Refused { cause: Cause::Busy, code: "HTTP_429".to_owned() });
        assert_unclear(&ask(Asked::Status, 429, body), "a question turned away says nothing");
    }
}

#[test]
fn every_other_http_status_is_unclear_whatever_the_body_says() {
    for http in [0, 100, 201, 202, 204, 301, 302, 307, 308, 403, 404, 409, 500, 502, 503, 504] {
        for body in [ACCEPTED, VOUCHER, r#"{"code":"PRODUCT_EMPTY","data":null}"#, r#"{"code":"TID_NOT_FOUND"}"#, ""] {
            assert_unclear(&order(http, body), &http.to_string());
            assert_unclear(&ask(Asked::Status, http, body), &http.to_string());
        }
    }
    for http in [400, 401] {
        assert_unclear(&order(http, ACCEPTED), "a success with an error's number");
        assert_unclear(&ask(Asked::Status, http, VOUCHER), "a success with an error's number");
    }
}

#[test]
fn a_reply_that_names_another_reference_is_unclear() {
    for field in ["reference_id", "partner_reference_id"] {
        let named = |reference: &str| with(|body| body["data"][field] = json!(reference));
        assert!(matches!(status(&named(REFERENCE)), Answer::Delivered { .. }));
        assert!(matches!(status(&named("")), Answer::Delivered { .. }), "an empty one names nothing");
        for other in ["AAAAAAAAAAAAAAAAAAA3", "aaaaaaaaaaaaaaaaaaa2"] {
            assert_unclear(&status(&named(other)), other);
        }
    }
}

#[test]
fn what_cannot_be_read_is_unclear() {
    for body in
        ["", "<html></html>", "{", "{}", "[]", "null", r#"{"data":{}}"#, r#"{"code":null}"#, r#"{"code":["SUCCESS"]}"#]
    {
        assert_unclear(&order(200, body), body);
        assert_unclear(&ask(Asked::Status, 200, body), body);
    }
    let latin =
        answer(Asked::Status, &REFERENCE.parse().unwrap(), 200, b"{\"code\":\"SUCCESS\",\"data\":{\"tid\":\"\xe9\"}}");
    assert_unclear(&latin, "another charset");
    let half = VOUCHER.split_at(VOUCHER.len() / 2).0;
    assert_unclear(&ask(Asked::Status, 200, half), half);
}

#[test]
fn no_answer_prints_the_player_or_the_voucher() {
    let noisy = with(|body| {
        body["data"]["status"] = json!("081234567890");
        body["data"]["transactions"][0]["status"] = json!("081234567890");
    });
    for body in [VOUCHER.to_owned(), noisy.to_string(), r#"{"code":"081234567890"}"#.to_owned()] {
        let printed = format!("{:?}", ask(Asked::Status, 200, &body));
        assert!(!printed.contains("0812") && !printed.contains("1234") && !printed.contains("SER-"), "{printed}");
    }
}

/// Every place in a JSON value, as the keys and numbers that lead there.
fn places(value: &Value) -> Vec<Vec<String>> {
    let below = |key: String, child: &Value| {
        let mut all = vec![vec![key.clone()]];
        all.extend(places(child).into_iter().map(|rest| [vec![key.clone()], rest].concat()));
        all
    };
    match value {
        Value::Object(fields) => fields.iter().flat_map(|(key, child)| below(key.clone(), child)).collect(),
        Value::Array(list) => list.iter().enumerate().flat_map(|(at, child)| below(at.to_string(), child)).collect(),
        _ => Vec::new(),
    }
}

/// The reply with the place removed, renamed or retyped.
fn spoiled(body: &Value, place: &[String]) -> Vec<Value> {
    let (last, path) = place.split_last().unwrap();
    let pointer: String = path.iter().map(|key| format!("/{key}")).collect();
    let change = |how: &dyn Fn(&mut Value)| {
        let mut body = body.clone();
        how(body.pointer_mut(&pointer).unwrap());
        body
    };
    let set = |to: Value| change(&|parent| *parent.pointer_mut(&format!("/{last}")).unwrap() = to.clone());
    let taken = |rename: bool| {
        change(&|parent| match parent {
            Value::Object(fields) => {
                let value = fields.remove(last).unwrap();
                if rename {
                    fields.insert(format!("{last}_x"), value);
                }
            }
            Value::Array(list) => drop(list.remove(last.parse().unwrap())),
            _ => unreachable!(),
        })
    };
    let retyped = [json!(null), json!(7), json!(true), json!(""), json!("x"), json!([]), json!({}), json!(["SUCCESS"])];
    [taken(false), taken(true)].into_iter().chain(retyped.into_iter().map(set)).collect()
}

#[test]
fn a_reply_that_lacks_anything_is_never_a_delivery_with_less_behind_it() {
    let whole: Value = serde_json::from_str(VOUCHER).unwrap();
    let mut tried = 0;
    for place in places(&whole) {
        for body in spoiled(&whole, &place) {
            tried += 1;
            let Answer::Delivered { serial, supplier_ref, .. } = status(&body) else { continue };
            match place.last().unwrap().as_str() {
                // Nothing follows from these; a voucher may come later, and its text is free.
                "id" | "note" | "voucher_code" => assert_eq!(supplier_ref, Some("RA171341142175668140".to_owned())),
                // Another number of theirs is another number.
                "tid" => assert!(supplier_ref.is_some()),
                other => panic!("{other} in {body}: delivered with {serial:?}"),
            }
        }
    }
    assert!(tried >= 80, "{tried}");
}

#[test]
fn an_order_reply_that_lacks_anything_is_pending_at_most() {
    let whole: Value = serde_json::from_str(ACCEPTED).unwrap();
    for place in places(&whole) {
        for body in spoiled(&whole, &place) {
            let answer = order(200, &body.to_string());
            let no_more = matches!(answer, Answer::Pending { .. } | Answer::Unclear { .. });
            assert!(no_more, "{body}: {answer:?}");
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    supplier_lab::any_json("SUCCESS|PENDING|REFUNDED|[A-Z_]{1,12}", "code|data|tid|status|transactions|voucher_code")
}

fn any_asked() -> impl Strategy<Value = Asked> {
    prop_oneof![Just(Asked::Order), Just(Asked::Status), Just(Asked::Callback)]
}

proptest! {
    #[test]
    fn any_bytes_are_unclear_or_turned_away(asked in any_asked(), http in any::<u16>(), body in any::<Vec<u8>>()) {
        let answer = answer(asked, &REFERENCE.parse().unwrap(), http, &body);
        let turned_away = http == 429 && asked == Asked::Order;
        let unclear = matches!(answer, Answer::Unclear { .. });
        prop_assert!(turned_away || unclear, "{:?}", answer);
    }

    #[test]
    fn any_json_without_a_known_code_is_unclear(asked in any_asked(), body in any_json()) {
        let answer = ask(asked, 200, &body.to_string());
        let known = body.get("code").and_then(Value::as_str).is_some_and(|code| meaning(code).is_some());
        let unclear = matches!(answer, Answer::Unclear { .. });
        prop_assert!(known || unclear);
    }

    #[test]
    fn success_with_any_data_delivers_only_what_says_so_twice(data in any_json()) {
        let body = json!({ "code": "SUCCESS", "data": data });
        if let Answer::Delivered { .. } = status(&body) {
            prop_assert_eq!(&body["data"]["status"], "SUCCESS");
            prop_assert_eq!(&body["data"]["transactions"][0]["status"], "SUCCESS");
        }
        let ordered = order(200, &body.to_string());
        let no_more = matches!(ordered, Answer::Pending { .. } | Answer::Unclear { .. });
        prop_assert!(no_more, "{:?}", ordered);
    }

    #[test]
    fn any_voucher_and_price_are_read_without_panic(code in any::<String>(), price in any::<String>()) {
        status(&with(|body| body["data"]["transactions"][0]["voucher_code"] = json!(code)));
        order(200, &json!({ "code": "SUCCESS", "data": { "tid": "R1", "total_price": price } }).to_string());
    }
}
