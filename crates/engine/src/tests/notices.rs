//! Notices: verified, then stored with what they do, then acknowledged.

use domain::fulfilment::{Answer, Cause, ItemState, StatusTrust};
use domain::order::ChangeSet;
use domain::task::TaskChange;
use domain::{Alert, AlertKind, Instructions, Order, PayCode, Private, What};
use mockall::Sequence;
use ports::gateway::{GatewayNotice, GatewayNoticeSays, Issued, MockGateway};
use ports::notice::{NoticeOutcome, NoticeRecord, NoticeRejected, NoticeReply, RawNotice};
use ports::store::{CommitError, Unavailable};
use ports::supplier::{Proof, SupplierNotice};

use super::world::{Ports, account, after, counted, money, noon, opened, paid, reference};
use crate::{ActError, NoticeAnswer};

fn raw() -> RawNotice {
    RawNotice { body: "RtnCode=1".into(), ..RawNotice::default() }
}

fn record() -> NoticeRecord {
    NoticeRecord { key: "ecpay:return:1".into(), provider: "ecpay".into(), kind: "return".into(), body: String::new() }
}

fn paid_notice() -> GatewayNotice {
    GatewayNotice { reference: reference(), says: GatewayNoticeSays::Paid(money(&opened())), record: record() }
}

fn says_paid(gateway: &mut MockGateway) {
    gateway.expect_verify_notice().times(1).returning(|_, _| Ok(paid_notice()));
}

/// The gateway's words for an outcome, and nothing else.
fn replies(ports: &mut Ports, outcome: NoticeOutcome) {
    ports.gateway.expect_notice_reply().times(1).withf(move |given| *given == outcome).returning(|_| reply());
}

fn reply() -> NoticeReply {
    NoticeReply { status: 200, content_type: "text/plain", body: "its words".into() }
}

async fn told(ports: Ports) -> NoticeAnswer {
    ports.engine().notice("ecpay", "return", &raw()).await
}

#[tokio::test]
async fn a_notice_is_verified_then_stored_with_its_decision_then_acknowledged() {
    let mut ports = Ports::new();
    let mut order = Sequence::new();
    ports.gateway.expect_verify_notice().times(1).in_sequence(&mut order).returning(|_, _| Ok(paid_notice()));
    let key = reference().key("ecpay", &account());
    let holder = ports.orders.expect_holder_of().times(1).in_sequence(&mut order);
    holder.withf(move |asked| *asked == key).returning(|_| Ok(Some(opened().id)));
    ports.orders.expect_load().times(1).in_sequence(&mut order).returning(|_| Ok(opened()));
    ports.orders.expect_commit().times(1).in_sequence(&mut order).returning(|batch| {
        assert_eq!(batch[0].notice, Some(record()), "the notice and what it does are one commit");
        assert_eq!(batch[0].change.payments[0].state, domain::payment::PaymentState::Paid);
        vec![Ok(vec![])]
    });
    let replied = ports.gateway.expect_notice_reply().times(1).in_sequence(&mut order);
    replied.withf(|outcome| *outcome == NoticeOutcome::Stored).returning(|_| reply());
    assert_eq!(told(ports).await, NoticeAnswer::Reply(reply()));
}

#[tokio::test]
async fn a_notice_of_a_code_is_stored_with_the_code_on_its_checkout() {
    let mut ports = Ports::new();
    let code = PayCode::StoreCode(Private::new("LLL15091212345"));
    let instructions = Instructions { code, payable_until: noon() + chrono::TimeDelta::hours(6) };
    let issued = Issued { instructions: instructions.clone(), lag: chrono::TimeDelta::days(1) };
    ports.gateway.expect_verify_notice().times(1).returning(move |_, _| {
        let says = GatewayNoticeSays::Issued(issued.clone());
        Ok(GatewayNotice { reference: reference(), says, record: record() })
    });
    ports.orders.expect_holder_of().returning(|_| Ok(Some(opened().id)));
    ports.orders.expect_load().returning(|_| Ok(opened()));
    ports.orders.expect_commit().times(1).returning(move |batch| {
        assert_eq!(batch[0].notice, Some(record()));
        assert_eq!(batch[0].change.checkouts[0].instructions, Some(instructions.clone()));
        assert_eq!(batch[0].change.payments[0].deadline, noon() + chrono::TimeDelta::hours(30));
        vec![Ok(vec![])]
    });
    replies(&mut ports, NoticeOutcome::Stored);
    told(ports).await;
}

