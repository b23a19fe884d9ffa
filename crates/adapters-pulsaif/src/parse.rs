//! The one line Pulsa IF answers with. Grammar specified by us, after what servers of the family say. Strict: UTF-8, one line,
//! and every sentence is read from the place behind our own purchase's name to its last character. Bare words are never
//! searched for: a customer may be called GAGAL, and a serial may hold SUKSES.
//!
//! Nothing here says what a sentence means for a purchase (`codes`, `map`).

use adapters_kit::rupiah;

use crate::error::Doubt;
use crate::wire::Trx;

/// Longest line; real ones have some two hundred characters.
const LINE_LIMIT: usize = 1_000;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// Taken, not yet done.
    Accepted {
        price: i64,
    },
    /// The serial may come later, and so may the price.
    Delivered {
        serial: Option<&'a str>,
        price: Option<i64>,
    },
    Failed {
        reason: &'a str,
    },
    /// Asked for already, at this minute of the day (WIB).
    Repeated {
        at: u16,
        state: State,
        serial: Option<&'a str>,
    },
    /// Nothing of this reference today.
    Absent,
    /// Whoever asks is refused, whatever is asked.
    NotLetIn(Door),
}

/// How the purchase asked for again stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Delivered,
    Failed,
    Waiting,
}

/// What of us is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Address,
    Sign,
}

/// The line of a reply, without its end.
pub fn line(body: &[u8]) -> Result<&str, Doubt> {
    let text = std::str::from_utf8(body).or(Err(Doubt::NotALine))?;
    let line = text.trim_end_matches(['\r', '\n']);
    let whole = !line.is_empty() && line.chars().count() <= LINE_LIMIT && !line.chars().any(char::is_control);
    if whole { Ok(line) } else { Err(Doubt::NotALine) }
}

/// What it says about this purchase.
pub fn trx<'a>(body: &'a [u8], about: &Trx<'_>) -> Result<Said<'a>, Doubt> {
    let line = line(body)?;
    if let Some(door) = door(line) {
        return Ok(Said::NotLetIn(door));
    }
    let of_reference = line.strip_prefix("R#").and_then(|rest| rest.strip_prefix(about.reference)?.strip_prefix(' '));
    let rest = of_reference.ok_or(Doubt::OtherPurchase)?;
    if rest.strip_prefix("TIDAK ADA transaksi ").and_then(|rest| rest.strip_suffix(" pd tgl ini")) == Some(about.dest) {
        return Ok(Said::Absent);
    }
    // Products are told in capitals, however they were asked for.
    let product = rest.split_at_checked(about.product.len());
    let product = product.filter(|(product, _)| product.eq_ignore_ascii_case(about.product));
    let of_product = product.and_then(|(_, rest)| rest.strip_prefix('.'));
    let of_dest = of_product.and_then(|rest| rest.strip_prefix(about.dest)?.strip_prefix(' '));
    sentence(of_dest.ok_or(Doubt::OtherPurchase)?)
}

/// A line that refuses whoever asks.
pub fn door(line: &str) -> Option<Door> {
    match line {
        "IP tidak terdaftar" => Some(Door::Address),
        "sign salah" => Some(Door::Sign),
        _ => None,
    }
}

/// `Saldo 89.655`, the whole of it.
pub fn balance(line: &str) -> Option<i64> {
    deposit(line.strip_prefix("Saldo ")?)
}

fn sentence(text: &str) -> Result<Said<'_>, Doubt> {
    if let Some(rest) = text.strip_prefix("sdh pernah jam ") {
        repeated(rest).ok_or(Doubt::UnknownWords)
    } else if let Some(rest) = text.strip_prefix("akan diproses @") {
        accepted(rest)
    } else if let Some(rest) = text.strip_prefix("SUKSES.") {
        delivered(rest).ok_or(Doubt::UnknownWords)
    } else if let Some(rest) = text.strip_prefix("GAGAL. ") {
        failed(rest).ok_or(Doubt::UnknownWords)
    } else {
        Err(Doubt::UnknownWords)
    }
}

/// `HH:MM, status Sukses. SN: x`
fn repeated(rest: &str) -> Option<Said<'_>> {
    let (at, rest) = rest.split_once(", status ")?;
    let (word, serial) = match rest.split_once(". SN:") {
        Some((word, serial)) => (word, filled(serial)),
        None => (rest, None),
    };
    let state = match word {
        "Sukses" => State::Delivered,
        "Gagal" => State::Failed,
        "Menunggu Jawaban" => State::Waiting,
        _ => return None,
    };
    // Only what was delivered has a serial.
    let agrees = state == State::Delivered || serial.is_none();
    let at = minute(at)?;
    agrees.then_some(Said::Repeated { at, state, serial })
}

/// `HH:MM. Saldo a - p = b`
fn accepted(rest: &str) -> Result<Said<'_>, Doubt> {
    let amounts = || {
        let (at, rest) = rest.split_once(". Saldo ")?;
        minute(at)?;
        let (before, rest) = rest.split_once(" - ")?;
        let (price, after) = rest.split_once(" = ")?;
        Some((deposit(before)?, rupiah::units(price)?, deposit(after)?))
    };
    let (before, price, after) = amounts().ok_or(Doubt::UnknownWords)?;
    if before - price == after { Ok(Said::Accepted { price }) } else { Err(Doubt::BadAmounts) }
}

/// Nothing more, or ` SN/Ref: x. Hrg p. Saldo b`, with or without its serial. Cut from the right: x may hold anything.
fn delivered(rest: &str) -> Option<Said<'_>> {
    if rest.is_empty() {
        return Some(Said::Delivered { serial: None, price: None });
    }
    let (rest, balance) = rest.rsplit_once(". Saldo ")?;
    deposit(balance)?;
    let (serial, price) = match rest.strip_prefix(" Hrg ") {
        Some(price) => (None, price),
        None => {
            let (serial, price) = rest.strip_prefix(" SN/Ref:")?.rsplit_once(". Hrg ")?;
            (filled(serial), price)
        }
    };
    Some(Said::Delivered { serial, price: Some(rupiah::units(price)?) })
}

/// `reason. Saldo b`; the balance is not always told.
fn failed(rest: &str) -> Option<Said<'_>> {
    let told = rest.rsplit_once(". Saldo ").filter(|(_, balance)| deposit(balance).is_some());
    let reason = filled(told.map_or(rest, |(reason, _)| reason))?;
    Some(Said::Failed { reason })
}

/// What is left of our deposit; a purchase that became dearer may overdraw it.
fn deposit(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(owed) => rupiah::units(owed).map(|units| -units),
        None => rupiah::units(text),
    }
}

/// A hyphen stands for nothing in texts of the trade.
fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !matches!(*text, "" | "-"))
}

/// `HH:MM` as minutes since midnight.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str, below: u16| {
        let fits = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|number| fits && *number < below)
    };
    Some(two(hours, 24)? * 60 + two(minutes, 60)?)
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
