//! The headless run of the demo, as `cargo xtask demo --headless` does it: every kind of customer, faults of every kind.

use demo::headless::{self, Run};

use crate::support::{alone, server_program};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_orders_through_all_faults_agree_with_the_truth() {
    let _alone = alone().await;
    let run = Run { server: server_program(), servers: 1, orders: 60, seed: 7, broken: None, log_file: None };
    let ran = headless::run(&run).await.unwrap();
    assert!(ran.passed(), "{}\n{:#?}\n{:#?}", ran.report, ran.findings, ran.broken_off);
    let report = &ran.report;
    let closed = report.success + report.failed + report.expired + report.cancelled + report.review;
    assert_eq!((report.orders, closed + report.open), (60, 60), "{report}");
    assert!(report.success > 20 && report.faults.len() > 10, "{report}");
}

/// Long enough that every kind of fault must have happened; the report fails when one has not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_three_hundred_orders_through_all_faults_agree_with_the_truth() {
    if std::env::var_os("SEBERANG_SOAK").is_none() {
        return;
    }
    let _alone = alone().await;
    let run = Run { server: server_program(), servers: 2, orders: 300, seed: 11, broken: None, log_file: None };
    let ran = headless::run(&run).await.unwrap();
    assert!(ran.passed(), "{}\n{:#?}\n{:#?}", ran.report, ran.findings, ran.broken_off);
    assert!(ran.report.faults_missing().is_empty() && ran.report.orders == 300, "{}", ran.report);
}
