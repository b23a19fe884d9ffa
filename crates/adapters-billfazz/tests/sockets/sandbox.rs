//! What only BillFazz does, against the sandbox: its test numbers, and both readings of what is not known.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Private;
use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use ports::bill::{BillAnswer, BillQuery, NotOwed, Owed};
use ports::inquiry::{Finding, Inquiry};
use ports::supplier::Purchase;
use serde_json::json;
use supplier_lab::{Goods, Lab, Need, Who};

use crate::subject::{FIRST, METER, PHONE, SUBJECT};

pub const AIRTIME: &str = "TLKM10";
const HEALTH: &str = "BPJSKS";
/// Longer than any test number takes to end.
const A_WHILE: Duration = Duration::from_secs(6);

pub async fn lab(endings: bool, reading: &str) -> Lab {
    let lab = Lab::start(&SUBJECT).await;
    lab.settings(json!({ "suppliers": { "billfazz": { "endings": endings, "reading": reading } } })).await;
    lab
}

pub fn order(lab: &Lab, code: &'static str, target: &str, category: Category) -> Purchase {
    lab.purchase(&Goods { code, target: target.to_owned(), category, biller: None })
}

pub fn airtime(lab: &Lab, end: &str) -> Purchase {
    order(lab, AIRTIME, &format!("0812345678{end}"), Category::Airtime)
}

async fn buy(lab: &Lab, purchase: &Purchase) -> Answer {
    lab.supplier(Who::First).purchase(purchase, lab.now()).await.0
}

pub async fn ask(lab: &Lab, purchase: &Purchase) -> Answer {
    lab.supplier(Who::First).status(purchase, lab.now()).await.0
}

