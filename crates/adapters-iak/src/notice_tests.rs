//! Stories of callbacks: real, repeated, forged, flipped.

use std::str::FromStr;

use bytes::Bytes;
use domain::fulfilment::Cause;
use domain::{Currency, Money, Private};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::tests::settings;

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";

fn config(changes: &[(&str, &str)]) -> Config {
    Config::read(&settings(changes)).unwrap()
}

fn signature(reference: &str) -> String {
    let config = config(&[]);
    sign::sign(config.username.expose_secret(), &config.api_key, reference)
}

/// As the docs print it: all values are strings.
fn callback(changes: &Value) -> String {
    let mut data = json!({
        "ref_id": REFERENCE, "status": "1", "product_code": "hsteam12000", "customer_id": "0817777215",
        "price": "16500", "message": "SUCCESS 0817777215", "sn": "ABCD-EFGH-IJKL-MNOP", "pin": "123456789",
        "balance": "996994749", "tr_id": "3487", "rc": "00", "sign": signature(REFERENCE),
    });
    for (name, value) in changes.as_object().unwrap() {
        data[name] = value.clone();
    }
    json!({ "data": data }).to_string()
}

fn raw(body: impl Into<Bytes>, peer: Option<&str>) -> RawNotice {
    let peer = peer.map(|peer| peer.parse().unwrap());
    RawNotice { body: body.into(), peer, ..RawNotice::default() }
}

fn check(body: impl Into<Bytes>) -> Result<SupplierNotice, NoticeRejected> {
    verify(&SupplierId::from_str("iak").unwrap(), &config(&[]), CALLBACK, &raw(body, None))
}

#[test]
fn a_callback_claims_a_delivery_and_proves_nothing() {
    let notice = check(callback(&json!({}))).unwrap();
    assert_eq!(notice.reference.as_str(), REFERENCE);
    assert_eq!(notice.proves, Proof::Reference);
    assert_eq!(
        notice.claims,
        Answer::Delivered {
            serial: Some(Private::new("ABCD-EFGH-IJKL-MNOP PIN 123456789")),
            price: Some(Money::from_units(16_500, Currency::Idr).unwrap()),
            supplier_ref: Some("3487".to_owned()),
        }
    );
    assert_eq!(notice.record.key, "iak:callback:AAAAAAAAAAAAAAAAAAA2:3487:1:00");
}

#[test]
fn a_failure_is_claimed_as_one() {
    let notice = check(callback(&json!({"status": "2", "rc": "14", "sn": "", "pin": ""}))).unwrap();
    assert_eq!(notice.claims, Answer::Failed { cause: Cause::Customer, code: "14".to_owned() });
    assert_eq!(notice.record.key, "iak:callback:AAAAAAAAAAAAAAAAAAA2:3487:2:14");
}

#[test]
fn what_it_claims_may_be_unclear_and_it_is_still_kept() {
    for changes in [
        json!({"rc": "99"}),
        json!({"rc": "00", "status": "2"}),
        json!({"rc": "204", "status": "2"}),
        json!({"rc": null}),
        json!({"price": "1,5"}),
    ] {
        let notice = check(callback(&changes)).unwrap();
        assert!(matches!(notice.claims, Answer::Unclear { .. }), "{changes}");
    }
}

#[test]
fn numbers_for_strings_unknown_fields_and_missing_ones_make_no_difference() {
    let as_documented = check(callback(&json!({}))).unwrap();
    for changes in [
        json!({"status": 1}),
        json!({"price": 16500, "balance": 996_994_749, "tr_id": 3487}),
        json!({"activation_code": "", "promo": {"nested": [1, null]}, "更": true}),
        json!({"balance": null, "message": null, "customer_id": null, "product_code": null}),
    ] {
        let notice = check(callback(&changes)).unwrap();
        assert_eq!(
            (&notice.claims, &notice.record.key),
            (&as_documented.claims, &as_documented.record.key),
            "{changes}"
        );
    }
}

#[test]
fn an_account_of_the_first_api_is_understood_and_its_number_hidden() {
    let changes = json!({"product_code": null, "customer_id": null, "code": "hsteam12000", "hp": "0817777215"});
    let notice = check(callback(&changes)).unwrap();
    assert!(matches!(notice.claims, Answer::Delivered { .. }), "{:?}", notice.claims);
    assert!(!notice.record.body.contains("0817777215"), "{}", notice.record.body);
    assert!(notice.record.body.contains("hsteam12000"), "{}", notice.record.body);
}

#[test]
fn a_callback_for_another_account_or_from_the_other_environment_is_refused() {
    let id = SupplierId::from_str("iak").unwrap();
    for others in [[("USERNAME", "628000000002")], [("API_KEY", "production-key")]] {
        let verdict = verify(&id, &config(&others), CALLBACK, &raw(callback(&json!({})), None));
        assert_eq!(verdict, Err(NoticeRejected::BadSignature), "{others:?}");
    }
}

#[test]
fn a_state_that_is_not_final_is_a_claim_like_any_other() {
    let notice = check(callback(&json!({"status": "0", "rc": "39", "sn": "", "pin": ""}))).unwrap();
    assert!(matches!(notice.claims, Answer::Pending { .. }), "{:?}", notice.claims);
    assert_eq!(notice.record.key, "iak:callback:AAAAAAAAAAAAAAAAAAA2:3487:0:39");
}

