//! Rules switched off on purpose: what the rest of the system must then notice. A process of its own, since a switch is
//! for the whole process.

#[cfg(test)]
#[path = "storage/database.rs"]
#[expect(dead_code, reason = "the other tests use the rest of it")]
mod database;

#[cfg(test)]
mod stories {
    use domain::broken::{Rule, break_rule};
    use ports::conformance::store::make::{create, customer, touch};
    use ports::store::{CommitError, OrderStore};

    use super::database::TestDb;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn without_its_rules_the_store_books_twice_and_forgets_versions() {
        let db = TestDb::new().await;
        let store = db.store().await;
        let new = create(1, customer(), None).unwrap();
        let order = new.new.order.id;
        assert_eq!(store.create(vec![new]).await, [Ok(())]);
        let key: domain::DedupeKey = "money:ecpay:1:T1".parse().unwrap();

        break_rule(Some(Rule::Version));
        assert_eq!(store.commit(vec![touch(order, 1, Some(key.clone()))]).await, [Ok(vec![])]);
        assert_eq!(store.commit(vec![touch(order, 1, None)]).await, [Ok(vec![])], "decided on a version that has gone");
        assert_eq!(store.load(order).await.unwrap().version, 3);
        assert_eq!(store.story(order).await.unwrap().history.len(), 3);

        break_rule(Some(Rule::Dedupe));
        assert_eq!(store.commit(vec![touch(order, 3, Some(key.clone()))]).await, [Ok(vec![])], "a key taken before");
        let other: domain::DedupeKey = "ref:iak:1:A".parse().unwrap();
        assert_eq!(store.commit(vec![touch(order, 4, Some(other.clone()))]).await, [Ok(vec![])]);
        assert_eq!(store.holder_of(&other).await.unwrap(), Some(order), "keys are still written");

        break_rule(None);
        assert_eq!(store.commit(vec![touch(order, 1, None)]).await, [Err(CommitError::Stale)]);
        assert_eq!(store.commit(vec![touch(order, 5, Some(key.clone()))]).await, [Err(CommitError::Duplicate(key))]);
    }
}
