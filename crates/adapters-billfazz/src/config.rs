//! BillFazz's settings, checked one by one before anything starts.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use adapters_kit::seal::Secrets;
use adapters_kit::settings::{self, TIMEOUT_MS, addresses, base_url, key, only, timeout};
use adapters_kit::{Redactor, number_forms};
use domain::{Account, Private};
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::SecretString;

use crate::wire::{PRIVATE_FIELDS, private_values};

pub const SETTINGS: &[SettingDoc] = &[
    SettingDoc {
        name: "KEY",
        about: "the client key, the user of HTTP Basic; it names the account in our books, so another one is another account",
        example: "client-0001",
    },
    SettingDoc { name: "SECRET", about: "the client secret, the password of HTTP Basic", example: "secret-0001" },
    SettingDoc {
        name: "BASE_URL",
        about: "https://secure.billfazz.com/sandbox/api/v1 (BillFazz's sandbox); production's comes with the contract",
        example: "http://127.0.0.1:8090/billfazz",
    },
    SettingDoc {
        name: "CALLBACK_SECRETS",
        about: "what callbacks may be signed with, separated by commas while a secret is changed",
        example: "bfcb-0001",
    },
    SettingDoc {
        name: "CALLBACK_IPS",
        about: "addresses callbacks may come from, separated by commas; empty accepts any",
        example: "",
    },
    TIMEOUT_MS,
];

/// One account at BillFazz.
#[derive(Clone)]
pub struct Config {
    /// The client key: it goes with every call, and proves nothing without its secret.
    pub account: Account,
    pub secret: SecretString,
    /// Without a slash at the end.
    pub base_url: String,
    pub callback_secrets: Secrets,
    /// Empty: any.
    pub callback_ips: Vec<IpAddr>,
    pub timeout: Duration,
}

impl Config {
    pub fn read(raw: &RawSettings) -> Result<Self, BadSetting> {
        only(raw, SETTINGS)?;
        Ok(Self {
            account: account(raw)?,
            secret: key(raw, "SECRET")?,
            base_url: base_url(raw)?,
            callback_secrets: Secrets::read(raw, "CALLBACK_SECRETS")?,
            callback_ips: addresses(raw, "CALLBACK_IPS")?,
            timeout: timeout(raw)?,
        })
    }

    /// Hides the private fields, and credentials, this target and what a message tells to be private wherever else they turn up.
    pub fn redactor(&self, target: Option<&Private>) -> Redactor {
        let own = [&self.secret].into_iter().chain(self.callback_secrets.all()).cloned();
        let literals = own.chain([self.account.as_str().into()]).chain(target.into_iter().flat_map(number_forms));
        Redactor::new(PRIVATE_FIELDS, literals.collect()).told(private_values)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("callback_secrets", &self.callback_secrets)
            .field("callback_ips", &self.callback_ips)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// In HTTP Basic the user ends at the first colon.
fn account(raw: &RawSettings) -> Result<Account, BadSetting> {
    let account = settings::account(raw, "KEY")?;
    if account.as_str().contains(':') { Err(raw.bad("KEY", "must have no colon")) } else { Ok(account) }
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const GOOD: &[(&str, &str)] = &[
        ("KEY", "client-0001"),
        ("SECRET", "secret-0001"),
        ("BASE_URL", "https://secure.billfazz.com/sandbox/api/v1/"),
        ("CALLBACK_SECRETS", "bfcb-0001"),
    ];

    /// Good settings with some replaced or added.
    pub fn settings(changes: &[(&str, &str)]) -> RawSettings {
        let values: BTreeMap<String, SecretString> =
            GOOD.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
        RawSettings::new("SUPPLIER_BILLFAZZ_", values)
    }

    #[test]
    fn four_settings_are_enough() {
        let config = Config::read(&settings(&[])).unwrap();
        assert_eq!(config.account.as_str(), "client-0001");
        assert_eq!(config.base_url, "https://secure.billfazz.com/sandbox/api/v1");
        assert_eq!(config.timeout, Duration::from_secs(30));
        assert_eq!(config.callback_secrets.all().len(), 1);
        assert!(config.callback_ips.is_empty());
    }

    #[test]
    fn the_examples_are_a_working_set() {
        let values = SETTINGS.iter().map(|doc| (doc.name.to_owned(), SecretString::from(doc.example))).collect();
        let config = Config::read(&RawSettings::new("SUPPLIER_BILLFAZZ_", values)).unwrap();
        assert_eq!(config.base_url, "http://127.0.0.1:8090/billfazz");
    }

    #[test]
    fn each_wrong_setting_is_named_and_not_repeated() {
        for (name, value) in [
            ("KEY", ""),
            ("KEY", "planted:planted"),
            ("KEY", "planted planted"),
            ("SECRET", ""),
            ("SECRET", "  "),
            ("SECRET", "planted\u{e9}"),
            ("BASE_URL", ""),
            ("BASE_URL", "planted.example"),
            ("CALLBACK_SECRETS", ""),
            ("CALLBACK_SECRETS", "planted,"),
            ("CALLBACK_IPS", "planted"),
            ("TIMEOUT_MS", "planted"),
            ("SECRETS", "planted"),
        ] {
            let error = Config::read(&settings(&[(name, value)])).unwrap_err();
            assert_eq!(error.variable, format!("SUPPLIER_BILLFAZZ_{name}"), "{value}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let config = Config::read(&settings(&[])).unwrap();
        let printed = format!("{config:?}");
        let kept = config.redactor(None).message(b"client-0001, secret-0001 and bfcb-0001");
        assert_eq!(kept, "***, *** and ***");
        for secret in ["client-0001", "secret-0001", "bfcb-0001"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