#[tokio::test]
async fn a_browser_that_comes_back_is_believed_in_whose_it_is_and_reaches_no_store() {
    let mut ports = Ports::new();
    let mut says = vec![Err(NoticeRejected::BadSignature), Ok(reference())].into_iter();
    ports.gateway.expect_returned().times(2).returning(move |_| says.next().unwrap());
    let engine = ports.engine();
    assert_eq!(engine.returned("ecpay", &raw()), Some(Err(NoticeRejected::BadSignature)));
    assert_eq!(engine.returned("ecpay", &raw()), Some(Ok(reference())));
    assert_eq!(engine.returned("nobody", &raw()), None);
    assert_eq!(counted(&engine, "seberang_browser_returns_total", &[("outcome", "refused")]).await, 1);
}

#[tokio::test]
async fn the_order_of_a_checkout_is_found_by_its_reference_at_its_own_gateway() {
    let mut ports = Ports::new();
    let key = reference().key("ecpay", &account());
    ports.orders.expect_holder_of().returning(move |asked| Ok((*asked == key).then(|| opened().id)));
    ports.orders.expect_load().times(1).returning(|_| Ok(opened()));
    let engine = ports.engine();
    assert_eq!(engine.order_of_checkout("ecpay", &reference()).await, Ok(opened()));
    let stranger = "ZZZZZZZZZZZZZZZZZZZZ".parse().unwrap();
    assert_eq!(engine.order_of_checkout("ecpay", &stranger).await, Err(ActError::NotFound));
    assert_eq!(engine.order_of_checkout("nobody", &reference()).await, Err(ActError::NotFound));
}

#[tokio::test]
async fn a_notice_that_is_not_believed_reaches_no_store() {
    for why in [NoticeRejected::Malformed, NoticeRejected::BadSignature, NoticeRejected::OtherAccount] {
        let mut ports = Ports::new();
        ports.gateway.expect_verify_notice().times(1).returning(move |_, _| Err(why));
        replies(&mut ports, NoticeOutcome::Rejected(why));
        let engine = ports.engine();
        assert_eq!(engine.notice("ecpay", "return", &raw()).await, NoticeAnswer::Reply(reply()));
        let kept = engine.rejected_notices(None, 10);
        assert_eq!((kept.len(), kept[0].reason, kept[0].size), (1, why.as_str(), 9));
        assert_eq!(counted(&engine, "seberang_notices_total", &[("outcome", "rejected")]).await, 1);
    }
}

#[tokio::test]
async fn a_signed_notice_of_a_reference_we_never_made_is_stored_with_an_alert() {
    let mut ports = Ports::new();
    says_paid(&mut ports.gateway);
    ports.orders.expect_holder_of().times(1).returning(|_| Ok(None));
    ports.orders.expect_park().times(1).returning(|notice, order, alert, _| {
        let alert: Alert = alert.unwrap();
        assert_eq!((notice, order), (record(), None));
        assert_eq!((alert.kind, alert.subject), (AlertKind::UnknownReference, reference().to_string()));
        Ok(())
    });
    replies(&mut ports, NoticeOutcome::Stored);
    told(ports).await;
}

#[tokio::test]
async fn the_same_notice_again_changes_nothing_and_is_acknowledged_again() {
    let mut ports = Ports::new();
    says_paid(&mut ports.gateway);
    ports.orders.expect_holder_of().returning(|_| Ok(Some(opened().id)));
    ports.orders.expect_load().times(1).returning(|_| Ok(paid()));
    let parked = ports.orders.expect_park().times(1);
    parked.withf(|_, order, alert, _| *order == Some(paid().id) && alert.is_none()).returning(|_, _, _, _| Ok(()));
    replies(&mut ports, NoticeOutcome::Stored);
    told(ports).await;
}

