//! What each order of a run will be: who orders what, and what its customer then does. Pure: the same seed and
//! catalogue give the same plan.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

use crate::api::Wanted;
use crate::faults::NoticeFault;
use crate::methods::{self, Way};
use crate::seed::PROMOS;
use crate::view::Product;

/// Items of one order, at most.
const MOST_ITEMS: usize = 3;
/// Orders of one customer, on average.
const ORDERS_PER_CUSTOMER: usize = 12;
/// Every so many orders carry a promo code, are submitted twice at once, or have a wrong number in them.
const PROMO_EVERY: usize = 4;
const TWICE_EVERY: usize = 9;
const MISTAKE_EVERY: usize = 40;
/// Eight digits behind a mobile prefix.
const NUMBERS: u64 = 100_000_000;

/// What a customer does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Pays at once.
    Pay,
    /// Pays, and the gateway never says so.
    PaySilent,
    /// The first card is declined, the second is not.
    DeclineThenPay,
    /// Leaves the first page for good and pays on a second one.
    ReopenThenPay,
    /// Has two pages open and pays on both.
    PayTwice,
    /// The gateway's test button first, then real money.
    SimulateThenPay,
    /// Opens the page and never pays.
    NeverPay,
    /// The card is declined and that is that.
    DeclineOnly,
    /// Never opens a page.
    NeverOpen,
    /// Changes their mind.
    Cancel,
    /// Cancels with the page open, and pays on it all the same.
    CancelThenPay,
}

/// When a code is paid that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So many hours later.
    Hours(i64),
    /// A minute before the day ends in Taipei, or after.
    BeforeMidnight,
    /// The other side of it.
    AfterMidnight,
}

/// One order to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPlan {
    /// The customer's number.
    pub customer: usize,
    /// Goods, up to 3 with the bills.
    pub items: Vec<Wanted>,
    /// Whose bills are to be paid; they are asked for first.
    pub bills: Vec<Wanted>,
    /// A promo code, which may be spent by then.
    pub promo: Option<&'static str>,
    /// What the customer does.
    pub fate: Fate,
    /// What goes wrong with the notice of the payment; of the second one where there are two.
    pub notice: Option<NoticeFault>,
    /// The app sends the order twice at once.
    pub twice: bool,
    /// How the customer means to pay.
    pub way: Way,
    /// When a code is paid.
    pub when: When,
}

impl OrderPlan {
    /// Money whose notice is lost is found by asking, as long as somebody may still pay in time: nobody asks for ever.
    fn pays_in_time(&self) -> bool {
        self.notice.is_some() || self.fate == Fate::PaySilent
    }

