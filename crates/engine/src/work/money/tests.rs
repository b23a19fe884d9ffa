//! Asking gateways: how many questions fit a lease, and what becomes of money that another order holds.

use std::sync::Arc;
use std::time::Instant;

use domain::payment::NewCheckout;
use domain::task::TaskChange;
use domain::{Instructions, Moment, OrderId, PayCode, Private, TaskKind};
use ports::Sent;
use ports::gateway::Issued;
use ports::store::{Commit, CommitError};
use ports::tasks::LeaseToken;
use uuid::Uuid;

use super::*;
use crate::tests::world::{Ports, account, after, money, noon, opened, paid, reference};

/// Longer than ten slow questions.
const LONG_LEASE: Duration = Duration::from_secs(300);

fn task(kind: TaskKind, lease: Duration) -> Leased {
    Leased {
        order: opened().id,
        kind,
        run_at: noon(),
        attempts: 0,
        version: 0,
        token: LeaseToken(Uuid::from_u128(1)),
        until: Instant::now() + lease,
    }
}

fn payment_task(lease: Duration) -> Leased {
    task(TaskKind::Payment(PaymentNo(0)), lease)
}

fn other_reference() -> Reference {
    "BBBBBBBBBBBBBBBBBBBB".parse().unwrap()
}

/// An order with a second page.
fn opened_twice() -> Order {
    after(
        &opened(),
        What::CheckoutOpened(NewCheckout {
            payment: PaymentNo(0),
            reference: other_reference(),
            gateway: "ecpay".parse().unwrap(),
            account: account(),
            method: "credit".into(),
            code_life: None,
            lag: TimeDelta::minutes(5),
        }),
    )
}

fn exchange() -> Exchange {
    Exchange {
        provider: "ecpay".into(),
        call: "query",
        at: noon(),
        elapsed_ms: 12,
        sent: Sent::Replied,
        request: String::new(),
        status: Some(200),
        busy: false,
        response: String::new(),
    }
}

/// The gateway says the same of every reference; it is asked about these, in this order.
fn answers(ports: &mut Ports, references: &[Reference], answer: GatewayAnswer) {
    let mut expected = Vec::from(references).into_iter();
    ports.gateway.expect_query().times(references.len()).returning(move |asked, _| {
        assert_eq!(Some(asked), expected.next().as_ref());
        (answer.clone(), exchange())
    });
}

/// When the task is due after this commit. One that is not named stays as it is: ten minutes after the page was opened.
fn next_look(commit: &Commit) -> Moment {
    let mut put = commit.change.tasks.iter().map(|change| match change {
        TaskChange::Put { task, .. } => task.run_at,
        TaskChange::Remove(kind) => panic!("{kind} is gone"),
    });
    put.next().unwrap_or(noon() + PAYMENT_QUERY_SPACING)
}

#[tokio::test]
async fn a_short_lease_asks_about_some_checkouts_now_and_about_the_others_soon() {
    let both = [reference(), other_reference()];
    for (lease, asked, wait) in [(Duration::from_secs(14), 1, REST_WAIT), (LONG_LEASE, 2, PAYMENT_QUERY_SPACING)] {
        let mut ports = Ports::new();
        ports.orders.expect_load().returning(|_| Ok(opened_twice()));
        answers(&mut ports, &both[..asked], GatewayAnswer::Unpaid);
        ports.orders.expect_commit().times(1).returning(move |batch| {
            assert_eq!(batch[0].change.history.cause, "gateway_asked");
            assert_eq!(batch[0].exchanges.len(), asked);
            assert_eq!(next_look(&batch[0]), noon() + wait);
            vec![Ok(vec![])]
        });
        let worked = ports.engine().work_payment(&payment_task(lease), PaymentNo(0)).await;
        assert!(matches!(worked, Ok(Worked::Committed)));
    }
}

/// Those that were asked now are too early when the other one is not, and so on: at the deadline nobody would ever say that all
/// are unpaid.
#[tokio::test]
async fn a_checkout_that_was_asked_at_another_time_is_waited_for_until_all_may_be_asked_together() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(opened_twice()));
    ports.gateway.expect_query().times(2).returning(|asked, _| {
        let early = GatewayAnswer::Throttled { retry_after_s: 12 };
        (if *asked == reference() { GatewayAnswer::Unpaid } else { early }, exchange())
    });
    ports.orders.expect_commit().times(1).returning(|batch| {
        assert_eq!(next_look(&batch[0]), noon() + PAYMENT_QUERY_SPACING);
        vec![Ok(vec![])]
    });
    let worked = ports.engine().work_payment(&payment_task(LONG_LEASE), PaymentNo(0)).await;
    assert!(matches!(worked, Ok(Worked::Committed)));
}

fn elsewhere() -> OrderId {
    "0199aa00-0000-7000-8000-00000000000b".parse().unwrap()
}

/// The money of this transaction is booked for another order; a person is called about it once, here.
fn is_held_elsewhere(ports: &mut Ports, then: &'static str) {
    let mut commits = 0;
    ports.orders.expect_commit().times(2).returning(move |batch| {
        commits += 1;
        if commits == 1 {
            let key = batch[0].change.keys[0].clone();
            return vec![Err(CommitError::Duplicate(key))];
        }
        assert_eq!(batch[0].change.history.cause, then);
        assert_eq!(batch[0].exchanges.len(), 1, "what was heard is kept");
        assert_eq!(next_look(&batch[0]), noon() + PAYMENT_QUERY_SPACING);
        vec![Ok(vec![])]
    });
    ports.orders.expect_holder_of().returning(|_| Ok(Some(elsewhere())));
    ports.upkeep.expect_raise().times(1).returning(|_, _| Ok(()));
}

