//! Customers who order two things each: what they send, and to whom. Every order has a customer of its own, as nearly every
//! one has in a shop: what a customer ordered lately is looked at before they order again. Not here: how many order at once, and
//! how long.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use demo::api::{Api, Wanted};
use demo::view::{Checkout, Money, OrderLine, Product};
use sandbox::EcpayMerchant;
use serde_json::json;
use url::form_urlencoded;

use crate::error::BenchError;
use crate::line::{Answer, Ask, Line};
use crate::token::Signer;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// Before it comes another number's first digits: no two items have one target.
const NUMBERS: u64 = 100_000_000;

/// A shop that is open.
pub struct Shop {
    signer: Signer,
    baskets: Vec<Basket>,
    /// Orders begun.
    begun: AtomicU64,
}

/// What is bought here, so that a longer price list makes no other load.
const AIRTIME: [&str; 6] = [
    "airtime-telkomsel-10000",
    "airtime-telkomsel-100000",
    "airtime-telkomsel-20000",
    "airtime-telkomsel-25000",
    "airtime-telkomsel-5000",
    "airtime-telkomsel-50000",
];

/// Two products that are bought together.
struct Basket {
    products: [String; 2],
    total: Money,
}

/// A promo code, and what it takes off in minor units.
pub type Promo<'a> = (&'a str, i64);

/// An order that was placed. Not `Debug`: it holds a token.
#[derive(Clone)]
pub struct Placed {
    /// Its number of all.
    pub n: u64,
    /// Its id.
    pub id: String,
    /// Of its customer.
    pub token: String,
}

impl Shop {
    /// Asks what will be paid.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open(api: &Api, products: &[Product]) -> Result<Self, BenchError> {
        let signer = Signer::new()?;
        let anybody = signer.customer(0)?;
        let airtime: Vec<&Product> = products.iter().filter(|product| AIRTIME.contains(&product.id.as_str())).collect();
        let mut baskets = Vec::new();
        for pair in airtime.windows(2) {
            let [one, other] = pair else { continue };
            let wanted = |product: &Product| Wanted::new(product.id.clone(), String::new());
            let quote = api.quote(&anybody, &[wanted(one), wanted(other)], None).await?;
            baskets.push(Basket { products: [one.id.clone(), other.id.clone()], total: quote.total });
        }
        if baskets.is_empty() {
            return Err(BenchError::Expected("there are no two kinds of airtime for sale".to_owned()));
        }
        Ok(Self { signer, baskets, begun: AtomicU64::new(0) })
    }

    /// Orders begun so far.
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Everything that is bought here, by id, which is the order of the catalogue: what is bought together stands together.
    pub fn products(&self) -> BTreeSet<&str> {
        self.baskets.iter().flat_map(|basket| &basket.products).map(String::as_str).collect()
    }

    /// Places the next order.
    ///
    /// # Errors
    /// When it is not answered 201.
    pub async fn place(&self, line: &mut Line, promo: Option<Promo<'_>>) -> Result<Placed, BenchError> {
        let n = self.begun.fetch_add(1, Ordering::Relaxed);
        let body = self.order(n, promo);
        let (key, token) = (format!("place-{n}"), self.signer.customer(n)?);
        let ask = Ask { body: body.as_bytes(), content_type: JSON, path: "/v1/orders", token: &token, key: &key };
        let placed: OrderLine = line.send(&ask).await?.must_be(201, "an order")?.json("an order")?;
        Ok(Placed { n, id: placed.id, token })
    }

    fn order(&self, n: u64, promo: Option<Promo<'_>>) -> String {
        let place = usize::try_from(n).unwrap_or(0).checked_rem(self.baskets.len());
        let Some(basket) = place.and_then(|place| self.baskets.get(place)) else { return String::new() };
        let [one, other] = &basket.products;
        let target = |item: u64| format!("0812{:08}", (n * 2 + item) % NUMBERS);
        let total = Money { minor: basket.total.minor - promo.map_or(0, |(_, off)| off), ..basket.total.clone() };
        json!({
            "items": [{ "product": one, "target": target(0) }, { "product": other, "target": target(1) }],
            "expected_total": total.to_json(),
            "promo_code": promo.map(|(code, _)| code),
        })
        .to_string()
    }

    /// Opens the gateway's page for an order.
    ///
    /// # Errors
    /// When it is not answered 201.
    pub async fn checkout(&self, line: &mut Line, order: &Placed) -> Result<Checkout, BenchError> {
        let (path, key) = (format!("/v1/orders/{}/checkouts", order.id), format!("pay-{}", order.n));
        let body = br#"{"method":"credit"}"#;
        let ask = Ask { body, content_type: JSON, path: &path, token: &order.token, key: &key };
        line.send(&ask).await?.must_be(201, "a checkout")?.json("a checkout")
    }
}

/// Sends the form to the gateway, as the customer's browser does, and pays there.
///
/// # Errors
/// When the gateway takes one of them not.
pub async fn pay(gateway: &mut Line, checkout: &Checkout) -> Result<(), BenchError> {
    press(gateway, checkout, "action=pay").await.map(drop)
}

