//! Lapak Gaming as the laboratory and the contract suite want to know it.

use adapters_lapak::MANIFEST;
use domain::Private;
use domain::catalogue::Category;
use hmac::{Hmac, KeyInit, Mac};
use ports::conformance::{Claims, InquiryCase, Situation, SupplierNoticeCase};
use ports::inquiry::Inquiry;
use ports::notice::RawNotice;
use ports::supplier::{Proof, Purchase};
use serde_json::json;
use sha2::Sha256;
use supplier_lab::{Goods, Lab, Need, Notice, Subject, Who};

/// Name and key of the sandbox's accounts.
pub const FIRST: (&str, &str) = ("lapak-0001", "lgkey-0001");
const SECOND: (&str, &str) = ("lapak-0002", "lgkey-0002");
const STRANGE_KEY: &str = "not-the-key";
/// The new one, and the one it replaces.
const CALLBACK_SECRETS: [&str; 2] = ["lapakcb-0002", "lapakcb-0001"];
pub const PHONE: &str = "081234567890";
/// Two of Lapak's own test codes, which are sold.
pub const VOUCHER: &str = "VCGS330-S22";
pub const DIAMONDS: &str = "ML78_8-S2";
pub const PLAYER: &str = "156378300|8483";
const OTHER_REFERENCE: &str = "ZZZZZZZZZZZZZZZZZZZZ";

pub const SUBJECT: Subject = Subject {
    manifest: MANIFEST,
    accounts: [FIRST.0, SECOND.0],
    settings,
    addresses: &[("BASE_URL", "")],
    secrets: &["API_KEY", "ACCOUNT", "CALLBACK_SECRET"],
    claims: Claims {
        bills: None,
        inquiries: true,
        notices: Some(Proof::Reference),
        cut_off: None,
        price_guard: true,
        absence: false,
        asking_may_buy: false,
        names_reference: false,
    },
    goods,
    price_field: Some("total_price"),
    contradictions: Some([
        ("\"code\":\"SUCCESS\"", "\"code\":\"PRODUCT_EMPTY\""),
        ("\"status\":\"SUCCESS\",\"tid\"", "\"status\":\"PENDING\",\"tid\""),
    ]),
    cannot,
    inquiries: Some(inquiries),
    notice,
    stops_on: |reply| reply.status == 200,
};

#[tokio::test]
async fn conformance() {
    let not_possible = supplier_lab::conformance(&SUBJECT).await;
    let outcomes = ["DeliveredAtOnce", "PlnToken", "PriceAboveList"];
    let refusals = ["Repeat", "CutOff", "BlockedNumber"];
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
    assert_eq!(not_possible, [&outcomes[..], &refusals, &bills].concat());
}

fn settings(who: Who) -> Vec<(&'static str, String)> {
    let (account, key) = match who {
        Who::First => FIRST,
        Who::Poor => SECOND,
        Who::Stranger => (FIRST.0, STRANGE_KEY),
    };
    vec![("ACCOUNT", account.to_owned()), ("API_KEY", key.to_owned()), ("CALLBACK_SECRET", CALLBACK_SECRETS.join(","))]
}

fn goods(need: Need) -> Option<Goods> {
    let (code, target, category) = match need {
        // What is delivered of it is in the reply, a code and a pin.
        Need::Sold | Need::CodeAndPin => (VOUCHER, PHONE, Category::Voucher),
        Need::Closed => ("VCNETFLIX25-S2", PHONE, Category::Voucher),
        // Without its zone.
        Need::WrongNumber => (DIAMONDS, "156378300", Category::Game),
        Need::TwoPartTarget => (DIAMONDS, PLAYER, Category::Game),
        Need::PlnToken | Need::OneBill(_) | Need::ManyBills(_) | Need::NobodysBill => return None,
    };
    Some(Goods { code, target: target.to_owned(), category, biller: None })
}

const fn cannot(situation: Situation) -> Option<&'static str> {
    match situation {
        Situation::DeliveredAtOnce => Some("an order is accepted first, whatever became of it"),
        Situation::PriceAboveList => Some("a price that has changed is refused"),
        _ => None,
    }
}

fn inquiries() -> InquiryCase {
    let player = |id: &str| Inquiry::GamePlayer { brand: "Mobile Legends".to_owned(), id: Private::new(id) };
    let foreign = Inquiry::PlnMeter { number: Private::new("12345678901") };
    InquiryCase { known: player(PLAYER), unknown: player("123|8483"), foreign }
}

fn notice(notice: &Notice<'_>) -> Option<(&'static str, RawNotice)> {
    let reference = notice.purchase.reference.as_str();
    let [live, older] = CALLBACK_SECRETS;
    let token = match notice.case {
        SupplierNoticeCase::Delivered | SupplierNoticeCase::Failed => Some(token(live, reference)),
        SupplierNoticeCase::SecondLiveSecret => Some(token(older, reference)),
        SupplierNoticeCase::NoSignature => None,
        SupplierNoticeCase::EmptySignature => Some(String::new()),
        SupplierNoticeCase::OtherSecret => Some(token(STRANGE_KEY, reference)),
        SupplierNoticeCase::EmptySecret => Some(token("", reference)),
        SupplierNoticeCase::OtherSignature => Some(token(live, OTHER_REFERENCE)),
        // No time is signed.
        SupplierNoticeCase::OldTimestamp => return None,
    };
    let (status, voucher) = match notice.case {
        SupplierNoticeCase::Failed => ("REFUNDED", ""),
        _ => ("SUCCESS", "PIN : 4821-7730\tSerial : SER-598765"),
    };
    let transaction = json!({ "id": 1, "status": status, "note": "sent 4821-7730", "voucher_code": voucher });
    let data = json!({ "tid": "RA171341142175668140", "status": status, "transactions": [transaction] });
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let body = json!({ "code": "SUCCESS", "data": data }).to_string().into();
    let query = format!("ref={reference}");
    Some(("order", RawNotice { headers, query, body, token: token.map(Into::into), peer: None }))
}

/// A purchase of a voucher, or of whatever the code is.
pub fn order(lab: &Lab, code: &'static str, target: &str, category: Category) -> Purchase {
    lab.purchase(&Goods { code, target: target.to_owned(), category, biller: None })
}

/// The secret end of an address, made without the adapter: 26 letters of base32 over HMAC-SHA256.
fn token(secret: &str, reference: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(reference.as_bytes());
    let bits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:08b}")).collect();
    let letter = |five: &[u8]| {
        let place = usize::from_str_radix(std::str::from_utf8(five).unwrap(), 2).unwrap();
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[place])
    };
    bits.as_bytes().chunks_exact(5).take(26).map(letter).collect()
}
