//! Notices that are forged, malformed or changed on their way: none of them changes anything.

use std::time::Duration;

use demo::outside::Click;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::reading::{each, text};
use crate::shop::{AIRTIME, Shop, TOKEN, meter, phone};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread")]
async fn forged_notices_change_nothing() {
    let shop = Shop::open().await;
    notices_that_are_none(&shop).await;
    every_flipped_byte_of_a_payment_notice(&shop).await;
    every_flipped_byte_of_a_suppliers_callback(&shop).await;
    forgers_beside_real_notices(&shop).await;
    shop.end().await;
}

async fn notices_that_are_none(shop: &Shop) {
    let (_, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let before = counts(shop, &order).await;
    let send =
        async |path: &str, content_type: &str, body: Vec<u8>| shop.post(path).body(content_type, body).send().await;
    for path in ["/webhooks/nobody/return", "/webhooks/ECPAY/return", "/webhooks/midtrans/x", "/webhooks/%00/return"] {
        assert_eq!(send(path, FORM, b"RtnCode=1".to_vec()).await.problem(), "404 no_such_route", "{path}");
    }
    let paid = "MerchantID=3002607&MerchantTradeNo=ABCDEFGHIJKLMNOPQR23&RtnCode=1&TradeNo=1&TradeAmt=26&SimulatePaid=0";
    for (path, body) in [
        ("/webhooks/ecpay/return", b"".to_vec()),
        ("/webhooks/ecpay/return", b"=&=&%zz".to_vec()),
        ("/webhooks/ecpay/return", b"\xff\xfe\x00".to_vec()),
        ("/webhooks/ecpay/return", paid.as_bytes().to_vec()),
        ("/webhooks/ecpay/return", format!("{paid}&CheckMacValue=").into_bytes()),
        ("/webhooks/ecpay/return", format!("{paid}&CheckMacValue={}", "0".repeat(64)).into_bytes()),
        ("/webhooks/ecpay/return", b"{\"RtnCode\":1}".to_vec()),
        ("/webhooks/ecpay/payment-info", paid.as_bytes().to_vec()),
        ("/webhooks/iak/callback", b"".to_vec()),
        ("/webhooks/iak/callback", b"{}".to_vec()),
        ("/webhooks/iak/callback", b"{\"data\":[]}".to_vec()),
        (
            "/webhooks/iak/callback",
            br#"{"data":{"ref_id":"ABCDEFGHIJKLMNOPQR23","status":"1","rc":"00","sign":"0"}}"#.to_vec(),
        ),
        ("/webhooks/iak/other", b"{}".to_vec()),
    ] {
        let shown = String::from_utf8_lossy(&body).into_owned();
        let answer = send(path, FORM, body).await;
        assert!(answer.status < 500 && answer.text != "1|OK" && answer.text != "OK", "{shown}: {answer:?}");
    }
    let huge = send("/webhooks/ecpay/return", FORM, vec![b'a'; 1_000_000]).await;
    assert_eq!(huge.problem(), "413 too_large body=too_large");
    assert_eq!(counts(shop, &order).await, before);
}

async fn every_flipped_byte_of_a_payment_notice(shop: &Shop) {
    let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let (_, page) = shop.checkout(&who, &order).await;
    let post = Intercepted::of(shop, async || shop.outside.click(&page, Click::Pay).await.unwrap()).await;
    assert_eq!(post.path, "/webhooks/ecpay/return");
    let before = counts(shop, &order).await;
    for place in 0..post.body.len() {
        let answer = shop.post(&post.path).body(FORM, flipped(&post.body, place)).send().await;
        // Looked at and refused, the first ones in the gateway's own words, a flood of them shortly.
        let refused = answer.status == 200 && answer.text.starts_with("0|");
        assert!(refused || answer.problem() == "429 too_many_rejected", "byte {place}: {answer:?}");
    }
    assert_eq!(counts(shop, &order).await, before, "nothing has changed");
    let real = shop.post(&post.path).body(FORM, post.body).send().await;
    assert_eq!((real.status, real.text.as_str()), (200, "1|OK"));
    shop.quiet().await;
    assert_eq!(shop.own(&who, &order).await["status"], "paid");
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &order).await["status"], "success");
}

