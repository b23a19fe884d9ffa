//! What a customer owes: who is asked, what is kept of the answer, what is never concluded, and how an order carries it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use domain::bill::good_until;
use domain::catalogue::{Category, Product, TargetError};
use domain::fulfilment::Cause;
use domain::supply::Hold;
use domain::{Bill, CustomerId, Money, Private};
use ports::bill::{BillAnswer, NotOwed};
use ports::bills::BillInquiry;
use ports::catalogue::Stocked;
use ports::gateway::Method;
use ports::store::{Create, CreateError, Unavailable};
use ports::supplier::MockSupplier;
use uuid::Uuid;

use super::world::{
    BILL_TARGET, Ports, TARGET, bill, bill_offer, bill_product, book, counted, exchange, idr, noon, owed, product,
    stocked, stocked_bill, supplier,
};
use crate::{
    Answer, AskBill, Billed, Engine, Goes, InquireError, PlaceError, PlaceItem, PlaceOrder, QuoteItem, Rendered,
    Request,
};

fn customer() -> CustomerId {
    "0199aa00-0000-7000-8000-000000000001".parse().unwrap()
}

fn ask(target: &str, months: Option<u8>) -> AskBill {
    AskBill { product: bill_product().id, target: Private::new(target), months }
}

fn able(id: &str, said: Option<BillAnswer>) -> MockSupplier {
    let mut supplier = supplier(id);
    supplier.expect_inquire_bill().returning(move |_, _| said.clone().map(|said| (said, exchange("bill-inquiry"))));
    supplier
}

/// A shop that sells the bill of these suppliers, each with what it takes beyond the debt and what it says.
fn shop(suppliers: Vec<(&'static str, i64, Option<BillAnswer>)>) -> Ports {
    let mut ports = Ports::new();
    let offers = suppliers.iter().map(|(id, fee, _)| bill_offer(id, *fee)).collect();
    let stocked = Stocked { product: bill_product(), offers, standings: Vec::new() };
    ports.catalogue.expect_find().returning(move |_, _| Ok(vec![stocked.clone()]));
    ports.catalogue.expect_price_book().returning(|| Ok(Some(book())));
    ports.suppliers = suppliers.into_iter().map(|(id, _, said)| able(id, said)).collect();
    ports
}

/// Everything that is kept.
fn keeping(ports: &mut Ports) -> Arc<Mutex<Vec<BillInquiry>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    ports.bills.expect_keep_inquiry().returning(move |inquiry| {
        keep.lock().unwrap().push(inquiry.clone());
        Ok(())
    });
    kept
}

fn unclear() -> Option<BillAnswer> {
    Some(BillAnswer::Unclear { why: "timeout".into() })
}

fn not_owed(why: NotOwed) -> Option<BillAnswer> {
    Some(BillAnswer::NotOwed(why))
}

#[tokio::test]
async fn what_is_owed_is_priced_and_kept_for_who_asked_in_the_form_orders_take() {
    let mut ports = shop(vec![("iak", 1_900, Some(owed(bill())))]);
    let kept = keeping(&mut ports);
    let engine = ports.engine();
    let told = engine.inquire_bill(customer(), ask(" 5300-0000 0001", None)).await.unwrap();
    let Billed::Owed { inquiry, price } = &told else { panic!("{told:?}") };
    assert_eq!(kept.lock().unwrap().as_slice(), [*inquiry.clone()]);
    assert_eq!((inquiry.target.expose(), inquiry.customer), (BILL_TARGET, customer()));
    assert_eq!((&inquiry.bill, inquiry.cost), (&bill(), idr(301_900)));
    assert_eq!((inquiry.asked_at, inquiry.expires_at), (noon(), good_until(noon())));
    // 301,900 × 0.002 × 1.01 = 609.84; and 5 % of it.
    assert_eq!(*price, Money::from_minor(64_100, price.currency()));
    let labels = [("kind", "bill"), ("outcome", "found")];
    assert_eq!(counted(&engine, "seberang_inquiries_total", &labels).await, 1);
}

