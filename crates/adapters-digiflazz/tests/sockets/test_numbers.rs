//! Digiflazz's test numbers (Digiflazz docs), in the sandbox that plays them.

use std::time::Duration;

use domain::catalogue::Category;
use domain::fulfilment::Answer;
use ports::bill::BillAnswer;
use ports::supplier::Purchase;
use serde_json::json;
use supplier_lab::{Goods, Lab, Who, payment, said};

use crate::subject::{PHONE, SUBJECT};

/// Longer than any test number is pending.
const OVER: Duration = Duration::from_secs(6);

/// Its test numbers mean something.
async fn start() -> Lab {
    let lab = Lab::start(&SUBJECT).await;
    lab.settings(json!({ "suppliers": { "digiflazz": { "endings": true } } })).await;
    lab
}

/// XL's, whose numbers they are.
fn airtime(lab: &Lab, number: &str) -> Purchase {
    lab.purchase(&Goods { code: "xl-10", target: number.to_owned(), category: Category::Airtime, biller: None })
}

#[tokio::test]
async fn every_test_number_ends_as_digiflazz_says() {
    for reading in ["likely", "other"] {
        let lab = start().await;
        let supplier = lab.supplier(Who::First);
        // How it says "pending", and in which form the rest comes.
        lab.settings(json!({ "suppliers": { "digiflazz": { "reading": reading } } })).await;
        let (delivered, failed) = ("delivered, with a serial", "failed: supplier 02");
        for (number, bought, then) in [
            ("087800001230", delivered, delivered),
            ("087800001232", failed, failed),
            ("087800001233", "pending", delivered),
            ("087800001234", "pending", failed),
        ] {
            let purchase = airtime(&lab, number);
            assert_eq!(said(&supplier.purchase(&purchase, lab.now()).await.0), bought, "{reading} {number}");
            lab.pass(OVER).await;
            // In the other reading a question is refused for its price and tells nothing; whoever buys once more is told.
            let (asked, again) = match reading {
                "other" => ("unclear", supplier.purchase(&purchase, lab.now()).await.0),
                _ => (then, supplier.status(&purchase, lab.now()).await.0),
            };
            assert_eq!(said(&supplier.status(&purchase, lab.now()).await.0), asked, "{reading} {number}");
            assert_eq!(said(&again), then, "{reading} {number}");
            assert_eq!(lab.arrivals(&purchase.reference).await, json!({ "topup": 1, "status": 2 }), "{number}");
            assert_eq!(lab.deliveries(&purchase.reference).await.len(), 1, "{reading} {number}");
        }
        lab.stop().await;
    }
}

/// Whoever wants none of them has numbers like others; and so are the numbers beside them.
#[tokio::test]
async fn only_the_test_numbers_are_test_numbers() {
    let lab = start().await;
    let supplier = lab.supplier(Who::First);
    let beside = airtime(&lab, "087800001231");
    assert_eq!(said(&supplier.purchase(&beside, lab.now()).await.0), "pending");
    lab.settings(json!({ "suppliers": { "digiflazz": { "endings": false } } })).await;
    let unwanted = airtime(&lab, "087800001232");
    assert_eq!(said(&supplier.purchase(&unwanted, lab.now()).await.0), "pending");
    lab.stop().await;
}

#[tokio::test]
async fn the_test_bill_is_asked_and_paid_at_once() {
    let lab = start().await;
    let supplier = lab.supplier(Who::First);
    let number = "530000000001".to_owned();
    let query = lab.bill(&Goods { code: "pln", target: number, category: Category::PlnBill, biller: None });
    let told = supplier.inquire_bill(&query, lab.now()).await.unwrap().0;
    let BillAnswer::Owed(owed) = told else { panic!("{told:?}") };
    assert_eq!((owed.bill.count, owed.bill.remaining), (1, Some(0)));
    let payment = payment(&query, &owed);
    for answer in [supplier.purchase(&payment, lab.now()).await.0, supplier.status(&payment, lab.now()).await.0] {
        let Answer::Delivered { serial: Some(receipt), price: Some(price), .. } = answer else { panic!("{answer:?}") };
        let truth = lab.deliveries(&payment.reference).await;
        assert_eq!((truth.len(), &truth[0]["serial"], price), (1, &json!(receipt.expose()), owed.cost));
    }
    lab.stop().await;
}

/// Sent with `testing`, where the account's owner set that; the number alone says what becomes of it.
#[tokio::test]
async fn a_purchase_on_trial_says_so() {
    let lab = start().await;
    let mut settings = lab.settings_at(Who::First, &lab.base_url());
    settings.push(("TESTING", "true".to_owned()));
    let trying = lab.supplier_with(&settings, "https://shop.example");
    for (supplier, says) in [(lab.supplier(Who::First), false), (trying, true)] {
        let (answer, exchange) = supplier.purchase(&airtime(&lab, "087800001230"), lab.now()).await;
        assert_eq!(said(&answer), "delivered, with a serial");
        assert_eq!(exchange.request.contains("\"testing\":true"), says, "{}", exchange.request);
        assert!(!exchange.request.contains(PHONE) && !exchange.request.contains("087800001230"));
    }
    lab.stop().await;
}
