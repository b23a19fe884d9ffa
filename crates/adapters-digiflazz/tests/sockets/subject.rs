//! Digiflazz as the laboratory and the contract suite want to know it.

use adapters_digiflazz::MANIFEST;
use domain::catalogue::Category;
use hmac::{Hmac, KeyInit, Mac};
use ports::conformance::{BillClaims, Claims, CutOff, Situation, SupplierNoticeCase};
use ports::notice::RawNotice;
use ports::supplier::Proof;
use serde_json::json;
use sha1::Sha1;
use supplier_lab::{Goods, Need, Notice, Subject, Who};

/// User name and key of the sandbox's two accounts.
pub const FIRST: (&str, &str) = ("digi-0001", "dfkey-0001");
const SECOND: (&str, &str) = ("digi-0002", "dfkey-0002");
/// The first one is the sandbox's own.
const SECRETS: [&str; 2] = ["whsecret-0001", "whsecret-0009"];
const STRANGE_KEY: &str = "not-the-key";
pub const PHONE: &str = "081234567890";
const METER: &str = "12345678901";

pub const SUBJECT: Subject = Subject {
    manifest: MANIFEST,
    accounts: [FIRST.0, SECOND.0],
    settings,
    addresses: &[("BASE_URL", "/v1")],
    secrets: &["USERNAME", "API_KEY", "WEBHOOK_SECRETS"],
    claims: Claims {
        bills: Some(BillClaims { tells_paid: false, same_day: true }),
        inquiries: false,
        notices: Some(Proof::Outcome),
        cut_off: Some(CutOff::Failed),
        price_guard: true,
        absence: false,
        asking_may_buy: true,
        names_reference: true,
    },
    goods,
    price_field: Some("price"),
    contradictions: Some([
        ("\"status\":\"Pending\"", "\"status\":\"Sukses\""),
        ("\"status\":\"Sukses\"", "\"status\":\"Gagal\""),
    ]),
    cannot,
    inquiries: None,
    notice,
    stops_on: |reply| (200..300).contains(&reply.status),
};

#[tokio::test]
async fn conformance() {
    let not_possible = supplier_lab::conformance(&SUBJECT).await;
    assert_eq!(not_possible, ["SerialOfTwoParts", "PriceAboveList", "DuplicateReference", "Inquiries"]);
}

fn settings(who: Who) -> Vec<(&'static str, String)> {
    let (username, key) = match who {
        Who::First => FIRST,
        Who::Poor => SECOND,
        Who::Stranger => (FIRST.0, STRANGE_KEY),
    };
    [("USERNAME", username.to_owned()), ("API_KEY", key.to_owned()), ("WEBHOOK_SECRETS", SECRETS.join(","))].into()
}

fn goods(need: Need) -> Option<Goods> {
    let bill =
        |target: String| Some(Goods { code: "pln", target, category: Category::PlnBill, biller: Some("plnbill/pln") });
    let (code, target, category) = match need {
        Need::Sold => ("tsel-10", PHONE, Category::Airtime),
        Need::Closed => ("gopay-75", PHONE, Category::EMoney),
        // XL's, which a Telkomsel number cannot use.
        Need::WrongNumber => ("xl-10", PHONE, Category::Airtime),
        Need::PlnToken => ("pln-20", METER, Category::PlnToken),
        Need::TwoPartTarget => ("mobilelegend-110", "156378300|8483", Category::Game),
        // Code and pin are one text there.
        Need::CodeAndPin => return None,
        Need::OneBill(n) => return bill(format!("5310{n:07}1")),
        Need::ManyBills(n) => return bill(format!("5310{n:07}2")),
        Need::NobodysBill => return bill("123".to_owned()),
    };
    Some(Goods { code, target: target.to_owned(), category, biller: None })
}

const fn cannot(situation: Situation) -> Option<&'static str> {
    match situation {
        Situation::PriceAboveList => Some("what costs more than its list said is refused"),
        Situation::DuplicateReference => Some("a purchase sent again is its question"),
        _ => None,
    }
}

fn notice(notice: &Notice<'_>) -> Option<(&'static str, RawNotice)> {
    let (status, rc, sn) = match notice.case {
        SupplierNoticeCase::Failed => ("Gagal", "02", ""),
        _ => ("Sukses", "00", "598765432101"),
    };
    let body = json!({ "data": {
        "trx_id": "0123456789abcdef0123456789abcdef", "ref_id": notice.purchase.reference.as_str(),
        "customer_no": notice.purchase.target.expose(), "buyer_sku_code": notice.purchase.code, "message": "x",
        "status": status, "rc": rc, "sn": sn, "buyer_last_saldo": 1_000, "price": 10_250,
    } })
    .to_string();
    let seal = match notice.case {
        SupplierNoticeCase::Delivered | SupplierNoticeCase::Failed => Some(seal(SECRETS[0], &body)),
        SupplierNoticeCase::SecondLiveSecret => Some(seal(SECRETS[1], &body)),
        SupplierNoticeCase::NoSignature => None,
        SupplierNoticeCase::EmptySignature => Some(String::new()),
        SupplierNoticeCase::OtherSecret => Some(seal(STRANGE_KEY, &body)),
        SupplierNoticeCase::EmptySecret => Some(seal("", &body)),
        SupplierNoticeCase::OtherSignature => Some(seal(SECRETS[0], "{}")),
        // No time is signed.
        SupplierNoticeCase::OldTimestamp => return None,
    };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(seal.map(|seal| ("x-hub-signature".to_owned(), seal)));
    Some(("transaction", RawNotice { headers, body: body.into(), ..RawNotice::default() }))
}

/// Digiflazz's seal, made without the adapter.
fn seal(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha1={}", hex::encode(mac.finalize().into_bytes()))
}
