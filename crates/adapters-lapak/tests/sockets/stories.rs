//! What only Lapak does.

use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause};
use ports::notice::{NoticeRejected, RawNotice};
use ports::supplier::{Proof, Purchase, Supplier};
use serde_json::json;
use supplier_lab::{Fault, Inbox, Lab, Who};

use crate::subject::{DIAMONDS, FIRST, PHONE, PLAYER, SUBJECT, VOUCHER, order};

const GENSHIN: &str = "GENSHIN60-S2";

/// The adapter with one setting more, or another value of one.
fn supplier_with(lab: &Lab, name: &'static str, value: &str) -> std::sync::Arc<dyn Supplier> {
    let mut settings = lab.settings_at(Who::First, &lab.base_url());
    settings.retain(|(given, _)| *given != name);
    settings.push((name, value.to_owned()));
    lab.supplier_with(&settings, "https://shop.example")
}

async fn settle(lab: &Lab, purchase: &Purchase) {
    lab.act(FIRST.0, &purchase.reference, "settle").await;
}

#[tokio::test]
async fn a_callback_comes_to_the_sealed_address_and_none_to_a_guessed_one_is_believed() {
    let (lab, inbox) = (Lab::start(&SUBJECT).await, Inbox::open().await);
    let supplier = lab.supplier_with(&lab.settings_at(Who::First, &lab.base_url()), &inbox.url());
    let purchase = order(&lab, VOUCHER, PHONE, Category::Voucher);
    lab.fault(Fault::new("callback", "forged"), &purchase.reference).await;
    let (_, exchange) = supplier.purchase(&purchase, lab.now()).await;
    settle(&lab, &purchase).await;

    let forged = inbox.next().await;
    let verified = supplier.verify_notice(&forged.kind, &forged.raw, lab.now());
    assert_eq!(verified, Err(NoticeRejected::BadSignature));

    let genuine = inbox.next().await;
    assert_eq!((genuine.method.as_str(), genuine.kind.as_str()), ("POST", "order"));
    let notice = supplier.verify_notice(&genuine.kind, &genuine.raw, lab.now()).unwrap();
    assert_eq!((&notice.reference, notice.proves), (&purchase.reference, Proof::Reference));
    let Answer::Delivered { serial: Some(serial), .. } = &notice.claims else { panic!("{:?}", notice.claims) };
    let truth = lab.deliveries(&purchase.reference).await;
    let (code, pin) = serial.expose().split_once(" PIN ").unwrap();
    assert_eq!((&truth[0]["serial"], &truth[0]["pin"]), (&json!(code), &json!(pin)));

    let token = secrecy::ExposeSecret::expose_secret(genuine.raw.token.as_ref().unwrap()).to_owned();
    for private in [token.as_str(), code, pin] {
        assert!(!notice.record.body.contains(private), "{}", notice.record.body);
        assert!(!exchange.request.contains(private), "{}", exchange.request);
    }
    lab.stop().await;
}

#[tokio::test]
async fn the_seal_of_one_order_opens_no_other_and_an_address_without_it_nothing() {
    let (lab, inbox) = (Lab::start(&SUBJECT).await, Inbox::open().await);
    let supplier = lab.supplier_with(&lab.settings_at(Who::First, &lab.base_url()), &inbox.url());
    let [mine, other] = [(); 2].map(|()| order(&lab, VOUCHER, PHONE, Category::Voucher));
    supplier.purchase(&mine, lab.now()).await;
    settle(&lab, &mine).await;
    let arrived = inbox.next().await;
    let verify = |raw: RawNotice| supplier.verify_notice("order", &raw, lab.now()).map(|notice| notice.reference);
    assert_eq!(verify(arrived.raw.clone()), Ok(mine.reference.clone()));
    let of_another = RawNotice { query: format!("ref={}", other.reference), ..arrived.raw.clone() };
    assert_eq!(verify(of_another), Err(NoticeRejected::BadSignature));
    assert_eq!(verify(RawNotice { token: None, ..arrived.raw.clone() }), Err(NoticeRejected::BadSignature));
    // The address on the dashboard is the same for all orders, and names none.
    assert_eq!(verify(RawNotice { query: String::new(), ..arrived.raw }), Err(NoticeRejected::Malformed));
    lab.stop().await;
}

/// What was ordered before the secret changed is told with its old seal.
#[tokio::test]
async fn a_new_secret_lets_the_callbacks_of_older_orders_in() {
    let (lab, inbox) = (Lab::start(&SUBJECT).await, Inbox::open().await);
    let with_secret = |secret: &str| {
        let mut settings = lab.settings_at(Who::First, &lab.base_url());
        settings.retain(|(name, _)| *name != "CALLBACK_SECRET");
        settings.push(("CALLBACK_SECRET", secret.to_owned()));
        lab.supplier_with(&settings, &inbox.url())
    };
    let purchase = order(&lab, VOUCHER, PHONE, Category::Voucher);
    with_secret("old-0001").purchase(&purchase, lab.now()).await;
    settle(&lab, &purchase).await;
    let arrived = inbox.next().await;
    let verify = |secret: &str| with_secret(secret).verify_notice("order", &arrived.raw, lab.now()).is_ok();
    assert!(verify("new-0002,old-0001") && !verify("new-0002"));
    lab.stop().await;
}

