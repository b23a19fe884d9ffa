//! One try to buy one item at one supplier: the effect that must never happen twice.
//! Not here: which supplier to try (`route`) and what the answer means for the order (`order::decide`).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::catalogue::Category;
use crate::ids::{Account, AttemptNo, ItemNo, Reference, SupplierId};
use crate::machine::{Machine, Step};
use crate::money::Money;
use crate::private::Private;
use crate::schedule::{ABSENCE_ANSWERS, ABSENCE_SPAN, LATE_LOOK};
use crate::wire_words;

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Written down; only the process whose own commit wrote it may send it, once.
    Reserved,
    /// The supplier is working on it.
    Pending,
    /// Nobody knows. Asked again, never sent again, never failed over.
    Unknown,
    /// Delivered.
    Done,
    /// Nothing was formed at the supplier.
    Refused,
    /// Formed, and finally failed: the supplier keeps no money.
    Failed,
    /// Delivered, and later taken back by the supplier.
    Reversed,
}

wire_words!(AttemptState {
    Reserved = "reserved",
    Pending = "pending",
    Unknown = "unknown",
    Done = "done",
    Refused = "refused",
    Failed = "failed",
    Reversed = "reversed",
});

impl AttemptState {
    /// The outcome is not known yet: no other supplier may be tried.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Reserved | Self::Pending | Self::Unknown => true,
            Self::Done | Self::Refused | Self::Failed | Self::Reversed => false,
        }
    }
}

/// What can happen to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttemptEvent {
    SaidPending,
    SaidDelivered,
    SaidRefused,
    SaidFailed,
    /// Timeout, reset, 5xx, unreadable, unknown code, "duplicate reference".
    SaidUnclear,
    /// "No such transaction", not yet believed.
    SaidNotFound,
    /// "No such transaction", often enough and long enough.
    NotFoundBelieved,
    /// Somebody other than the reserving process found it reserved.
    SenderLost,
}

impl Machine for AttemptState {
    type Event = AttemptEvent;
    const NAME: &'static str = "Attempt";
    const STATES: &'static [Self] =
        &[Self::Reserved, Self::Pending, Self::Unknown, Self::Done, Self::Refused, Self::Failed, Self::Reversed];
    const EVENTS: &'static [AttemptEvent] = &[
        AttemptEvent::SaidPending,
        AttemptEvent::SaidDelivered,
        AttemptEvent::SaidRefused,
        AttemptEvent::SaidFailed,
        AttemptEvent::SaidUnclear,
        AttemptEvent::SaidNotFound,
        AttemptEvent::NotFoundBelieved,
        AttemptEvent::SenderLost,
    ];

    fn step(self, event: AttemptEvent) -> Step<Self> {
        use AttemptEvent as E;
        use AttemptState as S;
        match (self, event) {
            (S::Reserved | S::Unknown, E::SaidPending) => Step::To(S::Pending),
            (S::Pending, E::SaidPending) => Step::To(S::Pending),
            (S::Reserved | S::Pending | S::Unknown, E::SaidDelivered) => Step::To(S::Done),
            (S::Reserved | S::Pending | S::Unknown, E::SaidRefused) => Step::To(S::Refused),
            (S::Reserved | S::Pending | S::Unknown, E::SaidFailed) => Step::To(S::Failed),
            (S::Reserved | S::Unknown, E::SaidUnclear | E::SaidNotFound) => Step::To(S::Unknown),
            // A supplier that once said "pending" and now stammers is still working, as far as we know.
            (S::Pending, E::SaidUnclear | E::SaidNotFound) => Step::To(S::Pending),
            (S::Reserved | S::Unknown, E::NotFoundBelieved) => Step::To(S::Refused),
            (S::Pending, E::NotFoundBelieved) => Step::To(S::Pending),
            (S::Reserved, E::SenderLost) => Step::To(S::Unknown),
            (S::Pending | S::Unknown, E::SenderLost) => Step::Same,

            // Late truth: what was called failed turns out delivered.
            (S::Refused | S::Failed | S::Reversed, E::SaidDelivered) => Step::To(S::Done),
            // The supplier took the delivery back.
            (S::Done, E::SaidFailed | E::SaidRefused) => Step::To(S::Reversed),
            // A done attempt is asked again for its serial.
            (S::Done, E::SaidDelivered) => Step::To(S::Done),
            (S::Done, E::SaidPending | E::SaidUnclear | E::SaidNotFound | E::NotFoundBelieved | E::SenderLost) => {
                Step::Same
            }
            (
                S::Refused | S::Failed | S::Reversed,
                E::SaidPending
                | E::SaidRefused
                | E::SaidFailed
                | E::SaidUnclear
                | E::SaidNotFound
                | E::NotFoundBelieved
                | E::SenderLost,
            ) => Step::Same,
        }
    }
}

/// Whose fault a refusal or failure is; decides what happens to the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Product closed, operator down, maintenance: try the next supplier.
    Supplier,
    /// Our request was wrong: try the next supplier, alert us.
    Us,
    /// Our deposit there does not suffice: try the next supplier, alert us. May be tried there again, later.
    Deposit,
    /// Our key, account or address is not accepted: the same.
    Account,
    /// Turned away for now, whatever was asked for: too many calls, the whole supplier in maintenance. May be tried there again, later.
    Busy,
    /// Not these goods at this moment: the biller has closed for the night, their seller is at work on them, an inquiry has grown old. Says
    /// nothing of the rest. May be tried there again, later.
    Closed,
    /// It costs more or less than we were told, so nothing was bought: its price list is read again. May be tried there again, at the
    /// price it has then.
    Price,
    /// Wrong number, blocked number: the item fails with words the customer understands.
    Customer,
    /// "Already bought today": a fallback could buy it twice, so a person looks.
    Repeat,
    /// It certainly never left us. May be tried there again, later.
    NotFormed,
    /// Nobody at the supplier said so: its "not found" was believed, or an operator's word. Treated as the supplier's fault,
    /// and asked about once more when a late delivery would have shown.
    Concluded,
}

