//! What Pulsa IF's sentences and numbers mean, all of them specified by us. Two tables, read by tests that compare each cell with
//! what the adapter answers.
//!
//! Sentences, behind the name of our purchase (asked at 10:21; the purchase is of 10:20):
//!
//! | sentence | purchase | check | inquiry of a bill |
//! |---|---|---|---|
//! | `akan diproses @10:20. Saldo 100.000 - 10.345 = 89.655` | pending | pending | wait |
//! | `SUKSES. SN/Ref: 0123456789. Hrg 10.345. Saldo 89.655` | delivered | delivered | unclear |
//! | `SUKSES. SN/Ref: BUDI/202609/1/TOTAL:302.500. Hrg 0. Saldo 89.655` | delivered | delivered | owed |
//! | `SUKSES.` | delivered | delivered | unclear |
//! | `GAGAL. Saldo tidak cukup. Saldo 5` | refused: deposit | failed: deposit | refused: deposit |
//! | `GAGAL. Kode produk salah. Saldo 5` | refused: supplier | failed: supplier | refused: supplier |
//! | `GAGAL. Produk sedang gangguan. Saldo 5` | refused: supplier | failed: supplier | refused: supplier |
//! | `GAGAL. Nomor tujuan salah. Saldo 5` | refused: customer | failed: customer | unknown target |
//! | `GAGAL. Tagihan sudah terbayar. Saldo 5` | refused: customer | failed: customer | paid |
//! | `GAGAL. Transaksi gagal. Saldo 5` | unclear | failed: supplier | unclear |
//! | `sdh pernah jam 10:20, status Sukses. SN: BUDI/202609/1/TOTAL:302.500` | unclear | delivered | owed earlier |
//! | `sdh pernah jam 10:20, status Gagal. SN: ` | unclear | failed: supplier | unclear |
//! | `sdh pernah jam 10:20, status Menunggu Jawaban. SN: ` | unclear | pending | wait |
//! | `sdh pernah jam 09:00, status Sukses. SN: BUDI/202609/1/TOTAL:302.500` | refused: repeat | unclear | owed earlier |
//! | `RC 55` | unclear | unclear | unclear |
//!
//! * A purchase that failed for a reason we do not know may be anything, so it is asked about; a check that says so is final.
//! * "Asked already" to a purchase whose reference is fresh: within a quarter of an hour of our own request, by clocks that may differ
//!   so much, it may be our own request, so it is asked about. Earlier, it is somebody else's purchase of the same goods for the same number on the same day, which Pulsa
//!   IF refuses: whether a second one is wanted is for people to say.
//! * "No such purchase" is said of one day: after midnight in western Indonesia it says nothing of a purchase of the day before,
//!   whatever is trusted; nor within a quarter of an hour of midnight, for clocks differ.
//! * "Asked already" before our reference existed, or long after our request must have left, is not about our purchase, whatever reference
//!   stands before it: the number may have been topped up by somebody else since.
//! * A bill that is paid already fails the item under the domain's own word for it.
//! * Asking what is owed may count as the same purchase twice on one day: then "asked already" tells the first answer of the day. Customers are
//!   told it; nothing is paid by it, for it may be paid since, by anybody. A check of our own inquiry is answered in the same words.
//!
//! Numbers, in reports. None of them is proved, so each only brings a check forward:
//!
//! | status | Pulsa IF says | report |
//! |---|---|---|
//! | `1` | under way | pending |
//! | `2` | under way | pending |
//! | `20` | delivered | delivered |
//! | `40` | failed | failed: supplier |
//! | `41` | unknown member | unclear |
//! | `43` | our deposit is too low | failed: deposit |
//! | `44` | wrong product | failed: supplier |
//! | `46` | asked already | unclear |
//! | `47` | product in trouble | failed: supplier |
//! | `52` | wrong number | failed: customer |
//! | `55` | no answer in time | unclear |
//! | `57` | wrong signature or PIN | unclear |
//! | `255` | unknown | unclear |

use domain::fulfilment::Cause;

/// Why a purchase failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Deposit,
    Product,
    Trouble,
    Number,
    Paid,
    /// None we know.
    Other,
}

/// Of the whole text behind `GAGAL.`
pub fn reason(text: &str) -> Reason {
    match text {
        "Saldo tidak cukup" => Reason::Deposit,
        "Kode produk salah" => Reason::Product,
        "Produk sedang gangguan" => Reason::Trouble,
        "Nomor tujuan salah" => Reason::Number,
        "Tagihan sudah terbayar" => Reason::Paid,
        _ => Reason::Other,
    }
}

impl Reason {
    /// Whose business it is.
    pub const fn cause(self) -> Cause {
        match self {
            Self::Deposit => Cause::Deposit,
            Self::Product | Self::Trouble | Self::Other => Cause::Supplier,
            Self::Number | Self::Paid => Cause::Customer,
        }
    }

