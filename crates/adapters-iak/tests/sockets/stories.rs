//! What only IAK does.

use std::collections::BTreeSet;

use domain::catalogue::Category;
use domain::fulfilment::Answer;
use domain::{Currency, Money};
use ports::notice::NoticeRejected;
use ports::supplier::{Purchase, ReadFailed, Supplier};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use supplier_lab::{Arrived, Fault, Inbox, Lab, Who};

use crate::subject::{FIRST, METER, PHONE, SUBJECT, order};

#[tokio::test]
async fn both_shapes_of_the_price_list_and_both_accounts_give_the_same_products() {
    let lab = Lab::start(&SUBJECT).await;
    let wrapped = lab.supplier(Who::First).price_list(lab.now()).await.unwrap();
    lab.settings(json!({ "iak_pricelist_bare": true })).await;
    let bare = lab.supplier(Who::First).price_list(lab.now()).await.unwrap();
    let other_account = lab.supplier(Who::Poor).price_list(lab.now()).await.unwrap();
    assert_eq!(wrapped, bare);
    assert_eq!(bare, other_account);

    let ids: BTreeSet<&str> = bare.iter().map(|listing| listing.product.id.as_str()).collect();
    assert_eq!(ids.len(), bare.len());
    for id in ["airtime-telkomsel-10000", "pln-token-20000", "e-money-gopay-20000", "game-free-fire-70-diamonds"] {
        assert!(ids.contains(id), "{id} not in {ids:?}");
    }
    let categories: BTreeSet<Category> = bare.iter().map(|listing| listing.product.category).collect();
    assert_eq!(categories.len(), 10, "{categories:?}");
    let off: Vec<&str> = bare.iter().filter(|l| !l.offer.active).map(|l| l.offer.code.as_str()).collect();
    assert!(off.contains(&"hlinkaja100000") && off.len() < bare.len() / 20, "{off:?}");
    lab.stop().await;
}

#[tokio::test]
async fn the_balance_is_the_deposit_and_a_wrong_key_is_told_apart() {
    let lab = Lab::start(&SUBJECT).await;
    lab.deposit(FIRST.0, 1_234_567).await;
    let balance = lab.supplier(Who::First).balance(lab.now()).await;
    assert_eq!(balance, Ok(Money::from_units(1_234_567, Currency::Idr).unwrap()));

    let stranger = lab.supplier(Who::Stranger);
    assert!(matches!(stranger.balance(lab.now()).await, Err(ReadFailed::Unauthorised(_))));
    assert!(matches!(stranger.price_list(lab.now()).await, Err(ReadFailed::Unauthorised(_))));
    lab.stop().await;
}

#[tokio::test]
async fn a_changed_price_is_reported_as_it_was_taken() {
    let lab = Lab::start(&SUBJECT).await;
    let purchase = order(&lab, "htelkomsel10000", PHONE);
    lab.fault(Fault::new("topup", "price_change"), &purchase.reference).await;
    let (answer, _) = lab.supplier(Who::First).purchase(&purchase, lab.now()).await;
    let Answer::Pending { price: Some(price), .. } = answer else { panic!("{answer:?}") };
    let truth = lab.deliveries(&purchase.reference).await;
    assert_eq!(truth[0]["price_minor"], price.minor());
    assert!(price > purchase.cost);
    lab.stop().await;
}

async fn buy_and_deliver(lab: &Lab, supplier: &dyn Supplier, purchase: &Purchase) -> Option<String> {
    supplier.purchase(purchase, lab.now()).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    match supplier.status(purchase, lab.now()).await.0 {
        Answer::Delivered { serial, .. } => serial.map(|serial| serial.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn serials_come_whole_and_late_ones_are_awaited() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);

    let token = order(&lab, "hpln20000", METER);
    let serial = buy_and_deliver(&lab, &*supplier, &token).await.unwrap();
    assert_eq!(lab.deliveries(&token.reference).await[0]["serial"], serial);
    assert!(serial.len() > 24 && serial.contains("/R1 /"), "the token with name, segment and kWh");

    let voucher = order(&lab, "hsteam12000", PHONE);
    let serial = buy_and_deliver(&lab, &*supplier, &voucher).await.unwrap();
    let truth = lab.deliveries(&voucher.reference).await;
    let (code, pin) = serial.split_once(" PIN ").unwrap();
    assert_eq!(truth[0]["serial"], code);
    assert_eq!(pin.len(), 6);

    let late = order(&lab, "hpln50000", METER);
    lab.fault(Fault::new("topup", "serial_late"), &late.reference).await;
    assert_eq!(buy_and_deliver(&lab, &*supplier, &late).await, None);
    lab.stop().await;
}

#[tokio::test]
async fn the_sandboxs_callback_is_accepted_and_its_forgery_is_not() {
    let lab = Lab::start(&SUBJECT).await;
    let inbox = Inbox::open().await;
    let url = format!("{}/webhooks/iak/callback", inbox.url());
    lab.settings(json!({ "suppliers": { "iak": { "callback_url": { (FIRST.0): url } } } })).await;
    let supplier = lab.supplier(Who::First);
    let purchase = order(&lab, "htelkomsel10000", PHONE);
    lab.fault(Fault::new("callback", "forged"), &purchase.reference).await;

    supplier.purchase(&purchase, lab.now()).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    let check = |arrived: Arrived| supplier.verify_notice(&arrived.kind, &arrived.raw, lab.now());
    assert_eq!(check(inbox.next().await), Err(NoticeRejected::BadSignature));
    let notice = check(inbox.next().await).unwrap();
    assert_eq!(notice.reference, purchase.reference);
    assert_eq!(notice.proves, ports::supplier::Proof::Reference);
    assert!(matches!(notice.claims, Answer::Delivered { serial: Some(_), .. }), "{:?}", notice.claims);
    assert!(!notice.record.body.contains(PHONE) && !notice.record.body.contains(FIRST.0));
    lab.stop().await;
}

/// Answers one request with this body, whatever was asked.
async fn answer_once(listener: TcpListener, body: String) {
    let (mut client, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 8192];
    let _some_of_it = client.read(&mut request).await.unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}

/// Nobody promised that a serial stands in its own field only.
#[tokio::test]
async fn a_serial_that_a_reply_repeats_is_kept_nowhere() {
    let lab = Lab::start(&SUBJECT).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let supplier = lab.supplier_at(Who::First, &format!("http://{}", listener.local_addr().unwrap()));
    let purchase = order(&lab, "hpln20000", METER);
    let body = json!({ "data": {
        "ref_id": purchase.reference.as_str(), "status": 1, "rc": "00", "product_code": "hpln20000", "tr_id": 77,
        "customer_id": "12345678901", "price": 20150, "sn": "1234-5678-9012-3456-7890/BUDI SANTOSO/R1/900VA",
        "message": "SUCCESS, TOKEN 1234-5678-9012-3456-7890 (1234-5678-9012-3456-7890/BUDI SANTOSO/R1/900VA)",
        "note": { "again": "12345678901" },
    }});
    let (answered, (answer, exchange)) =
        tokio::join!(answer_once(listener, body.to_string()), supplier.status(&purchase, lab.now()));
    let () = answered;
    assert!(matches!(answer, Answer::Delivered { serial: Some(_), .. }), "{answer:?}");
    for private in ["1234-5678", "BUDI", "12345678901"] {
        assert!(!exchange.response.contains(private), "{private} in {}", exchange.response);
    }
    assert!(exchange.response.contains("SUCCESS, TOKEN ***"), "{}", exchange.response);
    lab.stop().await;
}
