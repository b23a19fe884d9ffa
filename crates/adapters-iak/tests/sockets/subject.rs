//! IAK as the laboratory and the contract suite want to know it.

use adapters_iak::MANIFEST;
use domain::Private;
use domain::catalogue::Category;
use md5::{Digest, Md5};
use ports::conformance::{BillClaims, Claims, InquiryCase, Situation, SupplierNoticeCase};
use ports::inquiry::Inquiry;
use ports::notice::RawNotice;
use ports::supplier::{Proof, Purchase};
use serde_json::json;
use supplier_lab::{Goods, Lab, Need, Notice, Subject, Who};

/// User name and key of the sandbox's first account.
pub const FIRST: (&str, &str) = ("628000000001", "testkey-0001");
const SECOND: (&str, &str) = ("628000000002", "testkey-0002");
const STRANGE_KEY: &str = "not-the-key";
pub const PHONE: &str = "081234567890";
pub const METER: &str = "12345678901";
pub const AIRTIME: &str = "htelkomsel10000";
const OTHER_REFERENCE: &str = "ZZZZZZZZZZZZZZZZZZZZ";

pub const SUBJECT: Subject = Subject {
    manifest: MANIFEST,
    accounts: [FIRST.0, SECOND.0],
    settings,
    addresses: &[("BASE_URL", ""), ("POSTPAID_URL", "")],
    secrets: &["USERNAME", "API_KEY"],
    claims: Claims {
        bills: Some(BillClaims { tells_paid: true, same_day: true }),
        inquiries: true,
        notices: Some(Proof::Reference),
        cut_off: None,
        price_guard: false,
        absence: true,
        asking_may_buy: false,
        names_reference: true,
    },
    goods,
    price_field: Some("price"),
    contradictions: Some([("\"status\":0", "\"status\":1"), ("\"status\":1", "\"status\":0")]),
    cannot,
    inquiries: Some(inquiries),
    notice,
    stops_on: |reply| (200..300).contains(&reply.status),
};

#[tokio::test]
async fn conformance() {
    let not_possible = supplier_lab::conformance(&SUBJECT).await;
    assert_eq!(not_possible, ["PriceGuard", "CutOff"]);
}

fn settings(who: Who) -> Vec<(&'static str, String)> {
    let (username, key) = match who {
        Who::First => FIRST,
        Who::Poor => SECOND,
        Who::Stranger => (FIRST.0, STRANGE_KEY),
    };
    vec![("USERNAME", username.to_owned()), ("API_KEY", key.to_owned())]
}

fn goods(need: Need) -> Option<Goods> {
    let bill = |target: String| {
        let biller = Some("plnbill/pln");
        Some(Goods { code: "PLNPOSTPAID", target, category: Category::PlnBill, biller })
    };
    let (code, target, category) = match need {
        // Of numbers that end in 1 the sandbox owes one bill, of those in 2 eight.
        Need::OneBill(n) => return bill(format!("5311{n:07}1")),
        Need::ManyBills(n) => return bill(format!("5311{n:07}2")),
        // No customer's number has so few digits.
        Need::NobodysBill => return bill("5300".to_owned()),
        Need::Sold => (AIRTIME, PHONE, Category::Airtime),
        Need::Closed => ("hlinkaja100000", PHONE, Category::EMoney),
        // XL's, which a Telkomsel number cannot use.
        Need::WrongNumber => ("xld10000", PHONE, Category::Airtime),
        Need::CodeAndPin => ("hsteam12000", PHONE, Category::Game),
        Need::PlnToken => ("hpln20000", METER, Category::PlnToken),
        Need::TwoPartTarget => ("hmobilelegend12", "156378300|8483", Category::Game),
    };
    Some(Goods { code, target: target.to_owned(), category, biller: None })
}

/// Its protocol has everything.
const fn cannot(_situation: Situation) -> Option<&'static str> {
    None
}

fn inquiries() -> InquiryCase {
    let meter = |number: &str| Inquiry::PlnMeter { number: Private::new(number) };
    let foreign = Inquiry::EWallet { brand: "GoPay".to_owned(), number: Private::new(PHONE) };
    InquiryCase { known: meter(METER), unknown: meter("10987654321"), foreign }
}

fn notice(notice: &Notice<'_>) -> Option<(&'static str, RawNotice)> {
    let reference = notice.purchase.reference.as_str();
    let (status, rc, sn) = match notice.case {
        SupplierNoticeCase::Failed => ("2", "07", ""),
        _ => ("1", "00", "598765432101"),
    };
    let sign = match notice.case {
        SupplierNoticeCase::Delivered | SupplierNoticeCase::Failed => Some(signature(FIRST.1, reference)),
        SupplierNoticeCase::NoSignature => None,
        SupplierNoticeCase::EmptySignature => Some(String::new()),
        SupplierNoticeCase::OtherSecret => Some(signature(STRANGE_KEY, reference)),
        SupplierNoticeCase::EmptySecret => Some(signature("", reference)),
        SupplierNoticeCase::OtherSignature => Some(signature(FIRST.1, OTHER_REFERENCE)),
        // No time is signed, and there is one key.
        SupplierNoticeCase::OldTimestamp | SupplierNoticeCase::SecondLiveSecret => return None,
    };
    let mut data = json!({
        "ref_id": reference, "status": status, "product_code": notice.purchase.code,
        "customer_id": notice.purchase.target.expose(), "price": "10250", "message": "DONE", "sn": sn, "pin": "",
        "balance": "1000", "tr_id": "10001", "rc": rc,
    });
    if let Some(sign) = sign {
        data["sign"] = json!(sign);
    }
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let body = json!({ "data": data }).to_string().into();
    Some(("callback", RawNotice { headers, body, ..RawNotice::default() }))
}

/// IAK's signature over a reference, made without the adapter.
fn signature(key: &str, reference: &str) -> String {
    hex::encode(Md5::digest(format!("{}{key}{reference}", FIRST.0)))
}

/// A purchase of airtime, or of whatever the code is.
pub fn order(lab: &Lab, code: &'static str, target: &str) -> Purchase {
    lab.purchase(&Goods { code, target: target.to_owned(), category: Category::Airtime, biller: None })
}
