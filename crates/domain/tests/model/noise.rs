//! What should never be said at this moment, said in every world: repeated, stale, foolish or wrong. Nothing may break by
//! it, and where it is believed the books must still agree. The walk does not go on from there.

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause, NewAttempt, StatusTrust};
use domain::order::{ItemResolution, PaymentResolution};
use domain::payment::NewCheckout;
use domain::{Actor, Decision, Event, Instructions, PayCode, PaymentNo, Private, Refusal, TaskKind, What, decide};

use crate::world::{World, now};

const PAYMENT: PaymentNo = PaymentNo(0);

pub fn survives(world: &World) -> Result<(), String> {
    for what in noise(world) {
        let event = Event { what, actor: Actor::Operator("budi".into()) };
        match decide(&world.order, &event, now()) {
            Decision::Refused(Refusal::Invariant(rule)) => return Err(format!("{:?}: {rule}", event.what)),
            Decision::Refused(_) | Decision::AlreadyApplied => {}
            Decision::Applied(applied) => {
                let mut books = world.books.clone();
                books.post(&applied.change);
                books.check(&applied.after).map_err(|broken| format!("{:?}: {broken}", event.what))?;
            }
        }
    }
    Ok(())
}

fn noise(world: &World) -> Vec<What> {
    let order = &world.order;
    let mut all = vec![
        What::Cancelled { payment: PAYMENT },
        What::GatewayAsked { payment: PAYMENT, unpaid: Vec::new(), retry_after: None },
        What::PaymentResolved { payment: PAYMENT, resolution: PaymentResolution::Accept, evidence: "seen".into() },
        What::CheckoutOpened(NewCheckout {
            payment: PAYMENT,
            reference: "XXXXXXXXXXXXXXXXXXXX".parse().unwrap(),
            gateway: "ecpay".parse().unwrap(),
            account: "3002607".parse().unwrap(),
            method: "credit".into(),
            code_life: Some(TimeDelta::days(1)),
            lag: TimeDelta::zero(),
        }),
    ];
    for checkout in &order.checkouts {
        let reference = checkout.reference.clone();
        let payable_until = now() + TimeDelta::hours(3);
        let instructions = Instructions { code: PayCode::StoreCode(Private::new("MMM")), payable_until };
        all.push(What::Instructions { reference, instructions, lag: TimeDelta::zero() });
        all.push(What::CheckoutDeclined { reference: checkout.reference.clone(), code: "no".into() });
        if let Some(amount) = checkout.received {
            all.push(What::ChargedBack {
                reference: checkout.reference.clone(),
                amount,
                case: "case-2".into(),
                evidence: "the console".into(),
            });
        }
    }
    for item in &order.items {
        all.push(What::NoOffer { item: item.no });
        all.push(What::AttemptReserved(NewAttempt {
            item: item.no,
            supplier: "gamma".parse().unwrap(),
            account: "seberang".parse().unwrap(),
            reference: "ZZZZZZZZZZZZZZZZZZZZ".parse().unwrap(),
            code: "p".into(),
            cost: item.cost,
            reason: String::new(),
            settle: domain::schedule::REFUND_SETTLE,
        }));
        let resolution = ItemResolution::Failed;
        all.push(What::ItemResolved { item: item.no, resolution, evidence: "seen".into() });
    }
    for attempt in &order.attempts {
        all.push(What::SenderLost { reference: attempt.reference.clone() });
        let trust = StatusTrust { absence: true, game_codes: true, request_timeout: TimeDelta::zero() };
        for answer in [
            Answer::Pending { supplier_ref: None, price: None },
            Answer::Delivered { serial: None, price: None, supplier_ref: None },
            Answer::Refused { cause: Cause::Repeat, code: "202".into() },
            Answer::Refused { cause: Cause::Busy, code: "110".into() },
            Answer::Failed { cause: Cause::Deposit, code: "17".into() },
            Answer::Unclear { why: "reset".into() },
            Answer::NotFound,
        ] {
            all.push(What::Answered { reference: attempt.reference.clone(), answer, trust, asked_at: now() });
        }
    }
    for refund in order.refunds.iter().map(|r| r.no) {
        all.push(What::RefundConfirmed { refund, evidence: "slip".into() });
        all.push(What::RefundRejected { refund, why: "closed".into() });
        all.push(What::RefundRetried { refund });
        if order.task(&TaskKind::Refund(refund)).is_none() {
            all.push(What::RefundDue { refund });
        }
    }
    all
}
