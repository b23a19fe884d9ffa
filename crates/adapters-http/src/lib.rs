//! Our own API: two listeners (customers and providers; staff) over the engine's use cases.
//!
//! A request passes, in this order: `edge` (request id, log line, headers, problem bodies), `auth::guard` (the permission
//! table), an extractor that names what is wrong with the input, and one use case. What must not live here: a rule about
//! an order, SQL, a provider's words.

mod admin;
mod answer;
mod auth;
mod body;
mod docs;
mod dto;
mod edge;
mod errors;
mod health;
mod idempotency;
mod metrics;
mod openapi;
mod places;
mod problem;
mod public;
mod query;
mod routes;
mod server;
mod webhooks;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use auth::{BadJwtKeys, Claims, JwtKeys, Role, TOKEN_LIFE, TokenError};
pub use openapi::{openapi_admin, openapi_public};
pub use server::{Bound, BoundProbes, HttpSettings, ServeError, bind, bind_probes};
