//! What leaves, what is kept of it, and what becomes of it when the line breaks: over real sockets, one small server each.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use adapters_kit::HttpSettings;
use domain::Currency;
use domain::fulfilment::Cause;
use ports::Sent;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::config::tests::settings;

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";
const ACCEPTED: &str =
    r#"{"code":"SUCCESS","data":{"tid":"R161582713591477186","total_price":19500,"user_id":"156378300"}}"#;

fn now() -> Moment {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

/// A server that answers requests of a path's beginning with these bytes; with none it hangs up.
struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
    last: Arc<Mutex<String>>,
}

async fn server(replies: &[(&str, Vec<u8>)]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (requests, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(String::new())));
    let replies: BTreeMap<String, Vec<u8>> =
        replies.iter().map(|(path, reply)| ((*path).to_owned(), reply.clone())).collect();
    let (counted, heard) = (Arc::clone(&requests), Arc::clone(&last));
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut bytes = vec![0; 64 * 1024];
            let mut length = 0;
            while !is_whole(&bytes[..length]) {
                match socket.read(&mut bytes[length..]).await {
                    Ok(read) if read > 0 => length += read,
                    _ => break,
                }
            }
            counted.fetch_add(1, Ordering::SeqCst);
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
            *heard.lock().unwrap() = text;
            if let Some((_, reply)) = replies.iter().find(|(known, _)| path.starts_with(known.as_str())) {
                let _ = socket.write_all(reply).await;
            }
        }
    });
    Server { url, requests, last }
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nlocation: /api/order\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn lapak(url: &str, changes: &[(&str, &str)]) -> Arc<dyn Supplier> {
    let all = [&[("BASE_URL", url), ("TIMEOUT_MS", "1000")], changes].concat();
    let http = Http::new(HttpSettings { connect_timeout: Duration::from_millis(500), allow_plain_http: true }).unwrap();
    let urls = PublicUrls { base: "https://shop.example".to_owned(), setting: "PUBLIC_URL" };
    build("lapak".parse().unwrap(), &settings(&all), &urls, &http).unwrap()
}

fn purchase(category: Category, target: &str) -> Purchase {
    Purchase {
        reference: REFERENCE.parse().unwrap(),
        code: "ML78_8-S2".to_owned(),
        target: Private::new(target),
        cost: Money::from_units(19_500, Currency::Idr).unwrap(),
        category,
        bill: None,
    }
}

fn game() -> Purchase {
    purchase(Category::Game, "156378300|8483")
}