    /// How long after taking a code it is paid.
    pub fn pays_after_ms(&self, now_ms: i64) -> i64 {
        const DAY_MS: i64 = 24 * HOUR_MS;
        const TAIPEI_AHEAD_MS: i64 = 8 * HOUR_MS;
        let midnight_in = DAY_MS - (now_ms + TAIPEI_AHEAD_MS).rem_euclid(DAY_MS);
        match self.when {
            When::Hours(hours) if self.pays_in_time() => hours.min(IN_TIME_HOURS) * HOUR_MS,
            When::Hours(hours) => hours * HOUR_MS,
            When::BeforeMidnight => (midnight_in - MINUTE_MS).max(MINUTE_MS),
            When::AfterMidnight => midnight_in + MINUTE_MS,
        }
    }
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Every code lives longer.
const IN_TIME_HOURS: i64 = 20;
/// In time, and long after: a code lives two days at most, a chosen one eight; a payment is known three days later at most.
const WHENS: [When; 7] = [
    When::Hours(1),
    When::Hours(9),
    When::Hours(20),
    When::Hours(50),
    When::Hours(8 * 24),
    When::BeforeMidnight,
    When::AfterMidnight,
];

/// How often each story happens in so many orders.
const STORIES: &[(Fate, Option<NoticeFault>, usize)] = &[
    (Fate::Pay, None, 17),
    (Fate::Pay, Some(NoticeFault::Lost), 1),
    (Fate::Pay, Some(NoticeFault::Duplicate), 2),
    (Fate::Pay, Some(NoticeFault::Reorder), 2),
    (Fate::Pay, Some(NoticeFault::Late), 1),
    (Fate::Pay, Some(NoticeFault::Forged), 2),
    (Fate::Pay, Some(NoticeFault::WrongAmount), 1),
    (Fate::Pay, Some(NoticeFault::Latency), 1),
    (Fate::PaySilent, None, 2),
    (Fate::DeclineThenPay, None, 2),
    (Fate::ReopenThenPay, None, 2),
    (Fate::PayTwice, None, 2),
    (Fate::PayTwice, Some(NoticeFault::Lost), 1),
    (Fate::SimulateThenPay, None, 1),
    (Fate::NeverPay, None, 2),
    (Fate::DeclineOnly, None, 1),
    (Fate::NeverOpen, None, 1),
    (Fate::Cancel, None, 2),
    (Fate::CancelThenPay, None, 1),
    (Fate::CancelThenPay, Some(NoticeFault::Lost), 1),
];

/// How many customers a run has.
pub const fn customers(orders: usize) -> usize {
    orders / ORDERS_PER_CUSTOMER + 1
}

/// The plan of a run.
pub fn plan(products: &[Product], orders: usize, seed: u64) -> Vec<OrderPlan> {
    let mut dice = StdRng::seed_from_u64(seed);
    let (mut next_story, mut next_way) = (stories(), methods::deal());
    let shelves = shelves(products);
    // Targets are different all through a run, so that a delivery can be told by its target alone.
    let mut number = dice.random_range(0..NUMBERS);
    let mut next_number = || {
        number = (number + 1) % NUMBERS;
        number
    };
    let plan_one = |n: usize| {
        let (fate, notice) = next_story(&mut dice);
        let count = dice.random_range(1..=MOST_ITEMS);
        let chosen = (0..count).filter_map(|_| from_shelf(&shelves, dice.random())).collect::<Vec<_>>();
        let mistake = n % MISTAKE_EVERY == MISTAKE_EVERY - 1;
        let all = chosen.into_iter().map(|product| (product.is_bill(), wanted(product, next_number(), mistake)));
        let (bills, items): (Vec<_>, Vec<_>) = all.partition(|(is_bill, _)| *is_bill);
        let wanted = |list: Vec<(bool, Wanted)>| list.into_iter().map(|(_, wanted)| wanted).collect();
        OrderPlan {
            customer: dice.random_range(0..customers(orders)),
            items: wanted(items),
            bills: wanted(bills),
            promo: if n.is_multiple_of(PROMO_EVERY) { PROMOS.choose(&mut dice).map(|promo| promo.code) } else { None },
            fate,
            notice,
            twice: n.is_multiple_of(TWICE_EVERY),
            way: next_way(&mut dice),
            when: WHENS.choose(&mut dice).copied().unwrap_or(When::Hours(1)),
        }
    };
    (0..orders).map(plan_one).collect()
}

/// The products of each category that can be bought: games are many, tokens few, and all kinds are to be bought.
fn shelves(products: &[Product]) -> Vec<Vec<&Product>> {
    let mut shelves: BTreeMap<&str, Vec<&Product>> = BTreeMap::new();
    for product in products.iter().filter(|product| product.price.is_some() || product.is_bill()) {
        shelves.entry(&product.category).or_default().push(product);
    }
    shelves.into_values().collect()
}

/// One of any category. A single throw chooses, so that a longer catalogue does not change what customers do.
fn from_shelf<'a>(shelves: &[Vec<&'a Product>], chance: u32) -> Option<&'a Product> {
    let chance = usize::try_from(chance).unwrap_or(0);
    let shelf = shelves.get(chance.checked_rem(shelves.len())?)?;
    shelf.get((chance / shelves.len()).checked_rem(shelf.len())?).copied()
}

/// Deals the stories like a deck of cards that is shuffled again whenever it is used up.
fn stories() -> impl FnMut(&mut StdRng) -> (Fate, Option<NoticeFault>) {
    let mut deck = Vec::new();
    move |dice| {
        if deck.is_empty() {
            let cards = STORIES.iter().flat_map(|&(fate, notice, times)| std::iter::repeat_n((fate, notice), times));
            deck = cards.collect();
            deck.shuffle(dice);
        }
        deck.pop().unwrap_or((Fate::Pay, None))
    }
}

/// The product and who gets it; by mistake a number of another operator.
pub fn wanted(product: &Product, number: u64, mistake: bool) -> Wanted {
    let target = match (product.category.as_str(), product.brand.as_str()) {
        ("airtime" | "data", brand) => mobile_number(mobile_prefix(brand, mistake), number),
        ("pln_token", _) => format!("532{number:08}"),
        ("pln_bill", _) => format!("5300{number:08}"),
        ("bpjs", _) => format!("00012{number:08}"),
        ("pdam" | "internet", _) => format!("1{number:08}"),
        ("game", "Mobile Legends" | "Genshin Impact" | "Honkai Star Rail") => {
            format!("{number:08}|2{:03}", number % 1_000)
        }
        ("game", "Free Fire") => format!("7{number:08}"),
        _ => format!("0812{number:08}"),
    };
    Wanted::new(product.id.clone(), target)
}

