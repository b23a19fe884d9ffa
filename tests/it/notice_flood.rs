//! Thousands of signed notices at once, each as good as any: those of real payments, time and again, and as many for references we
//! never made. Each is acknowledged when it is stored, or its sender is told to come again, and does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use demo::outside::Click;
use reqwest::Url;
use sandbox::EcpayMerchant;
use tokio::task::JoinSet;

use crate::flood::Flood;
use crate::notices::Intercepted;
use crate::overload::{MEMORY_MB, memory_peak_mb};
use crate::shop::{AIRTIME, Shop, phone};

/// Payments whose notices are repeated.
const PAID: usize = 20;
/// Times that each of them comes.
const TIMES: usize = 75;
/// References that we never made.
const UNKNOWN: usize = PAID * TIMES;
/// Open at once: a gateway sends from a few machines.
const CONNECTIONS: usize = 512;
/// Between two tries of a sender; the gateway takes minutes.
const COMES_AGAIN: Duration = Duration::from_millis(500);
/// By then everything was taken, even beside a compiler.
const PATIENCE: Duration = Duration::from_secs(60);

fn fields(form: &str) -> Vec<(String, String)> {
    let url = Url::parse(&format!("http://gateway/?{form}")).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The same payment of a reference that nobody here has made, signed by the gateway.
fn of_another(form: &str, n: usize) -> String {
    let mut said = fields(form);
    // A reference has letters and few digits.
    let letters: String = format!("{n:013}").bytes().map(|digit| char::from(digit - b'0' + b'A')).collect();
    said.retain(|(name, _)| name != "CheckMacValue");
    for (name, value) in &mut said {
        match name.as_str() {
            "MerchantTradeNo" => *value = format!("NOTOURS{letters}"),
            "TradeNo" => *value = format!("99{n:016}"),
            _ => {}
        }
    }
    let signed = sandbox::signed_by_ecpay(said, &EcpayMerchant::public_test());
    let mut url = Url::parse("http://gateway/").unwrap();
    url.query_pairs_mut().extend_pairs(signed);
    url.query().unwrap().to_owned()
}

/// Brings a notice until it is taken; how often it was sent.
async fn bring(flood: Arc<Flood>, form: Arc<str>) -> usize {
    let until = Instant::now() + PATIENCE;
    for sent in 1.. {
        let told = flood.notice(&form).await.expect("an answer");
        if told.status == 200 && told.body == "1|OK" {
            return sent;
        }
        assert!(told.status >= 500 || told.body.starts_with("0|"), "{told:?}");
        assert!(Instant::now() < until, "not taken after {sent} times: {told:?}");
        tokio::time::sleep(COMES_AGAIN).await;
    }
    0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_flood_of_signed_notices_is_stored_once_each_and_books_nothing_twice() {
    let shop = Shop::open_alone(|_| {}).await;
    let (mut orders, mut forms) = (Vec::new(), Vec::new());
    for _ in 0..PAID {
        let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
        let page = shop.checkout(&who, &order).await.1;
        let paid = Intercepted::of(&shop, async || shop.outside.click(&page, Click::Pay).await.unwrap()).await;
        forms.push(Arc::from(String::from_utf8(paid.body).unwrap()));
        orders.push((who, order));
    }
    let unknown: Vec<Arc<str>> = (0..UNKNOWN).map(|n| Arc::from(of_another(&forms[n % PAID], n))).collect();
    let flood = Arc::new(Flood::of(&shop, None).await);
    flood.connect(CONNECTIONS).await;

    let began = Instant::now();
    let mut senders = JoinSet::new();
    for (n, other) in unknown.into_iter().enumerate() {
        senders.spawn(bring(Arc::clone(&flood), other));
        senders.spawn(bring(Arc::clone(&flood), Arc::clone(&forms[n % PAID])));
    }
    // Meanwhile somebody orders.
    let placed = flood.order(Instant::now()).await.unwrap();
    let sent: usize = senders.join_all().await.into_iter().sum();
    eprintln!(
        "{} notices taken in {:?}, sent {sent} times; an order placed meanwhile within {:?}; memory {} MB",
        UNKNOWN + PAID * TIMES,
        began.elapsed(),
        placed.took,
        memory_peak_mb(&shop)
    );
    assert_eq!(*flood.unanswered.lock().unwrap(), Vec::<String>::new());
    assert!(placed.placed() || placed.status == 503, "{placed:?}");
    assert!(memory_peak_mb(&shop) <= MEMORY_MB, "{} MB", memory_peak_mb(&shop));

    let receipts = "SELECT count(*) FROM ledger_line WHERE template = 'receipt' AND account = 'customer_liability'";
    assert_eq!(shop.count(receipts).await, i64::try_from(PAID).unwrap(), "each payment is booked once");
    let rows = shop.sql("SELECT split_part(key, ':', 3) FROM inbox WHERE provider = 'ecpay'").await;
    let stored: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!((rows.len(), stored.len()), (PAID + UNKNOWN, PAID + UNKNOWN), "each notice is stored once");
    let alerts = "SELECT count(*) FROM alert WHERE kind = 'unknown_reference'";
    assert_eq!(shop.count(alerts).await, i64::try_from(UNKNOWN).unwrap(), "a person hears of each");

    // And it goes on: what was paid comes, and so does what is ordered now.
    orders.push(shop.paid_order(&[(AIRTIME, &phone())]).await);
    shop.pass(10_000).await;
    for (who, order) in &orders {
        assert_eq!(shop.own(who, order).await["status"], "success");
    }
    shop.end().await;
}