#[tokio::test]
async fn the_supplier_with_the_lowest_fee_is_asked_first_and_what_holds_everywhere_is_the_last_word() {
    for (first, expected) in [
        (not_owed(NotOwed::Paid), Ok("bill_paid")),
        (not_owed(NotOwed::NotYet), Ok("bill_not_yet")),
        // Another one may serve the number, or take so many arrears.
        (not_owed(NotOwed::NotPayable), Ok("found")),
        (not_owed(NotOwed::UnknownTarget), Ok("found")),
        (unclear(), Ok("found")),
        (Some(BillAnswer::Refused { cause: Cause::Busy, code: "109".into() }), Ok("found")),
        (None, Ok("found")),
    ] {
        let mut ports = shop(vec![("aa", 2_000, Some(owed(bill()))), ("bb", 1_000, first)]);
        keeping(&mut ports);
        let told = ports.engine().inquire_bill(customer(), ask(BILL_TARGET, None)).await;
        assert_eq!(told.as_ref().map(Billed::word), expected);
    }
}

/// Its fee is the lowest, but nobody waits ten seconds for that.
#[tokio::test]
async fn a_supplier_that_wants_to_be_left_alone_is_not_asked() {
    let mut ports = shop(vec![("aa", 1_000, Some(owed(bill()))), ("bb", 2_000, Some(owed(bill())))]);
    let kept = keeping(&mut ports);
    let engine = ports.engine();
    let left_alone = |id: &str| engine.suppliers[&id.parse().unwrap()].permits.pause(engine.clock.as_ref());
    left_alone("aa");
    let told = engine.inquire_bill(customer(), ask(BILL_TARGET, None)).await;
    assert_eq!(told.as_ref().map(Billed::word), Ok("found"));
    assert_eq!(kept.lock().unwrap()[0].supplier.as_str(), "bb");
    left_alone("bb");
    assert_eq!(engine.inquire_bill(customer(), ask(BILL_TARGET, None)).await, Err(InquireError::Unavailable));
    let labels = [("call", "inquire_bill"), ("outcome", "no_turn")];
    assert_eq!(counted(&engine, "seberang_calls_total", &labels).await, 3);
}

/// All calls there are under way: they are for what was paid.
#[tokio::test]
async fn a_busy_supplier_is_waited_for_a_while_and_no_longer() {
    let mut ports = shop(vec![("aa", 1_000, Some(owed(bill()))), ("bb", 2_000, Some(owed(bill())))]);
    ports.turn = Duration::from_millis(5);
    let kept = keeping(&mut ports);
    let engine = ports.engine();
    let slot = &engine.suppliers[&"aa".parse().unwrap()];
    let all = u32::try_from(slot.permits.calls.available_permits()).unwrap();
    let _taken = slot.permits.calls.acquire_many(all).await.unwrap();
    let told = engine.inquire_bill(customer(), ask(BILL_TARGET, None)).await;
    assert_eq!(told.as_ref().map(Billed::word), Ok("found"));
    assert_eq!(kept.lock().unwrap()[0].supplier.as_str(), "bb");
    let labels = [("provider", "aa"), ("call", "inquire_bill"), ("outcome", "no_turn")];
    assert_eq!(counted(&engine, "seberang_calls_total", &labels).await, 1);
}

#[tokio::test]
async fn that_a_number_cannot_be_served_is_told_when_nobody_says_otherwise() {
    let busy = || Some(BillAnswer::Refused { cause: Cause::Busy, code: "109".into() });
    for (first, second, expected) in [
        (not_owed(NotOwed::UnknownTarget), not_owed(NotOwed::NotPayable), "no_such_target"),
        (not_owed(NotOwed::NotPayable), not_owed(NotOwed::UnknownTarget), "bill_not_payable"),
        (not_owed(NotOwed::UnknownTarget), not_owed(NotOwed::Paid), "bill_paid"),
        (not_owed(NotOwed::UnknownTarget), unclear(), "no_such_target"),
        (busy(), not_owed(NotOwed::NotPayable), "bill_not_payable"),
        (not_owed(NotOwed::NotPayable), None, "bill_not_payable"),
    ] {
        // A third one is not asked: a person waits.
        let said = vec![("aa", 1_000, first), ("bb", 2_000, second), ("cc", 3_000, Some(owed(bill())))];
        let told = shop(said).engine().inquire_bill(customer(), ask(BILL_TARGET, None)).await;
        assert_eq!(told.as_ref().map(Billed::word), Ok(expected));
    }
}