#[test]
fn the_record_hides_number_serial_pin_and_signature() {
    let body = check(callback(&json!({}))).unwrap().record.body;
    for secret in ["0817777215", "ABCD-EFGH", "123456789", &signature(REFERENCE), "testkey-0001", "628000000001"] {
        assert!(!body.contains(secret), "{secret} in {body}");
    }
    for kept in [REFERENCE, "3487", "16500", "hsteam12000"] {
        assert!(body.contains(kept), "{kept} not in {body}");
    }
}

#[test]
fn different_states_have_different_keys_and_the_same_state_has_the_same() {
    let key = |changes: Value| check(callback(&changes)).unwrap().record.key;
    assert_eq!(key(json!({})), key(json!({"balance": "1", "message": "x"})));
    assert_ne!(key(json!({})), key(json!({"status": "2", "rc": "07"})));
    assert_ne!(key(json!({"status": "2", "rc": "07"})), key(json!({"status": "2", "rc": "14"})));
    assert_ne!(key(json!({})), key(json!({"tr_id": "3488"})));
    let wild = key(json!({"tr_id": "a b:c\n", "rc": "x:y", "status": "very long text here"}));
    assert_eq!(wild, "iak:callback:AAAAAAAAAAAAAAAAAAA2:-:?:?");
}

#[test]
fn a_wrong_or_missing_signature_is_refused() {
    for changes in [
        json!({"sign": "00000000000000000000000000000000"}),
        json!({"sign": signature("AAAAAAAAAAAAAAAAAAA3")}),
        json!({"sign": signature(REFERENCE).to_uppercase()}),
        json!({"ref_id": "AAAAAAAAAAAAAAAAAAA3"}),
        // IAK signs a price list and a balance too: neither is a callback's signature.
        json!({"sign": signature("pl")}),
        json!({"sign": signature("")}),
    ] {
        assert_eq!(check(callback(&changes)), Err(NoticeRejected::BadSignature), "{changes}");
    }
    for changes in [json!({"sign": ""}), json!({"sign": null}), json!({"ref_id": ""})] {
        assert_eq!(check(callback(&changes)), Err(NoticeRejected::Malformed), "{changes}");
    }
}

#[test]
fn a_signed_text_that_is_no_reference_of_ours_is_refused() {
    let changes = json!({"ref_id": "order001", "sign": signature("order001")});
    assert_eq!(check(callback(&changes)), Err(NoticeRejected::Malformed));
}

#[test]
fn what_is_no_callback_is_malformed() {
    let xml =
        format!("<?xml version=\"1.0\"?><mp><ref_id>{REFERENCE}</ref_id><sign>{}</sign></mp>", signature(REFERENCE));
    let unwrapped = format!(r#"{{"ref_id":"{REFERENCE}","sign":"{}"}}"#, signature(REFERENCE));
    let twice =
        format!(r#"{{"data":{{"ref_id":"{REFERENCE}","rc":"07","rc":"00","sign":"{}"}}}}"#, signature(REFERENCE));
    for body in
        ["", "{}", "[]", "<html></html>", &xml, &unwrapped, &twice, r#"{"data":"x"}"#, r#"{"data":{"ref_id":["x"]}}"#]
    {
        assert_eq!(check(body.as_bytes().to_vec()), Err(NoticeRejected::Malformed), "{body}");
    }
    let other = verify(&SupplierId::from_str("iak").unwrap(), &config(&[]), "paid", &raw(callback(&json!({})), None));
    assert_eq!(other, Err(NoticeRejected::Malformed));
}

#[test]
fn only_named_addresses_may_send_once_any_is_named() {
    let config = config(&[("CALLBACK_IPS", "52.76.169.212,2001:db8::1")]);
    let from = |peer| {
        verify(&SupplierId::from_str("iak").unwrap(), &config, CALLBACK, &raw(callback(&json!({})), peer)).map(|_| ())
    };
    for peer in ["52.76.169.212", "::ffff:52.76.169.212", "2001:db8::1"] {
        assert_eq!(from(Some(peer)), Ok(()), "{peer}");
    }
    for peer in [Some("52.76.169.213"), Some("127.0.0.1"), None] {
        assert_eq!(from(peer), Err(NoticeRejected::BadSignature), "{peer:?}");
    }
}

#[test]
fn every_flipped_bit_is_refused_or_changes_only_an_unproven_claim() {
    let body = callback(&json!({})).into_bytes();
    let mut refused = 0;
    for at in 0..body.len() {
        for bit in 0..8 {
            let mut flipped = body.clone();
            flipped[at] ^= 1 << bit;
            match check(flipped) {
                Err(_) => refused += 1,
                Ok(notice) => {
                    assert_eq!(notice.reference.as_str(), REFERENCE, "byte {at} bit {bit}");
                    assert_ne!(notice.proves, Proof::Outcome, "byte {at} bit {bit}");
                }
            }
        }
    }
    // At least every bit of reference and signature.
    assert!(refused >= (20 + 32) * 8, "{refused}");
}

proptest! {
    #[test]
    fn any_bytes_are_refused(body in any::<Vec<u8>>()) {
        prop_assert!(check(body).is_err());
    }

    #[test]
    fn a_signature_without_the_key_is_never_accepted(sign in "[0-9a-f]{32}") {
        prop_assume!(sign != signature(REFERENCE));
        let verdict = check(callback(&json!({"sign": sign})));
        prop_assert_eq!(verdict, Err(NoticeRejected::BadSignature));
    }
}
