//! Whether everything a part bought is in the books, once and as the providers did it: the demo's oracle.

use std::collections::BTreeMap;

use demo::api::Acknowledged;
use demo::driver::{self, Driven};
use demo::oracle::{Counter, Sources, gather, judge};

use crate::error::BenchError;
use crate::shop::Placed;
use crate::stage::Stage;

/// Findings shown with the error.
const SHOWN: usize = 10;

/// The counters that must be 0, by name. All of them are.
pub type Counters = BTreeMap<&'static str, u64>;

/// Compares truth and books, order by order.
///
/// # Errors
/// [`BenchError::Expected`] with findings unless every counter is 0 and every order went well.
pub async fn compare(stage: &Stage, placed: &[Placed]) -> Result<Counters, BenchError> {
    progress!("comparing {} orders with what the providers did", placed.len());
    let shop = driver::Shop::new(
        stage.api.clone(),
        stage.outside.clone(),
        placed.iter().map(|order| order.token.clone()).collect(),
        String::new(),
    );
    let orders: Vec<Driven> =
        placed.iter().enumerate().map(|(n, order)| Driven { id: order.id.clone(), customer: n }).collect();
    let sources = Sources { api: &stage.api, outside: &stage.outside, shop: &shop, staff: &stage.staff };
    let mut evidence = gather(&sources, &orders).await?;
    evidence.acknowledged.extend(placed.iter().map(|order| Acknowledged::Placed { order: order.id.clone() }));
    let verdict = judge(&evidence);
    let succeeded = verdict.statuses.get("success").copied().unwrap_or(0);
    if verdict.is_clean() && succeeded == placed.len() as u64 {
        return Ok(Counter::ALL.iter().map(|counter| (counter.name(), verdict.count(*counter))).collect());
    }
    let words: Vec<String> = verdict
        .findings
        .iter()
        .take(SHOWN)
        .map(|finding| format!("{}: order {}: {}", finding.counter.name(), finding.order, finding.words))
        .collect();
    Err(BenchError::Expected(format!("truth and books differ: {:?}\n{}", verdict.statuses, words.join("\n"))))
}
