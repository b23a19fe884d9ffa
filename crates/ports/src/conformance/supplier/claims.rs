//! What a supplier can do by its own account. What it claims must be shown; what it does not claim must not be there, so that
//! nothing escapes the suite.

use crate::supplier::Proof;

/// What a supplier claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Pays bills.
    pub bills: bool,
    /// Answers questions before a purchase.
    pub inquiries: bool,
    /// Sends notices, which prove so much. Nothing: it is only asked.
    pub notices: Option<Proof>,
    /// Has hours in which something is not sold, and says so.
    pub cut_off: bool,
    /// Takes a price that must not be exceeded.
    pub price_guard: bool,
    /// Its "not found" may be believed in time: what its `trust()` says.
    pub absence: bool,
    /// A question about a purchase that never arrived forms it: what its `asking_may_buy()` says.
    pub asking_may_buy: bool,
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
            Capability::Bills => self.bills,
            Capability::Inquiries => self.inquiries,
            Capability::Notices => self.notices.is_some(),
            Capability::CutOff => self.cut_off,
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
