//! Pulsa IF: signature, list, lines of purchases and questions, repetitions, bills, test numbers, callbacks, both readings.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sandbox::Reading;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::kit::{PATIENCE, World};
use crate::receiver::Received;

const CODE: &str = "TSEL10";
const WATER: &str = "BYRPDAMKOTASURABAYA";
const ASK_WATER: &str = "CEKPDAMKOTASURABAYA";
const NUMBER: &str = "081234567890";

fn sign(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha1::digest(text))
}

/// The parameters of a callback.
fn said(notice: &Received, name: &str) -> String {
    let query = notice.path.split_once('?').unwrap().1;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map_or_else(String::new, |(_, value)| value.into_owned())
}

/// `10.345` behind that word.
fn rupiah(line: &str, word: &str) -> i64 {
    amount(line.rsplit_once(word).unwrap_or_else(|| panic!("no {word} in {line}")).1)
}

/// `10.345` at the beginning.
fn amount(text: &str) -> i64 {
    let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.replace('.', "").parse().unwrap()
}

impl World {
    fn parameters(&self, reference: &str, product: &str, dest: &str) -> Vec<(&'static str, String)> {
        let signed = sign(&format!("OtomaX|TW0001|{product}|{dest}|{reference}|1234|pw-0001"));
        [
            ("product", product),
            ("qty", "1"),
            ("dest", dest),
            ("refID", reference),
            ("memberID", "TW0001"),
            ("sign", &signed),
        ]
        .map(|(key, value)| (key, value.to_owned()))
        .into()
    }

    async fn get_pulsaif(&self, path: &str, parameters: &[(&str, String)]) -> reqwest::Result<reqwest::Response> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.http.get(self.url(&format!("/pulsaif/{path}?{query}"))).send().await
    }

    async fn send_trx(&self, reference: &str, product: &str, dest: &str) -> reqwest::Result<reqwest::Response> {
        self.get_pulsaif("trx", &self.parameters(reference, product, dest)).await
    }

    async fn trx(&self, reference: &str, product: &str, dest: &str) -> String {
        let answer = self.send_trx(reference, product, dest).await.unwrap();
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
        answer.text().await.unwrap()
    }

    async fn buys(&self, reference: &str, dest: &str) -> String {
        self.trx(reference, CODE, dest).await
    }

    async fn asks(&self, reference: &str, product: &str, dest: &str) -> String {
        let mut parameters = self.parameters(reference, product, dest);
        parameters.push(("check", "1".to_owned()));
        self.get_pulsaif("trx", &parameters).await.unwrap().text().await.unwrap()
    }

    async fn reads(&self, path: &str, signed: &str) -> String {
        let parameters = [("memberID", "TW0001".to_owned()), ("sign", sign(signed))];
        self.get_pulsaif(path, &parameters).await.unwrap().text().await.unwrap()
    }

    async fn pulsaif_saldo(&self) -> i64 {
        rupiah(&self.reads("balance", "OtomaX|CheckBalance|TW0001|1234|pw-0001").await, "Saldo ")
    }
}

fn prefix(reference: &str, product: &str, dest: &str) -> String {
    format!("R#{reference} {product}.{dest} ")
}

