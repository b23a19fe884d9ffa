//! What every adapter shares: the one outgoing HTTP call, redaction, and the manifests by which adapters register.
//!
//! A call sends at most one request, on a connection of its own: it follows no redirect, repeats nothing and listens to
//! no proxy of the environment. What a reply means is the adapter's business, never this crate's.

mod http;
mod manifest;
mod outcome;
mod redact;

pub use http::{BODY_CAP, Http, HttpBuildError, HttpSettings, Method, Request};
pub use manifest::{BuildGateway, BuildSupplier, GatewayManifest, GatewayUrls, SupplierManifest};
pub use outcome::Outcome;
pub use redact::Redactor;
