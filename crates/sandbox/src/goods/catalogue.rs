//! Everything that anybody sells, with a price that all sellers' prices are near to. Made of the tables in `families`; who
//! sells what is in `offers`.

use std::sync::LazyLock;

use serde::Serialize;

use super::families::{
    AIRTIME, GAMES, LINES, LIVES, OPERATORS, PACKAGES, QUOTAS, STEAM, TOKENS, VOUCHER_NOMINALS, VOUCHERS,
    WALLET_NOMINALS, WALLETS, WATER,
};
use super::number::{self, Unusable};
use super::refusal::Why;
use crate::reading::Reading;

/// What bills cost beyond what is owed, whole rupiah.
const BILL_FEE: i64 = 2_500;
/// Prices of games end on these, whole rupiah.
const GAME_STEP: i64 = 500;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Airtime,
    Data,
    PlnToken,
    Game,
    Voucher,
    EMoney,
    PlnBill,
    Bpjs,
    Pdam,
    Internet,
}

impl Kind {
    /// Whether something is owed, and paid.
    pub fn is_bill(self) -> bool {
        matches!(self, Self::PlnBill | Self::Bpjs | Self::Pdam | Self::Internet)
    }
}

/// How much of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Amount {
    Rupiah(i64),
    Quota {
        gb: i64,
        days: i64,
    },
    /// With conditions of its own, as its owner words it.
    Package(&'static str),
    /// Of a game's own money.
    Units(i64, &'static str),
    /// What is owed.
    Owed,
}

pub struct Goods {
    pub kind: Kind,
    /// Whose it is, in one word: `telkomsel`, `pln`, `mobile_legend`.
    pub brand: &'static str,
    /// The same as people write it.
    pub name: &'static str,
    pub amount: Amount,
    /// Whole rupiah; of a bill its fee.
    pub price: i64,
    /// The customer's id has this many parts, joined with `|`. 0: a phone number.
    pub id_parts: usize,
}

impl Goods {
    /// What tells it from all other goods, whoever sells it: `data/telkomsel/3gb/30d`.
    pub fn id(&self) -> String {
        let kind = format!("{:?}", self.kind).to_lowercase();
        let brand = if self.kind == Kind::Pdam { self.name } else { self.brand };
        match self.amount {
            Amount::Rupiah(rupiah) => format!("{kind}/{brand}/{rupiah}"),
            Amount::Quota { gb, days } => format!("{kind}/{brand}/{gb}gb/{days}d"),
            Amount::Package(words) => format!("{kind}/{brand}/{words}"),
            Amount::Units(count, unit) => format!("{kind}/{brand}/{count} {unit}"),
            Amount::Owed => format!("{kind}/{brand}"),
        }
    }

    /// Whether this customer can get it.
    ///
    /// # Errors
    /// What is wrong with the number.
    pub fn check_target(&self, target: &str, reading: Reading) -> Result<(), Why> {
        match self.kind {
            Kind::PlnToken | Kind::PlnBill => meter(target),
            Kind::Game if self.id_parts > 0 => player(target, self.id_parts),
            Kind::Airtime | Kind::Data => phone(target).and_then(|local| {
                let same = number::operator(&local, reading) == Some(self.brand);
                if same { Ok(()) } else { Err(Why::OtherOperator) }
            }),
            Kind::Game | Kind::Voucher | Kind::EMoney => phone(target).map(drop),
            Kind::Bpjs => when(matches!(target.len(), 13 | 16) && target.bytes().all(|byte| byte.is_ascii_digit())),
            Kind::Pdam | Kind::Internet => {
                when((5..=20).contains(&target.len()) && target.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            }
        }
    }
}

fn when(right: bool) -> Result<(), Why> {
    if right { Ok(()) } else { Err(Why::WrongNumber) }
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

fn build() -> Vec<Goods> {
    let mut goods = Vec::new();
    let mut add = |kind, brand, name, amount, price, id_parts| {
        goods.push(Goods { kind, brand, name, amount, price, id_parts });
    };
    for (brand, name, earned) in OPERATORS {
        for nominal in AIRTIME.map(thousand) {
            add(Kind::Airtime, brand, name, Amount::Rupiah(nominal), nominal + earned, 0);
        }
        for (days, smallest, largest, each) in LIVES {
            for gb in QUOTAS.into_iter().filter(|gb| (smallest..=largest).contains(gb)) {
                // A hundred GB cost half of what one costs, each.
                let price = 3_000 + gb * each * (200 - gb) / 200 + earned;
                add(Kind::Data, brand, name, Amount::Quota { gb, days }, price, 0);
            }
        }
        for (words, price) in PACKAGES {
            add(Kind::Data, brand, name, Amount::Package(words), price + earned, 0);
        }
    }
    for nominal in TOKENS.map(thousand) {
        add(Kind::PlnToken, "pln", "PLN", Amount::Rupiah(nominal), nominal + 350, 0);
    }
    for (brand, name, unit, id_parts, each, amounts) in GAMES {
        for count in amounts {
            let price = (count * each / 100 + GAME_STEP - 1) / GAME_STEP * GAME_STEP;
            add(Kind::Game, brand, name, Amount::Units(*count, unit), price, id_parts);
        }
    }
    for (brand, name, over) in WALLETS {
        for nominal in WALLET_NOMINALS.map(thousand) {
            add(Kind::EMoney, brand, name, Amount::Rupiah(nominal), nominal + over, 0);
        }
    }
    for nominal in STEAM.map(thousand) {
        add(Kind::Game, "steam", "Steam Wallet", Amount::Rupiah(nominal), nominal * 6 / 5 + 2_100, 0);
    }
    for (brand, name) in VOUCHERS {
        for nominal in VOUCHER_NOMINALS.map(thousand) {
            add(Kind::Voucher, brand, name, Amount::Rupiah(nominal), nominal, 0);
        }
    }
    add(Kind::PlnBill, "pln", "PLN", Amount::Owed, BILL_FEE, 0);
    add(Kind::Bpjs, "bpjs", "BPJS Kesehatan", Amount::Owed, BILL_FEE, 0);
    for name in WATER {
        add(Kind::Pdam, "pdam", name, Amount::Owed, BILL_FEE, 0);
    }
    for (brand, name) in LINES {
        add(Kind::Internet, brand, name, Amount::Owed, BILL_FEE, 0);
    }
    goods
}

const fn thousand(thousands: i64) -> i64 {
    thousands * 1_000
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_is_every_kind_and_nothing_is_for_free() {
        let sold = [Kind::Airtime, Kind::Data, Kind::PlnToken, Kind::Game, Kind::Voucher, Kind::EMoney];
        let owed = [Kind::PlnBill, Kind::Bpjs, Kind::Pdam, Kind::Internet];
        for kind in sold.into_iter().chain(owed) {
            assert!(all().iter().any(|goods| goods.kind == kind), "{kind:?}");
            assert_eq!(kind.is_bill(), owed.contains(&kind));
        }
        let ids: HashSet<String> = all().iter().map(Goods::id).collect();
        assert_eq!(ids.len(), all().len());
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
        assert_eq!(check("bpjs", Kind::Bpjs, "8801234560001"), Ok(()));
        assert_eq!(check("bpjs", Kind::Bpjs, "88012"), Err(Why::WrongNumber));
        assert_eq!(check("pdam", Kind::Pdam, "10202001"), Ok(()));
        assert_eq!(check("cbn", Kind::Internet, "x-1"), Err(Why::WrongNumber));
        assert_eq!(check("steam", Kind::Game, "081234567890"), Ok(()));
    }
}
