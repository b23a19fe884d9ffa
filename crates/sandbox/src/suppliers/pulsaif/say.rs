//! Pulsa IF's lines; specified by us, as servers of the OtomaX family write them.

use actix_web::HttpResponse;

use crate::clock::jakarta;
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::serial::{Made, fours};
use crate::goods::words::dotted;
use crate::goods::{Refusal, Why};
use crate::reading::Reading;

const FAILED: &str = "Transaksi gagal";

/// What a line is about: `R#R1 TSEL10.081234567890 `.
pub struct About<'a> {
    pub reference: &'a str,
    pub product: &'a str,
    pub dest: &'a str,
}

impl<'a> About<'a> {
    pub fn purchase(purchase: &'a Purchase) -> Self {
        Self { reference: &purchase.key.reference, product: &purchase.product, dest: &purchase.target }
    }

    fn says(&self, what: &str) -> String {
        format!("R#{} {}.{} {what}", self.reference, self.product, self.dest)
    }
}

pub fn can_say(why: Why) -> bool {
    matches!(why, Why::Credentials | Why::UnknownClient | Why::Address | Why::Repeat | Why::Duplicate)
        || why == Why::UnknownCode
        || reason(why).is_some()
}

/// Why nothing came of it.
fn reason(why: Why) -> Option<&'static str> {
    match why {
        Why::Deposit => Some("Saldo tidak cukup"),
        Why::UnknownProduct => Some("Kode produk salah"),
        Why::Closed | Why::Maintenance | Why::CutOff => Some("Produk sedang gangguan"),
        Why::WrongNumber | Why::NumberTooLong | Why::OtherOperator | Why::Blocked | Why::BillNotFound => {
            Some("Nomor tujuan salah")
        }
        Why::BillPaid => Some("Tagihan sudah terbayar"),
        Why::Failed => Some(FAILED),
        Why::WrongPlayer
        | Why::WrongUserId
        | Why::Repeat
        | Why::UnknownCode
        | Why::Credentials
        | Why::UnknownClient => None,
        Why::Duplicate | Why::Address | Why::Busy | Why::Price | Why::Malformed | Why::InquiryExpired => None,
    }
}

fn words(refusal: &Refusal) -> &str {
    match refusal {
        Refusal::Why(why) => reason(*why).unwrap_or(FAILED),
        Refusal::Code(words) => words,
    }
}

/// Whoever is not let in is told so, and nothing else.
pub fn denied(why: Why) -> &'static str {
    if why == Why::Address { "IP tidak terdaftar" } else { "sign salah" }
}

/// What a purchase that was not formed is answered with. Whether the balance stands behind every reason is not known.
pub fn refused(about: &About<'_>, refusal: &Refusal, left: i64, reading: Reading) -> String {
    match refusal {
        Refusal::Why(why @ (Why::Credentials | Why::UnknownClient | Why::Address)) => denied(*why).to_owned(),
        // No reason, however worded, would be one that nobody knows: a purchase may fail for any.
        Refusal::Why(Why::UnknownCode) => unknown(about),
        refusal => match reading {
            Reading::Likely => failed(about, words(refusal), left),
            Reading::Other => about.says(&format!("GAGAL. {}", words(refusal))),
        },
    }
}

fn failed(about: &About<'_>, reason: &str, left: i64) -> String {
    about.says(&format!("GAGAL. {reason}. Saldo {}", dotted(left)))
}

pub fn accepted(about: &About<'_>, at_ms: i64, price: i64, left: i64) -> String {
    let (before, price, left) = (dotted(left + price), dotted(price), dotted(left));
    about.says(&format!("akan diproses @{}. Saldo {before} - {price} = {left}", clock(at_ms)))
}

/// Delivered; a serial that is not there yet, and with it the rest of the line, is missing.
pub fn delivered(about: &About<'_>, serial: Option<&str>, price: i64, left: i64) -> String {
    about.says(&serial.map_or_else(
        || "SUKSES.".to_owned(),
        |serial| format!("SUKSES. SN/Ref: {serial}. Hrg {}. Saldo {}", dotted(price), dotted(left)),
    ))
}

/// How a purchase stands.
pub fn state(purchase: &Purchase, left: i64, now_ms: i64) -> String {
    let about = About::purchase(purchase);
    match purchase.state {
        Delivery::Pending => accepted(&about, purchase.formed_ms, purchase.price, left),
        Delivery::Delivered => delivered(&about, purchase.visible(now_ms).0, purchase.price, left),
        Delivery::Failed | Delivery::Reversed => failed(&about, purchase.failed.as_ref().map_or(FAILED, words), left),
    }
}

