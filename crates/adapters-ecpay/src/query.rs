//! `QueryTradeInfo/V5` and `QueryPaymentInfo`: the request, which is the same, and what their replies say of one reference. Pure:
//! bytes in, answer out.

use domain::payment::{Evidence, PaidReport};
use domain::{Account, GatewayId, Moment, Reference};
use ports::gateway::{GatewayAnswer, Issued};

use crate::config::Config;
use crate::error::Unreadable;
use crate::issued::{self, is_code, is_issued};
use crate::map;
use crate::sign::{CHECK_MAC_VALUE, Signer};
use crate::wire::Fields;

/// The signed form body. ECPay takes its `TimeStamp` for three minutes.
pub fn request(config: &Config, reference: &Reference, now: Moment) -> Vec<u8> {
    let timestamp = now.timestamp().to_string();
    let fields = [
        ("MerchantID", config.account.as_str()),
        ("MerchantTradeNo", reference.as_str()),
        ("TimeStamp", timestamp.as_str()),
    ];
    let mac = config.signer.check_mac_value(fields);
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair(CHECK_MAC_VALUE, &mac)
        .finish()
        .into_bytes()
}

/// Reads a reply with status 200. Anything not signed, not about this reference of this account, or not documented is
/// `Unclear`.
pub fn answer(
    gateway: &GatewayId,
    account: &Account,
    signer: &Signer,
    reference: &Reference,
    body: &[u8],
) -> GatewayAnswer {
    let read = || -> Result<GatewayAnswer, Unreadable> {
        let fields = match signed(account, signer, reference, body)? {
            Ok(fields) => fields,
            Err(why) => return Ok(unclear(why)),
        };
        match fields.required("TradeStatus")? {
            "1" => Ok(GatewayAnswer::Paid(PaidReport {
                gateway: gateway.clone(),
                account: account.clone(),
                reference: reference.clone(),
                transaction: map::transaction(fields.required("TradeNo")?)?,
                amount: map::amount(fields.required("TradeAmt")?)?,
                fee: map::fee(fields.optional("PaymentTypeChargeFee")?),
                // The test button only sends a notice; the status of the trade stays unpaid.
                simulated: false,
                evidence: Evidence::Query,
            })),
            "0" if is_code(fields.optional("PaymentType")?.unwrap_or_default()) => Ok(GatewayAnswer::UnpaidCode),
            // Opened and not paid; not finished or failed; never heard of.
            "0" | "10200095" | "10200047" => Ok(GatewayAnswer::Unpaid),
            _ => Ok(unclear("the reply has a status we do not know")),
        }
    };
    read().unwrap_or_else(|unreadable| unclear(&unreadable.to_string()))
}

/// Reads a reply of `QueryPaymentInfo` with status 200: what was issued, if it says so plainly.
pub fn issued(account: &Account, signer: &Signer, reference: &Reference, body: &[u8]) -> Option<Issued> {
    let fields = signed(account, signer, reference, body).ok()?.ok()?;
    let code = fields.required("RtnCode").ok().filter(|code| is_issued(code))?;
    issued::read(code, &fields).ok()
}

/// The fields of a reply that ECPay signed, about this reference of this account; or why it is not one.
fn signed(
    account: &Account,
    signer: &Signer,
    reference: &Reference,
    body: &[u8],
) -> Result<Result<Fields, &'static str>, Unreadable> {
    let fields = Fields::from_raw_reply(body)?;
    if !signer.verifies(&fields) {
        return Ok(Err("the reply is not signed by ECPay"));
    }
    if fields.required("MerchantID")? != account.as_str() {
        return Ok(Err("the reply is about another account"));
    }
    if fields.required("MerchantTradeNo")? != reference.as_str() {
        return Ok(Err("the reply is about another reference"));
    }
    Ok(Ok(fields))
}

