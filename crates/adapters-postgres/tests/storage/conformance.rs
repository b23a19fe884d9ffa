//! The contract of the storage ports.

use std::sync::Arc;

use super::database::TestDb;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_keeps_the_contract() {
    let db = TestDb::new().await;
    let store = Arc::new(db.store().await);
    let report = ports::conformance::store::store(store.clone()).await;
    assert!(report.passed(), "{report}");
    // Locks are taken in one order everywhere. Two who want one key at one moment may meet; one of them is run again.
    let counted = store.counters();
    assert_eq!((counted.deadlocks(), counted.serialization_failures()), (0, 0), "{counted:?}");
}
