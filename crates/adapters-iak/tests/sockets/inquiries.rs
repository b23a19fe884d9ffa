//! Inquiries over real sockets: the documented test numbers, and everything that is no answer.

use domain::Private;
use ports::inquiry::{Finding, Inquiry};
use ports::supplier::ReadFailed;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use supplier_lab::{Fault, Lab, Who};

use crate::subject::SUBJECT;

fn meter(number: &str) -> Inquiry {
    Inquiry::PlnMeter { number: Private::new(number) }
}

fn wallet(number: &str) -> Inquiry {
    Inquiry::EWallet { brand: "OVO".to_owned(), number: Private::new(number) }
}

fn player(brand: &str, id: &str) -> Inquiry {
    Inquiry::GamePlayer { brand: brand.to_owned(), id: Private::new(id) }
}

fn operator(number: &str) -> Inquiry {
    Inquiry::Operator { number: Private::new(number) }
}

/// What goes wrong with every inquiry.
async fn inquiry_fault(lab: &Lab, kind: &str, rc: Option<&str>) {
    lab.try_rules(vec![Fault::new("inquiry", kind).with("rc", json!(rc))]).await.unwrap();
}

#[tokio::test]
async fn the_documented_numbers_are_found_and_others_are_nobodys() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    let ask = async |inquiry: Inquiry| supplier.inquire(&inquiry, lab.now()).await;

    let Ok(Finding::Meter(found)) = ask(meter("12345678901")).await else { panic!("the meter is known") };
    assert_eq!((found.name.expose(), found.segment.as_deref()), ("PT X", Some("R1 /000001300")));
    assert_eq!(found.subscriber.unwrap().expose(), "523300817840");
    assert_eq!(ask(wallet("082179374708")).await, Ok(Finding::Name(Private::new("BUD** SAN****"))));
    let nick = Ok(Finding::Name(Private::new("Penjual Pulsa")));
    assert_eq!(ask(player("Mobile Legends", "156378300|8483")).await, nick);
    assert_eq!(ask(operator("081234567890")).await, Ok(Finding::Operator("telkomsel".to_owned())));

    for nobody in
        [meter("10987654321"), wallet("081234567890"), player("Mobile Legends", "1|1"), operator("081034567890")]
    {
        assert_eq!(ask(nobody.clone()).await, Ok(Finding::NoSuchTarget), "{nobody:?}");
    }
    lab.stop().await;
}

#[tokio::test]
async fn games_tell_their_servers_and_the_parts_of_an_id() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    let servers =
        async |brand: &str| supplier.inquire(&Inquiry::GameServers { brand: brand.to_owned() }, lab.now()).await;
    let Ok(Finding::Servers(list)) = servers("Dragon Nest").await else { panic!("it has servers") };
    assert_eq!((list.len(), list[1].name.as_str(), list[1].value.as_str()), (3, "Lotus", "10002"));
    assert_eq!(servers("Mobile Legends").await, Ok(Finding::Servers(Vec::new())));
    assert_eq!(servers("Free Fire").await, Ok(Finding::NotOffered), "IAK has no list for it");
    assert_eq!(servers("Steam Wallet").await, Ok(Finding::NotOffered), "nobody is asked");

    for (brand, parts) in [
        ("Mobile Legends", &["userid", "zoneid"][..]),
        ("Free Fire", &["userid"]),
        ("Bleach", &["rolename", "userid", "zoneid"]),
        ("Ragnarok", &["userid", "serverId"]),
        ("Dragon Nest", &["rolename", "serverId"]),
    ] {
        let told = supplier.inquire(&Inquiry::GameFormat { brand: brand.to_owned() }, lab.now()).await;
        assert_eq!(told, Ok(Finding::Format(parts.iter().map(|part| (*part).to_owned()).collect())), "{brand}");
    }
    inquiry_fault(&lab, "refuse", Some("143")).await;
    let told = supplier.inquire(&Inquiry::GameFormat { brand: "Free Fire".to_owned() }, lab.now()).await;
    assert_eq!(told, Ok(Finding::NoCheckNeeded));
    lab.stop().await;
}

#[tokio::test]
async fn whatever_goes_wrong_on_the_way_is_silence_and_a_wrong_key_is_told_apart() {
    let lab = Lab::start(&SUBJECT).await;
    let supplier = lab.supplier(Who::First);
    for (kind, rc) in [
        ("drop_before", None),
        ("drop_after", None),
        ("error_before", None),
        ("error_after", None),
        ("redirect_307", None),
        ("html", None),
        ("garbage", None),
        ("latency", None),
        ("refuse", Some("999")),
        ("refuse", Some("39")),
    ] {
        inquiry_fault(&lab, kind, rc).await;
        let told = supplier.inquire(&meter("12345678901"), lab.now()).await;
        assert!(matches!(told, Err(ReadFailed::Unavailable(_))), "{kind}: {told:?}");
    }
    inquiry_fault(&lab, "refuse", Some("110")).await;
    let told = supplier.inquire(&meter("12345678901"), lab.now()).await;
    assert_eq!(told, Err(ReadFailed::Busy("result code 110".to_owned())), "silence, too, and it is left alone");
    let stranger = lab.supplier(Who::Stranger);
    let told = stranger.inquire(&meter("12345678901"), lab.now()).await;
    assert_eq!(told, Err(ReadFailed::Unauthorised("result code 204".to_owned())));
    lab.stop().await;
}

/// Takes one request and answers with these bytes, as far as they are read.
async fn answer_once(listener: &TcpListener, body: &[u8]) {
    let (mut client, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 8192];
    let _some_of_it = client.read(&mut request).await.unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    client.write_all(head.as_bytes()).await.unwrap();
    // Nobody reads ten megabytes.
    let _cut_short = client.write_all(body).await;
}

#[tokio::test]
async fn bodies_that_are_no_answer_are_silence() {
    let lab = Lab::start(&SUBJECT).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let supplier = lab.supplier_at(Who::First, &format!("http://{}", listener.local_addr().unwrap()));
    let whole = r#"{"data":{"status":"2","message":"INCORRECT DESTINATION NUMBER","rc":"14"}}"#;
    let utf16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut huge = whole.as_bytes().to_vec();
    huge.resize(10 * 1024 * 1024, b' ');
    for body in [&b""[..], b"<html>14</html>", &whole.as_bytes()[..40], br#"{"data":{"rc":14}}"#, &utf16, &huge] {
        let inquiry = meter("12345678901");
        let ((), told) = tokio::join!(answer_once(&listener, body), supplier.inquire(&inquiry, lab.now()));
        assert!(matches!(told, Err(ReadFailed::Unavailable(_))), "{} bytes: {told:?}", body.len());
    }
    let inquiry = meter("12345678901");
    let ((), told) = tokio::join!(answer_once(&listener, whole.as_bytes()), supplier.inquire(&inquiry, lab.now()));
    assert_eq!(told, Ok(Finding::NoSuchTarget), "the same, whole, is an answer");
    lab.stop().await;
}