fn sent_body(server: &Server) -> serde_json::Value {
    let text = server.last.lock().unwrap().clone();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn an_order_names_player_zone_price_and_where_to_call_back() {
    let server = server(&[("/api/order", http("200 OK", ACCEPTED))]).await;
    let (answer, exchange) = lapak(&server.url, &[]).purchase(&game(), now()).await;
    let price = Money::from_units(19_500, Currency::Idr).ok();
    assert_eq!(answer, Answer::Pending { supplier_ref: Some("R161582713591477186".to_owned()), price });
    let token = sign::token(&"lapakcb-0001".into(), &REFERENCE.parse().unwrap());
    assert_eq!(
        sent_body(&server),
        serde_json::json!({
            "user_id": "156378300", "additional_id": "8483", "count_order": 1, "product_code": "ML78_8-S2",
            "country_code": "id", "price": 19_500, "partner_reference_id": REFERENCE,
            "override_callback_url": format!("https://shop.example/webhooks/lapak/order/{token}?ref={REFERENCE}"),
        })
    );
    assert!(server.last.lock().unwrap().to_lowercase().contains("authorization: bearer lgkey-0001"));
    let kept = format!("{exchange:?}");
    for secret in ["156378300", "8483", token.as_str(), "lgkey", "lapakcb"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    for told in [REFERENCE, "ML78_8-S2", "R161582713591477186", "19500", "/webhooks/lapak/order/***?ref="] {
        assert!(kept.contains(told), "{told} not in {kept}");
    }
}

#[tokio::test]
async fn airtime_goes_to_a_number_and_a_code_to_nobody() {
    let server = server(&[("/api/order", http("200 OK", ACCEPTED))]).await;
    let supplier = lapak(&server.url, &[("SEND_PRICE", "false"), ("END_USER_IP", "203.0.113.7")]);
    let (_, exchange) = supplier.purchase(&purchase(Category::Airtime, "081234567890"), now()).await;
    let body = sent_body(&server);
    assert_eq!(
        (body["user_id"].as_str(), body["end_user_ip_address"].as_str()),
        (Some("081234567890"), Some("203.0.113.7"))
    );
    assert!(body.get("price").is_none() && body.get("additional_id").is_none());
    assert!(!format!("{exchange:?}").contains("81234567890"));
    supplier.purchase(&purchase(Category::Voucher, "081234567890"), now()).await;
    assert_eq!(sent_body(&server)["user_id"], REFERENCE);
}

#[tokio::test]
async fn one_request_leaves_whatever_comes_back_and_only_what_never_left_is_not_formed() {
    for (name, reply) in [
        ("a redirect", http("307 Temporary Redirect", "")),
        ("hanging up", Vec::new()),
        ("half a head", b"HTTP/1.1 200 OK\r\nconte".to_vec()),
        ("half a body", http("200 OK", ACCEPTED).split_last_chunk::<20>().unwrap().0.to_vec()),
        ("a page", http("200 OK", "<html></html>")),
        ("an error", http("500 Internal Server Error", ACCEPTED)),
        ("nothing", http("200 OK", "")),
    ] {
        let server = server(&[("/api/order", reply)]).await;
        let (answer, exchange) = lapak(&server.url, &[]).purchase(&game(), now()).await;
        assert!(matches!(answer, Answer::Unclear { .. }), "{name}: {answer:?}");
        assert_ne!(exchange.sent, Sent::No, "{name}");
        assert_eq!(server.requests.load(Ordering::SeqCst), 1, "{name}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let supplier = lapak(&format!("http://{gone}"), &[]);
    let (answer, exchange) = supplier.purchase(&game(), now()).await;
    assert_eq!(answer, Answer::Refused { cause: Cause::NotFormed, code: "not_sent".to_owned() });
    assert_eq!(exchange.sent, Sent::No);
    let (answer, _) = supplier.status(&game(), now()).await;
    assert!(matches!(answer, Answer::Unclear { .. }), "{answer:?}");
}

#[tokio::test]
async fn a_status_question_is_a_get_by_our_reference() {
    let reply = r#"{"code":"SUCCESS","data":{"tid":"R1","status":"SUCCESS","echo":"SER-0001",
        "transactions":[{"status":"SUCCESS","voucher_code":"PIN : 1234-5678\tSerial : SER-0001"}]}}"#;
    let server = server(&[("/api/order_status", http("200 OK", reply))]).await;
    let (answer, exchange) = lapak(&server.url, &[]).status(&game(), now()).await;
    assert!(matches!(answer, Answer::Delivered { serial: Some(_), .. }), "{answer:?}");
    let asked = server.last.lock().unwrap().clone();
    assert!(
        asked.starts_with(&format!("GET /api/order_status?partner_reference_id={REFERENCE} HTTP/1.1\r\n")),
        "{asked}"
    );
    for secret in ["SER-0001", "1234-5678"] {
        assert!(!exchange.response.contains(secret), "{}", exchange.response);
    }
}

const CATEGORIES: &str = r#"{"code":"SUCCESS","data":{"categories":[{"code":"ML","name":"Mobile Legends","variant":null,
    "check_id":true,"country_code":"id","forms":[{"name":"user_id","type":"tel"},{"name":"additional_id","type":"tel"}],"servers":[]}]}}"#;
const PRODUCTS: &str = r#"{"code":"SUCCESS","data":{"products":[{"code":"ML78_8-S2","category_code":"ML",
    "name":"86 Diamonds ( 78 + 8 Bonus )","provider_code":"S2","price":19500,"process_time":0,"country_code":"id","status":"available"}]}}"#;

