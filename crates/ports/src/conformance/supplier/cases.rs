//! The cases that are purchases, in the order of the report: which situations each goes through, and who must show it.

use super::Situation as S;
use super::claims::{Capability, Duty};

/// One case: all its situations must hold.
pub(super) struct PurchaseCase {
    pub(super) name: &'static str,
    pub(super) situations: &'static [S],
    pub(super) duty: Duty,
}

const fn all(name: &'static str, situations: &'static [S]) -> PurchaseCase {
    PurchaseCase { name, situations, duty: Duty::Everybody }
}

const fn who_can(name: &'static str, situations: &'static [S]) -> PurchaseCase {
    PurchaseCase { name, situations, duty: Duty::WhoCan }
}

const fn who_claims(name: &'static str, situations: &'static [S], what: Capability) -> PurchaseCase {
    PurchaseCase { name, situations, duty: Duty::Claims(what) }
}

/// The groups with their cases.
pub(super) const PURCHASES: &[(&str, &[PurchaseCase])] = &[
    ("outcomes", OUTCOMES),
    ("refusals", REFUSALS),
    ("lost answers to a purchase", LOST),
    ("lost answers to a question", ASKED),
    ("other", OTHER),
];

const OUTCOMES: &[PurchaseCase] = &[
    all("Delivers", &[S::Delivers]),
    all("StaysPending", &[S::StaysPending]),
    all("FailsAtOperator", &[S::FailsAtOperator]),
    who_can("DeliveredAtOnce", &[S::DeliveredAtOnce]),
    who_can("SerialLater", &[S::SerialLater]),
    who_can("SerialOfTwoParts", &[S::SerialOfTwoParts]),
    who_can("PlnToken", &[S::PlnToken, S::PlnTokenTooShort]),
    who_can("PriceAboveList", &[S::PriceAboveList]),
    who_claims("PriceGuard", &[S::PriceGuard], Capability::PriceGuard),
    who_can("PriceAsText", &[S::PriceWithDots, S::PriceWithRp, S::PriceWithFraction]),
    who_can("TargetOfTwoParts", &[S::TargetOfTwoParts]),
    who_can("DuplicateReference", &[S::DuplicateReference]),
];

const REFUSALS: &[PurchaseCase] = &[
    all("ClosedProduct", &[S::RefusedClosedProduct]),
    all("UnknownProduct", &[S::RefusedUnknownProduct]),
    all("WrongNumber", &[S::RefusedWrongNumber]),
    all("LowDeposit", &[S::RefusedLowDeposit]),
    all("Credentials", &[S::RefusedCredentials]),
    who_can("AddressNotAllowed", &[S::RefusedAddress]),
    who_can("Repeat", &[S::RefusedRepeat]),
    who_can("Throttled", &[S::Throttled]),
    who_can("Maintenance", &[S::Maintenance]),
    who_claims("CutOff", &[S::CutOff], Capability::CutOff),
    who_can("MalformedRequest", &[S::MalformedRequest]),
    who_can("BlockedNumber", &[S::BlockedNumber]),
    who_can("RefusedInStatusOnly", &[S::RefusedInStatusOnly]),
    all("RefusedThenAskedSaysSo", &[S::RefusedThenAsked]),
];

const LOST: &[PurchaseCase] = &[
    all("Unreachable", &[S::Unreachable]),
    all("DropBeforeForming", &[S::DropBeforeForming]),
    all("DropAfterForming", &[S::DropAfterForming]),
    all("ErrorAfterForming", &[S::ErrorAfterForming]),
    all("ErrorBeforeForming", &[S::ErrorBeforeForming]),
    all("Redirect307", &[S::Redirect307]),
    all("HtmlWith200", &[S::HtmlWith200]),
    all("EmptyWith200", &[S::EmptyWith200]),
    all("Truncated", &[S::Truncated]),
    all("WrongTypes", &[S::WrongTypes]),
    all("OtherCharset", &[S::OtherCharset]),
    all("HugeBody", &[S::HugeBody]),
    all("SlowDrip", &[S::SlowDrip]),
    all("UnknownCode", &[S::UnknownCode]),
];

const ASKED: &[PurchaseCase] = &[
    all("NotFound", &[S::NotFound]),
    all("StatusDrop", &[S::StatusDrop]),
    all("StatusError", &[S::StatusError]),
    all("StatusRedirect307", &[S::StatusRedirect307]),
    all("StatusHtml", &[S::StatusHtmlWith200]),
    all("StatusTruncated", &[S::StatusTruncated]),
    all("StatusWrongTypes", &[S::StatusWrongTypes]),
    all("StatusUnknownCode", &[S::StatusUnknownCode]),
    all("StatusOtherReference", &[S::StatusOtherReference]),
    who_can("StatusCredentials", &[S::StatusCredentials]),
    who_can("StatusThrottled", &[S::StatusThrottled]),
];

const OTHER: &[PurchaseCase] = &[
    all("OtherReference", &[S::OtherReference]),
    who_can("UnknownFields", &[S::UnknownFields]),
    who_can("ContradictoryWords", &[S::ContradictoryWords, S::StatusContradictoryWords]),
    who_can("LateReversal", &[S::LateReversal]),
    who_can("LateSuccess", &[S::LateSuccess]),
    who_can("NotFoundOfAFormedOne", &[S::NotFoundOfAFormedOne]),
    all("AskingNeverBuys", &[S::AskingNeverBuys]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_situation_of_a_purchase_is_in_one_case() {
        let named: Vec<S> =
            PURCHASES.iter().flat_map(|(_, cases)| cases.iter().flat_map(|case| case.situations)).copied().collect();
        let read = [S::ListHuge, S::ListEmpty];
        for situation in S::ALL.iter().filter(|situation| !read.contains(situation)) {
            assert_eq!(named.iter().filter(|named| *named == situation).count(), 1, "{situation:?}");
        }
        assert_eq!(named.len() + read.len(), S::ALL.len());
    }
}
