//! What stands beside a bill, by kind: `desc`. Pure.

use serde_json::{Value, json};

use super::bill::ADMIN;
use crate::goods::bills::{Bill, Debt};
use crate::goods::catalogue::Kind;
use crate::goods::offers::Offer;

/// Of so many bills in all.
pub fn of(offer: &Offer, debt: &Debt, all: usize) -> Value {
    let count = debt.bills.len();
    let detail: Vec<Value> = debt.bills.iter().map(line).collect();
    match offer.goods.kind {
        Kind::PlnBill => json!({
            "tarif": "R1",
            "daya": 1_300,
            "lembar_tagihan": count,
            "lembar_tagihan_sisa": all.saturating_sub(count),
            "detail": detail,
        }),
        Kind::Bpjs => json!({
            "jumlah_peserta": "1",
            "lembar_tagihan": count,
            "alamat": "JAKARTA SELATAN",
            "detail": debt.bills.iter().map(|bill| json!({ "periode": bill.period })).collect::<Vec<Value>>(),
        }),
        Kind::Pdam => json!({
            "tarif": "2A1",
            "lembar_tagihan": count,
            "alamat": "JL. MERDEKA 1",
            "detail": detail,
        }),
        _ => json!({ "lembar_tagihan": count, "detail": detail }),
    }
}

fn line(bill: &Bill) -> Value {
    json!({
        "periode": bill.period,
        "nilai_tagihan": bill.amount.to_string(),
        "admin": ADMIN.to_string(),
        "denda": bill.penalty.to_string(),
    })
}
