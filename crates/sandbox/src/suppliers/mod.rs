//! The suppliers, each in its own words: how it is asked, how requests are signed, what it answers and calls back with.

pub mod iak;

use actix_web::web::{self, ServiceConfig};

use crate::faults::Provider;

/// Those that are played.
pub const SUPPLIERS: [Provider; 1] = [Provider::Iak];

/// A supplier's addresses, under its own name; none, where it is not played.
pub fn routes(supplier: Provider, config: &mut ServiceConfig) {
    let scope = web::scope(&format!("/{}", supplier.word()));
    if supplier == Provider::Iak {
        config.service(scope.configure(iak::routes));
    }
}
