//! What a product is called here, whoever sells it. Two suppliers' lines are one product exactly if this module gives them
//! one [`Known`]; then one supplier may deliver what was ordered at the price of the other. So a line is known only if
//! **every word of every text it is made of is understood** (a number, a unit, a brand, or a word that narrows nothing); one
//! word too many ("malam", "Combo", "Weekly") and it stays its supplier's own article, sold by nobody else. A match that is
//! missed costs a fallback, a wrong one delivers other goods than were sold.
//!
//! Adapters hand in all that says what is bought: brand, name, type, variant, description (a package called `12 GB` may be
//! described as `10GB + 2GB Youtube`). Not what says how to type the target, nor the code: it means something to its supplier
//! alone.
//!
//! Rules of what is one article: specified by us. Not here: prices, and what becomes of two lines of one list that are one
//! article ([`crate::listing`]).

mod bills;
pub mod brands;
mod facts;
mod own;
mod tokens;

#[cfg(test)]
mod lines_tests;
#[cfg(test)]
mod tests;

use domain::catalogue::Category;

pub use bills::{Bill, Biller, bill};
use brands::{Brand, GAMES, OPERATORS, Unit, VOUCHERS, WALLETS, filler};
use facts::{Counts, Facts, Vocabulary, facts};
pub use own::own_id;

use crate::rupiah::grouped;

/// No airtime, token or voucher is worth less. A smaller number means thousands, or something else.
const SMALLEST_RUPIAH: u32 = 1_000;
/// Nor more: the largest electricity token that is talked of has ten million.
const MOST_RUPIAH: u32 = 10_000_000;

/// An article every supplier means the same by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    Airtime {
        operator: &'static Brand,
        rupiah: u32,
    },
    /// A package of data for all uses, at all hours.
    Data {
        operator: &'static Brand,
        quota: Quota,
        days: u16,
    },
    PlnToken {
        rupiah: u32,
    },
    EMoney {
        brand: &'static Brand,
        rupiah: u32,
    },
    Game {
        game: &'static Brand,
        amount: u32,
        unit: &'static Unit,
    },
    Voucher {
        brand: &'static Brand,
        rupiah: u32,
    },
    Bill(Bill),
}

/// How much data. 1000 MB and 1 GB are not taken for one another: nobody says by what they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// 1 to 999.
    Mb(u16),
    /// 10 and more.
    TenthsOfGb(u16),
}

impl Known {
    /// `airtime-telkomsel-10000`, `data-telkomsel-3gb-30d`, `game-mobile-legends-12-diamonds`. Different articles have
    /// different ids, and none of them has two hyphens in a row.
    pub fn id(&self) -> String {
        match self {
            Self::Airtime { operator, rupiah } => format!("airtime-{}-{rupiah}", operator.slug),
            Self::Data { operator, quota, days } => format!("data-{}-{}-{days}d", operator.slug, quota.slug()),
            Self::PlnToken { rupiah } => format!("pln-token-{rupiah}"),
            Self::EMoney { brand, rupiah } => format!("e-money-{}-{rupiah}", brand.slug),
            Self::Game { game, amount, unit } => format!("game-{}-{amount}-{}", game.slug, unit.slug),
            Self::Voucher { brand, rupiah } => format!("voucher-{}-{rupiah}", brand.slug),
            Self::Bill(bill) => bill.id(),
        }
    }

    /// Operator, game or biller, as customers read it.
    pub fn brand(&self) -> &str {
        match self {
            Self::Airtime { operator, .. } | Self::Data { operator, .. } => operator.name,
            Self::PlnToken { .. } => PLN,
            Self::Game { game, .. } => game.name,
            Self::EMoney { brand, .. } | Self::Voucher { brand, .. } => brand.name,
            Self::Bill(bill) => bill.brand(),
        }
    }

    /// As customers read it, in Indonesian, and the same from every list.
    pub fn name(&self) -> String {
        let brand = self.brand();
        match self {
            Self::Airtime { rupiah, .. } | Self::EMoney { rupiah, .. } | Self::Voucher { rupiah, .. } => {
                format!("{brand} {}", grouped(i64::from(*rupiah)))
            }
            Self::Data { quota, days, .. } => format!("{brand} {} {days} Hari", quota.name()),
            Self::PlnToken { rupiah } => format!("Token PLN {}", grouped(i64::from(*rupiah))),
            Self::Game { amount, unit, .. } => format!("{brand} {amount} {}", unit.name),
            Self::Bill(bill) => bill.name(),
        }
    }