/// Twelve digits.
fn mobile_number(prefix: &str, number: u64) -> String {
    let wide = 12_usize.saturating_sub(prefix.len());
    let room = 10_u64.pow(u32::try_from(wide).unwrap_or(0));
    format!("{prefix}{:0wide$}", number % room)
}

/// A prefix of the operator's own numbers, or of another's.
fn mobile_prefix(brand: &str, mistake: bool) -> &'static str {
    match brand {
        "Telkomsel" if mistake => "0815",
        _ if mistake => "0812",
        "Indosat" => "0815",
        "XL" => "0817",
        "AXIS" => "0838",
        "Three" => "0896",
        "Smartfren" => "0881",
        "by.U" => "085154",
        _ => "0812",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::view::Money;

    fn products() -> Vec<Product> {
        let product = |category: &str, brand: &str| Product {
            id: format!("{category}-{brand}"),
            category: category.to_owned(),
            brand: brand.to_owned(),
            name: String::new(),
            price: (category != "pdam").then(|| Money { minor: 100, currency: "TWD".to_owned() }),
        };
        vec![
            product("airtime", "Three"),
            product("pln_token", "PLN"),
            product("game", "Mobile Legends"),
            product("game", "Free Fire"),
            product("voucher", "Alfamart"),
            product("pdam", "Kota Surabaya"),
        ]
    }

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_gives_another() {
        assert_eq!(plan(&products(), 100, 7), plan(&products(), 100, 7));
        assert_ne!(plan(&products(), 100, 7), plan(&products(), 100, 8));
    }

    #[test]
    fn every_story_happens_in_two_hundred_orders() {
        let orders = plan(&products(), 200, 1);
        assert_eq!(orders.len(), 200);
        for (fate, notice, _) in STORIES {
            let count = orders.iter().filter(|order| order.fate == *fate && order.notice == *notice).count();
            assert!(count >= 3, "{fate:?} {notice:?} {count}");
        }
        assert!(orders.iter().all(|order| (1..=3).contains(&(order.items.len() + order.bills.len()))));
        assert!(orders.iter().any(|order| !order.bills.is_empty() && !order.items.is_empty()));
        assert!(orders.iter().any(|order| order.promo.is_some()) && orders.iter().any(|order| order.twice));
    }

    #[test]
    fn every_way_to_pay_is_used_and_paid_by_in_two_hundred_orders() {
        let orders = plan(&products(), 200, 1);
        for way in methods::WAYS {
            let paid = orders.iter().filter(|order| order.way == way && order.fate == Fate::Pay).count();
            assert!(paid >= 3, "{way:?} {paid}");
        }
    }

    #[test]
    fn codes_are_paid_on_both_sides_of_midnight_in_taipei_and_in_time_where_nobody_would_tell() {
        let order = plan(&products(), 1, 1).remove(0);
        let after = |when, notice, now_ms| OrderPlan { when, notice, ..order.clone() }.pays_after_ms(now_ms);
        // 2026-11-20T15:00:00Z is 23:00 in Taipei.
        let eleven = 1_795_186_800_000;
        assert_eq!(after(When::BeforeMidnight, None, eleven), 59 * MINUTE_MS);
        assert_eq!(after(When::AfterMidnight, None, eleven), 61 * MINUTE_MS);
        assert_eq!(after(When::Hours(192), Some(NoticeFault::Lost), eleven), 20 * HOUR_MS);
        let all = plan(&products(), 200, 1);
        assert!(WHENS.iter().all(|when| all.iter().any(|order| order.when == *when)));
    }

    #[test]
    fn no_two_items_have_one_target() {
        let orders = plan(&products(), 300, 3);
        let targets: Vec<&str> =
            orders.iter().flat_map(|o| o.items.iter().chain(&o.bills)).map(|i| i.target.as_str()).collect();
        assert_eq!(targets.iter().collect::<HashSet<_>>().len(), targets.len());
    }

    #[test]
    fn targets_fit_their_products_and_mistakes_do_not() {
        let [three, pln, legends, fire, voucher, water] = products().try_into().unwrap();
        assert_eq!(wanted(&three, 5, false).target, "089600000005");
        assert_eq!(wanted(&three, 5, true).target, "081200000005");
        assert_eq!(mobile_number("085154", 123_456_789), "085154456789");
        assert_eq!(wanted(&pln, 5, false).target.len(), 11);
        assert_eq!(wanted(&legends, 12_345, false).target, "00012345|2345");
        assert_eq!(wanted(&fire, 5, false).target, "700000005");
        assert_eq!(wanted(&voucher, 5, true).target, "081200000005");
        assert_eq!(wanted(&water, 5, false).target, "100000005");
    }
}
