//! What an adapter crate exports, as its const `MANIFEST`, for the registry to build it from settings.
//! Not here: any list of adapters.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::supply::Closed;
use domain::{GatewayId, SupplierId};
use ports::limits::CallLimits;
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use ports::{Gateway, Supplier};

use crate::Http;

/// Makes a supplier of its settings. Opens no connection.
pub type BuildSupplier = fn(SupplierId, &RawSettings, &PublicUrls, &Http) -> Result<Arc<dyn Supplier>, BadSetting>;

/// Makes a gateway of its settings. Opens no connection.
pub type BuildGateway = fn(GatewayId, &RawSettings, &PublicUrls, &Http) -> Result<Arc<dyn Gateway>, BadSetting>;

/// What failed may still be delivered for so long, where a supplier says nothing about it.
pub const SETTLE: TimeDelta = TimeDelta::minutes(30);

/// One kind of supplier. An installation may have several suppliers of one kind (two accounts).
#[derive(Debug, Clone, Copy)]
pub struct SupplierManifest {
    /// The word by which settings choose it: `iak`.
    pub kind: &'static str,
    /// One line for people who configure it.
    pub about: &'static str,
    /// Every setting it reads; others are refused.
    pub settings: &'static [SettingDoc],
    /// What the supplier allows one account or address.
    pub limits: CallLimits,
    /// Hours in which it sells nothing, or nothing of one kind, beside those that its price list tells.
    pub closed: &'static [Closed],
    /// How long what it called failed may still be delivered: only then is an item given up that nobody else can serve.
    pub settle: TimeDelta,
    /// Makes it.
    pub build: BuildSupplier,
}

/// One kind of payment gateway.
#[derive(Debug, Clone, Copy)]
pub struct GatewayManifest {
    /// The word by which settings choose it: `ecpay`.
    pub kind: &'static str,
    /// One line for people who configure it.
    pub about: &'static str,
    pub settings: &'static [SettingDoc],
    pub build: BuildGateway,
}

/// Where we can be reached from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrls {
    /// `https://shop.example`, no slash at the end.
    pub base: String,
    /// The variable that set it, for words about it: `PUBLIC_URL`.
    pub setting: &'static str,
}

impl PublicUrls {
    /// Where a gateway or supplier sends notices of this kind. `provider` is its id here.
    pub fn webhook(&self, provider: &str, kind: &str) -> String {
        format!("{}/webhooks/{provider}/{kind}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_addressed_by_who_sends_it_and_what_it_is() {
        let urls = PublicUrls { base: "https://shop.example".to_owned(), setting: "PUBLIC_URL" };
        assert_eq!(urls.webhook("iak-b", "callback"), "https://shop.example/webhooks/iak-b/callback");
    }
}
