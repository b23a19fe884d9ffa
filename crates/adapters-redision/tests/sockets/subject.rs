//! Redision as the laboratory and the contract suite want to know it.

use adapters_redision::MANIFEST;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use domain::catalogue::Category;
use hmac::{Hmac, KeyInit, Mac};
use ports::conformance::{Claims, CutOff, Situation, SupplierNoticeCase};
use ports::notice::RawNotice;
use ports::supplier::Proof;
use serde_json::{Value, json};
use sha2::Sha256;
use supplier_lab::{Goods, Need, Notice, Subject, Who};

/// Id, key and secret of the sandbox's accounts.
pub const FIRST: (&str, &str, &str) = ("app-0001", "appkey-0001", "appsecret-0001");
const SECOND: (&str, &str, &str) = ("app-0002", "appkey-0002", "appsecret-0002");
const STRANGE_SECRET: &str = "not-the-secret";
/// What callbacks may be signed with beside the account's own secret.
const CALLBACK_SECRET: &str = "redisioncb-0002";
pub const PHONE: &str = "081234567890";
const OTHER_REFERENCE: &str = "ZZZZZZZZZZZZZZZZZZZZ";

pub const SUBJECT: Subject = Subject {
    manifest: MANIFEST,
    accounts: [FIRST.0, SECOND.0],
    settings,
    addresses: &[("BASE_URL", "")],
    // Its callbacks' secrets may be left empty: then they are the account's own.
    secrets: &["APP_ID", "APP_KEY", "APP_SECRET"],
    claims: Claims {
        bills: None,
        inquiries: false,
        notices: Some(Proof::Outcome),
        cut_off: Some(CutOff::Refused),
        price_guard: true,
        absence: true,
        asking_may_buy: false,
        names_reference: true,
    },
    goods,
    price_field: Some("price"),
    contradictions: Some([("\"success\":true", "\"success\":false"), ("\"success\":true", "\"success\":false")]),
    cannot,
    inquiries: None,
    notice,
    stops_on: |reply| (200..300).contains(&reply.status),
};

#[tokio::test]
async fn conformance() {
    let not_possible = supplier_lab::conformance(&SUBJECT).await;
    let bills = [
        "OneBill",
        "SeveralBillsWithRest",
        "AlreadyPaid",
        "NoSuchCustomer",
        "InquiryTimeout",
        "PaysOnce",
        "PaymentPendingThenDone",
        "PaymentFails",
        "PaymentLostAnswer",
        "InquiredNotPaid",
        "StaleHandle",
    ];
    let goods = ["SerialOfTwoParts", "PlnToken", "PriceAboveList", "TargetOfTwoParts"];
    // It has no word for these.
    let words = ["Repeat", "MalformedRequest"];
    assert_eq!(not_possible, [&goods[..], &words, &bills, &["Inquiries"]].concat());
}

fn settings(who: Who) -> Vec<(&'static str, String)> {
    let (id, key, secret) = match who {
        Who::First => FIRST,
        Who::Poor => SECOND,
        Who::Stranger => (FIRST.0, FIRST.1, STRANGE_SECRET),
    };
    vec![
        ("APP_ID", id.to_owned()),
        ("APP_KEY", key.to_owned()),
        ("APP_SECRET", secret.to_owned()),
        ("CALLBACK_SECRETS", format!("{CALLBACK_SECRET},{secret}")),
    ]
}

fn goods(need: Need) -> Option<Goods> {
    let (code, category) = match need {
        Need::Sold => ("TSEL-10000", Category::Airtime),
        Need::Closed => ("TSEL-D30GB-14D", Category::Data),
        // XL's, which a Telkomsel number cannot use.
        Need::WrongNumber => ("XL-10000", Category::Airtime),
        // It sells airtime, data and e-money: one number, and one serial.
        Need::CodeAndPin | Need::TwoPartTarget | Need::PlnToken => return None,
        Need::OneBill(_) | Need::ManyBills(_) | Need::NobodysBill => return None,
    };
    Some(Goods { code, target: PHONE.to_owned(), category, biller: None })
}

const fn cannot(situation: Situation) -> Option<&'static str> {
    match situation {
        Situation::PriceAboveList => Some("a price above the agreed one is refused"),
        _ => None,
    }
}

fn notice(notice: &Notice<'_>) -> Option<(&'static str, RawNotice)> {
    let reference = notice.purchase.reference.as_str();
    let (live, older) = (CALLBACK_SECRET, FIRST.2);
    let body = body(notice, reference);
    let sign = match notice.case {
        SupplierNoticeCase::Delivered | SupplierNoticeCase::Failed => Some(bodysign(live, &body)),
        SupplierNoticeCase::SecondLiveSecret => Some(bodysign(older, &body)),
        SupplierNoticeCase::NoSignature => None,
        SupplierNoticeCase::EmptySignature => Some(String::new()),
        SupplierNoticeCase::OtherSecret => Some(bodysign(STRANGE_SECRET, &body)),
        SupplierNoticeCase::EmptySecret => Some(bodysign("", &body)),
        SupplierNoticeCase::OtherSignature => Some(bodysign(live, &self::body(notice, OTHER_REFERENCE))),
        // No time is signed.
        SupplierNoticeCase::OldTimestamp => return None,
    };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(sign.map(|sign| ("bodysign".to_owned(), sign)));
    Some(("callback", RawNotice { headers, body: body.into(), ..RawNotice::default() }))
}

/// What a callback says of this reference.
fn body(notice: &Notice<'_>, reference: &str) -> String {
    let (status_code, status, serial) = match notice.case {
        SupplierNoticeCase::Failed => (1005, "failed", Value::Null),
        _ => (1000, "success", json!("598765432101")),
    };
    let code = &notice.purchase.code;
    json!({
        "user_id": notice.purchase.target.expose(), "merchant_transaction_id": reference, "status_code": status_code,
        "status": status, "payment_method": "deposit", "amount": "10260", "currency": "IDR", "item_id": code,
        "item_name": code, "reference_id": "RD0000000001", "serial_number": serial, "app_id": FIRST.0,
    })
    .to_string()
}

/// Redision's signature over these bytes, made without the adapter.
fn bodysign(secret: &str, bytes: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(bytes.as_bytes());
    URL_SAFE.encode(mac.finalize().into_bytes())
}