wire_words!(Cause {
    Supplier = "supplier",
    Us = "us",
    Deposit = "deposit",
    Account = "account",
    Busy = "busy",
    Closed = "closed",
    Price = "price",
    Customer = "customer",
    Repeat = "repeat",
    NotFormed = "not_formed",
    Concluded = "concluded",
});

impl Cause {
    /// It is over in a while, and says nothing lasting about the goods: refused so, a supplier was not tried, and may be later.
    pub const fn leaves_untried(self) -> bool {
        match self {
            Self::Deposit | Self::Account | Self::Busy | Self::Closed | Self::Price | Self::NotFormed => true,
            Self::Supplier | Self::Us | Self::Customer | Self::Repeat | Self::Concluded => false,
        }
    }
}

/// What a supplier's reply means. `Unclear` is a state of its own, never a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Delivered. `serial` may come later than the goods.
    Delivered {
        serial: Option<Private>,
        price: Option<Money>,
        supplier_ref: Option<String>,
    },
    Pending {
        supplier_ref: Option<String>,
        price: Option<Money>,
    },
    /// Not formed at the supplier. `code` is the supplier's own word.
    Refused {
        cause: Cause,
        code: String,
    },
    /// Formed, and finally failed.
    Failed {
        cause: Cause,
        code: String,
    },
    /// Nobody knows; `why` is for the timeline and holds nothing secret.
    Unclear {
        why: String,
    },
    /// A status question was answered "no such transaction".
    NotFound,
}

/// What a supplier's answers are worth, and what they leave out; the adapter knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusTrust {
    /// `false`: "not found" never counts as "not formed".
    pub absence: bool,
    /// What it delivers of games may be a code. `false`: it tops players up, and gives none.
    pub game_codes: bool,
    /// How long a purchase request may travel before its reference can be missing for good.
    pub request_timeout: TimeDelta,
}

impl StatusTrust {
    /// What it delivers of this kind may be a code: without it the customer has nothing.
    pub fn may_bring_code(self, category: Category) -> bool {
        category.may_be_code() && (category != Category::Game || self.game_codes)
    }
}

/// What a delivered attempt leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Artifacts {
    /// Voucher code, electricity token or operator's serial: as good as money until used.
    pub serial: Option<Private>,
    pub supplier_ref: Option<String>,
    /// What the supplier says it took.
    pub price: Option<Money>,
}

/// One try to buy one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub no: AttemptNo,
    pub item: ItemNo,
    pub supplier: SupplierId,
    pub account: Account,
    pub reference: Reference,
    /// The supplier's own code of the product.
    pub code: String,
    /// The listed price it was chosen by.
    pub cost: Money,
    pub state: AttemptState,
    pub cause: Option<Cause>,
    /// The supplier's last word, for the operator (a code, never a number or serial).
    pub word: Option<String>,
    pub reserved_at: Moment,
    /// When its outcome was last heard, or a person last decided about it. Nothing while it is open.
    pub closed_at: Option<Moment>,
    /// Status questions asked so far; the place in the poll ladder.
    pub polls: u16,
    /// How often its supplier has said "not found" since it last said anything else…
    pub not_found: u16,
    /// …and since when.
    pub not_found_since: Option<Moment>,
    /// A notice says otherwise of it than its supplier's last answer, and that was not settled since.
    pub contested: bool,
    pub artifacts: Artifacts,
    /// Why this offer and not the others.
    pub reason: String,
    /// How long what its supplier called failed may still be delivered.
    pub settle: TimeDelta,
}

impl Attempt {
    /// When what only we concluded to have failed is asked about once more.
    pub fn late_look(&self) -> Option<Moment> {
        let concluded = self.cause == Some(Cause::Concluded);
        self.closed_at.filter(|_| concluded).map(|closed_at| closed_at + LATE_LOOK)
    }

    /// Nothing was formed, for a reason that says nothing about the goods.
    pub fn was_turned_away(&self) -> bool {
        self.state == AttemptState::Refused && self.cause.is_some_and(Cause::leaves_untried)
    }

    pub(crate) fn count_absence(&mut self, now: Moment) {
        self.not_found = self.not_found.saturating_add(1);
        self.not_found_since.get_or_insert(now);
    }

    pub(crate) const fn forget_absence(&mut self) {
        (self.not_found, self.not_found_since) = (0, None);
    }

    /// Its supplier has said it often and long enough: one "not found" may come from a copy that lags behind.
    pub(crate) fn is_long_absent(&self, now: Moment) -> bool {
        let long = self.not_found_since.is_some_and(|since| now.signed_duration_since(since) >= ABSENCE_SPAN);
        long && self.not_found >= ABSENCE_ANSWERS
    }

    /// The supplier took it up, or we only concluded that it did not.
    pub fn may_exist(&self) -> bool {
        match self.state {
            AttemptState::Refused => self.cause == Some(Cause::Concluded),
            AttemptState::Reserved
            | AttemptState::Pending
            | AttemptState::Unknown
            | AttemptState::Done
            | AttemptState::Failed
            | AttemptState::Reversed => true,
        }
    }
}

/// What the engine brings to reserve an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    pub item: ItemNo,
    pub supplier: SupplierId,
    pub account: Account,
    pub reference: Reference,
    pub code: String,
    pub cost: Money,
    pub reason: String,
    pub settle: TimeDelta,
}
