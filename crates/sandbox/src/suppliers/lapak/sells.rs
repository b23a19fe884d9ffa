//! What Lapak Gaming sells, by which of its providers and under which codes. Pure.

use crate::goods::catalogue::{Amount, Goods, Kind};
use crate::goods::codes::letters;
use crate::goods::offers::hash;

pub fn share(goods: &Goods) -> u64 {
    match goods.kind {
        Kind::Game | Kind::Voucher => 100,
        Kind::Airtime => 50,
        Kind::Data | Kind::PlnToken | Kind::EMoney | Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet => 0,
    }
}

/// Often a second one sells the same article.
pub fn providers(goods: &Goods) -> &'static [u64] {
    match goods.kind {
        Kind::Voucher if goods.brand == "garena" => &[22],
        Kind::Game if hash(&["second", &goods.id()]) % 100 < 60 => &[2, 22],
        _ => &[2],
    }
}

/// Article and provider.
pub fn code(goods: &Goods, provider: u64) -> String {
    format!("{}-S{provider}", article(goods))
}

fn article(goods: &Goods) -> String {
    let brand = if goods.brand == "mobile_legend" { "ML".to_owned() } else { letters(goods.brand).to_uppercase() };
    match goods.amount {
        // Two that its documents show: with a bonus of 8, and 330 of Garena's own money.
        Amount::Units(86, _) if brand == "ML" => "ML78_8".to_owned(),
        Amount::Rupiah(100_000) if brand == "GARENA" => "VCGS330".to_owned(),
        Amount::Rupiah(nominal) if goods.kind == Kind::Airtime => format!("{brand}{}", nominal / 1_000),
        Amount::Rupiah(nominal) => format!("VC{brand}{}", nominal / 1_000),
        Amount::Units(count, _) => format!("{brand}{count}"),
        Amount::Quota { gb, days } => format!("{brand}{gb}GB{days}D"),
        Amount::Package(words) => format!("{brand}{}", letters(words).to_uppercase()),
        Amount::Owed => brand,
    }
}
