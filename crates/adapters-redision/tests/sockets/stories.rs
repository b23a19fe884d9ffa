//! What only Redision does: its test numbers, its price guard, its list, its callbacks, and what is kept of it all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use domain::{Currency, Money};
use ports::notice::{NoticeRejected, RawNotice};
use ports::supplier::{Proof, Purchase, ReadFailed, Supplier, SupplierNotice};
use ports::{Exchange, Sent};
use serde_json::json;
use supplier_lab::{Fault, Goods, Inbox, Lab, Who};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::subject::{FIRST, PHONE, SUBJECT};

const AIRTIME: &str = "TSEL-10000";

/// Its test numbers mean something.
async fn lab() -> Lab {
    let lab = Lab::start(&SUBJECT).await;
    lab.settings(json!({ "suppliers": { "redision": { "endings": true } } })).await;
    lab
}

fn airtime(lab: &Lab, number: &str) -> Purchase {
    lab.purchase(&Goods { code: AIRTIME, target: number.to_owned(), category: Category::Airtime, biller: None })
}

/// With these settings instead of the first account's, called back at this address.
fn changed(lab: &Lab, changes: &[(&'static str, &str)], public: &str) -> Arc<dyn Supplier> {
    let mut settings = lab.settings_at(Who::First, &lab.base_url());
    settings.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    settings.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
    lab.supplier_with(&settings, public)
}

/// Purchase requests that reached the sandbox.
async fn top_ups(lab: &Lab, purchase: &Purchase) -> Option<u64> {
    lab.arrivals(&purchase.reference).await["topup"].as_u64()
}

/// A number whose end says what becomes of it.
fn number(end: &str) -> String {
    format!("0812345678{end}")
}

fn refused(answer: &Answer) -> Option<Cause> {
    if let Answer::Refused { cause, .. } = answer { Some(*cause) } else { None }
}

fn is_unclear(answer: &Answer) -> bool {
    matches!(answer, Answer::Unclear { .. })
}

/// No key, signature, number or serial, and the reference in its place.
fn assert_clean(purchase: &Purchase, answer: &Answer, exchange: &Exchange) {
    let printed = format!("{exchange:?} {answer:?}");
    let target = purchase.target.expose();
    let mut secrets = vec![FIRST.1, FIRST.2, target, target.trim_start_matches('0')];
    if let Answer::Delivered { serial: Some(serial), .. } = answer {
        secrets.push(serial.expose());
    }
    for secret in secrets {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    assert!(exchange.request.contains(purchase.reference.as_str()), "{printed}");
}

async fn buy(lab: &Lab, supplier: &dyn Supplier, purchase: &Purchase) -> Answer {
    let (answer, exchange) = supplier.purchase(purchase, lab.now()).await;
    assert_clean(purchase, &answer, &exchange);
    answer
}

async fn ask(lab: &Lab, supplier: &dyn Supplier, purchase: &Purchase) -> Answer {
    let (answer, exchange) = supplier.status(purchase, lab.now()).await;
    assert_clean(purchase, &answer, &exchange);
    answer
}

#[tokio::test]
async fn a_purchase_is_pending_then_delivered_and_the_truth_agrees() {
    let lab = lab().await;
    let supplier = lab.supplier(Who::First);
    let purchase = airtime(&lab, PHONE);
    let Answer::Pending { supplier_ref: Some(theirs), price: Some(price) } = buy(&lab, &*supplier, &purchase).await
    else {
        panic!("pending, with their number and price")
    };
    assert!(matches!(ask(&lab, &*supplier, &purchase).await, Answer::Pending { .. }));
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    let Answer::Delivered { serial: Some(serial), price: Some(paid), supplier_ref } =
        ask(&lab, &*supplier, &purchase).await
    else {
        panic!("delivered, with serial and price")
    };
    let truth = &lab.deliveries(&purchase.reference).await[0];
    assert_eq!(truth["serial"], serial.expose());
    assert_eq!((truth["price_minor"].as_i64().unwrap(), paid), (price.minor(), price));
    assert_eq!(supplier_ref, Some(theirs));
    lab.act(FIRST.0, &purchase.reference, "reverse").await;
    assert!(
        matches!(ask(&lab, &*supplier, &purchase).await, Answer::Failed { cause: Cause::Supplier, .. }),
        "taken back"
    );
    assert_eq!(top_ups(&lab, &purchase).await, Some(1), "questions buy nothing");
    lab.stop().await;
}

/// The test numbers, by their ends.
#[tokio::test]
async fn every_test_number_ends_as_specified() {
    let lab = lab().await;
    let supplier = lab.supplier(Who::First);
    let bought = async |end: &str| {
        let purchase = airtime(&lab, &number(end));
        let answer = buy(&lab, &*supplier, &purchase).await;
        (purchase, answer)
    };
    let (_, at_once) = bought("01").await;
    assert!(matches!(at_once, Answer::Delivered { .. }), "{at_once:?}");

    for (end, delivers) in [("02", true), ("03", false), ("04", true)] {
        let (purchase, answer) = bought(end).await;
        assert!(matches!(answer, Answer::Pending { .. }), "{end}: {answer:?}");
        let before = ask(&lab, &*supplier, &purchase).await;
        assert!(matches!(before, Answer::Pending { .. }), "{end}: paid is not delivered: {before:?}");
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        let after = ask(&lab, &*supplier, &purchase).await;
        let fits = match after {
            Answer::Delivered { serial: Some(_), .. } => delivers,
            Answer::Failed { cause: Cause::Supplier, .. } => !delivers,
            _ => false,
        };
        assert!(fits, "{end}: {after:?}");
    }

    for end in ["05", "06"] {
        let (purchase, answer) = bought(end).await;
        assert!(is_unclear(&answer), "{end}: {answer:?}");
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        let after = ask(&lab, &*supplier, &purchase).await;
        assert!(matches!(after, Answer::Delivered { .. }), "{end}: {after:?}");
        assert_eq!(top_ups(&lab, &purchase).await, Some(1), "{end}: sent once");
    }

    // The two that say nothing, until nobody waits any more.
    for end in ["06", "07"] {
        let began = std::time::Instant::now();
        let purchase = airtime(&lab, &number(end));
        let (answer, exchange) = supplier.purchase(&purchase, lab.now()).await;
        assert!(is_unclear(&answer) && exchange.sent == Sent::Maybe, "{end}: {answer:?} {exchange:?}");
        assert!(began.elapsed() >= Duration::from_millis(900), "{end}: {exchange:?}");
    }

    for end in ["07", "08"] {
        let (purchase, answer) = bought(end).await;
        assert!(is_unclear(&answer), "{end}: {answer:?}");
        assert_eq!(ask(&lab, &*supplier, &purchase).await, Answer::NotFound, "{end}");
        assert!(lab.deliveries(&purchase.reference).await.is_empty(), "{end}: nothing formed");
    }

    for (end, cause) in [("10", Cause::Price), ("11", Cause::Deposit)] {
        let (purchase, answer) = bought(end).await;
        assert_eq!(refused(&answer), Some(cause), "{end}: {answer:?}");
        assert!(lab.deliveries(&purchase.reference).await.is_empty(), "{end}: refused is not formed");
    }
    lab.stop().await;
}

#[tokio::test]
async fn a_price_above_the_agreed_one_is_refused_before_anything_is_formed() {
    let lab = lab().await;
    let supplier = lab.supplier(Who::First);
    let mut purchase = airtime(&lab, PHONE);
    purchase.cost = Money::from_units(9_000, Currency::Idr).unwrap();
    assert_eq!(refused(&buy(&lab, &*supplier, &purchase).await), Some(Cause::Price));
    let list = supplier.price_list(lab.now()).await.unwrap();
    let listed = list.iter().find(|listing| listing.offer.code == AIRTIME).unwrap().offer.cost;
    let raised = Purchase { cost: listed, ..airtime(&lab, PHONE) };
    lab.fault(Fault::new("topup", "price_change"), &raised.reference).await;
    assert_eq!(refused(&buy(&lab, &*supplier, &raised).await), Some(Cause::Price), "raised since the list was read");
    let agreed = Purchase { cost: listed, ..airtime(&lab, PHONE) };
    let Answer::Pending { price, .. } = buy(&lab, &*supplier, &agreed).await else {
        panic!("the listed price is enough")
    };
    assert_eq!(price, Some(listed));
    lab.stop().await;
}

#[tokio::test]
async fn the_list_is_whole_with_its_hours_and_what_is_off() {
    let lab = lab().await;
    let list = lab.supplier(Who::First).price_list(lab.now()).await.unwrap();
    assert!(list.len() >= 600, "{}", list.len());
    let ids: BTreeSet<&str> = list.iter().map(|listing| listing.product.id.as_str()).collect();
    assert_eq!(ids.len(), list.len());
    for id in ["airtime-telkomsel-10000", "e-money-gopay-20000"] {
        assert!(ids.contains(id), "{id} not in {ids:?}");
    }
    assert!(ids.iter().any(|id| id.starts_with("data-xl-") && !id.contains("--")), "{ids:?}");
    let categories: BTreeSet<Category> = list.iter().map(|listing| listing.product.category).collect();
    assert_eq!(categories, BTreeSet::from([Category::Airtime, Category::Data, Category::EMoney]));
    let off = list.iter().filter(|listing| !listing.offer.active).count();
    assert!((1..list.len() / 20).contains(&off), "{off} of {} are off", list.len());
    let hours: BTreeSet<String> = list.iter().filter_map(|l| l.offer.closed).map(|hours| hours.to_string()).collect();
    assert_eq!(hours, BTreeSet::from(["23:30-00:30".to_owned(), "23:45-00:15".to_owned()]));
    lab.stop().await;
}

#[tokio::test]
async fn the_balance_is_the_deposit_and_a_stranger_is_told_apart() {
    let lab = lab().await;
    lab.deposit(FIRST.0, 1_234_567).await;
    let balance = lab.supplier(Who::First).balance(lab.now()).await;
    assert_eq!(balance, Ok(Money::from_units(1_234_567, Currency::Idr).unwrap()));
    for stranger in [("APP_SECRET", "not-the-secret"), ("APP_KEY", "not-the-key"), ("APP_ID", "app-0009")] {
        let supplier = changed(&lab, &[stranger], "https://shop.example");
        assert!(matches!(supplier.balance(lab.now()).await, Err(ReadFailed::Unauthorised(_))));
        assert!(matches!(supplier.price_list(lab.now()).await, Err(ReadFailed::Unauthorised(_))));
    }
    lab.stop().await;
}

/// Takes one callback and accepts it.
async fn receive(inbox: &Inbox) -> RawNotice {
    let arrived = inbox.next().await;
    assert_eq!((arrived.method.as_str(), arrived.kind.as_str()), ("POST", "callback"));
    arrived.raw
}

/// A shop that is called back.
async fn shop(lab: &Lab) -> (Arc<dyn Supplier>, Inbox) {
    let inbox = Inbox::open().await;
    (changed(lab, &[], &inbox.url()), inbox)
}

fn verify(lab: &Lab, supplier: &dyn Supplier, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    supplier.verify_notice("callback", raw, lab.now())
}

#[tokio::test]
async fn callbacks_prove_deliveries_with_the_amount_as_number_and_as_text() {
    let lab = lab().await;
    let (supplier, inbox) = shop(&lab).await;
    let mut amounts = BTreeSet::new();
    for _ in 0..2 {
        let purchase = airtime(&lab, PHONE);
        buy(&lab, &*supplier, &purchase).await;
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        let raw = receive(&inbox).await;
        let notice = verify(&lab, &*supplier, &raw).unwrap();
        assert_eq!((&notice.reference, notice.proves), (&purchase.reference, Proof::Outcome));
        assert_eq!(notice.claims, ask(&lab, &*supplier, &purchase).await, "the callback says what the check says");
        for private in [PHONE, FIRST.1, FIRST.2] {
            assert!(!notice.record.body.contains(private), "{private} in {}", notice.record.body);
        }
        let body: serde_json::Value = serde_json::from_slice(&raw.body).unwrap();
        amounts.insert(body["amount"].is_string());
        let strange = lab.supplier(Who::Poor);
        assert_eq!(verify(&lab, &*strange, &raw), Err(NoticeRejected::BadSignature), "the other account's secret");
    }
    assert_eq!(amounts.len(), 2, "both forms came");
    lab.stop().await;
}

#[tokio::test]
async fn a_wrongly_signed_callback_is_refused_and_a_rightly_signed_lie_is_a_claim() {
    let lab = lab().await;
    let (supplier, inbox) = shop(&lab).await;
    let forged = airtime(&lab, &number("09"));
    buy(&lab, &*supplier, &forged).await;
    lab.act(FIRST.0, &forged.reference, "settle").await;
    assert_eq!(verify(&lab, &*supplier, &receive(&inbox).await), Err(NoticeRejected::BadSignature));

    let lying = airtime(&lab, &number("12"));
    buy(&lab, &*supplier, &lying).await;
    lab.act(FIRST.0, &lying.reference, "settle").await;
    let notice = verify(&lab, &*supplier, &receive(&inbox).await).unwrap();
    assert!(matches!(notice.claims, Answer::Failed { .. }), "{:?}", notice.claims);
    let asked = ask(&lab, &*supplier, &lying).await;
    assert!(matches!(asked, Answer::Delivered { .. }), "the check knows better: {asked:?}");
    lab.stop().await;
}

/// Nobody promised that a serial stands in its own field only.
#[tokio::test]
async fn a_serial_that_a_reply_repeats_is_kept_nowhere() {
    let lab = lab().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/redision", listener.local_addr().unwrap());
    let supplier = lab.supplier_at(Who::First, &base);
    let purchase = airtime(&lab, PHONE);
    let body = json!({ "success": true, "retcode": "0000", "message": "SN 77012345678 ke 6281234567890", "data": {
        "merchant_transaction_id": purchase.reference.as_str(), "reference_id": "RD1", "status_code": 1000, "price": 10350,
        "serial_number": "77012345678", "reason": "77012345678",
    }});
    let answering = async {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 8192];
        let read = client.read(&mut request).await.unwrap();
        let body = body.to_string();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    };
    let (request, (answer, exchange)) = tokio::join!(answering, supplier.status(&purchase, lab.now()));
    assert!(request.starts_with(&format!("GET /redision/api/v1/check/{} ", purchase.reference)), "{request}");
    assert_clean(&purchase, &answer, &exchange);
    assert!(exchange.response.contains("SN *** ke 62***"), "{}", exchange.response);
    lab.stop().await;
}
