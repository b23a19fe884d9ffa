//! Two suppliers that have little in common fit the same laboratory, whatever their adapters are.

use std::time::Duration;

use adapters_kit::{SETTLE, SupplierManifest};
use ports::conformance::Claims;
use ports::limits::CallLimits;
use serde_json::json;

use super::{Fault, Lab, Subject};
use crate::lab::NOW;

/// A supplier that only its side in the sandbox is wanted of.
const fn without_adapter(kind: &'static str, accounts: [&'static str; 2]) -> Subject {
    Subject {
        manifest: SupplierManifest {
            kind,
            about: "",
            settings: &[],
            limits: CallLimits::UNSAID,
            closed: &[],
            settle: SETTLE,
            build: |_id, raw, _urls, _http| Err(raw.bad("KEY", "is not read")),
        },
        accounts,
        settings: |_who| Vec::new(),
        addresses: &[],
        secrets: &[],
        claims: Claims {
            bills: None,
            inquiries: false,
            notices: None,
            cut_off: None,
            price_guard: false,
            absence: true,
            asking_may_buy: false,
            names_reference: true,
        },
        goods: |_need| None,
        price_field: None,
        contradictions: None,
        cannot: |_situation| None,
        inquiries: None,
        notice: |_notice| None,
        stops_on: |_reply| true,
    }
}

const IAK: Subject = without_adapter("iak", ["628000000001", "628000000002"]);
const REDISION: Subject = without_adapter("redision", ["app-0001", "app-0002"]);

#[tokio::test]
async fn every_supplier_has_lines_that_are_broken_or_off_and_no_other_suppliers() {
    for (subject, mine, others) in
        [(&IAK, "htelkomsel10000", "TSEL-10000"), (&REDISION, "TSEL-10000", "htelkomsel10000")]
    {
        let lab = Lab::start(subject).await;
        assert!(lab.lines[mine].rupiah > 10_000 && !lab.lines.contains_key(others), "{mine}");
        assert!(lab.lines.values().any(|line| !line.open), "{mine}: something is off");
        assert!(lab.lines.values().any(|line| !line.readable), "{mine}: something is broken");
        lab.stop().await;
    }
}

#[tokio::test]
async fn a_refusal_is_asked_of_the_sandbox_in_the_suppliers_own_words() {
    for (subject, why) in [(&IAK, "price"), (&REDISION, "repeat")] {
        let lab = Lab::start(subject).await;
        let reference = lab.reference();
        let unsaid = lab.try_faults(vec![Fault::refuse("topup", why)], &reference).await.unwrap_err();
        assert!(unsaid.contains("has no word for"), "{unsaid}");
        for said in ["credentials", "deposit", "busy", "unknown_code"] {
            lab.fault(Fault::refuse("topup", said), &reference).await;
        }
        lab.stop().await;
    }
}

#[tokio::test]
async fn the_sandboxs_clock_goes_with_the_laboratorys() {
    let lab = Lab::start(&IAK).await;
    let ahead = async |lab: &Lab| (lab.sandbox_time().await - lab.now()).num_seconds();
    assert_eq!(lab.now().timestamp_millis(), NOW);
    assert!((0..10).contains(&ahead(&lab).await));
    lab.pass(Duration::from_secs(86_400)).await;
    assert_eq!(lab.now().timestamp_millis(), NOW + 86_400_000);
    assert!((0..10).contains(&ahead(&lab).await));
    lab.stop().await;
}

#[tokio::test]
async fn what_nobody_bought_stands_nowhere() {
    let lab = Lab::start(&REDISION).await;
    let reference = lab.reference();
    lab.act("app-0001", &reference, "settle").await;
    assert_eq!(lab.deliveries(&reference).await.len(), 0);
    assert_eq!(lab.arrivals(&reference).await, json!({}));
    lab.stop().await;
}
