//! One laboratory for all suppliers' adapters: a sandbox of its own for each test, the driver's calls to it, and the world that
//! the contract suite of `ports` runs in. Only tests and examples name this crate;
//! what goes wrong in it ends the test.
//!
//! An adapter gives one [`Subject`], plain data, and its `tests/sockets/subject.rs` is
//!
//! ```ignore
//! pub const SUBJECT: Subject = Subject { manifest: MANIFEST, accounts: [FIRST, POOR], … };
//!
//! #[tokio::test]
//! async fn conformance() {
//!     let not_possible = supplier_lab::conformance(&SUBJECT).await;
//!     assert_eq!(not_possible, ["PriceGuard", "CutOff"], "each with a reason a reviewer would accept");
//! }
//! ```
//!
//! How to write one:
//! * The sandbox must play the supplier under the word of its manifest (`kind`), with two accounts: the second one is made poor.
//! * `settings` gives every setting but the addresses of the sandbox and `TIMEOUT_MS`; `addresses` names those. What is secret, or
//!   names the account, stands in `secrets`: it is tried empty, and must never be printed.
//! * `goods` names a code of the sandbox's list (`GET /goods` tells which) and a target for each [`Need`].
//!   What cannot be bought there is `None`, and its cases are "not possible here".
//! * What the sandbox's faults do is the same for all suppliers and needs no data, but for `price_field` and `contradictions`, which
//!   say how a reply is written. A refusal the supplier has no word for is found out by asking the sandbox.
//! * `cannot` declares the situations its protocol has not, with the reason that the report prints.
//! * `claims` must be the truth: what is claimed must be shown, and what is not claimed must not be there. Whoever answers otherwise
//!   than everybody claims that, too (`CutOff::Failed`, `tells_paid`, `same_day`, `names_reference`).
//! * `notice` signs with code of its own, never with the adapter's.
//! * What reads a reply has a property over [`any_json`]: what nobody promised is never a delivery or a refusal.
//! * A story about real callbacks opens an [`Inbox`]; the example that asks the real service is [`smoke`].
//! * If the sandbox lacks a control, it gets one for all suppliers (`crates/sandbox/src/control`, `faults`), not this crate a proxy.
//!
//! Not here: anything of one supplier, and any rule about what an answer must be (`ports::conformance`).

mod driver;
mod fault;
mod inbox;
mod json;
mod lab;
mod report;
mod situations;
mod smoke;
mod subject;
#[cfg(test)]
mod tests;
mod world;

pub use driver::Line;
pub use fault::Fault;
pub use inbox::{Arrived, Inbox};
pub use json::any_json;
pub use lab::{Lab, nobody_listens, payment, said};
pub use report::conformance;
pub use smoke::smoke;
pub use subject::{Goods, Need, Notice, Subject, Who};
