//! `OrderStore`: create, commit, and the reads.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
#[cfg(feature = "test-hooks")]
use domain::broken::{Rule, is_broken};
use domain::{Alert, DedupeKey, Moment, Order, OrderId, OrderStatus, Reference};
use ports::notice::NoticeRecord;
use ports::store::{
    Commit, CommitError, Create, CreateError, LoadError, OrderFilter, OrderPage, OrderStore, StoredAnswer, Story,
    StoryNotice, Taken, Unavailable,
};
use ports::tasks::LeaseToken;

use super::batch::Slot;
use super::{PgStore, batch};
use crate::db::{Conflict, Fault};
use crate::rows::{
    AnswerRow, Hit, HolderRow, NoticeRow, StandingRow, SummaryRow, commit_feeds, create_feeds, notice_id,
};
use crate::stmt::{self, CommitAnswer, CreateAnswer};

#[async_trait]
impl OrderStore for PgStore {
    async fn create(&self, batch: Vec<Create>) -> Vec<Result<(), CreateError>> {
        let mut seen = HashSet::new();
        let mut open: Vec<&Create> = batch.iter().filter(|create| seen.insert(name(create))).collect();
        let mut answer_of = HashMap::new();
        while !open.is_empty() {
            let (first, repeats) = apart(open.into_iter());
            answer_of.extend(first.iter().map(|create| name(create)).zip(self.create_distinct(&first).await));
            // What repeats an order that is stored now need not be asked; what repeats one that is not may be new.
            let (repeated, rest): (Vec<_>, Vec<_>) =
                repeats.into_iter().partition(|repeat| answer_of.get(&name(repeat.of)).is_some_and(Result::is_ok));
            answer_of.extend(repeated.into_iter().map(|repeat| (name(repeat.create), Err(repeat.so))));
            open = rest.into_iter().map(|repeat| repeat.create).collect();
        }
        // A request that is in the batch twice is answered once; its repetition learns what became of the first.
        let mut told = HashSet::new();
        batch
            .iter()
            .map(|create| {
                let name = name(create);
                let answer = answer_of.get(&name).cloned().unwrap_or(Err(CreateError::AnswerExists));
                if told.insert(name) { answer } else { answer.and(Err(CreateError::AnswerExists)) }
            })
            .collect()
    }

    async fn commit(&self, batch: Vec<Commit>) -> Vec<Result<Taken, CommitError>> {
        // A statement changes an order once: a second member of it was decided on a version that is going.
        let mut seen = HashSet::new();
        let sent: Vec<bool> = batch.iter().map(|commit| seen.insert(commit.change.order)).collect();
        let members: Vec<&Commit> =
            batch.iter().zip(&sent).filter(|(_, sent)| **sent).map(|(commit, _)| commit).collect();
        let mut answers = self.commit_distinct(&members).await.into_iter();
        batch
            .iter()
            .zip(sent)
            .map(|(commit, sent)| {
                let answer = if sent { answers.next().unwrap_or(Ok(None)) } else { Ok(None) };
                self.counted(commit, commit_result(commit, answer))
            })
            .collect()
    }

    async fn load(&self, id: OrderId) -> Result<Order, LoadError> {
        self.read_order(id).await
    }

    async fn versions(&self, ids: &[OrderId]) -> Result<Vec<(OrderId, i32)>, Unavailable> {
        let rows: Vec<StandingRow> = self.db.ask(&stmt::load_versions(ids)).await?;
        Ok(rows.into_iter().map(|row| (OrderId::new(row.id), row.version)).collect())
    }

    async fn holder_of(&self, key: &DedupeKey) -> Result<Option<OrderId>, Unavailable> {
        let rows: Vec<HolderRow> = self.db.ask(&stmt::holder_of(key)).await?;
        Ok(rows.into_iter().find_map(|row| row.order_id).map(OrderId::new))
    }

    async fn park(
        &self,
        notice: NoticeRecord,
        order: Option<OrderId>,
        alert: Option<Alert>,
        now: Moment,
    ) -> Result<(), Unavailable> {
        let statement = stmt::park(notice_id(now), &notice, order, alert.as_ref(), now);
        self.db.tell::<_, Hit>(&statement).await?;
        Ok(())
    }

