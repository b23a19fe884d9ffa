//! What can be bought: a list made like IAK's, with plausible codes and prices. Pure.

use std::sync::LazyLock;

use super::number::{self, Unusable};
use super::rc;
use crate::reading::Reading;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Pulsa,
    Data,
    Pln,
    Game,
    Voucher,
    Etoll,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pulsa => "pulsa",
            Self::Data => "data",
            Self::Pln => "pln",
            Self::Game => "game",
            Self::Voucher => "voucher",
            Self::Etoll => "etoll",
        }
    }

    fn category(self) -> &'static str {
        match self {
            Self::Pulsa => "Pulsa",
            Self::Data => "Paket Data",
            Self::Pln => "PLN",
            Self::Game => "Game",
            Self::Voucher => "Voucher",
            Self::Etoll => "E-Money",
        }
    }
}

pub struct Product {
    pub code: String,
    /// As in the path of the price list: `telkomsel`, `pln`, `mobile_legend`.
    pub operator: &'static str,
    pub description: &'static str,
    pub nominal: String,
    pub details: String,
    /// Whole rupiah.
    pub price: i64,
    pub kind: Kind,
    /// Days, as text; 0 where it means nothing.
    pub active_period: &'static str,
    pub active: bool,
    /// The customer's id has this many parts, joined with `|`. 0: a phone number.
    id_parts: usize,
}

impl Product {
    pub fn category(&self) -> &'static str {
        self.kind.category()
    }

    /// Whether this customer can get this product.
    ///
    /// # Errors
    /// The rc that IAK refuses with.
    pub fn check_customer(&self, customer: &str, reading: Reading) -> Result<(), &'static str> {
        match self.kind {
            Kind::Pln => meter(customer),
            Kind::Game if self.id_parts > 0 => player(customer, self.id_parts),
            Kind::Pulsa | Kind::Data => phone(customer).and_then(|local| {
                let same = number::operator(&local, reading) == Some(self.operator);
                if same { Ok(()) } else { Err(rc::OTHER_OPERATOR) }
            }),
            Kind::Game | Kind::Voucher | Kind::Etoll => phone(customer).map(drop),
        }
    }
}

fn phone(customer: &str) -> Result<String, &'static str> {
    number::normal(customer).map_err(|unusable| match unusable {
        Unusable::TooLong => rc::TOO_LONG,
        Unusable::Wrong => rc::WRONG_NUMBER,
    })
}

/// 11 digits of a meter or 12 of a customer number.
fn meter(customer: &str) -> Result<(), &'static str> {
    match customer.len() {
        _ if !customer.bytes().all(|byte| byte.is_ascii_digit()) => Err(rc::WRONG_NUMBER),
        11 | 12 => Ok(()),
        13.. => Err(rc::TOO_LONG),
        _ => Err(rc::WRONG_NUMBER),
    }
}

fn player(customer: &str, parts: usize) -> Result<(), &'static str> {
    let given: Vec<&str> = customer.split('|').collect();
    if given.len() == parts && given.iter().all(|part| !part.is_empty()) {
        Ok(())
    } else if parts == 1 {
        Err(rc::WRONG_USER_ID)
    } else {
        Err(rc::WRONG_PLAYER)
    }
}

static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(build);

pub fn all() -> &'static [Product] {
    &PRODUCTS
}

pub fn find(code: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.code == code)
}

/// (operator, name, code prefix, what IAK earns on each pulsa)
const TELCOS: [(&str, &str, &str, i64); 5] = [
    ("telkomsel", "Telkomsel", "htelkomsel", 250),
    ("indosat", "Indosat", "hindosat", 450),
    ("xl", "XL", "xld", 350),
    ("axis", "AXIS", "haxis", 300),
    ("three", "Three", "hthree", 150),
];
const PULSA: [i64; 6] = [5_000, 10_000, 20_000, 25_000, 50_000, 100_000];
const DATA: [(&str, &str, i64); 3] =
    [("1gb", "1 GB 7 Hari", 13_500), ("3gb", "3 GB 30 Hari", 31_200), ("10gb", "10 GB 30 Hari", 72_000)];
