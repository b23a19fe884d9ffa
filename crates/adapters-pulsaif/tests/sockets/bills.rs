//! Bills by pairs of products: one asks, the other pays.

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use ports::bill::{BillAnswer, BillQuery};
use ports::supplier::Supplier;
use serde_json::json;
use supplier_lab::{Fault, Goods, Lab, Who, payment};

use crate::subject::{FIRST, SUBJECT, WATER};

const PAYS: &str = "BYRPDAMKOTASURABAYA";
/// Owes eight bills, of which one payment takes three.
const EIGHT_BILLS: &str = "20202002";

fn query(lab: &Lab, number: &str) -> BillQuery {
    lab.bill(&Goods { code: PAYS, target: number.to_owned(), category: Category::Pdam, biller: None })
}

async fn ask(lab: &Lab, supplier: &dyn Supplier, query: &BillQuery) -> BillAnswer {
    supplier.inquire_bill(query, lab.now()).await.unwrap().0
}

#[tokio::test]
async fn eight_bills_are_paid_three_at_a_time_the_oldest_first() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    let fee = lab.supplier(Who::First).price_list(lab.now()).await.unwrap();
    let fee = fee.iter().find(|line| line.offer.code == PAYS).unwrap().offer.cost;
    for (many, left) in [(3, 5), (3, 2), (2, 0)] {
        let query = query(&lab, EIGHT_BILLS);
        let before = lab.owed(WATER, EIGHT_BILLS).await;
        let told = ask(&lab, &*supplier, &query).await;
        let BillAnswer::Owed(owed) = &told else { panic!("{told:?}") };
        let oldest = before["bills"].as_array().unwrap().iter().take(many);
        let debt: i64 = oldest.map(|bill| bill["amount"].as_i64().unwrap() + bill["penalty"].as_i64().unwrap()).sum();
        assert_eq!((usize::from(owed.bill.count), owed.bill.debt.whole_units()), (many, Ok(debt)));
        assert_eq!(owed.bill.holder.expose(), before["holder"].as_str().unwrap());
        assert_eq!(owed.cost, owed.bill.debt.checked_add(fee).unwrap());
        assert_eq!(supplier.fees(owed.bill.count), 1, "which is booked where no answer tells the price");

        let purchase = payment(&query, owed);
        let (answer, _) = supplier.purchase(&purchase, lab.now()).await;
        let Answer::Pending { price: Some(price), .. } = answer else { panic!("{answer:?}") };
        assert_eq!(price, owed.cost);
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        assert_eq!(lab.owed(WATER, EIGHT_BILLS).await["bills"].as_array().unwrap().len(), left);
    }
    let answer = ask(&lab, &*supplier, &query(&lab, EIGHT_BILLS)).await;
    assert_eq!(answer, BillAnswer::NotOwed(ports::bill::NotOwed::Paid));
    lab.stop().await;
}

/// An inquiry may be "under way": it is asked about by its own reference until the answer is there, and bought once.
#[tokio::test]
async fn an_inquiry_that_takes_its_time_is_asked_about() {
    let lab = Lab::start(&SUBJECT).await;
    let mut settings = lab.settings_at(Who::First, &lab.base_url());
    settings.retain(|(name, _)| *name != "TIMEOUT_MS");
    settings.push(("TIMEOUT_MS", "10000".to_owned()));
    let patient = lab.supplier_with(&settings, "https://shop.example");
    let slow = |delay_ms: u64| vec![Fault::new("bill_inquiry", "pending_for").with("delay_ms", json!(delay_ms))];

    lab.try_rules(slow(1_000)).await.unwrap();
    let answered = query(&lab, EIGHT_BILLS);
    let answer = ask(&lab, &*patient, &answered).await;
    assert!(matches!(answer, BillAnswer::Owed(_)), "{answer:?}");
    let asking = format!("{}C", answered.reference);
    let arrivals = lab.arrivals_of(&asking).await;
    assert_eq!((&arrivals["bill_inquiry"], &arrivals["status"]), (&json!(1), &json!(1)));

    lab.try_rules(slow(3_600_000)).await.unwrap();
    let answer = ask(&lab, &*lab.supplier(Who::First), &query(&lab, EIGHT_BILLS)).await;
    assert!(matches!(answer, BillAnswer::Unclear { .. }), "{answer:?}");
    lab.stop().await;
}