#[tokio::test]
async fn a_purchase_is_accepted_then_delivered_then_called_back() {
    let mut world = World::new().await;
    let before = world.pulsaif_saldo().await;
    let accepted = world.buys("R1", NUMBER).await;
    let rest = accepted.strip_prefix(&prefix("R1", CODE, NUMBER)).unwrap();
    assert!(rest.starts_with("akan diproses @") && rest.contains(". Saldo 10.000.000.000 - "), "{rest}");
    let price = rupiah(rest.split_once(" = ").unwrap().0, " - ");
    assert_eq!((rupiah(rest, " = "), world.pulsaif_saldo().await), (before - price, before - price));
    world.jump(2_000).await;
    let done = world.asks("R1", CODE, NUMBER).await;
    let truth = world.deliveries().await[0].clone();
    let serial = truth["serial"].as_str().unwrap();
    let head = format!("{}SUKSES. SN/Ref: {serial}. Hrg ", prefix("R1", CODE, NUMBER));
    assert!(done.starts_with(&head) && rupiah(&done, "Hrg ") == price, "{done}");
    assert_eq!((&truth["provider"], &truth["account"]), (&json!("pulsaif"), &json!("TW0001")));

    let received = world.shop.received();
    assert_eq!(received.len(), 1);
    assert!(received[0].path.starts_with("/webhooks/pulsaif/report/token-0001?refid=R1&t="), "{}", received[0].path);
    assert_eq!((said(&received[0], "status").as_str(), said(&received[0], "message")), ("20", done));
    assert_eq!(amount(&said(&received[0], "price")), price);
    assert_eq!(world.arrivals_at("pulsaif", "R1").await, json!({ "topup": 1, "status": 1 }));
}

#[tokio::test]
async fn a_form_buys_as_a_query_does() {
    let world = World::new().await;
    let form = world.http.post(world.url("/pulsaif/trx")).form(&world.parameters("R1", CODE, NUMBER));
    let line = form.send().await.unwrap().text().await.unwrap();
    assert!(line.contains("akan diproses"), "{line}");
    assert_eq!(world.http.get(world.url("/pulsaif/trx")).send().await.unwrap().text().await.unwrap(), "Format salah");
    assert_eq!(world.deliveries().await.len(), 1);
}

#[tokio::test]
async fn a_question_without_its_flag_is_a_purchase_and_counted_as_one() {
    let world = World::new().await;
    let nothing = world.asks("R1", CODE, NUMBER).await;
    assert_eq!(nothing, format!("R#R1 TIDAK ADA transaksi {NUMBER} pd tgl ini"));
    assert!(world.deliveries().await.is_empty());
    world.buys("R1", NUMBER).await;
    assert_eq!(world.deliveries().await.len(), 1);
    assert_eq!(world.arrivals_at("pulsaif", "R1").await, json!({ "topup": 1, "status": 1 }));
    assert!(world.asks("R1", CODE, "081234567899").await.contains("TIDAK ADA"), "of another number");
}

#[tokio::test]
async fn a_repetition_buys_nothing_and_tells_what_was_done() {
    let mut world = World::new().await;
    world.jump_to_hour(9).await;
    world.buys("R1", NUMBER).await;
    let before = world.pulsaif_saldo().await;
    let head = |reference: &str| format!("{}sdh pernah jam 09:00, status ", prefix(reference, CODE, NUMBER));
    assert_eq!(world.buys("R1", NUMBER).await, format!("{}Menunggu Jawaban", head("R1")));
    world.jump(2_000).await;
    let serial = world.deliveries().await[0]["serial"].as_str().unwrap().to_owned();
    assert_eq!(world.buys("R1", NUMBER).await, format!("{}Sukses. SN: {serial}", head("R1")));
    world.jump(3_600_000).await;
    assert_eq!(
        world.buys("R2", NUMBER).await,
        format!("{}Sukses. SN: {serial}", head("R2")),
        "the same on the same day"
    );
    assert!(world.asks("R2", CODE, NUMBER).await.contains("TIDAK ADA"));
    assert_eq!((world.pulsaif_saldo().await, world.deliveries().await.len()), (before, 1));
    world.jump(24 * 3_600_000).await;
    assert!(world.buys("R3", NUMBER).await.contains("akan diproses"), "the next day");
    world.control("/control/settings", json!({ "suppliers": { "pulsaif": { "once_a_day": false } } })).await;
    assert!(world.buys("R4", NUMBER).await.contains("akan diproses"), "the rule is switched off");
}

