//! One rule for the sandbox's faults.

use serde_json::{Map, Value, json};

/// What happens to a call: as `crates/sandbox/src/faults/rule.rs` reads it. It hits every such call.
#[derive(Debug, Clone)]
pub struct Fault(Map<String, Value>);

impl Fault {
    /// `call`: `topup`, `status`, `pricelist`, `bill_inquiry`…; `kind`: `drop_after`, `refuse`…
    pub fn new(call: &str, kind: &str) -> Self {
        Self(Map::from_iter([("call".to_owned(), json!(call)), ("kind".to_owned(), json!(kind))]))
    }

    /// The supplier turns it down for this reason, in its own words.
    pub fn refuse(call: &str, why: &str) -> Self {
        Self::new(call, "refuse").with("why", json!(why))
    }

    /// One text of the reply is replaced.
    pub fn rewrite(call: &str, from: &str, to: &str) -> Self {
        Self::new(call, "rewrite").with("from", json!(from)).with("to", json!(to))
    }

    /// One more field of the rule.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// The rule as it is sent.
    pub(crate) fn rule(self, provider: &str) -> Value {
        Value::Object(self.with("provider", json!(provider)).0)
    }
}
