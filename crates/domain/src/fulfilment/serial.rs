//! What a supplier gives for delivered goods, as text: electricity tokens, voucher codes, names and numbers. The text is
//! stored and shown as it came; this reads from it what a customer types in somewhere. Pure, and shared by all suppliers.
//!
//! | goods | shape | from |
//! |---|---|---|
//! | electricity | `0123-4567-8901-2345-6789/NAME/R1 /000001300/66.2` | IAK docs |
//! | electricity | `01234567890123456789/NAME/R1M/900VA/33.7` | seen at another seller |
//! | voucher | `CODE / YYYY-MM-DD` | IAK docs |
//! | voucher, game | `CODE PIN 123456` | [`with_pin`], where a supplier sends both in fields of their own |
//! | game voucher | `ABCD-EFGH-IJKL-MNOP` | IAK docs |
//! | e-money | `NAME 123456789012` | IAK docs |
//!
//! What has another shape is no mistake: it reads as nothing and is shown whole. What must not live here: whether goods were
//! delivered.

use chrono::NaiveDate;

use crate::catalogue::Category;
use crate::private::Private;

/// What there is to type in, part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SerialParts {
    PlnToken {
        /// Twenty digits, grouped by four: `0123-4567-8901-2345-6789`.
        token: Private,
        /// Whose meter it is for.
        name: Option<Private>,
        /// As the supplier writes it: `R1 /000001300`, `R1M/900VA`.
        tariff: Option<String>,
        /// A decimal number.
        kwh: Option<String>,
    },
    Voucher {
        code: Private,
        pin: Option<Private>,
        /// The last day.
        valid_until: Option<NaiveDate>,
    },
    EMoney {
        /// Whose wallet it is.
        name: Private,
        /// The operator's number of the transfer.
        number: Private,
    },
}

/// Digits of an electricity token (STS), in groups of four.
const TOKEN_GROUPS: usize = 5;
/// Between a voucher's code and its pin, where a supplier sends both.
const PIN: &str = " PIN ";
/// Shorter digits behind a name are part of the name.
const SHORTEST_NUMBER: usize = 6;

/// One text of a code and its pin.
pub fn with_pin(code: &str, pin: &str) -> String {
    format!("{code}{PIN}{pin}")
}

/// The token an electricity serial begins with, grouped by four, and the text behind it. Nothing: no token yet.
pub fn pln_token(serial: &str) -> Option<(String, &str)> {
    let mut rest = serial;
    let mut groups = Vec::with_capacity(TOKEN_GROUPS);
    for group in 0..TOKEN_GROUPS {
        let digits = if group == 0 { rest } else { rest.strip_prefix('-').unwrap_or(rest) };
        let (four, after) = digits.split_at_checked(4)?;
        if !is_digits(four) {
            return None;
        }
        groups.push(four);
        rest = after;
    }
    let more = rest.starts_with(|c: char| c.is_ascii_digit());
    if more { None } else { Some((groups.join("-"), rest)) }
}

impl SerialParts {
    /// Reads what was delivered. Nothing for goods without parts, and for shapes nobody knows.
    pub fn read(category: Category, serial: &str) -> Option<Self> {
        let serial = serial.trim();
        match category {
            Category::PlnToken => electricity(serial),
            Category::Voucher => pinned(serial).or_else(|| dated(serial)).or_else(|| code(serial)),
            // A player's goods come with a number of the operator's, a voucher for a game with a code of several groups.
            Category::Game => pinned(serial).or_else(|| code(serial).filter(|_| serial.contains('-'))),
            Category::EMoney => transfer(serial),
            // A receipt's number is one text.
            Category::PlnBill | Category::Bpjs | Category::Pdam | Category::Internet => None,
            Category::Airtime | Category::Data => None,
        }
    }
}

fn electricity(serial: &str) -> Option<SerialParts> {
    let (token, rest) = pln_token(serial)?;
    let mut fields: Vec<&str> = rest.strip_prefix('/').map(|rest| rest.split('/').collect()).unwrap_or_default();
    let kwh = fields.pop_if(|last| is_decimal(last.trim())).map(|kwh| kwh.trim().to_owned());
    // A name may hold a slash, as the tariff does: what begins the tariff tells them apart.
    let at = fields.iter().skip(1).position(|field| is_tariff(field)).map_or(1, |at| at + 1).min(fields.len());
    let tariff = fields.split_off(at);
    Some(SerialParts::PlnToken {
        token: Private::new(token),
        name: filled(&fields.join("/")).map(Private::new),
        tariff: filled(&tariff.join("/")).map(str::to_owned),
        kwh,
    })
}