/// Pays, and returns the signed notice that the gateway then does not send: its page has the browser carry the same fields.
///
/// # Errors
/// When the gateway takes it not, or has nothing for the browser to carry.
pub async fn pay_silently(gateway: &mut Line, checkout: &Checkout) -> Result<String, BenchError> {
    let page = press(gateway, checkout, "action=pay_silent").await?;
    let page = String::from_utf8_lossy(&page.body);
    let carried = carried(&page);
    if carried.is_empty() {
        return Err(BenchError::Expected("the gateway's page has nothing for the browser to carry".to_owned()));
    }
    Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(carried).finish())
}

async fn press(gateway: &mut Line, checkout: &Checkout, button: &str) -> Result<Answer, BenchError> {
    let fields = checkout.fields.iter().map(|field| (field.name.as_str(), field.value.as_str()));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let ask = Ask { body: form.as_bytes(), content_type: FORM, path: path_of(&checkout.action), ..Ask::default() };
    let page = gateway.send(&ask).await?.must_be(302, "the checkout's form")?.location;
    let ask = Ask { body: button.as_bytes(), content_type: FORM, path: path_of(&page), ..Ask::default() };
    gateway.send(&ask).await?.must_be(200, "a payment")
}

/// The hidden fields of a page's form.
fn carried(page: &str) -> Vec<(&str, String)> {
    let mut all = Vec::new();
    for field in page.split("<input type=hidden name=\"").skip(1) {
        let Some((name, rest)) = field.split_once("\" value=\"") else { continue };
        let Some((value, _)) = rest.split_once("\">") else { continue };
        all.push((name, plain(value)));
    }
    all
}

/// Text as it was before it went into a page.
fn plain(text: &str) -> String {
    let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    names.iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}

/// The notice of its payment, as the gateway would send it, signed.
pub fn notice(checkout: &Checkout) -> String {
    let field = |name: &str| {
        let found = checkout.fields.iter().find(|field| field.name == name);
        found.map_or_else(String::new, |field| field.value.clone())
    };
    let said = [
        ("MerchantID", field("MerchantID")),
        ("MerchantTradeNo", field("MerchantTradeNo")),
        ("StoreID", String::new()),
        ("RtnCode", "1".to_owned()),
        ("RtnMsg", "交易成功".to_owned()),
        ("TradeNo", format!("26{}", checkout.reference.get(2..).unwrap_or_default())),
        ("TradeAmt", field("TotalAmount")),
        ("PaymentDate", field("MerchantTradeDate")),
        ("PaymentType", "Credit_CreditCard".to_owned()),
        ("PaymentTypeChargeFee", "5".to_owned()),
        ("TradeDate", field("MerchantTradeDate")),
        ("SimulatePaid", "0".to_owned()),
        ("CustomField1", field("CustomField1")),
        ("CustomField2", field("CustomField2")),
        ("CustomField3", field("CustomField3")),
        ("CustomField4", field("CustomField4")),
    ];
    let form = said.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let signed = sandbox::signed_by_ecpay(form, &EcpayMerchant::public_test());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(signed).finish()
}

/// Sends one; it is taken when it is stored.
///
/// # Errors
/// When it is not acknowledged.
pub async fn send_notice(line: &mut Line, notice: &str) -> Result<(), BenchError> {
    let ask = Ask { body: notice.as_bytes(), content_type: FORM, path: "/webhooks/ecpay/return", ..Ask::default() };
    let answer = line.send(&ask).await?.must_be(200, "a notice")?;
    if answer.body == b"1|OK" { Ok(()) } else { answer.must_be(0, "a notice").map(drop) }
}

/// `/pay/A?b` of `http://host:port/pay/A?b`, and of itself.
fn path_of(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else { return url };
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_follows_the_host() {
        assert_eq!(path_of("http://127.0.0.1:1/ecpay/pay/A?merchant=1"), "/ecpay/pay/A?merchant=1");
        assert_eq!((path_of("/pay/A"), path_of("http://host")), ("/pay/A", "/"));
    }

    #[test]
    fn what_a_browser_carries_is_read_from_the_page() {
        let page = "<form><input type=hidden name=\"A\" value=\"1&amp;lt; &lt;2&#39;\"><input type=hidden name=\"B\" value=\"\">\
                    <button name=action value=pay>";
        assert_eq!(carried(page), [("A", "1&lt; <2'".to_owned()), ("B", String::new())]);
        assert!(carried("<p>nothing").is_empty());
    }

    #[test]
    fn no_two_orders_have_one_target_and_a_promo_lowers_the_total() {
        let basket = |minor| Basket {
            products: ["a".to_owned(), "b".to_owned()],
            total: Money { minor, currency: "TWD".to_owned() },
        };
        let shop = Shop {
            signer: Signer::new().unwrap(),
            baskets: vec![basket(10_000), basket(20_000)],
            begun: AtomicU64::new(0),
        };
        assert_eq!(shop.products(), BTreeSet::from(["a", "b"]));
        let order = |n, promo| serde_json::from_str::<serde_json::Value>(&shop.order(n, promo)).unwrap();
        let (one, other) = (order(0, None), order(1, Some(("HEMAT", 1_000))));
        assert_eq!(one["expected_total"]["amount"], "100.00");
        assert_eq!(other["expected_total"]["amount"], "190.00");
        assert_eq!(other["promo_code"], "HEMAT");
        let targets = [&one["items"][0], &one["items"][1], &other["items"][0]].map(|item| item["target"].to_string());
        assert_eq!(targets, [r#""081200000000""#, r#""081200000001""#, r#""081200000002""#]);
    }
}
