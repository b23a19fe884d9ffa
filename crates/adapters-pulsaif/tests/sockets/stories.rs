//! What only Pulsa IF does.

use std::time::Duration;

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause, pln_token};
use ports::notice::{NoticeRejected, RawNotice};
use ports::supplier::{Proof, ReadFailed};
use serde_json::json;
use supplier_lab::{Fault, Inbox, Lab, Who};

use crate::subject::{FIRST, METER, PHONE, SUBJECT, TOKENS, airtime, order};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_report_is_a_get_to_the_secret_address_and_proves_nothing() {
    let (lab, inbox) = (Lab::start(&SUBJECT).await, Inbox::open().await);
    let url = format!("{}/webhooks/pulsaif/report/{}", inbox.url(), TOKENS[0]);
    lab.settings(json!({ "suppliers": { "pulsaif": { "callback_url": { (FIRST.0): url } } } })).await;
    let supplier = lab.supplier(Who::First);
    let purchase = airtime(&lab);
    lab.fault(Fault::new("callback", "forged"), &purchase.reference).await;
    supplier.purchase(&purchase, lab.now()).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;

    let forged = inbox.next().await;
    let verified = supplier.verify_notice(&forged.kind, &forged.raw, lab.now());
    assert_eq!(verified, Err(NoticeRejected::BadSignature), "who forges one does not know the address");

    let genuine = inbox.next().await;
    assert_eq!((genuine.method.as_str(), genuine.kind.as_str()), ("GET", "report"));
    assert!(genuine.raw.body.is_empty() && genuine.raw.query.contains("status=20"));
    let notice = supplier.verify_notice(&genuine.kind, &genuine.raw, lab.now()).unwrap();
    assert_eq!((&notice.reference, notice.proves), (&purchase.reference, Proof::Nothing));
    let Answer::Delivered { serial: None, price: Some(price), .. } = &notice.claims else { panic!("{notice:?}") };
    assert_eq!(*price, purchase.cost);
    let truth = lab.deliveries(&purchase.reference).await;
    for private in [PHONE, "81234567890", truth[0]["serial"].as_str().unwrap(), TOKENS[0]] {
        assert!(!notice.record.body.contains(private), "{}", notice.record.body);
    }

    let without = RawNotice { token: None, ..genuine.raw };
    assert_eq!(supplier.verify_notice("report", &without, lab.now()), Err(NoticeRejected::BadSignature));
    lab.stop().await;
}

#[tokio::test]
async fn a_report_comes_only_from_addresses_that_are_named() {
    let lab = Lab::start(&SUBJECT).await;
    let purchase = airtime(&lab);
    let query = format!("refid={}&t=1&status=20&price=10.250", purchase.reference);
    let verify = |ips: &str, peer: &str| {
        let mut settings = lab.settings_at(Who::First, &lab.base_url());
        settings.push(("CALLBACK_IPS", ips.to_owned()));
        let supplier = lab.supplier_with(&settings, "https://shop.example");
        let (token, peer) = (Some(TOKENS[0].into()), Some(peer.parse().unwrap()));
        supplier.verify_notice(
            "report",
            &RawNotice { query: query.clone(), token, peer, ..RawNotice::default() },
            lab.now(),
        )
    };
    assert!(verify("203.0.113.7,203.0.113.8", "203.0.113.8").is_ok());
    assert_eq!(verify("203.0.113.7", "203.0.113.8"), Err(NoticeRejected::BadSignature));
    lab.stop().await;
}

/// The same goods for the same number are sold once a day (specified by us, after the family). What was bought is somebody's, so
/// neither supplier nor customer is at fault: a person decides.
#[tokio::test]
async fn the_same_purchase_again_on_one_day_is_for_a_person() {
    let lab = Lab::start(&SUBJECT).await;
    lab.settings(json!({ "suppliers": { "pulsaif": { "once_a_day": true } } })).await;
    let supplier = lab.supplier(Who::First);
    let bought = async |code, target| {
        let purchase = order(&lab, code, target, Category::Airtime);
        let (answer, _) = supplier.purchase(&purchase, lab.now()).await;
        (purchase, answer)
    };
    let (first, answer) = bought("TSEL10", PHONE).await;
    assert!(matches!(answer, Answer::Pending { .. }), "{answer:?}");
    lab.act(FIRST.0, &first.reference, "settle").await;

    lab.pass(HOUR).await;
    let (again, answer) = bought("TSEL10", PHONE).await;
    assert_eq!(answer, Answer::Refused { cause: Cause::Repeat, code: "SDH_PERNAH".to_owned() });
    assert_eq!(supplier.status(&again, lab.now()).await.0, Answer::NotFound);
    assert!(lab.deliveries(&again.reference).await.is_empty());

    for (code, target) in [("TSEL15", PHONE), ("TSEL10", "081234567891")] {
        let (_, answer) = bought(code, target).await;
        assert!(matches!(answer, Answer::Pending { .. }), "{code} {target}: {answer:?}");
    }
    lab.pass(24 * HOUR).await;
    let (_, answer) = bought("TSEL10", PHONE).await;
    assert!(matches!(answer, Answer::Pending { .. }), "the next day: {answer:?}");
    lab.stop().await;
}

