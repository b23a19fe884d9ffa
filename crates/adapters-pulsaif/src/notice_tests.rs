//! Stories of reports: real, repeated, forged, flipped.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::config::tests::settings;

const OURS: &str = "AAAAAAAAAAAAAAAAAAA2";
const TOKEN: &str = "pulsaifcb-0001";

fn config(changes: &[(&str, &str)]) -> Config {
    Config::read(&settings(changes)).unwrap()
}

fn raw(token: &str, query: &str) -> RawNotice {
    RawNotice { query: query.to_owned(), token: Some(token.into()), ..RawNotice::default() }
}

fn check(raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    verify(&"pulsaif".parse().unwrap(), &config(&[]), REPORT, raw)
}

/// As the family writes it, with the sentence of the reply in it.
fn report(status: &str) -> String {
    format!(
        "refid={OURS}&t=7001&status={status}&price=10.345&message=R%23{OURS}+S10.081234567890+SUKSES.+SN%2FRef%3A+0123456789.+Hrg+10.345.+Saldo+89.655"
    )
}

#[test]
fn a_report_claims_a_delivery_and_proves_nothing() {
    let notice = check(&raw(TOKEN, &report("20"))).unwrap();
    assert_eq!((notice.reference.as_str(), notice.proves), (OURS, Proof::Nothing));
    let price = Money::from_units(10_345, Currency::Idr).ok();
    assert_eq!(notice.claims, Answer::Delivered { serial: None, price, supplier_ref: None });
    assert_eq!(notice.record.key, format!("pulsaif:report:{OURS}:7001:20:-"));
}

#[test]
fn a_failure_is_claimed_as_one_under_another_key() {
    let notice = check(&raw(TOKEN, &report("40"))).unwrap();
    assert_eq!(notice.claims, Answer::Failed { cause: Cause::Supplier, code: "status_40".to_owned() });
    assert_ne!(notice.record.key, check(&raw(TOKEN, &report("20"))).unwrap().record.key);
    assert_eq!(notice.record.key, check(&raw(TOKEN, &report("40"))).unwrap().record.key);
}

#[test]
fn what_it_claims_may_be_unclear_and_it_is_still_kept() {
    for query in [
        report("55"),
        report("255"),
        report("999"),
        report("").replace("status=&", ""),
        report("20").replace("10.345&", "10,345&"),
    ] {
        let notice = check(&raw(TOKEN, &query)).unwrap();
        assert!(matches!(notice.claims, Answer::Unclear { .. }), "{query}: {:?}", notice.claims);
    }
}

#[test]
fn a_report_about_an_inquiry_is_kept_and_claims_nothing() {
    let notice = check(&raw(TOKEN, &report("20").replacen(OURS, &format!("{OURS}C"), 1))).unwrap();
    assert_eq!((notice.reference.as_str(), notice.proves), (OURS, Proof::Nothing));
    assert!(matches!(notice.claims, Answer::Unclear { .. }));
    assert_ne!(notice.record.key, check(&raw(TOKEN, &report("20"))).unwrap().record.key);
}

#[test]
fn the_record_hides_number_serial_and_address() {
    let loud = format!("{}&x=081234567890&y={TOKEN}", report("20"));
    let notice = check(&raw(TOKEN, &loud)).unwrap();
    for secret in ["81234567890", "0123456789", TOKEN, "pw-0001"] {
        assert!(!format!("{notice:?}").contains(secret), "{secret} in {notice:?}");
    }
    assert!(notice.record.body.starts_with(&format!("refid={OURS}&t=7001&status=20&price=10.345&message=***")));
}

#[test]
fn a_wrong_or_missing_end_of_the_address_is_refused() {
    for bad in ["", "x", "pulsaifcb-0002", "PULSAIFCB-0001", "pulsaifcb-00011"] {
        assert_eq!(check(&raw(bad, &report("20"))), Err(NoticeRejected::BadSignature), "{bad}");
    }
    let none = RawNotice { token: None, ..raw(TOKEN, &report("20")) };
    assert_eq!(check(&none), Err(NoticeRejected::BadSignature));
}

#[test]
fn while_the_address_is_changed_both_are_heard() {
    let both = config(&[("CALLBACK_TOKEN", "new-0002,pulsaifcb-0001")]);
    for (token, heard) in [("new-0002", true), (TOKEN, true), ("new-0002,pulsaifcb-0001", false)] {
        let verdict = verify(&"pulsaif".parse().unwrap(), &both, REPORT, &raw(token, &report("20")));
        assert_eq!(verdict.is_ok(), heard, "{token}");
    }
}

#[test]
fn only_named_addresses_may_send_once_any_is_named() {
    let config = config(&[("CALLBACK_IPS", "203.0.113.7")]);
    for (peer, heard) in
        [(Some("203.0.113.7"), true), (Some("::ffff:203.0.113.7"), true), (Some("203.0.113.8"), false), (None, false)]
    {
        let raw = RawNotice { peer: peer.map(|peer| peer.parse().unwrap()), ..raw(TOKEN, &report("20")) };
        assert_eq!(verify(&"pulsaif".parse().unwrap(), &config, REPORT, &raw).is_ok(), heard, "{peer:?}");
    }
}

#[test]
fn what_is_no_report_is_malformed() {
    for query in [
        "",
        "refid=",
        "refid=short&status=20",
        "status=20&price=10.345",
        &format!("refid={OURS}CC&status=20"),
        &format!("{}&refid={OURS}", report("20")),
        &format!("{}&status=40", report("20")),
        "&&==&%&%zz=%",
    ] {
        assert_eq!(check(&raw(TOKEN, query)), Err(NoticeRejected::Malformed), "{query}");
    }
    let other = verify(&"pulsaif".parse().unwrap(), &config(&[]), "paid", &raw(TOKEN, &report("20")));
    assert_eq!(other, Err(NoticeRejected::Malformed));
}

#[test]
fn every_flipped_bit_of_the_address_is_refused_and_none_of_the_query_proves_anything() {
    let flips = |text: &str| -> Vec<String> {
        let flipped = |(at, bit): (usize, usize)| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            String::from_utf8(bytes).ok()
        };
        (0..text.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))).filter_map(flipped).collect()
    };
    for token in flips(TOKEN) {
        assert!(check(&raw(&token, &report("20"))).is_err(), "{token}");
    }
    for query in flips(&report("20")) {
        assert!(check(&raw(TOKEN, &query)).map_or(true, |notice| notice.proves == Proof::Nothing), "{query}");
    }
}

proptest! {
    #[test]
    fn any_query_is_refused(query in any::<String>(), body in any::<Vec<u8>>()) {
        let raw = RawNotice { body: Bytes::from(body), ..raw(TOKEN, &query) };
        prop_assert!(check(&raw).is_err());
    }

    #[test]
    fn any_fields_claim_something_or_nothing_without_panic(status in "\\PC{0,6}", price in "\\PC{0,9}", t in "\\PC{0,40}") {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("refid", OURS), ("t", &t), ("status", &status), ("price", &price)])
            .finish();
        let notice = check(&raw(TOKEN, &query)).unwrap();
        prop_assert!(notice.record.key.parse::<domain::DedupeKey>().is_ok(), "{}", notice.record.key);
    }
}
