//! What Pulsa IF sells and under which codes. Pure.

use crate::goods::catalogue::{Goods, Kind};
use crate::goods::codes::{bill, short};
use crate::goods::hours::Hours;

pub fn share(goods: &Goods) -> u64 {
    match goods.kind {
        Kind::Airtime | Kind::PlnToken | Kind::PlnBill | Kind::Bpjs | Kind::Pdam => 100,
        Kind::Data | Kind::EMoney => 70,
        Kind::Game | Kind::Voucher | Kind::Internet => 0,
    }
}

/// The electricity bill, around midnight.
pub fn closed(goods: &Goods) -> Option<Hours> {
    (goods.kind == Kind::PlnBill).then_some(Hours { from: 23 * 60, until: 30 })
}

pub fn code(goods: &Goods) -> String {
    format!("{}{}", bill(goods, "BYR"), short(goods, "", true).to_uppercase())
}