#[tokio::test]
async fn refusals_are_said_in_words_and_form_nothing() {
    for reading in [Reading::Likely, Reading::Other] {
        let world = World::read_as(reading).await;
        let left = if reading == Reading::Likely { ". Saldo 10.000.000.000" } else { "" };
        for (product, dest, reason) in [
            ("NONSENSE", NUMBER, "Kode produk salah"),
            (CODE, "081712345678", "Nomor tujuan salah"),
            (CODE, "2.081234567890", "Nomor tujuan salah"),
            (CODE, "081234567809", "Produk sedang gangguan"),
            (CODE, "081234567810", "Nomor tujuan salah"),
            (CODE, "081234567811", "Saldo tidak cukup"),
        ] {
            let expected = format!("{}GAGAL. {reason}{left}", prefix("R1", product, dest));
            assert_eq!(world.trx("R1", product, dest).await, expected);
        }
        for (why, line) in [("address", "IP tidak terdaftar"), ("credentials", "sign salah")] {
            let rule = json!({ "provider": "pulsaif", "call": "topup", "kind": "refuse", "why": why, "times": 1 });
            world.fault(rule).await;
            assert_eq!(world.buys("R1", NUMBER).await, line);
        }
        world.control("/control/pulsaif/TW0001/deposit", json!({ "set": 100 })).await;
        assert!(world.buys("R1", NUMBER).await.contains("GAGAL. Saldo tidak cukup"));
        assert!(world.deliveries().await.is_empty());
    }
}

#[tokio::test]
async fn only_who_signs_with_pin_and_password_is_let_in() {
    let world = World::new().await;
    let mut wrong = world.parameters("R1", CODE, NUMBER);
    wrong[5].1 = sign("something else");
    let answer = world.get_pulsaif("trx", &wrong).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "sign salah");
    assert_eq!(world.reads("balance", "OtomaX|CheckBalance|TW0002|1234|pw-0002").await, "sign salah");
    assert_eq!(world.reads("pricelist", "OtomaX|CheckBalance|TW0001|1234|pw-0001").await, "sign salah");
    assert!(world.deliveries().await.is_empty());
    // Servers differ in what they put in upper case, and in what a balance signs.
    for reading in [Reading::Likely, Reading::Other] {
        let world = World::read_as(reading).await;
        let mut small = world.parameters("R1", CODE, NUMBER);
        small[0].1 = CODE.to_lowercase();
        let answer = world.get_pulsaif("trx", &small).await.unwrap();
        assert_eq!(answer.text().await.unwrap() == "sign salah", reading == Reading::Other, "{reading:?}");
        let variant = world.reads("balance", "OtomaX|TW0001||||1234|pw-0001").await;
        assert_eq!(variant == "sign salah", reading == Reading::Likely, "{reading:?}");
    }
}

