//! A purchase in a situation: bought, finished, asked about, and compared with the supplier's own books.

use domain::fulfilment::{Answer, Cause, pln_token};

use super::cases::PURCHASES;
use super::laws::{check, compare, expect_word, plain, price, serial, told_truly};
use super::{Claims, Situation, SupplierStage, SupplierTruth, SupplierWorld, Turn, Word};
use crate::conformance::report::{Findings, Report, Unsupported};
use crate::exchange::Sent;

/// How often a status is asked: a question must change nothing.
const ASKED: u32 = 2;

pub(super) async fn run(world: &dyn SupplierWorld, report: &mut Report) {
    let claims = world.claims();
    for (group, cases) in PURCHASES {
        report.begin(group);
        for case in *cases {
            let possible = all(world, case.situations, claims.must_not(case.duty));
            report.run(case.name.to_owned(), claims.may_skip(case.duty), possible).await;
        }
    }
}

async fn all(world: &dyn SupplierWorld, situations: &[Situation], unclaimed: bool) -> Result<Findings, Unsupported> {
    if unclaimed {
        return Err(Unsupported("it does not claim to"));
    }
    let mut found = Findings::default();
    for situation in situations {
        one(world, &mut found, *situation).await?;
    }
    Ok(found)
}

/// What the supplier told of one purchase, call by call.
#[derive(Default)]
struct Told {
    bought: Option<Answer>,
    asked: Option<Answer>,
    then: Option<Answer>,
}

async fn one(world: &dyn SupplierWorld, found: &mut Findings, situation: Situation) -> Result<(), Unsupported> {
    let (must, claims) = (situation.must(&world.claims()), world.claims());
    let stage = world.arrange(situation).await?;
    let reference = &stage.purchase.reference;
    let mut told = Told::default();
    if !must.buy.is_empty() {
        told.bought = Some(buy(world, found, &stage, must.buy).await);
    }
    if must.settles {
        world.turn(reference, Turn::Settles).await;
    }
    for _ in 0..ASKED {
        let answer = ask(world, found, &stage, situation, must.status).await;
        let same = told.asked.as_ref().is_none_or(|before| Word::of(before) == Word::of(&answer));
        found.expect(same || claims.asking_may_buy, || format!("{:?}, and asked again {answer:?}", told.asked));
        told.asked = Some(answer);
    }
    if let Some((turn, words)) = must.then {
        world.turn(reference, turn).await;
        let (answer, exchange) = stage.supplier.status(&stage.purchase, world.now()).await;
        expect_word(found, &claims, "the question after that", words, &answer);
        told_truly(found, &answer, &world.truth(reference).await);
        check(world, found, "the last status", &stage.purchase, &answer, &exchange);
        told.then = Some(answer);
    }
    let truth = world.truth(reference).await;
    let asked = ASKED + u32::from(must.then.is_some());
    compare(found, &claims, must, asked, &truth);
    particulars(found, situation, &stage, &told, &truth);
    trusted(found, situation, &claims, &stage);
    found.saw(summary(&told, &truth));
    Ok(())
}

async fn buy(world: &dyn SupplierWorld, found: &mut Findings, stage: &SupplierStage, allowed: &[Word]) -> Answer {
    let (answer, exchange) = stage.supplier.purchase(&stage.purchase, world.now()).await;
    let word = Word::of(&answer);
    found.expect(allowed.contains(&word), || format!("the purchase must say one of {allowed:?}, not {answer:?}"));
    let truth = world.truth(&stage.purchase.reference).await;
    let refused_but_formed = matches!(answer, Answer::Refused { .. }) && truth.formed > 0;
    found.expect(!refused_but_formed, || "refused, but the supplier formed it: a fallback buys twice".to_owned());
    found.expect(answer != Answer::NotFound, || "\"not found\" answers no purchase".to_owned());
    let not_formed = matches!(answer, Answer::Refused { cause: Cause::NotFormed, .. });
    found.expect(not_formed == (exchange.sent == Sent::No), || {
        format!("not formed is what never left, and only that: {:?}, {answer:?}", exchange.sent)
    });
    told_truly(found, &answer, &truth);
    check(world, found, "purchase", &stage.purchase, &answer, &exchange);
    answer
}

