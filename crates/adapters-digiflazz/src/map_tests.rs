//! Stories of replies: documented ones, and what is left of them when something is missing or odd.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const OURS: &str = "AAAAAAAAAAAAAAAAAAA2";
const ALL: [Asked; 4] = [Asked::Purchase, Asked::Payment, Asked::Question, Asked::Webhook];

fn documented(rc: &str, status: &str) -> Value {
    json!({ "data": {
        "ref_id": OURS, "customer_no": "081234567890", "buyer_sku_code": "tsel-10", "message": "x", "status": status,
        "rc": rc, "sn": "0123456789", "buyer_last_saldo": 990_000, "price": 10_250,
    } })
}

fn judged(asked: Asked, category: Category, http: u16, reply: &Value) -> Answer {
    let reference: Reference = OURS.parse().unwrap();
    let about = About { reference: &reference, code: Some("tsel-10"), category: Some(category) };
    answer(asked, &about, http, reply.to_string().as_bytes())
}

fn airtime(asked: Asked, reply: &Value) -> Answer {
    judged(asked, Category::Airtime, 200, reply)
}

fn is_unclear(answer: &Answer) -> bool {
    matches!(answer, Answer::Unclear { .. })
}

#[test]
fn the_documented_outcomes_are_read_with_what_they_tell() {
    let price = Money::from_units(10_250, domain::Currency::Idr).ok();
    let delivered = Answer::Delivered { serial: Some(Private::new("0123456789")), price, supplier_ref: None };
    let pending = Answer::Pending { supplier_ref: None, price };
    for asked in ALL {
        assert_eq!(airtime(asked, &documented("00", "Sukses")), delivered);
        assert_eq!(airtime(asked, &documented("03", "Pending")), pending);
        let failed = Answer::Failed { cause: Cause::Supplier, code: "02".to_owned() };
        assert_eq!(airtime(asked, &documented("02", "Gagal")), failed);
    }
}

#[test]
fn what_was_refused_comes_with_either_status_and_may_name_nothing() {
    let refused = Answer::Refused { cause: Cause::Account, code: "41".to_owned() };
    let bare = json!({ "data": { "rc": "41", "message": "Signature tidak valid" } });
    for (http, reply) in [(200, &bare), (400, &bare), (400, &documented("41", "Gagal"))] {
        assert_eq!(judged(Asked::Purchase, Category::Airtime, http, reply), refused);
    }
    assert!(is_unclear(&airtime(Asked::Question, &bare)), "a question that is turned away tells nothing");
    for http in [401, 403, 429, 500, 503, 307] {
        assert!(is_unclear(&judged(Asked::Purchase, Category::Airtime, http, &bare)), "{http}");
    }
}

#[test]
fn code_and_status_must_agree() {
    for (rc, status) in [
        ("00", "Pending"),
        ("00", "Gagal"),
        ("00", "sukses"),
        ("03", "Sukses"),
        ("02", "Sukses"),
        ("44", "Sukses"),
        ("00", ""),
    ] {
        for asked in ALL {
            assert!(is_unclear(&airtime(asked, &documented(rc, status))), "{rc} {status}");
        }
    }
}

#[test]
fn a_reply_about_something_else_says_nothing_about_ours() {
    for (field, other) in
        [("ref_id", json!("AAAAAAAAAAAAAAAAAAA3")), ("buyer_sku_code", json!("xl-10")), ("ref_id", json!(7))]
    {
        for (rc, status) in [("00", "Sukses"), ("03", "Pending"), ("02", "Gagal"), ("44", "Gagal"), ("50", "Gagal")] {
            let mut reply = documented(rc, status);
            reply["data"][field] = other.clone();
            assert!(is_unclear(&airtime(Asked::Purchase, &reply)), "{reply}");
        }
    }
}

#[test]
fn a_token_is_a_serial_when_it_is_whole() {
    let told = |category, asked, sn: &str| {
        let mut reply = documented("00", "Sukses");
        reply["data"]["sn"] = json!(sn);
        match judged(asked, category, 200, &reply) {
            Answer::Delivered { serial, .. } => serial.map(|serial| serial.expose().to_owned()),
            other => panic!("{other:?}"),
        }
    };
    let (whole, short) = ("12345678901234567890/BUDI/R1M/900VA/28,1", "1234567890123456789/BUDI/R1M/900VA/28,1");
    assert_eq!(told(Category::PlnToken, Asked::Question, whole).as_deref(), Some(whole));
    assert_eq!(told(Category::PlnToken, Asked::Question, short), None);
    assert_eq!(told(Category::Airtime, Asked::Question, ""), None);
    let reference: Reference = OURS.parse().unwrap();
    let webhook = About { reference: &reference, code: None, category: None };
    for (sn, known) in [(whole, true), (short, false), ("0123456789", true)] {
        let mut reply = documented("00", "Sukses");
        reply["data"]["sn"] = json!(sn);
        let Answer::Delivered { serial, .. } = answer(Asked::Webhook, &webhook, 200, reply.to_string().as_bytes())
        else {
            panic!("{sn}")
        };
        assert_eq!(serial.is_some(), known, "{sn}");
    }
}

