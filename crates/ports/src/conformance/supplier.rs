//! The suite of the supplier port.

mod inquiries;
mod notices;
mod reads;
mod situations;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use domain::fulfilment::{Answer, Cause};
use domain::{Moment, Reference};

pub use self::inquiries::InquiryCase;
pub use self::notices::SupplierNoticeCase;
pub use self::situations::{Must, Situation, Word};
use super::report::{Findings, Report, Unsupported};
use crate::exchange::{Exchange, Sent};
use crate::notice::{NoticeReply, RawNotice};
use crate::settings::BadSetting;
use crate::supplier::{Purchase, Supplier};

/// A supplier standing in a situation, and the purchase to try there.
pub struct SupplierStage {
    pub supplier: Arc<dyn Supplier>,
    /// Its reference is used by no other stage.
    pub purchase: Purchase,
}

/// What the sandbox knows of one reference, counted at its socket and in its own books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SupplierTruth {
    /// Purchases formed.
    pub formed: u32,
    /// Purchases delivered, taken back or not.
    pub delivered: u32,
    /// Purchase requests that arrived, also by following a redirect; status questions do not count.
    pub requests: u32,
}

/// An adapter over its sandbox. Implemented by the adapter's tests.
#[async_trait]
pub trait SupplierWorld: Send + Sync {
    /// Puts the sandbox in a situation for the purchase it returns. The adapter's deadlines should be about a second.
    async fn arrange(&self, situation: Situation) -> Result<SupplierStage, Unsupported>;
    /// The supplier finishes what it has of this reference, as arranged. Called also where there is nothing to finish.
    async fn settle(&self, reference: &Reference);
    /// The supplier takes the delivery back. Called only for [`Situation::LateReversal`].
    async fn reverse(&self, reference: &Reference);
    async fn truth(&self, reference: &Reference) -> SupplierTruth;
    fn now(&self) -> Moment;
    /// Planted keys, user names, tokens. Targets and serials are added by the suite.
    fn secrets(&self) -> Vec<String>;
    /// Inquiries with known answers; for suppliers that answer any.
    fn inquiries(&self) -> Result<InquiryCase, Unsupported>;
    /// The notice a case asks for about this purchase, with its kind (the last part of the webhook's path).
    async fn notice(&self, case: SupplierNoticeCase, purchase: &Purchase) -> Result<(String, RawNotice), Unsupported>;
    /// Builds the adapter once per secret setting, with this setting empty: the setting's name and what came of it.
    fn built_with_empty_secrets(&self) -> Vec<(&'static str, Result<(), BadSetting>)>;
    /// Whether this supplier stops sending a notice when it gets this reply.
    fn stops_sending(&self, reply: &NoticeReply) -> bool;
}

/// Runs every case.
pub async fn supplier(world: &dyn SupplierWorld) -> Report {
    let mut report = Report::default();
    for situation in Situation::ALL {
        let must = situation.must();
        report.run(format!("purchase: {situation:?}"), must.optional, purchase(world, *situation, must)).await;
    }
    reads::run(world, &mut report).await;
    inquiries::run(world, &mut report).await;
    notices::run(world, &mut report).await;
    report.run("an empty secret does not start".to_owned(), false, empty_secrets(world)).await;
    report
}

/// Buys, lets the supplier finish, asks, and compares with the truth.
async fn purchase(world: &dyn SupplierWorld, situation: Situation, must: Must) -> Result<Findings, Unsupported> {
    let stage = world.arrange(situation).await?;
    let reference = &stage.purchase.reference;
    let mut found = Findings::default();
    if !must.buy.is_empty() {
        let (answer, exchange) = stage.supplier.purchase(&stage.purchase, world.now()).await;
        expect_word(&mut found, "the purchase", must.buy, &answer);
        let truth = world.truth(reference).await;
        let refused_but_formed = matches!(answer, Answer::Refused { .. }) && truth.formed > 0;
        found.expect(!refused_but_formed, || "refused, but the supplier formed it: a fallback buys twice".to_owned());
        found.expect(answer != Answer::NotFound, || "\"not found\" answers no purchase".to_owned());
        let not_formed = matches!(answer, Answer::Refused { cause: Cause::NotFormed, .. });
        found.expect(not_formed == (exchange.sent == Sent::No), || {
            format!("not formed is what never left, and only that: {:?}, {answer:?}", exchange.sent)
        });
        check(world, &mut found, "purchase", &stage.purchase, &answer, &exchange);
    }
    if must.settles {
        world.settle(reference).await;
    }
    ask(world, &mut found, &stage, must.status).await;
    if situation == Situation::LateReversal {
        world.reverse(reference).await;
        let (answer, _) = stage.supplier.status(&stage.purchase, world.now()).await;
        let taken_back = matches!(answer, Answer::Failed { .. } | Answer::Refused { .. });
        found.expect(taken_back, || format!("the delivery was taken back, but the status says {answer:?}"));
    }
    compare(&mut found, must, world.truth(reference).await);
    Ok(found)
}

/// Asks twice: a question must change nothing.
async fn ask(world: &dyn SupplierWorld, found: &mut Findings, stage: &SupplierStage, allowed: &[Word]) {
    for _ in 0..2 {
        let (answer, exchange) = stage.supplier.status(&stage.purchase, world.now()).await;
        expect_word(found, "the status question", allowed, &answer);
        let truth = world.truth(&stage.purchase.reference).await;
        let said_gone = matches!(answer, Answer::NotFound | Answer::Refused { .. }) && truth.formed > 0;
        found.expect(!said_gone, || format!("{:?}, but the supplier formed it", Word::of(&answer)));
        let said_failed = matches!(answer, Answer::Failed { .. }) && truth.delivered > 0;
        found.expect(!said_failed, || "failed, but the supplier delivered it".to_owned());
        let said_delivered = matches!(answer, Answer::Delivered { .. }) && truth.delivered == 0;
        found.expect(!said_delivered, || "delivered, but the supplier delivered nothing".to_owned());
        let fits = exchange.sent != Sent::No || matches!(answer, Answer::Unclear { .. });
        found.expect(fits, || format!("a question that was not sent was answered {answer:?}"));
        check(world, found, "status", &stage.purchase, &answer, &exchange);
    }
}

fn expect_word(found: &mut Findings, what: &str, allowed: &[Word], answer: &Answer) {
    let word = Word::of(answer);
    found.expect(allowed.contains(&word), || format!("{what} must say one of {allowed:?}, not {answer:?}"));
}

fn compare(found: &mut Findings, must: Must, truth: SupplierTruth) {
    found.expect(truth.requests == must.requests, || {
        format!("{} purchase requests reached the supplier, not {}", truth.requests, must.requests)
    });
    let formed = must.formed.unwrap_or(truth.formed);
    found.expect(truth.formed == formed && truth.formed <= 1, || {
        format!("the supplier formed {} purchases, not {}", truth.formed, formed.min(1))
    });
    let delivered = must.delivered.unwrap_or(truth.delivered);
    found.expect(truth.delivered == delivered && truth.delivered <= 1, || {
        format!("the supplier delivered {} times, not {}", truth.delivered, delivered.min(1))
    });
}

/// The laws of every answer and its record.
fn check(
    world: &dyn SupplierWorld,
    found: &mut Findings,
    call: &str,
    purchase: &Purchase,
    answer: &Answer,
    exchange: &Exchange,
) {
    let half_an_answer = exchange.sent == Sent::Maybe && !matches!(answer, Answer::Unclear { .. });
    found.expect(!half_an_answer, || format!("{call}: no whole reply came, but the answer is {answer:?}"));
    let now = world.now();
    found.expect(exchange.at == now, || format!("{call}: the exchange is of {}, not {now}", exchange.at));
    let fits = exchange.request.len().max(exchange.response.len()) <= Exchange::BODY_LIMIT;
    found.expect(fits, || format!("{call}: the exchange is larger than {} bytes", Exchange::BODY_LIMIT));
    let replied = exchange.sent == Sent::Replied;
    found.expect(exchange.status.is_some() == replied, || format!("{call}: a status belongs to a whole reply"));

    let mut secrets = world.secrets();
    secrets.push(purchase.target.expose().to_owned());
    if let Answer::Delivered { serial: Some(serial), .. } = answer {
        secrets.push(serial.expose().to_owned());
    }
    found.expect_no_secret(&secrets, &format!("the exchange of {call}"), &format!("{exchange:?}"));
    found.expect_no_secret(&secrets, &format!("the answer's Debug of {call}"), &format!("{answer:?}"));
    found.expect_no_secret(&secrets, "the purchase's Debug", &format!("{purchase:?}"));
}

#[expect(clippy::unused_async, reason = "every case is a future")]
async fn empty_secrets(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    expect_refused(&mut found, &world.built_with_empty_secrets());
    Ok(found)
}

/// Each secret setting, emptied, stops the start with a line that names it.
pub(super) fn expect_refused(found: &mut Findings, built: &[(&'static str, Result<(), BadSetting>)]) {
    found.expect(!built.is_empty(), || "no secret setting was tried".to_owned());
    for (setting, result) in built {
        let named = result.as_ref().is_err_and(|bad| bad.variable.ends_with(setting));
        found.expect(named, || format!("an empty {setting} must be refused by its name, not {result:?}"));
    }
}