/// PLN's tariff groups: a letter and a digit, perhaps more letters (`R1`, `R1M`, `B2`, `P1`).
fn is_tariff(field: &str) -> bool {
    let field = field.trim().as_bytes();
    matches!(field, [b'A'..=b'Z', b'1'..=b'9', rest @ ..] if rest.len() <= 2 && rest.iter().all(u8::is_ascii_uppercase))
}

fn pinned(serial: &str) -> Option<SerialParts> {
    let (code, pin) = serial.rsplit_once(PIN)?;
    let (code, pin) = (filled(code)?, filled(pin)?);
    let pin = Some(Private::new(pin));
    // The code may itself have a last day.
    match dated(code) {
        Some(SerialParts::Voucher { code, valid_until, .. }) => Some(SerialParts::Voucher { code, pin, valid_until }),
        _ => Some(SerialParts::Voucher { code: Private::new(code), pin, valid_until: None }),
    }
}

fn dated(serial: &str) -> Option<SerialParts> {
    let (code, day) = serial.rsplit_once('/')?;
    let valid_until = Some(NaiveDate::parse_from_str(day.trim(), "%Y-%m-%d").ok()?);
    Some(SerialParts::Voucher { code: Private::new(filled(code)?), pin: None, valid_until })
}

fn code(serial: &str) -> Option<SerialParts> {
    let plain = !serial.is_empty() && serial.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then(|| SerialParts::Voucher { code: Private::new(serial), pin: None, valid_until: None })
}

fn transfer(serial: &str) -> Option<SerialParts> {
    let (name, number) = serial.rsplit_once(' ')?;
    let named = name.contains(|c: char| c.is_alphabetic());
    let numbered = number.len() >= SHORTEST_NUMBER && is_digits(number);
    let parts = SerialParts::EMoney { name: Private::new(filled(name)?), number: Private::new(number) };
    (named && numbered).then_some(parts)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    !whole.is_empty() && !fraction.is_empty() && is_digits(whole) && is_digits(fraction)
}

fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Category; 6] =
        [Category::Airtime, Category::Data, Category::PlnToken, Category::EMoney, Category::Game, Category::Voucher];

    /// The parts in the order of their declaration, `-` where there is none.
    fn read(category: Category, serial: &str) -> Option<String> {
        let text = |part: &Option<Private>| part.as_ref().map_or("-".to_owned(), |part| part.expose().to_owned());
        let or = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
        SerialParts::read(category, serial).map(|parts| match parts {
            SerialParts::PlnToken { token, name, tariff, kwh } => {
                format!("{} | {} | {} | {}", token.expose(), text(&name), or(&tariff), or(&kwh))
            }
            SerialParts::Voucher { code, pin, valid_until } => {
                format!("{} | {} | {}", code.expose(), text(&pin), or(&valid_until.map(|day| day.to_string())))
            }
            SerialParts::EMoney { name, number } => format!("{} | {}", name.expose(), number.expose()),
        })
    }

    #[test]
    fn an_electricity_token_comes_with_name_tariff_and_kwh_as_far_as_they_are_there() {
        let token = "0123-4567-8901-2345-6789";
        for (serial, expected) in [
            ("0123-4567-8901-2345-6789/PT X/R1 /000001300/66.2", "PT X | R1 /000001300 | 66.2"),
            ("01234567890123456789/BUDI/R1M/900VA/33.7", "BUDI | R1M/900VA | 33.7"),
            ("01234567890123456789/CV A/B JAYA/R1M/900VA/33,7", "CV A/B JAYA | R1M/900VA | 33,7"),
            ("01234567890123456789/BUDI/R1T/450", "BUDI | R1T | 450"),
            ("01234567890123456789/BUDI", "BUDI | - | -"),
            ("01234567890123456789/BUDI/SOMETHING/NEW", "BUDI | SOMETHING/NEW | -"),
            ("01234567890123456789///12.5", "- | - | 12.5"),
            ("01234567890123456789/", "- | - | -"),
            ("  01234567890123456789 ", "- | - | -"),
            ("01234567890123456789 thank you", "- | - | -"),
        ] {
            assert_eq!(read(Category::PlnToken, serial), Some(format!("{token} | {expected}")), "{serial}");
        }
    }

    #[test]
    fn what_does_not_begin_with_twenty_digits_is_no_token() {
        for serial in [
            "",
            "PROCESSING",
            "PT X/0123-4567-8901-2345-6789",
            "0123-4567-8901-2345",
            "012345678901234567890",
            "0123-4567-8901-2345-678/X",
            "-0123-4567-8901-2345-6789",
            "0123--4567-8901-2345-6789",
            "０123-4567-8901-2345-6789",
        ] {
            assert_eq!(read(Category::PlnToken, serial), None, "{serial}");
            assert_eq!(pln_token(serial), None, "{serial}");
        }
    }

    #[test]
    fn a_voucher_has_a_code_and_perhaps_a_pin_and_a_last_day() {
        for (serial, expected) in [
            ("ABCDEFGHIJ / 2027-11-21", "ABCDEFGHIJ | - | 2027-11-21"),
            ("ABCD-EFGH PIN 123456", "ABCD-EFGH | 123456 | -"),
            ("ABCD / 2027-11-21 PIN 123456", "ABCD | 123456 | 2027-11-21"),
            ("ABCD-EFGH-IJKL-MNOP", "ABCD-EFGH-IJKL-MNOP | - | -"),
            ("12345", "12345 | - | -"),
        ] {
            assert_eq!(read(Category::Voucher, serial), Some(expected.to_owned()), "{serial}");
        }
        for unknown in ["", "ask at the counter", "ABCD / 2027-13-41", "ABCD PIN ", "https://x.example/a?b=c"] {
            assert_eq!(read(Category::Voucher, unknown), None, "{unknown}");
        }
        assert_eq!(read(Category::Voucher, &with_pin("A1", "77")), Some("A1 | 77 | -".to_owned()));
    }

    #[test]
    fn a_games_voucher_is_a_code_and_a_players_goods_are_a_number_only() {
        assert_eq!(read(Category::Game, "ABCD-EFGH-IJKL-MNOP PIN 1234"), Some("ABCD-EFGH-IJKL-MNOP | 1234 | -".into()));
        assert_eq!(read(Category::Game, "ABCD-EFGH-IJKL-MNOP"), Some("ABCD-EFGH-IJKL-MNOP | - | -".into()));
        assert_eq!(read(Category::Game, "123456789"), None);
    }

    #[test]
    fn e_money_names_the_wallets_owner_and_a_number() {
        assert_eq!(read(Category::EMoney, "BUDI SANTOSO 123456789012"), Some("BUDI SANTOSO | 123456789012".into()));
        for unknown in ["123456789012", "BUDI SANTOSO", "BUDI 12", "123 456789012", " 123456789012"] {
            assert_eq!(read(Category::EMoney, unknown), None, "{unknown}");
        }
    }

    #[test]
    fn airtime_has_a_serial_number_and_no_parts_even_where_it_looks_like_a_token() {
        for category in [Category::Airtime, Category::Data] {
            assert_eq!(read(category, "01234567890123456789"), None);
            assert_eq!(read(category, "ABCD-EFGH PIN 123456"), None);
        }
    }

    #[test]
    fn no_part_is_printed() {
        for (category, serial) in [
            (Category::PlnToken, "01234567890123456789/BUDI/R1M/900VA/33.7"),
            (Category::Voucher, "SECRET PIN 123456"),
            (Category::EMoney, "BUDI 123456789012"),
        ] {
            let printed = format!("{:?}", SerialParts::read(category, serial).unwrap());
            for private in ["0123", "BUDI", "SECRET", "123456"] {
                assert!(!printed.contains(private), "{printed}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_every_part_stands_in_it(serial in any::<String>()) {
            for category in ALL {
                for part in read(category, &serial).iter().flat_map(|parts| parts.split(" | ")) {
                    let squeezed = |text: &str| text.replace(['-', ' '], "");
                    prop_assert!(squeezed(&serial).contains(&squeezed(part)));
                }
            }
        }

        #[test]
        fn every_token_is_found_whatever_stands_behind_it(digits in "[0-9]{20}", behind in "(/.{0,40})?") {
            let serial = format!("{digits}{behind}");
            let (token, rest) = pln_token(&serial).unwrap();
            prop_assert_eq!(token.replace('-', ""), digits);
            prop_assert_eq!(rest, behind);
            let grouped = pln_token(&token).unwrap();
            prop_assert_eq!(grouped, (token.clone(), ""));
        }
    }
}
