//! What a customer sees. Nothing of a supplier is here.

use chrono::{DateTime, Utc};
use domain::fulfilment::{Item, ItemState, SerialParts};
use domain::payment::{Payment, PaymentState};
use domain::pricing::Terms;
use domain::schedule::{CHECKOUT_LIFE, PAYMENT_WINDOW};
use domain::{Order, OrderId, Reference};
use engine::{Priced, QuoteItem, Tag};
use ports::gateway::{CheckoutForm, Method};
use ports::store::OrderSummary;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MoneyDto;
use super::bills::BillView;
use super::goods::GoodsView;
use super::instructions::{InstructionsView, to_pay};

/// A product and its price bought alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductView {
    pub id: String,
    pub category: &'static str,
    pub brand: String,
    pub name: String,
    /// Nothing for a bill: ask what is owed.
    pub price: Option<MoneyDto>,
    /// Of a bill: the least that is paid beyond what is owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<MoneyDto>,
}

impl From<Priced> for ProductView {
    fn from(priced: Priced) -> Self {
        let Priced { product, tag } = priced;
        let (price, fee) = match tag {
            Tag::Price(price) => (Some(price.into()), None),
            Tag::Fee(fee) => (None, Some(fee.into())),
        };
        Self {
            id: product.id.into(),
            category: product.category.as_str(),
            brand: product.brand,
            name: product.name,
            price,
            fee,
        }
    }
}

/// What it would cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteView {
    /// Send it as `expected_total` with the order.
    pub total: MoneyDto,
    pub discount: MoneyDto,
    /// Each item's share of the total, in the order asked.
    pub items: Vec<QuoteLine>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteLine {
    pub product: String,
    pub amount: MoneyDto,
}

impl QuoteView {
    pub fn new(items: &[QuoteItem], terms: &Terms) -> Self {
        let lines = items.iter().map(|item| &item.product).zip(&terms.lines);
        Self {
            total: terms.total.into(),
            discount: terms.discount.into(),
            items: lines
                .map(|(product, line)| QuoteLine { product: product.to_string(), amount: line.charged.into() })
                .collect(),
        }
    }
}

/// The answer to every act on an order. It is kept for repeated requests, so it holds nothing personal.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderBrief {
    #[schema(value_type = String, format = Uuid)]
    pub id: OrderId,
    pub version: i32,
    pub status: &'static str,
    pub created_at: DateTime<Utc>,
    pub total: MoneyDto,
    pub payments: Vec<PaymentView>,
}

impl From<&Order> for OrderBrief {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id,
            version: order.version,
            status: order.status().as_str(),
            created_at: order.created_at,
            total: order.terms.total.into(),
            payments: payments(order),
        }
    }
}

/// A line in a list of orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLine {
    #[schema(value_type = String, format = Uuid)]
    pub id: OrderId,
    pub status: &'static str,
    pub created_at: DateTime<Utc>,
    pub total: MoneyDto,
    /// How many items it has.
    pub items: u16,
    /// Whose it is; only staff see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
}

impl From<OrderSummary> for OrderLine {
    fn from(summary: OrderSummary) -> Self {
        Self {
            id: summary.id,
            status: summary.status.as_str(),
            created_at: summary.created_at,
            total: summary.total.into(),
            items: summary.items,
            customer: None,
        }
    }
}

