//! Stories of callbacks: real, repeated, forged, flipped.

use bytes::Bytes;
use domain::Private;
use domain::fulfilment::Cause;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::tests::settings;

const OURS: &str = "AAAAAAAAAAAAAAAAAAA2";
const OTHER: &str = "AAAAAAAAAAAAAAAAAAA3";

fn config(secrets: &str) -> Config {
    Config::read(&settings(&[("CALLBACK_SECRET", secrets)])).unwrap()
}

fn token(secret: &str, reference: &str) -> String {
    sign::token(&secret.into(), &reference.parse().unwrap())
}

fn body(status: &str) -> Value {
    json!({ "code": "SUCCESS", "data": {
        "tid": "RA171341142175668140", "status": status,
        "transactions": [{ "id": "TR1", "status": status, "note": "sent 1234-5678", "voucher_code": "PIN : 1234-5678\tSerial : SER-0001" }],
    } })
}

fn raw(token: &str, query: &str, body: impl Into<Bytes>) -> RawNotice {
    RawNotice { query: query.to_owned(), body: body.into(), token: Some(token.into()), ..RawNotice::default() }
}

fn check(raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    verify(&"lapak".parse().unwrap(), &config("lapakcb-0001"), ORDER, raw)
}

fn genuine(body: &Value) -> RawNotice {
    raw(&token("lapakcb-0001", OURS), &format!("ref={OURS}"), body.to_string())
}

#[test]
fn a_callback_claims_a_delivery_and_proves_only_that_lapak_knows_the_order() {
    let notice = check(&genuine(&body("SUCCESS"))).unwrap();
    assert_eq!((notice.reference.as_str(), notice.proves), (OURS, Proof::Reference));
    let delivered = Answer::Delivered {
        serial: Some(Private::new("SER-0001 PIN 1234-5678")),
        price: None,
        supplier_ref: Some("RA171341142175668140".to_owned()),
    };
    assert_eq!(notice.claims, delivered);
    assert_eq!(notice.record.key, format!("lapak:order:{OURS}:RA171341142175668140:SUCCESS:SUCCESS"));
    assert_eq!(notice.record.kind, "order");
}

#[test]
fn a_refund_is_claimed_as_a_failure_under_another_key() {
    let notice = check(&genuine(&body("REFUNDED"))).unwrap();
    assert_eq!(notice.claims, Answer::Failed { cause: Cause::Supplier, code: "REFUNDED".to_owned() });
    assert_ne!(notice.record.key, check(&genuine(&body("SUCCESS"))).unwrap().record.key);
    let again = check(&genuine(&body("REFUNDED"))).unwrap();
    assert_eq!(notice.record.key, again.record.key);
}

#[test]
fn what_it_claims_may_be_unclear_and_it_is_still_kept() {
    let mut names_another = body("SUCCESS");
    names_another["data"]["reference_id"] = json!(OTHER);
    for odd in [body("WHATEVER"), names_another, json!({ "code": "SUCCESS", "data": null }), json!({ "code": "ERROR" })]
    {
        let notice = check(&genuine(&odd)).unwrap();
        assert!(matches!(notice.claims, Answer::Unclear { .. }), "{odd}");
        assert_eq!(notice.reference.as_str(), OURS);
    }
}

#[test]
fn the_record_hides_the_voucher_and_the_address() {
    let mut noisy = body("SUCCESS");
    noisy["data"]["url"] = json!(token("lapakcb-0001", OURS));
    noisy["data"]["echo"] = json!("SER-0001, 1234-5678");
    let notice = check(&genuine(&noisy)).unwrap();
    for secret in ["1234-5678", "SER-0001", &token("lapakcb-0001", OURS), "lgkey", "lapakcb"] {
        assert!(!format!("{notice:?}").contains(secret), "{secret} in {notice:?}");
    }
    assert!(notice.record.body.contains("RA171341142175668140"));
}

#[test]
fn a_wrong_or_missing_end_of_the_address_is_refused() {
    let ours = format!("ref={OURS}");
    let good = token("lapakcb-0001", OURS);
    for bad in [
        "",
        "x",
        &good.to_lowercase(),
        &token("lapakcb-0002", OURS),
        &token("lapakcb-0001", OTHER),
        &format!("{good}A"),
    ] {
        assert_eq!(check(&raw(bad, &ours, body("SUCCESS").to_string())), Err(NoticeRejected::BadSignature), "{bad}");
    }
    let none = RawNotice { token: None, ..genuine(&body("SUCCESS")) };
    assert_eq!(check(&none), Err(NoticeRejected::BadSignature));
    let of_other = raw(&good, &format!("ref={OTHER}"), body("SUCCESS").to_string());
    assert_eq!(check(&of_other), Err(NoticeRejected::BadSignature));
}

