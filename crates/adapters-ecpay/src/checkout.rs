//! The order form the customer's browser posts to ECPay's page (ECPay AIO docs, `AioCheckOut/V5`). Pure: opens no
//! connection. Not here: what comes back.

use ports::gateway::{CheckoutForm, CheckoutRefused, CheckoutRequest};

use crate::config::Config;
use crate::map::{page_language, taipei_time};
use crate::method::{CODE_DAYS, CODE_MINUTES, How};
use crate::sign::CHECK_MAC_VALUE;
use crate::text::item_name;
use crate::urls::Urls;

/// `TradeDesc` is required and shown nowhere that matters; plain words pass the firewall.
const TRADE_DESC: &str = "Online order";

type Fields = Vec<(&'static str, String)>;

/// The signed form.
pub fn form(config: &Config, urls: &Urls, request: &CheckoutRequest) -> Result<CheckoutForm, CheckoutRefused> {
    let spec = config.methods.named(&request.method)?;
    let units = config.methods.units(spec, request.amount)?;
    let mut fields = vec![
        ("MerchantID", config.account.to_string()),
        ("MerchantTradeNo", request.reference.to_string()),
        ("MerchantTradeDate", taipei_time(request.now)),
        ("PaymentType", "aio".to_owned()),
        ("TotalAmount", units.to_string()),
        ("TradeDesc", TRADE_DESC.to_owned()),
        ("ItemName", item_name(&request.items)),
        ("ReturnURL", urls.returned()),
        ("ChoosePayment", spec.choose.to_owned()),
        ("EncryptType", "1".to_owned()),
        // Brings the payer's details into notices and replies: evidence in a dispute.
        ("NeedExtraPaidInfo", "Y".to_owned()),
    ];
    fields.extend(page_language(&request.language).map(|language| ("Language", language.to_owned())));
    fields.extend(of_method(spec.how, urls, request));
    if spec.how == How::Any {
        fields.push(("IgnorePayment", config.methods.ignored(units)));
    }
    let back = config.client_back_url.clone();
    let back = back.unwrap_or_else(|| urls.of_checkout(&request.reference, &request.language));
    fields.push(("ClientBackURL", back));
    let mac = config.signer.check_mac_value(fields.iter().map(|(name, value)| (*name, value.as_str())));
    fields.push((CHECK_MAC_VALUE, mac));
    Ok(CheckoutForm {
        action: format!("{}/Cashier/AioCheckOut/V5", config.base_url),
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    })
}

/// Where the result of the method goes, and how long its code lives. ECPay sends no browser back from what is paid elsewhere.
fn of_method(how: How, urls: &Urls, request: &CheckoutRequest) -> Fields {
    let result = || ("OrderResultURL", urls.result(&request.language));
    let issued = || ("PaymentInfoURL", urls.payment_info());
    let days = |name| (name, CODE_DAYS.to_string());
    match how {
        How::Page => vec![result()],
        How::Account => vec![issued(), days("ExpireDate")],
        How::StoreCode => vec![issued(), ("StoreExpireDate", CODE_MINUTES.to_string())],
        How::Barcodes => vec![issued(), days("StoreExpireDate")],
        // `StoreExpireDate` would be read as minutes by one and as days by the other.
        How::Any => vec![result(), issued(), days("ExpireDate")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use crate::wire::Fields;
    use adapters_kit::PublicUrls;
    use domain::{Currency, Money};

    fn request() -> CheckoutRequest {
        CheckoutRequest {
            reference: testing::reference(),
            amount: Money::from_minor(20_000, Currency::Twd),
            method: "credit".to_owned(),
            items: vec!["Telkomsel 10.000".to_owned(), "儲值 <20.000>".to_owned()],
            language: "id".to_owned(),
            now: chrono::DateTime::from_timestamp(1_795_190_400, 0).unwrap(), // 2026-11-20T16:00:00Z
        }
    }

    fn urls() -> Urls {
        let public = PublicUrls { base: "https://shop.example".to_owned(), setting: "PUBLIC_URL" };
        Urls::new(&public, testing::gateway()).unwrap()
    }

    fn form_of(request: &CheckoutRequest) -> Result<CheckoutForm, CheckoutRefused> {
        form(&testing::config(&[]), &urls(), request)
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
        assert_eq!(value(&form, "OrderResultURL"), Some("https://shop.example/pay/ecpay/return?lang=zh-TW"));
        let back = "https://shop.example/pay/ecpay/ABCDEFGHIJKLMNOPQR23?lang=zh-TW";
        assert_eq!(value(&form, "ClientBackURL"), Some(back), "our own page, where no other is set");
        let form = form_of(&CheckoutRequest { language: "<x>&".to_owned(), ..request() }).unwrap();
        assert_eq!(value(&form, "OrderResultURL"), Some("https://shop.example/pay/ecpay/return"));
    }

    #[test]
    fn each_method_has_its_own_fields_and_no_others() {
        const OWN: [&str; 5] = ["OrderResultURL", "PaymentInfoURL", "ExpireDate", "StoreExpireDate", "IgnorePayment"];
        let result = Some("https://shop.example/pay/ecpay/return?lang=id");
        let issued = Some("https://shop.example/webhooks/ecpay/payment-info");
        for (method, choose, own) in [
            ("credit", "Credit", [result, None, None, None, None]),
            ("webatm", "WebATM", [result, None, None, None, None]),
            ("applepay", "ApplePay", [result, None, None, None, None]),
            ("twqr", "TWQR", [result, None, None, None, None]),
            ("atm", "ATM", [None, issued, Some("1"), None, None]),
            ("cvs", "CVS", [None, issued, None, Some("1440"), None]),
            ("barcode", "BARCODE", [None, issued, None, Some("1"), None]),
            ("all", "ALL", [result, issued, Some("1"), None, Some("WeiXin#BNPL")]),
        ] {
            let form = form_of(&CheckoutRequest { method: method.to_owned(), ..request() }).unwrap();
            assert_eq!(value(&form, "ChoosePayment"), Some(choose));
            assert_eq!(OWN.map(|name| value(&form, name)), own, "{method}");
            let urls: Vec<_> = form.fields.iter().filter(|(name, _)| name.ends_with("URL")).map(|(_, v)| v).collect();
            let endpoints: std::collections::BTreeSet<_> = urls.iter().map(|url| url.split('?').next()).collect();
            assert_eq!(endpoints.len(), urls.len(), "{method}: ECPay wants different endpoints");
        }
    }

    #[test]
    fn the_way_back_is_sent_when_it_is_set() {
        let config = testing::config(&[("CLIENT_BACK_URL", "https://shop.example/orders")]);
        let form = form(&config, &urls(), &request()).unwrap();
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
        let cards_only = testing::config(&[("METHODS", "credit")]);
        assert_eq!(form(&cards_only, &urls(), &atm), Err(CheckoutRefused::UnknownMethod));
        let unheard = CheckoutRequest { method: "ATM".to_owned(), ..request() };
        assert_eq!(form_of(&unheard), Err(CheckoutRefused::UnknownMethod));
    }
}
