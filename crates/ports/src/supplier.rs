//! Suppliers of goods.

use async_trait::async_trait;
use domain::catalogue::{Category, Offer, Product};
use domain::fulfilment::{Answer, StatusTrust};
use domain::{Account, Moment, Money, Private, Reference, SupplierId};

use crate::bill::{BillAnswer, BillHandle, BillQuery};
use crate::exchange::Exchange;
use crate::inquiry::{Finding, Inquiry};
use crate::notice::{NoticeOutcome, NoticeRecord, NoticeRejected, NoticeReply, RawNotice};

/// One purchase to send, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Ours, fresh for each purchase.
    pub reference: Reference,
    /// The supplier's own product code.
    pub code: String,
    /// Where the goods go: a phone or meter number, a player.
    pub target: Private,
    /// The price it was chosen by; sent as a guard where the protocol has one.
    pub cost: Money,
    /// What kind of goods: says how a target is divided, and how a serial reads.
    pub category: Category,
    /// What [`Supplier::inquire_bill`] answered a moment ago. Something exactly when a bill is paid; a question about the payment
    /// has nothing here.
    pub bill: Option<BillHandle>,
}

/// What to ask about. Some protocols need the whole purchase again to ask for it.
pub type StatusQuery = Purchase;

/// A verified notice of a supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierNotice {
    pub reference: Reference,
    /// What it claims. Believed only when it is a delivery, and proved; else it brings the next status question forward.
    pub claims: Answer,
    /// How much of it is proved.
    pub proves: Proof,
    /// What is stored of it.
    pub record: NoticeRecord,
}

/// How far a notice's signature reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Anybody could have sent it.
    Nothing,
    /// Our reference: the supplier knows the purchase, whatever it says about it.
    Reference,
    /// The outcome.
    Outcome,
}

/// A line of a supplier's price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What we call it.
    pub product: Product,
    /// What they call it, and for how much.
    pub offer: Offer,
}

/// Why a list, a balance or an inquiry could not be read. Nothing was changed; try again later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadFailed {
    /// Perhaps the next time.
    #[error("the supplier could not be reached or did not answer clearly: {0}")]
    Unavailable(String),
    /// Turned away for now: too many calls, or all of it in maintenance. It is to be left alone for a moment.
    #[error("the supplier asks to be left alone for now: {0}")]
    Busy(String),
    /// Key, account or address are not accepted: a person must mend it.
    #[error("the supplier refuses our credentials: {0}")]
    Unauthorised(String),
}

/// One account at one supplier.
///
/// MUST:
/// * `purchase` sends at most one request: no retry, no redirect followed, no second connection tried after a byte left;
/// * answer [`Answer::Refused`] with [`Cause::NotFormed`](domain::fulfilment::Cause) when no byte left, and only then; with
///   `Busy`, `Closed`, `Price`, `Deposit` or `Account` only where nothing was formed. `Busy` and `Account` shut all of the supplier: what is
///   said of one product, seller, biller or hour is `Closed` or `Supplier`;
/// * say [`ReadFailed::Busy`] and [`Exchange::busy`] where a call was turned away for there being too many;
/// * answer [`Answer::Unclear`] for a timeout, a reset, a redirect, an unreadable body, an unknown code and a "duplicate
///   reference", and for a 5xx unless its body is the supplier's own documented refusal; never a failure for what it does not
///   understand;
/// * pay the bill it is given a handle of, and ask nothing before;
/// * check that the reply speaks of the reference asked for;
/// * redact keys, signatures, targets and serials before an [`Exchange`] or error leaves;
/// * `status` never buys, unless [`Supplier::asking_may_buy`] says that no other question exists;
/// * `inquire` changes nothing, and answers [`Finding::NoSuchTarget`] only where the supplier said so in as many words: what
///   it does not understand is [`ReadFailed::Unavailable`], never somebody's wrong number.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Supplier: Send + Sync {
    /// The id of this account here; webhooks and settings are named by it.
    fn id(&self) -> &SupplierId;
    /// The account there. A reference means something only together with it.
    fn account(&self) -> &Account;
    /// How far its status answers may be believed, and how long a call may take.
    fn trust(&self) -> StatusTrust;
    /// Sends one purchase, once, and says what is known of it then.
    async fn purchase(&self, purchase: &Purchase, now: Moment) -> (Answer, Exchange);
    /// Asks what became of a purchase. Buys nothing, but see [`Supplier::asking_may_buy`].
    async fn status(&self, query: &StatusQuery, now: Moment) -> (Answer, Exchange);
    /// The whole list, with what is switched off. A line that cannot be read costs itself alone.
    async fn price_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed>;
    /// Our deposit now.
    async fn balance(&self, now: Moment) -> Result<Money, ReadFailed>;
    /// Whether it can answer such an inquiry. Asks nobody.
    fn answers(&self, _inquiry: &Inquiry) -> bool {
        false
    }
    /// Asks about a target or a game before anything is bought. Targets are in the form that purchases use.
    async fn inquire(&self, _inquiry: &Inquiry, _now: Moment) -> Result<Finding, ReadFailed> {
        Ok(Finding::NotOffered)
    }
    /// Asks what is owed, under this reference. Pays nothing. Nothing: it pays no bills of this kind.
    async fn inquire_bill(&self, _query: &BillQuery, _now: Moment) -> Option<(BillAnswer, Exchange)> {
        None
    }
    /// How often a price list's fee is taken for so many bills that are paid at once: for each, where nobody knows. It ranks; and where no
    /// answer tells a price (Pulsa IF, asked again), it is booked.
    fn fees(&self, bills: u16) -> u16 {
        bills
    }
    /// A question about a purchase that never arrived forms it, for the protocol has no other question (Digiflazz). Then only what
    /// is wanted may be asked about.
    fn asking_may_buy(&self) -> bool {
        false
    }
    /// Verifies raw bytes. There is no default and no way around it; comparison in constant time. `now`: some sign the time,
    /// too, and what they signed long ago is refused.
    fn verify_notice(&self, kind: &str, raw: &RawNotice, now: Moment) -> Result<SupplierNotice, NoticeRejected>;
    /// The exact answer this supplier wants for an outcome.
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply;
}