/// A reference that was only inquired may be said to be done, too; a webhook does not say which it is about.
#[test]
fn no_bill_is_paid_without_a_serial() {
    let without = |sn: Option<&str>| {
        let mut reply = documented("00", "Sukses");
        reply["data"]["sn"] = json!(sn);
        reply
    };
    let price = Money::from_units(10_250, domain::Currency::Idr).ok();
    for reply in [without(None), without(Some("")), without(Some("  "))] {
        assert!(is_unclear(&judged(Asked::Question, Category::PlnBill, 200, &reply)), "{reply}");
        let under_way = Answer::Pending { supplier_ref: None, price };
        assert_eq!(judged(Asked::Payment, Category::PlnBill, 200, &reply), under_way);
        assert!(matches!(airtime(Asked::Question, &reply), Answer::Delivered { serial: None, .. }), "goods are there");
        let reference: Reference = OURS.parse().unwrap();
        let webhook = About { reference: &reference, code: None, category: None };
        let told = answer(Asked::Webhook, &webhook, 200, reply.to_string().as_bytes());
        assert!(matches!(told, Answer::Delivered { serial: None, .. }), "which its notice does not prove");
    }
    for asked in [Asked::Question, Asked::Payment] {
        let paid = judged(asked, Category::PlnBill, 200, &without(Some("0123456789")));
        assert!(matches!(paid, Answer::Delivered { serial: Some(_), .. }), "{paid:?}");
    }
}

/// "Paid, or not out yet": of a payment of ours it may be our own doing, and who names nothing may speak of anything.
#[test]
fn a_bill_that_is_not_there_is_never_a_failed_payment() {
    for asked in ALL {
        assert!(is_unclear(&judged(asked, Category::PlnBill, 200, &documented("60", "Gagal"))), "{asked:?}");
        let bare = json!({ "data": { "rc": "60", "message": "Tagihan belum tersedia" } });
        assert!(is_unclear(&judged(asked, Category::PlnBill, 200, &bare)), "{asked:?}");
    }
}

#[test]
fn a_price_that_cannot_be_read_makes_the_reply_doubtful() {
    for (price, read) in
        [(json!("10.250"), true), (json!("Rp10.250"), true), (json!(10_250.5), false), (json!("10,250"), false)]
    {
        let mut reply = documented("00", "Sukses");
        reply["data"]["price"] = price.clone();
        assert_eq!(!is_unclear(&airtime(Asked::Purchase, &reply)), read, "{price}");
    }
}

/// The fields a delivery stands on.
const EVIDENCE: [&str; 4] = ["ref_id", "buyer_sku_code", "status", "rc"];

proptest! {
    #[test]
    fn any_bytes_are_unclear(http in 100_u16..600, body in any::<Vec<u8>>()) {
        let reference: Reference = OURS.parse().unwrap();
        let about = About { reference: &reference, code: Some("tsel-10"), category: None };
        for asked in ALL {
            prop_assert!(is_unclear(&answer(asked, &about, http, &body)));
        }
    }

    #[test]
    fn less_evidence_is_never_a_delivery(
        at in 0..EVIDENCE.len(),
        change in prop_oneof![Just(None), Just(Some(json!(null))), Just(Some(json!(0))), Just(Some(json!(true))), Just(Some(json!(["00"])))],
        renamed in any::<bool>(),
    ) {
        let mut reply = documented("00", "Sukses");
        let fields = reply["data"].as_object_mut().unwrap();
        let kept = fields.remove(EVIDENCE[at]).unwrap();
        match change {
            Some(other) => drop(fields.insert(EVIDENCE[at].to_owned(), other)),
            None if renamed => drop(fields.insert(EVIDENCE[at].to_uppercase(), kept)),
            None => {}
        }
        for asked in ALL {
            prop_assert!(is_unclear(&airtime(asked, &reply)), "{}", reply);
        }
    }

    #[test]
    fn half_a_reply_is_none(cut in 0_usize..200) {
        let whole = documented("00", "Sukses").to_string();
        prop_assume!(cut < whole.len());
        let reference: Reference = OURS.parse().unwrap();
        let about = About { reference: &reference, code: Some("tsel-10"), category: None };
        prop_assert!(is_unclear(&answer(Asked::Question, &about, 200, &whole.as_bytes()[..cut])));
    }
}
