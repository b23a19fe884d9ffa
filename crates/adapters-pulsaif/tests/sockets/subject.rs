//! Pulsa IF as the laboratory and the contract suite want to know it.

use adapters_pulsaif::MANIFEST;
use domain::catalogue::Category;
use ports::conformance::{BillClaims, Claims, Situation, SupplierNoticeCase};
use ports::notice::RawNotice;
use ports::supplier::{Proof, Purchase};
use supplier_lab::{Goods, Lab, Need, Notice, Subject, Who};

/// Number and password of the sandbox's members.
pub const FIRST: (&str, &str) = ("TW0001", "pw-0001");
const SECOND: (&str, &str) = ("TW0002", "pw-0002");
const STRANGE_PASSWORD: &str = "not-the-password";
/// The new one, and the one it replaces.
pub const TOKENS: [&str; 2] = ["pulsaifcb-0002", "pulsaifcb-0001"];
pub const PHONE: &str = "081234567890";
pub const METER: &str = "12345678901";
pub const WATER: &str = "pdam/Kota Surabaya";

pub const SUBJECT: Subject = Subject {
    manifest: MANIFEST,
    accounts: [FIRST.0, SECOND.0],
    settings,
    addresses: &[("BASE_URL", "")],
    secrets: &["MEMBER_ID", "PIN", "PASSWORD", "CALLBACK_TOKEN"],
    claims: Claims {
        bills: Some(BillClaims { tells_paid: true, same_day: false }),
        inquiries: false,
        notices: Some(Proof::Nothing),
        cut_off: None,
        price_guard: false,
        absence: false,
        asking_may_buy: false,
        names_reference: true,
    },
    goods,
    price_field: None,
    contradictions: Some([("akan diproses @", "SUKSES. akan diproses @"), ("SUKSES. SN/Ref", "SUKSES. GAGAL. SN/Ref")]),
    cannot,
    inquiries: None,
    notice,
    stops_on: |reply| (200..300).contains(&reply.status),
};

#[tokio::test]
async fn conformance() {
    let not_possible = supplier_lab::conformance(&SUBJECT).await;
    let outcomes = ["SerialOfTwoParts", "PriceGuard", "PriceAsText", "TargetOfTwoParts"];
    let refusals = ["Throttled", "CutOff", "MalformedRequest"];
    let other = ["StatusThrottled", "UnknownFields"];
    let rest = ["SeveralBillsWithRest", "Inquiries"];
    assert_eq!(not_possible, [&outcomes[..], &refusals, &other, &rest].concat());
}

fn settings(who: Who) -> Vec<(&'static str, String)> {
    let (member, password) = match who {
        Who::First => FIRST,
        Who::Poor => SECOND,
        Who::Stranger => (FIRST.0, STRANGE_PASSWORD),
    };
    vec![
        ("MEMBER_ID", member.to_owned()),
        ("PIN", "1234".to_owned()),
        ("PASSWORD", password.to_owned()),
        ("CALLBACK_TOKEN", TOKENS.join(",")),
    ]
}

fn goods(need: Need) -> Option<Goods> {
    let plain = |code, target: &str, category| Goods { code, target: target.to_owned(), category, biller: None };
    let water = |target| Goods { code: "BYRPDAMKOTASURABAYA", target, category: Category::Pdam, biller: Some(WATER) };
    Some(match need {
        Need::Sold => plain("TSEL10", PHONE, Category::Airtime),
        Need::Closed => plain("TSELD2GB1D", PHONE, Category::Data),
        // XL's, which a Telkomsel number cannot use.
        Need::WrongNumber => plain("XL10", PHONE, Category::Airtime),
        Need::PlnToken => plain("PLN20", METER, Category::PlnToken),
        // A number that ends in 1 owes one bill.
        Need::OneBill(n) => water(format!("1{n:06}91")),
        // Too short for a customer.
        Need::NobodysBill => water("123".to_owned()),
        // What is left over of many bills is not told, and nothing it sells has a pin or is for a player.
        Need::ManyBills(_) | Need::CodeAndPin | Need::TwoPartTarget => return None,
    })
}

const fn cannot(situation: Situation) -> Option<&'static str> {
    match situation {
        Situation::UnknownFields => Some("a sentence has no fields"),
        _ => None,
    }
}

pub fn airtime(lab: &Lab) -> Purchase {
    order(lab, "TSEL10", PHONE, Category::Airtime)
}

/// A purchase of whatever the code is.
pub fn order(lab: &Lab, code: &'static str, target: &str, category: Category) -> Purchase {
    lab.purchase(&Goods { code, target: target.to_owned(), category, biller: None })
}

fn notice(notice: &Notice<'_>) -> Option<(&'static str, RawNotice)> {
    let [live, older] = TOKENS;
    let token = match notice.case {
        SupplierNoticeCase::Delivered | SupplierNoticeCase::Failed => Some(live),
        SupplierNoticeCase::SecondLiveSecret => Some(older),
        SupplierNoticeCase::NoSignature => None,
        SupplierNoticeCase::EmptySignature => Some(""),
        SupplierNoticeCase::OtherSecret => Some(STRANGE_PASSWORD),
        // An empty token is the empty signature, and no other reference has another; no time is signed.
        SupplierNoticeCase::EmptySecret | SupplierNoticeCase::OtherSignature | SupplierNoticeCase::OldTimestamp => {
            return None;
        }
    };
    let (reference, target) = (notice.purchase.reference.as_str(), notice.purchase.target.expose());
    let (status, words) = match notice.case {
        SupplierNoticeCase::Failed => ("40", "GAGAL.+Transaksi+gagal"),
        _ => ("20", "SUKSES.+SN%2FRef%3A+598765432101"),
    };
    let message = format!("R%23{reference}+{}.{target}+{words}", notice.purchase.code);
    let query = format!("refid={reference}&t=10001&status={status}&price=10.250&message={message}");
    Some(("report", RawNotice { query, token: token.map(Into::into), ..RawNotice::default() }))
}
