//! Bills: what is owed is told as it is owed, one payment pays it once, and asking pays nothing.

use std::sync::Arc;

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use domain::{Money, Private, Reference};

use super::claims::{BillClaims, Capability, Duty};
use super::laws::{check, check_record, expect_word};
use super::{Situation, SupplierTruth, SupplierWorld, Turn, Word};
use crate::bill::{BillAnswer, BillQuery, NotOwed, Owed};
use crate::conformance::cases;
use crate::conformance::report::{Findings, Report, Unsupported};
use crate::exchange::Sent;
use crate::supplier::{Purchase, Supplier};

cases! {
/// What awaits who asks for a bill.
pub enum BillSituation {
    /// One bill is owed, and paid.
    OneBill,
    /// More bills than one payment takes.
    SeveralBillsWithRest,
    AlreadyPaid,
    NoSuchCustomer,
    /// The question gets no answer in time.
    InquiryTimeout,
    /// Asked for once, paid once: the payment asks for nothing.
    PaysOnce,
    PaymentPendingThenDone,
    PaymentFails,
    /// The connection ends after the payment was formed; it will be done.
    PaymentLostAnswer,
    /// Asked for, and never paid.
    InquiredNotPaid,
    /// Paid the day after it was asked for.
    StaleHandle,
}
}

/// A supplier in a situation, and the bill to ask for there.
pub struct BillStage {
    pub supplier: Arc<dyn Supplier>,
    pub query: BillQuery,
    pub owes: BillTruth,
}

/// What the biller is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillTruth {
    pub bills: u16,
    /// Of all of them, penalties included.
    pub debt: Money,
}

/// What must come of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Must {
    pub(super) inquiry: Told,
    /// Empty: nothing is paid.
    pub(super) pay: &'static [Word],
    pub(super) turn: Option<Turn>,
    pub(super) status: &'static [Word],
    pub(super) formed: u32,
    pub(super) delivered: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Owed,
    NotOwed(NotOwed),
    Unclear,
}

const PAID: Must = Must {
    inquiry: Told::Owed,
    pay: &[Word::Pending, Word::Delivered],
    turn: Some(Turn::Settles),
    status: &[Word::Delivered],
    formed: 1,
    delivered: 1,
};
const UNPAID: Must = Must { pay: &[], turn: None, status: &[Word::NotFound], formed: 0, delivered: 0, ..PAID };

impl BillSituation {
    /// At a supplier that claims this of its bills.
    pub(super) const fn must(self, claims: BillClaims) -> Must {
        match self {
            Self::OneBill | Self::SeveralBillsWithRest | Self::PaysOnce => PAID,
            Self::AlreadyPaid => {
                let why = if claims.tells_paid { NotOwed::Paid } else { NotOwed::NotYet };
                Must { inquiry: Told::NotOwed(why), ..UNPAID }
            }
            Self::NoSuchCustomer => Must { inquiry: Told::NotOwed(NotOwed::UnknownTarget), ..UNPAID },
            Self::InquiryTimeout => Must { inquiry: Told::Unclear, ..UNPAID },
            Self::PaymentPendingThenDone => Must { pay: &[Word::Pending], ..PAID },
            Self::PaymentFails => Must {
                pay: &[Word::Pending, Word::Failed(Cause::Supplier)],
                status: &[Word::Failed(Cause::Supplier)],
                delivered: 0,
                ..PAID
            },
            Self::PaymentLostAnswer => Must { pay: &[Word::Unclear], ..PAID },
            Self::InquiredNotPaid => UNPAID,
            Self::StaleHandle if !claims.same_day => PAID,
            Self::StaleHandle => Must {
                pay: &[Word::Refused(Cause::Closed), Word::Refused(Cause::Supplier)],
                status: &[Word::NotFound, Word::Refused(Cause::Closed), Word::Refused(Cause::Supplier)],
                ..UNPAID
            },
        }
    }

    const fn duty(self) -> Duty {
        match self {
            // Some take any number of bills at once, some are always done at once.
            Self::SeveralBillsWithRest | Self::PaymentPendingThenDone => Duty::WhoCan,
            _ => Duty::Claims(Capability::Bills),
        }
    }
}

