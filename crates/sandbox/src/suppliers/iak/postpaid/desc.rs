//! What stands beside a bill, by kind: `desc` (IAK documents; that of an internet bill is specified by us). Pure.

use serde_json::{Value, json};

use super::say::Statement;
use crate::goods::bills::Bill;
use crate::goods::catalogue::Kind;
use crate::reading::Reading;

/// A number in the type this reply has them in: both are seen.
fn number(statement: &Statement<'_>, value: i64) -> Value {
    if statement.tr_id.is_multiple_of(2) { json!(value) } else { json!(value.to_string()) }
}

/// The particulars of a statement.
pub fn of(statement: &Statement<'_>, reading: Reading) -> Value {
    let number = |value| number(statement, value);
    let Statement { offer, debt, left_over, .. } = statement;
    let count = |bills: usize| number(i64::try_from(bills).unwrap_or(0));
    let admin = reading.pick(offer.price, offer.price / i64::try_from(debt.bills.len().max(1)).unwrap_or(1));
    match offer.goods.kind {
        Kind::PlnBill => {
            let detail = |bill: &Bill| {
                json!({
                    "periode": bill.period,
                    "nilai_tagihan": number(bill.amount),
                    "admin": number(admin),
                    "denda": number(bill.penalty),
                    "total": number(bill.amount + bill.penalty + admin),
                    "meter_awal": "00008000",
                    "meter_akhir": "00008100",
                })
            };
            json!({
                "tarif": "R1",
                "daya": number(1_300),
                "lembar_tagihan": count(debt.bills.len()),
                "lembar_tagihan_sisa": count(*left_over),
                "tagihan": { "detail": debt.bills.iter().map(detail).collect::<Vec<Value>>() },
            })
        }
        Kind::Bpjs => json!({
            "kode_cabang": "0901",
            "nama_cabang": "JAKARTA SELATAN",
            "sisa_pembayaran": number(0),
            "jumlah_peserta": number(1),
        }),
        Kind::Pdam => {
            let detail = |bill: &Bill| {
                json!({
                    "period": bill.period,
                    "first_meter": number(1_502),
                    "last_meter": number(1_527),
                    "penalty": number(bill.penalty),
                    "bill_amount": number(bill.amount),
                    "misc_amount": number(0),
                    "stand": "1502-1527",
                })
            };
            json!({
                "bill_quantity": count(debt.bills.len()),
                "address": "JL. MERDEKA 1",
                "biller_admin": number(0),
                "pdam_name": format!("PDAM {}", offer.goods.name.to_uppercase()),
                "stamp_duty": number(0),
                "due_date": "-",
                "kode_tarif": "2A1",
                "bill": { "detail": debt.bills.iter().map(detail).collect::<Vec<Value>>() },
            })
        }
        _ => {
            let detail = |bill: &Bill| {
                let total = bill.amount + bill.penalty + admin;
                json!({
                    "periode": bill.period,
                    "nilai_tagihan": number(bill.amount),
                    "admin": number(admin),
                    "denda": number(bill.penalty),
                    "total": number(total),
                })
            };
            json!({
                "jumlah_tagihan": count(debt.bills.len()),
                "tagihan": { "detail": debt.bills.iter().map(detail).collect::<Vec<Value>>() },
            })
        }
    }
}
