//! Recurring work: each slot is one process's, whatever the clocks say.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::leases::{LONG, token};
use super::make::fresh;
use super::{Case, Findings, Store, line};

/// Any slot of business time, and one seventy days of ten minutes after it.
const HERE: i64 = 2_900_000;
const FAR: i64 = HERE + 70 * 144;

pub(super) async fn once(store: &Store) -> Case {
    let mut found = Findings::default();
    let name = fresh().to_string();
    let mut processes = JoinSet::new();
    for _ in 0..8 {
        let (store, name) = (Arc::clone(store), name.clone());
        processes.spawn(async move { store.begin(&name, HERE, LONG, token()).await });
    }
    let mut took = 0;
    for began in processes.join_all().await {
        took += usize::from(began.map_err(line)?);
    }
    found.expect(took == 1, || format!("{took} of eight processes took the slot"));
    let overlaps = store.begin(&name, HERE + 1, LONG, token()).await.map_err(line)?;
    found.expect(!overlaps, || "the next slot began while one was in work".into());
    let other = store.begin(&fresh().to_string(), HERE, LONG, token()).await.map_err(line)?;
    found.expect(other, || "work of another name was held up".into());
    Ok(found)
}

pub(super) async fn taken_over(store: &Store) -> Case {
    let mut found = Findings::default();
    let (name, died, heir) = (fresh().to_string(), token(), token());
    let began = store.begin(&name, HERE, Duration::ZERO, died).await.map_err(line)?;
    let taken = store.begin(&name, HERE, LONG, heir).await.map_err(line)?;
    found.expect(began && taken, || "the slot of a process that died was not taken over".into());
    let late = store.finish(&name, HERE, died).await.map_err(line)?;
    found.expect(!late, || "who lost the lease finished the slot".into());
    let done = store.finish(&name, HERE, heir).await.map_err(line)?;
    let twice = store.finish(&name, HERE, heir).await.map_err(line)?;
    found.expect(done && !twice, || format!("finished: {done}, and again: {twice}"));
    for slot in [HERE, HERE - 1] {
        let again = store.begin(&name, slot, LONG, token()).await.map_err(line)?;
        found.expect(!again, || format!("slot {} was given out after {HERE} was finished", slot - HERE));
    }
    Ok(found)
}

pub(super) async fn failed(store: &Store) -> Case {
    let mut found = Findings::default();
    let (name, ours) = (fresh().to_string(), token());
    let began = store.begin(&name, HERE, LONG, ours).await.map_err(line)?;
    let stranger = store.give_back(&name, HERE, Duration::ZERO, token()).await.map_err(line)?;
    found.expect(began && !stranger, || "who does not hold a slot gave it back".into());
    let back = store.give_back(&name, HERE, LONG, ours).await.map_err(line)?;
    let early = store.begin(&name, HERE, LONG, token()).await.map_err(line)?;
    found.expect(back && !early, || "work that failed was tried again before its time".into());
    let late = store.finish(&name, HERE, ours).await.map_err(line)?;
    found.expect(!late, || "who gave the slot back finished it".into());
    let (name, ours) = (fresh().to_string(), token());
    let began = store.begin(&name, HERE, LONG, ours).await.map_err(line)?;
    let back = store.give_back(&name, HERE, Duration::ZERO, ours).await.map_err(line)?;
    let again = store.begin(&name, HERE, LONG, token()).await.map_err(line)?;
    found.expect(began && back && again, || "work that failed could not be tried again".into());
    Ok(found)
}

pub(super) async fn back(store: &Store) -> Case {
    let mut found = Findings::default();
    let (name, mut slot) = (fresh().to_string(), HERE);
    // A clock that is wrong finishes a far slot, or dies in one.
    for (far, finishes) in [(FAR, true), (FAR + 2, false)] {
        let wrong = token();
        let lease = if finishes { LONG } else { Duration::ZERO };
        let began = store.begin(&name, far, lease, wrong).await.map_err(line)?;
        let finished = finishes && store.finish(&name, far, wrong).await.map_err(line)?;
        found.expect(began && finished == finishes, || "a slot far ahead was not given out".into());
        for _ in 0..3 {
            let right = token();
            let began = store.begin(&name, slot, LONG, right).await.map_err(line)?;
            let done = store.finish(&name, slot, right).await.map_err(line)?;
            found.expect(began && done, || "work stands still until time has caught up with a wrong clock".into());
            slot += 1;
        }
    }
    let again = store.begin(&name, slot - 1, LONG, token()).await.map_err(line)?;
    found.expect(!again, || "a slot was given out twice after time went back".into());
    Ok(found)
}
