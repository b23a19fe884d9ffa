//! What BillFazz sells and under which codes. Pure.

use crate::goods::catalogue::{Goods, Kind};
use crate::goods::codes::{bill, short};
use crate::goods::hours::Hours;

pub fn share(goods: &Goods) -> u64 {
    match goods.kind {
        Kind::Airtime | Kind::Data | Kind::PlnToken | Kind::PlnBill | Kind::Bpjs | Kind::Pdam => 100,
        Kind::Game | Kind::Voucher | Kind::EMoney | Kind::Internet => 0,
    }
}

/// The electricity bill, around midnight.
pub fn closed(goods: &Goods) -> Option<Hours> {
    (goods.kind == Kind::PlnBill).then_some(Hours { from: 23 * 60, until: 60 })
}

/// `TLKM5` and `BPJSKS` are seen in public client code.
pub fn code(goods: &Goods) -> String {
    if goods.kind == Kind::Bpjs {
        return "BPJSKS".to_owned();
    }
    let code = format!("{}{}", bill(goods, "PASCA"), short(goods, "", true).to_uppercase());
    code.strip_prefix("TSEL").map_or_else(|| code.clone(), |rest| format!("TLKM{rest}"))
}
