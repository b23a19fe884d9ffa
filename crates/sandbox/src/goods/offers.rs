//! Who sells what, under which code and at which price: how much of it, its codes and hours are each supplier's own. The same in every
//! run. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::catalogue::{self, Amount, Goods, Kind};
use super::hours::Hours;
use super::seller::Seller;
use crate::faults::Provider;
use crate::suppliers;

/// Of a thousand: how far a price lies from that of the catalogue at most, so that another seller is within a shop's margin.
const SPREAD: i64 = 12;
/// Of a hundred lines.
const OFF: u64 = 1;
const ODD: u64 = 2;

/// How a line of a list gives its price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    Plainly,
    /// `10.250`
    WithDots,
    /// `Rp10.250`
    WithRp,
    NotAtAll,
}

/// One line of a supplier's list.
pub struct Offer {
    pub goods: &'static Goods,
    /// The supplier's own.
    pub code: String,
    /// Whole rupiah.
    pub price: i64,
    pub open: bool,
    /// When it is not sold.
    pub closed: Option<Hours>,
    pub written: Written,
}

static OFFERS: LazyLock<HashMap<Provider, Vec<Offer>>> =
    LazyLock::new(|| suppliers::all().map(|(supplier, seller)| (supplier, list(supplier, seller))).collect());
static BY_CODE: LazyLock<HashMap<(Provider, &'static str), &'static Offer>> = LazyLock::new(|| {
    let lines = |(supplier, _)| of(supplier).iter().map(move |offer| ((supplier, offer.code.as_str()), offer));
    suppliers::all().flat_map(lines).collect()
});

/// All a supplier sells.
pub fn of(supplier: Provider) -> &'static [Offer] {
    OFFERS.get(&supplier).map_or(&[], Vec::as_slice)
}

pub fn find(supplier: Provider, code: &str) -> Option<&'static Offer> {
    BY_CODE.get(&(supplier, code)).copied()
}

fn list(supplier: Provider, seller: &dyn Seller) -> Vec<Offer> {
    let sold = |goods: &&Goods| seller.share(goods) > hash(&[supplier.word(), "sells", &goods.id()]) % 100;
    catalogue::all().iter().filter(sold).flat_map(|goods| lines(supplier, seller, goods)).collect()
}

/// Once for each who sells it there.
fn lines(supplier: Provider, seller: &dyn Seller, goods: &'static Goods) -> Vec<Offer> {
    let line = |provider: &u64| {
        let chance = hash(&[supplier.word(), "line", &goods.id(), &provider.to_string()]);
        let code = seller.code(goods, *provider);
        // One that is always switched off, for whoever forgets to look.
        let open = code != "hlinkaja100000" && (is_everyday(goods) || chance % 100 >= OFF);
        let odd = !is_everyday(goods) && chance / 100 % 100 < ODD;
        let written = match chance / 10_000 % 3 {
            _ if !odd => Written::Plainly,
            0 => Written::WithDots,
            1 => Written::WithRp,
            _ => Written::NotAtAll,
        };
        Offer { goods, code, price: price(seller, goods, chance), open, closed: seller.closed(goods), written }
    };
    seller.providers(goods).iter().map(line).collect()
}

fn price(seller: &dyn Seller, goods: &Goods, chance: u64) -> i64 {
    let off = if seller.sets_prices() { 0 } else { i64::try_from(chance / 1_000_000 % 25).unwrap_or(0) - SPREAD };
    goods.price + goods.price * off / 1_000
}

/// What people ask for every day is always on, and well written.
pub fn is_everyday(goods: &Goods) -> bool {
    match (goods.kind, goods.amount) {
        (Kind::Airtime | Kind::PlnToken, _) => true,
        (_, Amount::Rupiah(rupiah)) => matches!(rupiah, 20_000 | 50_000 | 100_000 | 12_000),
        (_, Amount::Units(count, _)) => {
            matches!((goods.brand, count), ("mobile_legend", 12 | 86 | 110) | ("free_fire", 70 | 140) | ("genshin", 60))
        }
        (kind, _) => kind.is_bill(),
    }
}

