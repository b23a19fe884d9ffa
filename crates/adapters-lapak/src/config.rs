//! Lapak's settings, checked one by one before anything starts.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use adapters_kit::Redactor;
use adapters_kit::seal::Secrets;
use adapters_kit::settings::{self, TIMEOUT_MS};
use domain::Account;
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::{ExposeSecret, SecretString};

use crate::wire::{PRIVATE_FIELDS, private_values};

pub const SETTINGS: &[SettingDoc] = &[
    SettingDoc {
        name: "API_KEY",
        about: "the secret key, sent as bearer token; our address must be registered with it",
        example: "lgkey-0001",
    },
    SettingDoc {
        name: "ACCOUNT",
        about: "our name for the account there, 1 to 64 visible characters; never change it, the key may change",
        example: "lapak-0001",
    },
    SettingDoc {
        name: "BASE_URL",
        about: "https://www.lapakgaming.com (production) or https://dev.lapakgaming.com (Lapak's test server)",
        example: "http://127.0.0.1:8090/lapak",
    },
    SettingDoc {
        name: "CALLBACK_SECRET",
        about: "makes the secret end of the address callbacks go to; ours alone. Up to four, separated by commas: \
                the first is used, all are accepted",
        example: "lapakcb-0001",
    },
    SettingDoc {
        name: "CALLBACK_IPS",
        about: "addresses callbacks may come from, separated by commas; empty accepts any; Lapak publishes none: ask it",
        example: "",
    },
    SettingDoc {
        name: "END_USER_IP",
        about: "optional: the address told as the customer's; Lapak wants one for Hoyoverse titles, which are off without it",
        example: "",
    },
    SettingDoc {
        name: "SEND_PRICE",
        about: "whether an order is refused there when the price has changed: true or false",
        example: "true",
    },
    SettingDoc {
        name: "TRUST_ABSENCE",
        about: "whether an order that Lapak goes on not finding was never formed: true or false; ask Lapak first",
        example: "false",
    },
    TIMEOUT_MS,
];

/// One account at Lapak Gaming.
#[derive(Clone)]
pub struct Config {
    pub api_key: SecretString,
    pub account: Account,
    /// Without a slash at the end.
    pub base_url: String,
    pub callback: Secrets,
    /// Where callbacks may come from. None: anywhere.
    pub callback_ips: Vec<IpAddr>,
    pub end_user_ip: Option<IpAddr>,
    pub send_price: bool,
    pub trust_absence: bool,
    pub timeout: Duration,
}

impl Config {
    pub fn read(raw: &RawSettings) -> Result<Self, BadSetting> {
        settings::only(raw, SETTINGS)?;
        Ok(Self {
            api_key: settings::key(raw, "API_KEY")?,
            account: settings::account(raw, "ACCOUNT")?,
            base_url: settings::base_url(raw)?,
            callback: Secrets::read(raw, "CALLBACK_SECRET")?,
            callback_ips: settings::addresses(raw, "CALLBACK_IPS")?,
            end_user_ip: end_user_ip(raw)?,
            send_price: settings::switch(raw, "SEND_PRICE", true)?,
            trust_absence: settings::switch(raw, "TRUST_ABSENCE", false)?,
            timeout: settings::timeout(raw)?,
        })
    }

    /// Hides the private fields, and our key, these values and what a message tells to be private wherever else they turn up.
    pub fn redactor(&self, private: Vec<SecretString>) -> Redactor {
        let literals = [vec![self.api_key.clone()], private].concat();
        Redactor::new(PRIVATE_FIELDS, literals).told(private_values)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("account", &self.account)
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn end_user_ip(raw: &RawSettings) -> Result<Option<IpAddr>, BadSetting> {
    let Some(text) = raw.optional("END_USER_IP") else { return Ok(None) };
    text.expose_secret().trim().parse().map(Some).or(Err(raw.bad("END_USER_IP", "must be an IP address")))
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const GOOD: &[(&str, &str)] = &[
        ("API_KEY", "lgkey-0001"),
        ("ACCOUNT", "lapak-0001"),
        ("BASE_URL", "https://dev.lapakgaming.com/"),
        ("CALLBACK_SECRET", "lapakcb-0001"),
    ];

    /// Good settings with some replaced or added.
    pub fn settings(changes: &[(&str, &str)]) -> RawSettings {
        let values: BTreeMap<String, SecretString> =
            GOOD.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
        RawSettings::new("SUPPLIER_LAPAK_", values)
    }

    #[test]
    fn four_settings_are_enough() {
        let config = Config::read(&settings(&[])).unwrap();
        assert_eq!(config.base_url, "https://dev.lapakgaming.com");
        assert_eq!((config.account.as_str(), config.timeout), ("lapak-0001", Duration::from_secs(30)));
        assert!(config.send_price && !config.trust_absence && config.end_user_ip.is_none());
    }

    #[test]
    fn the_account_outlives_its_key() {
        let account = |changes: &[(&str, &str)]| Config::read(&settings(changes)).unwrap().account;
        assert_eq!(account(&[("API_KEY", "rotated"), ("CALLBACK_SECRET", "new,old")]), account(&[]));
        assert_ne!(account(&[("ACCOUNT", "lapak-2")]), account(&[]));
    }

    #[test]
    fn the_examples_are_a_working_set() {
        let values = SETTINGS.iter().map(|doc| (doc.name.to_owned(), SecretString::from(doc.example))).collect();
        let config = Config::read(&RawSettings::new("SUPPLIER_LAPAK_", values)).unwrap();
        assert_eq!(config.base_url, "http://127.0.0.1:8090/lapak");
    }

    #[test]
    fn each_wrong_setting_is_named_and_not_repeated() {
        for (name, value) in [
            ("API_KEY", ""),
            ("API_KEY", "planted key"),
            ("ACCOUNT", ""),
            ("ACCOUNT", "planted account"),
            ("BASE_URL", ""),
            ("BASE_URL", "planted.example"),
            ("CALLBACK_SECRET", ""),
            ("CALLBACK_SECRET", "planted,"),
            ("CALLBACK_IPS", "planted"),
            ("END_USER_IP", "planted"),
            ("SEND_PRICE", "planted"),
            ("TRUST_ABSENCE", "planted"),
            ("TIMEOUT_MS", "planted"),
            ("API_KEYS", "planted"),
        ] {
            let error = Config::read(&settings(&[(name, value)])).unwrap_err();
            assert_eq!(error.variable, format!("SUPPLIER_LAPAK_{name}"), "{value}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let printed = format!("{:?}", Config::read(&settings(&[])).unwrap());
        assert!(!printed.contains("lgkey") && !printed.contains("lapakcb"), "{printed}");
    }
}
