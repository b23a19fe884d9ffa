//! What is private in a protocol of plain text. A serial is in no field: it stands behind a marker, up to the end of the line. In a text that is
//! no sentence we know it may stand anywhere, so all that could be one goes.

use adapters_kit::{Redactor, number_forms, rupiah};
use domain::Private;

use crate::config::Config;

/// Fields of queries. `message` repeats number and serial in the middle of a sentence.
const FIELDS: &[&str] = &["sign", "memberID", "dest", "message"];
/// Behind these stands a serial, or whose bill it is.
const MARKERS: &[&str] = &["SN/Ref:", "SN:"];
/// With what a serial begins in words we do not know.
const SERIAL: &str = "sn";
/// So many digits may be a number, a meter or a token.
const LONG_NUMBER: usize = 10;
const MASK: &str = "***";

/// Hides secrets, number and serial.
pub fn redactor(config: &Config, target: Option<&Private>) -> Redactor {
    let mut literals = vec![config.pin.clone(), config.password.clone()];
    literals.extend(config.tokens.all().iter().cloned());
    if let Some(target) = target {
        literals.extend(number_forms(target));
    }
    Redactor::new(FIELDS, literals).after(MARKERS)
}

/// A sentence we know: amounts stay, and no other long number.
pub fn known(text: &str) -> String {
    without_numbers(text, |run| run.contains('.') && rupiah::units(run).is_some())
}

/// A text that is no sentence we know: nothing of what follows the first `SN`, and no long number.
pub fn unknown(text: &str) -> String {
    // Only ASCII letters change, so places stay.
    let cut = text.to_ascii_lowercase().find(SERIAL).map(|at| text.split_at(at + SERIAL.len()).0);
    let kept = without_numbers(cut.unwrap_or(text), |_| false);
    if cut.is_some() { kept + MASK } else { kept }
}

/// Masks every run of ten digits and more, with at most one point, hyphen or space between two of them, unless it is harmless.
fn without_numbers(text: &str, is_harmless: fn(&str) -> bool) -> String {
    let is_between = |c: char| matches!(c, '-' | '.' | ' ');
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    // One more than there are, so that the last run ends.
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_digit() => run.push(c),
            Some(c) if is_between(c) && run.ends_with(|last: char| last.is_ascii_digit()) => run.push(c),
            other => {
                let (number, behind) = run.split_at(run.trim_end_matches(is_between).len());
                let is_long = number.bytes().filter(u8::is_ascii_digit).count() >= LONG_NUMBER;
                out.push_str(if is_long && !is_harmless(number) { MASK } else { number });
                out.push_str(behind);
                run.clear();
                out.extend(other);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::tests::settings;

    fn text(raw: &str) -> String {
        let config = Config::read(&settings(&[("PIN", "9173")])).unwrap();
        redactor(&config, Some(&Private::new("081234567890"))).text(raw.as_bytes())
    }

    #[test]
    fn a_request_keeps_what_was_bought_and_its_reference() {
        let url = "https://x/trx?product=S10&qty=1&dest=081234567890&refID=R1&memberID=TW0001&sign=VXKw&check=1";
        assert_eq!(text(url), "https://x/trx?product=S10&qty=1&dest=***&refID=R1&memberID=***&sign=***&check=1");
    }

    #[test]
    fn a_reply_keeps_its_sentence_without_number_and_serial() {
        assert_eq!(
            text("R#R1 S10.081234567890 SUKSES. SN/Ref: 0123/BUDI. Hrg 10.345. Saldo 89.655"),
            "R#R1 S10.*** SUKSES. SN/Ref:***"
        );
        assert_eq!(
            text("R#R1 S10.6281234567890 sdh pernah jam 10:20, status Sukses. SN:77"),
            "R#R1 S10.62*** sdh pernah jam 10:20, status Sukses. SN:***"
        );
        let accepted = "akan diproses @10:20. Saldo 100.000 - 10.345 = 89.655";
        assert_eq!(text(accepted), accepted);
        assert_eq!(text("pin 9173 salah, pw-0001, pulsaifcb-0001"), "pin *** salah, ***, ***");
    }

    #[test]
    fn of_unknown_words_nothing_that_could_be_a_serial_stays() {
        assert_eq!(unknown("<p>Sn 0123 dan 5</p>"), "<p>Sn***");
        assert_eq!(unknown("trx 0123-4567-8901-2345-6789 ok, 12.345 sisa"), "trx *** ok, 12.345 sisa");
        assert_eq!(unknown("12.345.678.901"), "***");
        assert_eq!(unknown("081234567890"), "***");
        for amounts in ["jam 10:20, 1.250.000", "Saldo 100.000 - 10.345 = 89.655"] {
            assert_eq!(unknown(amounts), amounts);
        }
    }

    #[test]
    fn of_a_sentence_we_know_amounts_stay_however_large() {
        let accepted = "akan diproses @10:20. Saldo 9.999.999.999 - 10.345 = 9.999.989.654";
        assert_eq!(known(accepted), accepted);
        for number in ["081234567890", "0812-3456-7890", "0812.3456.7890", "12345678901", "0123 4567 8901"] {
            assert_eq!(known(&format!("GAGAL. {number} salah. Saldo 5")), "GAGAL. *** salah. Saldo 5");
        }
    }

    proptest! {
        #[test]
        fn no_long_number_stays(before in "[a-zA-Z .:\u{e9}]{0,9}", number in "[0-9]{10,24}", behind in "[a-zA-Z .:]{0,9}") {
            let kept = unknown(&format!("{before}{number}{behind}"));
            prop_assert!(!kept.contains(&number));
        }

        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            unknown(&text);
        }
    }
}
