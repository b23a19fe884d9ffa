//! Planted secrets are looked for wherever something is written or said: logs at their loudest, metrics, the staff's
//! view, problems, and a dump of the whole database. None may be there in clear.

use std::process::Command;

use demo::outside::Click;
use demo::world::EVERYBODY;
use serde_json::{Value, json};

use crate::kinds::{self, Trouble};
use crate::reading::{each, list, twd};
use crate::shop::{AIRTIME, FIRST, MINUTE, SECOND, Shop, TOKEN, fresh, meter, phone};

/// Keys of this world alone.
const DATA_KEYS: &str = "planted1:cGxhbnRlZC1kYXRhLWtleS0wMTIzNDU2Nzg5YWJjZGU=";
const JWT_KEYS: &str = "planted2:cGxhbnRlZC1qd3Qta2V5LTAxMjM0NTY3ODlhYmNkZWY=";
/// What the sandbox knows its customers by.
const PROVIDERS: [&str; 6] = ["pwFHCqoQZGmho4w6", "EkRm7iFT261dpevs", "testkey-0001", "testkey-0002", FIRST, SECOND];
/// The payer's card, as the gateway's notices and answers name it.
const CARD: [&str; 2] = ["card4no=2222", "431195"];
const LOUD: &str = "info,app=trace,seberang=trace,engine=trace,domain=trace,ports=trace,adapters_http=trace,\
                    adapters_kit=trace,adapters_postgres=trace,adapters_ecpay=trace,adapters_iak=trace,\
                    adapters_billfazz=trace,adapters_redision=trace,adapters_lapak=trace,adapters_pulsaif=trace,\
                    adapters_digiflazz=trace";