pub(super) async fn run(world: &dyn SupplierWorld, report: &mut Report) {
    report.begin("bills");
    for situation in BillSituation::ALL {
        let may_skip = world.claims().may_skip(situation.duty());
        report.run(format!("{situation:?}"), may_skip, one(world, *situation)).await;
    }
}

async fn one(world: &dyn SupplierWorld, situation: BillSituation) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let Some(claims) = world.claims().bills else {
        let pays = pays_any(world).await?;
        found.expect(!pays, || "it claims to pay no bills, and answers who asks for one".to_owned());
        return if pays { Ok(found) } else { Err(Unsupported("it pays no bills")) };
    };
    let must = situation.must(claims);
    let stage = world.arrange_bill(situation).await?;
    let owed = inquire(world, &mut found, &stage, must.inquiry).await;
    if let Some(owed) = &owed {
        check_owed(world, &mut found, situation, &stage, owed);
    }
    let reference = &stage.query.reference;
    if situation == BillSituation::StaleHandle {
        world.turn(reference, Turn::NextDay).await;
    }
    let mut said = Vec::new();
    if let Some(owed) = owed.as_ref().filter(|_| !must.pay.is_empty()) {
        said.push(pay(world, &mut found, &stage, owed, must).await);
    }
    if let Some(turn) = must.turn {
        world.turn(reference, turn).await;
    }
    if must.inquiry == Told::Owed {
        said.push(ask(world, &mut found, &stage, must.status).await);
    }
    compare(&mut found, must, &world.truth(reference).await);
    let said: Vec<String> = said.iter().map(|word| format!("{word:?}")).collect();
    found.saw(if said.is_empty() { format!("{:?}", must.inquiry) } else { said.join(" then ") });
    Ok(found)
}

