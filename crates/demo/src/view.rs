//! What our API answers, as far as the driver and the oracle read it. Fields they do not read are left out.

use serde::Deserialize;

/// Money as it comes: `{"amount":"1234.00","currency":"TWD"}`, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WireMoney")]
pub struct Money {
    /// In the currency's smallest unit.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
}

impl Money {
    /// As it is sent.
    pub fn to_json(&self) -> serde_json::Value {
        let places = if self.currency == "JPY" { 0 } else { 2 };
        let scale = 10_i64.pow(places);
        let (whole, rest) = (self.minor / scale, self.minor % scale);
        let amount = if places == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") };
        serde_json::json!({ "amount": amount, "currency": self.currency })
    }
}

#[derive(Deserialize)]
struct WireMoney {
    amount: String,
    currency: String,
}

impl TryFrom<WireMoney> for Money {
    type Error = String;
    /// Amounts come with all their places, so without the point they are minor units.
    fn try_from(wire: WireMoney) -> Result<Self, String> {
        let minor = wire.amount.replace('.', "").parse();
        let minor = minor.map_err(|error| format!("{} is no amount: {error}", wire.amount))?;
        Ok(Self { minor, currency: wire.currency })
    }
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    /// The lines.
    pub items: Vec<T>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// Something for sale.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: String,
    /// `airtime`, `data`, `pln_token`, `e_money`, `game`, `voucher`; bills: `pln_bill`, `bpjs`, `pdam`, `internet`.
    pub category: String,
    /// Operator, game or biller.
    pub brand: String,
    /// For people.
    pub name: String,
    /// Bought alone. Nothing for a bill: what is owed is asked for first.
    pub price: Option<Money>,
}

impl Product {
    /// What is owed is asked for before it is ordered.
    pub fn is_bill(&self) -> bool {
        ["pln_bill", "bpjs", "pdam", "internet"].contains(&self.category.as_str())
    }
}

/// What an order would cost.
#[derive(Debug, Deserialize)]
pub struct Quote {
    /// To be sent as `expected_total`.
    pub total: Money,
}

/// What was told of a bill.
#[derive(Debug, Clone, Deserialize)]
pub struct Asked {
    /// `found`, or why there is nothing to pay.
    pub result: String,
    /// To be ordered with, when it was found.
    pub inquiry: Option<String>,
}

/// One supplier's offer of a product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Seller {
    /// The supplier's id.
    pub supplier: String,
    /// What leaves our deposit; of a bill, its fee.
    pub cost: Money,
    /// On the supplier's list, and in stock.
    pub listed: bool,
}

/// The answer to an act on an order, and a line of a list of orders.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderLine {
    /// The order.
    pub id: String,
    /// Its status.
    pub status: String,
    /// What its customer pays.
    pub total: Money,
}

/// A way to pay an order.
#[derive(Debug, Clone, Deserialize)]
pub struct PaymentMethod {
    /// As it is asked for.
    pub method: String,
}

/// The form for the customer's browser.
#[derive(Debug, Clone, Deserialize)]
pub struct Checkout {
    /// Ours.
    pub reference: String,
    /// Where to post the fields.
    pub action: String,
    /// In order.
    pub fields: Vec<FormField>,
}

/// One hidden input.
#[derive(Debug, Clone, Deserialize)]
pub struct FormField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A customer's own order.
#[derive(Debug, Clone, Deserialize)]
pub struct OwnOrder {
    /// One more with every change.
    pub version: i32,
    /// The order in one word.
    pub status: String,
    /// What was bought.
    pub items: Vec<OwnItem>,
}

/// An item as its buyer sees it.
#[derive(Debug, Clone, Deserialize)]
pub struct OwnItem {
    /// Its place.
    pub no: u16,
    /// In full.
    pub target: String,
    /// Where it stands.
    pub state: String,
    /// Token, voucher code or serial.
    pub serial: Option<String>,
}

/// Everything staff can see of an order.
#[derive(Debug, Clone, Deserialize)]
pub struct Story {
    /// The order.
    pub order: StaffOrder,
    /// One entry per version.
    pub timeline: Vec<Change>,
}

/// An order as staff see it.
#[derive(Debug, Clone, Deserialize)]
pub struct StaffOrder {
    /// One more with every change.
    pub version: i32,
    /// The order in one word.
    pub status: String,
    /// Openings of the gateway's page.
    pub checkouts: Vec<StaffCheckout>,
    /// What was ordered.
    pub items: Vec<StaffItem>,
    /// Tries to buy.
    pub attempts: Vec<Attempt>,
    /// Money that goes back.
    pub refunds: Vec<Refund>,
}

/// One opening of the gateway's page.
#[derive(Debug, Clone, Deserialize)]
pub struct StaffCheckout {
    /// Ours.
    pub reference: String,
    /// The payment it is for.
    pub payment: u16,
    /// The gateway's number once money came.
    pub transaction: Option<String>,
    /// What came.
    pub received: Option<Money>,
}

/// One line of an order.
#[derive(Debug, Clone, Deserialize)]
pub struct StaffItem {
    /// Its place.
    pub no: u16,
    /// The product's id.
    pub product: String,
    /// The dearest offer that loses nothing.
    pub max_cost: Money,
    /// Why its customer has nothing of it.
    pub failure: Option<String>,
    /// Where it stands.
    pub state: String,
    /// The attempt that decides it.
    pub live_attempt: Option<u16>,
    /// Delivered; the serial is still to come.
    pub serial_pending: bool,
}

/// One try to buy.
#[derive(Debug, Clone, Deserialize)]
pub struct Attempt {
    /// Its place.
    pub no: u16,
    /// For which item.
    pub item: u16,
    /// The supplier's id.
    pub supplier: String,
    /// Ours.
    pub reference: String,
    /// The supplier's code.
    pub code: String,
    /// Where it stands.
    pub state: String,
}

/// Money that goes back.
#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    /// Where it stands.
    pub state: String,
    /// How much.
    pub amount: Money,
}

/// One version.
#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    /// Its number.
    pub version: i32,
    /// What it changed.
    pub changes: Vec<StateChange>,
    /// What it booked.
    pub ledger: Vec<LedgerLine>,
}

/// One thing that changed.
#[derive(Debug, Clone, Deserialize)]
pub struct StateChange {
    /// Into this state.
    pub to: String,
}

/// One line of the books: debits positive, credits negative.
#[derive(Debug, Clone, Deserialize)]
pub struct LedgerLine {
    /// The kind of booking.
    pub template: String,
    /// The reference, item or refund it is about.
    pub subject: String,
    /// The account.
    pub account: String,
    /// With its sign.
    pub amount: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_and_written_without_loss() {
        for (text, minor) in [("1234.00", 123_400), ("0.05", 5), ("-0.01", -1), ("12.30", 1_230)] {
            let json = serde_json::json!({ "amount": text, "currency": "TWD" });
            let money: Money = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(money.minor, minor);
            if minor > 0 {
                assert_eq!(money.to_json(), json);
            }
        }
        assert!(serde_json::from_str::<Money>(r#"{"amount":"x","currency":"TWD"}"#).is_err());
    }
}
