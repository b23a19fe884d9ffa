//! What is said of a supplier beside its offers: by a person who switched it off, by the machine that saw trouble there.

use crate::Moment;
use crate::ids::SupplierId;
use crate::money::Money;
use crate::wire_words;

/// Why less or nothing is bought at a supplier until the fault is seen to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Our deposit there did not suffice: what costs as much, or more, is not bought.
    Deposit,
    /// It did not accept our key, account or address. Nothing is bought there.
    Account,
}

wire_words!(Hold { Deposit = "deposit", Account = "account" });

/// How a person switched goods off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// Until a person switches them on again.
    Open,
    /// For a time that has an end: maintenance.
    Until(Moment),
}

/// One supplier, as far as anything speaks against buying there. What is here holds for every process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub supplier: SupplierId,
    /// It, or the product looked at, or this product there.
    pub off: Option<Off>,
    pub hold: Option<Hold>,
    /// What our deposit did not suffice for. Nothing: that is not known, or not the reason.
    pub needed: Option<Money>,
    /// Some process found it in trouble, until then.
    pub broken_until: Option<Moment>,
}
