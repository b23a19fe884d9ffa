//! The suppliers, each in its own words: what it sells, how it is asked, how requests are signed, what it answers and calls back with.
//! A new one is its folder and a line each for its module, its name, its place in `PLAYED` and what is said here:
//!
//! | supplier | what is played | called back |
//! |---|---|---|
//! | IAK | balance, list, top-up, status, name checks; bills: list, inquiry, payment, status, its test numbers | signed weakly; of bills never |
//! | BillFazz | lists, balance, name checks, prepaid and bill payments, orders, test numbers | signed with the time |
//! | Redision | list, top-up, check, balance, test numbers | signed |
//! | Lapak Gaming | categories, products, name check, order, status, balance, limits, its test codes, test user ids | unsigned, without our reference |
//! | Pulsa IF | list, balance, purchases, checks, bills by `CEK` and `BYR`, test numbers | unsigned, by GET |
//! | Digiflazz | lists, balance, transaction (sent again it asks, after 90 days it buys), bills under one reference, its test numbers | signed |

mod billfazz;
mod digiflazz;
mod iak;
mod lapak;
mod pulsaif;
mod redision;

use actix_web::web::{self, ServiceConfig};
use serde::{Deserialize, Serialize};

use crate::goods::seller::Seller;

/// Who is played. In rules, paths and the truth it stands in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The one that is no supplier.
    Ecpay,
    Iak,
    Billfazz,
    Redision,
    Lapak,
    Pulsaif,
    Digiflazz,
}

/// The suppliers: who each is, its word, and who plays it.
static PLAYED: &[(Provider, &str, &dyn Seller)] = &[
    (Provider::Iak, "iak", &iak::Iak),
    (Provider::Billfazz, "billfazz", &billfazz::Billfazz),
    (Provider::Redision, "redision", &redision::Redision),
    (Provider::Lapak, "lapak", &lapak::Lapak),
    (Provider::Pulsaif, "pulsaif", &pulsaif::Pulsaif),
    (Provider::Digiflazz, "digiflazz", &digiflazz::Digiflazz),
];

impl Provider {
    /// As in rules, paths and the truth.
    pub fn word(self) -> &'static str {
        PLAYED.iter().find(|(supplier, ..)| *supplier == self).map_or("ecpay", |(_, word, _)| word)
    }
}

/// All suppliers.
pub fn all() -> impl Iterator<Item = (Provider, &'static dyn Seller)> {
    PLAYED.iter().map(|(supplier, _, seller)| (*supplier, *seller))
}

/// Who plays that supplier; nobody, where it is none.
pub fn seller(provider: Provider) -> Option<&'static dyn Seller> {
    all().find(|(supplier, _)| *supplier == provider).map(|(_, seller)| seller)
}

/// A supplier's addresses, under its own word.
pub fn routes(supplier: Provider, config: &mut ServiceConfig) {
    if let Some(seller) = seller(supplier) {
        config.service(web::scope(&format!("/{}", supplier.word())).configure(|config| seller.routes(config)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_supplier_is_there_once_under_the_word_of_its_rules() {
        let words: HashSet<&str> = all().map(|(supplier, _)| supplier.word()).collect();
        assert_eq!(words.len(), PLAYED.len());
        for (supplier, _) in all() {
            assert_eq!(serde_json::to_value(supplier).unwrap(), supplier.word());
        }
        assert!(seller(Provider::Ecpay).is_none() && Provider::Ecpay.word() == "ecpay");
    }
}
