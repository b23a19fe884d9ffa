//! The suite of the gateway port.

mod checkout;
mod notices;
mod situations;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use domain::payment::{Evidence, PaidReport};
use domain::{Moment, Money, Reference};

pub use self::notices::NoticeCase;
pub use self::situations::{QueryMust, QuerySituation, QueryWord};
use super::report::{Findings, Report, Unsupported};
use super::supplier::expect_refused;
use crate::exchange::{Exchange, Sent};
use crate::gateway::{CheckoutForm, CheckoutRequest, Gateway, GatewayAnswer};
use crate::notice::{NoticeReply, RawNotice};
use crate::settings::BadSetting;

/// What the sandbox took for one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidTruth {
    pub transaction: String,
    pub amount: Money,
}

/// A gateway standing in a situation, and the reference to ask about or to send notices of.
pub struct GatewayStage {
    pub gateway: Arc<dyn Gateway>,
    /// Used by no other stage.
    pub reference: Reference,
    /// What was really paid, if anything was.
    pub paid: Option<PaidTruth>,
}

/// What the gateway's page asks of the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub reference: Reference,
    pub amount: Money,
}

/// An adapter over its sandbox. Implemented by the adapter's tests.
#[async_trait]
pub trait GatewayWorld: Send + Sync {
    /// Puts the sandbox in a situation. The adapter's deadlines should be about a second.
    async fn arrange(&self, situation: QuerySituation) -> Result<GatewayStage, Unsupported>;
    /// Query requests that arrived for this reference, also by following a redirect.
    async fn queries(&self, reference: &Reference) -> u32;
    fn now(&self) -> Moment;
    /// Planted keys and tokens.
    fn secrets(&self) -> Vec<String>;
    /// A usual checkout: an offered method, an amount in its range, a fresh reference.
    fn checkout(&self) -> CheckoutRequest;
    /// Posts the form as a browser would: what the page asks for, or why it refuses.
    async fn open(&self, form: &CheckoutForm) -> Result<Opened, String>;
    /// The notice a case asks for about a paid stage, with its kind (the last part of the webhook's path).
    /// [`NoticeCase::MissingField`] gives one for each field that is needed.
    async fn notices(&self, case: NoticeCase, stage: &GatewayStage) -> Result<Vec<(String, RawNotice)>, Unsupported>;
    /// Builds the adapter once per secret setting, with this setting empty: the setting's name and what came of it.
    fn built_with_empty_secrets(&self) -> Vec<(&'static str, Result<(), BadSetting>)>;
    /// Whether this gateway stops sending a notice when it gets this reply.
    fn stops_sending(&self, reply: &NoticeReply) -> bool;
}

/// Runs every case.
pub async fn gateway(world: &dyn GatewayWorld) -> Report {
    let mut report = Report::default();
    for situation in QuerySituation::ALL {
        let must = situation.must();
        report.run(format!("query: {situation:?}"), must.optional, query(world, *situation, must)).await;
    }
    checkout::run(world, &mut report).await;
    notices::run(world, &mut report).await;
    report.run("an empty secret does not start".to_owned(), false, empty_secrets(world)).await;
    report
}

async fn query(world: &dyn GatewayWorld, situation: QuerySituation, must: QueryMust) -> Result<Findings, Unsupported> {
    let stage = world.arrange(situation).await?;
    let mut found = Findings::default();
    let (answer, exchange) = stage.gateway.query(&stage.reference, world.now()).await;
    let word = QueryWord::of(&answer);
    found.expect(word == must.word, || format!("the query must say {:?}, not {answer:?}", must.word));
    let requests = world.queries(&stage.reference).await;
    found.expect(requests == must.requests, || {
        format!("{requests} query requests reached the gateway, not {}", must.requests)
    });
    match &answer {
        GatewayAnswer::Paid(report) => check_paid(&mut found, &stage, report, Evidence::Query),
        GatewayAnswer::Throttled { retry_after_s } => {
            found.expect(*retry_after_s > 0, || "throttled, but to be asked again at once".to_owned());
        }
        GatewayAnswer::Unpaid | GatewayAnswer::UnpaidCode | GatewayAnswer::Unclear { .. } => {}
    }
    check_exchange(world, &mut found, &answer, &exchange);
    Ok(found)
}

/// A report says exactly what the gateway took, for this reference and account.
fn check_paid(found: &mut Findings, stage: &GatewayStage, report: &PaidReport, evidence: Evidence) {
    let gateway = &stage.gateway;
    let ours = report.gateway == *gateway.id() && report.account == *gateway.account();
    found.expect(ours, || "the report names another gateway or account".to_owned());
    found.expect(report.reference == stage.reference, || "the report names another reference".to_owned());
    let said = PaidTruth { transaction: report.transaction.clone(), amount: report.amount };
    found.expect(stage.paid.as_ref() == Some(&said), || format!("reported {said:?}, but took {:?}", stage.paid));
    found.expect(report.evidence == evidence, || format!("evidence is {:?}, not {evidence:?}", report.evidence));
    found.expect(!report.simulated, || "real money is called simulated".to_owned());
    let fee_fits = report.fee.is_none_or(|fee| fee.currency() == report.amount.currency() && !fee.is_negative());
    found.expect(fee_fits, || format!("the fee is {:?}", report.fee));
}

fn check_exchange(world: &dyn GatewayWorld, found: &mut Findings, answer: &GatewayAnswer, exchange: &Exchange) {
    let unclear = matches!(answer, GatewayAnswer::Unclear { .. });
    found.expect(exchange.sent == Sent::Replied || unclear, || format!("no whole reply came, but it says {answer:?}"));
    let now = world.now();
    found.expect(exchange.at == now, || format!("the exchange is of {}, not {now}", exchange.at));
    let fits = exchange.request.len().max(exchange.response.len()) <= Exchange::BODY_LIMIT;
    found.expect(fits, || format!("the exchange is larger than {} bytes", Exchange::BODY_LIMIT));
    let replied = exchange.sent == Sent::Replied;
    found.expect(exchange.status.is_some() == replied, || "a status belongs to a whole reply".to_owned());
    found.expect_no_secret(&world.secrets(), "the exchange", &format!("{exchange:?}"));
    found.expect_no_secret(&world.secrets(), "the answer's Debug", &format!("{answer:?}"));
}

#[expect(clippy::unused_async, reason = "every case is a future")]
async fn empty_secrets(world: &dyn GatewayWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    expect_refused(&mut found, &world.built_with_empty_secrets());
    Ok(found)
}
