//! BillFazz's callbacks, as the sandbox sends them.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use adapters_billfazz::MANIFEST;
use adapters_kit::PublicUrls;
use bytes::Bytes;
use domain::SupplierId;
use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use ports::notice::{NoticeRejected, RawNotice};
use ports::settings::RawSettings;
use ports::supplier::{Proof, Supplier, SupplierNotice};
use secrecy::SecretString;
use serde_json::Value;
use supplier_lab::{Fault, Lab, Who};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::sandbox::{AIRTIME, airtime, ask, lab, order, serial};
use crate::subject::{FIRST, PHONE};

/// A shop that is called back.
async fn shop(lab: &Lab) -> (Arc<dyn Supplier>, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let urls = PublicUrls { base: format!("http://{}", listener.local_addr().unwrap()), setting: "PUBLIC_URL" };
    let settings = lab.settings_at(Who::First, &lab.base_url());
    let values = settings.into_iter().map(|(name, value)| (name.to_owned(), SecretString::from(value))).collect();
    let raw = RawSettings::new("SUPPLIER_BILLFAZZ_", values);
    let id = SupplierId::from_str("billfazz").unwrap();
    ((MANIFEST.build)(id, &raw, &urls, &lab.http).unwrap(), listener)
}

/// Takes one callback and answers it.
async fn receive(listener: &TcpListener, answer: &str) -> RawNotice {
    let (mut sender, _) = listener.accept().await.unwrap();
    let mut message = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = sender.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the callback ended early");
        message.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&message);
        // The body is one JSON object and ends with it.
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && serde_json::from_str::<Value>(body).is_ok()
        {
            let reply = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            sender.write_all(reply.as_bytes()).await.unwrap();
            assert!(head.starts_with("POST /webhooks/billfazz/callback "), "{head}");
            let header =
                |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
            let headers = head.lines().filter_map(header).collect();
            return RawNotice { headers, body: Bytes::copy_from_slice(body.as_bytes()), ..RawNotice::default() };
        }
    }
}

fn verify(lab: &Lab, supplier: &dyn Supplier, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    supplier.verify_notice("callback", raw, lab.now())
}

#[tokio::test]
async fn a_callback_proves_what_the_question_tells_and_a_later_try_is_signed_anew() {
    for reading in ["likely", "other"] {
        let lab = lab(false, reading).await;
        let (supplier, listener) = shop(&lab).await;
        let purchase = order(&lab, AIRTIME, PHONE, Category::Airtime);
        supplier.purchase(&purchase, lab.now()).await;
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        let first = receive(&listener, "500 Internal Server Error").await;
        let notice = verify(&lab, &*supplier, &first).unwrap();
        assert_eq!((&notice.reference, notice.proves), (&purchase.reference, Proof::Outcome));
        assert!(matches!(notice.claims, Answer::Delivered { .. }), "{reading}: {:?}", notice.claims);
        for private in [PHONE, &PHONE[1..], "bfcb-0001"] {
            assert!(!notice.record.body.contains(private), "{private} in {}", notice.record.body);
        }
        // One, five and thirty minutes later, and after two hours.
        for minutes in [1, 5, 30, 120] {
            lab.pass(Duration::from_secs(minutes * 60 + 1)).await;
            let again = receive(&listener, "500 Internal Server Error").await;
            let came = verify(&lab, &*supplier, &again).map(|again| again.record.key);
            assert_eq!(came, Ok(notice.record.key.clone()), "{reading}, after {minutes} minutes");
        }
        assert_eq!(verify(&lab, &*supplier, &first), Err(NoticeRejected::BadSignature), "the first one is too old");
        lab.stop().await;
    }
}

#[tokio::test]
async fn a_forged_callback_is_refused_and_a_failure_is_told() {
    let lab = lab(false, "likely").await;
    let (supplier, listener) = shop(&lab).await;
    let purchase = order(&lab, AIRTIME, PHONE, Category::Airtime);
    lab.fault(Fault::new("callback", "forged"), &purchase.reference).await;
    supplier.purchase(&purchase, lab.now()).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    assert_eq!(verify(&lab, &*supplier, &receive(&listener, "200 OK").await), Err(NoticeRejected::BadSignature));
    let genuine = verify(&lab, &*supplier, &receive(&listener, "200 OK").await).unwrap();
    lab.act(FIRST.0, &purchase.reference, "reverse").await;
    assert_eq!(verify(&lab, &*supplier, &receive(&listener, "200 OK").await), Err(NoticeRejected::BadSignature));
    let taken_back = verify(&lab, &*supplier, &receive(&listener, "200 OK").await).unwrap();
    assert!(matches!(taken_back.claims, Answer::Failed { cause: Cause::Supplier, .. }), "{:?}", taken_back.claims);
    assert_ne!(taken_back.record.key, genuine.record.key);
    lab.stop().await;
}

#[tokio::test]
async fn test_numbers_are_called_back_twice_or_never() {
    let lab = lab(true, "likely").await;
    let (supplier, listener) = shop(&lab).await;
    let [twice, never] = ["12", "13"].map(|end| airtime(&lab, end));
    for purchase in [&never, &twice] {
        supplier.purchase(purchase, lab.now()).await;
        lab.act(FIRST.0, &purchase.reference, "settle").await;
    }
    let mut keys = BTreeSet::new();
    for _ in 0..2 {
        let notice = verify(&lab, &*supplier, &receive(&listener, "200 OK").await).unwrap();
        assert_eq!(notice.reference, twice.reference);
        keys.insert(notice.record.key);
    }
    assert_eq!(keys.len(), 1, "the second one is the first one again");
    let more = tokio::time::timeout(Duration::from_millis(300), listener.accept()).await;
    assert!(more.is_err(), "nobody calls about the other one");
    assert!(serial(&ask(&lab, &never).await).is_some(), "it is asked about");
    lab.stop().await;
}
