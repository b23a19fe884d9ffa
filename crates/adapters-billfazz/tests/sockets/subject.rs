//! BillFazz as the laboratory and the contract suite want to know it.

use adapters_billfazz::MANIFEST;
use domain::Private;
use domain::catalogue::Category;
use hmac::{Hmac, KeyInit, Mac};
use ports::conformance::{BillClaims, Claims, CutOff, InquiryCase, SupplierNoticeCase};
use ports::inquiry::Inquiry;
use ports::notice::RawNotice;
use ports::supplier::Proof;
use serde_json::{Value, json};
use sha2::Sha256;
use supplier_lab::{Goods, Need, Notice, Subject, Who};

/// Key and secret of the sandbox's clients.
pub const FIRST: (&str, &str) = ("client-0001", "secret-0001");
const SECOND: (&str, &str) = ("client-0002", "secret-0002");
const STRANGE_SECRET: &str = "not-the-secret";
/// The new one, and the one it replaces.
const CALLBACK_SECRETS: [&str; 2] = ["bfcb-0002", "bfcb-0001"];
pub const PHONE: &str = "081234567890";
pub const METER: &str = "12345678901";
const OTHER_REFERENCE: &str = "ZZZZZZZZZZZZZZZZZZZZ";
const HOUR_S: i64 = 3_600;

pub const SUBJECT: Subject = Subject {
    manifest: MANIFEST,
    accounts: [FIRST.0, SECOND.0],
    settings,
    addresses: &[("BASE_URL", "")],
    secrets: &["KEY", "SECRET", "CALLBACK_SECRETS"],
    claims: Claims {
        bills: Some(BillClaims { tells_paid: true, same_day: true }),
        inquiries: true,
        notices: Some(Proof::Outcome),
        cut_off: Some(CutOff::Refused),
        price_guard: false,
        absence: true,
        asking_may_buy: false,
        names_reference: true,
    },
    goods,
    price_field: Some("price"),
    contradictions: Some([
        ("\"errorCode\":null", "\"errorCode\":\"PRODUCT_PROBLEM\""),
        ("\"errorCode\":null", "\"errorCode\":\"INSUFFICIENT_DEPOSIT\""),
    ]),
    // Its protocol has everything.
    cannot: |_situation| None,
    inquiries: Some(inquiries),
    notice,
    stops_on: |reply| (200..300).contains(&reply.status),
};

#[tokio::test]
async fn conformance() {
    let not_possible = supplier_lab::conformance(&SUBJECT).await;
    let expected = [
        // It sells no codes with pins, and no games.
        "SerialOfTwoParts",
        "PriceGuard",
        "TargetOfTwoParts",
        // It has no word for these.
        "Repeat",
        "MalformedRequest",
        // How many bills are left over is not told.
        "SeveralBillsWithRest",
    ];
    assert_eq!(not_possible, expected);
}

fn settings(who: Who) -> Vec<(&'static str, String)> {
    let (key, secret) = match who {
        Who::First => FIRST,
        Who::Poor => SECOND,
        Who::Stranger => (FIRST.0, STRANGE_SECRET),
    };
    vec![("KEY", key.to_owned()), ("SECRET", secret.to_owned()), ("CALLBACK_SECRETS", CALLBACK_SECRETS.join(","))]
}

fn goods(need: Need) -> Option<Goods> {
    let plain = |code, target: &str, category| Goods { code, target: target.to_owned(), category, biller: None };
    let electricity =
        |target| Goods { code: "PASCAPLN", target, category: Category::PlnBill, biller: Some("plnbill/pln") };
    Some(match need {
        Need::Sold => plain("TLKM10", PHONE, Category::Airtime),
        Need::Closed => plain("AXISD10GB14D", "083834567890", Category::Data),
        // XL's, which a Telkomsel number cannot use.
        Need::WrongNumber => plain("XL10", PHONE, Category::Airtime),
        Need::PlnToken => plain("PLN20", METER, Category::PlnToken),
        // A number that ends in 1 owes one bill.
        Need::OneBill(n) => electricity(format!("5311{n:06}91")),
        // No customer's number has so few digits.
        Need::NobodysBill => electricity("5300".to_owned()),
        // Of eight bills it tells the three that one payment takes, and of no others.
        Need::ManyBills(_) | Need::CodeAndPin | Need::TwoPartTarget => return None,
    })
}

fn inquiries() -> InquiryCase {
    let meter = |number: &str| Inquiry::PlnMeter { number: Private::new(number) };
    let foreign = Inquiry::GamePlayer { brand: "Mobile Legends".to_owned(), id: Private::new("156378300|8483") };
    // A meter has eleven digits.
    InquiryCase { known: meter(METER), unknown: meter("1234567890"), foreign }
}

fn notice(notice: &Notice<'_>) -> Option<(&'static str, RawNotice)> {
    let reference = notice.purchase.reference.as_str();
    let [live, older] = CALLBACK_SECRETS;
    let age_s = if notice.case == SupplierNoticeCase::OldTimestamp { HOUR_S } else { 0 };
    let timestamp = (notice.now.timestamp() - age_s).to_string();
    let body = order(notice, reference);
    let sign = |secret: &str, body: &str| Some(signature(secret, &timestamp, body));
    let signature = match notice.case {
        SupplierNoticeCase::Delivered | SupplierNoticeCase::Failed | SupplierNoticeCase::OldTimestamp => {
            sign(live, &body)
        }
        SupplierNoticeCase::SecondLiveSecret => sign(older, &body),
        SupplierNoticeCase::NoSignature => None,
        SupplierNoticeCase::EmptySignature => Some(String::new()),
        SupplierNoticeCase::OtherSecret => sign(STRANGE_SECRET, &body),
        SupplierNoticeCase::EmptySecret => sign("", &body),
        SupplierNoticeCase::OtherSignature => sign(live, &order(notice, OTHER_REFERENCE)),
    };
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-billfazz-timestamp".to_owned(), timestamp.clone()),
    ];
    headers.extend(signature.map(|signature| ("x-billfazz-signature".to_owned(), signature)));
    Some(("callback", RawNotice { headers, body: body.into(), ..RawNotice::default() }))
}

/// The order of this reference, as a callback tells it.
fn order(notice: &Notice<'_>, reference: &str) -> String {
    let (status, sn, error) = match notice.case {
        SupplierNoticeCase::Failed => ("failed", Value::Null, json!("PRODUCT_PROBLEM")),
        _ => ("success", json!("598765432101"), Value::Null),
    };
    json!({
        "orderId": "BF0000000001", "refId": reference, "productCode": notice.purchase.code,
        "destinationNo": notice.purchase.target.expose(), "price": 10_158, "adminPrice": 0, "status": status, "sn": sn,
        "token": null, "detail": null, "message": status, "errorCode": error, "createdAt": "2026-11-20T05:00:00Z",
        "updatedAt": "2026-11-20T05:00:05Z",
    })
    .to_string()
}

/// BillFazz's signature over time and body, made without the adapter.
fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}
