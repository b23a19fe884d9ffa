//! Every sentence, and everything that is nearly one.

use proptest::prelude::*;

use super::*;

const ABOUT: Trx<'_> = Trx { product: "S10", dest: "081234567890", reference: "AAAAAAAAAAAAAAAAAAA2" };

fn of(sentence: &str) -> String {
    format!("R#AAAAAAAAAAAAAAAAAAA2 S10.081234567890 {sentence}")
}

fn read(line: &str) -> Result<Said<'_>, Doubt> {
    trx(line.as_bytes(), &ABOUT)
}

fn said(sentence: &str) -> String {
    format!("{:?}", read(&of(sentence)))
}

#[test]
fn every_sentence_is_read_whole() {
    for (sentence, expected) in [
        ("akan diproses @10:20. Saldo 100.000 - 10.345 = 89.655", Said::Accepted { price: 10_345 }),
        ("akan diproses @00:00. Saldo 500 - 0 = 500", Said::Accepted { price: 0 }),
        (
            "SUKSES. SN/Ref: 0123456789. Hrg 10.345. Saldo 89.655",
            Said::Delivered { serial: Some("0123456789"), price: Some(10_345) },
        ),
        ("SUKSES.", Said::Delivered { serial: None, price: None }),
        ("SUKSES. Hrg 10.345. Saldo 89.655", Said::Delivered { serial: None, price: Some(10_345) }),
        ("SUKSES. SN/Ref: . Hrg 10.345. Saldo 89.655", Said::Delivered { serial: None, price: Some(10_345) }),
        ("SUKSES. SN/Ref: -. Hrg 10.345. Saldo 89.655", Said::Delivered { serial: None, price: Some(10_345) }),
        ("akan diproses @10:20. Saldo 5 - 10 = -5", Said::Accepted { price: 10 }),
        ("SUKSES. SN/Ref: 7. Hrg 10. Saldo -5", Said::Delivered { serial: Some("7"), price: Some(10) }),
        ("GAGAL. Nomor tujuan salah. Saldo 100.000", Said::Failed { reason: "Nomor tujuan salah" }),
        ("GAGAL. Saldo tidak cukup", Said::Failed { reason: "Saldo tidak cukup" }),
        ("GAGAL. Saldo tidak cukup. Saldo 100", Said::Failed { reason: "Saldo tidak cukup" }),
        (
            "sdh pernah jam 10:20, status Sukses. SN: 0123",
            Said::Repeated { at: 620, state: State::Delivered, serial: Some("0123") },
        ),
        ("sdh pernah jam 23:59, status Gagal", Said::Repeated { at: 1_439, state: State::Failed, serial: None }),
        ("sdh pernah jam 00:00, status Gagal. SN: ", Said::Repeated { at: 0, state: State::Failed, serial: None }),
        (
            "sdh pernah jam 10:20, status Menunggu Jawaban. SN: ",
            Said::Repeated { at: 620, state: State::Waiting, serial: None },
        ),
    ] {
        for end in ["", "\n", "\r\n"] {
            assert_eq!(read(&format!("{}{end}", of(sentence))).as_ref(), Ok(&expected), "{sentence}");
        }
    }
    assert_eq!(read("R#AAAAAAAAAAAAAAAAAAA2 s10.081234567890 SUKSES.").as_ref().err(), None, "in either case");
    assert_eq!(read("R#AAAAAAAAAAAAAAAAAAA2 TIDAK ADA transaksi 081234567890 pd tgl ini"), Ok(Said::Absent));
    let small = Trx { product: "s10", ..ABOUT };
    assert_eq!(trx(of("SUKSES.").as_bytes(), &small), Ok(Said::Delivered { serial: None, price: None }));
    assert_eq!(read("IP tidak terdaftar"), Ok(Said::NotLetIn(Door::Address)));
    assert_eq!(read("sign salah\r\n"), Ok(Said::NotLetIn(Door::Sign)));
    assert_eq!(balance("Saldo 1.250.000"), Some(1_250_000));
    assert_eq!(balance("Saldo -5.000"), Some(-5_000), "overdrawn");
}