async fn ask(
    world: &dyn SupplierWorld,
    found: &mut Findings,
    stage: &SupplierStage,
    situation: Situation,
    allowed: &[Word],
) -> Answer {
    let (answer, exchange) = stage.supplier.status(&stage.purchase, world.now()).await;
    expect_word(found, &world.claims(), "the status question", allowed, &answer);
    let truth = world.truth(&stage.purchase.reference).await;
    let hidden = situation == Situation::NotFoundOfAFormedOne;
    let said_gone = matches!(answer, Answer::NotFound | Answer::Refused { .. }) && truth.formed > 0 && !hidden;
    found.expect(!said_gone, || format!("{:?}, but the supplier formed it", Word::of(&answer)));
    let said_failed = matches!(answer, Answer::Failed { .. }) && truth.delivered > 0;
    found.expect(!said_failed, || "failed, but the supplier delivered it".to_owned());
    let said_delivered = matches!(answer, Answer::Delivered { .. }) && truth.delivered == 0;
    found.expect(!said_delivered, || "delivered, but the supplier delivered nothing".to_owned());
    found.expect(exchange.busy || situation != Situation::StatusThrottled, || {
        "turned away for too many calls, and nobody is told to leave it alone".to_owned()
    });
    let fits = exchange.sent != Sent::No || matches!(answer, Answer::Unclear { .. });
    found.expect(fits, || format!("a question that was not sent was answered {answer:?}"));
    told_truly(found, &answer, &truth);
    check(world, found, "status", &stage.purchase, &answer, &exchange);
    answer
}

/// What some situations are about, beyond the words.
fn particulars(found: &mut Findings, situation: Situation, stage: &SupplierStage, told: &Told, truth: &SupplierTruth) {
    let asked = told.asked.as_ref().and_then(serial);
    match situation {
        Situation::PriceAboveList => {
            let answers = [&told.bought, &told.asked];
            let price_told = answers.into_iter().flatten().find_map(price);
            let dearer = price_told.is_some_and(|price| price.minor() > stage.purchase.cost.minor());
            found.expect(dearer, || format!("dearer than its list, and told as {price_told:?}"));
        }
        Situation::PriceWithDots | Situation::PriceWithRp => {
            let price_told = told.bought.as_ref().and_then(price);
            found.expect(price_told.is_some(), || "the price is written otherwise, and not read".to_owned());
        }
        Situation::SerialOfTwoParts => {
            let whole = |part: &Option<String>| {
                part.as_ref().is_some_and(|part| asked.is_some_and(|told| plain(told).contains(&plain(part))))
            };
            found.expect(whole(&truth.serial) && whole(&truth.pin), || "a code or its pin is missing".to_owned());
        }
        Situation::PlnToken => {
            let token = asked.and_then(pln_token);
            found.expect(token.is_some(), || "a token of twenty digits is no token as it is told".to_owned());
        }
        Situation::PlnTokenTooShort => {
            found.expect(asked.is_none(), || "a token that lacks a digit is told as a serial".to_owned());
        }
        Situation::SerialLater => {
            found.expect(asked.is_none(), || "a serial is told before there is one".to_owned());
            let then = told.then.as_ref().and_then(serial);
            found.expect(then.is_some(), || "the serial is there, and is not told".to_owned());
        }
        _ => {}
    }
}

/// What it says of its own answers is what is claimed.
fn trusted(found: &mut Findings, situation: Situation, claims: &Claims, stage: &SupplierStage) {
    if matches!(situation, Situation::NotFound | Situation::NotFoundOfAFormedOne) {
        let absence = stage.supplier.trust().absence;
        found.expect(absence == claims.absence, || {
            format!("whether \"not found\" may be believed: it says {absence}, and claims {}", claims.absence)
        });
    }
    if situation == Situation::AskingNeverBuys {
        let buys = stage.supplier.asking_may_buy();
        found.expect(buys == claims.asking_may_buy, || {
            format!("whether asking may buy: it says {buys}, and claims {}", claims.asking_may_buy)
        });
    }
}

fn summary(told: &Told, truth: &SupplierTruth) -> String {
    let mut words: Vec<String> = Vec::new();
    for answer in [&told.bought, &told.asked, &told.then].into_iter().flatten() {
        let word = format!("{:?}", Word::of(answer));
        if words.last() != Some(&word) {
            words.push(word);
        }
    }
    let plural = if truth.requests == 1 { "" } else { "s" };
    format!("{}, {} formed, {} request{plural}", words.join(" then "), truth.formed, truth.requests)
}