/// The same was done before, under this reference or today under another.
pub fn repeated(about: &About<'_>, earlier: &Purchase, now_ms: i64) -> String {
    let status = match earlier.state {
        Delivery::Pending => "Menunggu Jawaban",
        Delivery::Delivered => "Sukses",
        Delivery::Failed | Delivery::Reversed => "Gagal",
    };
    done_before(about, earlier.formed_ms, status, earlier.visible(now_ms).0)
}

pub fn done_before(about: &About<'_>, at_ms: i64, status: &str, serial: Option<&str>) -> String {
    let serial = serial.map_or_else(String::new, |serial| format!(". SN: {serial}"));
    about.says(&format!("sdh pernah jam {}, status {status}{serial}", clock(at_ms)))
}

pub fn not_found(reference: &str, dest: &str) -> String {
    format!("R#{reference} TIDAK ADA transaksi {dest} pd tgl ini")
}

pub fn unknown(about: &About<'_>) -> String {
    about.says("masuk antrian, mohon ditunggu")
}

pub fn balance(left: i64) -> String {
    format!("Saldo {}", dotted(left))
}

pub fn line(text: impl Into<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text.into())
}

fn clock(at_ms: i64) -> String {
    jakarta(at_ms, "%H:%M")
}

/// Some names hold the very words that others might search for.
pub fn serial(made: &Made) -> String {
    match made {
        Made::Number(digits) => digits.clone(),
        Made::Token { digits, kwh } => {
            let name = if digits.starts_with(['0', '1', '2']) { "TOKO GAGAL SUKSES. JAYA" } else { "PT X" };
            format!("{}/{name}/R1M/900VA/{kwh}", fours(digits))
        }
        Made::Code { letters, .. } | Made::Voucher { letters, .. } => letters.clone(),
        Made::Wallet { holder, digits } => format!("{holder} {digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About<'_> = About { reference: "R1", product: "TSEL10", dest: "081234567890" };
    /// 2026-11-20T17:05:00Z is five past midnight in Jakarta.
    const NIGHT_MS: i64 = 1_795_194_300_000;

    #[test]
    fn lines_are_those_of_the_grammar() {
        for (line, expected) in [
            (accepted(&ABOUT, NIGHT_MS, 10_345, 89_655), "akan diproses @00:05. Saldo 100.000 - 10.345 = 89.655"),
            (delivered(&ABOUT, Some("0041002"), 10_345, 89_655), "SUKSES. SN/Ref: 0041002. Hrg 10.345. Saldo 89.655"),
            (delivered(&ABOUT, None, 10_345, 89_655), "SUKSES."),
            (done_before(&ABOUT, NIGHT_MS, "Gagal", None), "sdh pernah jam 00:05, status Gagal"),
            (done_before(&ABOUT, NIGHT_MS, "Sukses", Some("5")), "sdh pernah jam 00:05, status Sukses. SN: 5"),
        ] {
            assert_eq!(line, format!("R#R1 TSEL10.081234567890 {expected}"));
        }
        assert_eq!(not_found("R1", "0812"), "R#R1 TIDAK ADA transaksi 0812 pd tgl ini");
        assert_eq!(balance(-5_000), "Saldo -5.000");
    }

    #[test]
    fn every_refusal_has_its_reason() {
        let said = |refusal: Refusal, reading| refused(&ABOUT, &refusal, 7_000, reading);
        let start = "R#R1 TSEL10.081234567890 GAGAL. ";
        for (why, reason) in [
            (Why::Deposit, "Saldo tidak cukup"),
            (Why::UnknownProduct, "Kode produk salah"),
            (Why::CutOff, "Produk sedang gangguan"),
            (Why::OtherOperator, "Nomor tujuan salah"),
        ] {
            assert_eq!(said(Refusal::Why(why), Reading::Likely), format!("{start}{reason}. Saldo 7.000"));
            assert_eq!(said(Refusal::Why(why), Reading::Other), format!("{start}{reason}"));
            assert!(can_say(why));
        }
        assert_eq!(said(Refusal::Why(Why::Address), Reading::Likely), "IP tidak terdaftar");
        assert_eq!(said(Refusal::Why(Why::UnknownClient), Reading::Other), "sign salah");
        let words = said(Refusal::Why(Why::UnknownCode), Reading::Likely);
        assert!(can_say(Why::UnknownCode) && !words.contains("GAGAL"), "{words}");
        assert!(!can_say(Why::Busy) && !can_say(Why::Price));
    }
}