#[tokio::test]
async fn test_numbers_end_as_they_say() {
    let mut world = World::new().await;
    world.jump_to_hour(9).await;
    let number = |digits: &str| format!("0812345678{digits}");
    let buys = async |world: &World, digits: &str| world.buys(&format!("R{digits}"), &number(digits)).await;
    for (digits, word) in [
        ("01", "SUKSES. SN/Ref: "),
        ("02", "akan diproses @09:00. "),
        ("03", "akan diproses @09:00. "),
        ("04", "akan diproses @09:00. "),
        ("15", "akan diproses @09:00. "),
        ("20", "sdh pernah jam 00:00, status Sukses. SN: "),
        ("21", "masuk antrian"),
    ] {
        let line = buys(&world, digits).await;
        let rest = line.strip_prefix(&prefix(&format!("R{digits}"), CODE, &number(digits)));
        assert!(rest.is_some_and(|rest| rest.starts_with(word)), "{line}");
    }
    for digits in ["08", "23"] {
        assert!(buys(&world, digits).await.ends_with(" SUKSES."), "no serial yet");
    }
    let page = world.send_trx("R22", CODE, &number("22")).await.unwrap();
    assert!(page.status() == 200 && page.text().await.unwrap().starts_with("<html>"));
    assert_eq!(world.send_trx("R05", CODE, &number("05")).await.unwrap().status(), 500);
    assert!(world.send_trx("R06", CODE, &number("06")).await.is_err());
    assert!(world.send_trx("R07", CODE, &number("07")).await.is_err());
    assert!(rupiah(&buys(&world, "14").await, " - ") > rupiah(&buys(&world, "90").await, " - "));
    world.jump(10_000).await;
    let asks = async |world: &World, digits: &str| world.asks(&format!("R{digits}"), CODE, &number(digits)).await;
    for (digits, word) in [
        ("02", "SUKSES. SN/Ref: "),
        ("03", "GAGAL. Transaksi gagal. Saldo "),
        ("04", "akan diproses"),
        ("05", "SUKSES. SN/Ref: "),
        ("06", "SUKSES. SN/Ref: "),
        ("07", "TIDAK ADA"),
        ("08", "SUKSES. SN/Ref: "),
        ("15", "SUKSES. SN/Ref: "),
        ("20", "TIDAK ADA"),
        ("21", "SUKSES. SN/Ref: "),
        ("22", "SUKSES. SN/Ref: "),
    ] {
        let line = asks(&world, digits).await;
        assert!(line.contains(&format!(" {word}")), "{line}");
    }
    assert!(asks(&world, "23").await.ends_with(" SUKSES."));
    world.jump(60_000).await;
    assert!(asks(&world, "23").await.contains("SN/Ref: "));
    assert!(asks(&world, "15").await.contains(" GAGAL. "));
    let told: Vec<String> = world
        .shop
        .received()
        .iter()
        .filter(|notice| said(notice, "refid") == "R15")
        .map(|notice| said(notice, "status"))
        .collect();
    assert_eq!(told, ["20", "40"]);
    world.control("/control/settings", json!({ "suppliers": { "pulsaif": { "endings": false } } })).await;
    assert!(buys(&world, "11").await.contains("akan diproses"), "a number like others");
}

#[tokio::test]
async fn a_day_later_one_reading_finds_nothing_and_words_its_answers_as_repetitions() {
    for reading in [Reading::Likely, Reading::Other] {
        let mut world = World::read_as(reading).await;
        world.jump_to_hour(9).await;
        world.buys("R1", NUMBER).await;
        let pending = world.asks("R1", CODE, NUMBER).await;
        assert_eq!(pending.contains("status Menunggu Jawaban"), reading == Reading::Other, "{pending}");
        world.jump(24 * 3_600_000).await;
        let later = world.asks("R1", CODE, NUMBER).await;
        assert_eq!(later.contains("TIDAK ADA"), reading == Reading::Other, "{later}");
    }
}

#[tokio::test]
async fn callbacks_are_repeated_forged_and_lie_and_come_again_or_not() {
    let mut world = World::new().await;
    world.buys("R12", "081234567812").await;
    world.buys("R13", "081234567813").await;
    world.jump(2_000).await;
    assert_eq!(world.shop.received().iter().map(|notice| said(notice, "refid")).collect::<Vec<_>>(), ["R12", "R12"]);

    for (kind, expected) in [("forged", vec![("40", false), ("20", true)]), ("lie", vec![("40", true)])] {
        let seen = world.shop.count();
        world.fault(json!({ "provider": "pulsaif", "call": "callback", "kind": kind, "times": 1 })).await;
        world.buys(kind, if kind == "lie" { "081234567892" } else { "081234567891" }).await;
        world.jump(2_000).await;
        let received = world.shop.received();
        let told: Vec<(String, bool)> = received[seen..]
            .iter()
            .map(|notice| (said(notice, "status"), notice.path.contains("/report/token-0001?")))
            .collect();
        assert_eq!(
            told.iter().map(|(status, knows)| (status.as_str(), *knows)).collect::<Vec<_>>(),
            expected,
            "{kind}"
        );
    }
    for (reading, tries) in [(Reading::Likely, 4), (Reading::Other, 1)] {
        let mut world = World::read_as(reading).await;
        world.shop.reply_with(500, "no");
        world.buys("R1", NUMBER).await;
        for _ in 0..8 {
            world.jump(5 * 60_000).await;
        }
        assert_eq!((world.shop.count(), world.scheduled().await), (tries, 0), "{reading:?}");
    }
}

