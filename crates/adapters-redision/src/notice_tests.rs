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
const SECRET: &str = "appsecret-0001";

fn config(changes: &[(&str, &str)]) -> Config {
    Config::read(&settings(changes)).unwrap()
}

fn callback(changes: &Value) -> String {
    let mut body = json!({
        "user_id": "081234567890", "merchant_transaction_id": REFERENCE, "status_code": 1000, "payment_method": "deposit",
        "amount": "10350", "status": "success", "currency": "IDR", "item_name": "TS10 081234567890", "item_id": "TS10",
        "reference_id": "RD0000010001", "serial_number": "0123456789012",
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body.to_string()
}

/// Signed with that secret.
fn raw(body: impl Into<Bytes>, secret: &str) -> RawNotice {
    let body = body.into();
    let headers = vec![(BODYSIGN.to_owned(), bodysign(&secret.into(), &body))];
    RawNotice { headers, body, ..RawNotice::default() }
}

fn verified(config: &Config, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    verify(&SupplierId::from_str("redision").unwrap(), config, CALLBACK, raw)
}

fn check(body: impl Into<Bytes>) -> Result<SupplierNotice, NoticeRejected> {
    verified(&config(&[]), &raw(body, SECRET))
}

#[test]
fn a_callback_proves_a_delivery() {
    let notice = check(callback(&json!({}))).unwrap();
    assert_eq!(notice.reference.as_str(), REFERENCE);
    assert_eq!(notice.proves, Proof::Outcome);
    let delivered = Answer::Delivered {
        serial: Some(Private::new("0123456789012")),
        price: Some(Money::from_units(10_350, Currency::Idr).unwrap()),
        supplier_ref: Some("RD0000010001".to_owned()),
    };
    assert_eq!(notice.claims, delivered);
    assert_eq!(notice.record.key, "redision:callback:AAAAAAAAAAAAAAAAAAA2:RD0000010001:success:1000");
    // Some merchants get the amount as a number, and more fields.
    let other =
        check(callback(&json!({"amount": 10_350, "status_code": "1000", "app_id": "app-0001", "더": [1]}))).unwrap();
    assert_eq!((other.claims, other.record.key), (delivered, notice.record.key));
}

#[test]
fn every_state_is_claimed_as_it_is_and_none_that_contradicts_itself() {
    let claims = |status_code: i64, status: &str| {
        check(callback(&json!({"status_code": status_code, "status": status, "serial_number": null}))).unwrap().claims
    };
    assert!(matches!(claims(1000, "success"), Answer::Delivered { serial: None, .. }));
    assert!(matches!(claims(1001, "pending"), Answer::Pending { .. }));
    assert!(matches!(claims(1003, "pending"), Answer::Pending { .. }));
    assert_eq!(claims(1005, "failed"), Answer::Failed { cause: Cause::Supplier, code: "1005".to_owned() });
    for (status_code, status) in [
        (1000, "failed"),
        (1000, "pending"),
        (1005, "success"),
        (1001, "success"),
        (1004, "success"),
        (1000, "SUCCESS"),
        (1000, ""),
    ] {
        assert!(matches!(claims(status_code, status), Answer::Unclear { .. }), "{status_code} {status}");
    }
    for changes in [json!({"amount": "10,350"}), json!({"amount": 1.5}), json!({"currency": "USD"})] {
        assert!(matches!(check(callback(&changes)).unwrap().claims, Answer::Unclear { .. }), "{changes}");
    }
}

#[test]
fn a_wrong_empty_or_missing_signature_is_refused() {
    let config = config(&[]);
    let body = callback(&json!({}));
    for secret in ["appsecret-0002", "appkey-0001", "", "app-0001"] {
        assert_eq!(verified(&config, &raw(body.clone(), secret)), Err(NoticeRejected::BadSignature), "{secret}");
    }
    let good = raw(body.clone(), SECRET);
    let signature = good.header(BODYSIGN).unwrap().to_owned();
    let standard = signature.replace('-', "+").replace('_', "/");
    for given in ["", " ", signature.trim_end_matches('='), &signature.to_lowercase(), &format!("{signature}=")] {
        let forged = RawNotice { headers: vec![(BODYSIGN.to_owned(), given.to_owned())], ..good.clone() };
        assert_eq!(verified(&config, &forged), Err(NoticeRejected::BadSignature), "{given}");
    }
    if standard != signature {
        let forged = RawNotice { headers: vec![(BODYSIGN.to_owned(), standard)], ..good.clone() };
        assert_eq!(verified(&config, &forged), Err(NoticeRejected::BadSignature));
    }
    assert_eq!(
        verified(&config, &RawNotice { headers: Vec::new(), ..good.clone() }),
        Err(NoticeRejected::BadSignature)
    );
    let beside = raw(callback(&json!({"merchant_transaction_id": "AAAAAAAAAAAAAAAAAAA3"})), SECRET);
    let moved = RawNotice { headers: beside.headers, ..good };
    assert_eq!(verified(&config, &moved), Err(NoticeRejected::BadSignature), "the signature of another callback");
}

#[test]
fn while_the_secret_is_changed_both_are_good() {
    let config = config(&[("CALLBACK_SECRETS", "new-0002,old-0001")]);
    for (secret, good) in [("new-0002", true), ("old-0001", true), (SECRET, false), ("new-0002,old-0001", false)] {
        assert_eq!(verified(&config, &raw(callback(&json!({})), secret)).is_ok(), good, "{secret}");
    }
}

#[test]
fn a_callback_of_another_account_or_from_another_address_is_refused() {
    assert_eq!(check(callback(&json!({"app_id": "app-0002"}))), Err(NoticeRejected::OtherAccount));
    let config = config(&[("CALLBACK_IPS", "203.0.113.7")]);
    let from = |peer: Option<&str>| {
        let peer = peer.map(|peer| peer.parse().unwrap());
        verified(&config, &RawNotice { peer, ..raw(callback(&json!({})), SECRET) }).map(drop)
    };
    assert_eq!(from(Some("203.0.113.7")), Ok(()));
    assert_eq!(from(Some("203.0.113.8")), Err(NoticeRejected::BadSignature));
    assert_eq!(from(None), Err(NoticeRejected::BadSignature));
}

#[test]
fn what_is_signed_and_no_callback_is_malformed() {
    let twice = callback(&json!({})).replace(r#""status_code":1000"#, r#""status_code":1005,"status_code":1000"#);
    for body in [
        "",
        "{}",
        "[]",
        "<html></html>",
        &twice,
        &callback(&json!({"merchant_transaction_id": "order-1"})),
        &callback(&json!({"merchant_transaction_id": ""})),
        &callback(&json!({"merchant_transaction_id": [REFERENCE]})),
        &callback(&json!({"merchant_transaction_id": null})),
        &callback(&json!({"status_code": null})),
        &callback(&json!({"status": null})),
    ] {
        assert_eq!(check(body.to_owned()), Err(NoticeRejected::Malformed), "{body}");
    }
    let id = SupplierId::from_str("redision").unwrap();
    assert_eq!(verify(&id, &config(&[]), "paid", &raw(callback(&json!({})), SECRET)), Err(NoticeRejected::Malformed));
}

#[test]
fn different_states_have_different_keys_and_the_same_state_has_the_same() {
    let key = |changes: Value| check(callback(&changes)).unwrap().record.key;
    assert_eq!(key(json!({})), key(json!({"amount": 10_350, "item_name": "x"})));
    assert_ne!(key(json!({})), key(json!({"status_code": 1005, "status": "failed"})));
    assert_ne!(key(json!({"status_code": 1001})), key(json!({"status_code": 1003})));
    assert_ne!(key(json!({})), key(json!({"reference_id": "RD0000010002"})));
    let wild = key(json!({"reference_id": "a b:c\n", "status": "very long text here", "status_code": "x:y"}));
    assert_eq!(wild, "redision:callback:AAAAAAAAAAAAAAAAAAA2:-:?:?");
}

#[test]
fn the_record_hides_account_number_and_serial_wherever_they_stand() {
    let more = json!({"message": "SN 0123456789012 ke 6281234567890", "customer_name": "BUDI S", "app_id": "app-0001"});
    let body = check(callback(&more)).unwrap().record.body;
    for secret in ["081234567890", "81234567890", "0123456789012", "BUDI", SECRET, "appkey-0001", "app-0001"] {
        assert!(!body.contains(secret), "{secret} in {body}");
    }
    for kept in [REFERENCE, "RD0000010001", "10350", "TS10"] {
        assert!(body.contains(kept), "{kept} not in {body}");
    }
}

#[test]
fn every_flipped_bit_of_body_and_signature_is_refused() {
    let good = raw(callback(&json!({})), SECRET);
    let config = config(&[]);
    for at in 0..good.body.len() {
        for bit in 0..8 {
            let mut body = good.body.to_vec();
            body[at] ^= 1 << bit;
            let verdict = verified(&config, &RawNotice { body: body.into(), ..good.clone() });
            assert_eq!(verdict, Err(NoticeRejected::BadSignature), "byte {at} bit {bit}");
        }
    }
    let signature = good.header(BODYSIGN).unwrap().as_bytes().to_vec();
    for at in 0..signature.len() {
        for bit in 0..7 {
            let mut forged = signature.clone();
            forged[at] ^= 1 << bit;
            let headers = vec![(BODYSIGN.to_owned(), String::from_utf8(forged).unwrap())];
            let verdict = verified(&config, &RawNotice { headers, ..good.clone() });
            assert_eq!(verdict, Err(NoticeRejected::BadSignature), "byte {at} bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_signed_nonsense(body in any::<Vec<u8>>(), sign in "[A-Za-z0-9_-]{0,43}=?") {
        let unsigned = RawNotice { headers: vec![(BODYSIGN.to_owned(), sign)], body: body.clone().into(), ..RawNotice::default() };
        prop_assert_eq!(verified(&config(&[]), &unsigned), Err(NoticeRejected::BadSignature));
        prop_assert_eq!(check(body), Err(NoticeRejected::Malformed));
    }

    #[test]
    fn any_callback_has_a_key_that_can_be_kept(id in "\\PC{0,80}", status in "\\PC{0,20}", code in any::<i64>()) {
        let notice = check(callback(&json!({"reference_id": id, "status": status, "status_code": code}))).unwrap();
        prop_assert!(notice.record.key.parse::<domain::DedupeKey>().is_ok());
    }
}
