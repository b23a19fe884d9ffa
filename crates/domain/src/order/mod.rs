//! The order: the aggregate that carries the version. Its parts are plain data; [`decide`] is the only thing that
//! changes them.

mod attempt_events;
mod changeset;
mod checkout_events;
mod create;
mod decide;
mod draft;
mod event;
mod fold;
mod guard;
mod item_events;
mod late;
mod money_events;
mod question_events;
mod refund_events;
mod review_events;

use serde::{Deserialize, Serialize};

pub use changeset::{ChangeSet, PromoChange};
pub use create::{NewItem, NewOrder, place};
pub use decide::{Applied, Decision, Refusal, decide};
pub use event::{Claim, Event, ItemResolution, PaymentResolution, What};
pub use fold::{Outcome, Together, decide_together};

use crate::Moment;
use crate::fulfilment::{Attempt, Item, ItemState, open_questions};
use crate::ids::{CustomerId, ItemNo, OrderId, PaymentNo, Reference, RefundNo};
use crate::payment::{Checkout, Payment, PaymentState};
use crate::pricing::Terms;
use crate::refund::{Refund, RefundState};
use crate::task::{Task, TaskKind};
use crate::wire_words;

/// An order as it stands at one version, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    /// 1 when created; one more with every commit.
    pub version: i32,
    pub customer: CustomerId,
    pub created_at: Moment,
    pub terms: Terms,
    /// A use of the promo is counted for this order.
    pub promo_held: bool,
    pub payments: Vec<Payment>,
    pub checkouts: Vec<Checkout>,
    pub items: Vec<Item>,
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<Refund>,
    /// Live tasks only.
    pub tasks: Vec<Task>,
}

/// What an order is, in one word: derived, never decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    Pending,
    Paid,
    Success,
    Failed,
    Expired,
    Cancelled,
    Review,
}

wire_words!(OrderStatus {
    Pending = "pending",
    Paid = "paid",
    Success = "success",
    Failed = "failed",
    Expired = "expired",
    Cancelled = "cancelled",
    Review = "review",
});

impl OrderStatus {
    pub const fn is_final(self) -> bool {
        match self {
            Self::Success | Self::Failed | Self::Expired | Self::Cancelled => true,
            Self::Pending | Self::Paid | Self::Review => false,
        }
    }
}

impl Order {
    /// `review` wins over everything: it is parked with a person.
    pub fn status(&self) -> OrderStatus {
        if self.needs_person() {
            return OrderStatus::Review;
        }
        match self.payments.first().map(|p| p.state) {
            Some(PaymentState::Pending) | None => OrderStatus::Pending,
            Some(PaymentState::Paid) => OrderStatus::Paid,
            Some(PaymentState::Success) => OrderStatus::Success,
            Some(PaymentState::Failed) => OrderStatus::Failed,
            Some(PaymentState::Expired) => OrderStatus::Expired,
            Some(PaymentState::Cancelled) => OrderStatus::Cancelled,
            Some(PaymentState::Review) => OrderStatus::Review,
        }
    }

    pub fn needs_person(&self) -> bool {
        self.payments.iter().any(|p| p.state == PaymentState::Review)
            || self.items.iter().any(|i| i.state == ItemState::Review)
    }

    /// Its bills may be in another order: it is over, and no money of theirs waits for a purchase that may still arrive. Where no money can
    /// wait, because it cost nothing or a lost dispute took it, a question does.
    pub fn frees_bills(&self) -> bool {
        let may_arrive =
            |item: &Item| self.attempts.iter().any(|a| a.item == item.no && (a.may_exist() || a.contested));
        let asked = |item: &Item| item.state != ItemState::Delivered && open_questions(self, item.no).next().is_some();
        let waits = |item: &Item| {
            let mut refunds = self.refunds.iter().filter(|r| r.item == Some(item.no) && r.state.holds_money());
            refunds.next().map_or_else(|| asked(item), |r| r.state == RefundState::Requested && may_arrive(item))
        };
        self.status().is_final() && !self.items.iter().any(|item| item.bill.is_some() && waits(item))
    }

    pub fn payment(&self, no: PaymentNo) -> Option<&Payment> {
        self.payments.iter().find(|p| p.no == no)
    }

    pub fn item(&self, no: ItemNo) -> Option<&Item> {
        self.items.iter().find(|i| i.no == no)
    }

    pub fn refund(&self, no: RefundNo) -> Option<&Refund> {
        self.refunds.iter().find(|r| r.no == no)
    }

    pub fn checkout(&self, reference: &Reference) -> Option<&Checkout> {
        self.checkouts.iter().find(|c| c.reference == *reference)
    }

    pub fn attempt(&self, reference: &Reference) -> Option<&Attempt> {
        self.attempts.iter().find(|a| a.reference == *reference)
    }

    /// The attempt whose outcome decides the item.
    pub fn live_attempt(&self, item: &Item) -> Option<&Attempt> {
        let no = item.live_attempt?;
        self.attempts.iter().find(|a| a.no == no)
    }

    pub fn task(&self, kind: &TaskKind) -> Option<&Task> {
        self.tasks.iter().find(|t| t.kind == *kind)
    }
}
