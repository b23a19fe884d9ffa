//! Digiflazz's webhooks, as the sandbox sends them.

use std::sync::Arc;
use std::time::Duration;

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause, pln_token};
use ports::bill::BillAnswer;
use ports::notice::{NoticeRejected, RawNotice};
use ports::supplier::{Proof, Purchase, Supplier, SupplierNotice};
use serde_json::json;
use supplier_lab::{Fault, Goods, Inbox, Lab, Who, payment};

use crate::subject::{FIRST, PHONE, SUBJECT};

/// A shop that is called back where its purchases ask for it.
async fn shop(lab: &Lab) -> (Arc<dyn Supplier>, Inbox) {
    let inbox = Inbox::open().await;
    (lab.supplier_with(&lab.settings_at(Who::First, &lab.base_url()), &inbox.url()), inbox)
}

/// Takes one and answers it.
async fn receive(inbox: &Inbox, status: &str) -> RawNotice {
    let arrived = inbox.next_answered(status).await;
    assert_eq!((arrived.method.as_str(), arrived.kind.as_str()), ("POST", "transaction"));
    arrived.raw
}

fn verify(lab: &Lab, supplier: &dyn Supplier, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    supplier.verify_notice("transaction", raw, lab.now())
}

fn goods(lab: &Lab, code: &'static str, target: &str, category: Category) -> Purchase {
    lab.purchase(&Goods { code, target: target.to_owned(), category, biller: None })
}

fn airtime(lab: &Lab) -> Purchase {
    goods(lab, "tsel-10", PHONE, Category::Airtime)
}

async fn act(lab: &Lab, purchase: &Purchase, act: &str) {
    lab.act(FIRST.0, &purchase.reference, act).await;
}

#[tokio::test]
async fn a_webhook_proves_what_the_question_tells_and_shows_nothing_private() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, inbox) = shop(&lab).await;
    let purchase = airtime(&lab);
    supplier.purchase(&purchase, lab.now()).await;
    // What is over at once is told as created.
    lab.pass(Duration::from_secs(2)).await;
    act(&lab, &purchase, "settle").await;
    let raw = receive(&inbox, "200 OK").await;
    assert_eq!(
        (raw.header("x-digiflazz-event"), raw.header("user-agent")),
        (Some("update"), Some("Digiflazz-Hookshot"))
    );
    let notice = verify(&lab, &*supplier, &raw).unwrap();
    assert_eq!((&notice.reference, notice.proves), (&purchase.reference, Proof::Outcome));
    let Answer::Delivered { serial: Some(serial), price, supplier_ref } = &notice.claims else { panic!("{notice:?}") };
    assert_eq!((price, supplier_ref.is_some()), (&Some(purchase.cost), true));
    assert_eq!(lab.deliveries(&purchase.reference).await[0]["serial"], serial.expose());
    let asked = supplier.status(&purchase, lab.now()).await.0;
    let Answer::Delivered { serial: Some(told), price: paid, .. } = asked else { panic!("{asked:?}") };
    assert_eq!((told.expose(), paid), (serial.expose(), *price));
    for private in [PHONE, &PHONE[1..], serial.expose(), FIRST.0, FIRST.1, "whsecret-0001"] {
        assert!(!notice.record.body.contains(private), "{private} in {}", notice.record.body);
    }
    lab.stop().await;
}

#[tokio::test]
async fn a_forged_webhook_is_refused_and_so_is_one_under_a_secret_that_was_taken_away() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, inbox) = shop(&lab).await;
    let purchase = airtime(&lab);
    lab.fault(Fault::new("callback", "forged"), &purchase.reference).await;
    supplier.purchase(&purchase, lab.now()).await;
    act(&lab, &purchase, "settle").await;
    assert_eq!(verify(&lab, &*supplier, &receive(&inbox, "200 OK").await), Err(NoticeRejected::BadSignature));
    let genuine = receive(&inbox, "200 OK").await;
    assert!(verify(&lab, &*supplier, &genuine).is_ok());

    let with_secrets = |secrets: &str| {
        let mut settings = lab.settings_at(Who::First, &lab.base_url());
        settings.retain(|(name, _)| *name != "WEBHOOK_SECRETS");
        settings.push(("WEBHOOK_SECRETS", secrets.to_owned()));
        lab.supplier_with(&settings, "https://shop.example")
    };
    let accepted = |secrets: &str| verify(&lab, &*with_secrets(secrets), &genuine);
    assert!(accepted("new-0002,whsecret-0001").is_ok());
    assert_eq!(accepted("new-0002"), Err(NoticeRejected::BadSignature));
    lab.stop().await;
}

