//! The headless run of the demo, as `cargo xtask demo --headless` does it: every kind of customer, faults of every kind,
//! the providers' open questions answered in both ways.

use demo::headless::{self, Ran, Run};
use demo::trouble::Trouble;
use demo::world::{EVERYBODY, Reading};

use crate::programs;
use crate::stage::{place, soaks};

async fn run(servers: usize, orders: usize, seed: u64, reading: Reading) -> Ran {
    run_with(servers, orders, seed, reading, &[]).await
}

async fn run_with(servers: usize, orders: usize, seed: u64, reading: Reading, troubles: &[(&str, Trouble)]) -> Ran {
    let _place = place().await;
    let run = Run {
        server: programs::server(),
        servers,
        orders,
        seed,
        broken: None,
        suppliers: EVERYBODY.map(str::to_owned).to_vec(),
        troubles: troubles.iter().map(|(id, trouble)| ((*id).to_owned(), *trouble)).collect(),
        reading,
        log_file: None,
    };
    let ran = headless::run(&run).await.unwrap();
    assert!(ran.passed(), "{}\n{:#?}\n{:#?}", ran.report, ran.findings, ran.broken_off);
    let report = &ran.report;
    let closed = report.success + report.failed + report.expired + report.cancelled + report.review;
    assert_eq!(report.orders, closed + report.open, "{report}");
    assert_eq!(report.orders + report.turned_away + report.left, orders as u64, "{report}");
    assert!(report.left * 20 <= orders as u64, "few leave: {report}");
    ran
}

/// Everything that is sold, as the catalogue calls it.
const GOODS: [&str; 10] =
    ["airtime", "bpjs", "data", "e_money", "game", "internet", "pdam", "pln_bill", "pln_token", "voucher"];

fn delivered(ran: &Ran, kind: &str) -> u64 {
    ran.report.by_supplier.get(kind).map_or(0, |purchases| purchases.delivered)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_orders_through_all_faults_agree_with_the_truth() {
    let ran = run(1, 60, 7, Reading::Likely).await;
    assert!(ran.report.success > 20 && ran.report.faults.len() > 10, "{}", ran.report);
    assert!(ran.report.by_goods.keys().eq(GOODS), "all kinds of goods: {}", ran.report);
    assert!(EVERYBODY.iter().all(|kind| delivered(&ran, kind) > 0), "from everybody: {}", ran.report);
}

/// Of six suppliers one is down, one is slow, one lies and one has none of our money left, all the time: what any of the others has is
/// delivered (`unserved` is among the counters that must be 0), and nothing is bought or paid twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_four_of_six_suppliers_in_trouble_whoever_is_well_delivers() {
    let troubles = [
        ("redision", Trouble::Down),
        ("billfazz", Trouble::Slow),
        ("pulsaif", Trouble::Lying),
        ("digiflazz", Trouble::Broke),
    ];
    let ran = run_with(1, 40, 9, Reading::Likely, &troubles).await;
    assert!(ran.report.success >= 20, "{}", ran.report);
    assert!(ran.report.by_goods.keys().eq(GOODS), "all kinds of goods: {}", ran.report);
    assert_eq!(delivered(&ran, "redision"), 0, "{}", ran.report);
    for helps in ["iak", "lapak", "billfazz", "pulsaif"] {
        assert!(delivered(&ran, helps) > 0, "{helps}: {}", ran.report);
    }
    assert!(ran.report.faults.get("lie").is_some_and(|lies| *lies > 0), "{}", ran.report);
}

/// No more orders than this: a jump of the clock makes minutes of questions come at once, and the other reading answers ten
/// of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_agree_with_the_truth_when_every_open_question_is_answered_the_other_way() {
    let ran = run(1, 30, 7, Reading::Other).await;
    assert!(ran.report.success > 10 && ran.report.faults.len() > 10, "{}", ran.report);
}

/// Long enough that every kind of fault must have happened and every way to pay was used; the report fails when one is missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_three_hundred_orders_through_all_faults_agree_with_the_truth() {
    if !soaks() {
        return;
    }
    let ran = run(2, 300, 11, Reading::Likely).await;
    assert!(ran.report.faults_missing().is_empty() && ran.report.methods_missing().is_empty(), "{}", ran.report);
}