fn unclear(why: &str) -> GatewayAnswer {
    GatewayAnswer::Unclear { why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use domain::{Currency, Money};
    use proptest::prelude::*;

    const PAID: &[(&str, &str)] = &[
        ("CustomField1", ""),
        ("HandlingCharge", "31"),
        ("ItemName", "Telkomsel 10.000#儲值 20.000"),
        ("MerchantID", "3002607"),
        ("MerchantTradeNo", "ABCDEFGHIJKLMNOPQR23"),
        ("PaymentDate", "2026/11/21 12:01:00"),
        ("PaymentType", "Credit_CreditCard"),
        ("PaymentTypeChargeFee", "31"),
        ("TradeAmt", "1500"),
        ("TradeNo", "2611211200000001"),
        ("TradeStatus", "1"),
    ];

    /// A raw reply, signed, with some fields changed.
    fn reply(changes: &[(&'static str, &'static str)]) -> String {
        testing::signed(PAID, changes).iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&")
    }

    fn read(body: &str) -> GatewayAnswer {
        let config = testing::config(&[]);
        answer(&testing::gateway(), &config.account, &config.signer, &testing::reference(), body.as_bytes())
    }

    #[test]
    fn the_request_is_signed_and_stamped() {
        let config = testing::config(&[]);
        let now = chrono::DateTime::from_timestamp(1_795_190_400, 999).unwrap();
        let body = request(&config, &testing::reference(), now);
        let fields = Fields::from_form(&body).unwrap();
        assert!(config.signer.verifies(&fields));
        assert_eq!(fields.required("MerchantTradeNo"), Ok("ABCDEFGHIJKLMNOPQR23"));
        assert_eq!(fields.required("TimeStamp"), Ok("1795190400"));
    }

    #[test]
    fn a_paid_trade_is_reported_with_its_money() {
        let config = testing::config(&[]);
        assert_eq!(
            read(&reply(&[])),
            GatewayAnswer::Paid(PaidReport {
                gateway: testing::gateway(),
                account: config.account,
                reference: testing::reference(),
                transaction: "2611211200000001".to_owned(),
                amount: Money::from_minor(150_000, Currency::Twd),
                fee: Some(Money::from_minor(3_100, Currency::Twd)),
                simulated: false,
                evidence: Evidence::Query,
            })
        );
    }

    #[test]
    fn open_unfinished_and_unknown_trades_hold_no_money() {
        for status in ["0", "10200095", "10200047"] {
            assert_eq!(read(&reply(&[("TradeStatus", status), ("TradeNo", "")])), GatewayAnswer::Unpaid, "{status}");
        }
    }

    #[test]
    fn an_unpaid_code_says_that_there_is_one() {
        for family in ["ATM_BOT", "CVS_CVS", "BARCODE_BARCODE"] {
            let unpaid = reply(&[("TradeStatus", "0"), ("PaymentType", family), ("PaymentDate", "")]);
            assert_eq!(read(&unpaid), GatewayAnswer::UnpaidCode, "{family}");
        }
        let paid = read(&reply(&[("PaymentType", "ATM_BOT")]));
        assert!(matches!(paid, GatewayAnswer::Paid(_)), "{paid:?}");
        let failed = read(&reply(&[("TradeStatus", "10200095"), ("PaymentType", "ATM_BOT")]));
        assert_eq!(failed, GatewayAnswer::Unpaid);
    }

    #[test]
    fn a_plus_sign_in_a_reply_is_a_plus_sign() {
        let body = reply(&[("ItemName", "Pulsa 10.000 + 5% (bonus)")]);
        assert!(matches!(read(&body), GatewayAnswer::Paid(_)), "{body}");
        assert_eq!(read(&body.replace(" + ", "   ")), unclear("the reply is not signed by ECPay"));
    }

    #[test]
    fn a_lost_code_is_read_from_its_own_question() {
        const CODE: &[(&str, &str)] = &[
            ("MerchantID", "3002607"),
            ("MerchantTradeNo", "ABCDEFGHIJKLMNOPQR23"),
            ("RtnCode", "10100073"),
            ("RtnMsg", "Get CVS Code Succeeded."),
            ("TradeNo", "2611211200000001"),
            ("TradeAmt", "1500"),
            ("PaymentType", "CVS_CVS"),
            ("PaymentNo", "LLL15091212345"),
            ("ExpireDate", "2026/11/22 12:00:00"),
            ("PaymentURL", "https://payment.ecpay.com.tw/PaymentRule/CVSBarCode?PaymentNo=LLL15091212345"),
        ];
        let asked = |changes: &[(&'static str, &'static str)], signs: bool| {
            let fields = testing::signed(CODE, changes);
            let body = fields.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&");
            let body = if signs { body } else { body.replace("LLL1509", "LLL1508") };
            let config = testing::config(&[]);
            issued(&config.account, &config.signer, &testing::reference(), body.as_bytes())
        };
        let told = asked(&[], true).unwrap();
        assert_eq!(told.instructions.code, domain::PayCode::StoreCode(domain::Private::new("LLL15091212345")));
        assert_eq!(asked(&[], false), None, "not signed");
        for change in [("RtnCode", "10200047"), ("MerchantTradeNo", "ABCDEFGHIJKLMNOPQR24"), ("ExpireDate", "")] {
            assert_eq!(asked(&[change], true), None, "{change:?}");
        }
    }

    #[test]
    fn the_captured_reply_of_an_unknown_number_is_about_another_reference() {
        let body = "HandlingCharge=0&ItemName=&MerchantID=2000132&MerchantTradeNo=nulltrade&PaymentDate=&PaymentType=\
                    &PaymentTypeChargeFee=0&TradeAmt=0&TradeDate=&TradeNo=&TradeStatus=10200047&CheckMacValue=\
                    F7BED9900000631D42C006DFBC11D66BF00477266F1E83BB27D0EC374785F38E";
        let signer = Signer::new("5294y06JbISpM5x9".into(), "v77hoKGq4kWxNNIS".into());
        let account = "2000132".parse().unwrap();
        let said = answer(&testing::gateway(), &account, &signer, &testing::reference(), body.as_bytes());
        assert_eq!(said, unclear("the reply is about another reference"));
    }

    #[test]
    fn whatever_is_not_plainly_so_is_unclear() {
        for changes in [
            &[("MerchantID", "3002608")][..],
            &[("MerchantTradeNo", "ABCDEFGHIJKLMNOPQR24")],
            &[("MerchantTradeNo", "aBCDEFGHIJKLMNOPQR23")],
            &[("TradeStatus", "2")],
            &[("TradeStatus", "10200163")],
            &[("TradeStatus", "")],
            &[("TradeAmt", "1500.0")],
            &[("TradeAmt", "0")],
            &[("TradeNo", "")],
            &[("ItemName", "a&b")],
        ] {
            assert!(matches!(read(&reply(changes)), GatewayAnswer::Unclear { .. }), "{changes:?}");
        }
        for body in ["", "<html>busy</html>", "TradeStatus=10200073&RtnMsg=CheckMacValue Error"] {
            assert!(matches!(read(body), GatewayAnswer::Unclear { .. }), "{body}");
        }
        let unsigned = reply(&[]).replace("TradeAmt=1500", "TradeAmt=1501");
        assert_eq!(read(&unsigned), unclear("the reply is not signed by ECPay"));
    }

    #[test]
    fn an_unclean_fee_is_not_known() {
        let GatewayAnswer::Paid(report) = read(&reply(&[("PaymentTypeChargeFee", "")])) else { panic!("not paid") };
        assert_eq!(report.fee, None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_taken_for_an_answer(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let config = testing::config(&[]);
            let said = answer(&testing::gateway(), &config.account, &config.signer, &testing::reference(), &body);
            let is_unclear = matches!(said, GatewayAnswer::Unclear { .. });
            prop_assert!(is_unclear);
            let told = issued(&config.account, &config.signer, &testing::reference(), &body);
            prop_assert!(told.is_none());
        }
    }
}