pub fn serial(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Delivered { serial, .. } => serial.as_ref().map(Private::expose),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_test_number_ends_as_specified() {
    let lab = lab(true, "likely").await;
    let bought = async |end: &str| {
        let purchase = airtime(&lab, end);
        let answer = buy(&lab, &purchase).await;
        (purchase, answer)
    };
    let (_, at_once) = bought("01").await;
    assert!(serial(&at_once).is_some(), "{at_once:?}");
    let (delivers, first) = bought("02").await;
    let (fails, second) = bought("03").await;
    let (stays, third) = bought("04").await;
    for answer in [first, second, third] {
        assert!(matches!(answer, Answer::Pending { .. }), "{answer:?}");
    }
    let (late, answer) = bought("08").await;
    assert_eq!(serial(&answer), None);
    lab.pass(A_WHILE).await;
    assert!(serial(&ask(&lab, &delivers).await).is_some());
    let failed = ask(&lab, &fails).await;
    assert!(matches!(failed, Answer::Failed { cause: Cause::Supplier, .. }), "{failed:?}");
    assert!(matches!(ask(&lab, &stays).await, Answer::Pending { .. }));
    assert_eq!(serial(&ask(&lab, &late).await), None);
    lab.pass(A_WHILE).await;
    assert!(serial(&ask(&lab, &late).await).is_some(), "ten seconds later it is there");

    for end in ["05", "06"] {
        let (purchase, answer) = bought(end).await;
        assert!(matches!(answer, Answer::Unclear { .. }), "{end}: {answer:?}");
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        assert!(serial(&ask(&lab, &purchase).await).is_some(), "{end}");
    }
    let (lost, answer) = bought("07").await;
    assert!(matches!(answer, Answer::Unclear { .. }), "{answer:?}");
    assert_eq!(ask(&lab, &lost).await, Answer::NotFound);
    for (end, expected) in [("09", Cause::Supplier), ("10", Cause::Customer), ("11", Cause::Deposit)] {
        let (purchase, answer) = bought(end).await;
        assert!(matches!(answer, Answer::Refused { cause, .. } if cause == expected), "{end}: {answer:?}");
        assert!(lab.deliveries(&purchase.reference).await.is_empty(), "{end}: refused is not formed");
    }
    let (dearer, answer) = bought("14").await;
    let Answer::Pending { price: Some(price), .. } = answer else { panic!("{answer:?}") };
    assert!(price > dearer.cost, "what was taken is told");
    let (taken_back, _) = bought("15").await;
    lab.act(FIRST.0, &taken_back.reference, "settle").await;
    assert!(serial(&ask(&lab, &taken_back).await).is_some());
    lab.pass(Duration::from_secs(61)).await;
    let refunded = ask(&lab, &taken_back).await;
    assert!(matches!(refunded, Answer::Failed { cause: Cause::Supplier, .. }), "{refunded:?}");
    lab.stop().await;
}

/// Bare or wrapped, 201 or 200, small or large: it means the same.
#[tokio::test]
async fn orders_deposits_and_names_are_read_in_both_readings() {
    for reading in ["likely", "other"] {
        let lab = lab(false, reading).await;
        let supplier = lab.supplier(Who::First);
        lab.deposit(FIRST.0, 1_234_567).await;
        assert_eq!(supplier.balance(lab.now()).await.unwrap().whole_units(), Ok(1_234_567), "{reading}");
        let purchase = order(&lab, AIRTIME, PHONE, Category::Airtime);
        let answer = buy(&lab, &purchase).await;
        assert!(matches!(answer, Answer::Pending { price: Some(_), .. }), "{reading}: {answer:?}");
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        let answer = ask(&lab, &purchase).await;
        let truth = lab.deliveries(&purchase.reference).await;
        assert_eq!(serial(&answer), truth[0]["serial"].as_str(), "{reading}");
        assert!(
            matches!(buy(&lab, &purchase).await, Answer::Unclear { .. }),
            "{reading}: a used reference is asked about"
        );

        let meter = Inquiry::PlnMeter { number: Private::new(METER) };
        assert!(matches!(supplier.inquire(&meter, lab.now()).await, Ok(Finding::Meter(_))), "{reading}");
        for brand in ["GoPay", "OVO", "DANA", "ShopeePay", "LinkAja"] {
            let wallet = Inquiry::EWallet { brand: brand.to_owned(), number: Private::new(PHONE) };
            let told = supplier.inquire(&wallet, lab.now()).await;
            assert!(matches!(told, Ok(Finding::Name(_))), "{reading} {brand}: {told:?}");
        }
        lab.stop().await;
    }
}

#[tokio::test]
async fn a_token_comes_whole_with_name_power_and_kwh() {
    let lab = lab(false, "likely").await;
    let purchase = order(&lab, "PLN20", METER, Category::PlnToken);
    buy(&lab, &purchase).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    let answer = ask(&lab, &purchase).await;
    let whole = serial(&answer).unwrap();
    let truth = lab.deliveries(&purchase.reference).await;
    let parts: Vec<&str> = whole.split('/').collect();
    assert_eq!((parts.len(), Some(parts[0])), (5, truth[0]["serial"].as_str()), "{whole}");
    assert_eq!((parts[2], parts[3]), ("R1M", "900VA"));
    assert!(parts[4].parse::<f64>().is_ok_and(|kwh| kwh > 0.0), "{whole}");
    lab.stop().await;
}

async fn owed(lab: &Lab, code: &str, target: &str, category: Category, months: Option<u8>) -> BillAnswer {
    let query =
        BillQuery { reference: lab.reference(), code: code.to_owned(), target: Private::new(target), category, months };
    lab.supplier(Who::First).inquire_bill(&query, lab.now()).await.unwrap().0
}

fn is_owed(answer: BillAnswer) -> Owed {
    match answer {
        BillAnswer::Owed(owed) => owed,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn inquiries_of_test_numbers_end_as_specified() {
    let lab = lab(true, "likely").await;
    for (end, why) in [("10", NotOwed::UnknownTarget), ("16", NotOwed::UnknownTarget), ("17", NotOwed::Paid)] {
        let answer = owed(&lab, "PASCAPLN", &format!("5311000000{end}"), Category::PlnBill, None).await;
        assert_eq!(answer, BillAnswer::NotOwed(why), "{end}");
    }
    let problem = owed(&lab, "PASCAPLN", "531100000009", Category::PlnBill, None).await;
    assert!(matches!(problem, BillAnswer::Refused { cause: Cause::Supplier, .. }), "{problem:?}");
    let wrong = Inquiry::PlnMeter { number: Private::new("12345678910") };
    assert_eq!(lab.supplier(Who::First).inquire(&wrong, lab.now()).await, Ok(Finding::NoSuchTarget));
    lab.stop().await;
}

#[tokio::test]
async fn three_bills_are_paid_at_once_each_with_its_fee() {
    let lab = lab(false, "likely").await;
    let eight = is_owed(owed(&lab, "PASCAPLN", "531100000092", Category::PlnBill, None).await);
    let fee = lab.purchase(&(SUBJECT.goods)(Need::OneBill(0)).unwrap()).cost;
    assert_eq!((eight.bill.count, eight.bill.lines.len()), (3, 3));
    assert_eq!(eight.bill.admin.minor(), 3 * fee.minor());
    assert_eq!(eight.cost.minor(), eight.bill.debt.minor() + eight.bill.admin.minor());
    // The sandbox's clock runs on while the test's stands.
    let left = eight.until - lab.now();
    assert!((30..31).contains(&left.num_minutes()), "{left}");
    let water = is_owed(owed(&lab, "PASCAPDAMKOTASURABAYA", "1000091", Category::Pdam, None).await);
    assert_eq!(water.bill.count, 1);
    lab.stop().await;
}

/// Whether a month can be paid that is not owed yet is not known.
#[tokio::test]
async fn health_insurance_is_paid_by_months() {
    for reading in ["likely", "other"] {
        let lab = lab(false, reading).await;
        let member = "8801234560091";
        let three = is_owed(owed(&lab, HEALTH, member, Category::Bpjs, Some(3)).await);
        assert_eq!((three.bill.count, three.bill.months), (3, Some(3)), "{reading}");
        lab.pay_elsewhere("bpjs/bpjs", member).await;
        assert_eq!(owed(&lab, HEALTH, member, Category::Bpjs, None).await, BillAnswer::NotOwed(NotOwed::Paid));
        let ahead = owed(&lab, HEALTH, member, Category::Bpjs, Some(1)).await;
        match reading {
            "likely" => assert_eq!(ahead, BillAnswer::NotOwed(NotOwed::Paid)),
            _ => assert_eq!(is_owed(ahead).bill.count, 1),
        }
        lab.stop().await;
    }
}

#[tokio::test]
async fn the_list_has_all_kinds_with_every_bill() {
    let lab = lab(false, "likely").await;
    let list = lab.supplier(Who::First).price_list(lab.now()).await.unwrap();
    let ids: BTreeSet<&str> = list.iter().map(|listing| listing.product.id.as_str()).collect();
    assert_eq!(ids.len(), list.len());
    for id in ["airtime-telkomsel-10000", "pln-token-20000", "pln-bill", "bpjs-kesehatan", "pdam-kota-surabaya"] {
        assert!(ids.contains(id), "{id} not in {ids:?}");
    }
    let categories: BTreeSet<Category> = list.iter().map(|listing| listing.product.category).collect();
    let prepaid = [Category::Airtime, Category::Data, Category::PlnToken];
    assert_eq!(categories, prepaid.into_iter().chain([Category::PlnBill, Category::Bpjs, Category::Pdam]).collect());
    lab.stop().await;
}