/// FNV-1a: the same everywhere and always.
pub fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let mixed = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    // The low digits of FNV follow the last bytes.
    mixed ^ mixed >> 29
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;

    fn by_goods() -> BTreeMap<String, Vec<(Provider, &'static Offer)>> {
        let mut sold: BTreeMap<String, Vec<(Provider, &Offer)>> = BTreeMap::new();
        for (supplier, _) in suppliers::all() {
            for offer in of(supplier) {
                sold.entry(offer.goods.id()).or_default().push((supplier, offer));
            }
        }
        sold
    }

    #[test]
    fn there_are_six_thousand_offers_and_most_goods_have_two_sellers() {
        let counts: Vec<usize> = suppliers::all().map(|(supplier, _)| of(supplier).len()).collect();
        assert!(counts.iter().sum::<usize>() >= 6_000, "{counts:?}");
        assert!(counts[0] >= 1_700, "{counts:?}");
        assert!(counts.iter().all(|count| *count >= 600), "{counts:?}");
        let sellers =
            |offers: &Vec<(Provider, &Offer)>| offers.iter().map(|(seller, _)| *seller).collect::<HashSet<_>>();
        let shared = by_goods().values().filter(|offers| sellers(offers).len() >= 2).count();
        assert!(shared >= 1_500, "{shared} of {} goods have two sellers", by_goods().len());
    }

    #[test]
    fn no_code_is_there_twice() {
        for (seller, _) in suppliers::all() {
            let mut codes: Vec<&str> = of(seller).iter().map(|offer| offer.code.as_str()).collect();
            codes.sort_unstable();
            let twice: Vec<&[&str]> = codes.windows(2).filter(|pair| pair[0] == pair[1]).collect();
            assert!(twice.is_empty(), "{seller:?} {twice:?}");
            assert!(codes.iter().all(|code| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_graphic())));
        }
    }

    #[test]
    fn everybody_is_cheapest_somewhere_and_nobody_is_far_off() {
        let mut cheapest: HashSet<Provider> = HashSet::new();
        for (id, offers) in by_goods() {
            let prices: Vec<i64> = offers.iter().map(|(_, offer)| offer.price).collect();
            let (least, most) = (*prices.iter().min().unwrap(), *prices.iter().max().unwrap());
            assert!((most - least) * 1_000 <= 25 * most, "{id}: {prices:?}");
            let mut at_least = offers.iter().filter(|(_, offer)| offer.price == least);
            if let (Some((seller, _)), None, true) = (at_least.next(), at_least.next(), offers.len() > 1) {
                cheapest.insert(*seller);
            }
        }
        assert_eq!(cheapest.len(), suppliers::all().count(), "{cheapest:?}");
    }

    #[test]
    fn some_lines_are_off_and_some_oddly_written() {
        for (seller, _) in suppliers::all() {
            let all = of(seller).len();
            let count = |which: fn(&&Offer) -> bool| of(seller).iter().filter(which).count();
            let (off, odd) = (count(|offer| !offer.open), count(|offer| offer.written != Written::Plainly));
            assert!((1..=all / 40).contains(&off), "{seller:?}: {off} of {all} off");
            assert!((1..=all / 20).contains(&odd), "{seller:?}: {odd} of {all} odd");
        }
        let iak: HashSet<&str> = of(Provider::Iak).iter().map(|offer| offer.code.as_str()).collect();
        for known in ["htelkomsel10000", "xld25000", "hmobilelegend12", "hmobilelegend110", "hfreefire70", "hpln20000"]
        {
            let offer = find(Provider::Iak, known).unwrap();
            assert!(iak.contains(known) && offer.open && offer.written == Written::Plainly, "{known}");
        }
        assert_eq!(find(Provider::Iak, "hmobilelegend12").map(|offer| offer.price), Some(3_500), "as documented");
        assert_eq!(find(Provider::Iak, "hsteam12000").map(|offer| offer.price), Some(16_500), "as documented");
        assert!(!find(Provider::Iak, "hlinkaja100000").unwrap().open);
    }
}
