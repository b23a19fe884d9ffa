//! What IAK sells and under which codes: those of its documents, where they show one. Pure.

use crate::goods::catalogue::{Amount, Goods, Kind};
use crate::goods::codes::letters;
use crate::goods::hours::Hours;
use crate::goods::offers::is_everyday;

pub fn share(goods: &Goods) -> u64 {
    match goods.kind {
        Kind::Game if !is_everyday(goods) => 65,
        // Its tokens are the six round ones.
        Kind::PlnToken if goods.amount == Amount::Rupiah(250_000) => 0,
        _ => 100,
    }
}

/// The electricity bill, around midnight.
pub fn closed(goods: &Goods) -> Option<Hours> {
    (goods.kind == Kind::PlnBill).then_some(Hours { from: 23 * 60, until: 60 })
}

pub fn code(goods: &Goods) -> String {
    let brand = goods.brand.replace('_', "");
    match (goods.kind, goods.amount) {
        (Kind::Airtime, Amount::Rupiah(nominal)) if brand == "xl" => format!("xld{nominal}"),
        (Kind::Voucher, Amount::Rupiah(nominal)) if brand == "alfamart" || brand == "indomaret" => {
            format!("{brand}{}", nominal / 1_000)
        }
        (Kind::Voucher, Amount::Rupiah(nominal)) => format!("h{brand}{}", nominal / 1_000),
        (_, Amount::Quota { gb, days }) => format!("h{brand}data{gb}gb{days}d"),
        (_, Amount::Package(words)) => format!("h{brand}data{}", letters(words).to_lowercase()),
        (_, Amount::Rupiah(amount) | Amount::Units(amount, _)) => format!("h{brand}{amount}"),
        (Kind::PlnBill, Amount::Owed) => "PLNPOSTPAID".to_owned(),
        (Kind::Bpjs, Amount::Owed) => "BPJS".to_owned(),
        (Kind::Pdam, Amount::Owed) => {
            format!("PDAM{}", goods.name.replacen(' ', ".", 1).replace(' ', "").to_uppercase())
        }
        (_, Amount::Owed) if brand == "indihome" => "TELKOMPSTN".to_owned(),
        (_, Amount::Owed) => brand.to_uppercase(),
    }
}
