//! Stories of what Pulsa IF answers and what we make of it, with literal lines.

use proptest::prelude::*;

use super::*;

/// 10:21 in western Indonesia.
fn now() -> Moment {
    "2026-11-22T03:21:00Z".parse().unwrap()
}

fn reference(minutes_ago: i64) -> Reference {
    Reference::mint(now() - TimeDelta::minutes(minutes_ago), [7; 8])
}

fn ask_about(asked: Asked, reference: &Reference, category: Category, http: u16, sentence: &str) -> Answer {
    let trx = Trx { product: "S10", dest: "081234567890", reference: reference.as_str() };
    let line = format!("R#{reference} S10.081234567890 {sentence}");
    answer(asked, &About { reference, trx: &trx, category }, http, line.as_bytes(), now())
}

fn ask(asked: Asked, sentence: &str) -> Answer {
    ask_about(asked, &reference(1), Category::Airtime, 200, sentence)
}

/// A whole body, not behind our name.
fn ask_raw(asked: Asked, body: &[u8]) -> Answer {
    let reference = reference(1);
    let trx = Trx { product: "S10", dest: "081234567890", reference: reference.as_str() };
    answer(asked, &About { reference: &reference, trx: &trx, category: Category::Airtime }, 200, body, now())
}

fn idr(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

fn assert_unclear(answer: &Answer, why: &str) {
    assert!(matches!(answer, Answer::Unclear { .. }), "{why}: {answer:?}");
}

#[test]
fn accepted_is_pending_at_a_price_and_success_delivers() {
    for asked in [Asked::Purchase, Asked::Check] {
        assert_eq!(
            ask(asked, "akan diproses @10:20. Saldo 100.000 - 10.345 = 89.655"),
            Answer::Pending { supplier_ref: None, price: Some(idr(10_345)) }
        );
        assert_eq!(
            ask(asked, "SUKSES. SN/Ref: 0123456789. Hrg 10.345. Saldo 89.655"),
            Answer::Delivered {
                serial: Some(Private::new("0123456789")),
                price: Some(idr(10_345)),
                supplier_ref: None
            }
        );
        assert_eq!(ask(asked, "SUKSES."), Answer::Delivered { serial: None, price: None, supplier_ref: None });
    }
}

#[test]
fn an_electricity_token_is_there_or_awaited() {
    let serial_of = |sn: &str| {
        let sentence = format!("SUKSES. SN/Ref: {sn}. Hrg 20.150. Saldo 1");
        match ask_about(Asked::Check, &reference(1), Category::PlnToken, 200, &sentence) {
            Answer::Delivered { serial, .. } => serial.map(|serial| serial.expose().to_owned()),
            other => panic!("{other:?}"),
        }
    };
    for sn in ["0123-4567-8901-2345-6789/BUDI SUKSES/R1M/900VA/33.7", "01234567890123456789"] {
        assert_eq!(serial_of(sn), Some(sn.to_owned()));
    }
    for sn in ["PROSES", "0123-4567-8901", "012345678901234567890"] {
        assert_eq!(serial_of(sn), None, "{sn}");
    }
}

#[test]
fn a_reason_we_do_not_know_is_asked_about_and_then_believed() {
    for reason in ["Transaksi gagal", "Saldo tidak cukup.", "saldo tidak cukup", "SUKSES"] {
        let sentence = format!("GAGAL. {reason}. Saldo 5");
        assert_unclear(&ask(Asked::Purchase, &sentence), reason);
        let failed = Answer::Failed { cause: Cause::Supplier, code: "GAGAL".to_owned() };
        assert_eq!(ask(Asked::Check, &sentence), failed, "{reason}");
    }
}

#[test]
fn asked_already_may_be_our_own_request_near_now_and_is_a_person_s_business_if_earlier() {
    let again = |time: &str| ask(Asked::Purchase, &format!("sdh pernah jam {time}, status Sukses. SN: 1"));
    for near in ["10:06", "10:18", "10:20", "10:21", "10:22", "10:24", "10:36"] {
        assert_unclear(&again(near), near);
    }
    for earlier in ["10:05", "09:21", "00:00", "10:37", "23:59"] {
        let repeat = Answer::Refused { cause: Cause::Repeat, code: "SDH_PERNAH".to_owned() };
        assert_eq!(again(earlier), repeat, "{earlier}");
    }
}

#[test]
fn what_was_asked_before_our_reference_was_made_or_long_after_is_not_ours() {
    let check = |minutes_ago: i64, time: &str| {
        let sentence = format!("sdh pernah jam {time}, status Sukses. SN: 1");
        ask_about(Asked::Check, &reference(minutes_ago), Category::Airtime, 200, &sentence)
    };
    for (minutes_ago, time) in
        [(1, "10:20"), (1, "10:18"), (60, "09:19"), (60, "09:25"), (600, "00:19"), (600, "00:25"), (1_500, "09:21")]
    {
        assert!(matches!(check(minutes_ago, time), Answer::Delivered { .. }), "{minutes_ago} {time}");
    }
    for (minutes_ago, time) in
        [(1, "10:17"), (60, "09:18"), (60, "09:26"), (60, "10:24"), (600, "00:18"), (600, "23:00"), (1_500, "15:00")]
    {
        assert_unclear(&check(minutes_ago, time), time);
    }
}

#[test]
fn midnight_is_no_border() {
    let midnight: Moment = "2026-11-22T17:00:30Z".parse().unwrap();
    let at = |time: u16| is_between(time, midnight, midnight, TimeDelta::minutes(2));
    assert!(at(1_438) && at(1_439) && at(0) && at(2));
    assert!(!at(1_437) && !at(3) && !at(720));
}

#[test]
fn not_found_is_an_answer_to_a_check_only() {
    let body = format!("R#{} TIDAK ADA transaksi 081234567890 pd tgl ini\r\n", reference(1));
    assert_eq!(ask_raw(Asked::Check, body.as_bytes()), Answer::NotFound);
    assert_unclear(&ask_raw(Asked::Purchase, body.as_bytes()), "a purchase cannot be missing in its own reply");
}

/// Their day may have begun or ended a little before ours.
#[test]
fn not_on_this_day_says_nothing_of_what_may_be_of_another() {
    // In western Indonesia.
    let check = |minted: &str, asked: &str| {
        let [minted, now] = [minted, asked].map(|time| format!("2026-11-{time}:00+07:00").parse::<Moment>().unwrap());
        let reference = Reference::mint(minted, [7; 8]);
        let trx = Trx { product: "S10", dest: "081234567890", reference: reference.as_str() };
        let about = About { reference: &reference, trx: &trx, category: Category::Airtime };
        let line = format!("R#{reference} TIDAK ADA transaksi 081234567890 pd tgl ini");
        answer(Asked::Check, &about, 200, line.as_bytes(), now)
    };
    for (minted, asked) in [("22T00:15", "22T00:16"), ("22T09:00", "22T23:44")] {
        assert_eq!(check(minted, asked), Answer::NotFound, "{minted} {asked}");
    }
    for (minted, asked) in [
        ("21T23:59", "22T00:00"),
        ("21T12:00", "22T12:00"),
        ("22T00:14", "22T12:00"),
        ("22T09:00", "22T23:45"),
        ("01T09:00", "22T09:00"),
    ] {
        assert_unclear(&check(minted, asked), asked);
    }
}

#[test]
fn who_is_not_let_in_bought_nothing_but_a_check_says_nothing() {
    for (body, code) in [("IP tidak terdaftar", "IP_TIDAK_TERDAFTAR"), ("sign salah", "SIGN_SALAH")] {
        let refused = Answer::Refused { cause: Cause::Account, code: code.to_owned() };
        assert_eq!(ask_raw(Asked::Purchase, body.as_bytes()), refused);
        assert_unclear(&ask_raw(Asked::Check, body.as_bytes()), body);
    }
}

#[test]
fn every_other_http_status_is_unclear_whatever_the_line_says() {
    for http in [0, 100, 201, 204, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503] {
        for sentence in ["SUKSES.", "GAGAL. Produk sedang gangguan", "akan diproses @10:20. Saldo 2 - 1 = 1"] {
            for asked in [Asked::Purchase, Asked::Check] {
                let answer = ask_about(asked, &reference(1), Category::Airtime, http, sentence);
                assert_unclear(&answer, sentence);
            }
        }
    }
}

#[test]
fn no_answer_prints_the_number_or_the_serial() {
    for sentence in ["SUKSES. SN/Ref: 0123456789. Hrg 1. Saldo 2", "0123456789", "GAGAL. 0123456789. Saldo 5"] {
        for asked in [Asked::Purchase, Asked::Check] {
            let printed = format!("{:?}", ask(asked, sentence));
            assert!(!printed.contains("0812") && !printed.contains("0123"), "{printed}");
        }
    }
}

/// The sentences of the grammar, with nothing private missing.
const WHOLE: &str = "SUKSES. SN/Ref: 0123456789. Hrg 10.345. Saldo 89.655";

proptest! {
    #[test]
    fn any_bytes_are_unclear(http in any::<u16>(), body in any::<Vec<u8>>()) {
        for asked in [Asked::Purchase, Asked::Check] {
            assert_unclear(&ask_raw(asked, &body), "bytes");
            assert_unclear(&ask_about(asked, &reference(1), Category::Airtime, http, ""), "nothing");
        }
    }

    #[test]
    fn a_delivery_that_lost_anything_is_told_with_the_same_serial_or_not_at_all(
        from in 0..WHOLE.len(), length in 1..WHOLE.len(), instead in "[A-Za-z0-9. :/-]{0,3}"
    ) {
        let until = (from + length).min(WHOLE.len());
        let spoiled = format!("{}{instead}{}", &WHOLE[..from], &WHOLE[until..]);
        if let Answer::Delivered { serial: None, price: Some(_), .. } = ask(Asked::Check, &spoiled) {
            // Only where the serial itself is what was lost.
            prop_assert!(!spoiled.contains("0123456789"), "{}", spoiled);
        }
        if let Answer::Delivered { .. } = ask(Asked::Check, &spoiled) {
            prop_assert!(spoiled.starts_with("SUKSES."), "{}", spoiled);
        }
    }

    #[test]
    fn any_minute_of_a_day_is_either_ours_or_not_without_panic(at in 0..1_440_u16, minutes_ago in -10..3_000_i64) {
        let _ = check_time(&reference(minutes_ago), at, now());
        prop_assert_eq!(repeated(at, now()).is_err(), (606..=636).contains(&at));
    }
}
