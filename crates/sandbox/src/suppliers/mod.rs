//! The suppliers, each in its own words: how it is asked, how requests are signed, what it answers and calls back with.

pub mod billfazz;
pub mod digiflazz;
pub mod iak;
pub mod lapak;
pub mod pulsaif;
pub mod redision;

use actix_web::web::{self, ServiceConfig};

use crate::faults::Provider;

/// Those that are played.
pub const SUPPLIERS: [Provider; 6] =
    [Provider::Iak, Provider::Billfazz, Provider::Redision, Provider::Lapak, Provider::Pulsaif, Provider::Digiflazz];

/// A supplier's addresses, under its own name; none, where it is not played.
pub fn routes(supplier: Provider, config: &mut ServiceConfig) {
    let scope = web::scope(&format!("/{}", supplier.word()));
    match supplier {
        Provider::Iak => config.service(scope.configure(iak::routes)),
        Provider::Billfazz => config.service(scope.configure(billfazz::routes)),
        Provider::Redision => config.service(scope.configure(redision::routes)),
        Provider::Pulsaif => config.service(scope.configure(pulsaif::routes)),
        Provider::Lapak => config.service(scope.configure(lapak::routes)),
        Provider::Digiflazz => config.service(scope.configure(digiflazz::routes)),
        _ => config,
    };
}