#[tokio::test]
async fn a_bill_is_asked_about_for_nothing_and_paid_by_another_product() {
    let mut world = World::new().await;
    let before = world.pulsaif_saldo().await;
    let debt = world.get("/control/bills?goods=pdam/Kota%20Surabaya&number=10202042").await;
    let asked = world.trx("R1C", ASK_WATER, "10202042").await;
    let head = format!("{}SUKSES. SN/Ref: {}/", prefix("R1C", ASK_WATER, "10202042"), debt["holder"].as_str().unwrap());
    assert!(asked.starts_with(&head) && asked.contains("/3/TOTAL:") && asked.contains(". Hrg 0. Saldo "), "{asked}");
    let number = |bill: &Value, field: &str| bill[field].as_i64().unwrap();
    let three: i64 = (0..3).map(|n| number(&debt["bills"][n], "amount") + number(&debt["bills"][n], "penalty")).sum();
    assert_eq!(rupiah(asked.split_once(". Hrg").unwrap().0, "TOTAL:"), three);
    assert!(world.trx("R1C", ASK_WATER, "10202042").await.contains("status Sukses. SN: "), "asked before");
    assert_eq!(world.asks("R1C", ASK_WATER, "10202042").await, asked);
    assert_eq!((world.pulsaif_saldo().await, world.deliveries().await.len()), (before, 0));

    let paid = world.trx("R1", WATER, "10202042").await;
    let price = rupiah(paid.split_once(" = ").unwrap().0, " - ");
    let list = world.reads("pricelist", "OtomaX|PriceList|TW0001|1234|pw-0001").await;
    let line = list.lines().find(|line| line.starts_with(WATER)).unwrap();
    assert_eq!(price, three + amount(line.split_once("TAGIHAN PDAM;").unwrap().1));
    world.jump(2_000).await;
    assert!(world.asks("R1", WATER, "10202042").await.contains("SUKSES. SN/Ref: "));
    assert_eq!(world.deliveries().await[0]["bills"].as_array().unwrap().len(), 3);
    assert_eq!(before - world.pulsaif_saldo().await, price);
    world.control("/control/bills", json!({ "goods": "pdam/Kota Surabaya", "number": "10202042" })).await;
    for (reference, product) in [("R2C", ASK_WATER), ("R2", WATER)] {
        let line = world.trx(reference, product, "10202042").await;
        assert!(line.contains("GAGAL. Tagihan sudah terbayar"), "{line}");
    }
    assert_eq!(world.arrivals_at("pulsaif", "R1C").await, json!({ "bill_inquiry": 2, "status": 1 }));
}

