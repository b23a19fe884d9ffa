//! What is sent and kept, and what a lost answer means.

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use domain::{Currency, Money, Private};
use ports::bill::{BillAnswer, BillHandle, BillQuery};
use ports::inquiry::{Finding, Inquiry};
use ports::supplier::{Purchase, ReadFailed};
use ports::{Exchange, Sent};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::server::{KEY, Reply, SECRET, Server, now, supplier_at};

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";
const PHONE: &str = "081234567890";
const BASIC: &str = "authorization: Basic Y2xpZW50LTAwMDE6c2VjcmV0LTAwMDE=";
const CALLBACK_URL: &str = "https://shop.example/webhooks/billfazz/callback";

fn purchase() -> Purchase {
    Purchase {
        reference: REFERENCE.parse().unwrap(),
        code: "TLKM5".to_owned(),
        target: Private::new(PHONE),
        cost: Money::from_units(5_250, Currency::Idr).unwrap(),
        category: Category::Airtime,
        bill: None,
    }
}

fn payment() -> Purchase {
    Purchase {
        code: "PLNPASCA".to_owned(),
        target: Private::new("530000000001"),
        category: Category::PlnBill,
        bill: Some(BillHandle("inq-1".to_owned())),
        ..purchase()
    }
}

fn order(of: &Purchase, status: &str, sn: Value) -> Value {
    json!({
        "orderId": "bf-10001", "refId": of.reference.as_str(), "productCode": of.code, "destinationNo": of.target.expose(),
        "price": 5250, "adminPrice": 0, "status": status, "sn": sn, "token": null, "message": format!("SN {sn} {}", of.target.expose()),
        "errorCode": null,
    })
}

