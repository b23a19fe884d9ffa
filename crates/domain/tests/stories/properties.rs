//! Anything may be told, in any order and any number of times. The order never breaks.
//! What must hold after each event is checked by [`Story::tell_as`]: the change is the whole change, one version and one
//! history row each, no rule of the guard broken, the books as the states say.

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause};
use domain::order::{Claim, ItemResolution, PaymentResolution};
use domain::payment::{Evidence, PaidReport};
use domain::{Actor, ItemNo, PaymentNo, Private, Reference, RefundNo, What};
use proptest::prelude::*;

use crate::story::{
    DEAR, PULSA, Story, TRUST, Told, asked_last, charged_back, confirmed, delivered, delivered_at, due, failed, idr,
    operator, pending, proved, reference, refused, rejected, resolved, twd, unclear, without_serial,
};

/// One step, still without an order: which event, about which of its parts, in which variant, after how long.
type Step = (u8, u8, u8, u8);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_u8..24, any::<u8>(), any::<u8>(), any::<u8>()), 1..60)
}

fn pick<T: Copy>(of: &[T], n: u8) -> T {
    of[usize::from(n) % of.len()]
}

fn one_of(references: Vec<Reference>, n: u8) -> Reference {
    // One in sixteen is nobody's.
    if references.is_empty() || n % 16 == 15 {
        reference('X', 0)
    } else {
        references[usize::from(n) % references.len()].clone()
    }
}

fn answer(n: u8) -> Answer {
    let cause = pick(
        &[
            Cause::Supplier,
            Cause::Us,
            Cause::Busy,
            Cause::Closed,
            Cause::Price,
            Cause::Deposit,
            Cause::Customer,
            Cause::Repeat,
        ],
        n / 9,
    );
    match n % 9 {
        0 => delivered(),
        1 => without_serial(),
        2 => delivered_at(11_111),
        3 => pending(),
        4 => refused(cause),
        5 | 6 => failed(cause),
        7 => unclear(),
        _ => Answer::NotFound,
    }
}

fn what(s: &Story, (kind, a, b, _): Step) -> What {
    let order = &s.order;
    let checkout = || one_of(order.checkouts.iter().map(|c| c.reference.clone()).collect(), a);
    let attempt = || one_of(order.attempts.iter().map(|c| c.reference.clone()).collect(), a);
    let item = ItemNo(u16::from(a) % 4);
    let refund = u16::from(a) % (u16::try_from(order.refunds.len()).unwrap() + 1);
    let payment = PaymentNo(u16::from(a == 255));
    match kind {
        0 => What::CheckoutOpened(s.new_checkout(usize::from(a) % 12)),
        1 => s.issued(&checkout(), TimeDelta::hours(i64::from(b))),
        2 => What::CheckoutDeclined { reference: checkout(), code: "no".into() },
        3..=6 => {
            let evidence = pick(&[Evidence::Notice, Evidence::Query, Evidence::Settlement], b);
            let amount = if b % 8 == 7 { twd(20 + i64::from(b)) } else { order.payments[0].amount };
            let transaction = if b % 16 == 5 { "T-other".to_owned() } else { format!("T{}", checkout()) };
            let fee = (b % 5 == 0).then(|| twd(1));
            What::Paid(PaidReport { amount, fee, simulated: b == 200, ..s.report(&checkout(), &transaction, evidence) })
        }
        7 => s.asked((b % 2 == 0).then(|| TimeDelta::minutes(30))),
        8 => What::SecondDenied { reference: checkout() },
        9 => What::SecondUnsure { reference: checkout(), retry_after: TimeDelta::minutes(30) },
        10 if b % 4 == 0 => What::Cancelled { payment },
        10 | 11 if b % 3 == 0 => charged_back(&checkout(), order.payments[0].received),
        10..=13 => What::AttemptReserved({
            let mut new = s.new_attempt(item.0 % u16::try_from(order.items.len()).unwrap(), pick(&["iak", "iak-b"], b));
            new.reference = if b % 16 == 3 { attempt() } else { new.reference };
            new
        }),
        14 => What::SenderLost { reference: attempt() },
        15..=17 => What::Answered { reference: attempt(), answer: answer(b), trust: TRUST, asked_at: asked_last() },
        18 if b % 4 == 3 => proved(&attempt(), delivered()),
        18 => What::Nudged {
            reference: attempt(),
            claim: pick(&[Claim::Delivered, Claim::NotDelivered, Claim::Nothing], b),
            vouched: b % 5 == 0,
        },
        19 if b % 2 == 0 => What::NoOffer { item },
        19 if b % 8 == 1 => What::Simulated { reference: checkout() },
        19 => What::ReviewReminder,
        20 => due(refund),
        21 => match b % 3 {
            0 => confirmed(refund),
            1 => rejected(refund),
            _ => What::RefundRetried { refund: RefundNo(refund) },
        },
        22 => What::ItemResolved {
            item,
            resolution: match b % 3 {
                0 => ItemResolution::Delivered {
                    serial: Some(Private::new("SN-9")),
                    price: idr(9_999),
                    by: (b % 2 == 0).then(attempt),
                },
                1 => ItemResolution::Failed,
                _ => ItemResolution::Retry,
            },
            evidence: if b == 9 { String::new() } else { "chat".to_owned() },
        },
        _ => resolved(pick(&[PaymentResolution::Accept, PaymentResolution::Return, PaymentResolution::WriteOff], b)),
    }
}

