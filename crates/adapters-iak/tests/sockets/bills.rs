//! Bills over real sockets: what is sent, once, and what is kept of it. The replies are IAK's own examples.

use std::sync::Arc;

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use domain::{Currency, Money, Private, Reference};
use ports::bill::{BillAnswer, BillHandle, BillQuery};
use ports::supplier::{Purchase, ReadFailed};
use ports::{Exchange, Sent, Supplier};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use supplier_lab::{Lab, Who};

use crate::subject::{FIRST, SUBJECT};

const NUMBER: &str = "530000000001";
const HOLDER: &str = "BUDI SANTOSO";
const RECEIPT: &str = "0BNS21D8A9C24B4E8A1A0B3F6C7D8E9F";

/// A server that gives these replies, one per connection, and tells what it was sent.
async fn iak(replies: Vec<Value>) -> (String, tokio::task::JoinHandle<Vec<(String, Value)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut told = Vec::new();
        for reply in replies {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut message = Vec::new();
            let sent = loop {
                let mut buffer = [0; 4096];
                let read = client.read(&mut buffer).await.unwrap();
                message.extend_from_slice(&buffer[..read]);
                let text = String::from_utf8_lossy(&message).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n")
                    && let Ok(body) = serde_json::from_str::<Value>(body)
                {
                    break (head.lines().next().unwrap().to_owned(), body);
                }
                assert!(read > 0, "the request ended early");
            };
            told.push(sent);
            let body = json!({ "data": reply, "meta": [] }).to_string();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        }
        told
    });
    (url, served)
}

/// The adapter that asks about bills here; with nothing, it sells none.
fn supplier(lab: &Lab, postpaid: &str) -> Arc<dyn Supplier> {
    let mut settings = lab.settings_at(Who::First, &lab.base_url());
    settings.retain(|(name, _)| *name != "POSTPAID_URL");
    settings.push(("POSTPAID_URL", postpaid.to_owned()));
    lab.build(&settings, &lab.http).map_err(|bad| bad.to_string()).unwrap()
}

fn reference() -> Reference {
    "AAAAAAAAAAAAAAAAAAA2".parse().unwrap()
}

fn query() -> BillQuery {
    BillQuery {
        reference: reference(),
        code: "PLNPOSTPAID".into(),
        target: Private::new(NUMBER),
        category: Category::PlnBill,
        months: None,
    }
}

fn purchase(bill: Option<&str>) -> Purchase {
    Purchase {
        reference: reference(),
        code: "PLNPOSTPAID".into(),
        target: Private::new(NUMBER),
        cost: Money::from_units(301_900, Currency::Idr).unwrap(),
        category: Category::PlnBill,
        bill: bill.map(|handle| BillHandle(handle.into())),
    }
}

fn whole(rc: &str) -> Value {
    json!({
        "tr_id": 9_900, "code": "PLNPOSTPAID", "hp": NUMBER, "tr_name": HOLDER, "period": "202610", "nominal": 300_000,
        "admin": 2_500, "ref_id": reference().as_str(), "response_code": rc, "message": format!("{HOLDER} {NUMBER}"),
        "price": 302_500, "selling_price": 301_900, "noref": RECEIPT, "desc": { "lembar_tagihan": "1" },
    })
}

fn nothing_private_is_kept(exchange: &Exchange) {
    for text in [&exchange.request, &exchange.response, &format!("{exchange:?}")] {
        for private in [NUMBER, HOLDER, RECEIPT, FIRST.0, FIRST.1] {
            assert!(!text.contains(private), "{private} in {text}");
        }
    }
}

#[tokio::test]
async fn a_bill_is_asked_for_paid_and_asked_about_with_one_request_each_and_nothing_private_is_kept() {
    let lab = Lab::start(&SUBJECT).await;
    let mut status = whole("00");
    status["status"] = json!(1);
    let (url, served) = iak(vec![whole("00"), whole("00"), status]).await;
    let supplier = supplier(&lab, &url);

    let (owed, asked) = supplier.inquire_bill(&query(), lab.now()).await.unwrap();
    let BillAnswer::Owed(owed) = owed else { panic!("{owed:?}") };
    assert_eq!(owed.handle, BillHandle("9900".into()));
    let (answer, paid) = supplier.purchase(&purchase(Some("9900")), lab.now()).await;
    assert!(matches!(&answer, Answer::Delivered { serial: Some(receipt), .. } if receipt.expose() == RECEIPT));
    let (answer, status) = supplier.status(&purchase(None), lab.now()).await;
    assert!(matches!(answer, Answer::Delivered { serial: Some(_), .. }), "{answer:?}");
    for exchange in [&asked, &paid, &status] {
        nothing_private_is_kept(exchange);
    }
    assert_eq!([asked.call, paid.call, status.call], ["inq-pasca", "pay-pasca", "checkstatus"]);

    let told = served.await.unwrap();
    assert!(told.iter().all(|(line, _)| line.starts_with("POST /api/v1/bill/check ")), "{told:?}");
    let bodies: Vec<Value> = told.into_iter().map(|(_, body)| body).collect();
    // md5 over user name, key and the reference, the inquiry's number, and `cs`.
    let expected = json!([
        {"commands": "inq-pasca", "username": FIRST.0, "code": "PLNPOSTPAID", "hp": NUMBER,
            "ref_id": "AAAAAAAAAAAAAAAAAAA2", "sign": "4c33865ea3a7e793c8db60cf944f4936"},
        {"commands": "pay-pasca", "username": FIRST.0, "tr_id": 9_900, "sign": "34690aa83a8aaf388978ea66cc967889"},
        {"commands": "checkstatus", "username": FIRST.0, "ref_id": "AAAAAAAAAAAAAAAAAAA2",
            "sign": "726c8aa0f44402824c83ee66ed32e6f3"},
    ]);
    assert_eq!(Value::from(bodies), expected);
    lab.stop().await;
}