#[test]
fn while_the_secret_is_changed_orders_of_both_are_heard() {
    let config = config("new-0002,lapakcb-0001");
    for (secret, heard) in [("new-0002", true), ("lapakcb-0001", true), ("other-0003", false)] {
        let raw = raw(&token(secret, OURS), &format!("ref={OURS}"), body("SUCCESS").to_string());
        assert_eq!(verify(&"lapak".parse().unwrap(), &config, ORDER, &raw).is_ok(), heard, "{secret}");
    }
}

#[test]
fn only_named_addresses_may_send_once_any_is_named() {
    let from = |ips: &str, peer: Option<&str>| {
        let config = Config::read(&settings(&[("CALLBACK_SECRET", "lapakcb-0001"), ("CALLBACK_IPS", ips)])).unwrap();
        let peer = peer.map(|peer| peer.parse().unwrap());
        let raw = RawNotice { peer, ..genuine(&body("SUCCESS")) };
        verify(&"lapak".parse().unwrap(), &config, ORDER, &raw).map(drop)
    };
    for peer in ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1"] {
        assert_eq!(from("203.0.113.7,2001:db8::1", Some(peer)), Ok(()), "{peer}");
    }
    for peer in [Some("203.0.113.8"), None] {
        assert_eq!(from("203.0.113.7", peer), Err(NoticeRejected::BadSignature), "{peer:?}");
        assert_eq!(from("", peer), Ok(()), "{peer:?}");
    }
}

#[test]
fn what_is_no_callback_is_malformed() {
    let token = token("lapakcb-0001", OURS);
    for query in ["", "ref=", "ref=short", &format!("reference={OURS}"), &format!("ref={OURS}&ref={OURS}")] {
        assert_eq!(check(&raw(&token, query, body("SUCCESS").to_string())), Err(NoticeRejected::Malformed), "{query}");
    }
    for body in [&b""[..], b"{}", b"[]", b"<html></html>", b"\xff\xfe", br#"{"code":7}"#, br#"{"code":"A","code":"B"}"#]
    {
        assert_eq!(
            check(&raw(&token, &format!("ref={OURS}"), Bytes::copy_from_slice(body))),
            Err(NoticeRejected::Malformed)
        );
    }
    let other = verify(&"lapak".parse().unwrap(), &config("lapakcb-0001"), "product", &genuine(&body("SUCCESS")));
    assert_eq!(other, Err(NoticeRejected::Malformed));
}

#[test]
fn every_flipped_bit_of_the_address_is_refused_and_of_the_body_proves_nothing_more() {
    let genuine = genuine(&body("SUCCESS"));
    let flips = |text: &[u8]| -> Vec<Vec<u8>> {
        let flip = |at: usize, bit: usize| {
            let mut flipped = text.to_vec();
            flipped[at] ^= 1 << bit;
            flipped
        };
        (0..text.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))).map(|(at, bit)| flip(at, bit)).collect()
    };
    for query in flips(genuine.query.as_bytes()).into_iter().filter_map(|query| String::from_utf8(query).ok()) {
        assert!(check(&RawNotice { query: query.clone(), ..genuine.clone() }).is_err(), "{query}");
    }
    let good = genuine.token.as_ref().unwrap().expose_secret().to_owned();
    for token in flips(good.as_bytes()).into_iter().filter_map(|token| String::from_utf8(token).ok()) {
        assert!(check(&RawNotice { token: Some(token.clone().into()), ..genuine.clone() }).is_err(), "{token}");
    }
    for body in flips(&genuine.body) {
        if let Ok(notice) = check(&RawNotice { body: body.into(), ..genuine.clone() }) {
            assert_eq!((notice.reference.as_str(), notice.proves), (OURS, Proof::Reference));
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused(query in any::<String>(), token in any::<String>(), body in any::<Vec<u8>>()) {
        prop_assert!(check(&raw(&token, &query, body)).is_err());
    }

    #[test]
    fn any_body_at_the_right_address_is_refused_or_proves_no_outcome(body in any::<Vec<u8>>()) {
        let raw = raw(&token("lapakcb-0001", OURS), &format!("ref={OURS}"), body);
        prop_assert!(check(&raw).map_or(true, |notice| notice.proves == Proof::Reference));
    }
}
