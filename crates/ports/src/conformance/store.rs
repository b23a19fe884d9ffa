//! The suite of the storage ports: orders, tasks, schedules, upkeep, the catalogue and how suppliers fare. It runs against a real database that
//! is empty but for its schema.

mod bills;
mod catalogue;
mod health;
mod keys;
mod leases;
pub mod make;
mod orders;
mod races;
mod slots;
mod staff;
mod supply;
mod watched;

use std::sync::Arc;

use super::report::{Findings, Report, Unsupported};
use crate::bills::BillStore;
use crate::catalogue::Catalogue;
use crate::store::{LoadError, OrderStore};
use crate::supply::SupplyStore;
use crate::tasks::{Schedules, TaskStore, Upkeep};

/// What the suite needs of a store.
pub trait Storage: OrderStore + TaskStore + Schedules + Upkeep + Catalogue + BillStore + SupplyStore {}
impl<S: OrderStore + TaskStore + Schedules + Upkeep + Catalogue + BillStore + SupplyStore> Storage for S {}

type Store = Arc<dyn Storage>;
/// A case that the store failed to serve at all says so in one line.
type Case = Result<Findings, String>;

/// Runs every case.
pub async fn store(store: Store) -> Report {
    let mut report = Report::default();
    let s = &store;
    run(&mut report, "a new order is read back as it was", orders::created(s)).await;
    run(&mut report, "every step of a whole order is read back as decided", orders::walked(s)).await;
    run(&mut report, "money that goes back is read back as decided", orders::returned(s)).await;
    run(&mut report, "stale and missing orders change nothing", orders::stale(s)).await;
    run(&mut report, "the versions of many orders are told at once", orders::versions(s)).await;
    run(&mut report, "evidence with any bytes is kept", orders::evidence(s)).await;
    run(&mut report, "lists are filtered, newest first", orders::listed(s)).await;
    run(&mut report, "a repeated purchase is seen", orders::repeated(s)).await;
    run(&mut report, "what was asked about a bill is kept for who asked, and forgotten", bills::kept(s)).await;
    run(&mut report, "a bill is in one order that is not over", bills::one_order(s)).await;
    run(&mut report, "a key is taken once, and burnt by nobody else", keys::once(s)).await;
    run(&mut report, "a notice is stored once, parked or not", keys::notices(s)).await;
    run(&mut report, "a request is answered once", keys::answers(s)).await;
    run(&mut report, "an answered request is not told that its promo is spent", keys::answer_before_promo(s)).await;
    run(&mut report, "a promo is unknown, spent, given back", keys::promos(s)).await;
    run(&mut report, "a task has one holder, and one who lost it changes nothing", leases::fenced(s)).await;
    run(&mut report, "a commit releases its leases unless it holds them", leases::released(s)).await;
    run(&mut report, "a commit takes the tasks it puts unless they are in other hands", leases::taken(s)).await;
    run(&mut report, "tasks claimed together are held one by one", leases::siblings(s)).await;
    run(&mut report, "a task given up is dead until it is revived", leases::buried(s)).await;
    run(&mut report, "a slot is one process's, and nobody's once it is done", slots::once(s)).await;
    run(&mut report, "a slot is taken over from a process that died", slots::taken_over(s)).await;
    run(&mut report, "work that failed is tried again after a while", slots::failed(s)).await;
    run(&mut report, "a clock that was far ahead holds no recurring work up", slots::back(s)).await;
    run(&mut report, "a closed alert stays closed until it happens again", health::closed(s)).await;
    run(&mut report, "an alert about no order is raised once and counted", health::about_no_order(s)).await;
    run(&mut report, "the sweep names exactly the orders without a live task", health::swept(s)).await;
    run(&mut report, "the sweep names each task that is needed and missing", watched::missing(s)).await;
    run(&mut report, "so it does for purchases in doubt and for decisions", watched::missing_in_doubt(s)).await;
    run(&mut report, "old answers are forgotten, young ones kept", health::forgotten(s)).await;
    run(&mut report, "a store whose partitions are made is ready", health::ready(s)).await;
    run(&mut report, "an act of staff leaves one trace, one that did not happen none", staff::traced(s)).await;
    run(&mut report, "acts of staff are read newest first, page by page", staff::paged(s)).await;
    run(&mut report, "a price list is replaced whole, and the same one changes nothing", catalogue::replaced(s)).await;
    run(&mut report, "a price list is never seen half", catalogue::never_half(s)).await;
    run(&mut report, "a price book is set once, however often it is sent", catalogue::book_once(s)).await;
    run(&mut report, "what is switched off is told with the offers until it is ended", supply::switched(s)).await;
    run(&mut report, "a supplier's state is written by who knows the last one", supply::known(s)).await;
    run(&mut report, "what happened at suppliers adds up", supply::summed(s)).await;
    run(&mut report, "of two commits on one version one happens", races::two_commits(s)).await;
    run(&mut report, "batches with stale and duplicate members lose nothing", races::batches(s)).await;
    run(&mut report, "a promo is admitted exactly to its limit", races::promo(s)).await;
    run(&mut report, "equal requests at once make one order", races::requests(s)).await;
    run(&mut report, "a bill whose payment may still arrive is in no other order", bills::may_arrive(s)).await;
    run(&mut report, "of many orders of one bill at once one is made", bills::raced(s)).await;
    run(&mut report, "a due task is claimed by one of many", races::claims(s)).await;
    report
}

async fn run(report: &mut Report, name: &str, case: impl Future<Output = Case>) {
    let case = async {
        let findings = case.await.unwrap_or_else(|failed| {
            let mut findings = Findings::default();
            findings.expect(false, || failed);
            findings
        });
        Ok::<_, Unsupported>(findings)
    };
    report.run(name.to_owned(), false, Box::pin(case)).await;
}

/// Any error of the store, as the line that fails a case.
fn line(error: impl std::fmt::Display) -> String {
    error.to_string()
}

async fn is_missing(store: &Store, id: domain::OrderId) -> bool {
    store.load(id).await == Err(LoadError::NotFound)
}