#[test]
fn a_serial_and_a_name_may_hold_any_word() {
    for serial in [
        "0123-4567-8901-2345-6789/PT GAGAL. SUKSES/R1 /000001300/66.2",
        "BUDI GAGAL/202609/1/TOTAL:302.500",
        "x. Hrg 1. Saldo 2",
        "SN: 5",
        "sdh pernah jam 10:20, status Gagal",
    ] {
        let text = of(&format!("SUKSES. SN/Ref: {serial}. Hrg 10.345. Saldo 89.655"));
        assert_eq!(read(&text), Ok(Said::Delivered { serial: Some(serial), price: Some(10_345) }));
    }
    let again = of("sdh pernah jam 10:20, status Sukses. SN: 77. SN: GAGAL");
    assert_eq!(read(&again), Ok(Said::Repeated { at: 620, state: State::Delivered, serial: Some("77. SN: GAGAL") }));
}

#[test]
fn what_is_nearly_a_sentence_is_none() {
    for nearly in [
        "",
        "SUKSES",
        "sukses.",
        " SUKSES.",
        "SUKSES. ",
        "SUKSES. SN/Ref: 0123",
        "SUKSES. SN/Ref: 0123. Hrg 10.345",
        "SUKSES. SN/Ref: 0123. Hrg 10.345. Saldo ",
        "SUKSES. SN/Ref: 0123. Hrg 10,345. Saldo 89.655",
        "SUKSES. SN/Ref: 0123. Hrg 10.345. Saldo 89.655.",
        "SUKSES. SN/Ref: 0123. Saldo 89.655",
        "SUKSES. SN: 0123. Hrg 10.345. Saldo 89.655",
        "GAGAL",
        "GAGAL.",
        "GAGAL. ",
        "GAGAL. -. Saldo 5",
        "GAGAL Nomor tujuan salah",
        "gagal. Nomor tujuan salah",
        "Status Gagal sebelumnya, SUKSES.",
        "akan diproses",
        "akan diproses @10:20",
        "akan diproses @10:20. Saldo 100.000 - 10.345",
        "akan diproses @25:20. Saldo 100.000 - 10.345 = 89.655",
        "akan diproses @10:20. Saldo 100.000 - 10.345 = 89.655.",
        "sdh pernah",
        "sdh pernah jam 10:20",
        "sdh pernah jam 1:20, status Sukses",
        "sdh pernah jam 10:60, status Sukses",
        "sdh pernah jam 10:20, status sukses",
        "sdh pernah jam 10:20, status Sukses ",
        "sdh pernah jam 10:20, status Gagal. SN: 0123",
        "sdh pernah jam 10:20, status Menunggu Jawaban. SN: 0123",
        "tidak dikenal",
    ] {
        assert_eq!(said(nearly), "Err(UnknownWords)", "{nearly:?}");
    }
    assert_eq!(said("akan diproses @10:20. Saldo 100.000 - 10.345 = 89.654"), "Err(BadAmounts)");
    for nearly in ["", "Saldo", "Saldo ", "Saldo 1,5", "saldo 5", "Saldo --5", "Saldo - 5", "Saldo 5 ", "x Saldo 5"] {
        assert_eq!(balance(nearly), None, "{nearly}");
    }
}

