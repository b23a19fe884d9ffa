//! Stories of callbacks: real, repeated, late, forged, flipped.

use std::str::FromStr;

use bytes::Bytes;
use chrono::TimeDelta;
use domain::fulfilment::Cause;
use domain::{Currency, Money, Private};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::tests::settings;

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";
const SECRET: &str = "bfcb-0001";
const SIGNED_AT: &str = "1790000000";

fn config(changes: &[(&str, &str)]) -> Config {
    Config::read(&settings(changes)).unwrap()
}

fn now() -> Moment {
    Moment::from_timestamp(1_790_000_010, 0).unwrap()
}

fn order(changes: &Value) -> String {
    let mut body = json!({
        "orderId": "bf-10001", "refId": REFERENCE, "productCode": "TLKM5", "destinationNo": "081234567890", "price": 5250,
        "adminPrice": 0, "status": "success", "sn": "77012345678", "token": null, "message": "OK 77012345678",
        "errorCode": null, "createdAt": "2026-09-21T14:13:15Z", "updatedAt": "2026-09-21T14:13:20Z",
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

fn raw_at(body: impl Into<Bytes>, secret: &str, timestamp: &str) -> RawNotice {
    let body = body.into();
    let signature = sign::seal(&secret.into(), timestamp, &body);
    let headers = vec![(TIMESTAMP.to_owned(), timestamp.to_owned()), (SIGNATURE.to_owned(), signature)];
    RawNotice { headers, body, ..RawNotice::default() }
}

fn raw(body: impl Into<Bytes>) -> RawNotice {
    raw_at(body, SECRET, SIGNED_AT)
}

fn verified(config: &Config, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    verify(&SupplierId::from_str("billfazz").unwrap(), config, CALLBACK, raw, now())
}

fn check(body: impl Into<Bytes>) -> Result<SupplierNotice, NoticeRejected> {
    verified(&config(&[]), &raw(body))
}

#[test]
fn a_callback_proves_a_delivery_and_leaves_the_serial_to_whoever_knows_what_was_bought() {
    let notice = check(order(&json!({}))).unwrap();
    assert_eq!(notice.reference.as_str(), REFERENCE);
    assert_eq!(notice.proves, Proof::Outcome);
    let delivered = |serial: Option<&str>| Answer::Delivered {
        serial: serial.map(Private::new),
        price: Some(Money::from_units(5_250, Currency::Idr).unwrap()),
        supplier_ref: Some("bf-10001".to_owned()),
    };
    assert_eq!(notice.claims, delivered(None));
    assert_eq!(notice.record.key, "billfazz:callback:AAAAAAAAAAAAAAAAAAA2:bf-10001:success:-");

    let token = "01234567890123456789";
    let detail = json!({"customerName": "BUDI", "tariff": "R1M", "power": "900VA", "kwh": 33.7});
    let electricity = check(order(&json!({"token": token, "detail": detail}))).unwrap();
    assert_eq!(electricity.claims, delivered(Some("01234567890123456789/BUDI/R1M/900VA/33.7")));
}

#[test]
fn a_failure_a_delay_and_nonsense_are_claimed_as_what_they_are() {
    let claims = |changes: Value| check(order(&changes)).unwrap().claims;
    assert!(matches!(claims(json!({"status": "PENDING"})), Answer::Pending { .. }));
    let failed = |cause, code: &str| Answer::Failed { cause, code: code.to_owned() };
    assert_eq!(claims(json!({"status": "failed"})), failed(Cause::Supplier, "failed"));
    let code = "INVALID_DESTINATION";
    assert_eq!(claims(json!({"status": "failed", "errorCode": code})), failed(Cause::Customer, code));
    for nonsense in
        [json!({"status": "done"}), json!({"errorCode": "CUTOFF"}), json!({"price": 1.5}), json!({"status": null})]
    {
        assert!(matches!(claims(nonsense.clone()), Answer::Unclear { .. }), "{nonsense}");
    }
}

#[test]
fn an_old_a_future_or_a_moved_signature_is_refused() {
    let config = config(&[]);
    let at = |raw: &RawNotice, seconds| {
        let now = Moment::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::seconds(seconds);
        verify(&SupplierId::from_str("billfazz").unwrap(), &config, CALLBACK, raw, now).map(drop)
    };
    let body = order(&json!({}));
    let good = raw(body.clone());
    for seconds in [-300, 0, 300] {
        assert_eq!(at(&good, seconds), Ok(()), "{seconds}");
    }
    for seconds in [-301, 301, 86_400] {
        assert_eq!(at(&good, seconds), Err(NoticeRejected::BadSignature), "{seconds}");
    }
    // The same signature with another time: the time is signed.
    let moved = RawNotice {
        headers: vec![(TIMESTAMP.to_owned(), "1790000300".to_owned()), good.headers[1].clone()],
        ..good.clone()
    };
    assert_eq!(at(&moved, 400), Err(NoticeRejected::BadSignature));
    for odd in ["", "1790000000.0", " 1790000000", "1790000000 ", "+1790000000", "1790000000000"] {
        assert_eq!(at(&raw_at(body.clone(), SECRET, odd), 0), Err(NoticeRejected::BadSignature), "{odd:?}");
    }
    let untimed = RawNotice { headers: vec![good.headers[1].clone()], ..good };
    assert_eq!(at(&untimed, 0), Err(NoticeRejected::BadSignature));
}

#[test]
fn a_wrong_empty_or_missing_signature_is_refused() {
    let config = config(&[]);
    let body = order(&json!({}));
    for secret in ["bfcb-0002", "secret-0001", "client-0001", ""] {
        assert_eq!(
            verified(&config, &raw_at(body.clone(), secret, SIGNED_AT)),
            Err(NoticeRejected::BadSignature),
            "{secret}"
        );
    }
    let good = raw(body);
    let signature = good.header(SIGNATURE).unwrap().to_owned();
    let hex = signature.strip_prefix("sha256=").unwrap();
    for given in [
        "",
        "sha256=",
        hex,
        &signature.to_uppercase(),
        &format!("sha256={}", hex.to_uppercase()),
        &format!("{signature} "),
    ] {
        let headers = vec![good.headers[0].clone(), (SIGNATURE.to_owned(), given.to_owned())];
        let forged = RawNotice { headers, ..good.clone() };
        assert_eq!(verified(&config, &forged), Err(NoticeRejected::BadSignature), "{given}");
    }
    let bare = RawNotice { headers: vec![good.headers[0].clone()], ..good };
    assert_eq!(verified(&config, &bare), Err(NoticeRejected::BadSignature));
}

#[test]
fn the_computed_vector_is_accepted_as_signed() {
    let body = r#"{"orderId":"o1","refId":"r1","status":"success"}"#;
    let signature = "sha256=d911aa50c739aeaa34cff513b1701b80152ef1b4cbb1cb32131e42a550843315";
    let headers = vec![(TIMESTAMP.to_owned(), SIGNED_AT.to_owned()), (SIGNATURE.to_owned(), signature.to_owned())];
    let raw = RawNotice { headers, body: body.into(), ..RawNotice::default() };
    // Rightly signed, but `r1` is no reference of ours.
    assert_eq!(verified(&config(&[]), &raw), Err(NoticeRejected::Malformed));
    let other = RawNotice { body: body.replace("o1", "o2").into(), ..raw };
    assert_eq!(verified(&config(&[]), &other), Err(NoticeRejected::BadSignature));
}

#[test]
fn while_the_secret_is_changed_both_are_good() {
    let config = config(&[("CALLBACK_SECRETS", "new-0002,old-0001")]);
    for (secret, good) in [("new-0002", true), ("old-0001", true), (SECRET, false), ("new-0002,old-0001", false)] {
        assert_eq!(verified(&config, &raw_at(order(&json!({})), secret, SIGNED_AT)).is_ok(), good, "{secret}");
    }
}

#[test]
fn only_named_addresses_may_send_once_any_is_named() {
    let config = config(&[("CALLBACK_IPS", "203.0.113.7")]);
    let from = |peer: Option<&str>| {
        let peer = peer.map(|peer| peer.parse().unwrap());
        verified(&config, &RawNotice { peer, ..raw(order(&json!({}))) }).map(drop)
    };
    assert_eq!(from(Some("203.0.113.7")), Ok(()));
    assert_eq!(from(Some("203.0.113.8")), Err(NoticeRejected::BadSignature));
    assert_eq!(from(None), Err(NoticeRejected::BadSignature));
}

#[test]
fn what_is_signed_and_no_order_of_ours_is_malformed() {
    let twice = order(&json!({})).replace(r#""status":"success""#, r#""status":"failed","status":"success""#);
    for body in [
        "",
        "{}",
        "[]",
        "<html></html>",
        &twice,
        &order(&json!({"refId": "order-1"})),
        &order(&json!({"refId": ""})),
        &order(&json!({"refId": null})),
        &order(&json!({"refId": [REFERENCE]})),
        &order(&json!({"status": ["success"]})),
    ] {
        assert_eq!(check(body.to_owned()), Err(NoticeRejected::Malformed), "{body}");
    }
    let id = SupplierId::from_str("billfazz").unwrap();
    let other_kind = verify(&id, &config(&[]), "paid", &raw(order(&json!({}))), now());
    assert_eq!(other_kind, Err(NoticeRejected::Malformed));
}

#[test]
fn different_states_have_different_keys_and_the_same_state_has_the_same() {
    let key = |changes: Value| check(order(&changes)).unwrap().record.key;
    assert_eq!(key(json!({})), key(json!({"message": "x", "updatedAt": "later", "status": "SUCCESS"})));
    assert_ne!(key(json!({})), key(json!({"status": "failed"})));
    assert_ne!(key(json!({"status": "failed"})), key(json!({"status": "failed", "errorCode": "CUTOFF"})));
    assert_ne!(key(json!({})), key(json!({"orderId": "bf-10002"})));
    // Each retry is signed anew: another signature, the same notice.
    let again = verified(&config(&[]), &raw_at(order(&json!({})), SECRET, "1790000005")).unwrap();
    assert_eq!(key(json!({})), again.record.key);
    let wild = key(json!({"orderId": "a b:c\n", "status": "very long text here", "errorCode": "x:y"}));
    assert_eq!(wild, "billfazz:callback:AAAAAAAAAAAAAAAAAAA2:-:?:?");
}

#[test]
fn the_record_hides_number_serial_token_and_name_wherever_they_stand() {
    let changes = json!({
        "token": "01234567890123456789", "detail": {"customerName": "BUDI SANTOSO", "kwh": 33.7},
        "message": "TOKEN 0123-4567-8901-2345-6789 untuk BUDI SANTOSO, 6281234567890, SN 77012345678",
    });
    let body = check(order(&changes)).unwrap().record.body;
    for secret in ["081234567890", "81234567890", "77012345678", "0123-4567", "01234567890123456789", "BUDI", SECRET] {
        assert!(!body.contains(secret), "{secret} in {body}");
    }
    for kept in [REFERENCE, "bf-10001", "5250", "TLKM5"] {
        assert!(body.contains(kept), "{kept} not in {body}");
    }
}

#[test]
fn every_flipped_bit_of_body_time_and_signature_is_refused() {
    let good = raw(order(&json!({})));
    let config = config(&[]);
    for at in 0..good.body.len() {
        for bit in 0..8 {
            let mut body = good.body.to_vec();
            body[at] ^= 1 << bit;
            let verdict = verified(&config, &RawNotice { body: body.into(), ..good.clone() });
            assert_eq!(verdict, Err(NoticeRejected::BadSignature), "byte {at} bit {bit}");
        }
    }
    for n in 0..good.headers.len() {
        for at in 0..good.headers[n].1.len() {
            for bit in 0..7 {
                let mut value = good.headers[n].1.clone().into_bytes();
                value[at] ^= 1 << bit;
                let mut flipped = good.clone();
                flipped.headers[n].1 = String::from_utf8(value).unwrap();
                assert_eq!(
                    verified(&config, &flipped),
                    Err(NoticeRejected::BadSignature),
                    "header {n} byte {at} bit {bit}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused(body in any::<Vec<u8>>(), hex in "[0-9a-f]{64}") {
        let headers = vec![(TIMESTAMP.to_owned(), SIGNED_AT.to_owned()), (SIGNATURE.to_owned(), format!("sha256={hex}"))];
        let unsigned = RawNotice { headers, body: body.clone().into(), ..RawNotice::default() };
        prop_assert_eq!(verified(&config(&[]), &unsigned), Err(NoticeRejected::BadSignature));
        prop_assert_eq!(check(body), Err(NoticeRejected::Malformed));
    }

    #[test]
    fn any_order_has_a_key_that_can_be_kept(id in "\\PC{0,80}", status in "\\PC{0,20}", code in "\\PC{0,20}") {
        let notice = check(order(&json!({"orderId": id, "status": status, "errorCode": code}))).unwrap();
        prop_assert!(notice.record.key.parse::<domain::DedupeKey>().is_ok());
    }
}