/// Blocked, or closed for the night: none of it is somebody's wrong number.
#[tokio::test]
async fn silence_and_our_own_troubles_are_never_a_wrong_number() {
    let refused = |cause| Some(BillAnswer::Refused { cause, code: "13".into() });
    for said in [unclear(), refused(Cause::Customer), refused(Cause::Supplier), refused(Cause::Busy)] {
        let ports = shop(vec![("iak", 0, said)]);
        let told = ports.engine().inquire_bill(customer(), ask(BILL_TARGET, None)).await;
        assert_eq!(told, Err(InquireError::Unavailable));
    }
    let ports = shop(vec![("iak", 0, None)]);
    let told = ports.engine().inquire_bill(customer(), ask(BILL_TARGET, None)).await;
    assert_eq!(told, Err(InquireError::NotOffered));
}

#[tokio::test]
async fn who_is_closed_at_this_hour_is_not_asked_and_costs_no_question() {
    let mut ports = Ports::new();
    let mut offers = vec![bill_offer("iak", 0)];
    // In Jakarta it is shortly past six in the evening.
    offers[0].closed = "17:00-20:00".parse().ok();
    let stocked = Stocked { product: bill_product(), offers, standings: Vec::new() };
    ports.catalogue.expect_find().returning(move |_, _| Ok(vec![stocked.clone()]));
    ports.supplier().expect_inquire_bill().times(0);
    let engine = ports.engine();
    for _ in 0..30 {
        let told = engine.inquire_bill(customer(), ask(BILL_TARGET, None)).await;
        assert_eq!(told, Err(InquireError::Unavailable));
    }
}

#[tokio::test]
async fn a_supplier_that_does_not_let_us_in_calls_a_person() {
    for cause in [Cause::Account, Cause::Deposit, Cause::Us] {
        let mut ports = shop(vec![("iak", 0, Some(BillAnswer::Refused { cause, code: "100".into() }))]);
        let raised = ports.upkeep.expect_raise().times(1);
        raised.withf(|alert, _| alert.subject == "iak" && alert.detail.contains("100")).returning(|_, _| Ok(()));
        let told = ports.engine().inquire_bill(customer(), ask(BILL_TARGET, None)).await;
        assert_eq!(told, Err(InquireError::Unavailable));
    }
}

#[tokio::test]
async fn what_cannot_be_asked_costs_nothing_and_asks_nobody() {
    let mut ports = shop(vec![("iak", 0, None)]);
    ports.suppliers = vec![supplier("iak")];
    let engine = ports.engine();
    for _ in 0..30 {
        for (ask, expected) in [
            (ask("1234", None), InquireError::BadTarget(TargetError::NotAMeterNumber)),
            (ask(BILL_TARGET, Some(1)), InquireError::BadMonths),
        ] {
            assert_eq!(engine.inquire_bill(customer(), ask).await, Err(expected));
        }
    }
    let mut ports = Ports::new();
    ports.catalogue.expect_find().returning(|_, _| Ok(vec![stocked()]));
    let goods = AskBill { product: product().id, ..ask(TARGET, None) };
    let told = ports.engine().inquire_bill(customer(), goods).await;
    assert_eq!(told, Err(InquireError::NotABill));
    let mut ports = Ports::new();
    ports.catalogue.expect_find().returning(|_, _| Ok(Vec::new()));
    let told = ports.engine().inquire_bill(customer(), ask(BILL_TARGET, None)).await;
    assert_eq!(told, Err(InquireError::UnknownProduct));
}

