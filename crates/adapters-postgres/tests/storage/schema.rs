//! Migrations: each step down undoes its step up; many processes may migrate at once.

use adapters_postgres::migrate;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
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
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE a.attnum > 0
    UNION ALL SELECT format('options %s %s %s', relname, reloptions, pg_get_expr(relpartbound, c.oid))
    FROM pg_class c JOIN ours ON ours.oid = relnamespace
    UNION ALL SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(c.oid))
    FROM pg_constraint c JOIN ours ON ours.oid = connamespace
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    JOIN ours ON ours.oid = c.relnamespace
    UNION ALL SELECT format('function %s(%s) %s %s', proname, pg_get_function_arguments(p.oid), prorettype::regtype, prosrc)
    FROM pg_proc p JOIN ours ON ours.oid = pronamespace) AS parts (part)
WHERE part NOT LIKE '%diesel_schema_migrations%' ORDER BY part";

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
    assert!(count >= 6);
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
    assert_eq!(ran.len(), 6, "{ran:?}");
    ran.dedup();
    assert_eq!(ran.len(), 6);
    assert_eq!(store.ready(now()).await, Ok(()));
    db.client().await.batch_execute("DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)").await.unwrap();
    assert_eq!(store.ready(now()).await, Err(NotReady::SchemaBehind));
}
