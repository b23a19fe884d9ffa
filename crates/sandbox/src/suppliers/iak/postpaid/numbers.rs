//! The numbers of IAK's own sandbox and what happens to them (IAK documents). Plain data.

/// Before the digit that says what happens, by product: electricity, health, water, internet.
const PATTERNS: [&str; 4] = ["53000000000", "880123456000", "1020200", "639160120"];
/// Before the stage (0 inquiry, 1 payment) and a code of three digits.
const CODED: &str = "0899123";

/// When it happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    Inquiry,
    Payment,
}

/// The code this number gets at this stage, where it is not as others are.
pub fn code(number: &str, stage: Stage) -> Option<String> {
    let coded = number.strip_prefix(CODED).filter(|rest| rest.len() == 4);
    if let Some((at, code)) = coded.and_then(|rest| rest.split_at_checked(1)) {
        let here = at == if stage == Stage::Inquiry { "0" } else { "1" };
        // Codes have two digits or three.
        let code = code.strip_prefix('0').unwrap_or(code);
        return Some(code.to_owned()).filter(|code| here && code != "00");
    }
    let digit = PATTERNS.iter().find_map(|pattern| number.strip_prefix(pattern))?;
    let code = match (stage, digit) {
        (Stage::Inquiry, "3") => "103",
        (Stage::Inquiry, "4") => "01",
        (Stage::Inquiry, "5") => "14",
        (Stage::Payment, "6") => "37",
        (Stage::Payment, "7") => "39",
        (Stage::Payment, "8") => "105",
        _ => return None,
    };
    Some(code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_mean_what_the_documents_say() {
        for (number, inquiry, payment) in [
            ("530000000001", None, None),
            ("530000000002", None, None),
            ("530000000003", Some("103"), None),
            ("530000000006", None, Some("37")),
            ("8801234560001", None, None),
            ("8801234560004", Some("01"), None),
            ("10202005", Some("14"), None),
            ("10202007", None, Some("39")),
            ("6391601208", None, Some("105")),
            ("08991230000", None, None),
            ("08991230001", Some("01"), None),
            ("08991230103", Some("103"), None),
            ("08991231037", None, Some("37")),
            ("08991231105", None, Some("105")),
            ("0899123110", None, None),
            ("530000000103", None, None),
            ("01927101", None, None),
        ] {
            assert_eq!(code(number, Stage::Inquiry).as_deref(), inquiry, "{number}");
            assert_eq!(code(number, Stage::Payment).as_deref(), payment, "{number}");
        }
    }
}