/// Keys of the accounts at all suppliers, names of accounts that are phone numbers, and the secret ends of our own addresses. A PIN of
/// four digits is left out: it stands in many a number.
const SUPPLIERS: [&str; 12] = [
    "628000000001",
    "testkey-0001",
    "secret-0001",
    "bfcb-0001",
    "appkey-0001",
    "appsecret-0001",
    "lgkey-0001",
    "dev-lapak-callback-secret-0001",
    "pw-0001",
    "dev-pulsaif-report-0001",
    "dfkey-0001",
    "whsecret-0001",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_written_anywhere() {
    let log = std::env::temp_dir().join(format!("it-secrets-{}.log", std::process::id()));
    let mut shop = Shop::open_with(|options| {
        let env = [("DATA_KEYS", DATA_KEYS), ("JWT_KEYS", JWT_KEYS), ("SEBERANG_LOG", LOUD)];
        options.env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        options.log_file = Some(log.clone());
    })
    .await;
    let mut secrets: Vec<String> = PROVIDERS.iter().chain(&CARD).map(|s| (*s).to_owned()).collect();
    for keys in [DATA_KEYS, JWT_KEYS] {
        secrets.push(keys.split_once(':').unwrap().1.to_owned());
    }
    secrets.extend(["planted-data-key", "planted-jwt-key"].map(str::to_owned));
    secrets.extend([&shop.customer, &shop.operator, &shop.finance, &shop.admin].map(|token| token.clone()));

    let mut said = Vec::new();
    let reviewed = orders_of_every_kind(&shop, &mut secrets, &mut said).await;
    requests_that_are_refused(&shop, &mut secrets, &mut said).await;
    questions_about_people(&shop, &mut secrets, &mut said).await;
    said.push(("/metrics", shop.get("/metrics").send().await.text));
    let alerts = shop.get("/v1/admin/alerts?open=false&limit=100").by(&shop.operator).send().await.text;
    said.push(("alerts", alerts));
    let listed = shop.get("/v1/admin/orders?limit=100").by(&shop.operator).send().await.ok();
    let orders = each(&listed["items"], "id");
    for order in &orders {
        said.push(("a story", shop.story(order).await.to_string()));
    }
    said.push(("the database", dump(&mut shop)));
    let told = shop.told_to_and_by_providers().await;
    assert!(told.iter().any(|text| text.contains("ref_id")), "it can be read");
    said.push(("what the database holds packed", told.join("\n")));
    shop.end_but(&[&reviewed]).await;
    said.push(("the log", std::fs::read_to_string(&log).unwrap()));
    std::fs::remove_file(&log).unwrap();

    // What is not secret is found, so the search can find.
    for (place, text) in said.iter().filter(|(place, _)| ["the database", "the log"].contains(place)) {
        assert_eq!(leaks(place, text, &orders[..1]).len(), 1, "{place}");
    }
    let found: Vec<String> = said.iter().flat_map(|(place, text)| leaks(place, text, &secrets)).collect();
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
}

/// All kinds of goods of all suppliers, delivered by the first and by the second, with callbacks of everybody, forged ones among them.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_any_supplier_is_written_anywhere() {
    let log = std::env::temp_dir().join(format!("it-secrets-all-{}.log", std::process::id()));
    let mut shop = kinds::open(|options| {
        options.env.push(("SEBERANG_LOG".to_owned(), LOUD.to_owned()));
        options.log_file = Some(log.clone());
    })
    .await;
    let forged =
        EVERYBODY.map(|kind| json!({ "provider": kind, "call": "callback", "kind": "forged", "probability": 0.5 }));
    shop.outside.add_faults(5, &forged).await.unwrap();
    let (mut secrets, mut said, mut orders) = (SUPPLIERS.map(str::to_owned).to_vec(), Vec::new(), Vec::new());
    let mut number = 81_200;
    for kind in kinds::KINDS {
        let sold = kinds::sold_by_two(&shop, kind).await;
        for trouble in [Trouble::Nothing, Trouble::Fails] {
            number += 10;
            let (who, id) = kinds::buy(&shop, &sold, trouble, number + 1).await;
            let own = shop.own(&who, &id).await;
            let holder = own["items"][0]["bill"]["holder"].as_str();
            secrets.extend(holder.into_iter().chain([who.as_str()]).map(str::to_owned));
            said.push(("a story", shop.story(&id).await.to_string()));
            orders.push(id);
        }
    }
    for delivery in shop.outside.truth().await.unwrap().deliveries {
        secrets.push(bare(&delivery.target));
        // The token itself; what stands behind it is a tariff. What has the same letters as its reference is none.
        let serial = delivery.serial.map(|serial| serial.split('/').next().unwrap().to_owned());
        secrets.extend(serial.filter(|serial| serial.len() > 5));
    }
    for supplier in EVERYBODY {
        let heard = shop.metric("seberang_notices_total", &[&format!("provider=\"{supplier}\"")]).await;
        assert!(heard > 0, "{supplier} called nobody");
    }
    said.push(("the database", dump(&mut shop)));
    said.push(("what the database holds packed", shop.told_to_and_by_providers().await.join("\n")));
    shop.end().await;
    said.push(("the log", std::fs::read_to_string(&log).unwrap()));
    std::fs::remove_file(&log).unwrap();
    for (place, text) in said.iter().filter(|(place, _)| ["the database", "the log"].contains(place)) {
        assert_eq!(leaks(place, text, &orders[..1]).len(), 1, "{place}: the search can find");
    }
    let found: Vec<String> = said.iter().flat_map(|(place, text)| leaks(place, text, &secrets)).collect();
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
}

/// Every secret in clear, or as the hex of a binary column, with what stands around it.
fn leaks(place: &str, text: &str, secrets: &[String]) -> Vec<String> {
    let forms = secrets.iter().flat_map(|secret| {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        [secret.clone(), hex]
    });
    let found = forms.filter_map(|form| {
        let at = text.find(&form)?;
        let from = text.floor_char_boundary(at.saturating_sub(150));
        let to = text.ceil_char_boundary((at + form.len() + 60).min(text.len()));
        Some(format!("{form} in {place}: …{}…", &text[from..to]))
    });
    found.collect()
}

/// An Indonesian number is one secret in all its spellings: what they share is looked for.
fn bare(phone: &str) -> String {
    phone.trim_start_matches('0').to_owned()
}

