//! Every adapter this program ships, one line each. Adding one touches nothing else here.

use adapters_kit::{GatewayManifest, SupplierManifest};

pub const SUPPLIERS: &[SupplierManifest] = &[
    adapters_iak::MANIFEST, //
];

pub const GATEWAYS: &[GatewayManifest] = &[
    adapters_ecpay::MANIFEST, //
];
