//! Payment gateways.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::payment::PaidReport;
use domain::{Account, GatewayId, Instructions, Moment, Money, Reference};

use crate::exchange::Exchange;
use crate::notice::{NoticeOutcome, NoticeRecord, NoticeRejected, NoticeReply, RawNotice};

/// The longest that one question may take, connecting included. No gateway documents a time; ECPay's own servers give us ten
/// seconds.
pub const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// What the customer's browser must send to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutForm {
    /// Where to POST as `application/x-www-form-urlencoded`.
    pub action: String,
    /// In the order in which they must be sent, signature included.
    pub fields: Vec<(String, String)>,
}

/// What a checkout is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutRequest {
    pub reference: Reference,
    /// What is charged, in a unit the gateway takes.
    pub amount: Money,
    /// Our name of it, one that [`Gateway::methods`] offers for the amount.
    pub method: String,
    /// Names of the goods, for the gateway's page.
    pub items: Vec<String>,
    /// `id`, `zh-TW` or `en`.
    pub language: String,
    /// For the date on the form.
    pub now: Moment,
}

/// Why a form cannot be made. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckoutRefused {
    /// Not one of [`Gateway::methods`], for any amount.
    #[error("the method is not offered by this gateway")]
    UnknownMethod,
    /// Below or above what the method takes.
    #[error("this method takes {min} to {max}")]
    AmountOutOfRange { min: Money, max: Money },
    /// The amount has a fraction that the gateway cannot charge.
    #[error("this gateway charges whole {0} only")]
    NotWhole(domain::Currency),
}

/// What the gateway says of one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayAnswer {
    /// Money came, as told here.
    Paid(PaidReport),
    /// Not paid, or the customer never finished, or no such reference: it holds no money now.
    Unpaid,
    /// Not paid either, and something to pay into was issued: [`Gateway::instructions`] has it.
    UnpaidCode,
    /// Asked too fast: ask again after this many seconds.
    Throttled { retry_after_s: u32 },
    /// Unreadable, unsigned, timed out: says nothing.
    Unclear { why: String },
}

/// A verified notice of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayNotice {
    pub reference: Reference,
    /// What is believed because it is signed.
    pub says: GatewayNoticeSays,
    /// What is stored of it.
    pub record: NoticeRecord,
}

/// What a verified notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayNoticeSays {
    Paid(PaidReport),
    /// Something to pay into was issued.
    Issued(Issued),
    /// A try failed; the customer may try again.
    Declined {
        code: String,
    },
    /// A test of the connection: stored, changes nothing.
    Simulated,
}

/// What the customer pays into, as a gateway issued it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub instructions: Instructions,
    /// How long a payment made at the last moment may take to be known.
    pub lag: TimeDelta,
}

/// One account at one payment gateway.
///
/// MUST: check what it reads against its own account; never follow a redirect; never retry by itself; treat whatever it
/// does not understand as [`GatewayAnswer::Unclear`]; redact before anything leaves the adapter; take the current
/// time as an argument.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Gateway: Send + Sync {
    /// The id of this account here; webhooks and settings are named by it.
    fn id(&self) -> &GatewayId;
    /// The account at the gateway. A reference means something only together with it.
    fn account(&self) -> &Account;
    /// The methods offered for an amount.
    fn methods(&self, amount: Money) -> Vec<Method>;
    /// The form for the customer's browser. Pure: opens no connection.
    fn checkout_form(&self, request: &CheckoutRequest) -> Result<CheckoutForm, CheckoutRefused>;
    /// Asks the gateway about one reference, within [`QUERY_LIMIT`]. Changes nothing there.
    async fn query(&self, reference: &Reference, now: Moment) -> (GatewayAnswer, Exchange);
    /// Asks what was issued for one reference, within [`QUERY_LIMIT`]: for when the notice of it was lost. `None`: nothing, or
    /// the gateway does not say clearly. Changes nothing there.
    async fn instructions(&self, reference: &Reference, now: Moment) -> (Option<Issued>, Exchange);
    /// Verifies what the gateway gave the customer's browser to carry back to us, and says whose it is. It proves nothing more:
    /// the customer may keep it, change it or send it again.
    fn returned(&self, raw: &RawNotice) -> Result<Reference, NoticeRejected>;
    /// Verifies raw bytes. There is no default and no way around it; comparison in constant time.
    fn verify_notice(&self, kind: &str, raw: &RawNotice) -> Result<GatewayNotice, NoticeRejected>;
    /// The exact answer this gateway wants for an outcome.
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply;
}

/// A payment method of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Our name of it: `credit`.
    pub name: String,
    /// How long what it issues may be paid, counted from the closing of the gateway's page. `None`: it is paid on the page.
    pub code_life: Option<TimeDelta>,
    /// How long a payment made at the last moment may take to be known.
    pub lag: TimeDelta,
}
