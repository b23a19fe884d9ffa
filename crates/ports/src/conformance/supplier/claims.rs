//! What a supplier can do by its own account, and where it differs from others. What it claims must be shown; what it does not
//! claim must not be there, so that nothing escapes the suite.

use crate::supplier::Proof;

/// What a supplier claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Pays bills, in this way. Nothing: it pays none.
    pub bills: Option<BillClaims>,
    /// Answers questions before a purchase.
    pub inquiries: bool,
    /// Sends notices, which prove so much. Nothing: it is only asked.
    pub notices: Option<Proof>,
    /// Has hours in which something is not sold, and says so in this way. Nothing: it has none.
    pub cut_off: Option<CutOff>,
    /// Takes a price that must not be exceeded.
    pub price_guard: bool,
    /// Its "not found" may be believed in time: what its `trust()` says.
    pub absence: bool,
    /// A question about a purchase that never arrived forms it: what its `asking_may_buy()` says.
    pub asking_may_buy: bool,
    /// Its replies name the purchase they are about, so that one about another is none. Not: none of them does, and what comes is
    /// about what was asked (no sample in Lapak's docs has our reference).
    pub names_reference: bool,
}

/// How a supplier has its bills paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillClaims {
    /// Says of a paid bill that it is paid. Not: it has one word for that and for a bill that is not out yet, which is read as
    /// "not yet" (Digiflazz, code 60).
    pub tells_paid: bool,
    /// Takes payments of the day of their inquiry only. Not: a payment names no inquiry, and pays on any day what is owed then
    /// (Pulsa IF).
    pub same_day: bool,
}

/// What becomes of a purchase at an hour at which its goods are not sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutOff {
    /// Turned away: nothing is formed.
    Refused,
    /// Written down, and failed for good: its reference is used up (Digiflazz, code 58).
    Failed,
}

/// Something only some suppliers can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capability {
    Bills,
    Inquiries,
    Notices,
    CutOff,
    PriceGuard,
}

/// Who must show a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    Everybody,
    /// Who claims it.
    Claims(Capability),
    /// Whoever can; the reason why not is printed.
    WhoCan,
}

impl Claims {
    pub(super) const fn claims(&self, what: Capability) -> bool {
        match what {
            Capability::Bills => self.bills.is_some(),
            Capability::Inquiries => self.inquiries,
            Capability::Notices => self.notices.is_some(),
            Capability::CutOff => self.cut_off.is_some(),
            Capability::PriceGuard => self.price_guard,
        }
    }

    /// Whether a case of this duty is about what is not claimed.
    pub(super) const fn must_not(&self, duty: Duty) -> bool {
        matches!(duty, Duty::Claims(what) if !self.claims(what))
    }

    /// Whether a case of this duty may be declared not possible.
    pub(super) const fn may_skip(&self, duty: Duty) -> bool {
        match duty {
            Duty::Everybody => false,
            Duty::Claims(what) => !self.claims(what),
            Duty::WhoCan => true,
        }
    }
}
