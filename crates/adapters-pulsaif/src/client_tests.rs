//! What leaves, what is kept of it, and what becomes of it when the line breaks: over real sockets, one small server each.

use adapters_kit::HttpSettings;
use domain::catalogue::Category;
use domain::{Currency, Reference};
use ports::Sent;
use ports::bill::NotOwed;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::config::tests::settings;

/// 10:21 in western Indonesia.
fn now() -> Moment {
    "2026-11-22T03:21:00Z".parse().unwrap()
}

fn reference() -> Reference {
    Reference::mint(now(), [7; 8])
}

/// A server that gives its replies one after the other, the last again and again; an empty one hangs up.
struct Server {
    url: String,
    /// The first lines of the requests.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn server(replies: Vec<Vec<u8>>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    tokio::spawn(async move {
        let mut replies = replies.into_iter();
        let mut reply = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut bytes = vec![0; 16 * 1024];
            let mut length = 0;
            while !bytes[..length].ends_with(b"\r\n\r\n") {
                match socket.read(&mut bytes[length..]).await {
                    Ok(read) if read > 0 => length += read,
                    _ => break,
                }
            }
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            told.lock().unwrap().push(text.lines().next().unwrap_or_default().to_owned());
            reply = replies.next().unwrap_or(reply);
            let _ = socket.write_all(&reply).await;
        }
    });
    Server { url, heard }
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nlocation: /trx\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn ok(line: &str) -> Vec<u8> {
    http("200 OK", line)
}

fn pulsa_if(url: &str, changes: &[(&str, &str)]) -> Arc<dyn Supplier> {
    let all = [&[("BASE_URL", url), ("TIMEOUT_MS", "1000")], changes].concat();
    let http = Http::new(HttpSettings { connect_timeout: Duration::from_millis(500), allow_plain_http: true }).unwrap();
    let urls = PublicUrls { base: "https://shop.example".to_owned(), setting: "PUBLIC_URL" };
    build("pulsaif".parse().unwrap(), &settings(&all), &urls, &http).unwrap()
}

fn purchase() -> Purchase {
    Purchase {
        reference: reference(),
        code: "S10".to_owned(),
        target: Private::new("081234567890"),
        cost: Money::from_units(10_345, Currency::Idr).unwrap(),
        category: Category::Airtime,
        bill: None,
    }
}

fn of(sentence: &str) -> String {
    format!("R#{} S10.081234567890 {sentence}", reference())
}