/// Its signature covers the reference alone, so some changed callbacks are genuine as far as anybody can tell. They may
/// be kept beside the order; what is known of it does not change.
async fn every_flipped_byte_of_a_suppliers_callback(shop: &Shop) {
    let (who, order) = shop.order(&[(TOKEN, &meter())], None).await;
    shop.click(&who, &order, Click::Pay).await;
    let post = Intercepted::of(shop, async || shop.world.advance(2_100).await.unwrap()).await;
    assert_eq!(post.path, "/webhooks/iak/callback");
    shop.pass(10_000).await;
    assert_eq!(shop.own(&who, &order).await["status"], "success", "by asking, without the callback");
    let known = async || {
        let mut story = shop.story(&order).await;
        story["notices"] = Value::Null;
        (story, shop.own(&who, &order).await)
    };
    let before = known().await;
    for place in 0..post.body.len() {
        let answer = shop.post(&post.path).body(JSON, flipped(&post.body, place)).send().await;
        assert!(answer.status < 500, "byte {place}: {answer:?}");
    }
    shop.quiet().await;
    assert_eq!(known().await, before, "nothing has changed");
    assert_eq!(shop.outside.truth().await.unwrap().deliveries.iter().filter(|d| d.product == "hpln20000").count(), 1);
    let others = shop.post("/webhooks/iak-b/callback").body(JSON, post.body.clone()).send().await;
    assert_eq!(others.status, 401, "signed with the key of another account of ours");
    let xml = "<?xml version=\"1.0\"?><mp><status>2</status><rc>07</rc></mp>";
    assert_eq!(shop.post("/webhooks/iak-b/callback").body("application/xml", xml).send().await.status, 400);
    let real = shop.post(&post.path).body(JSON, post.body).send().await;
    assert_eq!((real.status, real.text.as_str()), (200, "OK"));
    shop.quiet().await;
    assert_eq!(known().await, before, "it is known already");
}

async fn forgers_beside_real_notices(shop: &Shop) {
    for (provider, call) in [("ecpay", "notice"), ("iak", "callback")] {
        shop.outside.add_faults(1, &[json!({ "provider": provider, "call": call, "kind": "forged" })]).await.unwrap();
    }
    let (who, order) = shop.paid_order(&[(AIRTIME, &phone())]).await;
    shop.pass(4_000).await;
    let story = shop.story(&order).await;
    assert_eq!(shop.own(&who, &order).await["status"], "success");
    assert_eq!(each(&story["notices"], "kind").iter().filter(|kind| *kind == "return").count(), 1, "the real one only");
    assert!(shop.outside.faults_fired().await.unwrap()["forged"] >= 2);
    assert_eq!(text(&story["order"]["payments"][0]["state"]), "success");
}

/// Everything that a notice could change.
async fn counts(shop: &Shop, order: &str) -> (Value, Vec<i64>) {
    let mut rows = Vec::new();
    for table in ["history", "ledger_line", "inbox", "task", "attempt", "dedupe", "alert", "refund"] {
        rows.push(shop.count(&format!("SELECT count(*) FROM {table}")).await);
    }
    (shop.story(order).await, rows)
}

/// One bit of one byte: never only the case of a letter.
fn flipped(body: &[u8], place: usize) -> Vec<u8> {
    let mut body = body.to_vec();
    body[place] ^= 1;
    body
}

/// A message of the sandbox that never reached its server.
pub struct Intercepted {
    path: String,
    pub body: Vec<u8>,
}

impl Intercepted {
    /// Takes the next message of the sandbox for its receiver, acknowledges it, and lets the following ones pass again.
    pub async fn of(shop: &Shop, cause: impl AsyncFnOnce()) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = format!("http://{}", listener.local_addr().unwrap());
        shop.outside.change_settings(&json!({ "notice_targets": [here] })).await.unwrap();
        let (taken, ()) = tokio::join!(take_one(listener), cause());
        shop.outside.change_settings(&json!({ "notice_targets": [] })).await.unwrap();
        taken
    }
}

async fn take_one(listener: TcpListener) -> Intercepted {
    let (mut stream, _) = tokio::time::timeout(Duration::from_secs(20), listener.accept()).await.unwrap().unwrap();
    let mut raw = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.unwrap();
        raw.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let (start, length): (usize, usize) = (head.len() + 4, length.unwrap());
        if raw.len() >= start + length {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n1|OK").await.unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            return Intercepted { path, body: raw[start..].to_vec() };
        }
    }
}
