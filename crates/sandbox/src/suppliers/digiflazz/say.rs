//! Digiflazz's words: its codes, each with whether a transaction is formed, states and serials (its documents).

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::serial::{Made, fours};
use crate::goods::{Refusal, Why};
use crate::reading::Reading;

const SUCCESS: &str = "00";
const FAILED: &str = "02";
const PENDING: [&str; 2] = ["03", "99"];
const TAKEN_BACK: &str = "74";
pub const NOT_FOUND: &str = "50";
pub const TOO_MANY_LISTS: &str = "83";

/// What it says to that; nothing, where it has no word.
pub fn rc(why: Why) -> Option<&'static str> {
    match why {
        Why::Failed => Some(FAILED),
        Why::Malformed => Some("40"),
        Why::Credentials | Why::UnknownClient => Some("41"),
        Why::UnknownProduct | Why::Closed => Some("43"),
        Why::Deposit => Some("44"),
        Why::Address => Some("45"),
        Why::Duplicate => Some("49"),
        Why::InquiryExpired => Some(NOT_FOUND),
        Why::Blocked => Some("51"),
        Why::OtherOperator => Some("52"),
        Why::WrongNumber | Why::WrongPlayer | Why::WrongUserId => Some("54"),
        Why::NumberTooLong => Some("57"),
        Why::CutOff => Some("58"),
        Why::BillPaid | Why::BillNotFound => Some("60"),
        Why::Repeat => Some("63"),
        Why::Maintenance => Some("66"),
        Why::Price => Some("69"),
        Why::Busy => Some("85"),
        Why::UnknownCode => Some("98"),
    }
}

/// Whether what is refused so was formed, and failed.
pub fn is_formed(why: Why) -> bool {
    matches!(
        why,
        Why::Blocked
            | Why::OtherOperator
            | Why::WrongNumber
            | Why::WrongPlayer
            | Why::WrongUserId
            | Why::NumberTooLong
            | Why::CutOff
            | Why::BillPaid
    )
}

fn message(rc: &str) -> &'static str {
    match rc {
        SUCCESS => "Transaksi Sukses",
        "03" | "99" => "Transaksi Pending",
        "40" => "Payload Error",
        "41" => "Signature tidak valid",
        "43" => "SKU tidak ditemukan atau Non-Aktif",
        "44" => "Saldo tidak cukup",
        "45" => "IP Anda tidak kami kenali",
        "49" => "Ref ID tidak unik",
        NOT_FOUND => "Transaksi Tidak Ditemukan",
        "51" => "Nomor Tujuan Diblokir",
        "52" => "Prefix Tidak Sesuai Dengan Operator",
        "54" => "Nomor Tujuan Salah",
        "57" => "Jumlah Digit Kurang Atau Lebih",
        "58" => "Sedang Cut Off",
        "60" => "Tagihan Belum Tersedia",
        "63" => "Tidak Support Transaksi Multi",
        "66" => "Cut Off (Perbaikan Sistem Seller)",
        "69" => "Harga Seller Lebih Besar Dari Ketentuan Harga Buyer",
        TAKEN_BACK => "Transaksi Refund",
        TOO_MANY_LISTS => "Limitasi Pengecekan Pricelist",
        "85" => "Limitasi Transaksi",
        _ => "Transaksi Gagal",
    }
}

/// Whom an answer is about, in the words of the request.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a str,
    pub target: &'a str,
    pub product: &'a str,
    /// What is left of the deposit, whole rupiah.
    pub balance: i64,
}

pub fn data(data: &Value) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "data": data }))
}

/// A refusal that names no transaction.
pub fn denied(refusal: &Refusal, reading: Reading) -> HttpResponse {
    let rc = code(refusal);
    not_formed(reading).json(json!({ "data": { "rc": rc, "message": message(rc) } }))
}

/// Nothing was formed.
pub fn refused(refusal: &Refusal, about: About<'_>, reading: Reading) -> HttpResponse {
    not_formed(reading).json(json!({ "data": transaction(about, "Gagal", code(refusal), "", 0) }))
}

/// Which HTTP status comes with what formed nothing, its documents do not say.
fn not_formed(reading: Reading) -> HttpResponseBuilder {
    HttpResponseBuilder::new(reading.pick(StatusCode::OK, StatusCode::BAD_REQUEST))
}

fn code(refusal: &Refusal) -> &str {
    match refusal {
        Refusal::Why(why) => rc(*why).unwrap_or(FAILED),
        Refusal::Code(code) => code,
    }
}

/// How a purchase stands.
pub fn report(purchase: &Purchase, about: About<'_>, reading: Reading, now_ms: i64) -> Value {
    let (serial, _) = purchase.visible(now_ms);
    let status = match purchase.state {
        Delivery::Pending => "Pending",
        Delivery::Delivered => "Sukses",
        Delivery::Failed | Delivery::Reversed => "Gagal",
    };
    transaction(about, status, rc_of(purchase, reading), serial.unwrap_or(""), purchase.price)
}

fn rc_of(purchase: &Purchase, reading: Reading) -> &str {
    let [usual, other] = PENDING;
    match (purchase.state, &purchase.failed) {
        (Delivery::Pending, _) => reading.pick(usual, other),
        (Delivery::Delivered, _) => SUCCESS,
        (Delivery::Failed, Some(refusal)) => code(refusal),
        (Delivery::Failed, None) => FAILED,
        (Delivery::Reversed, _) => TAKEN_BACK,
    }
}

fn transaction(about: About<'_>, status: &str, rc: &str, serial: &str, price: i64) -> Value {
    json!({
        "ref_id": about.reference,
        "customer_no": about.target,
        "buyer_sku_code": about.product,
        "message": message(rc),
        "status": status,
        "rc": rc,
        "sn": serial,
        "buyer_last_saldo": about.balance,
        "price": price,
    })
}

/// What was owed and is to be paid, beside the outcome of asking.
pub fn found(about: About<'_>, price: i64) -> Value {
    transaction(about, "Sukses", SUCCESS, "", price)
}

pub fn serial(made: &Made, reading: Reading) -> String {
    match made {
        Made::Number(digits) | Made::Wallet { digits, .. } => digits.clone(),
        Made::Token { digits, kwh } => {
            let plain = format!("{digits}/PT X/R1M/900VA/{kwh}");
            reading.pick(plain, format!("{}/PT X/R1 /000001300/{kwh}", fours(digits)))
        }
        Made::Code { letters, .. } => fours(letters),
        Made::Voucher { letters, .. } => letters.clone(),
    }
}
