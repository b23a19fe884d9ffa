//! What a customer gets, made from the reference alone: asked twice, told the same. How it is written is the supplier's. Pure.

use md5::{Digest, Md5};

use super::catalogue::{Amount, Kind};
use super::offers::Offer;
use super::purchase::PurchaseKey;
use crate::clock::taiwan;

/// A voucher bought today is good for so long.
const VOUCHER_LIFE_MS: i64 = 365 * 86_400_000;
/// Rupiah per kWh of a household, in hundredths.
const TARIFF: i64 = 144_470;

/// What was made for a customer.
pub enum Made {
    /// The operator's number of a transaction: digits.
    Number(String),
    /// Twenty digits for a meter, and the kWh they are good for.
    Token { digits: String, kwh: String },
    /// Sixteen letters, and six digits.
    Code { letters: String, pin: String },
    /// Ten letters, and the day after which they are worth nothing.
    Voucher { letters: String, until: String },
    /// Twelve digits, and whose purse it went into.
    Wallet { holder: &'static str, digits: String },
}

impl Made {
    /// An electricity token without its last digit; everything else as it is.
    pub fn shorter(self) -> Self {
        match self {
            Self::Token { mut digits, kwh } => {
                digits.pop();
                Self::Token { digits, kwh }
            }
            made => made,
        }
    }
}

/// What this purchase gives. Goods nobody sells any more give a number.
pub fn make(key: &PurchaseKey, offer: Option<&Offer>, now_ms: i64) -> Made {
    let mut md5 = Md5::new();
    md5.update(key.account.as_bytes());
    md5.update(key.reference.as_bytes());
    let seed = hex::encode(md5.finalize());
    let digits = |many: usize| seed.bytes().take(many).map(|byte| char::from(b'0' + byte % 10)).collect::<String>();
    let letters = |many: usize| seed.bytes().take(many).map(|byte| char::from(b'A' + byte % 26)).collect::<String>();
    let Some(goods) = offer.map(|offer| offer.goods) else {
        return Made::Number(digits(12));
    };
    match goods.kind {
        Kind::Airtime | Kind::Data | Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet => {
            Made::Number(digits(12))
        }
        Kind::PlnToken => {
            let rupiah = if let Amount::Rupiah(rupiah) = goods.amount { rupiah } else { 0 };
            let tenths = rupiah * 1_000 / TARIFF;
            Made::Token { digits: digits(20), kwh: format!("{}.{}", tenths / 10, tenths % 10) }
        }
        Kind::Game if goods.id_parts > 0 => Made::Number(digits(9)),
        Kind::Game => Made::Code { letters: letters(16), pin: digits(6) },
        Kind::Voucher => {
            let until = taiwan(now_ms.saturating_add(VOUCHER_LIFE_MS), "%Y-%m-%d");
            Made::Voucher { letters: letters(10), until }
        }
        Kind::EMoney => Made::Wallet { holder: "BUDI SANTOSO", digits: digits(12) },
    }
}

/// `1234-5678-…`
pub fn fours(text: &str) -> String {
    let mut grouped = String::with_capacity(text.len() * 5 / 4);
    for (n, c) in text.chars().enumerate() {
        if n > 0 && n % 4 == 0 {
            grouped.push('-');
        }
        grouped.push(c);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_four_have_hyphens_between() {
        assert_eq!(fours("12345678"), "1234-5678");
        assert_eq!(fours("123456789"), "1234-5678-9");
        assert_eq!(fours(""), "");
    }
}