#[tokio::test]
async fn months_are_chosen_for_bpjs_and_one_is_meant_where_nothing_is_said() {
    for (months, asked) in [(None, Ok(Some(1))), (Some(12), Ok(Some(12))), (Some(0), Err(())), (Some(13), Err(()))] {
        let mut ports = Ports::new();
        let product = Product { category: Category::Bpjs, ..bill_product() };
        let stocked = Stocked { product, offers: vec![bill_offer("iak", 0)], standings: Vec::new() };
        ports.catalogue.expect_find().returning(move |_, _| Ok(vec![stocked.clone()]));
        ports.catalogue.expect_price_book().returning(|| Ok(Some(book())));
        let kept = keeping(&mut ports);
        let said = ports.supplier().expect_inquire_bill();
        said.returning(|_, _| Some((owed(bill()), exchange("bill-inquiry"))));
        let told = ports.engine().inquire_bill(customer(), ask("8801234560001", months)).await;
        let kept = kept.lock().unwrap().first().map(|kept: &BillInquiry| kept.bill.months);
        assert_eq!(told.map(|_| kept.unwrap()).map_err(drop), asked, "{months:?}");
    }
}

#[tokio::test]
async fn nobody_walks_through_numbers_by_their_bills() {
    let engine = shop(vec![("iak", 0, not_owed(NotOwed::UnknownTarget))]).engine();
    for n in 0..20 {
        assert!(engine.inquire_bill(customer(), ask(&format!("{n:012}"), None)).await.is_ok(), "{n}");
    }
    let told = engine.inquire_bill(customer(), ask(BILL_TARGET, None)).await;
    assert_eq!(told, Err(InquireError::TooMany { retry_after_s: 60 }));
}

#[tokio::test]
async fn what_could_not_be_kept_is_not_told_for_nothing_could_be_ordered_by_it() {
    let mut ports = shop(vec![("iak", 0, Some(owed(bill())))]);
    ports.bills.expect_keep_inquiry().returning(|_| Err(Unavailable("connection reset".into())));
    let told = ports.engine().inquire_bill(customer(), ask(BILL_TARGET, None)).await;
    assert!(matches!(told, Err(InquireError::Store(_))), "{told:?}");
}

const ASKED: Uuid = Uuid::from_u128(77);

fn asked() -> BillInquiry {
    BillInquiry {
        id: ASKED,
        customer: customer(),
        product: bill_product().id,
        target: Private::new(BILL_TARGET),
        bill: bill(),
        cost: idr(301_900),
        supplier: "iak".parse().unwrap(),
        asked_at: noon(),
        expires_at: noon() + TimeDelta::minutes(30),
    }
}

/// A shop with one bill and one article of goods, and this inquiry.
fn selling(asked: Option<BillInquiry>) -> Ports {
    let mut ports = Ports::new();
    ports.catalogue.expect_find().returning(|_, _| Ok(vec![stocked(), stocked_bill()]));
    ports.catalogue.expect_price_book().returning(|| Ok(Some(book())));
    let method = Method { name: "credit".into(), code_life: None, lag: TimeDelta::minutes(30) };
    ports.gateway.expect_methods().returning(move |_| vec![method.clone()]);
    ports.orders.expect_stored_answer().returning(|_, _| Ok(None));
    ports
        .bills
        .expect_inquiry()
        .withf(|id, own| (*id, *own) == (ASKED, customer()))
        .returning(move |_, _| Ok(asked.clone()));
    ports
}

async fn place(engine: &Engine, items: Vec<PlaceItem>, total: i64) -> Result<Answer, PlaceError> {
    let order = PlaceOrder {
        customer: customer(),
        items,
        promo: None,
        expected_total: Money::from_minor(total, domain::Currency::Twd),
        confirm_repeat: true,
    };
    let render = |order: &domain::Order| Rendered { status: 201, body: order.status().as_str().to_owned() };
    engine.place_order(order, Request { scope: "s", key: "k", hash: [1; 32], render: &render }).await
}

fn by_inquiry() -> PlaceItem {
    PlaceItem { product: bill_product().id, goes: Goes::AsAsked(ASKED) }
}

fn goods(goes: Goes) -> PlaceItem {
    PlaceItem { product: product().id, goes }
}