    /// As people read it: Pulsa IF's words, spelled as a code. An item whose bill is paid fails with the domain's word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Deposit => "SALDO_TIDAK_CUKUP",
            Self::Product => "KODE_PRODUK_SALAH",
            Self::Trouble => "PRODUK_SEDANG_GANGGUAN",
            Self::Number => "NOMOR_TUJUAN_SALAH",
            Self::Paid => "bill_paid",
            Self::Other => "GAGAL",
        }
    }
}

/// What the status of a report claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Delivered,
    Pending,
    Failed(Cause),
    /// Nothing about the purchase, or nothing certain.
    Unsure,
}

/// Nothing: not a number of the table.
pub fn claim(status: &str) -> Option<Claim> {
    Some(match status {
        "20" => Claim::Delivered,
        "1" | "2" => Claim::Pending,
        "40" | "44" | "47" => Claim::Failed(Cause::Supplier),
        "43" => Claim::Failed(Cause::Deposit),
        "52" => Claim::Failed(Cause::Customer),
        "41" | "46" | "55" | "57" | "255" => Claim::Unsure,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::TimeDelta;
    use domain::catalogue::Category;
    use domain::fulfilment::Answer;
    use domain::{Currency, Moment, Money, Reference};
    use ports::bill::{BillAnswer, NotOwed};

    use super::*;
    use crate::bill::{self, Heard};
    use crate::map::{About, Asked, answer};
    use crate::notice;
    use crate::wire::Trx;

    /// 10:21 in western Indonesia.
    fn now() -> Moment {
        "2026-11-22T03:21:00Z".parse().unwrap()
    }

    fn reference() -> Reference {
        Reference::mint(now() - TimeDelta::minutes(1), [7; 8])
    }

    fn table(columns: usize) -> Vec<(&'static str, Vec<&'static str>)> {
        let rows = include_str!("codes.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
        let rows = rows.map(|row| {
            let (first, rest) = row.split_once("` |").unwrap();
            (first, rest.trim_end_matches('|').split('|').map(str::trim).collect::<Vec<_>>())
        });
        rows.filter(|(_, cells)| cells.len() == columns).collect()
    }

    fn word(answer: &Answer) -> String {
        match answer {
            Answer::Delivered { .. } => "delivered".into(),
            Answer::Pending { .. } => "pending".into(),
            Answer::Refused { cause, .. } => format!("refused: {cause}"),
            Answer::Failed { cause, .. } => format!("failed: {cause}"),
            Answer::NotFound => "not found".into(),
            Answer::Unclear { .. } => "unclear".into(),
        }
    }

    fn about<'a>(reference: &'a Reference, trx: &'a Trx<'a>) -> About<'a> {
        About { reference, trx, category: Category::Airtime }
    }

    fn bill_word(heard: &Heard) -> String {
        match heard {
            Heard::Wait => "wait".into(),
            Heard::Answer(BillAnswer::Owed(owed)) if owed.fresh => "owed".into(),
            Heard::Answer(BillAnswer::Owed(_)) => "owed earlier".into(),
            Heard::Answer(BillAnswer::NotOwed(NotOwed::Paid)) => "paid".into(),
            Heard::Answer(BillAnswer::NotOwed(NotOwed::UnknownTarget)) => "unknown target".into(),
            Heard::Answer(BillAnswer::NotOwed(other)) => format!("{other:?}"),
            Heard::Answer(BillAnswer::Refused { cause, .. }) => format!("refused: {cause}"),
            Heard::Answer(BillAnswer::Unclear { .. }) => "unclear".into(),
        }
    }

    #[test]
    fn every_sentence_means_in_every_place_what_the_table_says() {
        let table = table(3);
        assert_eq!(table.len(), 15);
        for (sentence, cells) in table {
            let reference = reference();
            let trx = Trx { product: "S10", dest: "081234567890", reference: reference.as_str() };
            let line = format!("R#{reference} S10.081234567890 {sentence}");
            let told = |asked| word(&answer(asked, &about(&reference, &trx), 200, line.as_bytes(), now()));
            let asked = bill::Asked { fee: Money::zero(Currency::Idr), months: None };
            let heard = bill::read(Asked::Purchase, &about(&reference, &trx), &asked, 200, line.as_bytes(), now());
            let answers = [told(Asked::Purchase), told(Asked::Check), bill_word(&heard)];
            assert_eq!(answers.as_slice(), cells, "{sentence}");
        }
    }

    #[test]
    fn every_number_claims_what_the_table_says_and_no_other_claims_anything() {
        let table = table(2);
        assert_eq!(table.len(), 13);
        for (status, cells) in &table {
            assert_eq!(word(&notice::claims(Some(status), None)), cells[1], "{status}");
        }
        let named: BTreeSet<&str> = table.into_iter().map(|(status, _)| status).collect();
        let others = (0..=1_000).flat_map(|n: u32| [n.to_string(), format!("{n:02}"), format!("{n:03}")]);
        for status in others.filter(|status| !named.contains(status.as_str())) {
            assert_eq!(claim(&status), None, "{status}");
        }
    }
}
