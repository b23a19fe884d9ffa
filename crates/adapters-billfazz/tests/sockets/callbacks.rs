//! BillFazz's callbacks, as the sandbox sends them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use ports::notice::{NoticeRejected, RawNotice};
use ports::supplier::{Proof, Supplier, SupplierNotice};
use supplier_lab::{Fault, Inbox, Lab, Who};

use crate::sandbox::{AIRTIME, airtime, ask, lab, order, serial};
use crate::subject::{FIRST, PHONE};

/// A shop that is called back.
async fn shop(lab: &Lab) -> (Arc<dyn Supplier>, Inbox) {
    let inbox = Inbox::open().await;
    (lab.supplier_with(&lab.settings_at(Who::First, &lab.base_url()), &inbox.url()), inbox)
}

/// Takes one callback and answers it.
async fn receive(inbox: &Inbox, status: &str) -> RawNotice {
    let arrived = inbox.next_answered(status).await;
    assert_eq!((arrived.method.as_str(), arrived.kind.as_str()), ("POST", "callback"));
    arrived.raw
}

fn verify(lab: &Lab, supplier: &dyn Supplier, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    supplier.verify_notice("callback", raw, lab.now())
}

#[tokio::test]
async fn a_callback_proves_what_the_question_tells_and_a_later_try_is_signed_anew() {
    for reading in ["likely", "other"] {
        let lab = lab(false, reading).await;
        let (supplier, inbox) = shop(&lab).await;
        let purchase = order(&lab, AIRTIME, PHONE, Category::Airtime);
        supplier.purchase(&purchase, lab.now()).await;
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        let first = receive(&inbox, "500 Internal Server Error").await;
        let notice = verify(&lab, &*supplier, &first).unwrap();
        assert_eq!((&notice.reference, notice.proves), (&purchase.reference, Proof::Outcome));
        assert!(matches!(notice.claims, Answer::Delivered { .. }), "{reading}: {:?}", notice.claims);
        for private in [PHONE, &PHONE[1..], "bfcb-0001"] {
            assert!(!notice.record.body.contains(private), "{private} in {}", notice.record.body);
        }
        // One, five and thirty minutes later, and after two hours.
        for minutes in [1, 5, 30, 120] {
            lab.pass(Duration::from_secs(minutes * 60 + 1)).await;
            let again = receive(&inbox, "500 Internal Server Error").await;
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
    let (supplier, inbox) = shop(&lab).await;
    let purchase = order(&lab, AIRTIME, PHONE, Category::Airtime);
    lab.fault(Fault::new("callback", "forged"), &purchase.reference).await;
    supplier.purchase(&purchase, lab.now()).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    assert_eq!(verify(&lab, &*supplier, &receive(&inbox, "200 OK").await), Err(NoticeRejected::BadSignature));
    let genuine = verify(&lab, &*supplier, &receive(&inbox, "200 OK").await).unwrap();
    lab.act(FIRST.0, &purchase.reference, "reverse").await;
    assert_eq!(verify(&lab, &*supplier, &receive(&inbox, "200 OK").await), Err(NoticeRejected::BadSignature));
    let taken_back = verify(&lab, &*supplier, &receive(&inbox, "200 OK").await).unwrap();
    assert!(matches!(taken_back.claims, Answer::Failed { cause: Cause::Supplier, .. }), "{:?}", taken_back.claims);
    assert_ne!(taken_back.record.key, genuine.record.key);
    lab.stop().await;
}

#[tokio::test]
async fn test_numbers_are_called_back_twice_or_never() {
    let lab = lab(true, "likely").await;
    let (supplier, inbox) = shop(&lab).await;
    let [twice, never] = ["12", "13"].map(|end| airtime(&lab, end));
    for purchase in [&never, &twice] {
        supplier.purchase(purchase, lab.now()).await;
        lab.act(FIRST.0, &purchase.reference, "settle").await;
    }
    let mut keys = BTreeSet::new();
    for _ in 0..2 {
        let notice = verify(&lab, &*supplier, &receive(&inbox, "200 OK").await).unwrap();
        assert_eq!(notice.reference, twice.reference);
        keys.insert(notice.record.key);
    }
    assert_eq!(keys.len(), 1, "the second one is the first one again");
    assert!(inbox.stays_empty(Duration::from_millis(300)).await, "nobody calls about the other one");
    assert!(serial(&ask(&lab, &never).await).is_some(), "it is asked about");
    lab.stop().await;
}
