//! Stories of bills, with literal lines.

use proptest::prelude::*;

use super::*;
use crate::wire::Trx;

/// 10:21 in western Indonesia.
fn now() -> Moment {
    "2026-11-22T03:21:00Z".parse().unwrap()
}

fn idr(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

fn ask(sentence: &str) -> Heard {
    ask_for(None, sentence)
}

fn ask_for(months: Option<u8>, sentence: &str) -> Heard {
    told(map::Asked::Purchase, months, sentence)
}

fn told(by: map::Asked, months: Option<u8>, sentence: &str) -> Heard {
    let reference = Reference::mint(now(), [7; 8]);
    let asked = asking_reference(&reference);
    let trx = Trx { product: "CEKPLN", dest: "530000000001", reference: &asked };
    let about = About { reference: &reference, trx: &trx, category: Category::PlnBill };
    let line = format!("R#{asked} CEKPLN.530000000001 {sentence}");
    read(by, &about, &Asked { fee: idr(2_500), months }, 200, line.as_bytes(), now())
}

fn serial(sn: &str) -> Heard {
    ask(&format!("SUKSES. SN/Ref: {sn}. Hrg 0. Saldo 89.655"))
}

fn is_unclear(heard: &Heard) -> bool {
    matches!(heard, Heard::Answer(BillAnswer::Unclear { .. }))
}

fn query(code: &str, category: Category, months: Option<u8>) -> BillQuery {
    let target = Private::new("530000000001");
    BillQuery { reference: Reference::mint(now(), [7; 8]), code: code.to_owned(), target, category, months }
}

#[test]
fn what_is_owed_is_told_with_what_it_costs_us() {
    for sentence in [
        "SUKSES. SN/Ref: BUDI SANTOSO/202609/1/TOTAL:302.500. Hrg 0. Saldo 89.655",
        "sdh pernah jam 10:21, status Sukses. SN: BUDI SANTOSO/202609/1/TOTAL:302.500",
        "sdh pernah jam 00:05, status Sukses. SN: BUDI SANTOSO/202609/1/TOTAL:302.500",
    ] {
        let Heard::Answer(BillAnswer::Owed(owed)) = ask(sentence) else { panic!("{sentence}") };
        assert_eq!((owed.bill.debt, owed.bill.admin, owed.cost), (idr(302_500), idr(0), idr(305_000)));
        assert_eq!((owed.bill.count, owed.bill.remaining, owed.bill.holder.expose()), (1, None, "BUDI SANTOSO"));
        let line = BillLine { period: "202609".to_owned(), amount: idr(302_500), penalty: idr(0) };
        assert_eq!(owed.bill.lines, [line]);
        assert_eq!(owed.handle, BillHandle(String::new()));
        assert_eq!(owed.until, "2026-11-22T17:00:00Z".parse::<Moment>().unwrap(), "midnight there");
    }
}

/// The first answer of the day is told, whoever asked; only what was looked up for this question is paid by.
#[test]
fn what_was_looked_up_for_another_question_is_not_fresh() {
    let repeated = |at: &str| format!("sdh pernah jam {at}, status Sukses. SN: BUDI/202609/1/TOTAL:302.500");
    let plain = "SUKSES. SN/Ref: BUDI/202609/1/TOTAL:302.500. Hrg 0. Saldo 89.655";
    let (bought, checked) = (map::Asked::Purchase, map::Asked::Check);
    for (by, sentence, fresh) in [
        (bought, plain.to_owned(), true),
        (checked, plain.to_owned(), true),
        (checked, repeated("10:21"), true),
        (bought, repeated("10:21"), false),
        (bought, repeated("10:05"), false),
        (checked, repeated("10:05"), false),
        (checked, repeated("00:01"), false),
    ] {
        let Heard::Answer(BillAnswer::Owed(owed)) = told(by, None, &sentence) else { panic!("{sentence}") };
        assert_eq!(owed.fresh, fresh, "{by:?}: {sentence}");
    }
}

/// Pulsa IF cannot be told how many months: it answers all that is owed.
#[test]
fn another_number_of_months_than_was_asked_for_is_no_answer() {
    let asked = |months, count: u16| {
        ask_for(months, &format!("SUKSES. SN/Ref: BUDI/202608-202610/{count}/TOTAL:302.500. Hrg 0. Saldo 89.655"))
    };
    let Heard::Answer(BillAnswer::Owed(owed)) = asked(Some(1), 1) else { panic!("one month") };
    assert_eq!((owed.bill.count, owed.bill.months), (1, Some(1)));
    let Heard::Answer(told) = asked(Some(1), 3) else { panic!("three months") };
    assert_eq!(told, BillAnswer::Refused { cause: Cause::Supplier, code: "OTHER_MONTHS".to_owned() });
    assert!(matches!(asked(None, 3), Heard::Answer(BillAnswer::Owed(_))), "nobody chose");
}

#[test]
fn names_may_hold_slashes_and_sentences() {
    for (sn, holder, count) in [
        ("PT A/B/202609/3/TOTAL:1.302.500", "PT A/B", 3),
        ("GAGAL. SUKSES/SEP26/2/TOTAL:5000", "GAGAL. SUKSES", 2),
        ("TOTAL:1/202609/1/TOTAL:302.500", "TOTAL:1", 1),
    ] {
        let Heard::Answer(BillAnswer::Owed(owed)) = serial(sn) else { panic!("{sn}") };
        assert_eq!((owed.bill.holder.expose(), owed.bill.count), (holder, count), "{sn}");
    }
}

#[test]
fn what_is_not_the_whole_of_a_bill_is_unclear() {
    for sn in [
        "BUDI/202609/1/302.500",
        "BUDI/202609/1/TOTAL:0",
        "BUDI/202609/1/TOTAL:302,5",
        "BUDI/202609/1/TOTAL:-5",
        "BUDI/202609/0/TOTAL:302.500",
        "BUDI/202609/+1/TOTAL:302.500",
        "BUDI/202609/121/TOTAL:302.500",
        "BUDI/202609/x/TOTAL:302.500",
        "202609/1/TOTAL:302.500",
        "/202609/1/TOTAL:302.500",
        "BUDI//1/TOTAL:302.500",
        "BUDI/202609/1/TOTAL:302.500/x",
        "0123456789",
    ] {
        assert!(is_unclear(&serial(sn)), "{sn}");
    }
    for sentence in [
        "SUKSES.",
        "SUKSES. Hrg 0. Saldo 5",
        "GAGAL. Transaksi gagal. Saldo 5",
        "sdh pernah jam 10:21, status Gagal",
        "sdh pernah jam 09:00, status Sukses. SN: 0123456789",
        "sdh pernah jam 09:00, status Menunggu Jawaban. SN: ",
        "sdh pernah jam 10:24, status Sukses. SN: BUDI/202609/1/TOTAL:302.500",
        "tidak dikenal",
    ] {
        assert!(is_unclear(&ask(sentence)), "{sentence}");
    }
}

#[test]
fn only_the_supplier_s_own_words_say_that_nothing_is_owed() {
    assert!(matches!(ask("GAGAL. Tagihan sudah terbayar. Saldo 5"), Heard::Answer(BillAnswer::NotOwed(NotOwed::Paid))));
    assert!(matches!(ask("GAGAL. Nomor tujuan salah"), Heard::Answer(BillAnswer::NotOwed(NotOwed::UnknownTarget))));
    for (sentence, cause) in [
        ("GAGAL. Saldo tidak cukup", Cause::Deposit),
        ("GAGAL. Kode produk salah", Cause::Supplier),
        ("GAGAL. Produk sedang gangguan", Cause::Supplier),
    ] {
        let Heard::Answer(BillAnswer::Refused { cause: told, .. }) = ask(sentence) else { panic!("{sentence}") };
        assert_eq!(told, cause, "{sentence}");
    }
}

#[test]
fn what_is_being_looked_up_is_waited_for() {
    for sentence in ["akan diproses @10:21. Saldo 5 - 0 = 5", "sdh pernah jam 10:21, status Menunggu Jawaban. SN: "] {
        assert!(matches!(ask(sentence), Heard::Wait), "{sentence}");
    }
}

#[test]
fn only_what_can_be_asked_for_is_asked_for() {
    let product = |code: &str, category: Category, months| asking_product(&query(code, category, months));
    assert_eq!(product("BYRPLN", Category::PlnBill, None), Some("CEKPLN".to_owned()));
    assert_eq!(product("BYRBPJS", Category::Bpjs, Some(1)), Some("CEKBPJS".to_owned()));
    assert_eq!(product("BYRPDAMKOTASURABAYA", Category::Pdam, None), Some("CEKPDAMKOTASURABAYA".to_owned()));
    for (code, category, months) in [
        ("BYRBPJS", Category::Bpjs, Some(2)),
        ("PLN20", Category::PlnToken, None),
        ("BYRPLN", Category::PlnToken, None),
        ("PLN", Category::PlnBill, None),
        ("BYRINDIHOME", Category::Internet, None),
    ] {
        assert_eq!(product(code, category, months), None, "{code}");
    }
}

proptest! {
    #[test]
    fn any_serial_is_a_bill_or_unclear(sn in "\\PC{0,60}") {
        let heard = serial(&sn);
        let fine = is_unclear(&heard) || matches!(heard, Heard::Answer(BillAnswer::Owed(_)));
        prop_assert!(fine, "{:?}", heard);
    }

    #[test]
    fn any_bytes_are_no_answer_to_an_inquiry(http in any::<u16>(), body in any::<Vec<u8>>()) {
        let reference = Reference::mint(now(), [7; 8]);
        let asked = asking_reference(&reference);
        let trx = Trx { product: "CEKPLN", dest: "530000000001", reference: &asked };
        let about = About { reference: &reference, trx: &trx, category: Category::PlnBill };
        for by in [map::Asked::Purchase, map::Asked::Check] {
            let heard = read(by, &about, &Asked { fee: idr(2_500), months: None }, http, &body, now());
            prop_assert!(is_unclear(&heard), "{:?}", heard);
        }
    }

    #[test]
    fn any_sentence_about_an_inquiry_says_what_it_begins_with_or_nothing(sentence in "(SUKSES|GAGAL|sdh pernah jam|TIDAK ADA|akan diproses @)?\\PC{0,40}") {
        match ask(&sentence) {
            Heard::Wait => prop_assert!(sentence.starts_with("akan diproses @") || sentence.starts_with("sdh pernah jam"), "{}", sentence),
            Heard::Answer(BillAnswer::Owed(_)) => prop_assert!(sentence.contains("TOTAL:"), "{}", sentence),
            Heard::Answer(BillAnswer::NotOwed(_) | BillAnswer::Refused { .. }) => {
                prop_assert!(sentence.starts_with("GAGAL"), "{}", sentence);
            }
            Heard::Answer(BillAnswer::Unclear { .. }) => {}
        }
    }
}
