//! Questions of customers before they buy: brought into the form purchases use, counted against what one customer may ask,
//! and put to a supplier that can answer. Nothing is stored of them but counters: they are about people.

use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use domain::catalogue::{Category, normalise_target};
use domain::{CustomerId, Private, SupplierId};
use ports::inquiry::{Finding, Inquiry};
use ports::supplier::ReadFailed;
use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit};

use crate::allowance::{Allowance, Allowances};
use crate::setup::SupplierSlot;
use crate::{Engine, InquireError};

/// What one customer may ask: a basket of ten, each typed wrong once, and then one a minute. Whoever walks through numbers to
/// learn their owners' names gets some fourteen hundred a day from each process, of a hundred billion meters. Customers are
/// told apart in about a megabyte.
const ALLOWANCE: Allowance = Allowance { burst: 20, spacing: TimeDelta::minutes(1), told_apart: 10_000 };
/// Of the calls to one supplier at once ([`Limits::calls_per_provider`](crate::Limits)): what customers type must not hold up what they have paid for.
pub(crate) const INQUIRIES_AT_ONCE: usize = 4;
/// Suppliers asked one after the other, so that an answer takes twice [`Limits::inquiry`](crate::Limits) and
/// [`Limits::turn`](crate::Limits) at most.
pub(crate) const SUPPLIERS_ASKED: usize = 2;

const CALL: &str = "inquire";
/// The outcome of a call that was not made, for no turn came in time.
pub(crate) const NO_TURN: &str = "no_turn";

/// What customers of this process have asked. `None`: those there was no room for.
#[derive(Default)]
pub(crate) struct Inquirers(Mutex<Allowances<Option<CustomerId>>>);

impl Engine {
    /// Asks in the name of a customer. Returns the inquiry as it was asked, with its target in the form an order takes, and
    /// what was found.
    ///
    /// # Errors
    /// The target cannot be one, nobody can answer, the customer asks too much, or nobody answered clearly.
    pub async fn inquire(&self, customer: CustomerId, inquiry: Inquiry) -> Result<(Inquiry, Finding), InquireError> {
        let kind = inquiry.kind();
        let answered = self.ask_first_able(customer, inquiry).await;
        self.count_inquiry(kind, answered.as_ref().map(|(_, finding)| finding.word()));
        answered
    }

    pub(crate) fn count_inquiry(&self, kind: &'static str, answered: Result<&'static str, &InquireError>) {
        let outcome = answered.unwrap_or_else(|error| match error {
            InquireError::BadTarget(_) => "bad_target",
            InquireError::NotOffered => "not_offered",
            InquireError::TooMany { .. } => "too_many",
            InquireError::Unavailable | InquireError::Store(_) => "unavailable",
            InquireError::UnknownProduct | InquireError::NotABill | InquireError::BadMonths => "bad_request",
            InquireError::NotSelling(_) => "not_selling",
        });
        self.counters.add("seberang_inquiries_total", &[("kind", kind), ("outcome", outcome)]);
    }

    async fn ask_first_able(&self, customer: CustomerId, inquiry: Inquiry) -> Result<(Inquiry, Finding), InquireError> {
        let inquiry = normalised(inquiry)?;
        let able: Vec<_> = self.suppliers.iter().filter(|(_, slot)| slot.adapter.answers(&inquiry)).collect();
        if able.is_empty() {
            return Err(InquireError::NotOffered);
        }
        let (mut able, full): (Vec<_>, Vec<_>) = able.into_iter().partition(|(_, slot)| self.has_a_turn(slot));
        for (id, _) in &full {
            self.count_asked(id, CALL, NO_TURN);
        }
        if able.is_empty() {
            return Err(InquireError::Unavailable);
        }
        let now = self.clock.now();
        self.inquirers.take(customer, now)?;
        let mut silent = !full.is_empty();
        // Those in trouble come last: while a person waits, whoever answers is asked.
        able.sort_by_cached_key(|(_, slot)| (slot.health.shut(now).is_some(), slot.rank));
        for (id, slot) in able.into_iter().take(SUPPLIERS_ASKED) {
            match self.ask_supplier(id, slot, &inquiry).await {
                Some(Finding::NotOffered) => {}
                Some(finding) => return Ok((inquiry, finding)),
                None => silent = true,
            }
        }
        Err(if silent { InquireError::Unavailable } else { InquireError::NotOffered })
    }