    async fn stored_answer(&self, scope: &str, key: &str) -> Result<Option<StoredAnswer>, Unavailable> {
        let rows: Vec<AnswerRow> = self.db.ask(&stmt::stored_answer(scope, key)).await?;
        let answer = rows.into_iter().next().map(|row| row.read(scope, key, &self.keys)).transpose()?;
        Ok(answer)
    }

    async fn notices_about(&self, reference: &Reference, limit: u16) -> Result<Vec<StoryNotice>, Unavailable> {
        let rows: Vec<NoticeRow> = self.db.ask(&stmt::notices_about(reference, limit)).await?;
        let notices: Result<Vec<_>, _> = rows.into_iter().map(NoticeRow::read).collect();
        Ok(notices?)
    }

    async fn list(&self, filter: &OrderFilter) -> Result<OrderPage, Unavailable> {
        let open = filter.status.is_some_and(|status: OrderStatus| !status.is_final());
        let rows: Vec<SummaryRow> = match filter.customer {
            Some(customer) => self.db.ask(&stmt::list_of_customer(customer, filter)).await?,
            None if open => self.db.ask(&stmt::list_open(filter)).await?,
            None => self.db.ask(&stmt::list_all(filter)).await?,
        };
        let full = rows.len() >= usize::from(stmt::page_limit(filter));
        let next = rows.last().filter(|last| full || last.ends).map(|last| OrderId::new(last.id));
        let orders: Result<Vec<_>, _> = rows.into_iter().filter(|row| row.fits).map(SummaryRow::read).collect();
        Ok(OrderPage { orders: orders?, next })
    }

    async fn story(&self, id: OrderId) -> Result<Story, Unavailable> {
        self.read_story(id).await
    }
}

impl PgStore {
    async fn commit_distinct(&self, members: &[&Commit]) -> Vec<Slot<CommitAnswer>> {
        #[cfg(feature = "test-hooks")]
        if is_broken(Rule::Version) {
            let statement = |part: &[&Commit]| stmt::commit_on_any_version(commit_feeds(part, &self.keys));
            return batch::run(&self.db, members, statement).await;
        }
        let statement = |part: &[&Commit]| stmt::commit(commit_feeds(part, &self.keys));
        batch::run(&self.db, members, statement).await
    }

    /// "Spent" is believed when it is said twice: a request answered at the same moment may have held a place that it
    /// did not take, and the second statement sees that.
    async fn create_distinct(&self, members: &[&Create]) -> Vec<Result<(), CreateError>> {
        let mut results = self.create_once(members).await;
        let spent = |result: &Result<(), CreateError>| *result == Err(CreateError::PromoSpent);
        let again: Vec<&Create> =
            members.iter().zip(&results).filter(|(_, result)| spent(result)).map(|(member, _)| *member).collect();
        if !again.is_empty() {
            let second = self.create_once(&again).await;
            results.iter_mut().filter(|result| spent(result)).zip(second).for_each(|(slot, result)| *slot = result);
        }
        results.iter().filter(|result| result.is_ok()).for_each(|_| self.db.counters.count_commit());
        results
    }

    async fn create_once(&self, members: &[&Create]) -> Vec<Result<(), CreateError>> {
        let statement = |part: &[&Create]| stmt::create(create_feeds(part, &self.keys));
        let answers = batch::run(&self.db, members, statement).await;
        members.iter().zip(answers).map(|(create, answer)| self.create_result(create, answer)).collect()
    }