/// Whether it has an answer for any kind of bill.
async fn pays_any(world: &dyn SupplierWorld) -> Result<bool, Unsupported> {
    let stage = world.arrange(Situation::Unreachable).await?;
    for category in [Category::PlnBill, Category::Bpjs, Category::Pdam, Category::Internet] {
        let query = BillQuery {
            reference: stage.purchase.reference.clone(),
            code: "X".to_owned(),
            target: Private::new("530000000001"),
            category,
            months: None,
        };
        if stage.supplier.inquire_bill(&query, world.now()).await.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Asks what is owed. It forms nothing, whatever is answered.
async fn inquire(world: &dyn SupplierWorld, found: &mut Findings, stage: &BillStage, told: Told) -> Option<Owed> {
    let Some((answer, exchange)) = stage.supplier.inquire_bill(&stage.query, world.now()).await else {
        found.expect(false, || "it claims to pay bills, and has no answer to this one".to_owned());
        return None;
    };
    let as_told = match &answer {
        BillAnswer::Owed(_) => told == Told::Owed,
        BillAnswer::NotOwed(why) => told == Told::NotOwed(*why),
        BillAnswer::Unclear { .. } => told == Told::Unclear,
        BillAnswer::Refused { .. } => false,
    };
    found.expect(as_told, || format!("the inquiry must say {told:?}, not {answer:?}"));
    let guessed = exchange.sent != Sent::Replied
        && !matches!(answer, BillAnswer::Unclear { .. } | BillAnswer::Refused { cause: Cause::NotFormed, .. });
    found.expect(!guessed, || format!("no whole reply came, but the inquiry says {answer:?}"));
    let mut private = vec![stage.query.target.expose().to_owned()];
    if let BillAnswer::Owed(owed) = &answer {
        private.push(owed.bill.holder.expose().to_owned());
    }
    check_record(world, found, "the inquiry", &private, &exchange);
    private.extend(world.secrets());
    found.expect_no_secret(&private, "the Debug of an inquiry's answer", &format!("{answer:?}"));
    found.expect_no_secret(&private, "the Debug of a bill's query", &format!("{:?}", stage.query));
    let truth = world.truth(&stage.query.reference).await;
    found.expect(truth.formed == 0 && truth.requests == 0, || "an inquiry paid something".to_owned());
    if let BillAnswer::Owed(owed) = answer { Some(owed) } else { None }
}

/// What is told is what is owed.
fn check_owed(
    world: &dyn SupplierWorld,
    found: &mut Findings,
    situation: BillSituation,
    stage: &BillStage,
    owed: &Owed,
) {
    let (bill, owes) = (&owed.bill, stage.owes);
    // What is left over need not be told, but then not as none.
    let left = owes.bills.checked_sub(bill.count);
    let bills_fit = bill.count > 0 && left.is_some() && (bill.remaining.is_none() || bill.remaining == left);
    found.expect(bills_fit, || {
        format!("{} bills are owed, and told are {} and {:?} left over", owes.bills, bill.count, bill.remaining)
    });
    let debt_fits = if left == Some(0) { bill.debt == owes.debt } else { bill.debt.minor() < owes.debt.minor() };
    found.expect(debt_fits && bill.debt.minor() > 0, || format!("{} are owed, and told are {}", owes.debt, bill.debt));
    let sum: i64 = bill.lines.iter().map(|line| line.amount.minor() + line.penalty.minor()).sum();
    let adds_up = bill.lines.len() < usize::from(bill.count) || sum == bill.debt.minor();
    found.expect(adds_up, || format!("the lines add up to {sum}, and the debt is {}", bill.debt.minor()));
    let currency = bill.debt.currency();
    let costs = owed.cost.currency() == currency && owed.cost.minor() > 0;
    found.expect(costs, || format!("it costs {}", owed.cost));
    found.expect(owed.fresh, || "what nobody asked about before is told as of earlier".to_owned());
    found.expect(owed.until > world.now(), || "it can no longer be paid when it is told".to_owned());
    let rest = bill.remaining.is_some_and(|remaining| remaining > 0);
    found.expect(rest || situation != BillSituation::SeveralBillsWithRest, || "no bills are left over".to_owned());
}

fn payment(stage: &BillStage, owed: Option<&Owed>) -> Purchase {
    Purchase {
        reference: stage.query.reference.clone(),
        code: stage.query.code.clone(),
        target: stage.query.target.clone(),
        cost: owed.map_or(stage.owes.debt, |owed| owed.cost),
        category: stage.query.category,
        bill: owed.map(|owed| owed.handle.clone()),
    }
}

async fn pay(world: &dyn SupplierWorld, found: &mut Findings, stage: &BillStage, owed: &Owed, must: Must) -> Word {
    let reference: &Reference = &stage.query.reference;
    let before = world.truth(reference).await;
    let purchase = payment(stage, Some(owed));
    let (answer, exchange) = stage.supplier.purchase(&purchase, world.now()).await;
    let word = Word::of(&answer);
    found.expect(must.pay.contains(&word), || format!("the payment must say one of {:?}, not {answer:?}", must.pay));
    let after = world.truth(reference).await;
    found.expect(before.bill_inquiries == after.bill_inquiries, || "the payment asked what is owed".to_owned());
    found.expect(after.requests == 1, || format!("{} payments reached the supplier, not 1", after.requests));
    let refused_but_formed = matches!(answer, Answer::Refused { .. }) && after.formed > 0;
    found.expect(!refused_but_formed, || "refused, but the supplier formed it: a fallback pays twice".to_owned());
    check(world, found, "the payment", &purchase, &answer, &exchange);
    word
}

/// A question about a payment knows no handle.
async fn ask(world: &dyn SupplierWorld, found: &mut Findings, stage: &BillStage, allowed: &[Word]) -> Word {
    let query = payment(stage, None);
    let (answer, exchange) = stage.supplier.status(&query, world.now()).await;
    expect_word(found, &world.claims(), "the status question", allowed, &answer);
    check(world, found, "status", &query, &answer, &exchange);
    Word::of(&answer)
}

fn compare(found: &mut Findings, must: Must, truth: &SupplierTruth) {
    found.expect(truth.formed == must.formed, || format!("{} payments were formed, not {}", truth.formed, must.formed));
    found.expect(truth.delivered == must.delivered, || {
        format!("{} payments were done, not {}", truth.delivered, must.delivered)
    });
    let requests = u32::from(!must.pay.is_empty());
    found.expect(truth.requests == requests, || {
        format!("{} payments reached the supplier, not {requests}", truth.requests)
    });
}