/// "Asked already" at the minute we asked may be our own request that arrived twice: it is asked about, and the answer is that
/// there is none under our reference.
#[tokio::test]
async fn the_same_purchase_again_within_a_minute_is_asked_about() {
    let lab = Lab::start(&SUBJECT).await;
    lab.settings(json!({ "suppliers": { "pulsaif": { "once_a_day": true } } })).await;
    let supplier = lab.supplier(Who::First);
    let [first, again] = [airtime(&lab), airtime(&lab)];
    supplier.purchase(&first, lab.now()).await;
    let (answer, _) = supplier.purchase(&again, lab.now()).await;
    assert!(matches!(answer, Answer::Unclear { .. }), "{answer:?}");
    assert_eq!(supplier.status(&again, lab.now()).await.0, Answer::NotFound);
    assert!(!supplier.trust().absence, "which is not believed");
    lab.stop().await;
}

/// Some customers are called GAGAL or SUKSES, and their names hold points and slashes.
#[tokio::test]
async fn a_token_comes_whole_whoever_it_is_for() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    let mut names = [0, 0];
    while names.contains(&0) && names.iter().sum::<i32>() < 40 {
        let purchase = order(&lab, "PLN20", METER, Category::PlnToken);
        supplier.purchase(&purchase, lab.now()).await;
        lab.act(FIRST.0, &purchase.reference, "settle").await;
        let (answer, exchange) = supplier.status(&purchase, lab.now()).await;
        let Answer::Delivered { serial: Some(serial), price: Some(price), .. } = answer else { panic!("{answer:?}") };
        assert_eq!(lab.deliveries(&purchase.reference).await[0]["serial"], serial.expose());
        assert_eq!(price, purchase.cost);
        let (token, behind) = pln_token(serial.expose()).unwrap();
        assert!(!exchange.response.contains(&token) && !exchange.response.contains(behind), "{}", exchange.response);
        names[usize::from(behind.contains("GAGAL"))] += 1;
    }
    assert!(names.iter().all(|many| *many > 0), "{names:?}");
    lab.stop().await;
}

/// Servers of the family differ: in capitals or not, how a balance is signed, whether a refusal tells the balance, and
/// whether a purchase of yesterday is found.
#[tokio::test]
async fn both_kinds_of_server_are_asked_in_their_own_way() {
    let lab = Lab::start(&SUBJECT).await;
    lab.settings(json!({ "suppliers": { "pulsaif": { "reading": "other" } } })).await;
    let mut settings = lab.settings_at(Who::First, &lab.base_url());
    settings.extend([("SIGN_CASE", "as_is".to_owned()), ("BALANCE_SIGN", "empty".to_owned())]);
    // Whatever is said to be believed.
    settings.push(("TRUST_ABSENCE", "true".to_owned()));
    let other = lab.supplier_with(&settings, "https://shop.example");
    assert!(other.balance(lab.now()).await.is_ok() && other.price_list(lab.now()).await.is_ok());
    assert!(matches!(lab.supplier(Who::First).balance(lab.now()).await, Err(ReadFailed::Unauthorised(_))));

    let purchase = airtime(&lab);
    other.purchase(&purchase, lab.now()).await;
    lab.act(FIRST.0, &purchase.reference, "settle").await;
    assert!(matches!(other.status(&purchase, lab.now()).await.0, Answer::Delivered { .. }));
    lab.pass(24 * HOUR).await;
    let (answer, _) = other.status(&purchase, lab.now()).await;
    assert!(matches!(answer, Answer::Unclear { .. }), "it looks at the same day only: {answer:?}");

    let closed = order(&lab, "TSELD2GB1D", PHONE, Category::Data);
    let code = "PRODUK_SEDANG_GANGGUAN".to_owned();
    assert_eq!(other.purchase(&closed, lab.now()).await.0, Answer::Refused { cause: Cause::Supplier, code });
    lab.stop().await;
}