    /// Silence is "unknown", which makes the caller ask for the stored answer.
    fn create_result(&self, create: &Create, answer: Slot<CreateAnswer>) -> Result<(), CreateError> {
        match answer {
            Ok(Some(answer)) if answer.done => Ok(()),
            Ok(Some(answer)) if answer.answered => Err(CreateError::AnswerExists),
            Ok(Some(answer)) if answer.bill_taken => Err(CreateError::BillTaken),
            Ok(Some(answer)) if answer.repeated => Err(CreateError::Repeated),
            Ok(Some(answer)) if !answer.promo_known => Err(CreateError::PromoUnknown),
            Ok(Some(answer)) if !answer.admitted => Err(CreateError::PromoSpent),
            Ok(Some(_) | None) => Err(Unavailable("the database did not say what became of the order".into()).into()),
            Err(Fault::Poison(why) | Fault::Conflict(Conflict::KeyRace, why)) => {
                self.db.counters.count_rejected();
                tracing::error!(order.id = %create.new.order.id, why, "the database refuses a new order");
                Err(CreateError::Rejected(why))
            }
            Err(fault) => Err(Unavailable::from(fault).into()),
        }
    }

    fn counted(&self, commit: &Commit, result: Result<Taken, CommitError>) -> Result<Taken, CommitError> {
        match &result {
            Ok(_) => self.db.counters.count_commit(),
            Err(CommitError::Stale) => self.db.counters.count_stale(),
            Err(CommitError::Duplicate(_)) => self.db.counters.count_duplicate(),
            Err(CommitError::Rejected(why)) => {
                self.db.counters.count_rejected();
                let change = &commit.change;
                tracing::error!(order.id = %change.order, cause = change.history.cause, why, "the database refuses a change");
            }
            Err(CommitError::NotFound | CommitError::AnswerExists | CommitError::Unavailable(_)) => {}
        }
        result
    }
}

/// The request that an order answers.
fn name(create: &Create) -> (&str, &str) {
    (&create.answer.scope, &create.answer.key)
}

/// A new order with an earlier one of its batch that has some of its goods, and what it is told if that one is stored.
struct Repeat<'a> {
    create: &'a Create,
    of: &'a Create,
    so: CreateError,
}

/// Parts those that must not repeat another from the ones they repeat: in one statement neither sees the other.
fn apart<'a>(batch: impl Iterator<Item = &'a Create>) -> (Vec<&'a Create>, Vec<Repeat<'a>>) {
    let (mut first, mut repeats) = (Vec::new(), Vec::new());
    let mut ordered: HashMap<_, &Create> = HashMap::new();
    let mut billed: HashMap<_, &Create> = HashMap::new();
    for create in batch {
        let order = &create.new.order;
        let bills = || order.items.iter().filter(|i| i.bill.is_some()).map(|item| (&item.product, &item.target));
        let goods = || order.items.iter().map(|item| (order.customer, &item.product, &item.target));
        let lately = |earlier: &&Create| create.unless_since.is_some_and(|since| earlier.new.order.created_at >= since);
        let repeat = |of: &&'a Create, so| Repeat { create, of, so };
        let same_bill = bills().find_map(|bill| billed.get(&bill)).map(|of| repeat(of, CreateError::BillTaken));
        let same_goods = || goods().find_map(|good| ordered.get(&good).filter(|of| lately(of)));
        match same_bill.or_else(|| same_goods().map(|of| repeat(of, CreateError::Repeated))) {
            Some(repeat) => repeats.push(repeat),
            None => {
                ordered.extend(goods().map(|good| (good, create)));
                billed.extend(bills().map(|bill| (bill, create)));
                first.push(create);
            }
        }
    }
    (first, repeats)
}

/// Silence is stale, never success.
fn commit_result(commit: &Commit, answer: Slot<CommitAnswer>) -> Result<Taken, CommitError> {
    match answer {
        Ok(Some(answer)) if answer.done => Ok(answer.taken.into_iter().map(LeaseToken).collect()),
        Ok(Some(answer)) if answer.answered => Err(CommitError::AnswerExists),
        Ok(Some(answer)) if !answer.known => Err(CommitError::NotFound),
        Ok(Some(answer)) if answer.current => match commit.change.keys.first() {
            Some(key) => Err(CommitError::Duplicate(key.clone())),
            None => Err(CommitError::Stale),
        },
        Ok(Some(_) | None) => Err(CommitError::Stale),
        // Alone, and run twice: the key is not raced for, it is there.
        Err(Fault::Poison(why) | Fault::Conflict(Conflict::KeyRace, why)) => Err(CommitError::Rejected(why)),
        Err(fault) => Err(Unavailable::from(fault).into()),
    }
}
