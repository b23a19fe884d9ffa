//! Digiflazz's settings, checked one by one before anything starts.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use adapters_kit::Redactor;
use adapters_kit::seal::Secrets;
use adapters_kit::settings::{self, TIMEOUT_MS};
use domain::Account;
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::SecretString;

use crate::wire::{PRIVATE_FIELDS, private_values};

pub const SETTINGS: &[SettingDoc] = &[
    SettingDoc { name: "USERNAME", about: "the buyer's user name there", example: "digi-0001" },
    SettingDoc {
        name: "API_KEY",
        about: "the key requests are signed with; development and production have different ones, and our address must be registered",
        example: "dfkey-0001",
    },
    SettingDoc {
        name: "BASE_URL",
        about: "https://api.digiflazz.com/v1",
        example: "http://127.0.0.1:8090/digiflazz/v1",
    },
    SettingDoc {
        name: "WEBHOOK_SECRETS",
        about: "what webhooks are signed with, as written in the dashboard; up to four, separated by commas: all are accepted",
        example: "whsecret-0001",
    },
    SettingDoc {
        name: "CALLBACK_IPS",
        about: "addresses webhooks may come from, separated by commas; empty accepts any (Digiflazz names 52.74.250.133)",
        example: "",
    },
    SettingDoc {
        name: "TESTING",
        about: "whether purchases are Digiflazz's own tests, which buy nothing: true or false",
        example: "false",
    },
    SettingDoc {
        name: "PLAYER_DOT",
        about: "whether the parts of a player's id are joined by a dot (true) or by nothing (false); sellers differ, and Digiflazz does not say",
        example: "true",
    },
    TIMEOUT_MS,
];

/// One account at Digiflazz.
#[derive(Clone)]
pub struct Config {
    pub username: SecretString,
    /// Its name in our books: a digest, because the user name may be a phone number.
    pub account: Account,
    pub api_key: SecretString,
    /// Without a slash at the end.
    pub base_url: String,
    pub webhooks: Secrets,
    /// Where webhooks may come from. None: anywhere.
    pub callback_ips: Vec<IpAddr>,
    pub testing: bool,
    /// Between the parts of a player's id; nothing else.
    pub player_dot: bool,
    pub timeout: Duration,
}

impl Config {
    pub fn read(raw: &RawSettings) -> Result<Self, BadSetting> {
        settings::only(raw, SETTINGS)?;
        Ok(Self {
            account: settings::hidden_account(raw, "USERNAME")?,
            username: settings::key(raw, "USERNAME")?,
            api_key: settings::key(raw, "API_KEY")?,
            base_url: settings::base_url(raw)?,
            webhooks: Secrets::read(raw, "WEBHOOK_SECRETS")?,
            callback_ips: settings::addresses(raw, "CALLBACK_IPS")?,
            testing: settings::switch(raw, "TESTING", false)?,
            player_dot: settings::switch(raw, "PLAYER_DOT", true)?,
            timeout: settings::timeout(raw)?,
        })
    }

    /// Hides the private fields, and our user name and key, these values and what a message tells to be private wherever else they turn up.
    pub fn redactor(&self, private: Vec<SecretString>) -> Redactor {
        let literals = [vec![self.username.clone(), self.api_key.clone()], private].concat();
        Redactor::new(PRIVATE_FIELDS, literals).told(private_values)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("testing", &self.testing)
            .field("player_dot", &self.player_dot)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The examples, with some replaced or added.
    pub fn settings(changes: &[(&str, &str)]) -> RawSettings {
        let examples = SETTINGS.iter().map(|doc| (doc.name, doc.example));
        let values: BTreeMap<String, SecretString> = examples
            .chain(changes.iter().copied())
            .map(|(name, value)| (name.to_owned(), SecretString::from(value)))
            .collect();
        RawSettings::new("SUPPLIER_DIGIFLAZZ_", values)
    }

    #[test]
    fn the_examples_are_a_working_set() {
        let config = Config::read(&settings(&[])).unwrap();
        assert_eq!(config.base_url, "http://127.0.0.1:8090/digiflazz/v1");
        assert_eq!((config.testing, config.timeout), (false, Duration::from_secs(30)));
    }

    #[test]
    fn the_account_outlives_its_keys_and_hides_its_name() {
        let account = |changes: &[(&str, &str)]| Config::read(&settings(changes)).unwrap().account;
        assert_eq!(account(&[("API_KEY", "rotated"), ("WEBHOOK_SECRETS", "new,old")]), account(&[]));
        assert_ne!(account(&[("USERNAME", "digi-0002")]), account(&[]));
        assert!(!account(&[]).as_str().contains("digi-0001"));
    }

    #[test]
    fn each_wrong_setting_is_named_and_not_repeated() {
        for (name, value) in [
            ("USERNAME", ""),
            ("USERNAME", "planted name"),
            ("API_KEY", ""),
            ("API_KEY", "planted key"),
            ("BASE_URL", ""),
            ("BASE_URL", "planted.example"),
            ("WEBHOOK_SECRETS", ""),
            ("WEBHOOK_SECRETS", "planted,"),
            ("CALLBACK_IPS", "52.74.250.133,planted"),
            ("TESTING", "planted"),
            ("PLAYER_DOT", "planted"),
            ("TIMEOUT_MS", "planted"),
            ("API_KEYS", "planted"),
        ] {
            let error = Config::read(&settings(&[(name, value)])).unwrap_err();
            assert_eq!(error.variable, format!("SUPPLIER_DIGIFLAZZ_{name}"), "{value}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let printed = format!("{:?}", Config::read(&settings(&[])).unwrap());
        assert!(!printed.contains("dfkey") && !printed.contains("whsecret") && !printed.contains("digi-"), "{printed}");
    }
}
