//! What the database itself refuses, whatever the code says.

use domain::{Currency, Money};
use ports::catalogue::Catalogue;
use ports::conformance::store::make::{
    act, apply, commit, create, customer, mint, now, open_checkout, paid, promo, touch,
};
use ports::store::{CommitError, OrderStore, StaffAct};
use ports::tasks::Upkeep;

use super::database::TestDb;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_was_received_is_never_promised_back() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let new = create(1, customer(), None).unwrap();
    let mut order = new.new.order.clone();
    assert_eq!(store.create(vec![new]).await, [Ok(())]);
    let reference = mint(order.created_at);
    for what in [open_checkout(&reference).unwrap(), paid(&order, &reference).unwrap()] {
        let applied = apply(&order, what, order.created_at).unwrap();
        assert_eq!(store.commit(vec![commit(applied.change)]).await, [Ok(vec![])]);
        order = applied.after;
    }
    let received = order.payments[0].received.minor();
    assert!(received > 0);
    for (promised, right) in [(0, true), (received, true), (received + 1, false), (-1, false)] {
        let version = store.load(order.id).await.unwrap().version;
        let mut payment = order.payments[0].clone();
        payment.promised = Money::from_minor(promised, Currency::Twd);
        let mut member = touch(order.id, version, None);
        member.change.payments = vec![payment];
        let answer = store.commit(vec![member]).await;
        let after = store.load(order.id).await.unwrap();
        if right {
            assert_eq!(answer, [Ok(vec![])], "{promised} of {received}");
            assert_eq!(after.payments[0].promised.minor(), promised);
        } else {
            assert!(matches!(&answer[..], [Err(CommitError::Rejected(why))] if why.contains("payment_promised")));
            assert_eq!(after.version, version, "nothing of the change was written");
        }
    }
    let by_hand = "UPDATE payment SET received_minor = promised_minor - 1";
    let refused = db.client().await.batch_execute(by_hand).await.unwrap_err();
    assert!(refused.as_db_error().unwrap().constraint() == Some("payment_promised"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_takes_nothing_that_does_not_balance() {
    let db = TestDb::new().await;
    let client = db.client().await;
    let book = async |version: i32, transfers: &str| {
        let id = "0199aa00-0000-7000-8000-00000000000a";
        client.batch_execute(&format!("INSERT INTO ledger VALUES ('{id}', now(), {version}, '{transfers}')")).await
    };
    let right = r#"["receipt","x","gateway_receivable:ecpay","customer_liability",500,"TWD"]"#;
    let fee = r#"["receipt","x","gateway_fees","gateway_receivable:ecpay",12,"TWD"]"#;
    book(1, &format!("[{right},{fee}]")).await.unwrap();
    for wrong in [
        r#"["sale","x","sales","suspense",0,"TWD"]"#,
        r#"["sale","x","sales","suspense",0.5,"TWD"]"#,
        r#"["sale","x","sales","suspense","500","TWD"]"#,
        r#"["sale","x","sales","suspense",null,"TWD"]"#,
        r#"["sale","x","sales","sales",500,"TWD"]"#,
        r#"["sale","x","sales",null,500,"TWD"]"#,
        r#"["sale","x","sales","suspense",500,null]"#,
        r#"["sale","x","sales","suspense",500]"#,
        r#"["sale","x","sales","suspense",500,"TWD",1]"#,
        r#"{"debit":"sales","credit":"suspense","amount":500}"#,
        "500",
        "null",
    ] {
        assert!(book(2, &format!("[{wrong}]")).await.is_err(), "{wrong}");
        assert!(book(2, &format!("[{right},{wrong}]")).await.is_err(), "beside a right one: {wrong}");
    }
    for wrong in ["[]", "{}", "null", right] {
        assert!(book(2, wrong).await.is_err(), "{wrong}");
    }
    assert!(
        client.batch_execute("INSERT INTO ledger_line (amount_minor) VALUES (5)").await.is_err(),
        "half a transfer"
    );
    let lines = db.ask("SELECT n || ' ' || account || ' ' || amount_minor FROM ledger_line ORDER BY n").await;
    let fees = ["2 gateway_fees 12", "3 gateway_receivable:ecpay -12"];
    assert_eq!(lines, [["0 gateway_receivable:ecpay 500", "1 customer_liability -500"], fees].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_staff_did_cannot_be_changed_or_taken_away() {
    let db = TestDb::new().await;
    let store = db.store().await;
    store.record_act(&act("close_alert")).await.unwrap();
    for sql in ["UPDATE staff_acts SET actor = 'nobody'", "DELETE FROM staff_acts", "TRUNCATE staff_acts"] {
        let refused = db.client().await.batch_execute(sql).await.unwrap_err();
        assert_eq!(refused.as_db_error().unwrap().message(), "staff_acts only ever grows", "{sql}");
    }
    assert_eq!(db.ask("SELECT actor FROM staff_acts").await, ["ops"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_that_cannot_be_recorded_is_not_done() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let promo = promo(5).unwrap();
    let limits = [
        StaffAct { actor: "x".repeat(StaffAct::ACTOR_LIMIT), ..act("put_promo") },
        StaffAct { act: "x".repeat(StaffAct::ACT_LIMIT), ..act("put_promo") },
        StaffAct { subject: "\u{5370}".repeat(StaffAct::SUBJECT_LIMIT), ..act("put_promo") },
        StaffAct { detail: "x".repeat(StaffAct::DETAIL_LIMIT), ..act("put_promo") },
    ];
    for fits in limits {
        let longer = |text: &str| if text.chars().count() >= 64 { format!("{text}x") } else { text.to_owned() };
        let too_long = StaffAct {
            actor: longer(&fits.actor),
            act: longer(&fits.act),
            subject: longer(&fits.subject),
            detail: longer(&fits.detail),
            ..act("put_promo")
        };
        assert!(store.put_promo(&promo, 7, &too_long).await.is_err());
        assert_eq!(store.promo(&promo.code).await.unwrap(), None);
        assert_eq!(store.put_promo(&promo, 7, &fits).await, Ok(true));
        assert_eq!(store.staff_acts(None, 1).await.unwrap(), [fits]);
        db.client().await.batch_execute("DELETE FROM promo").await.unwrap();
    }
    assert!(store.record_act(&StaffAct { actor: String::new(), at: now(), ..act("close_alert") }).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_and_its_trace_are_one_statement() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let promo = promo(5).unwrap();
    let trips = store.counters().round_trips();
    assert_eq!(store.put_promo(&promo, 7, &act("put_promo")).await, Ok(true));
    assert_eq!(store.counters().round_trips() - trips, 1);
    // Where the trace cannot be written, nothing is: they stand and fall together.
    db.client().await.batch_execute("ALTER TABLE staff_acts ADD CHECK (act <> 'close_alert')").await.unwrap();
    store
        .raise(&domain::Alert { kind: domain::AlertKind::RefundDue, subject: "s".into(), detail: "d".into() }, now())
        .await
        .unwrap();
    let id = store.alerts(true, None, 1).await.unwrap()[0].id;
    assert!(store.close_alert(id, &act("close_alert")).await.is_err());
    assert_eq!(store.alerts(true, None, 1).await.unwrap()[0].id, id, "it is still open");
    assert_eq!(store.close_alert(id, &act("close_alert_after_all")).await, Ok(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_sealed_or_written_down_is_never_stored_as_nothing() {
    let db = TestDb::new().await;
    let store = db.store().await;
    assert_eq!(store.create(vec![create(1, customer(), None).unwrap()]).await, [Ok(())]);
    let client = db.client().await;
    for (table, nothing) in [
        ("item", "target = NULL"),
        ("answer", "body = NULL"),
        ("orders", "terms = ''"),
        ("orders", "terms = NULL"),
        ("payment", "proposed = 'null'"),
        ("history", "changes = 'null'"),
    ] {
        let refused = client.batch_execute(&format!("UPDATE {table} SET {nothing}")).await;
        assert!(refused.is_err(), "{table} took {nothing}");
    }
}