#[tokio::test]
async fn what_could_not_be_stored_is_not_acknowledged() {
    let stages: [fn(&mut Ports); 4] = [
        |ports| {
            ports.orders.expect_holder_of().returning(|_| Err(Unavailable("connection reset".into())));
        },
        |ports| {
            ports.orders.expect_holder_of().returning(|_| Ok(Some(opened().id)));
            ports.orders.expect_load().returning(|_| Err(Unavailable("connection reset".into()).into()));
        },
        |ports| {
            ports.orders.expect_holder_of().returning(|_| Ok(Some(opened().id)));
            ports.orders.expect_load().returning(|_| Ok(opened()));
            let lost = CommitError::Unavailable(Unavailable("connection reset".into()));
            ports.orders.expect_commit().times(1).returning(move |_| vec![Err(lost.clone())]);
        },
        |ports| {
            ports.orders.expect_holder_of().returning(|_| Ok(None));
            ports.orders.expect_park().returning(|_, _, _, _| Err(Unavailable("connection reset".into())));
        },
    ];
    for fails in stages {
        let mut ports = Ports::new();
        says_paid(&mut ports.gateway);
        fails(&mut ports);
        replies(&mut ports, NoticeOutcome::TryAgain);
        told(ports).await;
    }
}

#[tokio::test]
async fn signed_money_that_the_order_does_not_take_is_stored_for_a_person() {
    let mut ports = Ports::new();
    ports.gateway.expect_verify_notice().times(1).returning(|_, _| {
        // Signed, but for a page that this order never opened.
        let mut report = money(&opened());
        report.reference = "CCCCCCCCCCCCCCCCCCCC".parse().unwrap();
        let says = GatewayNoticeSays::Paid(report);
        Ok(GatewayNotice { reference: reference(), says, record: record() })
    });
    ports.orders.expect_holder_of().returning(|_| Ok(Some(opened().id)));
    ports.orders.expect_load().returning(|_| Ok(opened()));
    let parked = ports.orders.expect_park().times(1);
    parked.withf(|_, _, alert, _| alert.is_some()).returning(|_, _, _, _| Ok(()));
    replies(&mut ports, NoticeOutcome::Stored);
    told(ports).await;
}

#[tokio::test]
async fn nobody_is_asked_about_a_notice_for_a_provider_we_do_not_have() {
    let engine = Ports::new().engine();
    assert_eq!(engine.notice("nobody", "return", &raw()).await, NoticeAnswer::UnknownProvider);
    assert_eq!(engine.rejected_notices(None, 1)[0].reason, "unknown_provider");
}

/// A supplier's notice about an attempt whose outcome is not known.
async fn told_by_supplier(proves: Proof, claims: Answer, then: fn(&ChangeSet)) {
    told_about(after(&sent(), What::SenderLost { reference: reference() }), proves, claims, then).await;
}

/// An order with a purchase that has left.
fn sent() -> Order {
    let new = domain::fulfilment::NewAttempt {
        item: domain::ItemNo(0),
        supplier: "iak".parse().unwrap(),
        account: account(),
        reference: reference(),
        code: "hcode".into(),
        cost: super::world::idr(10_400),
        reason: "cheapest".into(),
        settle: domain::schedule::REFUND_SETTLE,
    };
    after(&paid(), What::AttemptReserved(new))
}

async fn told_about(order: Order, proves: Proof, claims: Answer, then: fn(&ChangeSet)) {
    let mut ports = Ports::new();
    ports.supplier().expect_verify_notice().times(1).returning(move |_, _, _| {
        Ok(SupplierNotice { reference: reference(), claims: claims.clone(), proves, record: record() })
    });
    // What fails in the store's closure below is no more than "try again" to the one who waits.
    let replied = ports.supplier().expect_notice_reply().times(1);
    replied.withf(|outcome| *outcome == NoticeOutcome::Stored).returning(|_| reply());
    ports.orders.expect_holder_of().returning(|_| Ok(Some(paid().id)));
    ports.orders.expect_load().returning(move |_| Ok(order.clone()));
    ports.orders.expect_commit().times(1).returning(move |batch| {
        assert_eq!(batch[0].notice, Some(record()));
        then(&batch[0].change);
        vec![Ok(vec![])]
    });
    assert_eq!(ports.engine().notice("iak", "callback", &raw()).await, NoticeAnswer::Reply(reply()));
}

