//! The adapter against the sandbox over real sockets: what a customer, ECPay and a forger can do.

use crate::world::{World, build, gateway, http, now};
use chrono::TimeDelta;
use domain::payment::Evidence;
use domain::{Currency, Money, PayCode};
use ports::Sent;
use ports::gateway::{GatewayAnswer, GatewayNoticeSays};
use ports::notice::NoticeRejected;
use serde_json::json;

fn twd(units: i64) -> Money {
    Money::from_units(units, Currency::Twd).unwrap()
}

#[tokio::test]
async fn a_card_payment_is_noticed_and_found_by_asking() {
    let world = World::start(&[]).await;
    let reference = world.mint();
    assert_eq!(world.gateway.query(&reference, now()).await.0, GatewayAnswer::Unpaid, "never heard of");
    world.open(&reference, 1_500).await;
    assert_eq!(world.gateway.query(&reference, now()).await.0, GatewayAnswer::Unpaid, "opened");
    world.press(&reference, "pay").await;

    let notice = world.gateway.verify_notice("return", &world.notice().await).unwrap();
    let GatewayNoticeSays::Paid(noticed) = notice.says else { panic!("{:?}", notice.says) };
    assert_eq!((noticed.amount, noticed.fee, &noticed.reference), (twd(1_500), Some(twd(41)), &reference));
    assert!(notice.record.body.contains("card6no=***") && !notice.record.body.contains("431195"));

    let (answer, exchange) = world.gateway.query(&reference, now()).await;
    let GatewayAnswer::Paid(asked) = answer else { panic!("{answer:?}") };
    assert_eq!(asked.evidence, Evidence::Query);
    assert_eq!((&asked.transaction, asked.amount, asked.fee), (&noticed.transaction, noticed.amount, noticed.fee));
    assert_eq!(world.look("truth").await["charges"].as_array().unwrap().len(), 1);

    assert_eq!((exchange.sent, exchange.status, exchange.call), (Sent::Replied, Some(200), "query"));
    let kept = format!("{exchange:?}");
    assert!(kept.contains("TradeStatus=1") && kept.contains(reference.as_str()), "{kept}");
    for secret in ["pwFHCqoQZGmho4w6", "EkRm7iFT261dpevs", "431195", "card4no=2222", "777777"] {
        assert!(!kept.contains(secret), "{kept}");
    }
    assert_eq!(kept.matches("CheckMacValue=***").count(), 2, "{kept}");
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_payment_whose_notice_is_lost_is_found_by_asking() {
    let world = World::start(&[]).await;
    let reference = world.mint();
    world.open(&reference, 5).await;
    world.press(&reference, "pay_silent").await;
    let (answer, _) = world.gateway.query(&reference, now()).await;
    let GatewayAnswer::Paid(report) = answer else { panic!("{answer:?}") };
    assert_eq!((report.amount, report.fee), (twd(5), Some(twd(5))));
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_code_is_told_asked_for_and_paid() {
    let world = World::start(&[]).await;
    for (method, kind) in [("atm", "virtual_account"), ("cvs", "store_code"), ("barcode", "barcodes")] {
        let reference = world.mint();
        world.take_code(&reference, 200, method).await;
        let notice = world.gateway.verify_notice("payment-info", &world.notice().await).unwrap();
        let GatewayNoticeSays::Issued(told) = notice.says else { panic!("{:?}", notice.says) };
        assert_eq!((told.instructions.code.kind(), &notice.reference), (kind, &reference));
        let offered = world.gateway.methods(twd(200)).into_iter().find(|offer| offer.name == method).unwrap();
        assert_eq!(told.lag, offered.lag, "as it was offered");
        let life = told.instructions.payable_until - now();
        assert!(life > TimeDelta::hours(23) && life <= offered.code_life.unwrap(), "{method}: {life}");

        assert_eq!(world.gateway.query(&reference, now()).await.0, GatewayAnswer::UnpaidCode);
        let (asked, exchange) = world.gateway.instructions(&reference, now()).await;
        assert_eq!((asked, exchange.call), (Some(told.clone()), "payment-info"));
        let kept = format!("{exchange:?}{}", notice.record.body);
        let codes = match told.instructions.code {
            PayCode::VirtualAccount { account, .. } => vec![account],
            PayCode::StoreCode(code) => vec![code],
            PayCode::Barcodes(all) => all.into(),
        };
        assert!(codes.iter().all(|code| !kept.contains(code.expose())), "{kept}");
        // A till reports days later; the others at once.
        if method != "barcode" {
            world.press(&reference, "pay").await;
            let paid = world.gateway.verify_notice("return", &world.notice().await).unwrap();
            assert!(matches!(paid.says, GatewayNoticeSays::Paid(_)), "{:?}", paid.says);
            assert!(matches!(world.gateway.query(&reference, now()).await.0, GatewayAnswer::Paid(_)));
            assert_eq!(world.gateway.instructions(&reference, now()).await.0, None, "there is nothing to pay any more");
        }
    }
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_declined_card_and_a_test_button_are_no_money() {
    let world = World::start(&[]).await;
    let (declined, tested, left) = (world.mint(), world.mint(), world.mint());
    world.open(&declined, 200).await;
    world.press(&declined, "decline").await;
    let notice = world.gateway.verify_notice("return", &world.notice().await).unwrap();
    assert_eq!(notice.says, GatewayNoticeSays::Declined { code: "10200058".to_owned() });

    world.open(&tested, 200).await;
    world.press(&tested, "simulate").await;
    let notice = world.gateway.verify_notice("return", &world.notice().await).unwrap();
    assert_eq!(notice.says, GatewayNoticeSays::Simulated);

    world.open(&left, 200).await;
    world.press(&left, "abandon").await;
    for reference in [&declined, &tested, &left] {
        assert_eq!(world.gateway.query(reference, now()).await.0, GatewayAnswer::Unpaid);
    }
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_forger_is_refused_and_a_wrong_amount_is_told_as_it_is() {
    let world = World::start(&[]).await;
    let reference = world.mint();
    world.open(&reference, 200).await;
    world.fault("notice", "forged").await;
    world.fault("notice", "wrong_amount").await;
    world.press(&reference, "pay").await;
    let forged = world.gateway.verify_notice("return", &world.notice().await);
    assert_eq!(forged.err(), Some(NoticeRejected::BadSignature));
    let genuine = world.gateway.verify_notice("return", &world.notice().await).unwrap();
    let GatewayNoticeSays::Paid(report) = genuine.says else { panic!("{:?}", genuine.says) };
    assert_eq!(report.amount, twd(201));
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_form_changed_by_the_customer_is_refused_by_ecpay() {
    let world = World::start(&[]).await;
    let reference = world.mint();
    let mut form = world.form(&reference, 200);
    for (_, value) in form.fields.iter_mut().filter(|(name, _)| name == "TotalAmount") {
        *value = "5".to_owned();
    }
    let page = world.submit(&form).await;
    assert!(page.0 == 200 && page.1.contains("10200073"), "{page:?}");
    world.sandbox.stop().await;
}

#[tokio::test]
async fn an_answer_that_did_not_come_whole_says_nothing() {
    let world = World::start(&[]).await;
    let reference = world.mint();
    world.open(&reference, 200).await;
    world.press(&reference, "pay_silent").await;
    for (fault, sent) in [
        ("drop_before", Sent::Maybe),
        ("drop_after", Sent::Maybe),
        ("error_before", Sent::Replied),
        ("error_after", Sent::Replied),
        ("redirect_307", Sent::Replied),
        ("html", Sent::Replied),
        ("garbage", Sent::Replied),
    ] {
        world.fault("query", fault).await;
        let (answer, exchange) = world.gateway.query(&reference, now()).await;
        assert!(matches!(answer, GatewayAnswer::Unclear { .. }), "{fault}: {answer:?}");
        assert_eq!(exchange.sent, sent, "{fault}");
    }
    let fired = &world.look("control/faults").await["fired"];
    assert_eq!(fired["redirect_307"], 1);
    assert!(fired.get("redirect_followed").is_none(), "{fired}");
    assert!(matches!(world.gateway.query(&reference, now()).await.0, GatewayAnswer::Paid(_)));
    world.sandbox.stop().await;
}

#[tokio::test]
async fn one_reference_is_asked_once_in_its_spacing() {
    let world = World::start(&[("QUERY_SPACING", "600")]).await;
    let (one, other) = (world.mint(), world.mint());
    let start = now();
    assert_eq!(world.gateway.query(&one, start).await.0, GatewayAnswer::Unpaid);
    let (answer, exchange) = world.gateway.query(&one, start).await;
    assert_eq!(answer, GatewayAnswer::Throttled { retry_after_s: 600 });
    assert_eq!((exchange.sent, exchange.status), (Sent::No, None));
    assert_eq!(world.gateway.query(&other, start).await.0, GatewayAnswer::Unpaid);
    assert_eq!(world.look("truth").await["requests"]["ecpay.query"], 2);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn after_a_403_nothing_is_asked_for_half_an_hour() {
    let world = World::start(&[]).await;
    world.control("settings", json!({"ecpay_pacing": 1})).await;
    let (one, other) = (world.mint(), world.mint());
    let start = now();
    assert_eq!(world.gateway.query(&one, start).await.0, GatewayAnswer::Unpaid);
    let (answer, exchange) = world.gateway.query(&one, start).await;
    assert_eq!(answer, GatewayAnswer::Throttled { retry_after_s: 1_800 });
    assert_eq!(exchange.status, Some(403));
    let (answer, exchange) = world.gateway.query(&other, start + chrono::TimeDelta::minutes(10)).await;
    assert_eq!(answer, GatewayAnswer::Throttled { retry_after_s: 1_200 });
    assert_eq!(exchange.sent, Sent::No);
    assert_eq!(world.look("truth").await["requests"]["ecpay.query"], 2);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_403_holds_the_question_for_a_code_too_and_may_come_of_it() {
    let world = World::start(&[]).await;
    let reference = world.mint();
    world.take_code(&reference, 200, "atm").await;
    world.control("settings", json!({"ecpay_pacing": 0})).await;
    let start = now();
    let (_, exchange) = world.gateway.query(&reference, start).await;
    assert_eq!(exchange.status, Some(403));
    let (issued, exchange) = world.gateway.instructions(&reference, start + TimeDelta::minutes(10)).await;
    assert_eq!((issued, exchange.sent, exchange.call), (None, Sent::No, "payment-info"));
    assert!(world.look("truth").await["requests"].get("ecpay.payment_info").is_none(), "not asked");

    // Another process does not know of the block, until it asks for the code.
    let another = world.another(&format!("{}/ecpay", world.sandbox.base_url()));
    let (issued, exchange) = another.instructions(&reference, start).await;
    assert_eq!((issued, exchange.status), (None, Some(403)));
    let (answer, exchange) = another.query(&reference, start + TimeDelta::minutes(10)).await;
    assert_eq!((answer, exchange.sent), (GatewayAnswer::Throttled { retry_after_s: 1_200 }, Sent::No));
    assert_eq!(world.look("truth").await["requests"]["ecpay.query"], 1);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn when_nobody_listens_nothing_was_asked_and_it_may_be_tried_again_at_once() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let base_url = format!("http://{closed}");
    let gateway = gateway(&[("BASE_URL", &base_url)], "http://127.0.0.1:1", &http());
    let reference = domain::Reference::mint(now(), [0; 8]);
    for _ in 0..2 {
        let (answer, exchange) = gateway.query(&reference, now()).await;
        assert!(matches!(answer, GatewayAnswer::Unclear { .. }), "{answer:?}");
        assert_eq!(exchange.sent, Sent::No);
    }
}

#[test]
fn a_public_address_that_ecpay_could_not_take_stops_the_start() {
    let longest = format!(
        "https://shop.example/{}",
        "x".repeat(200 - "https://shop.example//pay/ecpay/ABCDEFGHIJKLMNOPQR23?lang=zh-TW".len())
    );
    assert!(build(&[], &longest, &http()).is_ok());
    let refused = build(&[], &format!("{longest}x"), &http()).err().unwrap();
    assert!(refused.to_string().starts_with("PUBLIC_URL is too long"), "{refused}");
}
