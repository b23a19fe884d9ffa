//! What is sent, byte for byte, and what is read of what comes back.

use super::*;

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap()
}

#[test]
fn requests_carry_exactly_the_documented_fields() {
    assert_eq!(
        text(top_up("628", "R", "0817777215", "xld25000", "abc")),
        r#"{"customer_id":"0817777215","product_code":"xld25000","ref_id":"R","sign":"abc","username":"628"}"#
    );
    assert_eq!(text(check_status("628", "R", "abc")), r#"{"ref_id":"R","sign":"abc","username":"628"}"#);
    assert_eq!(text(price_list("628", "abc")), r#"{"sign":"abc","status":"all","username":"628"}"#);
    assert_eq!(text(check_balance("628", "abc")), r#"{"sign":"abc","username":"628"}"#);
    assert_eq!(
        text(inquiry("628", &[("game_code", "103"), ("customer_id", "156378300|8483")], "abc")),
        r#"{"customer_id":"156378300|8483","game_code":"103","sign":"abc","username":"628"}"#
    );
}

#[test]
fn a_target_with_quotes_stays_one_field() {
    let body = top_up("628", "R", r#"1","product_code":"x"#, "c", "s");
    let read: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(read["product_code"], "c");
}

#[test]
fn a_field_given_twice_is_unreadable() {
    let body = br#"{"data":{"rc":"07","rc":"00"}}"#;
    assert!(matches!(transaction(body), Err(Doubt::Unreadable)));
}

#[test]
fn both_shapes_of_a_price_list_are_read() {
    let count = |body: &str| match prices(body.as_bytes()) {
        Ok(Prices::Lines(lines)) => Some(lines.len()),
        Ok(Prices::Code(_)) | Err(_) => None,
    };
    assert_eq!(count(r#"{"data":[{},{}]}"#), Some(2));
    assert_eq!(count(r#"{"data":{"pricelist":[{}],"message":"SUCCESS","rc":"00"}}"#), Some(1));
    assert_eq!(count(r#"{"data":{"pricelist":[{}]}}"#), Some(1));
    assert_eq!(count(r#"{"data":{"pricelist":[{}],"rc":"110"}}"#), None);
    assert_eq!(count(r#"{"data":"x"}"#), None);
    assert_eq!(count(r#"{"data":{"rc":"00"}}"#), None);
    assert!(matches!(prices(br#"{"data":{"rc":"204"}}"#), Ok(Prices::Code(rc)) if rc == "204"));
}