/// What asks is bought like anything else, and perhaps once a day: then the first answer is what is told, and nothing is to be paid by it.
#[tokio::test]
async fn a_bill_asked_about_before_on_this_day_is_told_as_it_was_then_and_not_as_fresh() {
    let lab = Lab::start(&SUBJECT).await;
    lab.settings(json!({ "suppliers": { "pulsaif": { "reading": "other" } } })).await;
    let mut settings = lab.settings_at(Who::First, &lab.base_url());
    settings.extend([("SIGN_CASE", "as_is".to_owned()), ("BALANCE_SIGN", "empty".to_owned())]);
    let supplier = lab.supplier_with(&settings, "https://shop.example");
    let hour = std::time::Duration::from_secs(3_600);

    let BillAnswer::Owed(seen) = ask(&lab, &*supplier, &query(&lab, "30303001")).await else { panic!("at noon") };
    lab.pass(hour).await;
    let again = query(&lab, "30303001");
    let BillAnswer::Owed(owed) = ask(&lab, &*supplier, &again).await else { panic!("an hour later") };
    assert_eq!((&owed.bill, seen.fresh, owed.fresh), (&seen.bill, true, false));
    let (answer, _) = supplier.purchase(&payment(&again, &owed), lab.now()).await;
    assert!(matches!(answer, Answer::Pending { .. }), "{answer:?}");
    lab.act(FIRST.0, &again.reference, "settle").await;

    // It does not know that it was paid since. Of a payment of its own it would; not of one elsewhere.
    let late = query(&lab, "30303001");
    let BillAnswer::Owed(stale) = ask(&lab, &*supplier, &late).await else { panic!("paid meanwhile") };
    assert!(!stale.fresh);
    let (answer, _) = supplier.purchase(&payment(&late, &stale), lab.now()).await;
    assert_eq!(answer, Answer::Refused { cause: Cause::Customer, code: "bill_paid".to_owned() });
    lab.pass(24 * hour).await;
    let told = ask(&lab, &*supplier, &query(&lab, "30303001")).await;
    assert_eq!(told, BillAnswer::NotOwed(ports::bill::NotOwed::Paid), "the next day it is looked up anew");
    lab.stop().await;
}

/// Of two customers who asked at once one pays; the other is told that it is paid, and nothing of hers is taken.
#[tokio::test]
async fn a_bill_is_paid_once_whoever_asked_for_it() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    let queries = [query(&lab, "30303001"), query(&lab, "30303001")];
    let mut payments = Vec::new();
    for query in &queries {
        let told = ask(&lab, &*supplier, query).await;
        let BillAnswer::Owed(owed) = &told else { panic!("{told:?}") };
        payments.push(payment(query, owed));
    }
    let [first, second] = &payments[..] else { panic!() };
    assert!(matches!(supplier.purchase(first, lab.now()).await.0, Answer::Pending { .. }));
    lab.act(FIRST.0, &first.reference, "settle").await;
    let (answer, _) = supplier.purchase(second, lab.now()).await;
    assert_eq!(answer, Answer::Refused { cause: Cause::Customer, code: "bill_paid".to_owned() });
    assert!(lab.deliveries(&second.reference).await.is_empty());
    lab.stop().await;
}

/// Electricity takes no payments around midnight, in words that do not say so: the hours are ours to know.
#[tokio::test]
async fn electricity_is_not_to_be_paid_around_midnight() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    let electricity =
        |number: &str| BillQuery { code: "BYRPLN".to_owned(), category: Category::PlnBill, ..query(&lab, number) };
    assert!(matches!(ask(&lab, &*supplier, &electricity("530000000001")).await, BillAnswer::Owed(_)));
    // From noon to half past eleven in Jakarta.
    lab.pass(std::time::Duration::from_secs(23 * 1_800)).await;
    let [closed] = SUBJECT.manifest.closed else { panic!("one kind has hours") };
    assert_eq!((closed.category, closed.hours.closed_until(lab.now()).is_some()), (Some(Category::PlnBill), true));
    let answer = ask(&lab, &*supplier, &electricity("530000000001")).await;
    let code = "PRODUK_SEDANG_GANGGUAN".to_owned();
    assert_eq!(answer, BillAnswer::Refused { cause: Cause::Supplier, code });
    lab.stop().await;
}
