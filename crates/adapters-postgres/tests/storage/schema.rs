//! Migrations: each step down undoes its step up; many processes may migrate at once; the database knows the domain's words.

use std::collections::BTreeSet;
use std::str::FromStr;

use adapters_postgres::migrate;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use domain::OrderStatus;
use domain::fulfilment::{AttemptState, Cause, ItemState};
use domain::ids::InvalidId;
use domain::payment::{CheckoutState, PaymentState, Purpose, ReviewReason};
use domain::refund::{RefundReason, RefundState};
use domain::task::Queue;
use ports::conformance::store::make::now;
use ports::tasks::{NotReady, Upkeep};

use super::database::TestDb;

/// Everything that makes the schema, as sorted text.
const DUMP: &str = "
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname = 'public')
SELECT * FROM (
    SELECT format('%s %s.%s %s %s %s %s', c.relkind, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                  a.attnotnull, a.attcompression, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN ours ON ours.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT format('options %s %s %s', relname, reloptions, pg_get_expr(relpartbound, c.oid))
    FROM pg_class c JOIN ours ON ours.oid = relnamespace
    UNION ALL SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(c.oid))
    FROM pg_constraint c JOIN ours ON ours.oid = connamespace
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    JOIN ours ON ours.oid = c.relnamespace
    UNION ALL SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN ours ON ours.oid = c.relnamespace WHERE NOT t.tgisinternal
    UNION ALL SELECT format('function %s(%s) %s %s', proname, pg_get_function_arguments(p.oid), prorettype::regtype, prosrc)
    FROM pg_proc p JOIN ours ON ours.oid = pronamespace) AS parts (part)
WHERE part NOT LIKE '%diesel_schema_migrations%' ORDER BY part";

/// Each is a folder.
fn steps_there_are() -> usize {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations")).unwrap();
    folder.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_step_down_undoes_its_step_up() {
    let db = TestDb::empty().await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
    let steps = || FileBasedMigrations::from_path(folder).unwrap();
    let mut harness = AsyncMigrationHarness::new(AsyncPgConnection::establish(&db.url()).await.unwrap());
    let mut count = 0;
    while harness.has_pending_migration(steps()).unwrap() {
        let before = db.ask(DUMP).await;
        let name = harness.run_next_migration(steps()).unwrap().to_string();
        let after = db.ask(DUMP).await;
        assert_ne!(before, after, "{name} does nothing");
        harness.revert_last_migration(steps()).unwrap();
        assert_eq!(db.ask(DUMP).await, before, "{name} is not undone");
        harness.run_next_migration(steps()).unwrap();
        assert_eq!(db.ask(DUMP).await, after, "{name} is another one the second time");
        count += 1;
    }
    assert_eq!(count, steps_there_are());
    drop(harness);

    // What is left to a running system goes too: the partitions of the coming months.
    migrate(&db.url()).await.unwrap();
    let mut harness = AsyncMigrationHarness::new(AsyncPgConnection::establish(&db.url()).await.unwrap());
    assert_eq!(harness.revert_all_migrations(steps()).unwrap().len(), count);
    assert_eq!(db.ask(DUMP).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_processes_migrate_at_once_and_each_step_runs_once() {
    let db = TestDb::empty().await;
    let store = db.store().await;
    assert_eq!(store.ready(now()).await, Err(NotReady::SchemaBehind));
    let url = db.url();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = url.clone();
        all.spawn(async move { migrate(&url).await.unwrap() });
    }
    let mut ran = all.join_all().await.concat();
    ran.sort();
    assert_eq!(ran.len(), steps_there_are(), "{ran:?}");
    ran.dedup();
    assert_eq!(ran.len(), steps_there_are());
    assert_eq!(store.ready(now()).await, Ok(()));
    db.client().await.batch_execute("DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)").await.unwrap();
    assert_eq!(store.ready(now()).await, Err(NotReady::SchemaBehind));
}

/// All words of a kind: a wrong one is refused with the list of the right ones.
fn words<T: FromStr<Err = InvalidId>>() -> BTreeSet<String> {
    let refused = "no such word".parse::<T>().err().unwrap();
    refused.rule.strip_prefix("one of ").unwrap().split(' ').map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_word_of_the_domain_is_refused_by_the_database_and_none_is_left_that_nobody_speaks() {
    let db = TestDb::new().await;
    let spoken = [
        ("orders_status_check", words::<OrderStatus>()),
        ("payment_state_check", words::<PaymentState>()),
        ("payment_review_check", words::<ReviewReason>()),
        ("payment_purpose_check", words::<Purpose>()),
        ("checkout_state_check", words::<CheckoutState>()),
        ("item_state_check", words::<ItemState>()),
        ("attempt_state_check", words::<AttemptState>()),
        ("attempt_cause_check", words::<Cause>()),
        ("refund_state_check", words::<RefundState>()),
        ("refund_reason_check", words::<RefundReason>()),
        ("task_queue_check", words::<Queue>()),
    ];
    for (constraint, words) in &spoken {
        let sql = format!(
            "SELECT (regexp_matches(pg_get_constraintdef(oid), $$'([a-z_]+)'::text$$, 'g'))[1] FROM pg_constraint \
             WHERE conname = '{constraint}'"
        );
        let taken: BTreeSet<String> = db.ask(&sql).await.into_iter().collect();
        assert_eq!(taken, *words, "{constraint}");
    }
    let lists = "SELECT conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
                 WHERE NOT c.relispartition AND pg_get_constraintdef(k.oid) LIKE '%::text%'";
    let all: BTreeSet<String> = db.ask(lists).await.into_iter().collect();
    let ours = ["task_state_check"];
    let shapes = ["payment_proposed_check", "history_changes_check"];
    let known: BTreeSet<String> =
        spoken.iter().map(|(name, _)| *name).chain(ours).chain(shapes).map(str::to_owned).collect();
    assert_eq!(all, known, "every list of words is compared here");
}
