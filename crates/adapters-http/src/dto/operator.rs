//! An order as staff see it: every state, cost and word of a supplier; targets and serials masked.

use chrono::{DateTime, Utc};
use domain::fulfilment::{Attempt, Item};
use domain::payment::{Checkout, Payment};
use domain::pricing::Terms;
use domain::refund::Refund;
use domain::{Order, OrderId};
use ports::store::StoredAlert;
use serde::Serialize;
use utoipa::ToSchema;

use super::MoneyDto;
use super::bills::OperatorBill;
use super::instructions::{InstructionsView, masked};
use super::prices::{FxView, MarginView};

#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorOrder {
    #[schema(value_type = String, format = Uuid)]
    pub id: OrderId,
    pub version: i32,
    pub customer: String,
    pub status: &'static str,
    pub created_at: DateTime<Utc>,
    pub terms: TermsView,
    /// A use of the promo is counted for this order.
    pub promo_held: bool,
    pub payments: Vec<OperatorPayment>,
    pub checkouts: Vec<OperatorCheckout>,
    pub items: Vec<OperatorItem>,
    /// Every try to buy, with the reason of its routing.
    pub attempts: Vec<AttemptView>,
    pub refunds: Vec<OperatorRefund>,
}

/// What the price was made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermsView {
    pub fx: FxView,
    pub buffer_percent: String,
    pub margin: MarginView,
    pub promo_code: Option<String>,
    pub discount: MoneyDto,
    pub total: MoneyDto,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorPayment {
    pub no: u16,
    pub purpose: &'static str,
    pub state: &'static str,
    pub amount: MoneyDto,
    pub received: MoneyDto,
    /// Owed back, under way or paid back.
    pub promised: MoneyDto,
    pub review: Option<&'static str>,
    /// The first of two people's decision.
    pub proposed: Option<ProposalView>,
    /// Past it, and when every page was asked about and is unpaid, the payment expires: the last page's end and the bank's
    /// lag.
    pub deadline: DateTime<Utc>,
    pub paid_by: Option<String>,
    pub paid_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalView {
    pub resolution: &'static str,
    pub by: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorCheckout {
    pub reference: String,
    pub payment: u16,
    pub gateway: String,
    pub account: String,
    pub method: String,
    pub state: &'static str,
    pub opened_at: DateTime<Utc>,
    /// By then the gateway knows of any payment that could be made.
    pub known_by: DateTime<Utc>,
    /// Masked.
    pub instructions: Option<InstructionsView>,
    pub transaction: Option<String>,
    pub received: Option<MoneyDto>,
    /// What the bank took back of it and nobody has decided about.
    pub disputed: Option<MoneyDto>,
    /// A test button was pressed on its page: what a query says of it is not believed.
    pub simulated: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorItem {
    pub no: u16,
    pub product: String,
    pub name: String,
    /// Masked.
    pub target: String,
    /// Of a bill: what the customer saw to be owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<OperatorBill>,
    pub state: &'static str,
    pub live_attempt: Option<u16>,
    pub serial_pending: bool,
    pub cost: MoneyDto,
    /// The dearest offer that loses nothing.
    pub max_cost: MoneyDto,
    pub charged: MoneyDto,
    pub discount: MoneyDto,
    pub failure: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    pub no: u16,
    pub item: u16,
    pub supplier: String,
    pub account: String,
    pub reference: String,
    /// The supplier's own code of the product.
    pub code: String,
    pub cost: MoneyDto,
    pub state: &'static str,
    pub cause: Option<&'static str>,
    /// The supplier's last word.
    pub word: Option<String>,
    /// Why this offer and not the others.
    pub reason: String,
    pub reserved_at: DateTime<Utc>,
    /// Status questions asked so far.
    pub polls: u16,
    pub not_found: u16,
    /// Masked.
    pub serial: Option<String>,
    pub supplier_reference: Option<String>,
    /// What the supplier says it took.
    pub price: Option<MoneyDto>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorRefund {
    pub no: u16,
    pub payment: u16,
    /// The checkout whose money goes back.
    pub checkout: String,
    pub item: Option<u16>,
    pub amount: MoneyDto,
    pub reason: &'static str,
    pub state: &'static str,
    pub requested_at: DateTime<Utc>,
    pub confirmed_by: Option<String>,
    pub evidence: Option<String>,
}

/// What a person must hear of.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    pub id: i64,
    pub kind: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    pub order: Option<OrderId>,
    pub subject: String,
    pub detail: String,
    pub raised_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub times: i32,
    pub closed_by: Option<String>,
}

impl From<&Order> for OperatorOrder {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id,
            version: order.version,
            customer: order.customer.to_string(),
            status: order.status().as_str(),
            created_at: order.created_at,
            terms: (&order.terms).into(),
            promo_held: order.promo_held,
            payments: order.payments.iter().map(Into::into).collect(),
            checkouts: order.checkouts.iter().map(Into::into).collect(),
            items: order.items.iter().map(Into::into).collect(),
            attempts: order.attempts.iter().map(Into::into).collect(),
            refunds: order.refunds.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Terms> for TermsView {
    fn from(terms: &Terms) -> Self {
        Self {
            fx: (&terms.fx).into(),
            buffer_percent: terms.buffer_percent.to_string(),
            margin: (&terms.margin).into(),
            promo_code: terms.promo.as_ref().map(|promo| promo.code.clone()),
            discount: terms.discount.into(),
            total: terms.total.into(),
        }
    }
}

impl From<&Payment> for OperatorPayment {
    fn from(payment: &Payment) -> Self {
        Self {
            no: payment.no.0,
            purpose: payment.purpose.as_str(),
            state: payment.state.as_str(),
            amount: payment.amount.into(),
            received: payment.received.into(),
            promised: payment.promised.into(),
            review: payment.review.map(domain::payment::ReviewReason::as_str),
            proposed: payment
                .proposed
                .as_ref()
                .map(|first| ProposalView { resolution: first.resolution.as_str(), by: first.by.clone() }),
            deadline: payment.deadline,
            paid_by: payment.paid_by.as_ref().map(ToString::to_string),
            paid_at: payment.paid_at,
        }
    }
}

impl From<&Checkout> for OperatorCheckout {
    fn from(checkout: &Checkout) -> Self {
        Self {
            reference: checkout.reference.to_string(),
            payment: checkout.payment.0,
            gateway: checkout.gateway.to_string(),
            account: checkout.account.to_string(),
            method: checkout.method.clone(),
            state: checkout.state.as_str(),
            opened_at: checkout.opened_at,
            known_by: checkout.known_by,
            instructions: masked(checkout),
            transaction: checkout.transaction.clone(),
            received: checkout.received.map(Into::into),
            disputed: checkout.disputed.map(Into::into),
            simulated: checkout.simulated,
        }
    }
}

impl From<&Item> for OperatorItem {
    fn from(item: &Item) -> Self {
        Self {
            no: item.no.0,
            product: item.product.to_string(),
            name: item.name.clone(),
            target: item.target.masked(),
            bill: item.bill.as_deref().map(Into::into),
            state: item.state.as_str(),
            live_attempt: item.live_attempt.map(|no| no.0),
            serial_pending: item.serial_pending,
            cost: item.cost.into(),
            max_cost: item.max_cost.into(),
            charged: item.charged.into(),
            discount: item.discount.into(),
            failure: item.failure.clone(),
        }
    }
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        Self {
            no: attempt.no.0,
            item: attempt.item.0,
            supplier: attempt.supplier.to_string(),
            account: attempt.account.to_string(),
            reference: attempt.reference.to_string(),
            code: attempt.code.clone(),
            cost: attempt.cost.into(),
            state: attempt.state.as_str(),
            cause: attempt.cause.map(domain::fulfilment::Cause::as_str),
            word: attempt.word.clone(),
            reason: attempt.reason.clone(),
            reserved_at: attempt.reserved_at,
            polls: attempt.polls,
            not_found: attempt.not_found,
            serial: attempt.artifacts.serial.as_ref().map(domain::Private::masked),
            supplier_reference: attempt.artifacts.supplier_ref.clone(),
            price: attempt.artifacts.price.map(Into::into),
        }
    }
}

impl From<&Refund> for OperatorRefund {
    fn from(refund: &Refund) -> Self {
        Self {
            no: refund.no.0,
            payment: refund.payment.0,
            checkout: refund.checkout.to_string(),
            item: refund.item.map(|no| no.0),
            amount: refund.amount.into(),
            reason: refund.reason.as_str(),
            state: refund.state.as_str(),
            requested_at: refund.requested_at,
            confirmed_by: refund.confirmed_by.clone(),
            evidence: refund.evidence.clone(),
        }
    }
}

impl From<StoredAlert> for AlertView {
    fn from(alert: StoredAlert) -> Self {
        Self {
            id: alert.id,
            kind: alert.kind,
            order: alert.order,
            subject: alert.subject,
            detail: alert.detail,
            raised_at: alert.raised_at,
            last_at: alert.last_at,
            times: alert.times,
            closed_by: alert.closed_by,
        }
    }
}
