//! What a server must be told of the sandbox's suppliers: the settings of each kind, and where the sandbox calls back. Pure.

use sandbox::{Account, SandboxConfig};

use crate::error::DemoError;

/// One account of each kind that the sandbox plays, in the order in which they are tried at one price.
pub const EVERYBODY: [&str; 6] = ["iak", "billfazz", "redision", "lapak", "pulsaif", "digiflazz"];
/// The secret end of Pulsa IF's callback address, in development only.
const PULSAIF_TOKEN: &str = "dev-pulsaif-report-0001";
/// What Lapak Gaming's callback addresses are sealed with, in development only.
const LAPAK_CALLBACK_SECRET: &str = "dev-lapak-callback-secret-0001";

/// What the adapter of one kind is told.
struct Kind {
    word: &'static str,
    /// The setting that names the account.
    name: &'static str,
    /// Settings, each with the field of the sandbox's account that holds its value.
    fields: &'static [(&'static str, &'static str)],
    /// Settings of our own, the same for every account.
    own: &'static [(&'static str, &'static str)],
    /// Settings that hold an address, each with what stands behind the sandbox's.
    addresses: &'static [(&'static str, &'static str)],
    /// Where the sandbox calls an account back, behind our address of its supplier. Nothing: it is told with each purchase.
    called_back: &'static [&'static str],
}

const KINDS: [Kind; EVERYBODY.len()] = [
    Kind {
        word: "iak",
        name: "USERNAME",
        fields: &[("API_KEY", "api_key")],
        own: &[],
        addresses: &[("BASE_URL", ""), ("POSTPAID_URL", "")],
        called_back: &["callback"],
    },
    Kind {
        word: "billfazz",
        name: "KEY",
        fields: &[("SECRET", "secret"), ("CALLBACK_SECRETS", "callback_secret")],
        own: &[],
        addresses: &[("BASE_URL", "")],
        called_back: &[],
    },
    Kind {
        word: "redision",
        name: "APP_ID",
        fields: &[("APP_KEY", "app_key"), ("APP_SECRET", "app_secret")],
        own: &[],
        addresses: &[("BASE_URL", "")],
        called_back: &[],
    },
    Kind {
        word: "lapak",
        name: "ACCOUNT",
        fields: &[("API_KEY", "secret_key")],
        own: &[("CALLBACK_SECRET", LAPAK_CALLBACK_SECRET)],
        addresses: &[("BASE_URL", "")],
        called_back: &[],
    },
    Kind {
        word: "pulsaif",
        name: "MEMBER_ID",
        fields: &[("PIN", "pin"), ("PASSWORD", "password")],
        own: &[("CALLBACK_TOKEN", PULSAIF_TOKEN)],
        addresses: &[("BASE_URL", "")],
        called_back: &["report", PULSAIF_TOKEN],
    },
    Kind {
        word: "digiflazz",
        name: "USERNAME",
        fields: &[("API_KEY", "api_key"), ("WEBHOOK_SECRETS", "webhook_secret")],
        own: &[],
        addresses: &[("BASE_URL", "/v1")],
        called_back: &[],
    },
];

/// One entry of `SUPPLIERS`, with its account at the sandbox.
pub struct Entry<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    /// The place of its account among those of its kind.
    pub account: usize,
}

/// `id` or `id:kind`; each takes the next account of its kind.
pub fn entries(suppliers: &[String]) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(suppliers.len());
    for named in suppliers {
        let (id, kind) = named.split_once(':').unwrap_or((named, named));
        let account = entries.iter().filter(|entry| entry.kind == kind).count();
        entries.push(Entry { id, kind, account });
    }
    entries
}