/// Returns the order about which staff said something else than the sandbox did.
async fn orders_of_every_kind(
    shop: &Shop,
    secrets: &mut Vec<String>,
    said: &mut Vec<(&'static str, String)>,
) -> String {
    // Delivered, refused by one account, failed at both, answered unreadably, never answered, doubted, taken back.
    let faults: [&[Value]; 8] = [
        &[],
        &[json!({ "kind": "refuse", "rc": "17", "times": 1 })],
        &[json!({ "kind": "fail", "rc": "07", "times": 2 })],
        &[json!({ "kind": "refuse", "rc": "14", "times": 1 })],
        &[json!({ "kind": "refuse", "rc": "202", "times": 1 })],
        &[json!({ "kind": "garbage", "times": 1 })],
        &[json!({ "kind": "drop_before", "times": 1 })],
        &[json!({ "kind": "late_reversal", "times": 1, "delay_ms": MINUTE })],
    ];
    let notices = [("ecpay", "notice"), ("iak", "callback")];
    let forged = notices
        .map(|(provider, call)| json!({ "provider": provider, "call": call, "kind": "forged", "probability": 0.5 }));
    shop.outside.add_faults(3, &forged).await.unwrap();
    let mut customers = Vec::new();
    for rules in faults {
        for rule in rules {
            let mut rule = rule.clone();
            rule["provider"] = json!("iak");
            rule["call"] = json!("topup");
            shop.outside.add_faults(1, &[rule]).await.unwrap();
        }
        let (number, meter) = (phone(), meter());
        let (who, id) = shop.order(&[(AIRTIME, &number), (TOKEN, &meter)], None).await;
        shop.click(&who, &id, Click::Pay).await;
        secrets.extend([bare(&number), meter]);
        customers.push((who, id));
    }
    // A silent payment is found by asking: the gateway's answer is an exchange too.
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    shop.click(&who, &id, Click::PaySilent).await;
    customers.push((who, id));
    // What is paid into elsewhere, told by a notice and by an answer.
    for (method, lost) in [("atm", false), ("cvs", true), ("barcode", true)] {
        if lost {
            shop.fault(json!({ "provider": "ecpay", "call": "payment_info", "kind": "lost", "times": 1 })).await;
        }
        let (who, id) = shop.order(&[(AIRTIME, &phone()), (TOKEN, &meter())], None).await;
        let (_, page) = shop.checkout_by(&who, &id, method).await;
        shop.outside.take_code(&page, None).await.unwrap();
        customers.push((who, id));
    }
    shop.pass(25 * MINUTE).await;
    for (who, id) in customers.iter().rev().take(3) {
        let told = shop.own(who, id).await["instructions"][0].clone();
        let one = [&told["account"], &told["code"]].into_iter().filter_map(|code| code.as_str().map(str::to_owned));
        let codes: Vec<String> =
            one.chain(list(&told["barcodes"]).iter().map(|c| c.as_str().unwrap().to_owned())).collect();
        assert!(!codes.is_empty(), "{told}");
        secrets.extend(codes);
    }

    let mut serials = 0;
    for (who, id) in &customers {
        let own = shop.own(who, id).await;
        for item in list(&own["items"]) {
            let Some(serial) = item["serial"].as_str() else { continue };
            serials += 1;
            // The token itself; what stands behind it is a tariff.
            secrets.push(serial.split('/').next().unwrap().to_owned());
        }
        secrets.push(who.clone());
    }
    assert!(serials >= 8, "{serials} serials");
    for delivery in shop.outside.truth().await.unwrap().deliveries {
        secrets.extend(delivery.serial.map(|serial| serial.split('/').next().unwrap().to_owned()));
    }
    let (_, reviewed) = &customers[4];
    let evidence = json!({ "resolution": "delivered", "serial": "PLANTED-SERIAL-1", "price": { "amount": "10250.00", "currency": "IDR" }, "evidence": "T-1" });
    for item in 0..2 {
        let resolved = shop.decide(&shop.operator, reviewed, &format!("items/{item}/resolve"), evidence.clone()).await;
        said.push(("a decision", resolved.text));
    }
    secrets.push("PLANTED-SERIAL-1".to_owned());
    reviewed.clone()
}

async fn requests_that_are_refused(shop: &Shop, secrets: &mut Vec<String>, said: &mut Vec<(&'static str, String)>) {
    let number = "081298989898";
    secrets.push(bare(number));
    let order =
        |target: Value| json!({ "items": [{ "product": AIRTIME, "target": target }], "expected_total": twd(26) });
    let long = format!("{number} {}", "x".repeat(80));
    let malformed = order(json!(number)).to_string().replace('}', "");
    let bodies = [
        order(json!(81_298_989_898_u64)).to_string(),
        order(json!(-81_298_989_898_i64)).to_string(),
        order(json!({ "number": number })).to_string(),
        order(json!(long)).to_string(),
        order(json!(format!("{number}x"))).to_string(),
        order(json!(format!("0{number}"))).to_string(),
        malformed,
        json!({ "items": number }).to_string(),
        json!({ "items": [{ "product": number, "target": number }], "expected_total": twd(26) }).to_string(),
        json!({ "items": [], "expected_total": { "amount": number, "currency": number } }).to_string(),
    ];
    for body in bodies {
        let answer = shop.post("/v1/orders").by(&shop.customer).fresh_key().body("application/json", body).send().await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
        said.push(("a problem", answer.text));
    }
    for path in [
        format!("/v1/orders?cursor={number}"),
        format!("/v1/orders/{number}"),
        format!("/{number}"),
        format!("/v1/catalogue?category={number}"),
    ] {
        let answer = shop.get(&path).by(&shop.customer).send().await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
        said.push(("a problem", answer.text));
    }
    for (path, body) in [
        (
            "/webhooks/iak/callback",
            json!({ "data": { "ref_id": fresh(), "customer_id": number, "sn": number, "sign": "0" } }),
        ),
        ("/webhooks/ecpay/return", json!({ "customer_id": number })),
    ] {
        let answer = shop.post(path).json(&body).send().await;
        said.push(("an answer to a notice", answer.text));
    }
}

/// What was asked and what was found is the asker's alone.
async fn questions_about_people(shop: &Shop, secrets: &mut Vec<String>, said: &mut Vec<(&'static str, String)>) {
    let (wallet, meter) = ("082179374708", "52330081784");
    secrets.extend([bare(wallet), meter.to_owned(), "156378300".to_owned()]);
    secrets.extend(["BUD** SAN", "Penjual Pulsa"].map(str::to_owned));
    let ask = async |body: Value| shop.post("/v1/inquiries").by(&shop.customer).json(&body).send().await;
    let found = [
        json!({ "kind": "e_wallet", "brand": "OVO", "target": wallet }),
        json!({ "kind": "game_player", "brand": "Mobile Legends", "target": "156378300|8483" }),
        json!({ "kind": "pln_meter", "target": meter }),
    ];
    for body in &found {
        ask(body.clone()).await.ok();
    }
    for (kind, rc) in [("drop_after", None), ("garbage", None), ("refuse", Some("999")), ("refuse", Some("204"))] {
        let rule = json!({ "provider": "iak", "call": "inquiry", "kind": kind, "rc": rc, "times": 2 });
        shop.outside.add_faults(4, &[rule]).await.unwrap();
        let answer = ask(found[0].clone()).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        said.push(("an unanswered inquiry", answer.text));
    }
    for body in [
        json!({ "kind": wallet, "target": wallet }),
        json!({ "kind": "pln_meter", "target": format!("{wallet}9") }),
        json!({ "kind": "pln_meter", "target": [wallet] }),
        json!({ "kind": "pln_meter", "target": meter, "brand": wallet }),
        json!({ "kind": "game_player", "brand": wallet, "target": wallet }),
    ] {
        let answer = ask(body).await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
        said.push(("a problem", answer.text));
    }
}

/// Every row of every table, with the program that comes with the server.
fn dump(shop: &mut Shop) -> String {
    let url = shop.world.database_url().to_owned();
    let program = shop.world.pg().unwrap().bin_dir().join("pg_dump");
    let output = Command::new(program).arg(url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let dump = String::from_utf8_lossy(&output.stdout).into_owned();
    for table in ["public.item ", "public.attempt ", "public.answer ", "public.inbox_", "public.history_"] {
        assert!(dump.contains(&format!("COPY {table}")), "{table} is in the dump");
    }
    dump
}
