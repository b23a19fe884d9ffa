//! The order form the customer's browser posts to ECPay's page (ECPay AIO docs, `AioCheckOut/V5`). Pure: opens no
//! connection. Not here: what comes back.

use domain::{Currency, Money};
use ports::gateway::{CheckoutForm, CheckoutRefused, CheckoutRequest};

use crate::config::Config;
use crate::map::{page_language, taipei_time};
use crate::sign::CHECK_MAC_VALUE;
use crate::text::item_name;

/// Our name of the one method offered: a card, paid at once.
pub const CREDIT: &str = "credit";
/// The range of one card payment in whole TWD (ECPay's published rates page).
const CREDIT_MIN: Money = Money::from_minor(5 * Currency::Twd.minor_per_unit(), Currency::Twd);
const CREDIT_MAX: Money = Money::from_minor(199_999 * Currency::Twd.minor_per_unit(), Currency::Twd);
/// `TradeDesc` is required and shown nowhere that matters; plain words pass the firewall.
const TRADE_DESC: &str = "Online order";

/// Checks the amount of a card payment and gives it in whole TWD.
pub fn credit_amount(amount: Money) -> Result<i64, CheckoutRefused> {
    let not_whole = || CheckoutRefused::NotWhole(Currency::Twd);
    if amount.currency() != Currency::Twd {
        return Err(not_whole());
    }
    let units = amount.whole_units().ok().ok_or_else(not_whole)?;
    if !(CREDIT_MIN..=CREDIT_MAX).contains(&amount) {
        return Err(CheckoutRefused::AmountOutOfRange { min: CREDIT_MIN, max: CREDIT_MAX });
    }
    Ok(units)
}

/// The signed form. `return_url` is where ECPay's server reports the payment. `OrderResultURL` is not sent: what the
/// browser carries proves nothing.
pub fn form(config: &Config, return_url: &str, request: &CheckoutRequest) -> Result<CheckoutForm, CheckoutRefused> {
    if request.method != CREDIT {
        return Err(CheckoutRefused::UnknownMethod);
    }
    let amount = credit_amount(request.amount)?;
    let mut fields = vec![
        ("MerchantID", config.account.to_string()),
        ("MerchantTradeNo", request.reference.to_string()),
        ("MerchantTradeDate", taipei_time(request.now)),
        ("PaymentType", "aio".to_owned()),
        ("TotalAmount", amount.to_string()),
        ("TradeDesc", TRADE_DESC.to_owned()),
        ("ItemName", item_name(&request.items)),
        ("ReturnURL", return_url.to_owned()),
        ("ChoosePayment", "Credit".to_owned()),
        ("EncryptType", "1".to_owned()),
        // Brings the card's authorisation and bonus fields into notices and replies: evidence in a dispute.
        ("NeedExtraPaidInfo", "Y".to_owned()),
    ];
    fields.extend(page_language(&request.language).map(|language| ("Language", language.to_owned())));
    fields.extend(config.client_back_url.as_ref().map(|url| ("ClientBackURL", url.clone())));
    let mac = config.signer.check_mac_value(fields.iter().map(|(name, value)| (*name, value.as_str())));
    fields.push((CHECK_MAC_VALUE, mac));
    Ok(CheckoutForm {
        action: format!("{}/Cashier/AioCheckOut/V5", config.base_url),
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use crate::wire::Fields;

    fn request() -> CheckoutRequest {
        CheckoutRequest {
            reference: testing::reference(),
            amount: Money::from_minor(20_000, Currency::Twd),
            method: CREDIT.to_owned(),
            items: vec!["Telkomsel 10.000".to_owned(), "儲值 <20.000>".to_owned()],
            language: "id".to_owned(),
            now: chrono::DateTime::from_timestamp(1_795_190_400, 0).unwrap(), // 2026-11-20T16:00:00Z
        }
    }

    fn form_of(request: &CheckoutRequest) -> Result<CheckoutForm, CheckoutRefused> {
        form(&testing::config(&[]), "https://shop.example/webhooks/ecpay/return", request)
    }

    fn value<'a>(form: &'a CheckoutForm, name: &str) -> Option<&'a str> {
        form.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    #[test]
    fn the_form_has_every_required_field_and_its_signature() {
        let form = form_of(&request()).unwrap();
        assert_eq!(form.action, "http://127.0.0.1:8090/ecpay/Cashier/AioCheckOut/V5");
        let fields: Vec<_> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            fields[..12],
            [
                ("MerchantID", "3002607"),
                ("MerchantTradeNo", "ABCDEFGHIJKLMNOPQR23"),
                ("MerchantTradeDate", "2026/11/21 00:00:00"),
                ("PaymentType", "aio"),
                ("TotalAmount", "200"),
                ("TradeDesc", "Online order"),
                ("ItemName", "Telkomsel 10.000#儲值 20.000"),
                ("ReturnURL", "https://shop.example/webhooks/ecpay/return"),
                ("ChoosePayment", "Credit"),
                ("EncryptType", "1"),
                ("NeedExtraPaidInfo", "Y"),
                ("Language", "ENG"),
            ]
        );
        let sent: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        assert!(testing::config(&[]).signer.verifies(&Fields::from_form(sent.as_bytes()).unwrap()));
    }

    #[test]
    fn the_chinese_page_is_the_one_without_a_language() {
        let form = form_of(&CheckoutRequest { language: "zh-TW".to_owned(), ..request() }).unwrap();
        assert_eq!(value(&form, "Language"), None);
        assert_eq!(value(&form, "ClientBackURL"), None);
        assert_eq!(value(&form, "OrderResultURL"), None);
    }

    #[test]
    fn the_way_back_is_sent_when_it_is_set() {
        let config = testing::config(&[("CLIENT_BACK_URL", "https://shop.example/orders")]);
        let form = form(&config, "https://shop.example/webhooks/ecpay/return", &request()).unwrap();
        assert_eq!(value(&form, "ClientBackURL"), Some("https://shop.example/orders"));
    }

    #[test]
    fn amounts_a_card_cannot_pay_are_refused() {
        let with = |amount| form_of(&CheckoutRequest { amount, ..request() });
        let twd = |minor| Money::from_minor(minor, Currency::Twd);
        let out_of_range = Err(CheckoutRefused::AmountOutOfRange { min: twd(500), max: twd(19_999_900) });
        for minor in [-500, 0, 400, 20_000_000] {
            assert_eq!(with(twd(minor)), out_of_range, "{minor}");
        }
        assert_eq!(value(&with(twd(500)).unwrap(), "TotalAmount"), Some("5"));
        assert_eq!(value(&with(twd(19_999_900)).unwrap(), "TotalAmount"), Some("199999"));
        assert_eq!(with(twd(1_050)), Err(CheckoutRefused::NotWhole(Currency::Twd)));
        let rupiah = Money::from_minor(20_000, Currency::Idr);
        assert_eq!(with(rupiah), Err(CheckoutRefused::NotWhole(Currency::Twd)));
    }

    #[test]
    fn other_methods_are_not_offered() {
        let atm = CheckoutRequest { method: "atm".to_owned(), ..request() };
        assert_eq!(form_of(&atm), Err(CheckoutRefused::UnknownMethod));
    }
}
