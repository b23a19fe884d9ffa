//! Everything that anybody sells: families of goods and their nominals, with a price that all sellers' prices are near to.
//! Plain data; who sells what is in `offers`.

use std::sync::LazyLock;

use super::number::{self, Unusable};
use super::refusal::Why;
use crate::reading::Reading;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Airtime,
    Data,
    PlnToken,
    Game,
    Voucher,
    EMoney,
}

/// How much of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Amount {
    Rupiah(i64),
    Quota {
        gb: i64,
        days: i64,
    },
    /// Of a game's own money.
    Units(i64, &'static str),
}

pub struct Goods {
    pub kind: Kind,
    /// Whose it is, in one word: `telkomsel`, `pln`, `mobile_legend`.
    pub brand: &'static str,
    /// The same as people write it.
    pub name: &'static str,
    pub amount: Amount,
    /// Whole rupiah.
    pub price: i64,
    /// The customer's id has this many parts, joined with `|`. 0: a phone number.
    pub id_parts: usize,
}

impl Goods {
    /// Whether this customer can get it.
    ///
    /// # Errors
    /// What is wrong with the number.
    pub fn check_target(&self, target: &str, reading: Reading) -> Result<(), Why> {
        match self.kind {
            Kind::PlnToken => meter(target),
            Kind::Game if self.id_parts > 0 => player(target, self.id_parts),
            Kind::Airtime | Kind::Data => phone(target).and_then(|local| {
                let same = number::operator(&local, reading) == Some(self.brand);
                if same { Ok(()) } else { Err(Why::OtherOperator) }
            }),
            Kind::Game | Kind::Voucher | Kind::EMoney => phone(target).map(drop),
        }
    }
}

fn phone(target: &str) -> Result<String, Why> {
    number::normal(target).map_err(|unusable| match unusable {
        Unusable::TooLong => Why::NumberTooLong,
        Unusable::Wrong => Why::WrongNumber,
    })
}

/// 11 digits of a meter or 12 of a customer number.
fn meter(target: &str) -> Result<(), Why> {
    match target.len() {
        _ if !target.bytes().all(|byte| byte.is_ascii_digit()) => Err(Why::WrongNumber),
        11 | 12 => Ok(()),
        13.. => Err(Why::NumberTooLong),
        _ => Err(Why::WrongNumber),
    }
}

fn player(target: &str, parts: usize) -> Result<(), Why> {
    let given: Vec<&str> = target.split('|').collect();
    if given.len() == parts && given.iter().all(|part| !part.is_empty()) {
        Ok(())
    } else if parts == 1 {
        Err(Why::WrongUserId)
    } else {
        Err(Why::WrongPlayer)
    }
}

static GOODS: LazyLock<Vec<Goods>> = LazyLock::new(build);

pub fn all() -> &'static [Goods] {
    &GOODS
}

/// (brand, name, what a seller earns on each)
const OPERATORS: [(&str, &str, i64); 5] = [
    ("telkomsel", "Telkomsel", 250),
    ("indosat", "Indosat", 450),
    ("xl", "XL", 350),
    ("axis", "AXIS", 300),
    ("three", "Three", 150),
];
const AIRTIME: [i64; 6] = [5_000, 10_000, 20_000, 25_000, 50_000, 100_000];
/// (GB, days, price)
const DATA: [(i64, i64, i64); 3] = [(1, 7, 13_500), (3, 30, 31_200), (10, 30, 72_000)];
const TOKENS: [i64; 6] = [20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];
/// (brand, name, unit, parts of the player's id, how many and at which price)
type Game = (&'static str, &'static str, &'static str, usize, &'static [(i64, i64)]);
const GAMES: [Game; 3] = [
    ("mobile_legend", "Mobile Legends", "Diamonds", 2, &[(12, 3_500), (110, 30_000), (296, 80_000), (568, 150_000)]),
    ("free_fire", "Free Fire", "Diamonds", 1, &[(70, 9_200), (140, 18_400), (355, 46_000)]),
    ("genshin", "Genshin Impact", "Genesis Crystals", 2, &[(60, 14_200), (330, 68_500)]),
];
/// (brand, name, price over nominal)
const WALLETS: [(&str, &str, i64); 5] = [
    ("gopay", "GoPay", 1_050),
    ("ovo", "OVO", 1_000),
    ("dana", "DANA", 150),
    ("shopeepay", "ShopeePay", 600),
    ("linkaja", "LinkAja", 550),
];
const WALLET_NOMINALS: [i64; 3] = [20_000, 50_000, 100_000];
/// (kind, brand, name, nominal, price)
const VOUCHERS: [(Kind, &str, &str, i64, i64); 8] = [
    (Kind::Game, "steam", "Steam Wallet", 12_000, 16_500),
    (Kind::Game, "steam", "Steam Wallet", 45_000, 55_800),
    (Kind::Game, "steam", "Steam Wallet", 120_000, 146_000),
    (Kind::Voucher, "alfamart", "Alfamart Voucher", 50_000, 50_000),
    (Kind::Voucher, "alfamart", "Alfamart Voucher", 100_000, 100_000),
    (Kind::Voucher, "indomaret", "Indomaret Voucher", 50_000, 50_000),
    (Kind::Voucher, "googleplay", "Google Play", 50_000, 50_000),
    (Kind::Voucher, "spotify", "Spotify Premium", 54_990, 54_990),
];

