//! One rule of a test: which calls it hits, how often, and with what.

use serde::Deserialize;

use super::kinds::{AFTER, BEFORE, Call, FORMING, Kind, OUTBOUND};
use crate::goods::{Refusal, Why};
use crate::suppliers::{Provider, seller};

/// One rule. Without `probability` and `times` it hits every matching call, but for the first `skip`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub provider: Provider,
    pub call: Call,
    pub kind: Kind,
    pub account: Option<String>,
    pub reference: Option<String>,
    pub product: Option<String>,
    pub probability: Option<f64>,
    pub times: Option<u64>,
    pub skip: Option<u64>,
    pub delay_ms: Option<u64>,
    /// What `refuse` and `fail` say: the provider's own code…
    pub rc: Option<String>,
    /// …or a reason, which a supplier puts into its words.
    pub why: Option<Why>,
    pub copies: Option<usize>,
    /// What `rewrite` replaces, wherever it stands in the reply…
    pub from: Option<String>,
    /// …and by what.
    pub to: Option<String>,
}

impl Rule {
    /// What it refuses or fails with.
    pub fn refusal(&self) -> Option<Refusal> {
        self.why.map(Refusal::Why).or_else(|| self.rc.clone().map(Refusal::Code))
    }

    /// What it replaces, by what.
    pub fn rewrites(&self) -> Option<(&str, &str)> {
        let from = self.from.as_deref().filter(|from| !from.is_empty())?;
        Some((from, self.to.as_deref()?))
    }

    /// Whether the combination means anything.
    pub fn problem(&self) -> Option<String> {
        let fits_provider = match self.call {
            Call::Checkout | Call::Query | Call::CodeQuery | Call::Notice | Call::PaymentInfo => {
                self.provider == Provider::Ecpay
            }
            Call::Topup
            | Call::Status
            | Call::Pricelist
            | Call::Balance
            | Call::Inquiry
            | Call::BillInquiry
            | Call::Callback => seller(self.provider).is_some(),
        };
        if !fits_provider {
            return Some(format!("{:?} has no call {:?}", self.provider, self.call));
        }
        let transport = BEFORE.contains(&self.kind) || AFTER.contains(&self.kind) || self.kind == Kind::Latency;
        let fits_call = match self.call {
            Call::Notice => OUTBOUND.contains(&self.kind) || self.kind == Kind::WrongAmount,
            Call::Callback => OUTBOUND.contains(&self.kind) || self.kind == Kind::Lie,
            Call::PaymentInfo => OUTBOUND.contains(&self.kind),
            Call::Topup => transport || FORMING.contains(&self.kind),
            Call::Status => transport || self.kind == Kind::NotFound,
            Call::Query => transport || matches!(self.kind, Kind::NotFound | Kind::Ampersand),
            // Only there an inquiry is a purchase of its own, which can wait.
            Call::BillInquiry => transport || (self.kind == Kind::PendingFor && self.provider == Provider::Pulsaif),
            Call::Checkout | Call::CodeQuery | Call::Pricelist | Call::Balance | Call::Inquiry => transport,
        };
        if !fits_call {
            return Some(format!("{:?} cannot happen to {:?}", self.kind, self.call));
        }
        if self.kind == Kind::Refuse && self.refusal().is_none() {
            return Some("refuse needs rc or why".to_owned());
        }
        if self.kind == Kind::Rewrite && self.rewrites().is_none() {
            return Some("rewrite needs from and to".to_owned());
        }
        if let Some(why) = self.why
            && !seller(self.provider).is_some_and(|seller| seller.can_say(why))
        {
            return Some(format!("{:?} has no word for {why:?}", self.provider));
        }
        if self.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Some("probability must lie between 0 and 1".to_owned());
        }
        if self.copies.is_some_and(|copies| !(1..=crate::notices::MAX_COPIES).contains(&copies)) {
            return Some(format!("copies must lie between 1 and {}", crate::notices::MAX_COPIES));
        }
        None
    }
}