impl Entry<'_> {
    fn known(&self) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.word == self.kind)
    }

    fn own<'c>(&self, config: &'c SandboxConfig) -> Option<&'c Account> {
        config.suppliers.get(self.kind)?.accounts.get(self.account)
    }

    /// `SUPPLIER_IAK_B_USERNAME` and the like.
    ///
    /// # Errors
    /// When the sandbox has no such account, or the world does not know the kind.
    pub fn variables(&self, config: &SandboxConfig, url: Option<String>) -> Result<Vec<(String, String)>, DemoError> {
        let settings = url.and_then(|url| self.settings(config, &url));
        let missing = || DemoError::Expected(format!("the sandbox has no account for supplier `{}`", self.id));
        let settings = settings.ok_or_else(missing)?;
        let prefix = format!("SUPPLIER_{}", self.id.to_ascii_uppercase().replace('-', "_"));
        Ok(settings.into_iter().map(|(name, value)| (format!("{prefix}_{name}"), value)).collect())
    }

    fn settings(&self, config: &SandboxConfig, url: &str) -> Option<Vec<(&'static str, String)>> {
        let (kind, account) = (self.known()?, self.own(config)?);
        let fields = kind.fields.iter().map(|(setting, field)| (*setting, account.field(field).to_owned()));
        let own = kind.own.iter().map(|(setting, value)| (*setting, (*value).to_owned()));
        let addresses = kind.addresses.iter().map(|(setting, path)| (*setting, format!("{url}{path}")));
        Some([(kind.name, account.name.clone())].into_iter().chain(fields).chain(own).chain(addresses).collect())
    }

    /// What the sandbox calls its account.
    pub fn account_name(&self, config: &SandboxConfig) -> Option<String> {
        self.own(config).map(|own| own.name.clone())
    }

    /// Tells the sandbox where to call, of kinds that keep an address for each account.
    pub fn call_back(&self, config: &mut SandboxConfig, public_url: &str) {
        let Some(kind) = self.known().filter(|kind| !kind.called_back.is_empty()) else { return };
        let own = config.suppliers.get_mut(kind.word).and_then(|own| own.accounts.get_mut(self.account));
        let url = format!("{public_url}/webhooks/{}/{}", self.id, kind.called_back.join("/"));
        own.into_iter().for_each(|own| own.callback_url = Some(url.clone()));
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use sandbox::Clock;

    use super::*;

    fn config() -> SandboxConfig {
        SandboxConfig::new(([127, 0, 0, 1], 0).into(), PathBuf::new(), Clock::parse("system").unwrap())
    }

    #[test]
    fn each_supplier_gets_its_own_account() {
        let suppliers = ["iak", "iak-b:iak", "pulsaif"].map(str::to_owned);
        let (mut config, mut env) = (config(), std::collections::BTreeMap::new());
        for entry in entries(&suppliers) {
            entry.call_back(&mut config, "https://shop.example");
            env.extend(entry.variables(&config, Some(format!("http://127.0.0.1:3/{}", entry.kind))).unwrap());
        }
        assert_eq!(env["SUPPLIER_IAK_USERNAME"], "628000000001");
        assert_eq!(env["SUPPLIER_IAK_B_USERNAME"], "628000000002");
        assert_eq!(env["SUPPLIER_IAK_B_BASE_URL"], "http://127.0.0.1:3/iak");
        assert_eq!(env["SUPPLIER_IAK_B_POSTPAID_URL"], "http://127.0.0.1:3/iak");
        let [iak, pulsaif] = ["iak", "pulsaif"].map(|kind| &config.suppliers[kind].accounts);
        assert_eq!(env["SUPPLIER_PULSAIF_MEMBER_ID"], pulsaif[0].name);
        assert_eq!(iak[1].callback_url.as_deref(), Some("https://shop.example/webhooks/iak-b/callback"));
        let report = format!("https://shop.example/webhooks/pulsaif/report/{PULSAIF_TOKEN}");
        assert_eq!(pulsaif[0].callback_url, Some(report));
    }

    /// A field that the sandbox's account has not is empty.
    #[test]
    fn everybody_the_sandbox_plays_is_told_everything() {
        let config = config();
        assert_eq!(KINDS.map(|kind| kind.word), EVERYBODY);
        assert!(config.suppliers.keys().all(|kind| EVERYBODY.contains(kind)), "EVERYBODY and KINDS lack one");
        for entry in entries(&EVERYBODY.map(str::to_owned)) {
            let told = entry.variables(&config, Some("http://127.0.0.1:3/x".to_owned())).unwrap();
            assert!(told.iter().all(|(_, value)| !value.is_empty()), "{}", entry.kind);
        }
    }

    #[test]
    fn a_supplier_without_an_account_is_named() {
        let suppliers = ["iak", "b:iak", "c:iak"].map(str::to_owned);
        let third = entries(&suppliers).remove(2).variables(&config(), Some(String::new()));
        assert!(third.unwrap_err().to_string().contains("`c`"));
    }
}