/// The docs' samples name no reference of ours; a reply that names one must name ours.
#[tokio::test]
async fn a_reply_that_names_another_reference_is_about_another_order() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    for field in ["partner_reference_id", "reference_id"] {
        let purchase = order(&lab, VOUCHER, PHONE, Category::Voucher);
        let naming = |reference: &str| {
            let with = format!("\"{field}\":\"{reference}\",\"tid\":");
            ["topup", "status"].map(|call| Fault::rewrite(call, "\"tid\":", &with)).to_vec()
        };
        lab.try_faults(naming("ZZZZZZZZZZZZZZZZZZZZ"), &purchase.reference).await.unwrap();
        for answer in [supplier.purchase(&purchase, lab.now()).await.0, supplier.status(&purchase, lab.now()).await.0] {
            assert!(matches!(answer, Answer::Unclear { .. }), "{field}: {answer:?}");
        }
        lab.try_faults(naming(purchase.reference.as_str()), &purchase.reference).await.unwrap();
        let answer = supplier.status(&purchase, lab.now()).await.0;
        assert!(matches!(answer, Answer::Pending { .. }), "{field}: {answer:?}");
    }
    lab.stop().await;
}

/// Whether a refusal comes with status 400 or 200, and whether a voucher wants a user, nobody documents.
#[tokio::test]
async fn both_readings_of_the_documents_buy_and_refuse_the_same() {
    for reading in ["likely", "other"] {
        let lab = Lab::start(&SUBJECT).await;
        lab.settings(json!({ "suppliers": { "lapak": { "reading": reading } } })).await;
        let supplier = lab.supplier(Who::First);
        for (code, target, category) in [(VOUCHER, PHONE, Category::Voucher), (DIAMONDS, PLAYER, Category::Game)] {
            let purchase = order(&lab, code, target, category);
            let (answer, _) = supplier.purchase(&purchase, lab.now()).await;
            assert!(matches!(answer, Answer::Pending { .. }), "{reading} {code}: {answer:?}");
            settle(&lab, &purchase).await;
            let (answer, _) = supplier.status(&purchase, lab.now()).await;
            assert!(matches!(answer, Answer::Delivered { .. }), "{reading} {code}: {answer:?}");
        }
        let nobody = order(&lab, DIAMONDS, "156378300", Category::Game);
        let (answer, _) = supplier.purchase(&nobody, lab.now()).await;
        let code = "INVALID_USER_ID_OR_ADDITIONAL_ID".to_owned();
        assert_eq!(answer, Answer::Refused { cause: Cause::Customer, code }, "{reading}");
        assert_eq!(supplier.status(&nobody, lab.now()).await.0, Answer::NotFound, "{reading}");
        lab.stop().await;
    }
}

#[tokio::test]
async fn what_not_found_is_worth_is_a_setting() {
    let lab = Lab::start(&SUBJECT).await;
    let purchase = order(&lab, VOUCHER, PHONE, Category::Voucher);
    for (value, absence) in [("false", false), ("true", true)] {
        let supplier = supplier_with(&lab, "TRUST_ABSENCE", value);
        assert_eq!(supplier.status(&purchase, lab.now()).await.0, Answer::NotFound);
        assert_eq!(supplier.trust().absence, absence);
    }
    lab.stop().await;
}

/// Without its guard an order is taken at whatever it costs, and told so.
#[tokio::test]
async fn an_order_without_a_price_is_taken_at_the_new_one() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = supplier_with(&lab, "SEND_PRICE", "false");
    let purchase = order(&lab, VOUCHER, PHONE, Category::Voucher);
    lab.fault(Fault::new("topup", "price_change"), &purchase.reference).await;
    let (answer, _) = supplier.purchase(&purchase, lab.now()).await;
    let Answer::Pending { price: Some(price), .. } = answer else { panic!("{answer:?}") };
    assert!(price > purchase.cost);
    assert_eq!(lab.deliveries(&purchase.reference).await[0]["price_minor"], price.minor());
    lab.stop().await;
}

#[tokio::test]
async fn titles_that_want_the_customers_address_are_off_without_one() {
    let lab = Lab::start(&SUBJECT).await;
    let told = supplier_with(&lab, "END_USER_IP", "203.0.113.7");
    for (supplier, sold) in [(lab.supplier(Who::First), false), (told, true)] {
        let list = supplier.price_list(lab.now()).await.unwrap();
        let line = list.iter().find(|line| line.offer.code == GENSHIN).unwrap();
        assert_eq!(line.offer.active, sold);
        let purchase = order(&lab, GENSHIN, "800123456|os_asia", Category::Game);
        let (answer, _) = supplier.purchase(&purchase, lab.now()).await;
        assert_eq!(matches!(answer, Answer::Pending { .. }), sold, "{answer:?}");
    }
    lab.stop().await;
}

/// A voucher is for whoever has it: no number of the customer leaves the house.
#[tokio::test]
async fn a_customers_number_goes_only_where_something_is_sent_to_it() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    for (code, category, sent) in [(VOUCHER, Category::Voucher, false), ("XL100-S2", Category::Airtime, true)] {
        let purchase = order(&lab, code, "081734567890", category);
        let (answer, exchange) = supplier.purchase(&purchase, lab.now()).await;
        assert!(matches!(answer, Answer::Pending { .. }), "{code}: {answer:?}");
        assert!(!exchange.request.contains("81734567890"), "{}", exchange.request);
        let target = lab.deliveries(&purchase.reference).await[0]["target"].clone();
        assert_eq!(target == "081734567890", sent, "{code}: {target}");
    }
    lab.stop().await;
}
