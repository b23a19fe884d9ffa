//! Who sells what, under which code and at which price. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::catalogue::{self, Amount, Goods, Kind};
use crate::faults::Provider;

/// One line of a supplier's list.
pub struct Offer {
    pub goods: &'static Goods,
    /// The supplier's own.
    pub code: String,
    /// Whole rupiah.
    pub price: i64,
    pub open: bool,
}

static IAK: LazyLock<Vec<Offer>> = LazyLock::new(|| catalogue::all().iter().map(iak).collect());
static IAK_BY_CODE: LazyLock<HashMap<&'static str, &'static Offer>> =
    LazyLock::new(|| IAK.iter().map(|offer| (offer.code.as_str(), offer)).collect());

/// All a supplier sells.
pub fn of(supplier: Provider) -> &'static [Offer] {
    match supplier {
        Provider::Iak => &IAK,
        Provider::Ecpay => &[],
    }
}

pub fn find(supplier: Provider, code: &str) -> Option<&'static Offer> {
    match supplier {
        Provider::Iak => IAK_BY_CODE.get(code).copied(),
        Provider::Ecpay => None,
    }
}

fn iak(goods: &'static Goods) -> Offer {
    let brand = match goods.brand {
        "mobile_legend" => "mobilelegend",
        "free_fire" => "freefire",
        brand => brand,
    };
    let code = match (goods.kind, goods.amount) {
        (Kind::Airtime, Amount::Rupiah(nominal)) if brand == "xl" => format!("xld{nominal}"),
        (Kind::Voucher, Amount::Rupiah(nominal)) if brand.ends_with("mart") || brand.ends_with("maret") => {
            format!("{brand}{}", nominal / 1_000)
        }
        (Kind::Voucher, Amount::Rupiah(nominal)) => format!("h{brand}{}", nominal / 1_000),
        (_, Amount::Quota { gb, days }) => format!("h{brand}data{gb}gb{days}d"),
        (_, Amount::Rupiah(amount) | Amount::Units(amount, _)) => format!("h{brand}{amount}"),
    };
    // One that is switched off, for whoever forgets to look.
    let open = code != "hlinkaja100000";
    Offer { goods, code, price: goods.price, open }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_code_is_there_twice() {
        let codes: HashSet<&str> = of(Provider::Iak).iter().map(|offer| offer.code.as_str()).collect();
        assert_eq!(codes.len(), of(Provider::Iak).len());
        assert!(codes.len() >= 60, "{} offers", codes.len());
    }
}
