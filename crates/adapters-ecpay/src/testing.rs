//! What several tests of this crate need: the public test merchant and signed fields.

use domain::{GatewayId, Reference};
use ports::notice::RawNotice;
use ports::settings::RawSettings;

use crate::config::{Config, SETTINGS};

/// The example settings with some replaced.
pub fn config(changes: &[(&str, &str)]) -> Config {
    let examples = SETTINGS.iter().map(|s| (s.name, s.example));
    let values = examples.chain(changes.iter().copied()).map(|(n, v)| (n.to_owned(), v.into())).collect();
    Config::read(&RawSettings::new("GATEWAY_ECPAY_", values)).unwrap()
}

pub fn gateway() -> GatewayId {
    "ecpay".parse().unwrap()
}

pub fn reference() -> Reference {
    "ABCDEFGHIJKLMNOPQR23".parse().unwrap()
}

/// `fields` with `changes` in place, and the signature of the example merchant at the end.
pub fn signed(
    fields: &[(&'static str, &'static str)],
    changes: &[(&'static str, &'static str)],
) -> Vec<(&'static str, String)> {
    let changed = |name| changes.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let mut all: Vec<_> = fields.iter().map(|(n, v)| (*n, changed(*n).unwrap_or(v).to_owned())).collect();
    let mac = config(&[]).signer.check_mac_value(all.iter().map(|(n, v)| (*n, v.as_str())));
    all.push(("CheckMacValue", mac));
    all
}

pub fn notice(body: Vec<u8>) -> RawNotice {
    RawNotice { body: body.into(), ..RawNotice::default() }
}