#[tokio::test]
async fn a_purchase_and_a_check_differ_by_the_flag_alone() {
    let server = server(vec![ok(&of("akan diproses @10:21. Saldo 100.000 - 10.345 = 89.655"))]).await;
    let supplier = pulsa_if(&server.url, &[]);
    let (answer, exchange) = supplier.purchase(&purchase(), now()).await;
    assert!(matches!(answer, Answer::Pending { .. }), "{answer:?}");
    supplier.status(&purchase(), now()).await;
    let heard = server.heard();
    let (bought, asked) = (heard[0].strip_suffix(" HTTP/1.1").unwrap(), &heard[1]);
    assert!(bought.starts_with(&format!(
        "GET /trx?product=S10&qty=1&dest=081234567890&refID={}&memberID=TW0001&sign=",
        reference()
    )));
    assert_eq!(*asked, format!("{bought}&check=1 HTTP/1.1"));
    let kept = format!("{exchange:?}");
    let sign = bought.split_once("sign=").unwrap().1;
    for secret in ["81234567890", sign, "pw-0001", "pulsaifcb"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    for told in [reference().as_str(), "S10", "akan diproses @10:21. Saldo 100.000 - 10.345 = 89.655"] {
        assert!(kept.contains(told), "{told} not in {kept}");
    }
}

#[tokio::test]
async fn a_serial_is_kept_nowhere_but_in_the_answer() {
    for line in [
        of("SUKSES. SN/Ref: 0123-4567-8901-2345-6789/BUDI. Hrg 10.345. Saldo 89.655"),
        of("sdh pernah jam 10:21, status Sukses. SN: 0123-4567-8901-2345-6789/BUDI"),
        of("selesai 0123-4567-8901-2345-6789"),
        of("SUKSES SN 0123-4567-8901-2345-6789/BUDI"),
    ] {
        let server = server(vec![ok(&line)]).await;
        let (answer, exchange) = pulsa_if(&server.url, &[]).status(&purchase(), now()).await;
        let kept = format!("{exchange:?} {answer:?}");
        for secret in ["0123", "6789", "BUDI"] {
            assert!(!kept.contains(secret), "{secret} in {kept}");
        }
    }
}

#[tokio::test]
async fn one_request_leaves_whatever_comes_back_and_only_what_never_left_is_not_formed() {
    for (name, reply) in [
        ("a redirect", http("307 Temporary Redirect", "")),
        ("hanging up", Vec::new()),
        ("half a head", b"HTTP/1.1 200 OK\r\nconte".to_vec()),
        ("half a line", ok(&of("SUKSES.")).split_last_chunk::<20>().unwrap().0.to_vec()),
        ("a page", ok("<html><body>SUKSES.</body></html>")),
        ("an error", http("500 Internal Server Error", &of("SUKSES."))),
        ("nothing", ok("")),
        ("another purchase", ok(&of("SUKSES.").replace("S10.", "S20."))),
    ] {
        let server = server(vec![reply]).await;
        let (answer, exchange) = pulsa_if(&server.url, &[]).purchase(&purchase(), now()).await;
        assert!(matches!(answer, Answer::Unclear { .. }), "{name}: {answer:?}");
        assert_ne!(exchange.sent, Sent::No, "{name}");
        assert_eq!(server.heard().len(), 1, "{name}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let supplier = pulsa_if(&format!("http://{gone}"), &[]);
    let (answer, exchange) = supplier.purchase(&purchase(), now()).await;
    assert_eq!(answer, Answer::Refused { cause: Cause::NotFormed, code: "not_sent".to_owned() });
    assert_eq!(exchange.sent, Sent::No);
    assert!(matches!(supplier.status(&purchase(), now()).await.0, Answer::Unclear { .. }));
}

#[tokio::test]
async fn list_and_balance_are_read_or_say_whether_a_person_must_help() {
    let list = server(vec![ok("S10;TSEL 10.000;PULSA TELKOMSEL;10.250;OPEN\r\n")]).await;
    let read = pulsa_if(&list.url, &[]).price_list(now()).await.unwrap();
    assert_eq!(read[0].product.id.as_str(), "airtime-telkomsel-10000");
    let money = server(vec![ok("Saldo 1.250.000\r\n")]).await;
    let balance = pulsa_if(&money.url, &[]).balance(now()).await;
    assert_eq!(balance, Ok(Money::from_units(1_250_000, Currency::Idr).unwrap()));
    for (reply, unauthorised) in [
        (ok("IP tidak terdaftar"), true),
        (ok("sign salah\n"), true),
        (ok("<html></html>"), false),
        (ok(""), false),
        (ok("Saldo 1,5"), false),
        (http("403 Forbidden", "sign salah"), false),
        (Vec::new(), false),
    ] {
        let server = server(vec![reply.clone()]).await;
        let supplier = pulsa_if(&server.url, &[]);
        let (list, balance) = (supplier.price_list(now()).await, supplier.balance(now()).await);
        for error in [list.unwrap_err(), balance.unwrap_err()] {
            let said = matches!(error, ReadFailed::Unauthorised(_));
            assert_eq!(said, unauthorised, "{}: {error}", String::from_utf8_lossy(&reply));
        }
    }
}

const LIST: &str = "BYRPLN;PLN PASCABAYAR;TAGIHAN PLN;2.500;OPEN\n";

fn query(code: &str) -> BillQuery {
    BillQuery {
        reference: reference(),
        code: code.to_owned(),
        target: Private::new("530000000001"),
        category: Category::PlnBill,
        months: None,
    }
}

fn of_bill(sentence: &str) -> Vec<u8> {
    ok(&format!("R#{}C CEKPLN.530000000001 {sentence}", reference()))
}

const OWED: &str = "SUKSES. SN/Ref: BUDI/202609/1/TOTAL:302.500. Hrg 0. Saldo 5";

#[tokio::test]
async fn a_bill_is_asked_for_with_the_fee_of_the_list_and_paid_like_anything_else() {
    let paid = format!("R#{} BYRPLN.530000000001 SUKSES. SN/Ref: 0123ABC. Hrg 305.000. Saldo 5", reference());
    let server = server(vec![ok(LIST), of_bill(OWED), of_bill(OWED), ok(&paid)]).await;
    let supplier = pulsa_if(&server.url, &[]);
    let (answer, exchange) = supplier.inquire_bill(&query("BYRPLN"), now()).await.unwrap();
    let BillAnswer::Owed(owed) = answer else { panic!("{answer:?}") };
    assert_eq!(owed.cost, Money::from_units(305_000, Currency::Idr).unwrap());
    for secret in ["530000000001", "BUDI", "302.500"] {
        assert!(!format!("{exchange:?}").contains(secret), "{secret} in {exchange:?}");
    }
    supplier.inquire_bill(&query("BYRPLN"), now()).await.unwrap();
    let code = "BYRPLN".to_owned();
    let target = Private::new("530000000001");
    let bill =
        Purchase { code, target, category: Category::PlnBill, bill: Some(owed.handle), cost: owed.cost, ..purchase() };
    let (answer, _) = supplier.purchase(&bill, now()).await;
    let price = Money::from_units(305_000, Currency::Idr).ok();
    assert_eq!(answer, Answer::Delivered { serial: Some(Private::new("0123ABC")), price, supplier_ref: None });
    let heard = server.heard();
    let places = ["/pricelist?", "/trx?product=CEKPLN&", "/trx?product=CEKPLN&", "/trx?product=BYRPLN&"];
    assert_eq!(heard.len(), places.len(), "the fee is remembered, and nothing is asked before the payment");
    for (request, place) in heard.iter().zip(places) {
        assert!(request.contains(place), "{request}");
    }
    assert!(
        heard[1].contains(&format!("refID={}C&", reference())) && heard[3].contains(&format!("refID={}&", reference()))
    );
}

#[tokio::test]
async fn a_bill_that_is_being_looked_up_is_asked_about_and_never_asked_for_twice() {
    let wait = of_bill("akan diproses @10:21. Saldo 5 - 0 = 5");
    let server = server(vec![ok(LIST), wait, of_bill(OWED)]).await;
    let supplier = pulsa_if(&server.url, &[("TIMEOUT_MS", "5000")]);
    let (answer, _) = supplier.inquire_bill(&query("BYRPLN"), now()).await.unwrap();
    assert!(matches!(answer, BillAnswer::Owed(_)), "{answer:?}");
    let heard = server.heard();
    assert!(heard[1].ends_with("HTTP/1.1") && !heard[1].contains("check=1"), "{}", heard[1]);
    assert!(heard[2].contains("&check=1 "), "{}", heard[2]);
}

#[tokio::test]
async fn a_bill_nobody_is_clear_about_is_unclear() {
    let wait = of_bill("akan diproses @10:21. Saldo 5 - 0 = 5");
    for (name, replies) in [
        ("no time to look again", vec![ok(LIST), wait]),
        ("no list", vec![Vec::new()]),
        ("no answer", vec![ok(LIST), Vec::new()]),
        ("a page", vec![ok(LIST), ok("<html></html>")]),
        ("another reference", vec![ok(LIST), ok(&format!("R#{} CEKPLN.530000000001 {OWED}", reference()))]),
    ] {
        let server = server(replies).await;
        let (answer, _) = pulsa_if(&server.url, &[]).inquire_bill(&query("BYRPLN"), now()).await.unwrap();
        assert!(matches!(answer, BillAnswer::Unclear { .. }), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn what_is_turned_away_or_not_owed_is_said() {
    let ask = async |replies| {
        let server = server(replies).await;
        pulsa_if(&server.url, &[]).inquire_bill(&query("BYRPLN"), now()).await.map(|(answer, _)| answer)
    };
    let refused = |cause, code: &str| Some(BillAnswer::Refused { cause, code: code.to_owned() });
    assert_eq!(
        ask(vec![ok("S10;TSEL 10.000;PULSA TELKOMSEL;10.250;OPEN")]).await,
        refused(Cause::Supplier, "NOT_LISTED")
    );
    assert_eq!(ask(vec![ok("sign salah")]).await, refused(Cause::Account, "SIGN_SALAH"));
    assert_eq!(ask(vec![ok(LIST), ok("IP tidak terdaftar")]).await, refused(Cause::Account, "IP_TIDAK_TERDAFTAR"));
    let paid = vec![ok(LIST), of_bill("GAGAL. Tagihan sudah terbayar. Saldo 5")];
    assert_eq!(ask(paid).await, Some(BillAnswer::NotOwed(NotOwed::Paid)));
}

#[tokio::test]
async fn what_it_pays_no_bills_of_it_does_not_ask_about() {
    let server = server(vec![ok(LIST)]).await;
    let supplier = pulsa_if(&server.url, &[]);
    for other in [
        query("S10"),
        BillQuery { months: Some(2), category: Category::Bpjs, ..query("BYRBPJS") },
        BillQuery { category: Category::Internet, ..query("BYRINDI") },
    ] {
        assert_eq!(supplier.inquire_bill(&other, now()).await, None, "{other:?}");
    }
    assert_eq!(server.heard().len(), 0);
}

#[tokio::test]
async fn whether_absence_is_believed_is_a_setting() {
    for (setting, absence) in [("false", false), ("true", true)] {
        let trust = pulsa_if("http://127.0.0.1:1", &[("TRUST_ABSENCE", setting)]).trust();
        assert_eq!((trust.absence, trust.request_timeout), (absence, TimeDelta::seconds(1)));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_no_balance_and_let_us_in_or_nobody(status in any::<u16>(), body in any::<Vec<u8>>()) {
        prop_assert!(matches!(read_balance(&body), Err(ReadFailed::Unavailable(_))));
        let read = whole(Outcome::Reply { status, body: body.clone().into() });
        let fine = if status == 200 { read == Ok(body.into()) } else { matches!(read, Err(ReadFailed::Unavailable(_))) };
        prop_assert!(fine);
    }

    #[test]
    fn any_line_is_a_balance_of_whole_rupiah_or_none(before in "(Saldo )?", amount in "[0-9.,-]{0,12}", behind in "|\\PC{1,9}") {
        let line = format!("{before}{amount}{behind}");
        if let Ok(balance) = read_balance(line.as_bytes()) {
            // A deposit may be below nothing.
            let told = line.strip_prefix("Saldo ").map(|amount| amount.replace('.', ""));
            prop_assert_eq!(told, Some(balance.whole_units().unwrap().to_string()), "{}", line);
        }
    }
}
