//! What Digiflazz sells and under which codes. Pure.

use crate::goods::catalogue::{Goods, Kind};
use crate::goods::codes::short;
use crate::goods::hours::Hours;

pub fn share(goods: &Goods) -> u64 {
    match goods.kind {
        Kind::PlnToken | Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet => 100,
        Kind::Airtime | Kind::EMoney => 60,
        Kind::Data | Kind::Game | Kind::Voucher => 30,
    }
}

/// All electricity, around midnight.
pub fn closed(goods: &Goods) -> Option<Hours> {
    (goods.brand == "pln").then_some(Hours { from: 23 * 60 + 45, until: 15 })
}

pub fn code(goods: &Goods) -> String {
    short(goods, "-", true).to_lowercase()
}
