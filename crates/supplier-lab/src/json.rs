//! JSON that no supplier promised, for the properties of whatever reads one's replies.

use proptest::prelude::*;
use serde_json::Value;

/// Any JSON. Some of its texts and some of its names are of these patterns, so that it is nearly a reply.
pub fn any_json(texts: &'static str, names: &'static str) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts.prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        let fields = prop::collection::btree_map(prop_oneof![names, "[a-z]{1,4}"], inner.clone(), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