#[tokio::test]
async fn an_order_carries_what_was_told_at_the_price_that_was_told() {
    let mut ports = selling(Some(asked()));
    ports.orders.expect_create().times(1).returning(|batch: Vec<Create>| {
        let item = &batch[0].new.order.items[0];
        assert_eq!((item.bill.as_deref(), item.target.expose()), (Some(&bill()), BILL_TARGET));
        assert_eq!((item.cost, item.category), (idr(301_900), Category::PlnBill));
        vec![Ok(())]
    });
    assert!(place(&ports.engine(), vec![by_inquiry()], 64_100).await.is_ok());
}

#[tokio::test]
async fn a_bill_and_goods_are_priced_together() {
    let ports = selling(Some(asked()));
    let items = [
        QuoteItem { product: bill_product().id, inquiry: Some(ASKED) },
        QuoteItem { product: product().id, inquiry: None },
    ];
    let terms = ports.engine().quote(customer(), &items, None).await.unwrap();
    assert_eq!(terms.lines.iter().map(|line| line.cost).collect::<Vec<_>>(), [idr(301_900), idr(10_400)]);
}

#[tokio::test]
async fn an_order_of_a_bill_without_a_good_inquiry_is_refused_by_name() {
    let expired = BillInquiry { expires_at: noon(), ..asked() };
    let of_another = BillInquiry { product: "bpjs-kesehatan".parse().unwrap(), ..asked() };
    let to = |target: &str| Goes::To(Private::new(target));
    for (known, items, expected) in [
        (None, vec![by_inquiry()], PlaceError::UnknownInquiry { index: 0 }),
        (Some(of_another), vec![by_inquiry()], PlaceError::UnknownInquiry { index: 0 }),
        (Some(expired), vec![goods(to(TARGET)), by_inquiry()], PlaceError::InquiryExpired { index: 1 }),
        (None, vec![PlaceItem { goes: to(BILL_TARGET), ..by_inquiry() }], PlaceError::InquiryRequired { index: 0 }),
        (None, vec![goods(Goes::AsAsked(ASKED))], PlaceError::TargetRequired { index: 0 }),
        (Some(asked()), vec![by_inquiry(), by_inquiry()], PlaceError::BillInProgress),
    ] {
        let engine = selling(known).engine();
        assert_eq!(place(&engine, items, 128_100).await, Err(expected));
    }
}

/// It costs what is owed, not its fee alone: nobody pays for what then waits for our deposit.
#[tokio::test]
async fn a_bill_that_our_deposit_does_not_suffice_for_is_not_ordered() {
    for (refused, sells) in [(idr(300_000), false), (idr(301_900), false), (idr(301_901), true)] {
        let mut ports = selling(Some(asked()));
        ports.orders.expect_create().returning(|_| vec![Ok(())]);
        let engine = ports.engine();
        engine.suppliers[&"iak".parse().unwrap()].health.refuse(Hold::Deposit, Some(refused));
        let placed = place(&engine, vec![by_inquiry()], 64_100).await;
        assert_eq!(placed.map(drop), if sells { Ok(()) } else { Err(PlaceError::NotAvailable { index: 0 }) });
    }
}

#[tokio::test]
async fn a_bill_that_another_order_has_is_not_ordered_again() {
    let mut ports = selling(Some(asked()));
    ports.orders.expect_create().times(1).returning(|_| vec![Err(CreateError::BillTaken)]);
    assert_eq!(place(&ports.engine(), vec![by_inquiry()], 64_100).await, Err(PlaceError::BillInProgress));
}

/// Not one question more than before there were bills.
#[tokio::test]
async fn goods_ask_nobody_about_bills() {
    let mut ports = selling(None);
    ports.bills.checkpoint();
    ports.bills.expect_inquiry().times(0);
    ports.orders.expect_create().times(1).returning(|batch: Vec<Create>| {
        assert_eq!(batch[0].new.order.items[0].bill, None::<Box<Bill>>);
        vec![Ok(())]
    });
    assert!(place(&ports.engine(), vec![goods(Goes::To(Private::new(TARGET)))], 2_700).await.is_ok());
}
