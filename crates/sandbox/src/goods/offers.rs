//! Who sells what, under which code and at which price. The same in every run. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::catalogue::{self, Amount, Goods, Kind};
use super::codes;
use super::hours::Hours;
use crate::faults::Provider;

/// All who sell, whether they are played or not yet.
pub const SELLERS: [Provider; 6] =
    [Provider::Iak, Provider::Billfazz, Provider::Redision, Provider::Lapak, Provider::Pulsaif, Provider::Digiflazz];
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
    LazyLock::new(|| SELLERS.iter().map(|seller| (*seller, list(*seller))).collect());
static BY_CODE: LazyLock<HashMap<(Provider, &'static str), &'static Offer>> = LazyLock::new(|| {
    let lines = |seller| of(seller).iter().map(move |offer| ((seller, offer.code.as_str()), offer));
    SELLERS.into_iter().flat_map(lines).collect()
});

/// All a supplier sells.
pub fn of(supplier: Provider) -> &'static [Offer] {
    OFFERS.get(&supplier).map_or(&[], Vec::as_slice)
}

pub fn find(supplier: Provider, code: &str) -> Option<&'static Offer> {
    BY_CODE.get(&(supplier, code)).copied()
}

fn list(seller: Provider) -> Vec<Offer> {
    let sold = |goods: &&Goods| share(seller, goods) > hash(&[seller.word(), "sells", &goods.id()]) % 100;
    catalogue::all().iter().filter(sold).flat_map(|goods| lines(seller, goods)).collect()
}

/// Of a hundred goods of a kind, how many a supplier sells.
fn share(seller: Provider, goods: &Goods) -> u64 {
    match (seller, goods.kind) {
        (Provider::Iak, Kind::Game) if is_everyday(goods) => 100,
        (Provider::Iak, Kind::Game) => 65,
        // Its tokens are the six round ones.
        (Provider::Iak, Kind::PlnToken) if goods.amount == Amount::Rupiah(250_000) => 0,
        (Provider::Iak, _) => 100,
        (Provider::Billfazz, Kind::Airtime | Kind::Data | Kind::PlnToken) => 100,
        (Provider::Billfazz, Kind::PlnBill | Kind::Bpjs | Kind::Pdam) => 100,
        (Provider::Redision, Kind::Airtime | Kind::EMoney) => 100,
        (Provider::Redision, Kind::Data) => 60,
        (Provider::Lapak, Kind::Game | Kind::Voucher) => 100,
        (Provider::Lapak, Kind::Airtime) => 50,
        (Provider::Pulsaif, Kind::Airtime | Kind::PlnToken | Kind::PlnBill | Kind::Bpjs | Kind::Pdam) => 100,
        (Provider::Pulsaif, Kind::Data | Kind::EMoney) => 70,
        (Provider::Digiflazz, Kind::PlnToken | Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet) => 100,
        (Provider::Digiflazz, Kind::Airtime | Kind::EMoney) => 60,
        (Provider::Digiflazz, Kind::Data | Kind::Game | Kind::Voucher) => 30,
        _ => 0,
    }
}

/// Once, and at Lapak often a second time: the same article of another provider.
fn lines(seller: Provider, goods: &'static Goods) -> Vec<Offer> {
    let id = goods.id();
    let providers: &[u64] = match (seller, goods.kind) {
        (Provider::Lapak, Kind::Voucher) if goods.brand == "garena" => &[22],
        (Provider::Lapak, Kind::Game) if hash(&["second", &id]) % 100 < 60 => &[2, 22],
        (Provider::Lapak, _) => &[2],
        _ => &[0],
    };
    let line = |provider: &u64| {
        let chance = hash(&[seller.word(), "line", &id, &provider.to_string()]);
        let code = codes::code(seller, goods, *provider);
        // One that is always switched off, for whoever forgets to look.
        let open = code != "hlinkaja100000" && (is_everyday(goods) || chance % 100 >= OFF);
        let odd = !is_everyday(goods) && chance / 100 % 100 < ODD;
        let written = match chance / 10_000 % 3 {
            _ if !odd => Written::Plainly,
            0 => Written::WithDots,
            1 => Written::WithRp,
            _ => Written::NotAtAll,
        };
        Offer { goods, code, price: price(seller, goods, chance), open, closed: closed(seller, goods), written }
    };
    providers.iter().map(line).collect()
}

/// What has hours, around midnight: at Redision two brands, elsewhere electricity.
fn closed(seller: Provider, goods: &Goods) -> Option<Hours> {
    match (seller, goods.brand) {
        (Provider::Redision, "smart") => Some(Hours { from: 23 * 60 + 30, until: 30 }),
        (Provider::Redision, "linkaja") => Some(Hours { from: 23 * 60 + 45, until: 15 }),
        (Provider::Billfazz, "pln") if goods.kind.is_bill() => Some(Hours { from: 23 * 60, until: 60 }),
        (Provider::Pulsaif, "pln") if goods.kind.is_bill() => Some(Hours { from: 23 * 60, until: 30 }),
        (Provider::Iak, "pln") if goods.kind.is_bill() => Some(Hours { from: 23 * 60, until: 60 }),
        (Provider::Digiflazz, "pln") => Some(Hours { from: 23 * 60 + 45, until: 15 }),
        _ => None,
    }
}

/// IAK's prices are those of the catalogue, since its documents publish some; the others' lie around them.
fn price(seller: Provider, goods: &Goods, chance: u64) -> i64 {
    let from_iak = match seller {
        Provider::Iak => 0,
        _ => i64::try_from(chance / 1_000_000 % 25).unwrap_or(0) - SPREAD,
    };
    goods.price + goods.price * from_iak / 1_000
}

/// What people ask for every day is always on, and well written.
fn is_everyday(goods: &Goods) -> bool {
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
        for seller in SELLERS {
            for offer in of(seller) {
                sold.entry(offer.goods.id()).or_default().push((seller, offer));
            }
        }
        sold
    }

    #[test]
    fn there_are_six_thousand_offers_and_most_goods_have_two_sellers() {
        let counts: Vec<usize> = SELLERS.iter().map(|seller| of(*seller).len()).collect();
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
        for seller in SELLERS {
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
        assert_eq!(cheapest.len(), SELLERS.len(), "{cheapest:?}");
    }

    #[test]
    fn some_lines_are_off_and_some_oddly_written() {
        for seller in SELLERS {
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
