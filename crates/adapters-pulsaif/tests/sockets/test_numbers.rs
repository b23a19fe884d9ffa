//! Test numbers, by their last two digits (specified by us), in the sandbox that plays them.

use std::time::Duration;

use domain::catalogue::Category;
use domain::fulfilment::Answer;
use serde_json::json;
use supplier_lab::{Lab, Who};

use crate::subject::{SUBJECT, order};

/// `pending`, `refused: deposit`
fn said(answer: &Answer) -> String {
    match answer {
        Answer::Delivered { serial: Some(_), .. } => "delivered".into(),
        Answer::Delivered { serial: None, .. } => "delivered, no serial yet".into(),
        Answer::Pending { .. } => "pending".into(),
        Answer::Refused { cause, .. } => format!("refused: {cause}"),
        Answer::Failed { cause, .. } => format!("failed: {cause}"),
        Answer::Unclear { .. } => "unclear".into(),
        Answer::NotFound => "not found".into(),
    }
}

#[tokio::test]
async fn every_test_number_ends_as_specified() {
    let lab = Lab::start(&SUBJECT).await;
    // A usual purchase is done after a second.
    lab.settings(json!({ "suppliers": { "pulsaif": { "endings": true, "final_delay_ms": 1_000 } } })).await;
    let supplier = lab.supplier(Who::First);
    for (digits, bought, then) in [
        ("01", "delivered", "delivered"),
        ("02", "pending", "delivered"),
        ("03", "pending", "failed: supplier"),
        ("04", "pending", "pending"),
        ("05", "unclear", "delivered"),
        ("06", "unclear", "delivered"),
        ("07", "unclear", "not found"),
        ("08", "delivered, no serial yet", "delivered"),
        ("09", "refused: supplier", "not found"),
        ("10", "refused: customer", "not found"),
        ("11", "refused: deposit", "not found"),
        ("12", "pending", "delivered"),
        ("13", "pending", "delivered"),
        ("14", "pending", "delivered"),
        ("15", "pending", "failed: supplier"),
        // "Asked already", of a reference nobody used.
        ("20", "refused: repeat", "not found"),
        ("21", "unclear", "delivered"),
        ("22", "unclear", "delivered"),
        ("23", "delivered, no serial yet", "delivered"),
    ] {
        let purchase = order(&lab, "TSEL10", &format!("08123456{digits}"), Category::Airtime);
        assert_eq!(said(&supplier.purchase(&purchase, lab.now()).await.0), bought, "{digits}");
        // Time enough for everything, and for what is taken back a minute after it was given.
        for _ in 0..3 {
            lab.pass(Duration::from_secs(100)).await;
        }
        assert_eq!(said(&supplier.status(&purchase, lab.now()).await.0), then, "{digits}");
        assert_eq!(lab.arrivals(&purchase.reference).await["topup"], 1, "{digits}");
    }
    lab.stop().await;
}