#[tokio::test]
async fn inquiries_wait_and_are_refused() {
    let mut world = World::new().await;
    world.jump_to_hour(12).await;
    for (product, dest, reason) in [
        (ASK_WATER, "10202009", "Produk sedang gangguan"),
        (ASK_WATER, "10202010", "Nomor tujuan salah"),
        (ASK_WATER, "10202016", "Nomor tujuan salah"),
        (ASK_WATER, "10202017", "Tagihan sudah terbayar"),
        ("CEKTSEL10", NUMBER, "Kode produk salah"),
    ] {
        let line = world.trx("R1C", product, dest).await;
        assert!(line.contains(&format!("GAGAL. {reason}")), "{line}");
    }
    let rule =
        json!({ "provider": "pulsaif", "call": "bill_inquiry", "kind": "pending_for", "delay_ms": 5_000, "times": 1 });
    world.fault(rule).await;
    assert!(world.trx("R1C", "CEKPLN", "530000000045").await.contains("akan diproses @12:00. "));
    assert!(world.asks("R1C", "CEKPLN", "530000000045").await.contains("akan diproses @12:00. "));
    world.jump(5_000).await;
    assert!(world.asks("R1C", "CEKPLN", "530000000045").await.contains("SUKSES. SN/Ref: "));
    world.jump_to_hour(0).await;
    for (reference, product) in [("R2C", "CEKPLN"), ("R2", "BYRPLN")] {
        assert!(world.trx(reference, product, "530000000045").await.contains("GAGAL. Produk sedang gangguan"));
    }
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn the_list_is_lines_of_five_fields() {
    let world = World::new().await;
    let list = world.reads("pricelist", "OtomaX|PriceList|TW0001|1234|pw-0001").await;
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split(';').collect()).collect();
    assert!(rows.len() >= 600 && rows.iter().all(|row| row.len() == 5), "{}", rows.len());
    let row = |code: &str| rows.iter().find(|row| row[0] == code).unwrap();
    assert_eq!((row(CODE)[1], row(CODE)[2], row(CODE)[4]), ("TSEL 10.000", "PULSA TELKOMSEL", "OPEN"));
    assert_eq!((row("BYRPLN")[1], row("BYRPLN")[2]), ("PLN PASCABAYAR", "TAGIHAN PLN"));
    for status in ["OPEN", "CLOSED", "TROUBLE"] {
        assert!(rows.iter().any(|row| row[4] == status), "{status}");
    }
    assert!(rows.iter().any(|row| row[3].starts_with("Rp")) && rows.iter().any(|row| row[3].is_empty()));
    let off = rows.iter().find(|row| row[4] != "OPEN" && row[2] == "E-MONEY");
    if let Some(off) = off {
        assert!(world.trx("R1", off[0], NUMBER).await.contains("Produk sedang gangguan"));
    }
}

#[tokio::test]
async fn a_line_is_spoiled_on_its_way_and_bought_all_the_same() {
    let world = World::new().await;
    for (n, kind) in ["charset", "other_reference", "truncated", "empty", "error_after"].iter().enumerate() {
        world.fault(json!({ "provider": "pulsaif", "call": "topup", "kind": kind, "times": 1 })).await;
        let (reference, dest) = (format!("REF{n}"), format!("08123456783{n}"));
        let answer = world.send_trx(&reference, CODE, &dest).await.unwrap();
        assert_eq!(answer.status(), if *kind == "error_after" { 500 } else { 200 });
        let bytes = answer.bytes().await.unwrap();
        let right = format!("{}akan diproses @", prefix(&reference, CODE, &dest));
        let whole = std::str::from_utf8(&bytes).is_ok_and(|line| line.starts_with(&right) && line.contains(" = "));
        assert!(!whole, "{kind}: {bytes:?}");
        assert!(world.asks(&reference, CODE, &dest).await.contains("akan diproses"), "{kind}");
    }
    assert_eq!(world.deliveries().await.len(), 5);
}

#[tokio::test]
async fn suppliers_have_an_address_of_their_own_that_can_be_taken_down() {
    let world = World::new().await;
    // No connection is used twice: one that is open may live a moment longer than its server.
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).pool_max_idle_per_host(0).build().unwrap();
    for (supplier, path) in [("billfazz", "/app/deposits/balance"), ("pulsaif", "/balance")] {
        let own = format!("{}{path}", world.sandbox.supplier_url(supplier).unwrap());
        assert!(http.get(&own).send().await.is_ok(), "{supplier}");
        world.control(&format!("/control/suppliers/{supplier}"), json!({ "down": true })).await;
        assert!(http.get(&own).send().await.unwrap_err().is_connect(), "{supplier}");
        world.control(&format!("/control/suppliers/{supplier}"), json!({ "down": false })).await;
        assert!(http.get(&own).send().await.is_ok(), "{supplier}");
    }
}
