//! What can be bought, and for whom: products, suppliers' offers, and the check of a target.

use serde::{Deserialize, Serialize};

use crate::ids::{ProductId, SupplierId};
use crate::money::Money;
use crate::private::Private;
use crate::supply::DailyWindow;
use crate::wire_words;

/// The kinds of goods; decides what a target must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Airtime,
    Data,
    PlnToken,
    EMoney,
    Game,
    Voucher,
    /// Electricity by the month.
    PlnBill,
    /// Health insurance.
    Bpjs,
    /// Water, by company.
    Pdam,
    /// Internet at home.
    Internet,
}

wire_words!(Category {
    Airtime = "airtime",
    Data = "data",
    PlnToken = "pln_token",
    EMoney = "e_money",
    Game = "game",
    Voucher = "voucher",
    PlnBill = "pln_bill",
    Bpjs = "bpjs",
    Pdam = "pdam",
    Internet = "internet",
});

impl Category {
    /// What is owed is asked for first, and paid as it is; the price list knows only the fee.
    pub const fn is_bill(self) -> bool {
        match self {
            Self::PlnBill | Self::Bpjs | Self::Pdam | Self::Internet => true,
            Self::Airtime | Self::Data | Self::PlnToken | Self::EMoney | Self::Game | Self::Voucher => false,
        }
    }

    /// What is delivered may be a code that the customer types in: of games some are (Steam). Of all else a serial is only the receipt.
    pub const fn may_be_code(self) -> bool {
        match self {
            Self::PlnToken | Self::Voucher | Self::Game => true,
            Self::Airtime | Self::Data | Self::EMoney | Self::PlnBill | Self::Bpjs | Self::Pdam | Self::Internet => {
                false
            }
        }
    }
}

/// A product as customers see it, over all suppliers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub category: Category,
    /// Operator, game or biller.
    pub brand: String,
    pub name: String,
}

/// One supplier's price for one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub product: ProductId,
    pub supplier: SupplierId,
    /// The supplier's own code.
    pub code: String,
    /// What leaves our deposit (IDR); of a bill, what does beyond the debt, per bill.
    pub cost: Money,
    pub active: bool,
    /// Hours in which this supplier does not sell it.
    pub closed: Option<DailyWindow>,
}

/// Why a target was refused. The words are for the customer's screen by their code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("a Taiwanese number cannot receive Indonesian goods")]
    TaiwaneseNumber,
    #[error("an Indonesian mobile number has 10 to 13 digits and starts with 08")]
    NotAMobileNumber,
    #[error("a PLN meter number has 11 digits, a customer number 12")]
    NotAMeterNumber,
    #[error("a BPJS number has 13 digits, or 16 that begin with 88888")]
    NotABpjsNumber,
    #[error("a customer number has 5 to 20 letters or digits")]
    NotACustomerNumber,
    #[error("the account id must have 3 to 40 letters, digits or | # @ . _ -")]
    NotAnAccount,
}

/// Brings a target into the one form that is stored and sent, or says why it cannot be served.
pub fn normalise_target(category: Category, raw: &str) -> Result<Private, TargetError> {
    match category {
        Category::Airtime | Category::Data | Category::EMoney | Category::Voucher => mobile_number(raw),
        Category::PlnToken | Category::PlnBill => {
            let digits = strip(raw);
            let fits = matches!(digits.len(), 11 | 12) && digits.bytes().all(|b| b.is_ascii_digit());
            if fits { Ok(Private::new(digits)) } else { Err(TargetError::NotAMeterNumber) }
        }
        Category::Game => {
            let id = raw.trim();
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b"|#@._-".contains(&b);
            let fits = (3..=40).contains(&id.len()) && id.bytes().all(allowed);
            if fits { Ok(Private::new(id)) } else { Err(TargetError::NotAnAccount) }
        }
        Category::Bpjs => {
            let digits = strip(raw);
            let fits = match digits.len() {
                13 => true,
                16 => digits.starts_with("88888"),
                _ => false,
            };
            let fits = fits && digits.bytes().all(|b| b.is_ascii_digit());
            if fits { Ok(Private::new(digits)) } else { Err(TargetError::NotABpjsNumber) }
        }
        Category::Pdam | Category::Internet => {
            let number = strip(raw).to_ascii_uppercase();
            let fits = (5..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
            if fits { Ok(Private::new(number)) } else { Err(TargetError::NotACustomerNumber) }
        }
    }
}

/// `+62…`, `62…`, `8…` and spaced forms become `08…`. A Taiwanese `09…` is refused by name: it is a frequent mistake.
fn mobile_number(raw: &str) -> Result<Private, TargetError> {
    let text = strip(raw);
    let plain = text.strip_prefix('+').unwrap_or(&text);
    if !plain.bytes().all(|b| b.is_ascii_digit()) {
        return Err(TargetError::NotAMobileNumber);
    }
    if plain.starts_with("886") || (plain.starts_with("09") && plain.len() == 10) {
        return Err(TargetError::TaiwaneseNumber);
    }
    let national = match plain.strip_prefix("62") {
        Some(rest) => format!("0{rest}"),
        None if plain.starts_with('8') => format!("0{plain}"),
        None => plain.to_owned(),
    };
    if national.starts_with("08") && (10..=13).contains(&national.len()) {
        Ok(Private::new(national))
    } else {
        Err(TargetError::NotAMobileNumber)
    }
}

fn strip(raw: &str) -> String {
    raw.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(raw: &str) -> Result<String, TargetError> {
        normalise_target(Category::Airtime, raw).map(|t| t.expose().to_owned())
    }

    #[test]
    fn every_way_to_write_an_indonesian_number_is_one_number() {
        for raw in ["081234567890", "+62 812-3456-7890", "6281234567890", "81234567890", "0812.3456.7890"] {
            assert_eq!(phone(raw), Ok("081234567890".to_owned()), "{raw}");
        }
    }

    #[test]
    fn a_taiwanese_number_is_refused_by_name() {
        for raw in ["0912345678", "+886912345678", "886912345678"] {
            assert_eq!(phone(raw), Err(TargetError::TaiwaneseNumber), "{raw}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for raw in ["", "0812", "0712345678", "08123456789012", "08١٢٣٤٥٦٧٨", "0812345678x"] {
            assert_eq!(phone(raw), Err(TargetError::NotAMobileNumber), "{raw}");
        }
    }

    #[test]
    fn meters_and_players_have_their_own_shapes() {
        assert!(normalise_target(Category::PlnToken, "12345678901").is_ok());
        assert!(normalise_target(Category::PlnToken, "1234 5678 9012").is_ok());
        assert_eq!(normalise_target(Category::PlnToken, "1234567890"), Err(TargetError::NotAMeterNumber));
        assert!(normalise_target(Category::Game, "156378300|8483").is_ok());
        assert_eq!(normalise_target(Category::Game, "a b<script>"), Err(TargetError::NotAnAccount));
        assert!(normalise_target(Category::PlnBill, "530000000001").is_ok());
        for number in ["8801234560001", "8888801433177155"] {
            assert!(normalise_target(Category::Bpjs, number).is_ok(), "{number}");
        }
        for number in ["880123456000", "1234501433177155", "88012345600O1"] {
            assert_eq!(normalise_target(Category::Bpjs, number), Err(TargetError::NotABpjsNumber), "{number}");
        }
        let number = normalise_target(Category::Pdam, "ab-1020 2001").map(|number| number.expose().to_owned());
        assert_eq!(number, Ok("AB10202001".to_owned()), "one way to write it");
        assert_eq!(normalise_target(Category::Internet, "12/34"), Err(TargetError::NotACustomerNumber));
    }
}