#[test]
fn a_line_about_another_purchase_is_about_none() {
    for line in [
        "R#AAAAAAAAAAAAAAAAAAA3 S10.081234567890 SUKSES.",
        "R#AAAAAAAAAAAAAAAAAAA2C S10.081234567890 SUKSES.",
        "R#aaaaaaaaaaaaaaaaaaa2 S10.081234567890 SUKSES.",
        "R#AAAAAAAAAAAAAAAAAAA2 S100.081234567890 SUKSES.",
        "R#AAAAAAAAAAAAAAAAAAA2 S10.0812345678901 SUKSES.",
        "R#AAAAAAAAAAAAAAAAAAA2 S10.2.081234567890 SUKSES.",
        "R#AAAAAAAAAAAAAAAAAAA2  S10.081234567890 SUKSES.",
        " R#AAAAAAAAAAAAAAAAAAA2 S10.081234567890 SUKSES.",
        "R#AAAAAAAAAAAAAAAAAAA2 TIDAK ADA transaksi 081234567891 pd tgl ini",
        "R#AAAAAAAAAAAAAAAAAAA2 TIDAK ADA transaksi 081234567890 pd tgl ini.",
        "R#AAAAAAAAAAAAAAAAAAA3 TIDAK ADA transaksi 081234567890 pd tgl ini",
        "S10.081234567890 SUKSES.",
        "SUKSES.",
        "IP tidak terdaftar.",
        "Sign salah",
        "<html><body>R#AAAAAAAAAAAAAAAAAAA2 S10.081234567890 SUKSES.</body></html>",
    ] {
        assert_eq!(read(line), Err(Doubt::OtherPurchase), "{line}");
    }
}

#[test]
fn only_one_line_of_text_is_one() {
    let long = of(&format!("SUKSES. SN/Ref: {}. Hrg 1. Saldo 2", "x".repeat(1_000)));
    let two = format!("{}\n{}", of("SUKSES."), of("GAGAL. Nomor tujuan salah"));
    let latin = [of("SUKSES. SN/Ref: Jos").as_bytes(), b"\xe9. Hrg 1. Saldo 2"].concat();
    for body in [&b""[..], b"\r\n", b"\0", long.as_bytes(), two.as_bytes(), b"a\tb", &latin] {
        assert_eq!(trx(body, &ABOUT), Err(Doubt::NotALine));
    }
}

/// Sentences of every kind.
fn any_sentence() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("SUKSES.".to_owned()),
        "[ -~]{1,40}".prop_map(|sn| format!("SUKSES. SN/Ref: {sn}. Hrg 10.345. Saldo 89.655")),
        "[a-zA-Z ]{1,20}".prop_map(|reason| format!("GAGAL. {reason}. Saldo 5")),
        "[ -~]{1,40}".prop_map(|sn| format!("sdh pernah jam 10:20, status Sukses. SN: {sn}")),
        Just("akan diproses @10:20. Saldo 100.000 - 10.345 = 89.655".to_owned()),
    ]
}

proptest! {
    #[test]
    fn any_bytes_say_nothing(body in any::<Vec<u8>>()) {
        prop_assert!(trx(&body, &ABOUT).is_err());
    }

    #[test]
    fn any_text_behind_our_purchase_is_read_without_panic(text in "\\PC{0,200}") {
        let _ = read(&of(&text));
    }

    #[test]
    fn whatever_stands_before_our_purchase_makes_it_unclear(before in "\\PC{1,12}", sentence in any_sentence()) {
        let line = format!("{before}{}", of(&sentence));
        prop_assert_eq!(read(&line), Err(Doubt::OtherPurchase));
    }

    #[test]
    fn what_begins_as_one_thing_is_never_read_as_another(sentence in any_sentence()) {
        let line = of(&sentence);
        if let Ok(said) = read(&line) {
            let same = match said {
                Said::Delivered { .. } => sentence.starts_with("SUKSES."),
                Said::Failed { .. } => sentence.starts_with("GAGAL. "),
                Said::Repeated { .. } => sentence.starts_with("sdh pernah jam "),
                Said::Accepted { .. } => sentence.starts_with("akan diproses @"),
                Said::Absent | Said::NotLetIn(_) => false,
            };
            prop_assert!(same, "{}", line);
        }
    }

    #[test]
    fn half_a_delivery_is_a_delivery_with_nothing_told_or_none(sentence in any_sentence(), at in any::<prop::sample::Index>()) {
        let line = of(&sentence);
        let cut = line.floor_char_boundary(at.index(line.len()));
        if let Ok(Said::Delivered { serial, price }) = read(&line[..cut]) {
            prop_assert!(serial.is_none() && price.is_none() || line[..cut].contains(". Saldo "), "{}", &line[..cut]);
        }
    }
}
