//! Notices as ECPay writes them, changed in every way.

use super::*;
use crate::testing;
use domain::{Currency, Money, PayCode, Private};
use ports::gateway::Issued;
use proptest::prelude::*;

const PAID: &[(&str, &str)] = &[
    ("MerchantID", "3002607"),
    ("MerchantTradeNo", "ABCDEFGHIJKLMNOPQR23"),
    ("StoreID", ""),
    ("RtnCode", "1"),
    ("RtnMsg", "交易成功"),
    ("TradeNo", "2611211200000001"),
    ("TradeAmt", "1500"),
    ("PaymentDate", "2026/11/21 12:01:00"),
    ("PaymentType", "Credit_CreditCard"),
    ("PaymentTypeChargeFee", "31"),
    ("TradeDate", "2026/11/21 12:00:00"),
    ("SimulatePaid", "0"),
    ("CustomField1", ""),
    ("card4no", "2222"),
    ("card6no", "431195"),
    ("auth_code", "777777"),
    ("gwsr", "13220000"),
];

/// A notice's body, signed, with some fields changed.
fn body(changes: &[(&'static str, &'static str)]) -> Vec<u8> {
    let fields = testing::signed(PAID, changes);
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn read(body: Vec<u8>) -> Result<GatewayNotice, NoticeRejected> {
    let config = testing::config(&[]);
    verify(&testing::gateway(), &config.account, &config.signer, RETURN, &testing::notice(body))
}

#[test]
fn a_paid_notice_reports_the_money_and_keeps_no_card_data() {
    let notice = read(body(&[])).unwrap();
    assert_eq!(notice.reference, testing::reference());
    let GatewayNoticeSays::Paid(report) = notice.says else { panic!("{:?}", notice.says) };
    assert_eq!(report.transaction, "2611211200000001");
    assert_eq!(report.amount, Money::from_minor(150_000, Currency::Twd));
    assert_eq!(report.fee, Some(Money::from_minor(3_100, Currency::Twd)));
    assert_eq!(report.account.as_str(), "3002607");
    assert!(!report.simulated && report.evidence == Evidence::Notice);

    let record = notice.record;
    assert_eq!(record.key, "ecpay:return:ABCDEFGHIJKLMNOPQR23:2611211200000001:1:0");
    assert_eq!((record.provider.as_str(), record.kind.as_str()), ("ecpay", "return"));
    for secret in ["card4no=2222", "431195", "777777", "CheckMacValue"] {
        assert!(!record.body.contains(secret), "{}", record.body);
    }
    assert!(record.body.contains("card6no=***") && record.body.contains("gwsr=13220000"), "{}", record.body);
}

#[test]
fn card_data_is_masked_under_any_spelling_of_its_name() {
    let genuine = String::from_utf8(body(&[])).unwrap();
    let record = read(genuine.replace("card6no", "CARD6NO").into_bytes()).unwrap().record;
    assert!(!record.body.contains("431195"), "{}", record.body);
}

#[test]
fn a_resend_is_the_same_event_with_another_signature() {
    let first = read(body(&[])).unwrap();
    let again = read(body(&[("RtnMsg", "paid")])).unwrap();
    assert_eq!(again.record.key, first.record.key);
    assert_eq!(again.says, first.says);
}

#[test]
fn a_failed_try_and_a_test_are_other_events_of_the_same_transaction() {
    let declined = read(body(&[("RtnCode", "10200058")])).unwrap();
    assert_eq!(declined.says, GatewayNoticeSays::Declined { code: "10200058".to_owned() });
    assert_eq!(declined.record.key, "ecpay:return:ABCDEFGHIJKLMNOPQR23:2611211200000001:10200058:0");
    let test = read(body(&[("SimulatePaid", "1")])).unwrap();
    assert_eq!(test.says, GatewayNoticeSays::Simulated);
    assert_eq!(test.record.key, "ecpay:return:ABCDEFGHIJKLMNOPQR23:2611211200000001:1:1");
}

#[test]
fn what_is_signed_but_not_in_order_is_refused() {
    for (name, value) in [
        ("TradeAmt", "0"),
        ("TradeAmt", "-1500"),
        ("TradeAmt", "1500.00"),
        ("TradeAmt", ""),
        ("MerchantTradeNo", "aBCDEFGHIJKLMNOPQR23"),
        ("MerchantTradeNo", "ORD20261121001"),
        ("TradeNo", ""),
        ("TradeNo", "261121120000000a"),
        ("RtnCode", ""),
        ("RtnCode", "ok"),
        ("SimulatePaid", ""),
        ("SimulatePaid", "2"),
    ] {
        assert_eq!(read(body(&[(name, value)])).err(), Some(NoticeRejected::Malformed), "{name}={value}");
    }
    assert_eq!(read(body(&[("MerchantID", "3002608")])).err(), Some(NoticeRejected::OtherAccount));
    assert_eq!(read(b"RtnCode=1".to_vec()).err(), Some(NoticeRejected::BadSignature));
    assert_eq!(read(Vec::new()).err(), Some(NoticeRejected::BadSignature));
}

#[test]
fn every_field_we_read_must_be_there_under_its_own_name() {
    let signed = |fields: &[(&'static str, &'static str)]| {
        let fields = testing::signed(fields, &[]);
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
    };
    for name in ["MerchantID", "MerchantTradeNo", "RtnCode", "TradeNo", "TradeAmt", "SimulatePaid"] {
        let without: Vec<_> = PAID.iter().copied().filter(|(n, _)| *n != name).collect();
        assert_eq!(read(signed(&without)).err(), Some(NoticeRejected::Malformed), "{name}");
    }
    // The signature cannot see this change of a test into money.
    let test = String::from_utf8(body(&[("SimulatePaid", "1")])).unwrap();
    let disguised = test.replace("SimulatePaid", "simulatePaid");
    assert_eq!(read(disguised.into_bytes()).err(), Some(NoticeRejected::Malformed));
    // Nor this one: the flag hidden inside the value before it.
    let hidden = test.replace("&SimulatePaid=1", "").replace("&StoreID=", "").replace(
        "RtnMsg=%E4%BA%A4%E6%98%93%E6%88%90%E5%8A%9F",
        "RtnMsg=%E4%BA%A4%E6%98%93%E6%88%90%E5%8A%9F%26SimulatePaid%3D1%26StoreID%3D",
    );
    assert_ne!(hidden, test);
    assert_eq!(read(hidden.into_bytes()).err(), Some(NoticeRejected::Malformed));
}

#[test]
fn other_kinds_of_notices_are_not_read() {
    let config = testing::config(&[]);
    for kind in ["", "result", "Return"] {
        let raw = testing::notice(body(&[]));
        let read = verify(&testing::gateway(), &config.account, &config.signer, kind, &raw);
        assert_eq!(read.err(), Some(NoticeRejected::Malformed), "{kind}");
    }
}

#[test]
fn a_changed_byte_is_refused_or_changes_letter_case_only() {
    let original = body(&[]);
    let genuine = read(original.clone()).unwrap();
    let mut accepted = 0;
    for place in 0..original.len() {
        let flips = (0..8).map(|bit| original[place] ^ (1 << bit));
        for byte in flips.chain(*b"&=+%; ").filter(|byte| *byte != original[place]) {
            let mut changed = original.clone();
            changed[place] = byte;
            let Ok(read) = read(changed.clone()) else { continue };
            accepted += 1;
            let shown = String::from_utf8_lossy(&changed).into_owned();
            assert!(same_but_for_case(&changed, &original), "{shown}");
            assert_eq!((&read.reference, &read.says), (&genuine.reference, &genuine.says), "{shown}");
            assert_eq!(read.record.key, genuine.record.key, "{shown}");
        }
    }
    assert!(accepted > 0, "names and values that nobody reads may change their case");
}

fn same_but_for_case(a: &[u8], b: &[u8]) -> bool {
    let text = |body| Fields::from_form(body).unwrap().iter().map(|(n, v)| format!("{n}={v}\n")).collect::<String>();
    text(a).eq_ignore_ascii_case(&text(b))
}

#[test]
fn ecpay_hears_one_ok_only_when_the_notice_is_stored() {
    let text = |outcome| (reply(outcome).status, reply(outcome).body);
    assert_eq!(text(NoticeOutcome::Stored), (200, "1|OK".to_owned()));
    assert_eq!(text(NoticeOutcome::TryAgain), (503, "0|try again".to_owned()));
    for why in [NoticeRejected::Malformed, NoticeRejected::BadSignature, NoticeRejected::OtherAccount] {
        let (status, body) = text(NoticeOutcome::Rejected(why));
        assert!(status == 200 && body.starts_with("0|"), "{body}");
    }
    assert_eq!(reply(NoticeOutcome::Stored).content_type, "text/plain");
}

proptest! {
    #[test]
    fn no_bytes_are_taken_for_a_notice(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let config = testing::config(&[]);
        let raw = testing::notice(body.clone());
        prop_assert!(returned(&config.account, &config.signer, &raw).is_err());
        prop_assert!(read(body).is_err());
    }

    #[test]
    fn a_stored_body_fits_its_record(msg in "[^&\u{fffd}]{0,800}") {
        let config = testing::config(&[]);
        let fields: Vec<(String, String)> = PAID.iter()
            .map(|(n, v)| (n.to_string(), if *n == "RtnMsg" { msg.clone() } else { v.to_string() }))
            .collect();
        let mac = config.signer.check_mac_value(fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&fields).append_pair("CheckMacValue", &mac).finish().into_bytes();
        if let Ok(notice) = read(body) {
            prop_assert!(notice.record.body.len() <= ports::Exchange::BODY_LIMIT);
        }
    }
}

#[test]
fn every_field_is_signed_whether_we_know_it_or_not_and_also_when_it_is_empty() {
    let genuine = String::from_utf8(body(&[])).unwrap();
    for gone in ["&StoreID=", "&CustomField1=", "&gwsr=13220000"] {
        let without = genuine.replacen(gone, "", 1);
        assert_ne!(without, genuine, "{gone}");
        assert_eq!(read(without.into_bytes()).err(), Some(NoticeRejected::BadSignature), "{gone}");
    }
    for added in ["&CustomField4=", "&eci=5"] {
        let with = format!("{genuine}{added}");
        assert_eq!(read(with.into_bytes()).err(), Some(NoticeRejected::BadSignature), "{added}");
    }
    // Whatever a way to pay brings along, and a kind of payment nobody has heard of.
    for (kind, more) in [
        ("WebATM_TAISHIN", [("WebATMAccNo", "98765"), ("eci", "")]),
        ("TWQR_OPAY", [("TWQRTradeNo", "TW1"), ("red_dan", "0")]),
        ("Flexible_Installment", [("stage", "3"), ("stast", "500")]),
    ] {
        let fields: Vec<_> = PAID.iter().copied().chain(more).collect();
        let fields = testing::signed(&fields, &[("PaymentType", kind)]);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let told = read(body.into_bytes()).unwrap();
        assert!(matches!(told.says, GatewayNoticeSays::Paid(_)) && !told.record.body.contains("98765"), "{kind}");
    }
}

// Codes to pay into.

const ACCOUNT: &[(&str, &str)] = &[
    ("MerchantID", "3002607"),
    ("MerchantTradeNo", "ABCDEFGHIJKLMNOPQR23"),
    ("StoreID", ""),
    ("RtnCode", "2"),
    ("RtnMsg", "Get VirtualAccount Succeeded"),
    ("TradeNo", "2611211200000001"),
    ("TradeAmt", "1500"),
    ("PaymentType", "ATM_BOT"),
    ("TradeDate", "2026/11/21 12:00:00"),
    ("CustomField1", ""),
    ("BankCode", "004"),
    ("vAccount", "9103522175887271"),
    ("ExpireDate", "2026/11/22"),
];
const STORE: &[(&str, &str)] = &[
    ("MerchantID", "3002607"),
    ("MerchantTradeNo", "ABCDEFGHIJKLMNOPQR23"),
    ("RtnCode", "10100073"),
    ("RtnMsg", "Get CVS Code Succeeded."),
    ("TradeNo", "2611211200000001"),
    ("TradeAmt", "1500"),
    ("PaymentType", "CVS_CVS"),
    ("PaymentNo", "LLL15091212345"),
    ("ExpireDate", "2026/11/22 12:00:00"),
    ("Barcode1", ""),
    ("Barcode2", ""),
    ("Barcode3", ""),
];

fn info(fields: &[(&'static str, &'static str)], changes: &[(&'static str, &'static str)]) -> Vec<u8> {
    let fields = testing::signed(fields, changes);
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn read_info(body: Vec<u8>) -> Result<GatewayNotice, NoticeRejected> {
    let config = testing::config(&[]);
    verify(&testing::gateway(), &config.account, &config.signer, PAYMENT_INFO, &testing::notice(body))
}

fn issued(body: Vec<u8>) -> Issued {
    match read_info(body).unwrap().says {
        GatewayNoticeSays::Issued(issued) => issued,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_account_is_told_whole_and_kept_masked() {
    let notice = read_info(info(ACCOUNT, &[])).unwrap();
    assert_eq!(notice.record.key, "ecpay:payment-info:ABCDEFGHIJKLMNOPQR23:2611211200000001:2:0");
    assert_eq!(notice.record.kind, "payment-info");
    assert!(notice.record.body.contains("vAccount=***") && !notice.record.body.contains("91035"), "{notice:?}");
    let told = issued(info(ACCOUNT, &[]));
    let account = Private::new("9103522175887271");
    assert_eq!(told.instructions.code, PayCode::VirtualAccount { bank: "004".to_owned(), account });
    assert_eq!(told.instructions.payable_until.to_rfc3339(), "2026-11-22T15:59:59+00:00", "the day ends in Taipei");
    assert_eq!(told.lag, chrono::TimeDelta::days(1));
}

#[test]
fn a_stores_code_and_barcodes_have_their_moment() {
    let told = issued(info(STORE, &[]));
    assert_eq!(told.instructions.code, PayCode::StoreCode(Private::new("LLL15091212345")));
    assert_eq!(told.instructions.payable_until.to_rfc3339(), "2026-11-22T04:00:00+00:00");
    let barcodes = &[
        ("PaymentNo", ""),
        ("Barcode1", "1511227EA"),
        ("Barcode2", "3453010539999999"),
        ("Barcode3", "120936000001500"),
    ];
    let told = issued(info(STORE, barcodes));
    let all = ["1511227EA", "3453010539999999", "120936000001500"].map(Private::new);
    assert_eq!((told.instructions.code, told.lag), (PayCode::Barcodes(all), chrono::TimeDelta::days(3)));
    let kept = read_info(info(STORE, barcodes)).unwrap().record.body;
    assert!(!kept.contains("1511227EA") && !kept.contains("34530105"), "{kept}");
}

#[test]
fn a_code_hides_no_payment_and_its_resend_is_the_same_event() {
    let code = read_info(info(ACCOUNT, &[])).unwrap().record.key;
    assert_eq!(read_info(info(ACCOUNT, &[("RtnMsg", "paid")])).unwrap().record.key, code);
    let paid = read(body(&[("PaymentType", "ATM_BOT")])).unwrap();
    assert!(matches!(paid.says, GatewayNoticeSays::Paid(_)) && paid.record.key != code);
    // A code told at the other address, as ECPay's documents leave open.
    let config = testing::config(&[]);
    let raw = testing::notice(info(ACCOUNT, &[]));
    let elsewhere = verify(&testing::gateway(), &config.account, &config.signer, RETURN, &raw).unwrap();
    assert!(matches!(elsewhere.says, GatewayNoticeSays::Issued(_)), "{elsewhere:?}");
}

#[test]
fn a_code_that_is_not_in_order_is_refused() {
    for (name, value) in [
        ("BankCode", "4"),
        ("vAccount", ""),
        ("vAccount", "91035221758872710"),
        ("vAccount", "9103-5221"),
        ("ExpireDate", ""),
        ("ExpireDate", "2026-11-22"),
        ("TradeAmt", "0"),
        ("TradeNo", ""),
    ] {
        assert_eq!(read_info(info(ACCOUNT, &[(name, value)])).err(), Some(NoticeRejected::Malformed), "{name}={value}");
    }
    for (name, value) in [("PaymentNo", "LLl15091212345"), ("PaymentNo", ""), ("ExpireDate", "2026/11/22")] {
        assert_eq!(read_info(info(STORE, &[(name, value)])).err(), Some(NoticeRejected::Malformed), "{name}={value}");
    }
    let other = read_info(info(ACCOUNT, &[("MerchantID", "3002608")]));
    assert_eq!(other.err(), Some(NoticeRejected::OtherAccount));
    // No code could be issued: the customer may try again.
    let failed = read_info(info(STORE, &[("RtnCode", "10100058")])).unwrap();
    assert_eq!(failed.says, GatewayNoticeSays::Declined { code: "10100058".to_owned() });
    let paid = read_info(info(STORE, &[("RtnCode", "1")]));
    assert_eq!(paid.err(), Some(NoticeRejected::Malformed), "money is told with the flag of a test, or not believed");
    // The signature does not see this change of one account into another.
    let lower = String::from_utf8(info(STORE, &[])).unwrap().replace("LLL1509", "lll1509");
    assert_eq!(read_info(lower.into_bytes()).err(), Some(NoticeRejected::Malformed));
}

#[test]
fn what_the_browser_brings_only_says_whose_it_is() {
    let config = testing::config(&[]);
    let back = |body: Vec<u8>| returned(&config.account, &config.signer, &testing::notice(body));
    assert_eq!(back(body(&[("RtnMsg", "Succeeded")])), Ok(testing::reference()));
    assert_eq!(back(body(&[("RtnCode", "10200058")])), Ok(testing::reference()));
    assert_eq!(back(body(&[("MerchantID", "3002608")])), Err(NoticeRejected::OtherAccount));
    let forged = String::from_utf8(body(&[])).unwrap().replace("RtnCode=1", "RtnCode=2");
    assert_eq!(back(forged.into_bytes()), Err(NoticeRejected::BadSignature));
    assert_eq!(back(Vec::new()), Err(NoticeRejected::BadSignature));
}