const TOKENS: [i64; 6] = [20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];
/// (operator, name, code, nominal, price, parts of the player's id)
const GAMES: [(&str, &str, &str, &str, i64, usize); 12] = [
    ("mobile_legend", "Mobile Legends", "hmobilelegend12", "12 Diamonds", 3_500, 2),
    ("mobile_legend", "Mobile Legends", "hmobilelegend110", "110 Diamonds", 30_000, 2),
    ("mobile_legend", "Mobile Legends", "hmobilelegend296", "296 Diamonds", 80_000, 2),
    ("mobile_legend", "Mobile Legends", "hmobilelegend568", "568 Diamonds", 150_000, 2),
    ("free_fire", "Free Fire", "hfreefire70", "70 Diamonds", 9_200, 1),
    ("free_fire", "Free Fire", "hfreefire140", "140 Diamonds", 18_400, 1),
    ("free_fire", "Free Fire", "hfreefire355", "355 Diamonds", 46_000, 1),
    ("genshin", "Genshin Impact", "hgenshin60", "60 Genesis Crystals", 14_200, 2),
    ("genshin", "Genshin Impact", "hgenshin330", "330 Genesis Crystals", 68_500, 2),
    ("steam", "Steam Wallet", "hsteam12000", "IDR 12.000", 16_500, 0),
    ("steam", "Steam Wallet", "hsteam45000", "IDR 45.000", 55_800, 0),
    ("steam", "Steam Wallet", "hsteam120000", "IDR 120.000", 146_000, 0),
];
/// (operator, name, code prefix, price over nominal)
const WALLETS: [(&str, &str, &str, i64); 5] = [
    ("gopay", "GoPay", "hgopay", 1_050),
    ("ovo", "OVO", "hovo", 1_000),
    ("dana", "DANA", "hdana", 150),
    ("shopeepay", "ShopeePay", "hshopeepay", 600),
    ("linkaja", "LinkAja", "hlinkaja", 550),
];
const WALLET_NOMINALS: [i64; 3] = [20_000, 50_000, 100_000];
const VOUCHERS: [(&str, &str, &str, i64); 5] = [
    ("alfamart", "Alfamart Voucher", "alfamart", 50_000),
    ("alfamart", "Alfamart Voucher", "alfamart", 100_000),
    ("indomaret", "Indomaret Voucher", "indomaret", 50_000),
    ("googleplay", "Google Play", "hgoogleplay", 50_000),
    ("spotify", "Spotify Premium", "hspotify", 54_990),
];

fn build() -> Vec<Product> {
    let mut products = Vec::new();
    for (operator, name, prefix, earned) in TELCOS {
        for nominal in PULSA {
            let code = format!("{prefix}{nominal}");
            products.push(product(code, operator, name, nominal, nominal + earned, Kind::Pulsa));
        }
        for (suffix, details, price) in DATA {
            let code = format!("{prefix}data{suffix}");
            let mut data = product(code, operator, name, price, price + earned, Kind::Data);
            data.details = format!("{name} {details}");
            products.push(data);
        }
    }
    for nominal in TOKENS {
        let code = format!("hpln{nominal}");
        products.push(product(code, "pln", "PLN", nominal, nominal + 350, Kind::Pln));
    }
    for (operator, name, code, nominal, price, id_parts) in GAMES {
        let mut game = product(code.to_owned(), operator, name, 0, price, Kind::Game);
        game.nominal = nominal.to_owned();
        game.details = format!("{name} {nominal}");
        game.id_parts = id_parts;
        products.push(game);
    }
    for (operator, name, prefix, over) in WALLETS {
        for nominal in WALLET_NOMINALS {
            let code = format!("{prefix}{nominal}");
            products.push(product(code, operator, name, nominal, nominal + over, Kind::Etoll));
        }
    }
    for (operator, name, prefix, nominal) in VOUCHERS {
        let code = format!("{prefix}{}", nominal / 1_000);
        products.push(product(code, operator, name, nominal, nominal, Kind::Voucher));
    }
    // One product that IAK has switched off, for whoever forgets to look.
    if let Some(off) = products.iter_mut().find(|product| product.code == "hlinkaja100000") {
        off.active = false;
    }
    products
}

fn product(
    code: String,
    operator: &'static str,
    description: &'static str,
    nominal: i64,
    price: i64,
    kind: Kind,
) -> Product {
    let active_period = match kind {
        Kind::Pulsa | Kind::Data => "30",
        Kind::Pln | Kind::Game | Kind::Voucher | Kind::Etoll => "0",
    };
    Product {
        code,
        operator,
        description,
        nominal: nominal.to_string(),
        details: format!("{description} {nominal}"),
        price,
        kind,
        active_period,
        active: true,
        id_parts: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_long_has_every_kind_and_no_code_twice() {
        let mut codes: Vec<_> = all().iter().map(|product| product.code.as_str()).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(count >= 60, "{count} products");
        for kind in [Kind::Pulsa, Kind::Data, Kind::Pln, Kind::Game, Kind::Voucher, Kind::Etoll] {
            assert!(all().iter().any(|product| product.kind == kind), "{kind:?}");
        }
        assert!(all().iter().all(|product| product.price > 0));
    }

    #[test]
    fn customers_are_refused_with_the_code_of_their_mistake() {
        let check = |code: &str, customer: &str| find(code).unwrap().check_customer(customer, Reading::Likely);
        assert_eq!(check("htelkomsel10000", "081234567890"), Ok(()));
        assert_eq!(check("htelkomsel10000", "081734567890"), Err(rc::OTHER_OPERATOR));
        assert_eq!(check("htelkomsel10000", "0912345678"), Err(rc::WRONG_NUMBER));
        assert_eq!(check("htelkomsel10000", "081234567890123"), Err(rc::TOO_LONG));
        assert_eq!(check("hpln20000", "12345678901"), Ok(()));
        assert_eq!(check("hpln20000", "123"), Err(rc::WRONG_NUMBER));
        assert_eq!(check("hmobilelegend12", "156378300|8483"), Ok(()));
        assert_eq!(check("hmobilelegend12", "156378300"), Err(rc::WRONG_PLAYER));
        assert_eq!(check("hfreefire70", ""), Err(rc::WRONG_USER_ID));
        assert_eq!(check("hsteam12000", "081234567890"), Ok(()));
    }
}
