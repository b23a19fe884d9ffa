//! Stories of orders: what BillFazz answers and what we make of it, with literal JSON.

use domain::Currency;
use domain::fulfilment::{BILL_PAID, Cause};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";
const TOKEN: &str = "01234567890123456789";

/// As specified.
const ORDER: &str = r#"{"orderId":"bf-10001","refId":"AAAAAAAAAAAAAAAAAAA2","productCode":"TLKM5",
    "destinationNo":"081234567890","price":5250,"adminPrice":0,"status":"success","sn":"77012345678","token":null,
    "detail":null,"message":"OK","errorCode":null,"createdAt":"2026-11-22T08:00:00Z","updatedAt":"2026-11-22T08:00:05Z"}"#;

const ALL: [Asked; 3] = [Asked::Purchase, Asked::Payment, Asked::Status];

fn about(reference: &Reference, category: Category) -> About<'_> {
    About { reference, code: Some("TLKM5"), category: Some(category) }
}

fn ask_of(category: Category, asked: Asked, http: u16, body: &str) -> Answer {
    answer(asked, about(&REFERENCE.parse().unwrap(), category), http, body.as_bytes())
}

fn ask(asked: Asked, http: u16, body: &str) -> Answer {
    ask_of(Category::Airtime, asked, http, body)
}

