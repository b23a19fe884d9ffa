//! Every adapter this program ships, one line each. Adding one touches nothing else here.

use adapters_kit::{GatewayManifest, SupplierManifest};

/// Every kind of supplier.
pub const SUPPLIERS: &[SupplierManifest] = &[
    adapters_billfazz::MANIFEST,
    adapters_digiflazz::MANIFEST,
    adapters_iak::MANIFEST,
    adapters_lapak::MANIFEST,
    adapters_pulsaif::MANIFEST,
    adapters_redision::MANIFEST,
];

/// Every kind of gateway.
pub const GATEWAYS: &[GatewayManifest] = &[
    adapters_ecpay::MANIFEST, //
];
