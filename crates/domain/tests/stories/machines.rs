//! The tables in `docs/STATE_MACHINES.md` are the machines, printed.

use domain::fulfilment::{AttemptState, ItemState};
use domain::machine::table;
use domain::payment::PaymentState;
use domain::refund::RefundState;

const INTRO: &str = "# State machines

Printed from the code (`UPDATE_EXPECT=1 cargo test -p domain --test stories` writes this file again). A column is a state, a row
is something that happens. In **bold** stands the state that follows; *same* means that it is known already and nothing
changes; *–* means that it is refused there.

The machines say what may follow what. When each thing is held to have happened, and what it does to tasks, books and
alerts, is decided in `crates/domain/src/order`. The states of an order are derived: it is in `review` while its payment or
an item is, else it has its payment's state.

";

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test")]
fn the_documented_tables_are_the_machines() {
    let tables = [
        table::<PaymentState>(PaymentState::as_str),
        table::<ItemState>(ItemState::as_str),
        table::<AttemptState>(AttemptState::as_str),
        table::<RefundState>(RefundState::as_str),
    ];
    let text = format!("{INTRO}{}", tables.join("\n"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/STATE_MACHINES.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let file = std::fs::read_to_string(path).unwrap_or_default();
    assert!(file == text, "docs/STATE_MACHINES.md is out of date: run this test with UPDATE_EXPECT=1");
}