fn actor((_, a, b, _): Step) -> Actor {
    match (a ^ b) % 4 {
        0 => Actor::Engine,
        1 | 2 => operator("rina"),
        _ => operator("budi"),
    }
}

fn wait((.., time): Step) -> TimeDelta {
    let minutes = [0, 0, 0, 0, 1, 5, 10, 11, 30, 60, 240, 60 * 24];
    TimeDelta::minutes(pick(&minutes, time))
}

/// Told a second time at the same moment, these are known. The others say something new each time: a question asked again,
/// a reminder, the word of a second person.
fn is_idempotent(what: &What) -> bool {
    match what {
        What::Answered { answer: Answer::Pending { .. } | Answer::Unclear { .. } | Answer::NotFound, .. }
        | What::GatewayAsked { .. }
        | What::SecondUnsure { .. }
        | What::RefundDue { .. }
        | What::RefundConfirmed { .. }
        | What::PaymentResolved { .. }
        | What::ReviewReminder => false,
        // Without a serial a delivery is asked about again.
        What::Answered { answer: Answer::Delivered { serial, .. }, .. } => serial.is_some(),
        What::Answered { answer: Answer::Refused { .. } | Answer::Failed { .. }, .. }
        | What::CheckoutOpened(_)
        | What::Instructions { .. }
        | What::CheckoutDeclined { .. }
        | What::Paid(_)
        | What::Simulated { .. }
        | What::SecondDenied { .. }
        | What::Cancelled { .. }
        | What::ChargedBack { .. }
        | What::AttemptReserved(_)
        | What::SenderLost { .. }
        | What::Proved { .. }
        | What::Nudged { .. }
        | What::NoOffer { .. }
        | What::RefundRejected { .. }
        | What::RefundRetried { .. }
        | What::ItemResolved { .. } => true,
    }
}

fn run(mut s: Story, steps: Vec<Step>) {
    for step in steps {
        s.wait(wait(step));
        let (what, actor) = (what(&s, step), actor(step));
        let first = s.tell_as(actor.clone(), what.clone());
        if matches!(first, Told::Applied(_)) {
            let after = s.order.clone();
            let second = s.tell_as(actor, what.clone());
            if is_idempotent(&what) {
                assert!(!matches!(second, Told::Applied(_)), "{what:?} was applied twice: {second:?}");
                assert_eq!(s.order, after);
            }
        }
    }
    let versions: Vec<i32> = s.history.iter().map(|row| row.version).collect();
    assert_eq!(versions, (1..=s.order.version).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn nothing_breaks_an_unpaid_order(costs in 1_usize..4, promo in prop::option::of(1_i64..20_000), steps in steps()) {
        run(Story::placed_with(&[PULSA, PULSA, DEAR][..costs], promo), steps);
    }

    #[test]
    fn nothing_breaks_a_paid_order(items in 1_usize..4, dear in any::<bool>(), steps in steps()) {
        run(Story::bought(&vec![if dear { DEAR } else { PULSA }; items]), steps);
    }
}