#[tokio::test]
async fn months_go_with_health_bills() {
    let lab = Lab::start(&SUBJECT).await;
    let (url, served) = iak(vec![json!({"response_code": "01"})]).await;
    let query = BillQuery { months: Some(3), category: Category::Bpjs, ..query() };
    let said = supplier(&lab, &url).inquire_bill(&query, lab.now()).await.unwrap().0;
    assert_eq!(said, BillAnswer::NotOwed(ports::bill::NotOwed::Paid));
    assert_eq!(served.await.unwrap()[0].1["month"], 3);
    lab.stop().await;
}

#[tokio::test]
async fn without_an_inquiry_or_a_host_nothing_is_sent_and_a_question_that_cannot_be_asked_says_nothing() {
    let lab = Lab::start(&SUBJECT).await;
    let unformed = Answer::Refused { cause: Cause::NotFormed, code: "not_sent".into() };
    let (nobody, none) = (supplier(&lab, "http://127.0.0.1:1"), supplier(&lab, ""));
    for (supplier, handle) in [(&nobody, None), (&nobody, Some("")), (&nobody, Some("x1")), (&none, Some("1"))] {
        let (answer, exchange) = supplier.purchase(&purchase(handle), lab.now()).await;
        assert_eq!((answer, exchange.sent), (unformed.clone(), Sent::No));
    }
    let (answer, exchange) = nobody.purchase(&purchase(Some("9900")), lab.now()).await;
    assert_eq!((answer, exchange.sent), (unformed, Sent::No), "nobody listens there");
    for supplier in [&nobody, &none] {
        assert!(matches!(supplier.status(&purchase(None), lab.now()).await.0, Answer::Unclear { .. }));
    }
    let said = nobody.inquire_bill(&query(), lab.now()).await.unwrap().0;
    assert!(matches!(said, BillAnswer::Unclear { .. }), "{said:?}");
    assert_eq!(none.inquire_bill(&query(), lab.now()).await, None, "no bills are sold here");
    lab.stop().await;
}

#[tokio::test]
async fn bills_stand_in_the_price_list_and_without_them_there_is_no_list() {
    let lab = Lab::start(&SUBJECT).await;
    let pasca = json!({"pasca": [
        {"code": "PLNPOSTPAID", "name": "PLN POSTPAID", "status": 1, "fee": 2_500, "komisi": 600, "type": "pln"},
        {"code": "HPTHREE", "name": "THREE", "status": 1, "fee": 0, "komisi": 0, "type": "hp"},
    ]});
    let (url, served) = iak(vec![pasca]).await;
    let list = supplier(&lab, &url).price_list(lab.now()).await.unwrap();
    let bill = list.iter().find(|listing| listing.product.category == Category::PlnBill).unwrap();
    assert_eq!((bill.product.id.as_str(), bill.offer.cost.whole_units()), ("pln-bill", Ok(1_900)));
    assert_eq!(list.len(), supplier(&lab, "").price_list(lab.now()).await.unwrap().len() + 1);
    let asked = served.await.unwrap().remove(0).1;
    let expected = json!({"commands": "pricelist-pasca", "username": FIRST.0, "status": "all",
        "sign": "5b3567a93123761f3cd33d6c1f54e697"});
    assert_eq!(asked, expected);

    let (url, _served) = iak(vec![json!({"response_code": "100", "message": "INVALID SIGNATURE"})]).await;
    assert!(matches!(supplier(&lab, &url).price_list(lab.now()).await, Err(ReadFailed::Unauthorised(_))));
    let (url, _served) = iak(vec![json!({"response_code": "110"})]).await;
    assert!(matches!(supplier(&lab, &url).price_list(lab.now()).await, Err(ReadFailed::Busy(_))));
    let (url, _served) = iak(vec![json!({"response_code": "109"})]).await;
    assert!(matches!(supplier(&lab, &url).price_list(lab.now()).await, Err(ReadFailed::Unavailable(_))));
    lab.stop().await;
}
