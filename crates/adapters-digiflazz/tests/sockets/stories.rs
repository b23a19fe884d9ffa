//! What only Digiflazz does: a question is the purchase once more.

use std::time::Duration;

use domain::catalogue::Category;
use domain::fulfilment::Answer;
use ports::Sent;
use serde_json::json;
use supplier_lab::{Fault, Goods, Lab, Who};

use crate::subject::{FIRST, PHONE, SUBJECT};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn airtime() -> Goods {
    Goods { code: "tsel-10", target: PHONE.to_owned(), category: Category::Airtime, biller: None }
}

#[tokio::test]
async fn a_question_about_what_never_arrived_offers_so_little_that_nothing_is_bought() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, purchase) = (lab.supplier(Who::First), lab.purchase(&airtime()));
    lab.fault(Fault::new("topup", "drop_before").with("times", json!(1)), &purchase.reference).await;
    let (answer, _) = supplier.purchase(&purchase, lab.now()).await;
    assert!(matches!(answer, Answer::Unclear { .. }), "{answer:?}");
    let (answer, _) = supplier.status(&purchase, lab.now()).await;
    assert!(matches!(answer, Answer::Unclear { .. }), "{answer:?}");
    assert!(lab.deliveries(&purchase.reference).await.is_empty(), "refused for its price");
    lab.stop().await;
}

#[tokio::test]
async fn a_purchase_that_is_sent_again_is_only_asked_about() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, purchase) = (lab.supplier(Who::First), lab.purchase(&airtime()));
    for _ in 0..2 {
        let (answer, _) = supplier.purchase(&purchase, lab.now()).await;
        assert!(matches!(answer, Answer::Pending { .. }), "{answer:?}");
    }
    assert_eq!(lab.arrivals(&purchase.reference).await, json!({ "topup": 1, "status": 1 }));
    assert_eq!(lab.deliveries(&purchase.reference).await.len(), 1);
    lab.stop().await;
}

/// Their documents do not say which is looked at first: then a question tells nothing, and buys nothing either.
#[tokio::test]
async fn where_the_price_is_looked_at_first_a_question_is_unclear() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, purchase) = (lab.supplier(Who::First), lab.purchase(&airtime()));
    supplier.purchase(&purchase, lab.now()).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    assert!(matches!(supplier.status(&purchase, lab.now()).await.0, Answer::Delivered { .. }));
    lab.settings(json!({ "suppliers": { "digiflazz": { "reading": "other" } } })).await;
    let (answer, _) = supplier.status(&purchase, lab.now()).await;
    assert!(matches!(answer, Answer::Unclear { .. }), "{answer:?}");
    assert_eq!(lab.deliveries(&purchase.reference).await.len(), 1);
    lab.stop().await;
}

#[tokio::test]
async fn an_old_purchase_is_not_asked_about_for_asking_would_buy_it_anew() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, purchase) = (lab.supplier(Who::First), lab.purchase(&airtime()));
    supplier.purchase(&purchase, lab.now()).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    lab.pass(DAY * 79).await;
    assert!(matches!(supplier.status(&purchase, lab.now()).await.0, Answer::Delivered { .. }));
    let before = lab.arrivals(&purchase.reference).await;
    lab.pass(DAY * 2).await;
    let (answer, exchange) = supplier.status(&purchase, lab.now()).await;
    assert!(matches!(answer, Answer::Unclear { .. }) && exchange.sent == Sent::No, "{answer:?}");
    assert_eq!(lab.arrivals(&purchase.reference).await, before, "nothing left");
    lab.stop().await;
}