/// A customer's own order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    #[schema(value_type = String, format = Uuid)]
    pub id: OrderId,
    /// One more with every change; also the ETag.
    pub version: i32,
    pub status: &'static str,
    pub created_at: DateTime<Utc>,
    pub total: MoneyDto,
    pub discount: MoneyDto,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promo_code: Option<String>,
    pub payments: Vec<PaymentView>,
    /// What was issued to pay into, while the payment waits for it.
    pub instructions: Vec<InstructionsView>,
    pub items: Vec<ItemView>,
    pub refunds: Vec<RefundView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentView {
    pub no: u16,
    pub state: &'static str,
    pub amount: MoneyDto,
    /// A page to pay on can be opened before then. Absent once no page can be opened any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_before: Option<DateTime<Utc>>,
    /// The page opened last can be paid until then. Absent without such a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_open_until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct ItemView {
    pub no: u16,
    pub product: String,
    pub name: String,
    /// Where the goods go, in full: it is the customer's own.
    pub target: String,
    /// Of a bill: what is paid, as it was told. With the `serial`, the biller's receipt number, it is the receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<BillView>,
    pub state: &'static str,
    /// This item's share of the total.
    pub amount: MoneyDto,
    /// Token, voucher code or serial number, once delivered, as the supplier wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// What to type in, where the serial has a known shape. Absent: show the serial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods: Option<GoodsView>,
    /// Delivered; the serial is still to come.
    pub serial_pending: bool,
    /// Why it failed, in a stable word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl std::fmt::Debug for ItemView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ItemView").field("no", &self.no).field("state", &self.state).finish_non_exhaustive()
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RefundView {
    pub no: u16,
    /// The item it is for; absent: the whole payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<u16>,
    pub amount: MoneyDto,
    pub state: &'static str,
    pub reason: &'static str,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id,
            version: order.version,
            status: order.status().as_str(),
            created_at: order.created_at,
            total: order.terms.total.into(),
            discount: order.terms.discount.into(),
            promo_code: order.terms.promo.as_ref().map(|promo| promo.code.clone()),
            payments: payments(order),
            instructions: to_pay(order),
            items: order.items.iter().map(|item| item_view(order, item)).collect(),
            refunds: order
                .refunds
                .iter()
                .map(|refund| RefundView {
                    no: refund.no.0,
                    item: refund.item.map(|item| item.0),
                    amount: refund.amount.into(),
                    state: refund.state.as_str(),
                    reason: refund.reason.as_str(),
                })
                .collect(),
        }
    }
}

fn payments(order: &Order) -> Vec<PaymentView> {
    order.payments.iter().map(|payment| payment_view(order, payment)).collect()
}

/// When a payment expires is ours to know: it waits for the bank's word on what was paid at the last moment.
fn payment_view(order: &Order, payment: &Payment) -> PaymentView {
    let pending = payment.state == PaymentState::Pending;
    let pages = order.checkouts.iter().filter(|c| c.payment == payment.no);
    let opened_last = pages.map(|page| page.opened_at).max();
    PaymentView {
        no: payment.no.0,
        state: payment.state.as_str(),
        amount: payment.amount.into(),
        open_before: pending.then_some(order.created_at + PAYMENT_WINDOW),
        page_open_until: opened_last.filter(|_| pending).map(|opened_at| opened_at + CHECKOUT_LIFE),
        paid_at: payment.paid_at,
    }
}

fn item_view(order: &Order, item: &Item) -> ItemView {
    let delivered = item.state == ItemState::Delivered;
    let attempt = order.live_attempt(item).filter(|_| delivered);
    let serial = attempt.and_then(|a| a.artifacts.serial.as_ref()).map(|serial| serial.expose().to_owned());
    ItemView {
        no: item.no.0,
        product: item.product.to_string(),
        name: item.name.clone(),
        target: item.target.expose().to_owned(),
        bill: item.bill.as_deref().map(Into::into),
        state: item.state.as_str(),
        amount: item.charged.into(),
        goods: serial.as_deref().and_then(|serial| SerialParts::read(item.category, serial)).map(Into::into),
        serial,
        serial_pending: item.serial_pending,
        failure: item.failure.clone(),
    }
}

/// A form to send from the customer's browser, as it is.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckoutView {
    pub reference: String,
    /// Where to POST the fields as `application/x-www-form-urlencoded`.
    pub action: String,
    pub fields: Vec<FormField>,
    /// After this, open a new checkout.
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FormField {
    pub name: String,
    pub value: String,
}

impl CheckoutView {
    pub fn new(order: &Order, reference: &Reference, form: &CheckoutForm) -> Self {
        let opened_at = order.checkout(reference).map_or(order.created_at, |checkout| checkout.opened_at);
        Self {
            reference: reference.to_string(),
            action: form.action.clone(),
            fields: form
                .fields
                .iter()
                .map(|(name, value)| FormField { name: name.clone(), value: value.clone() })
                .collect(),
            expires_at: opened_at + CHECKOUT_LIFE,
        }
    }
}

/// A way to pay this order's amount.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentMethod {
    pub gateway: String,
    pub method: String,
    /// It issues something to pay into elsewhere, which can be paid for about so many hours. Absent: it is paid on the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_hours: Option<i64>,
}

impl From<(domain::GatewayId, Method)> for PaymentMethod {
    fn from((gateway, method): (domain::GatewayId, Method)) -> Self {
        let code_hours = method.code_life.map(|life| life.num_hours());
        Self { gateway: gateway.into(), method: method.name, code_hours }
    }
}
