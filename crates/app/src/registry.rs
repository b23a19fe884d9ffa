//! Every adapter this program ships, one line each. Adding one touches nothing else here.

use adapters_kit::{GatewayManifest, SupplierManifest};

/// Every kind of supplier.
pub const SUPPLIERS: &[SupplierManifest] = &[
    adapters_digiflazz::MANIFEST,
    adapters_iak::MANIFEST, //
    adapters_lapak::MANIFEST,
    adapters_pulsaif::MANIFEST,
];

/// Every kind of gateway.
pub const GATEWAYS: &[GatewayManifest] = &[
    adapters_ecpay::MANIFEST, //
];
