//! How each situation comes about at any supplier: whose account, which goods, which faults of the sandbox.

use ports::conformance::{Situation, Unsupported};
use serde_json::json;

use crate::fault::Fault;
use crate::subject::{Need, Subject, Who};

/// What has to be so before a purchase is tried.
pub(crate) struct Plan {
    pub(crate) who: Who,
    pub(crate) need: Need,
    /// Instead of the code of what is needed.
    pub(crate) code: Option<&'static str>,
    /// Of this purchase alone.
    pub(crate) faults: Vec<Fault>,
    /// Of all such calls.
    pub(crate) rules: Vec<Fault>,
}

/// On nobody's list.
const NO_SUCH_CODE: &str = "nosuchcode1";

const NO_FIELD: Unsupported = Unsupported("its replies name no price in a field");
const NO_CONTRADICTION: Unsupported = Unsupported("no two words of its replies can contradict each other");

/// The plan for a situation.
///
/// # Errors
/// The supplier's replies have nothing to be spoiled so.
pub(crate) fn plan(subject: &Subject, situation: Situation, rupiah: i64) -> Result<Plan, Unsupported> {
    use Situation as S;
    let with = |faults: Vec<Fault>| Plan { faults, ..plain() };
    let needs = |need| Plan { need, ..plain() };
    let refused = |why| with(vec![Fault::refuse("topup", why)]);
    let price = |written: &str| {
        let field = subject.price_field.ok_or(NO_FIELD)?;
        let (from, to) = (format!("\"{field}\":{rupiah}"), format!("\"{field}\":{written}"));
        Ok(with(vec![Fault::rewrite("topup", &from, &to)]))
    };
    let contradiction = |call: &str, which: usize| {
        let texts = subject.contradictions.as_ref().and_then(|texts| texts.get(which));
        let (from, to) = texts.ok_or(NO_CONTRADICTION)?;
        Ok(with(vec![Fault::rewrite(call, from, to)]))
    };
    Ok(match situation {
        S::Delivers
        | S::StaysPending
        | S::Unreachable
        | S::DuplicateReference
        | S::NotFound
        | S::AskingNeverBuys
        | S::LateReversal => plain(),
        S::FailsAtOperator | S::LateSuccess => with(vec![Fault::new("topup", "fail")]),
        S::DeliveredAtOnce => with(vec![Fault::new("topup", "at_once")]),
        S::SerialLater => with(vec![Fault::new("topup", "serial_late")]),
        S::SerialOfTwoParts => needs(Need::CodeAndPin),
        S::PlnToken => needs(Need::PlnToken),
        S::PlnTokenTooShort => Plan { need: Need::PlnToken, ..with(vec![Fault::new("topup", "serial_short")]) },
        S::PriceAboveList | S::PriceGuard => with(vec![Fault::new("topup", "price_change")]),
        S::PriceWithDots => price(&format!("\"{}\"", dotted(rupiah)))?,
        S::PriceWithRp => price(&format!("\"Rp{}\"", dotted(rupiah)))?,
        S::PriceWithFraction => price(&format!("{rupiah}.5"))?,
        S::TargetOfTwoParts => needs(Need::TwoPartTarget),
        S::RefusedClosedProduct => needs(Need::Closed),
        S::RefusedUnknownProduct | S::RefusedThenAsked => Plan { code: Some(NO_SUCH_CODE), ..plain() },
        S::RefusedWrongNumber => needs(Need::WrongNumber),
        S::RefusedLowDeposit => Plan { who: Who::Poor, ..plain() },
        S::RefusedCredentials => Plan { who: Who::Stranger, ..plain() },
        S::RefusedAddress => refused("address"),
        S::RefusedRepeat => refused("repeat"),
        S::Throttled => refused("busy"),
        S::Maintenance => refused("maintenance"),
        S::CutOff => refused("cut_off"),
        S::MalformedRequest => refused("malformed"),
        S::BlockedNumber => refused("blocked"),
        S::RefusedInStatusOnly => with(vec![Fault::new("topup", "fail").with("why", json!("wrong_number"))]),
        S::UnknownCode => refused("unknown_code"),
        S::StatusUnknownCode => with(vec![Fault::refuse("status", "unknown_code")]),
        S::StatusCredentials => with(vec![Fault::refuse("status", "credentials")]),
        S::StatusThrottled => with(vec![Fault::refuse("status", "busy")]),
        S::UnknownFields => with(["topup", "status"].map(|call| Fault::new(call, "extra_fields")).into()),
        S::ContradictoryWords => contradiction("topup", 0)?,
        S::StatusContradictoryWords => contradiction("status", 1)?,
        S::NotFoundOfAFormedOne => with(vec![Fault::new("status", "not_found")]),
        S::ListHuge => Plan { rules: vec![Fault::new("pricelist", "huge")], ..plain() },
        S::ListEmpty => Plan { rules: vec![Fault::new("pricelist", "empty")], ..plain() },
        spoiled => with(spoils(spoiled)),
    })
}

fn plain() -> Plan {
    Plan { who: Who::First, need: Need::Sold, code: None, faults: Vec::new(), rules: Vec::new() }
}

/// Where a call is lost or its reply spoiled on the way.
fn spoils(situation: Situation) -> Vec<Fault> {
    use Situation as S;
    let (call, kind) = match situation {
        S::DropBeforeForming => ("topup", "drop_before"),
        S::DropAfterForming => ("topup", "drop_after"),
        S::ErrorAfterForming => ("topup", "error_after"),
        S::ErrorBeforeForming => ("topup", "error_before"),
        S::Redirect307 => ("topup", "redirect_307"),
        S::HtmlWith200 => ("topup", "html"),
        S::EmptyWith200 => ("topup", "empty"),
        S::Truncated => ("topup", "truncated"),
        S::WrongTypes => ("topup", "wrong_types"),
        S::OtherCharset => ("topup", "charset"),
        S::HugeBody => ("topup", "huge"),
        S::SlowDrip => ("topup", "drip"),
        S::OtherReference => ("topup", "other_reference"),
        S::StatusDrop => ("status", "drop_after"),
        S::StatusError => ("status", "error_after"),
        S::StatusRedirect307 => ("status", "redirect_307"),
        S::StatusHtmlWith200 => ("status", "html"),
        S::StatusTruncated => ("status", "truncated"),
        S::StatusWrongTypes => ("status", "wrong_types"),
        S::StatusOtherReference => ("status", "other_reference"),
        _ => return Vec::new(),
    };
    vec![Fault::new(call, kind)]
}

/// `10.250`
fn dotted(rupiah: i64) -> String {
    adapters_kit::rupiah::grouped(rupiah)
}