#[tokio::test]
async fn list_balance_and_player_are_read() {
    let server = server(&[
        ("/api/category", http("200 OK", CATEGORIES)),
        ("/api/all-products", http("200 OK", PRODUCTS)),
        ("/api/balance", http("200 OK", r#"{"code":"SUCCESS","data":{"balance":993229432}}"#)),
        ("/api/uid-check", http("200 OK", r#"{"code":"SUCCESS","data":{"name":"Budi~Gamer"}}"#)),
    ])
    .await;
    let supplier = lapak(&server.url, &[]);
    assert_eq!(supplier.balance(now()).await, Ok(Money::from_units(993_229_432, Currency::Idr).unwrap()));

    let player = |brand: &str| Inquiry::GamePlayer { brand: brand.to_owned(), id: Private::new("156378300|8483") };
    assert!(supplier.answers(&player("Free Fire")), "nothing is known yet");
    assert!(!supplier.answers(&Inquiry::GameServers { brand: "Mobile Legends".to_owned() }));
    assert_eq!(supplier.inquire(&player("Mobile Legends"), now()).await, Ok(Finding::Name(Private::new("Budi~Gamer"))));
    let sent = serde_json::json!({ "category_code": "ML", "user_id": "156378300", "additional_id": "8483" });
    assert_eq!(sent_body(&server), sent);
    assert!(!supplier.answers(&player("Free Fire")));
    assert_eq!(supplier.inquire(&player("Free Fire"), now()).await, Ok(Finding::NotOffered));

    let requests = || server.requests.load(Ordering::SeqCst);
    let before = requests();
    supplier.inquire(&player("Mobile Legends"), now() + TimeDelta::minutes(14)).await.unwrap();
    assert_eq!(requests() - before, 1, "categories are remembered");
    supplier.inquire(&player("Mobile Legends"), now() + TimeDelta::minutes(16)).await.unwrap();
    assert_eq!(requests() - before, 3, "but not for ever");

    let list = supplier.price_list(now()).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].product.id.as_str(), "game-mobile-legends-86-diamonds");
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_says_whether_a_person_must_help() {
    for (reply, unauthorised) in [
        (http("401 Unauthorized", r#"{"code":"UNAUTHORIZED","data":null}"#), true),
        (http("400 Bad Request", r#"{"code":"NOT_ALLOWED","data":null}"#), true),
        (http("401 Unauthorized", "<html></html>"), false),
        (http("429 Too Many Requests", ""), false),
        (http("500 Internal Server Error", r#"{"code":"UNAUTHORIZED"}"#), false),
        (http("200 OK", r#"{"code":"SUCCESS","data":{"balance":1.5,"products":{},"categories":[]}}"#), false),
        (http("400 Bad Request", r#"{"code":"SUCCESS","data":{"balance":5}}"#), false),
        (Vec::new(), false),
    ] {
        let server = server(&[("/", reply.clone())]).await;
        let supplier = lapak(&server.url, &[]);
        let (list, balance) = (supplier.price_list(now()).await, supplier.balance(now()).await);
        for error in [list.unwrap_err(), balance.unwrap_err()] {
            let said = matches!(error, ReadFailed::Unauthorised(_));
            assert_eq!(said, unauthorised, "{}: {error}", String::from_utf8_lossy(&reply));
        }
    }
}

#[tokio::test]
async fn whether_absence_is_believed_is_a_setting() {
    for (setting, absence) in [("false", false), ("true", true)] {
        let trust = lapak("http://127.0.0.1:1", &[("TRUST_ABSENCE", setting)]).trust();
        assert_eq!((trust.absence, trust.request_timeout), (absence, TimeDelta::seconds(1)));
    }
}

/// Fifty reads of products are allowed in ten seconds.
#[tokio::test]
async fn categories_that_cannot_be_read_are_not_asked_for_by_every_player_check() {
    let server = server(&[("/api/category", http("429 Too Many Requests", ""))]).await;
    let lapak = lapak(&server.url, &[]);
    let player = Inquiry::GamePlayer { brand: "Mobile Legends".to_owned(), id: Private::new("156378300|8483") };
    let reads = async |at: Moment| {
        for n in 0..3 {
            let found = lapak.inquire(&player, at).await;
            let asked = matches!(found, Err(ReadFailed::Busy(_)));
            assert!(asked && n == 0 || matches!(found, Err(ReadFailed::Unavailable(_))), "{found:?}");
        }
        server.requests.load(Ordering::SeqCst)
    };
    assert_eq!(reads(now()).await, 1);
    assert_eq!(reads(now() + TimeDelta::seconds(4)).await, 1);
    assert_eq!(reads(now() + TimeDelta::seconds(5)).await, 2);
}

/// A person presses "read the lists" again and again.
#[tokio::test]
async fn lists_are_read_no_more_often_than_lapak_allows_however_often_they_are_asked_for() {
    let server = server(&[("/", http("500 Internal Server Error", ""))]).await;
    let lapak = lapak(&server.url, &[]);
    for _ in 0..60 {
        assert!(lapak.price_list(now()).await.is_err());
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 16, "of fifty for all who read from here");
    assert!(lapak.balance(now()).await.is_err());
    assert_eq!(server.requests.load(Ordering::SeqCst), 17, "what is no product is asked for all the same");
}

proptest! {
    #[test]
    fn any_bytes_are_no_balance_and_no_list(http in any::<u16>(), body in any::<Vec<u8>>()) {
        prop_assert!(read_data::<BalanceData>(http, &body).is_err());
        prop_assert!(read_data::<CategoriesData>(http, &body).is_err());
        prop_assert!(read_data::<ProductsData>(http, &body).is_err());
    }

    #[test]
    fn only_what_says_success_and_tells_it_is_a_reading(
        http in prop_oneof![Just(200), Just(400), any::<u16>()],
        body in supplier_lab::any_json("SUCCESS|UNAUTHORIZED|[A-Z_]{1,12}|[0-9]{1,6}", "code|data|balance|products"),
    ) {
        let says = body.get("code").is_some_and(|code| code == "SUCCESS");
        let data = body.get("data").cloned().unwrap_or_default();
        let text = body.to_string();
        let balance = read_data::<BalanceData>(http, text.as_bytes());
        prop_assert!(balance.is_err() || says && http == 200 && data.get("balance").is_some());
        let list = read_data::<ProductsData>(http, text.as_bytes());
        prop_assert!(list.is_err() || says && http == 200 && data.get("products").is_some_and(|list| list.is_array()));
    }
}