    /// What it is worth, where that is an amount of rupiah.
    pub const fn rupiah(&self) -> Option<u32> {
        match self {
            Self::Airtime { rupiah, .. }
            | Self::PlnToken { rupiah }
            | Self::EMoney { rupiah, .. }
            | Self::Voucher { rupiah, .. } => Some(*rupiah),
            Self::Data { .. } | Self::Game { .. } | Self::Bill(_) => None,
        }
    }
}

/// There is one electricity company.
const PLN: &str = "PLN";

impl Quota {
    fn slug(self) -> String {
        match self {
            Self::Mb(mb) => format!("{mb}mb"),
            Self::TenthsOfGb(tenths) if tenths % 10 == 0 => format!("{}gb", tenths / 10),
            Self::TenthsOfGb(tenths) => format!("{}-{}gb", tenths / 10, tenths % 10),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Mb(mb) => format!("{mb} MB"),
            Self::TenthsOfGb(tenths) if tenths % 10 == 0 => format!("{} GB", tenths / 10),
            Self::TenthsOfGb(tenths) => format!("{},{} GB", tenths / 10, tenths % 10),
        }
    }
}

/// Reads a line of this kind. `texts` are its brand and everything else that says what is bought; each is understood to
/// its last word, or the line is nobody's but its supplier's.
pub fn read(category: Category, texts: &[&str]) -> Option<Known> {
    if let Some(biller) = biller(category) {
        return bill(biller, texts);
    }
    let Facts { brand, rupiah, quota, days, units } = facts(&vocabulary(category)?, texts)?;
    Some(match category {
        Category::Airtime => Known::Airtime { operator: brand?, rupiah: rupiah? },
        Category::Data => Known::Data { operator: brand?, quota: quota?, days: days? },
        Category::PlnToken => Known::PlnToken { rupiah: rupiah? },
        Category::EMoney => Known::EMoney { brand: brand?, rupiah: rupiah? },
        Category::Voucher => Known::Voucher { brand: brand?, rupiah: rupiah? },
        Category::Game => {
            let (game, (amount, unit)) = (brand?, units?);
            let counts = GAMES.iter().any(|own| own.brand == *game && own.units.contains(unit));
            (counts && amount > 0).then_some(Known::Game { game, amount, unit })?
        }
        Category::PlnBill | Category::Bpjs | Category::Pdam | Category::Internet => return None,
    })
}

const fn biller(category: Category) -> Option<Biller> {
    match category {
        Category::PlnBill => Some(Biller::Pln),
        Category::Bpjs => Some(Biller::Bpjs),
        Category::Pdam => Some(Biller::Pdam),
        Category::Internet => Some(Biller::Internet),
        Category::Airtime
        | Category::Data
        | Category::PlnToken
        | Category::EMoney
        | Category::Game
        | Category::Voucher => None,
    }
}

/// The operator these words name, and nothing besides: `telkomsel_data`, `TSEL`, `XL Paket Internet`.
pub fn operator(text: &str) -> Option<&'static Brand> {
    brand(Category::Airtime, text).or_else(|| brand(Category::Data, text))
}

/// The brand these words name, and nothing besides.
pub fn brand(category: Category, text: &str) -> Option<&'static Brand> {
    facts(&Vocabulary { counts: Counts::Nothing, ..vocabulary(category)? }, &[text])?.brand
}

/// Bills have their own ([`bills`]).
fn vocabulary(category: Category) -> Option<Vocabulary> {
    let all = |brands: &'static [Brand]| brands.iter().collect();
    Some(match category {
        Category::Airtime => Vocabulary { brands: all(OPERATORS), filler: filler::AIRTIME, counts: Counts::Rupiah },
        Category::Data => Vocabulary { brands: all(OPERATORS), filler: filler::DATA, counts: Counts::QuotaAndDays },
        Category::PlnToken => Vocabulary { brands: Vec::new(), filler: filler::PLN_TOKEN, counts: Counts::Rupiah },
        Category::EMoney => Vocabulary { brands: all(WALLETS), filler: filler::WALLET, counts: Counts::Rupiah },
        Category::Voucher => Vocabulary { brands: all(VOUCHERS), filler: filler::VOUCHER, counts: Counts::Rupiah },
        Category::Game => {
            let brands = GAMES.iter().map(|game| &game.brand).collect();
            Vocabulary { brands, filler: filler::GAME, counts: Counts::Units }
        }
        Category::PlnBill | Category::Bpjs | Category::Pdam | Category::Internet => return None,
    })
}