    /// Whether a turn may come in time there; the pace alone may say that it does not, and then nobody waits for it.
    pub(crate) fn has_a_turn(&self, slot: &SupplierSlot) -> bool {
        slot.permits.wait(self.clock.as_ref()).to_std().is_ok_and(|wait| wait <= self.limits.turn)
    }

    /// One of the few calls at once that may be inquiries, and a permit. `None`: not in time.
    pub(crate) async fn room_to_ask<'a>(
        &self,
        slot: &'a SupplierSlot,
    ) -> Option<(SemaphorePermit<'a>, OwnedSemaphorePermit)> {
        let room = async {
            let few = slot.inquiries.acquire().await.ok()?;
            Some((few, slot.permits.take(self.clock.as_ref()).await?))
        };
        tokio::time::timeout(self.limits.turn, room).await.ok().flatten()
    }

    /// Nothing: it did not answer clearly, or not in time.
    async fn ask_supplier(&self, id: &SupplierId, slot: &SupplierSlot, inquiry: &Inquiry) -> Option<Finding> {
        let silence = |outcome| {
            self.count_asked(id, CALL, outcome);
            None
        };
        let Some(room) = self.room_to_ask(slot).await else { return silence(NO_TURN) };
        let asked = slot.adapter.inquire(inquiry, self.clock.now());
        let Ok(said) = tokio::time::timeout(self.limits.inquiry, asked).await else { return silence("timeout") };
        let said = slot.heed(said, self.clock.as_ref());
        drop(room);
        match said {
            Ok(finding) => {
                self.count_asked(id, CALL, "ok");
                Some(finding)
            }
            Err(why) => {
                self.mind_silence(id, "inquiry", why).await;
                silence("unavailable")
            }
        }
    }

    /// What came of a call, or that none was made.
    pub(crate) fn count_asked(&self, id: &SupplierId, call: &str, outcome: &str) {
        let labels = [("provider", id.as_str()), ("call", call), ("outcome", outcome)];
        self.counters.add("seberang_calls_total", &labels);
    }

    /// A person is called where only a person can help. What is told or bought meanwhile does not depend on it.
    pub(crate) async fn mind_silence(&self, id: &SupplierId, what: &str, why: ReadFailed) {
        if let Err(unavailable) = self.not_read(id, what, why).await {
            tracing::warn!(supplier = %id, why = %unavailable, "nobody could be called about a supplier");
        }
    }
}

impl Inquirers {
    pub(crate) fn take(&self, customer: CustomerId, now: domain::Moment) -> Result<(), InquireError> {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = used.take(&ALLOWANCE, Some(customer), None, now);
        taken.map_err(|retry_after_s| InquireError::TooMany { retry_after_s })
    }
}

/// Targets as orders have them: what was asked about is what will be bought for.
fn normalised(inquiry: Inquiry) -> Result<Inquiry, InquireError> {
    let checked = |category: Category, target: &Private| normalise_target(category, target.expose());
    Ok(match inquiry {
        Inquiry::PlnMeter { number } => Inquiry::PlnMeter { number: checked(Category::PlnToken, &number)? },
        Inquiry::EWallet { brand, number } => Inquiry::EWallet { brand, number: checked(Category::EMoney, &number)? },
        Inquiry::GamePlayer { brand, id } => Inquiry::GamePlayer { brand, id: checked(Category::Game, &id)? },
        Inquiry::Operator { number } => Inquiry::Operator { number: checked(Category::Airtime, &number)? },
        asks_of_nobody @ (Inquiry::GameServers { .. } | Inquiry::GameFormat { .. }) => asks_of_nobody,
    })
}