/// The order with some fields changed; a null takes the field away.
fn with(changes: &Value) -> String {
    let mut body: Value = serde_json::from_str(ORDER).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        let fields = body.as_object_mut().unwrap();
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
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
fn an_order_is_told_alike_by_every_call_in_every_wrapping() {
    let delivered = Answer::Delivered {
        serial: Some(Private::new("77012345678")),
        price: Some(rupiah(5_250)),
        supplier_ref: Some("bf-10001".to_owned()),
    };
    for body in [ORDER.to_owned(), format!(r#"{{"data":{ORDER}}}"#), format!(r#"{{"data":[{ORDER}]}}"#)] {
        for asked in ALL {
            assert_eq!(ask(asked, 200, &body), delivered);
        }
        assert_eq!(ask(Asked::Purchase, 201, &body), delivered);
        assert_eq!(ask(Asked::Payment, 201, &body), delivered);
        assert_unclear(&ask(Asked::Status, 201, &body), "a question makes nothing");
    }
}

#[test]
fn the_words_are_read_in_either_case_and_no_other_word_is() {
    for word in ["success", "SUCCESS", "Success"] {
        assert!(matches!(ask(Asked::Status, 200, &with(&json!({"status": word}))), Answer::Delivered { .. }));
    }
    for word in ["pending", "PENDING"] {
        let pending = Answer::Pending { supplier_ref: Some("bf-10001".to_owned()), price: Some(rupiah(5_250)) };
        assert_eq!(ask(Asked::Purchase, 201, &with(&json!({"status": word, "sn": null}))), pending);
    }
    for word in ["failed", "FAILED"] {
        let failed = ask(Asked::Status, 200, &with(&json!({"status": word, "sn": null})));
        assert_eq!(failed, Answer::Failed { cause: Cause::Supplier, code: "failed".to_owned() });
    }
    for word in [json!("succeeded"), json!("done"), json!(""), json!("refunded"), json!(1), json!(true), json!(null)] {
        assert_unclear(&ask(Asked::Status, 200, &with(&json!({ "status": word }))), &word.to_string());
    }
}

#[test]
fn a_failed_order_was_formed_and_says_who_is_to_blame() {
    for (code, cause, told) in [
        ("INVALID_DESTINATION", Cause::Customer, "INVALID_DESTINATION"),
        ("INSUFFICIENT_DEPOSIT", Cause::Deposit, "INSUFFICIENT_DEPOSIT"),
        ("PRODUCT_PROBLEM", Cause::Supplier, "PRODUCT_PROBLEM"),
        // Nobody else is to pay it: the customer's word for it is the domain's.
        ("BILL_ALREADY_PAID", Cause::Customer, BILL_PAID),
        ("SOMETHING_NEW", Cause::Supplier, "SOMETHING_NEW"),
    ] {
        let body = with(&json!({"status": "failed", "errorCode": code, "sn": null, "price": "free"}));
        for asked in ALL {
            assert_eq!(ask(asked, 200, &body), Answer::Failed { cause, code: told.to_owned() });
        }
        for status in ["success", "pending"] {
            let body = with(&json!({"status": status, "errorCode": code}));
            assert_unclear(&ask(Asked::Status, 200, &body), "an error beside");
        }
    }
}

#[test]
fn an_order_of_somebody_else_is_unclear() {
    for changes in [
        json!({"refId": "AAAAAAAAAAAAAAAAAAA3"}),
        json!({"refId": "aaaaaaaaaaaaaaaaaaa2"}),
        json!({"refId": null}),
        json!({"productCode": "TLKM10"}),
        json!({"productCode": "tlkm5"}),
        json!({"productCode": null}),
    ] {
        for status in ["success", "pending", "failed"] {
            let mut changes = changes.clone();
            changes["status"] = json!(status);
            for asked in ALL {
                assert_unclear(&ask(asked, 200, &with(&changes)), &changes.to_string());
            }
        }
    }
    let places = json!(["bf-1", REFERENCE, "TLKM5", 5_250, "success", "77", null, null, null]).to_string();
    for list in [places.clone(), format!(r#"{{"data":{places}}}"#), format!(r#"{{"data":[{places}]}}"#)] {
        assert_unclear(&ask(Asked::Status, 200, &list), "a list is no order");
    }
    let two = format!(r#"{{"data":[{ORDER},{ORDER}]}}"#);
    assert_unclear(&ask(Asked::Status, 200, &two), "which of them?");
    assert_unclear(&ask(Asked::Status, 200, r#"{"data":[]}"#), "an empty list is not the word for \"not found\"");
}

#[test]
fn a_refusal_is_the_whole_body_and_tells_of_no_order() {
    let refused = |cause, code: &str| Answer::Refused { cause, code: code.to_owned() };
    for (http, code, cause) in [
        (402, "INSUFFICIENT_DEPOSIT", Cause::Deposit),
        (503, "PRODUCT_PROBLEM", Cause::Supplier),
        (503, "CUTOFF", Cause::Closed),
        (429, "TOO_MANY_REQUESTS", Cause::Busy),
    ] {
        for more in ["", r#","order":null"#, r#","refId":"AAAAAAAAAAAAAAAAAAA2","status":503"#] {
            let body = format!(r#"{{"code":"{code}","message":"no"{more}}}"#);
            assert_eq!(ask(Asked::Purchase, http, &body), refused(cause, code));
            assert_eq!(ask(Asked::Payment, http, &body), refused(cause, code));
            assert_unclear(&ask(Asked::Status, http, &body), "a question was turned away");
        }
        for more in [r#","orderId":"bf-1""#, r#","order":{"refId":"x"}"#, r#","refId":"AAAAAAAAAAAAAAAAAAA3""#] {
            let body = format!(r#"{{"code":"{code}","message":"no"{more}}}"#);
            assert_unclear(&ask(Asked::Purchase, http, &body), more);
        }
        let body = format!(r#"{{"code":"{code}","message":"no"}}"#);
        for body in [
            format!("{body}<html>"),
            format!("<html>{body}"),
            format!(r#"{{"data":{body}}}"#),
            body.replace("code", "Code"),
        ] {
            assert_unclear(&ask(Asked::Purchase, http, &body), &body);
        }
        assert_unclear(&ask(Asked::Purchase, 200, &body), "an error with 200");
        assert_unclear(&ask(Asked::Purchase, 201, &body), "an error with 201");
    }
}

#[test]
fn a_reference_used_twice_is_asked_about_and_a_missing_one_is_an_answer_to_a_question() {
    let first = format!(r#"{{"code":"DUPLICATE_REF","message":"no","order":{ORDER}}}"#);
    let other = r#"{"code":"REF_MISMATCH","message":"no"}"#;
    for asked in ALL {
        assert_unclear(&ask(asked, 409, &first), "asked about");
        assert_unclear(&ask(asked, 409, other), "asked about");
    }
    let missing = r#"{"code":"ORDER_NOT_FOUND","message":"no"}"#;
    assert_eq!(ask(Asked::Status, 404, missing), Answer::NotFound);
    for (asked, http) in [(Asked::Purchase, 404), (Asked::Payment, 404), (Asked::Status, 200), (Asked::Status, 400)] {
        assert_unclear(&ask(asked, http, missing), "not there");
    }
    assert_unclear(&ask(Asked::Status, 404, "<html>Not Found</html>"), "some proxy's 404");
    assert_unclear(&ask(Asked::Status, 404, ""), "nobody's 404");
}

#[test]
fn every_other_http_status_is_unclear_whatever_the_body_says() {
    for http in [0, 100, 202, 204, 301, 302, 307, 308, 400, 401, 404, 409, 418, 500, 502, 503, 504] {
        for body in [ORDER, "", "<html>Bad Gateway</html>", r#"{"code":"INTERNAL","message":"no"}"#] {
            for asked in ALL {
                assert_unclear(&ask(asked, http, body), &http.to_string());
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_unclear() {
    let utf16: String = ORDER.chars().map(|c| format!("{c}\0")).collect();
    let twice = ORDER.replace(r#""status":"success""#, r#""status":"failed","status":"success""#);
    let half = &ORDER[..ORDER.len() / 2];
    for body in ["", "<html></html>", "{", "{}", "[]", "null", "0", "success", r#"{"data":null}"#, half, &utf16, &twice]
    {
        for asked in ALL {
            assert_unclear(&ask(asked, 200, body), body);
        }
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
    for bad in [json!(10881.5), json!("10,881"), json!(-1), json!("free"), json!("")] {
        assert_unclear(&price(bad.clone()).unwrap_err(), &bad.to_string());
    }
}

fn serial_of(category: Category, changes: &Value) -> Option<String> {
    match ask_of(category, Asked::Status, 200, &with(changes)) {
        Answer::Delivered { serial, .. } => serial.map(|serial| serial.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn electricity_is_its_token_with_what_is_told_beside_or_awaited() {
    let token = |changes: &Value| serial_of(Category::PlnToken, changes);
    let detail = json!({"customerName": "BUDI S", "tariff": "R1M", "power": "900VA", "kwh": 33.7});
    let whole = Some(format!("{TOKEN}/BUDI S/R1M/900VA/33.7"));
    assert_eq!(token(&json!({"token": TOKEN, "detail": detail})), whole);
    let texts = json!({"customerName": "BUDI S", "tariff": "R1M", "power": 900, "kwh": "33.7"});
    assert_eq!(token(&json!({"token": TOKEN, "detail": texts})), whole, "900 alone would be read as kWh");
    assert_eq!(token(&json!({"token": TOKEN, "sn": null})), Some(TOKEN.to_owned()));
    assert_eq!(token(&json!({"token": TOKEN, "detail": {"customerName": "BUDI S"}})), Some(format!("{TOKEN}/BUDI S")));
    assert_eq!(token(&json!({"token": TOKEN, "detail": {"tariff": "R1", "kwh": 66}})), Some(format!("{TOKEN}//R1/66")));
    for odd in [json!("x"), json!([]), json!({"customerName": ["BUDI"]}), json!(7)] {
        assert_eq!(token(&json!({"token": TOKEN, "detail": odd})), Some(TOKEN.to_owned()), "{odd}");
    }
    assert_eq!(token(&json!({"sn": format!("{TOKEN}/BUDI S")})), Some(format!("{TOKEN}/BUDI S")), "in the other field");
    for none in [
        json!({}),
        json!({"sn": "77012345678"}),
        json!({"token": "0123"}),
        json!({"token": 12_345_678_901_234_567_890_u64}),
    ] {
        assert_eq!(token(&none), None, "{none}");
    }
}

#[test]
fn the_parts_of_a_token_are_read_as_they_were_told() {
    use domain::fulfilment::SerialParts;
    let detail = json!({"customerName": "PT X/Y", "tariff": "R1", "power": "1300", "kwh": "66,2"});
    let serial = serial_of(Category::PlnToken, &json!({"token": TOKEN, "detail": detail})).unwrap();
    let Some(SerialParts::PlnToken { token, name, tariff, kwh }) = SerialParts::read(Category::PlnToken, &serial)
    else {
        panic!("{serial}")
    };
    assert_eq!(token.expose(), "0123-4567-8901-2345-6789");
    assert_eq!(name.map(|name| name.expose().to_owned()).as_deref(), Some("PT X/Y"));
    assert_eq!((tariff.as_deref(), kwh.as_deref()), (Some("R1/1300VA"), Some("66,2")));
}

#[test]
fn all_else_has_its_serial_or_none_yet_and_never_a_token() {
    for category in [Category::Airtime, Category::Data, Category::PlnBill, Category::Bpjs, Category::Pdam] {
        assert_eq!(serial_of(category, &json!({})), Some("77012345678".to_owned()));
        assert_eq!(serial_of(category, &json!({"sn": 77_012_345_678_u64})), Some("77012345678".to_owned()));
        for none in [json!(null), json!(""), json!("  "), json!("9".repeat(1_001))] {
            assert_eq!(serial_of(category, &json!({"sn": none, "token": TOKEN})), None, "{none}");
        }
    }
}

#[test]
fn who_does_not_know_what_was_bought_takes_a_token_for_one_and_nothing_for_a_serial() {
    let reference = REFERENCE.parse().unwrap();
    let unasked = |changes: &Value| {
        let body = with(changes);
        let order = wire::content::<Order<'_>>(body.as_bytes()).unwrap();
        match judge(About { reference: &reference, code: None, category: None }, &order) {
            Ok(Answer::Delivered { serial, .. }) => serial.map(|serial| serial.expose().to_owned()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(unasked(&json!({})), None);
    assert_eq!(unasked(&json!({"token": TOKEN})), Some(TOKEN.to_owned()));
}

#[test]
fn no_answer_prints_the_number_or_the_serial() {
    let noisy = with(&json!({"status": "081234567890", "orderId": "081234567890 x", "errorCode": "081234567890"}));
    for (http, body) in [(200, ORDER), (200, &noisy), (422, r#"{"code":"081234567890"}"#)] {
        let printed = format!("{:?}", ask(Asked::Status, http, body));
        assert!(!printed.contains("081234567890") && !printed.contains("77012345678"), "{printed}");
    }
}

/// Every reply with one field taken away, renamed or of another type.
fn spoiled(whole: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, own) in whole.as_object().unwrap() {
        let spoil = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut spoiled = whole.clone();
            change(spoiled.as_object_mut().unwrap());
            spoiled
        };
        all.push(spoil(&|fields| drop(fields.remove(name))));
        all.push(spoil(&|fields| {
            let value = fields.remove(name).unwrap();
            fields.insert(format!("{name}_"), value);
        }));
        for other in [json!([own]), json!({"x": own}), json!(true), json!(1.5), json!("x"), json!(7), Value::Null] {
            all.push(spoil(&|fields| drop(fields.insert(name.clone(), other.clone()))));
        }
    }
    all
}

#[test]
fn a_reply_that_lost_a_field_says_no_more_than_what_is_left() {
    for changes in [
        json!({}),
        json!({"status": "pending", "sn": null}),
        json!({"status": "failed", "errorCode": "INVALID_DESTINATION", "sn": null}),
    ] {
        let whole: Value = serde_json::from_str(&with(&changes)).unwrap();
        let said = ask(Asked::Status, 200, &whole.to_string());
        for body in spoiled(&whole) {
            for asked in ALL {
                let left = ask(asked, 200, &body.to_string());
                let same = std::mem::discriminant(&left) == std::mem::discriminant(&said);
                assert!(same || matches!(left, Answer::Unclear { .. }), "{left:?} of {body}");
                if let Answer::Delivered { serial, price, .. } = left {
                    for evidence in ["refId", "productCode", "status"] {
                        assert_eq!(body[evidence], whole[evidence], "{body}");
                    }
                    let sn = filled(serde_json::from_value(body["sn"].clone()).ok().as_ref());
                    assert_eq!(serial.map(|serial| serial.expose().to_owned()), sn, "{body}");
                    assert_eq!(price.is_some(), body.get("price").is_some_and(|price| !price.is_null()), "{body}");
                }
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    supplier_lab::any_json("AAAAAAAAAAAAAAAAAAA2|success|failed|TLKM5|CUTOFF", "data|refId|status|code|order|price|sn")
}

fn any_asked() -> impl Strategy<Value = Asked> {
    (0..3_usize).prop_map(|n| ALL[n])
}

proptest! {
    #[test]
    fn any_bytes_are_unclear(asked in any_asked(), http in any::<u16>(), body in any::<Vec<u8>>()) {
        let reference = REFERENCE.parse().unwrap();
        let unclear = matches!(answer(asked, about(&reference, Category::Data), http, &body), Answer::Unclear { .. });
        prop_assert!(unclear);
    }

    #[test]
    fn any_json_that_is_no_order_of_ours_is_unclear(asked in any_asked(), body in any_json()) {
        let named = |body: &Value| body["refId"] == REFERENCE && body["productCode"] == "TLKM5";
        let ours = named(&body) || named(&body["data"]) || named(&body["data"][0]);
        let unclear = matches!(ask(asked, 200, &body.to_string()), Answer::Unclear { .. });
        prop_assert!(unclear || ours);
    }

    #[test]
    fn undocumented_errors_are_unclear(asked in any_asked(), http in 400..600_u16, code in "[A-Z_]{1,20}") {
        prop_assume!(meaning(http, &code).is_none());
        let body = json!({"code": code, "message": "no"});
        let unclear = matches!(ask(asked, http, &body.to_string()), Answer::Unclear { .. });
        prop_assert!(unclear);
    }

    #[test]
    fn any_serial_token_and_detail_are_read_without_panic(sn in any::<String>(), token in any::<String>(), detail in any_json()) {
        let body = with(&json!({"sn": sn, "token": token, "detail": detail}));
        for category in [Category::PlnToken, Category::Airtime] {
            ask_of(category, Asked::Status, 200, &body);
        }
    }
}
