//! What this process counted. Plain numbers; how they are shown is the API's business.

use std::collections::BTreeMap;
use std::sync::Mutex;

/// One number with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Ends in `_total` if it only ever grows.
    pub name: &'static str,
    /// What is counted or measured.
    pub help: &'static str,
    /// Tells numbers of one name apart.
    pub labels: Vec<(&'static str, String)>,
    /// The number.
    pub value: u64,
}

/// All numbers of this process, sorted by name.
pub type MetricsSnapshot = Vec<Metric>;

type Key = (&'static str, Vec<(&'static str, String)>);

/// Counters by name and labels. Labels come from our own words and configured ids only, never from outside text, so their
/// number is bounded.
#[derive(Default)]
pub(crate) struct Counters(Mutex<BTreeMap<Key, u64>>);

/// Every counter and what it says.
const HELP: &[(&str, &str)] = &[
    ("seberang_commits_total", "Decisions committed, by cause"),
    ("seberang_commit_stale_total", "Commits that had to be decided again because the order had moved on"),
    ("seberang_commit_gave_up_total", "Decisions given up for now after repeated staleness"),
    ("seberang_commit_rejected_total", "Commits that the store refused for what they say"),
    ("seberang_create_rejected_total", "New orders that the store refused for what they say"),
    ("seberang_commit_unavailable_total", "Commits whose outcome the store did not tell"),
    ("seberang_already_applied_total", "Events that had happened before, by cause"),
    ("seberang_refused_total", "Events the domain refused, by cause"),
    ("seberang_notices_total", "Notices taken, by provider and outcome"),
    ("seberang_notices_limited_total", "Rejected notices of which nothing was kept because too many came, by provider"),
    ("seberang_browser_returns_total", "Browsers back from a gateway's page, by whether what they carried was signed"),
    ("seberang_calls_total", "Calls to providers, by provider, call and outcome (`no_turn`: not made)"),
    ("seberang_inquiries_total", "Inquiries of customers, by kind and outcome"),
    ("seberang_tasks_total", "Tasks worked, by queue and outcome"),
    ("seberang_supplier_breaker_total", "Breakers of suppliers that opened or closed in this process"),
    ("seberang_orders_placed_total", "Orders placed"),
    ("seberang_schedule_runs_total", "Runs of recurring work, by name and outcome"),
];

impl Counters {
    pub(crate) fn add(&self, name: &'static str, labels: &[(&'static str, &str)]) {
        let key = (name, labels.iter().map(|(k, v)| (*k, (*v).to_owned())).collect());
        if let Ok(mut counts) = self.0.lock() {
            *counts.entry(key).or_insert(0) += 1;
        }
    }

    pub(crate) fn snapshot(&self) -> MetricsSnapshot {
        let counts = match self.0.lock() {
            Ok(counts) => counts.clone(),
            Err(_) => BTreeMap::new(),
        };
        counts.into_iter().map(|((name, labels), value)| Metric { name, help: help(name), labels, value }).collect()
    }
}

fn help(name: &str) -> &'static str {
    HELP.iter().find(|(n, _)| *n == name).map_or("", |(_, help)| *help)
}