/// What it was told is one thing, however often it is told; what is taken back later is another.
#[tokio::test]
async fn a_webhook_that_was_not_taken_comes_again_as_the_same_and_a_refund_as_another() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, inbox) = shop(&lab).await;
    let purchase = airtime(&lab);
    supplier.purchase(&purchase, lab.now()).await;
    act(&lab, &purchase, "settle").await;
    let first = verify(&lab, &*supplier, &receive(&inbox, "500 Internal Server Error").await).unwrap();
    // One, five and fifteen minutes later.
    for minutes in [1, 5, 15] {
        lab.pass(Duration::from_secs(minutes * 60 + 1)).await;
        let again = verify(&lab, &*supplier, &receive(&inbox, "500 Internal Server Error").await).unwrap();
        assert_eq!((again.record.key, again.claims), (first.record.key.clone(), first.claims.clone()), "{minutes}");
    }
    act(&lab, &purchase, "reverse").await;
    let refunded = verify(&lab, &*supplier, &receive(&inbox, "200 OK").await).unwrap();
    assert_eq!(refunded.claims, Answer::Failed { cause: Cause::Supplier, code: "74".to_owned() });
    assert_eq!(refunded.proves, Proof::Outcome);
    assert_ne!(refunded.record.key, first.record.key);
    lab.stop().await;
}

/// Rightly signed, and not true: then the question says otherwise.
#[tokio::test]
async fn a_webhook_that_lies_is_a_claim_like_any_other() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, inbox) = shop(&lab).await;
    let purchase = airtime(&lab);
    lab.fault(Fault::new("callback", "lie"), &purchase.reference).await;
    supplier.purchase(&purchase, lab.now()).await;
    act(&lab, &purchase, "settle").await;
    let notice = verify(&lab, &*supplier, &receive(&inbox, "200 OK").await).unwrap();
    assert!(matches!(notice.claims, Answer::Failed { .. }), "{:?}", notice.claims);
    assert!(matches!(supplier.status(&purchase, lab.now()).await.0, Answer::Delivered { .. }));
    lab.stop().await;
}

#[tokio::test]
async fn a_token_comes_whole_in_both_ways_of_writing_it() {
    for reading in ["likely", "other"] {
        let lab = Lab::start(&SUBJECT).await;
        lab.settings(json!({ "suppliers": { "digiflazz": { "reading": reading } } })).await;
        let (supplier, inbox) = shop(&lab).await;
        let purchase = goods(&lab, "pln-20", "12345678901", Category::PlnToken);
        supplier.purchase(&purchase, lab.now()).await;
        act(&lab, &purchase, "settle").await;
        let notice = verify(&lab, &*supplier, &receive(&inbox, "200 OK").await).unwrap();
        let Answer::Delivered { serial: Some(serial), .. } = &notice.claims else { panic!("{reading}: {notice:?}") };
        assert_eq!(lab.deliveries(&purchase.reference).await[0]["serial"], serial.expose(), "{reading}");
        let (token, behind) = pln_token(serial.expose()).unwrap();
        for private in [token.as_str(), behind, serial.expose(), "12345678901"] {
            assert!(!notice.record.body.contains(private), "{reading}: {}", notice.record.body);
        }
        lab.stop().await;
    }
}

#[tokio::test]
async fn a_bill_that_was_paid_is_told_with_its_receipt() {
    let lab = Lab::start(&SUBJECT).await;
    let (supplier, inbox) = shop(&lab).await;
    let number = "531000000021".to_owned();
    let query = lab.bill(&Goods { code: "pln", target: number, category: Category::PlnBill, biller: None });
    let told = supplier.inquire_bill(&query, lab.now()).await.unwrap().0;
    let BillAnswer::Owed(owed) = told else { panic!("{told:?}") };
    assert!(inbox.stays_empty(Duration::from_millis(300)).await, "nobody tells of what was only asked");
    let payment = payment(&query, &owed);
    let (answer, _) = supplier.purchase(&payment, lab.now()).await;
    assert!(matches!(answer, Answer::Pending { .. }), "{answer:?}");
    act(&lab, &payment, "settle").await;
    let raw = receive(&inbox, "200 OK").await;
    assert_eq!(raw.header("user-agent"), Some("Digiflazz-Pasca-Hookshot"));
    let notice = verify(&lab, &*supplier, &raw).unwrap();
    assert_eq!((&notice.reference, notice.proves), (&payment.reference, Proof::Outcome));
    let Answer::Delivered { serial: Some(receipt), price: Some(price), .. } = &notice.claims else {
        panic!("{notice:?}")
    };
    let truth = lab.deliveries(&payment.reference).await;
    assert_eq!((&truth[0]["serial"], *price), (&json!(receipt.expose()), owed.cost));
    assert!(!notice.record.body.contains(owed.bill.holder.expose()), "{}", notice.record.body);
    lab.stop().await;
}
