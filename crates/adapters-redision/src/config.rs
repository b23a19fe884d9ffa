//! Redision's settings, checked one by one before anything starts.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use adapters_kit::seal::Secrets;
use adapters_kit::settings::{TIMEOUT_MS, account, addresses, base_url, key, only, timeout};
use adapters_kit::{Redactor, number_forms};
use domain::{Account, Private};
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::SecretString;

use crate::wire::{PRIVATE_FIELDS, private_values};

pub const SETTINGS: &[SettingDoc] = &[
    SettingDoc {
        name: "APP_ID",
        about: "the client's id (appid); it names the account in our books, so another one is another account",
        example: "app-0001",
    },
    SettingDoc { name: "APP_KEY", about: "the client's key (appkey)", example: "appkey-0001" },
    SettingDoc { name: "APP_SECRET", about: "what requests are signed with (bodysign)", example: "appsecret-0001" },
    SettingDoc {
        name: "BASE_URL",
        about: "the host with its scheme, as Redision names it to us; its payment API has https://new-payment.redision.com (production) and https://sandbox-payment.redision.com",
        example: "http://127.0.0.1:8090/redision",
    },
    SettingDoc {
        name: "CALLBACK_SECRETS",
        about: "what callbacks may be signed with, separated by commas while a secret is changed; empty: APP_SECRET",
        example: "",
    },
    SettingDoc {
        name: "CALLBACK_IPS",
        about: "addresses callbacks may come from, separated by commas; empty accepts any",
        example: "",
    },
    TIMEOUT_MS,
];

/// One account at Redision.
#[derive(Clone)]
pub struct Config {
    /// The client's id: it goes with every call, and proves nothing.
    pub account: Account,
    pub app_key: SecretString,
    pub app_secret: SecretString,
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
        let app_secret = key(raw, "APP_SECRET")?;
        Ok(Self {
            account: account(raw, "APP_ID")?,
            app_key: key(raw, "APP_KEY")?,
            base_url: base_url(raw)?,
            callback_secrets: callback_secrets(raw, &app_secret)?,
            callback_ips: addresses(raw, "CALLBACK_IPS")?,
            timeout: timeout(raw)?,
            app_secret,
        })
    }

    /// Hides the private fields, and keys, this target and what a message tells to be private wherever else they turn up.
    pub fn redactor(&self, target: Option<&Private>) -> Redactor {
        let own = [&self.app_key, &self.app_secret].into_iter().chain(self.callback_secrets.all()).cloned();
        let literals = own.chain(target.into_iter().flat_map(number_forms));
        Redactor::new(PRIVATE_FIELDS, literals.collect()).told(private_values)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("account", &self.account)
            .field("base_url", &self.base_url)
            .field("callback_secrets", &self.callback_secrets)
            .field("callback_ips", &self.callback_ips)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn callback_secrets(raw: &RawSettings, app_secret: &SecretString) -> Result<Secrets, BadSetting> {
    match raw.optional("CALLBACK_SECRETS") {
        Some(_) => Secrets::read(raw, "CALLBACK_SECRETS"),
        None => Secrets::one(app_secret).ok_or_else(|| raw.bad("APP_SECRET", "is no secret")),
    }
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use secrecy::ExposeSecret;

    use super::*;

    const GOOD: &[(&str, &str)] = &[
        ("APP_ID", "app-0001"),
        ("APP_KEY", "appkey-0001"),
        ("APP_SECRET", "appsecret-0001"),
        ("BASE_URL", "https://redision.example/"),
    ];

    /// Good settings with some replaced or added.
    pub fn settings(changes: &[(&str, &str)]) -> RawSettings {
        let values: BTreeMap<String, SecretString> =
            GOOD.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
        RawSettings::new("SUPPLIER_REDISION_", values)
    }

    fn secrets_of(changes: &[(&str, &str)]) -> Vec<String> {
        let config = Config::read(&settings(changes)).unwrap();
        config.callback_secrets.all().iter().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    #[test]
    fn four_settings_are_enough() {
        let config = Config::read(&settings(&[])).unwrap();
        assert_eq!(config.account.as_str(), "app-0001");
        assert_eq!(config.base_url, "https://redision.example");
        assert_eq!(config.timeout, Duration::from_secs(30));
        assert!(config.callback_ips.is_empty());
    }

    #[test]
    fn callbacks_are_signed_with_the_same_secret_unless_others_are_named() {
        assert_eq!(secrets_of(&[]), ["appsecret-0001"]);
        assert_eq!(secrets_of(&[("APP_SECRET", "with,comma")]), ["with,comma"], "it is one secret");
        assert_eq!(secrets_of(&[("CALLBACK_SECRETS", "new-0002, old-0001")]), ["new-0002", "old-0001"]);
    }

    #[test]
    fn the_examples_are_a_working_set() {
        let values = SETTINGS.iter().map(|doc| (doc.name.to_owned(), SecretString::from(doc.example))).collect();
        let config = Config::read(&RawSettings::new("SUPPLIER_REDISION_", values)).unwrap();
        assert_eq!(config.base_url, "http://127.0.0.1:8090/redision");
    }

    #[test]
    fn each_wrong_setting_is_named_and_not_repeated() {
        for (name, value) in [
            ("APP_ID", ""),
            ("APP_ID", "planted planted"),
            ("APP_KEY", ""),
            ("APP_KEY", "planted\u{e9}"),
            ("APP_SECRET", ""),
            ("APP_SECRET", "planted\tplanted"),
            ("BASE_URL", "planted.example"),
            ("CALLBACK_SECRETS", "planted,"),
            ("CALLBACK_SECRETS", ",planted"),
            ("CALLBACK_IPS", "planted"),
            ("TIMEOUT_MS", "planted"),
            ("APP_KEYS", "planted"),
        ] {
            let error = Config::read(&settings(&[(name, value)])).unwrap_err();
            assert_eq!(error.variable, format!("SUPPLIER_REDISION_{name}"), "{value}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let config = Config::read(&settings(&[("CALLBACK_SECRETS", "planted-0001")])).unwrap();
        let printed = format!("{config:?}");
        let kept = config.redactor(None).message(b"appkey-0001, appsecret-0001 and planted-0001");
        assert_eq!(kept, "***, *** and ***");
        for secret in ["appkey-0001", "appsecret-0001", "planted"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
