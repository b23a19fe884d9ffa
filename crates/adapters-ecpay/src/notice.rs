//! `ReturnURL` notices: verified over every field that came, read strictly, kept without card data; and the answers
//! ECPay wants (ECPay AIO docs, ReturnURL). Not here: what a notice does to a payment.

use domain::payment::{Evidence, PaidReport};
use domain::{Account, GatewayId};
use ports::gateway::{GatewayNotice, GatewayNoticeSays};
use ports::notice::{NoticeOutcome, NoticeRecord, NoticeRejected, NoticeReply, RawNotice};

use crate::map;
use crate::sign::{CHECK_MAC_VALUE, Signer};
use crate::wire::Fields;

/// The one kind of notice that is read here: the last word of the `ReturnURL`.
pub const RETURN: &str = "return";
/// Fields about the payer's card or bank account, in notices and in query replies.
pub const PRIVATE_FIELDS: &[&str] = &[
    "card4no",
    "card6no",
    "auth_code",
    "ATMAccBank",
    "ATMAccNo",
    "WebATMAccBank",
    "WebATMAccNo",
    "WebATMBankName",
    "PaymentNo",
    "vAccount",
    "BindingCard",
    "MerchantMemberID",
];
const MASK: &str = "***";

/// Verifies and reads one notice.
///
/// The same event comes again with another `RtnMsg` and so another signature: the key of the record is made of what
/// the event is, never of its bytes.
pub fn verify(
    gateway: &GatewayId,
    account: &Account,
    signer: &Signer,
    kind: &str,
    raw: &RawNotice,
) -> Result<GatewayNotice, NoticeRejected> {
    if kind != RETURN {
        return Err(NoticeRejected::Malformed);
    }
    let fields = Fields::from_form(&raw.body)?;
    if !signer.verifies(&fields) {
        return Err(NoticeRejected::BadSignature);
    }
    if fields.required("MerchantID")? != account.as_str() {
        return Err(NoticeRejected::OtherAccount);
    }
    let reference = map::reference(fields.required("MerchantTradeNo")?)?;
    let transaction = map::transaction(fields.required("TradeNo")?)?;
    let amount = map::amount(fields.required("TradeAmt")?)?;
    let fee = map::fee(fields.optional("PaymentTypeChargeFee")?);
    let code = map::code(fields.required("RtnCode")?)?;
    let simulated = map::simulated(fields.required("SimulatePaid")?)?;

    let key = format!("{gateway}:{RETURN}:{reference}:{transaction}:{code}:{}", u8::from(simulated));
    let says = match (simulated, code) {
        (true, _) => GatewayNoticeSays::Simulated,
        (false, "1") => GatewayNoticeSays::Paid(PaidReport {
            gateway: gateway.clone(),
            account: account.clone(),
            reference: reference.clone(),
            transaction,
            amount,
            fee,
            simulated: false,
            evidence: Evidence::Notice,
        }),
        (false, code) => GatewayNoticeSays::Declined { code: code.to_owned() },
    };
    let record = NoticeRecord { key, provider: gateway.to_string(), kind: RETURN.to_owned(), body: redacted(&fields) };
    Ok(GatewayNotice { reference, says, record })
}

/// The fields as a form again, without the signature and with the payer's data masked, however their names are
/// written.
fn redacted(fields: &Fields) -> String {
    let is = |name: &str, other: &str| name.eq_ignore_ascii_case(other);
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|(name, _)| !is(name, CHECK_MAC_VALUE)) {
        let masked = !value.is_empty() && PRIVATE_FIELDS.iter().any(|private| is(name, private));
        form.append_pair(name, if masked { MASK } else { value });
    }
    form.finish()
}

/// ECPay stops at exactly `1|OK` and sends everything else again, four times at most. A forged notice learns nothing
/// it did not know.
pub fn reply(outcome: NoticeOutcome) -> NoticeReply {
    let (status, body) = match outcome {
        NoticeOutcome::Stored => (200, "1|OK"),
        NoticeOutcome::Rejected(NoticeRejected::BadSignature) => (200, "0|CheckMacValue Error"),
        NoticeOutcome::Rejected(NoticeRejected::OtherAccount) => (200, "0|MerchantID Error"),
        NoticeOutcome::Rejected(NoticeRejected::Malformed) => (200, "0|Parameter Error"),
        NoticeOutcome::TryAgain => (503, "0|try again"),
    };
    NoticeReply { status, content_type: "text/plain", body: body.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use domain::{Currency, Money};
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
        for kind in ["", "payment-info", "Return"] {
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
        let text =
            |body| Fields::from_form(body).unwrap().iter().map(|(n, v)| format!("{n}={v}\n")).collect::<String>();
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
}