#[tokio::test]
async fn a_payment_whose_money_another_order_holds_is_asked_about_further() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(opened()));
    answers(&mut ports, &[reference()], GatewayAnswer::Paid(money(&opened())));
    is_held_elsewhere(&mut ports, "gateway_asked");
    let worked = ports.engine().work_payment(&payment_task(LONG_LEASE), PaymentNo(0)).await;
    assert!(matches!(worked, Ok(Worked::Committed)));
}

/// The second page was paid; the first is watched.
fn left_page() -> Order {
    let mut report = money(&opened());
    report.reference = other_reference();
    after(&opened_twice(), What::Paid(report))
}

#[tokio::test]
async fn a_left_page_whose_money_another_order_holds_is_asked_about_further() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(left_page()));
    let mut late = money(&opened());
    late.transaction = "2611211200009".into();
    late.evidence = domain::payment::Evidence::Query;
    answers(&mut ports, &[reference()], GatewayAnswer::Paid(late));
    is_held_elsewhere(&mut ports, "second_unsure");
    let confirm = task(TaskKind::Confirm(reference()), LONG_LEASE);
    let worked = ports.engine().work_confirm(&confirm, &reference()).await;
    assert!(matches!(worked, Ok(Worked::Committed)));
}

#[tokio::test]
async fn a_left_page_whose_turn_comes_when_the_lease_is_nearly_over_is_asked_about_by_the_next_one() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(left_page()));
    ports.gateway.expect_query().times(0);
    let confirm = task(TaskKind::Confirm(reference()), Duration::from_secs(14));
    let worked = ports.engine().work_confirm(&confirm, &reference()).await;
    assert!(matches!(worked, Ok(Worked::Until(at)) if at == noon() + REST_WAIT));
}

#[tokio::test]
async fn a_gateway_is_asked_no_more_than_its_permits_allow() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(opened()));
    ports.gateway.expect_query().times(0);
    let engine: Arc<Engine> = ports.engine();
    let slot = engine.gateways.values().next().unwrap();
    let all = u32::try_from(slot.permits.available_permits()).unwrap();
    let _taken = slot.permits.try_acquire_many(all).unwrap();
    let worked = engine.work_payment(&payment_task(LONG_LEASE), PaymentNo(0)).await;
    assert!(matches!(worked, Ok(Worked::Until(at)) if at == noon() + PERMIT_WAIT));
}

fn issued() -> Issued {
    let code = PayCode::StoreCode(Private::new("LLL15091212345"));
    let instructions = Instructions { code, payable_until: noon() + TimeDelta::hours(6) };
    Issued { instructions, lag: TimeDelta::days(1) }
}

#[tokio::test]
async fn a_code_whose_notice_was_lost_is_asked_for_once_and_kept() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(opened()));
    answers(&mut ports, &[reference()], GatewayAnswer::UnpaidCode);
    ports.gateway.expect_instructions().times(1).returning(|_, _| (Some(issued()), exchange()));
    let mut causes = vec!["gateway_asked", "instructions"];
    ports.orders.expect_commit().times(2).returning(move |batch| {
        assert_eq!(Some(batch[0].change.history.cause), causes.pop());
        assert_eq!(batch[0].exchanges.len(), 1, "each question with what it brought");
        vec![Ok(vec![])]
    });
    let worked = ports.engine().work_payment(&payment_task(LONG_LEASE), PaymentNo(0)).await;
    assert!(matches!(worked, Ok(Worked::Committed)));
}

#[tokio::test]
async fn a_code_that_is_known_is_not_asked_for_and_one_the_gateway_does_not_tell_changes_nothing() {
    let told =
        What::Instructions { reference: reference(), instructions: issued().instructions, lag: TimeDelta::days(1) };
    let known = after(&opened(), told);
    for (order, questions) in [(known, 1), (opened(), 2)] {
        let mut ports = Ports::new();
        ports.orders.expect_load().returning(move |_| Ok(order.clone()));
        answers(&mut ports, &[reference()], GatewayAnswer::UnpaidCode);
        ports.gateway.expect_instructions().times(questions - 1).returning(|_, _| (None, exchange()));
        ports.orders.expect_commit().times(1).returning(move |batch| {
            assert_eq!(batch[0].change.history.cause, "gateway_asked");
            assert_eq!(batch[0].exchanges.len(), questions);
            vec![Ok(vec![])]
        });
        let worked = ports.engine().work_payment(&payment_task(LONG_LEASE), PaymentNo(0)).await;
        assert!(matches!(worked, Ok(Worked::Committed)));
    }
}

#[tokio::test]
async fn a_payment_that_has_its_money_is_not_asked_about() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(paid()));
    ports.gateway.expect_query().times(0);
    let worked = ports.engine().work_payment(&payment_task(LONG_LEASE), PaymentNo(0)).await;
    assert!(matches!(worked, Ok(Worked::Nothing)));
}
