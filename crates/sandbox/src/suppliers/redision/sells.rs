//! What Redision sells and under which codes. Pure.

use crate::goods::catalogue::{Goods, Kind};
use crate::goods::codes::short;
use crate::goods::hours::Hours;

pub fn share(goods: &Goods) -> u64 {
    match goods.kind {
        Kind::Airtime | Kind::EMoney => 100,
        Kind::Data => 60,
        Kind::PlnToken | Kind::Game | Kind::Voucher | Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet => 0,
    }
}

/// Two brands, around midnight.
pub fn closed(goods: &Goods) -> Option<Hours> {
    match goods.brand {
        "smart" => Some(Hours { from: 23 * 60 + 30, until: 30 }),
        "linkaja" => Some(Hours { from: 23 * 60 + 45, until: 15 }),
        _ => None,
    }
}

pub fn code(goods: &Goods) -> String {
    short(goods, "-", false).to_uppercase()
}