/// It is asked about, and that is all.
fn only_asks(change: &ChangeSet) {
    assert!(change.items.is_empty(), "a claim moved an item");
    assert!(change.refunds.is_empty(), "a claim moved a refund");
    assert!(change.postings.is_empty(), "a claim moved money");
    let put = |task: &TaskChange| matches!(task, TaskChange::Put { task, .. } if task.run_at == noon());
    assert!(change.tasks.iter().any(put), "nobody asks");
}

fn delivered() -> Answer {
    Answer::Delivered { serial: None, price: None, supplier_ref: None }
}

#[tokio::test]
async fn a_suppliers_claim_that_its_signature_does_not_cover_delivers_nothing() {
    for proves in [Proof::Nothing, Proof::Reference] {
        told_by_supplier(proves, delivered(), only_asks).await;
    }
}

#[tokio::test]
async fn a_delivery_that_a_supplier_signed_is_believed() {
    told_by_supplier(Proof::Outcome, delivered(), |change| {
        assert_eq!(change.items[0].state, ItemState::Delivered);
        assert_eq!(change.postings.len(), 2, "the purchase and the sale");
    })
    .await;
}

/// A supplier whose call was turned away comes again half an hour later, freshly signed, with what was true at first.
#[tokio::test]
async fn an_old_delivery_that_is_signed_again_does_not_undo_that_it_was_taken_back() {
    let trust = StatusTrust { absence: true, game_codes: true, request_timeout: chrono::TimeDelta::seconds(30) };
    let said = |answer| What::Answered { reference: reference(), answer, trust, asked_at: noon() };
    let taken_back = after(
        &after(&sent(), said(delivered())),
        said(Answer::Failed { cause: Cause::Supplier, code: "reversed".into() }),
    );
    told_about(taken_back, Proof::Outcome, delivered(), only_asks).await;
}

/// Whoever learned a secret address could else fill the inbox, and call people.
#[tokio::test]
async fn an_unproved_claim_about_what_we_never_bought_is_rejected_and_not_kept() {
    let mut ports = Ports::new();
    let claims = delivered();
    ports.supplier().expect_verify_notice().returning(move |_, _, _| {
        Ok(SupplierNotice { reference: reference(), claims: claims.clone(), proves: Proof::Nothing, record: record() })
    });
    let rejected = NoticeOutcome::Rejected(NoticeRejected::OtherAccount);
    ports.supplier().expect_notice_reply().withf(move |outcome| *outcome == rejected).returning(|_| reply());
    ports.orders.expect_holder_of().returning(|_| Ok(None));
    ports.orders.expect_park().never();
    assert_eq!(ports.engine().notice("iak", "callback", &raw()).await, NoticeAnswer::Reply(reply()));
}

/// Some sign "failed" and deliver all the same: another supplier would deliver a second time.
#[tokio::test]
async fn a_failure_that_a_supplier_signed_is_asked_about() {
    let cause = Cause::Supplier;
    for claims in [
        Answer::Failed { cause, code: "1005".into() },
        Answer::Refused { cause, code: "E0011".into() },
        Answer::Pending { supplier_ref: None, price: None },
    ] {
        told_by_supplier(Proof::Outcome, claims, only_asks).await;
    }
}

#[tokio::test]
async fn a_notice_whose_effect_the_store_refuses_comes_again_and_a_person_knows() {
    let mut ports = Ports::new();
    says_paid(&mut ports.gateway);
    ports.orders.expect_holder_of().returning(|_| Ok(Some(opened().id)));
    ports.orders.expect_load().returning(|_| Ok(opened()));
    let refused = || CommitError::Rejected("a check".into());
    ports.orders.expect_commit().times(1).returning(move |_| vec![Err(refused())]);
    let raised = ports.upkeep.expect_raise().times(1);
    let subject = format!("order {}", opened().id);
    let fits = move |alert: &Alert| alert.kind == AlertKind::NotStored && alert.subject == subject;
    raised.withf(move |alert, _| fits(alert)).returning(|_, _| Ok(()));
    replies(&mut ports, NoticeOutcome::TryAgain);
    told(ports).await;
}
