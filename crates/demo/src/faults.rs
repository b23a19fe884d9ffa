//! Which faults a run injects, and which kinds must have happened in a run that is long enough. Pure.
//!
//! Left out is what no shop could get right: a lost word of the only witness (a reversal whose callback is lost), "not
//! found" so often that it must be believed, and a failure that becomes a delivery after another supplier delivered.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The kind that takes deliveries back, and tells of all of them, bills included. Its callbacks are never lost: nobody else would tell.
const TAKES_BACK: &str = "billfazz";

/// Every kind of fault a run of [`ENOUGH_ORDERS`] must have seen.
pub const KINDS: [&str; 23] = [
    "latency",
    "drop_before",
    "drop_after",
    "error_before",
    "error_after",
    "redirect_307",
    "html",
    "garbage",
    "empty",
    "ampersand",
    "refuse",
    "duplicate",
    "reorder",
    "late",
    "lost",
    "forged",
    "wrong_amount",
    "price_change",
    "fail",
    "late_reversal",
    "serial_late",
    "pending_for",
    "not_found",
];
/// From here on every kind fires.
pub const ENOUGH_ORDERS: usize = 200;
/// Counted by the sandbox when a client followed a redirect of a purchase: it never may.
pub const FOLLOWED: &str = "redirect_followed";

/// What goes wrong with the notice of one payment. Aimed at its reference, so that each seed has its share of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeFault {
    /// Never sent.
    Lost,
    /// Three at once.
    Duplicate,
    /// Sent after the next one.
    Reorder,
    /// Six hours later.
    Late,
    /// Preceded by one of somebody without a key.
    Forged,
    /// One dollar too much.
    WrongAmount,
    /// A moment later.
    Latency,
}

impl NoticeFault {
    /// The sandbox's rule for the notices of one reference.
    pub fn rule(self, reference: &str) -> Value {
        let (kind, delay_ms, copies) = match self {
            Self::Lost => ("lost", None, None),
            Self::Duplicate => ("duplicate", None, Some(3)),
            Self::Reorder => ("reorder", None, None),
            Self::Late => ("late", Some(6 * HOUR_MS), None),
            Self::Forged => ("forged", None, None),
            Self::WrongAmount => ("wrong_amount", None, None),
            Self::Latency => ("latency", Some(LATENCY_MS), None),
        };
        json!({
            "provider": "ecpay", "call": "notice", "kind": kind, "reference": reference,
            "delay_ms": delay_ms, "copies": copies, "times": 1,
        })
    }
}

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// Real time; all other delays are business time.
const LATENCY_MS: u64 = 200;

/// The rules of all calls to the gateway and to suppliers of these kinds, each hitting by chance.
pub fn background(kinds: &BTreeSet<&str>) -> Vec<Value> {
    let suppliers =
        kinds.iter().flat_map(|kind| [(*kind, "topup", 0.03), (*kind, "status", 0.02), (*kind, "bill_inquiry", 0.02)]);
    suppliers
        .chain([("ecpay", "query", 0.02), ("ecpay", "code_query", 0.05)])
        .flat_map(|(provider, call, probability)| transport(provider, call, probability))
        .chain(kinds.iter().flat_map(|kind| purchases(kind)))
        .chain(kinds.iter().flat_map(|kind| callbacks(kind)))
        .chain(codes())
        .chain([rule("ecpay", "query", "ampersand", 0.05, &json!({}))])
        .collect()
}

fn transport(provider: &str, call: &str, probability: f64) -> Vec<Value> {
    let kinds =
        ["drop_before", "drop_after", "error_before", "error_after", "redirect_307", "html", "garbage", "empty"];
    let mut rules: Vec<Value> =
        kinds.into_iter().map(|kind| rule(provider, call, kind, probability, &json!({}))).collect();
    rules.push(rule(provider, call, "latency", 2.0 * probability, &json!({ "delay_ms": LATENCY_MS })));
    rules
}