fn build() -> Vec<Goods> {
    let mut goods = Vec::new();
    let mut add = |kind, brand, name, amount, price, id_parts| {
        goods.push(Goods { kind, brand, name, amount, price, id_parts });
    };
    for (brand, name, earned) in OPERATORS {
        for nominal in AIRTIME {
            add(Kind::Airtime, brand, name, Amount::Rupiah(nominal), nominal + earned, 0);
        }
        for (gb, days, price) in DATA {
            add(Kind::Data, brand, name, Amount::Quota { gb, days }, price + earned, 0);
        }
    }
    for nominal in TOKENS {
        add(Kind::PlnToken, "pln", "PLN", Amount::Rupiah(nominal), nominal + 350, 0);
    }
    for (brand, name, unit, id_parts, amounts) in GAMES {
        for (amount, price) in amounts {
            add(Kind::Game, brand, name, Amount::Units(*amount, unit), *price, id_parts);
        }
    }
    for (brand, name, over) in WALLETS {
        for nominal in WALLET_NOMINALS {
            add(Kind::EMoney, brand, name, Amount::Rupiah(nominal), nominal + over, 0);
        }
    }
    for (kind, brand, name, nominal, price) in VOUCHERS {
        add(kind, brand, name, Amount::Rupiah(nominal), price, 0);
    }
    goods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_every_kind_and_nothing_is_for_free() {
        for kind in [Kind::Airtime, Kind::Data, Kind::PlnToken, Kind::Game, Kind::Voucher, Kind::EMoney] {
            assert!(all().iter().any(|goods| goods.kind == kind), "{kind:?}");
        }
        assert!(all().iter().all(|goods| goods.price > 0));
    }

    #[test]
    fn a_number_is_refused_for_what_is_wrong_with_it() {
        let check = |brand: &str, kind: Kind, target: &str| {
            let goods = all().iter().find(|goods| goods.brand == brand && goods.kind == kind).unwrap();
            goods.check_target(target, Reading::Likely)
        };
        assert_eq!(check("telkomsel", Kind::Airtime, "081234567890"), Ok(()));
        assert_eq!(check("telkomsel", Kind::Data, "081734567890"), Err(Why::OtherOperator));
        assert_eq!(check("telkomsel", Kind::Airtime, "0912345678"), Err(Why::WrongNumber));
        assert_eq!(check("telkomsel", Kind::Airtime, "081234567890123"), Err(Why::NumberTooLong));
        assert_eq!(check("pln", Kind::PlnToken, "12345678901"), Ok(()));
        assert_eq!(check("pln", Kind::PlnToken, "123"), Err(Why::WrongNumber));
        assert_eq!(check("mobile_legend", Kind::Game, "156378300|8483"), Ok(()));
        assert_eq!(check("mobile_legend", Kind::Game, "156378300"), Err(Why::WrongPlayer));
        assert_eq!(check("free_fire", Kind::Game, ""), Err(Why::WrongUserId));
        assert_eq!(check("steam", Kind::Game, "081234567890"), Ok(()));
    }
}
