//! What every adapter shares: the one outgoing HTTP call, redaction, seals, settings, how suppliers write numbers and words,
//! what their products are called here, and the manifests by which adapters register.
//!
//! A call sends at most one request, on a connection of its own: it follows no redirect, repeats nothing and listens to
//! no proxy of the environment. What a reply means is the adapter's business, never this crate's.

pub mod bills;
mod http;
mod json;
pub mod listing;
mod manifest;
pub mod naming;
mod notices;
mod outcome;
mod redact;
pub mod rupiah;
mod scalar;
pub mod seal;
pub mod settings;
mod words;

pub use http::{BODY_CAP, Http, HttpBuildError, HttpSettings, LIST_CAP, Method, Request};
pub use json::{Object, fields, object};
pub use manifest::{BuildGateway, BuildSupplier, GatewayManifest, PublicUrls, SETTLE, SupplierManifest};
pub use notices::plain_reply;
pub use outcome::{NOT_SENT, Outcome, unsent};
pub use redact::{Redactor, number_forms, private_values};
pub use scalar::Scalar;
pub use seal::same;
pub use words::{SHOWN_LIMIT, filled, is_line, slug, word};
