//! What holds for every answer, whatever the situation.

use domain::fulfilment::Answer;

use super::{Claims, Must, SupplierTruth, SupplierWorld, Word};
use crate::conformance::report::Findings;
use crate::exchange::{Exchange, Sent};
use crate::supplier::Purchase;

/// One of these words. Where asking may buy, what was not found before may be bought by being asked about.
pub(super) fn expect_word(found: &mut Findings, claims: &Claims, what: &str, allowed: &[Word], answer: &Answer) {
    let word = Word::of(answer);
    let bought_by_asking = claims.asking_may_buy
        && allowed.contains(&Word::NotFound)
        && matches!(word, Word::Pending | Word::Delivered | Word::Unclear);
    let fits = allowed.contains(&word) || bought_by_asking;
    found.expect(fits, || format!("{what} must say one of {allowed:?}, not {answer:?}"));
}

/// The supplier's books agree with what the situation fixes; nothing was ever bought twice. `asked`: questions that were put.
pub(super) fn compare(found: &mut Findings, claims: &Claims, must: Must, asked: u32, truth: &SupplierTruth) {
    // There a question is one more request to buy, and may be the one that forms it.
    let (more, lenient) = if claims.asking_may_buy { (asked, must.formed == Some(0)) } else { (0, false) };
    found.expect((must.requests..=must.requests + more).contains(&truth.requests), || {
        format!("{} purchase requests reached the supplier, not {}", truth.requests, must.requests)
    });
    let formed = must.formed.filter(|_| !lenient).unwrap_or(truth.formed);
    found.expect(truth.formed == formed && truth.formed <= 1, || {
        format!("the supplier formed {} purchases, not {}", truth.formed, formed.min(1))
    });
    let delivered = must.delivered.filter(|_| !lenient).unwrap_or(truth.delivered);
    found.expect(truth.delivered == delivered && truth.delivered <= 1, || {
        format!("the supplier delivered {} times, not {}", truth.delivered, delivered.min(1))
    });
}

/// Price and serial are told as the supplier has them.
pub(super) fn told_truly(found: &mut Findings, answer: &Answer, truth: &SupplierTruth) {
    let told = price(answer);
    found.expect(told.is_none() || truth.price.is_none() || told == truth.price, || {
        format!("the price told is {told:?}, and {:?} was taken", truth.price)
    });
    if let (Some(told), Some(true_one)) = (serial(answer), &truth.serial) {
        found.expect(plain(told).contains(&plain(true_one)), || "the serial is not the one that was given".to_owned());
    }
}

pub(super) fn price(answer: &Answer) -> Option<domain::Money> {
    match answer {
        Answer::Delivered { price, .. } | Answer::Pending { price, .. } => *price,
        Answer::Refused { .. } | Answer::Failed { .. } | Answer::Unclear { .. } | Answer::NotFound => None,
    }
}

pub(super) fn serial(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Delivered { serial, .. } => serial.as_ref().map(|serial| serial.expose()),
        _ => None,
    }
}

/// Letters and digits: suppliers group them as they like.
pub(super) fn plain(serial: &str) -> String {
    serial.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The laws of one call's answer and its record.
pub(super) fn check(
    world: &dyn SupplierWorld,
    found: &mut Findings,
    call: &str,
    purchase: &Purchase,
    answer: &Answer,
    exchange: &Exchange,
) {
    let unclear = matches!(answer, Answer::Unclear { .. });
    found.expect(exchange.sent != Sent::Maybe || unclear, || {
        format!("{call}: no whole reply came, but the answer is {answer:?}")
    });
    let mut secrets = vec![purchase.target.expose().to_owned()];
    secrets.extend(serial(answer).map(str::to_owned));
    let named = exchange.response.contains(purchase.reference.as_str());
    found.expect(world.claims().names_reference || !named, || {
        format!("{call}: the reply names the reference, and it claims that none does")
    });
    check_record(world, found, call, &secrets, exchange);
    secrets.extend(world.secrets());
    found.expect_no_secret(&secrets, &format!("the answer's Debug of {call}"), &format!("{answer:?}"));
    found.expect_no_secret(&secrets, "the purchase's Debug", &format!("{purchase:?}"));
}

/// The laws of a record; `private` is what this call told or heard of a person.
pub(super) fn check_record(
    world: &dyn SupplierWorld,
    found: &mut Findings,
    call: &str,
    private: &[String],
    exchange: &Exchange,
) {
    let now = world.now();
    found.expect(exchange.at == now, || format!("{call}: the exchange is of {}, not {now}", exchange.at));
    let fits = exchange.request.len().max(exchange.response.len()) <= Exchange::BODY_LIMIT;
    found.expect(fits, || format!("{call}: the exchange is larger than {} bytes", Exchange::BODY_LIMIT));
    let replied = exchange.sent == Sent::Replied;
    found.expect(exchange.status.is_some() == replied, || format!("{call}: a status belongs to a whole reply"));
    let secrets = [world.secrets().as_slice(), private].concat();
    found.expect_no_secret(&secrets, &format!("the exchange of {call}"), &format!("{exchange:?}"));
}
