//! What is sent, byte for byte, and what is read of what comes back.

use secrecy::ExposeSecret;

use super::*;

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap()
}

const PLAIN: Order<'_> = Order {
    user_id: "156378300",
    additional_id: None,
    code: "ML78_8-S2",
    reference: "R",
    price: None,
    callback_url: "https://shop.example/x",
    end_user_ip: None,
};

#[test]
fn an_order_carries_exactly_the_documented_fields() {
    assert_eq!(
        text(order(&PLAIN)),
        r#"{"count_order":1,"country_code":"id","override_callback_url":"https://shop.example/x","partner_reference_id":"R","product_code":"ML78_8-S2","user_id":"156378300"}"#
    );
    let whole =
        Order { additional_id: Some("8483"), price: Some(19_500), end_user_ip: Some("1.2.3.4".to_owned()), ..PLAIN };
    let read: Value = serde_json::from_slice(&order(&whole)).unwrap();
    assert_eq!(read["additional_id"], "8483");
    assert_eq!(read["price"], 19_500);
    assert_eq!(read["end_user_ip_address"], "1.2.3.4");
    assert_eq!(read.as_object().unwrap().len(), 9);
    assert_eq!(
        text(uid_check("ML", "156378300", Some("8483"))),
        r#"{"additional_id":"8483","category_code":"ML","user_id":"156378300"}"#
    );
}

#[test]
fn a_target_with_quotes_stays_one_field() {
    let sly = Order { user_id: r#"1","product_code":"x"#, ..PLAIN };
    let read: Value = serde_json::from_slice(&order(&sly)).unwrap();
    assert_eq!((read["product_code"].as_str(), read["count_order"].as_i64()), (Some("ML78_8-S2"), Some(1)));
}

#[test]
fn a_field_given_twice_is_unreadable_at_every_depth() {
    assert!(Reply::read(br#"{"code":"SUCCESS","code":"BAD_REQUEST"}"#).is_err());
    let reply = Reply::read(br#"{"code":"SUCCESS","data":{"tid":"1","tid":"2"}}"#).unwrap_or_else(|_| panic!());
    assert!(matches!(reply.data::<OrderData>(), Err(Doubt::Unreadable)));
    let twice = RawValue::from_string(r#"{"status":"PENDING","status":"SUCCESS"}"#.to_owned()).unwrap();
    assert!(matches!(Transaction::read(&twice), Err(Doubt::Unreadable)));
}

#[test]
fn a_list_is_never_taken_for_an_object() {
    assert!(Reply::read(br#"["SUCCESS",{"tid":"1"}]"#).is_err());
    let reply = Reply::read(br#"{"code":"SUCCESS","data":["1",5]}"#).unwrap_or_else(|_| panic!());
    assert!(reply.data::<OrderData>().is_err());
    assert!(reply.data_if_any::<OrderData>().is_ok_and(|data| data.tid.is_none()));
    let list = RawValue::from_string(r#"["SUCCESS"]"#.to_owned()).unwrap();
    assert!(Transaction::read(&list).is_err());
}

#[test]
fn a_refusal_has_any_sort_of_nothing_for_data() {
    for body in
        [r#"{"code":"X"}"#, r#"{"code":"X","data":null}"#, r#"{"code":"X","data":[]}"#, r#"{"code":"X","data":{}}"#]
    {
        let reply = Reply::read(body.as_bytes()).unwrap_or_else(|_| panic!("{body}"));
        assert!(reply.data_if_any::<OrderData>().is_ok_and(|data| data.tid.is_none()), "{body}");
    }
}

#[test]
fn a_voucher_is_taken_apart_only_in_the_documented_form() {
    assert_eq!(pin_and_serial("PIN : 12-34\tSerial : A1"), Some(("12-34", "A1")));
    assert_eq!(pin_and_serial("PIN: 12\t Serial:A 1 "), Some(("12", "A 1")));
    for other in ["", "12-34", "PIN : 12", "PIN : \tSerial : A1", "PIN : 1\tSerial : 2\tX : 3", "Serial : 1\tPIN : 2"] {
        assert_eq!(pin_and_serial(other), None, "{other}");
    }
}

#[test]
fn private_values_are_found_in_every_form_and_short_ones_let_be() {
    let body = json!({ "data": { "user_id": "081234567890", "transactions": [
        { "voucher_code": "PIN : 1234-5678\tSerial : SER-0001", "note": "sent", "name": "x" } ] } });
    let values = private_values(body.to_string().as_bytes());
    let values: Vec<&str> = values.iter().map(ExposeSecret::expose_secret).collect();
    for form in ["081234567890", "81234567890", "1234-5678", "SER-0001"] {
        assert!(values.contains(&form), "{form} not in {values:?}");
    }
    assert!(!values.contains(&"sent") && !values.contains(&"x"));
    assert!(private_values(b"<html>").is_empty());
}
