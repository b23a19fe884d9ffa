//! What a server must be told of the sandbox's suppliers: the settings of each kind, and where the sandbox calls back. Pure.

use sandbox::SandboxConfig;

use crate::error::DemoError;

/// One account of each kind that the sandbox plays, in the order in which they are tried at one price.
pub const EVERYBODY: [&str; 6] = ["iak", "billfazz", "redision", "lapak", "pulsaif", "digiflazz"];
/// The secret end of Pulsa IF's callback address, in development only.
const PULSAIF_TOKEN: &str = "dev-pulsaif-report-0001";
/// What Lapak Gaming's callback addresses are sealed with, in development only.
const LAPAK_CALLBACK_SECRET: &str = "dev-lapak-callback-secret-0001";

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
    /// `SUPPLIER_IAK_B_USERNAME` and the like.
    ///
    /// # Errors
    /// When the sandbox has no such account, or the world does not know the kind.
    pub fn variables(&self, config: &SandboxConfig, url: Option<String>) -> Result<Vec<(String, String)>, DemoError> {
        let settings = url.and_then(|url| self.settings(config, url));
        let missing = || DemoError::Expected(format!("the sandbox has no account for supplier `{}`", self.id));
        let settings = settings.ok_or_else(missing)?;
        let prefix = format!("SUPPLIER_{}", self.id.to_ascii_uppercase().replace('-', "_"));
        Ok(settings.into_iter().map(|(name, value)| (format!("{prefix}_{name}"), value)).collect())
    }

    fn settings(&self, config: &SandboxConfig, url: String) -> Option<Vec<(&'static str, String)>> {
        let n = self.account;
        let mut settings = match self.kind {
            "iak" => {
                let own = config.iak.get(n)?;
                let postpaid = ("POSTPAID_URL", url.clone());
                vec![("USERNAME", own.username.clone()), ("API_KEY", own.api_key.clone()), postpaid]
            }
            "billfazz" => {
                let own = config.billfazz.get(n)?;
                let callback = ("CALLBACK_SECRETS", own.callback_secret.clone());
                vec![("KEY", own.key.clone()), ("SECRET", own.secret.clone()), callback]
            }
            "redision" => {
                let own = config.redision.get(n)?;
                let secret = ("APP_SECRET", own.app_secret.clone());
                vec![("APP_ID", own.app_id.clone()), ("APP_KEY", own.app_key.clone()), secret]
            }
            "lapak" => {
                let own = config.lapak.get(n)?;
                let callback = ("CALLBACK_SECRET", LAPAK_CALLBACK_SECRET.to_owned());
                vec![("API_KEY", own.secret_key.clone()), ("ACCOUNT", own.name.clone()), callback]
            }
            "pulsaif" => {
                let own = config.pulsaif.get(n)?;
                vec![
                    ("MEMBER_ID", own.member_id.clone()),
                    ("PIN", own.pin.clone()),
                    ("PASSWORD", own.password.clone()),
                    ("CALLBACK_TOKEN", PULSAIF_TOKEN.to_owned()),
                ]
            }
            "digiflazz" => {
                let own = config.digiflazz.get(n)?;
                let webhooks = ("WEBHOOK_SECRETS", own.webhook_secret.clone());
                vec![("USERNAME", own.username.clone()), ("API_KEY", own.api_key.clone()), webhooks]
            }
            _ => return None,
        };
        let base = if self.kind == "digiflazz" { format!("{url}/v1") } else { url };
        settings.push(("BASE_URL", base));
        Some(settings)
    }

    /// What the sandbox calls its account.
    pub fn account_name(&self, config: &SandboxConfig) -> Option<String> {
        let n = self.account;
        match self.kind {
            "iak" => config.iak.get(n).map(|own| own.username.clone()),
            "billfazz" => config.billfazz.get(n).map(|own| own.key.clone()),
            "redision" => config.redision.get(n).map(|own| own.app_id.clone()),
            "lapak" => config.lapak.get(n).map(|own| own.name.clone()),
            "pulsaif" => config.pulsaif.get(n).map(|own| own.member_id.clone()),
            "digiflazz" => config.digiflazz.get(n).map(|own| own.username.clone()),
            _ => None,
        }
    }

    /// Tells the sandbox where to call, of kinds that keep an address for each account. The others are told with each purchase.
    pub fn call_back(&self, config: &mut SandboxConfig, public_url: &str) {
        let base = format!("{public_url}/webhooks/{}", self.id);
        match self.kind {
            "iak" => {
                let own = config.iak.get_mut(self.account);
                own.into_iter().for_each(|own| own.callback_url = Some(format!("{base}/callback")));
            }
            "pulsaif" => {
                let own = config.pulsaif.get_mut(self.account);
                own.into_iter().for_each(|own| own.callback_url = Some(format!("{base}/report/{PULSAIF_TOKEN}")));
            }
            _ => {}
        }
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
        assert_eq!(env["SUPPLIER_PULSAIF_MEMBER_ID"], config.pulsaif[0].member_id);
        assert_eq!(config.iak[1].callback_url.as_deref(), Some("https://shop.example/webhooks/iak-b/callback"));
        let report = format!("https://shop.example/webhooks/pulsaif/report/{PULSAIF_TOKEN}");
        assert_eq!(config.pulsaif[0].callback_url, Some(report));
    }

    #[test]
    fn a_supplier_without_an_account_is_named() {
        let suppliers = ["iak", "b:iak", "c:iak"].map(str::to_owned);
        let third = entries(&suppliers).remove(2).variables(&config(), Some(String::new()));
        assert!(third.unwrap_err().to_string().contains("`c`"));
    }
}