fn purchases(kind: &str) -> Vec<Value> {
    let one = |fault, probability, more: Value| rule(kind, "topup", fault, probability, &more);
    let mut rules = vec![
        one("refuse", 0.03, json!({ "why": "maintenance" })),
        one("refuse", 0.02, json!({ "why": "wrong_number" })),
        one("price_change", 0.05, json!({})),
        one("fail", 0.05, json!({})),
        one("serial_late", 0.06, json!({ "delay_ms": 10 * MINUTE_MS })),
        one("pending_for", 0.05, json!({ "delay_ms": 3 * HOUR_MS })),
        rule(kind, "pricelist", "error_before", 0.2, &json!({})),
        // At most twice, so never thrice about one purchase, which would have to be believed.
        rule(kind, "status", "not_found", 0.3, &json!({ "times": 2 })),
    ];
    if kind == TAKES_BACK {
        rules.push(one("late_reversal", 0.05, json!({ "delay_ms": 20 * MINUTE_MS })));
    }
    if kind == "iak" {
        // The same was bought today.
        rules.push(one("refuse", 0.01, json!({ "rc": "202" })));
    }
    rules
}

fn callbacks(kind: &str) -> Vec<Value> {
    let one = |fault, probability, more: Value| rule(kind, "callback", fault, probability, &more);
    let mut rules = vec![
        one("duplicate", 0.06, json!({ "copies": 3 })),
        one("reorder", 0.05, json!({})),
        one("late", 0.05, json!({ "delay_ms": HOUR_MS })),
        one("forged", 0.05, json!({})),
        one("latency", 0.05, json!({ "delay_ms": LATENCY_MS })),
    ];
    if kind != TAKES_BACK {
        rules.push(one("lost", 0.3, json!({})));
    }
    rules
}

/// A code is shown on the gateway's page whatever becomes of its notice, so every notice of one may be lost.
fn codes() -> Vec<Value> {
    let one = |kind, probability, more: Value| rule("ecpay", "payment_info", kind, probability, &more);
    vec![
        one("lost", 0.15, json!({})),
        one("duplicate", 0.1, json!({ "copies": 3 })),
        one("reorder", 0.1, json!({})),
        one("late", 0.1, json!({ "delay_ms": 30 * HOUR_MS })),
        one("forged", 0.05, json!({})),
        one("latency", 0.05, json!({ "delay_ms": LATENCY_MS })),
    ]
}

fn rule(provider: &str, call: &str, kind: &str, probability: f64, more: &Value) -> Value {
    let mut rule = json!({ "provider": provider, "call": call, "kind": kind, "probability": probability });
    if let (Some(rule), Some(more)) = (rule.as_object_mut(), more.as_object()) {
        rule.extend(more.clone());
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_injected_and_no_other() {
        let aimed = [
            NoticeFault::Lost,
            NoticeFault::Duplicate,
            NoticeFault::Reorder,
            NoticeFault::Late,
            NoticeFault::Forged,
            NoticeFault::WrongAmount,
            NoticeFault::Latency,
        ];
        let rules =
            background(&BTreeSet::from(["billfazz", "iak"])).into_iter().chain(aimed.map(|fault| fault.rule("R")));
        let kinds: BTreeSet<String> = rules.map(|rule| rule["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, KINDS.map(str::to_owned).into());
    }

    #[test]
    fn what_only_one_witness_tells_is_not_lost() {
        let rules = background(&BTreeSet::from(["billfazz", "pulsaif"]));
        let of = |fault: &str| -> BTreeSet<&str> {
            let suppliers = rules.iter().filter(|rule| rule["kind"] == fault && rule["provider"] != "ecpay");
            suppliers.map(|rule| rule["provider"].as_str().unwrap()).collect()
        };
        assert_eq!((of("lost"), of("late_reversal")), (BTreeSet::from(["pulsaif"]), BTreeSet::from(["billfazz"])));
    }
}