/// No credential, number, name or serial.
fn assert_clean(exchange: &Exchange, more: &[&str]) {
    let printed = format!("{exchange:?}");
    for secret in [KEY, SECRET, "Y2xpZW50", PHONE, &PHONE[1..], "530000000001"].iter().chain(more) {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[tokio::test]
async fn a_purchase_and_its_question_are_sent_as_specified_and_kept_without_secrets() {
    let purchase = purchase();
    let server = Server::start(vec![
        Reply::Json(201, order(&purchase, "pending", Value::Null)),
        Reply::Json(200, json!({ "data": [order(&purchase, "SUCCESS", json!("77012345678"))] })),
    ])
    .await;
    let supplier = server.supplier();
    let (bought, sent) = supplier.purchase(&purchase, now()).await;
    assert!(matches!(bought, Answer::Pending { .. }), "{bought:?}");
    let (asked, question) = supplier.status(&purchase, now()).await;
    let Answer::Delivered { serial: Some(serial), .. } = asked else { panic!("{asked:?}") };
    assert_eq!(serial.expose(), "77012345678");
    for exchange in [&sent, &question] {
        assert_clean(exchange, &["77012345678"]);
        assert!(exchange.request.contains(REFERENCE), "{}", exchange.request);
    }

    let requests = server.asked().await;
    let [bought, asked] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert!(bought.head.starts_with("POST /sandbox/api/v1/prepaid/payment HTTP/1.1\r\n"), "{}", bought.head);
    assert!(bought.head.contains(BASIC) && bought.head.contains("content-type: application/json"), "{}", bought.head);
    assert_eq!(
        bought.body,
        json!({"destinationNo": PHONE, "refId": REFERENCE, "productCode": "TLKM5", "callbackUrl": CALLBACK_URL})
    );
    let line = format!("GET /sandbox/api/v1/orders?refId={REFERENCE} HTTP/1.1\r\n");
    assert!(asked.head.starts_with(&line) && asked.head.contains(BASIC), "{}", asked.head);
}

#[tokio::test]
async fn a_bill_is_asked_for_and_paid_by_what_was_answered() {
    let query = BillQuery {
        reference: REFERENCE.parse().unwrap(),
        code: "PLNPASCA".to_owned(),
        target: Private::new("530000000001"),
        category: Category::PlnBill,
        months: None,
    };
    let owed = json!({
        "inquiryId": "inq-1", "productCode": "PLNPASCA", "destinationNo": "530000000001", "customerName": "BUDI SANTOSO",
        "period": "202610", "billAmount": 300_000, "adminFee": 2_500, "penalty": 0, "totalAmount": 302_500,
        "bills": [{"period": "202610", "amount": 300_000, "penalty": 0, "admin": 2_500}],
        "expiresAt": "2026-11-18T20:00:00Z", "note": "BUDI SANTOSO",
    });
    let payment = payment();
    let receipt = "0123456789ABCDEF0123456789ABCDEF";
    let replies = vec![Reply::Json(200, owed), Reply::Json(201, order(&payment, "success", json!(receipt)))];
    let server = Server::start(replies).await;
    let supplier = server.supplier();

    let (answer, exchange) = supplier.inquire_bill(&query, now()).await.unwrap();
    let BillAnswer::Owed(owed) = answer else { panic!("{answer:?}") };
    assert_eq!((owed.cost.whole_units(), &owed.handle), (Ok(302_500), &BillHandle("inq-1".to_owned())));
    assert_clean(&exchange, &["BUDI"]);
    let (paid, exchange) = supplier.purchase(&payment, now()).await;
    let Answer::Delivered { serial: Some(serial), .. } = paid else { panic!("{paid:?}") };
    assert_eq!(serial.expose(), receipt);
    assert_clean(&exchange, &[receipt]);

    let requests = server.asked().await;
    let [asked, paid] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert!(asked.head.starts_with("POST /sandbox/api/v1/postpaid/inquiry "), "{}", asked.head);
    assert_eq!(asked.body, json!({"destinationNo": "530000000001", "productCode": "PLNPASCA"}));
    assert!(paid.head.starts_with("POST /sandbox/api/v1/postpaid/payment "), "{}", paid.head);
    assert_eq!(paid.body, json!({"inquiryId": "inq-1", "refId": REFERENCE, "callbackUrl": CALLBACK_URL}));
}

#[tokio::test]
async fn no_bills_are_asked_for_that_it_does_not_pay() {
    let supplier = supplier_at("http://127.0.0.1:9");
    let query = BillQuery {
        reference: REFERENCE.parse().unwrap(),
        code: "INDIHOME".to_owned(),
        target: Private::new("6391601201"),
        category: Category::Internet,
        months: None,
    };
    assert_eq!(supplier.inquire_bill(&query, now()).await, None);
}

#[tokio::test]
async fn a_lost_answer_is_unclear_and_never_sent_again() {
    let whole = order(&purchase(), "success", json!("77012345678"));
    for (name, reply) in [
        ("hang up", Reply::HangUp),
        ("redirect", Reply::Redirect),
        ("half", Reply::Half(whole.clone())),
        ("500", Reply::Json(500, json!({"code": "INTERNAL", "message": "no"}))),
        ("502", Reply::Text(502, "<html>Bad Gateway</html>")),
        ("503", Reply::Text(503, "<html>CUTOFF</html>")),
        ("html", Reply::Text(200, "<html>081234567890</html>")),
        ("empty", Reply::Text(200, "")),
        ("duplicate", Reply::Json(409, json!({"code": "DUPLICATE_REF", "message": "no", "order": whole.clone()}))),
    ] {
        let server = Server::start(vec![reply]).await;
        let (answer, exchange) = server.supplier().purchase(&purchase(), now()).await;
        assert!(matches!(answer, Answer::Unclear { .. }), "{name}: {answer:?}");
        assert_ne!(exchange.sent, Sent::No, "{name}");
        assert_clean(&exchange, &["77012345678"]);
        assert_eq!(server.asked().await.len(), 1, "{name}: one request");
    }
}

#[tokio::test]
async fn a_documented_refusal_is_believed_even_with_503() {
    for (http, code, cause) in [
        (503, "CUTOFF", Cause::Closed),
        (503, "PRODUCT_PROBLEM", Cause::Supplier),
        (402, "INSUFFICIENT_DEPOSIT", Cause::Deposit),
        (401, "INVALID_CREDENTIAL", Cause::Account),
    ] {
        let server = Server::start(vec![Reply::Json(http, json!({"code": code, "message": "no"}))]).await;
        let (answer, _) = server.supplier().purchase(&purchase(), now()).await;
        assert_eq!(answer, Answer::Refused { cause, code: code.to_owned() });
        server.asked().await;
    }
}

#[tokio::test]
async fn who_is_away_was_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let supplier = supplier_at(&nobody);
    for purchase in [purchase(), payment()] {
        let (answer, exchange) = supplier.purchase(&purchase, now()).await;
        assert!(matches!(answer, Answer::Refused { cause: Cause::NotFormed, .. }), "{answer:?}");
        assert_eq!(exchange.sent, Sent::No);
        assert!(matches!(supplier.status(&purchase, now()).await.0, Answer::Unclear { .. }));
    }
    assert!(matches!(supplier.balance(now()).await, Err(ReadFailed::Unavailable(_))));
    assert!(matches!(supplier.price_list(now()).await, Err(ReadFailed::Unavailable(_))));
    let meter = Inquiry::PlnMeter { number: Private::new("12345678901") };
    assert!(matches!(supplier.inquire(&meter, now()).await, Err(ReadFailed::Unavailable(_))));
}

fn list(kind: &str) -> Value {
    let line = match kind {
        "prepaid" => {
            json!({"code": "TLKM5", "name": "Telkomsel 5.000", "operatorCode": "telkomsel", "sellPrice": 5_250})
        }
        _ => json!({"code": "PLNPASCA", "name": "PLN Pascabayar", "operatorCode": "pln", "adminPrice": 2_500}),
    };
    let mut line = line;
    line["type"] = json!(kind);
    line["active"] = json!(true);
    line["problem"] = json!(false);
    json!({ "data": [line] })
}

#[tokio::test]
async fn both_lists_make_one_and_half_of_it_is_none() {
    let server = Server::start(vec![Reply::Json(200, list("prepaid")), Reply::Json(200, list("postpaid"))]).await;
    let read = server.supplier().price_list(now()).await.unwrap();
    let ids: Vec<&str> = read.iter().map(|listing| listing.product.id.as_str()).collect();
    assert_eq!(ids, ["airtime-telkomsel-5000", "pln-bill"]);
    let requests = server.asked().await;
    for (request, kind) in requests.iter().zip(["prepaid", "postpaid"]) {
        assert!(
            request.head.starts_with(&format!("GET /sandbox/api/v1/products/client?type={kind} ")),
            "{}",
            request.head
        );
    }

    let server = Server::start(vec![Reply::Json(200, list("prepaid")), Reply::Text(502, "<html></html>")]).await;
    assert!(matches!(server.supplier().price_list(now()).await, Err(ReadFailed::Unavailable(_))));
    let server = Server::start(vec![Reply::Json(401, json!({"code": "INVALID_CREDENTIAL", "message": "no"}))]).await;
    assert!(matches!(server.supplier().price_list(now()).await, Err(ReadFailed::Unauthorised(_))));
}

#[tokio::test]
async fn balance_and_names_are_read() {
    let server = Server::start(vec![
        Reply::Json(200, json!({"data": {"balance": 1_234_567}})),
        Reply::Json(200, json!({"customerName": "BUDI SANTOSO", "destinationNo": "12345678901"})),
        Reply::Json(422, json!({"code": "INVALID_DESTINATION", "message": "no"})),
    ])
    .await;
    let supplier = server.supplier();
    let meter = Inquiry::PlnMeter { number: Private::new("12345678901") };
    let wallet = Inquiry::EWallet { brand: "OVO".to_owned(), number: Private::new(PHONE) };
    assert!(supplier.answers(&meter) && supplier.answers(&wallet));
    assert_eq!(supplier.balance(now()).await, Ok(Money::from_units(1_234_567, Currency::Idr).unwrap()));
    assert!(matches!(supplier.inquire(&meter, now()).await, Ok(Finding::Meter(_))));
    assert_eq!(supplier.inquire(&wallet, now()).await, Ok(Finding::NoSuchTarget));
    let requests = server.asked().await;
    assert!(requests[0].head.starts_with("GET /sandbox/api/v1/app/deposits/balance "), "{}", requests[0].head);
    assert_eq!(requests[1].body, json!({"destinationNo": "12345678901", "type": "pln"}));
    assert_eq!(requests[2].body, json!({"destinationNo": PHONE, "type": "ovo"}));
}
