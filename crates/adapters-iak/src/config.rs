//! IAK's settings, checked one by one before anything starts.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use adapters_kit::settings::{self, TIMEOUT_MS};
use adapters_kit::{Redactor, number_forms};
use domain::{Account, Private};
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::{ExposeSecret, SecretString};

use crate::wire::{PRIVATE_FIELDS, private_values};

pub const SETTINGS: &[SettingDoc] = &[
    SettingDoc {
        name: "USERNAME",
        about: "the account's registered phone number, 6 to 20 digits",
        example: "628000000001",
    },
    SettingDoc {
        name: "API_KEY",
        about: "the API key; sandbox and production have different ones",
        example: "testkey-0001",
    },
    SettingDoc {
        name: "BASE_URL",
        about: "https://prepaid.iak.id (production) or https://prepaid.iak.dev (IAK's sandbox)",
        example: "http://127.0.0.1:8090/iak",
    },
    SettingDoc {
        name: "POSTPAID_URL",
        about: "optional, for bills: https://mobilepulsa.net (production) or https://testpostpaid.mobilepulsa.net (IAK's sandbox); \
                empty: no bills are sold",
        example: "http://127.0.0.1:8090/iak",
    },
    SettingDoc {
        name: "CALLBACK_IPS",
        about: "addresses callbacks may come from, separated by commas; empty accepts any \
                (production 52.220.38.194, IAK's sandbox 52.76.169.212)",
        example: "",
    },
    TIMEOUT_MS,
];

/// A phone number with its country code has at most 15 digits (E.164); the rest is room.
const USERNAME_DIGITS: std::ops::RangeInclusive<usize> = 6..=20;

/// One account at IAK.
#[derive(Clone)]
pub struct Config {
    /// The user name at IAK: a phone number.
    pub username: SecretString,
    /// Its name in our books: a digest, because reference keys are kept in clear and the user name is a phone number.
    pub account: Account,
    pub api_key: SecretString,
    /// Without a slash at the end.
    pub base_url: String,
    /// The same for bills. Nothing: none are sold.
    pub postpaid_url: Option<String>,
    /// Empty: any.
    pub callback_ips: Vec<IpAddr>,
    pub timeout: Duration,
}

impl Config {
    pub fn read(raw: &RawSettings) -> Result<Self, BadSetting> {
        settings::only(raw, SETTINGS)?;
        let postpaid = raw.optional("POSTPAID_URL").map(|_url| settings::address(raw, "POSTPAID_URL"));
        Ok(Self {
            account: settings::hidden_account(raw, "USERNAME")?,
            username: username(raw)?,
            api_key: settings::key(raw, "API_KEY")?,
            base_url: settings::base_url(raw)?,
            postpaid_url: postpaid.transpose()?,
            callback_ips: settings::addresses(raw, "CALLBACK_IPS")?,
            timeout: settings::timeout(raw)?,
        })
    }

    /// Hides the private fields, and key, user name, this target and what a message tells to be private wherever else they turn up.
    pub fn redactor(&self, target: Option<&Private>) -> Redactor {
        let own = [&self.api_key, &self.username].into_iter().cloned();
        let literals = own.chain(target.into_iter().flat_map(number_forms));
        Redactor::new(PRIVATE_FIELDS, literals.collect()).told(private_values)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("postpaid_url", &self.postpaid_url)
            .field("callback_ips", &self.callback_ips)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn username(raw: &RawSettings) -> Result<SecretString, BadSetting> {
    let name = raw.required("USERNAME")?;
    let text = name.expose_secret();
    if !USERNAME_DIGITS.contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(raw.bad("USERNAME", "must be 6 to 20 digits"));
    }
    Ok(name.clone())
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const GOOD: &[(&str, &str)] =
        &[("USERNAME", "628000000001"), ("API_KEY", "testkey-0001"), ("BASE_URL", "https://prepaid.iak.dev/")];

    /// Good settings with some replaced or added.
    pub fn settings(changes: &[(&str, &str)]) -> RawSettings {
        let values: BTreeMap<String, SecretString> =
            GOOD.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
        RawSettings::new("SUPPLIER_IAK_", values)
    }

    #[test]
    fn three_settings_are_enough() {
        let config = Config::read(&settings(&[])).unwrap();
        assert_eq!(config.username.expose_secret(), "628000000001");
        assert_eq!(config.base_url, "https://prepaid.iak.dev");
        assert_eq!(config.timeout, Duration::from_secs(30));
        assert!(config.callback_ips.is_empty());
        assert_eq!(config.postpaid_url, None);
    }

    #[test]
    fn bills_have_a_host_of_their_own() {
        let config = Config::read(&settings(&[("POSTPAID_URL", "https://mobilepulsa.net/")])).unwrap();
        assert_eq!(config.postpaid_url.as_deref(), Some("https://mobilepulsa.net"));
    }

    #[test]
    fn an_account_is_named_by_its_user_and_nothing_else() {
        let name = |changes: &[(&str, &str)]| Config::read(&settings(changes)).unwrap().account.as_str().to_owned();
        // `printf 628000000001 | sha256sum`
        assert_eq!(name(&[]), "u-48c409f1af40dde91e2937b557421b58");
        assert_eq!(name(&[("API_KEY", "rotated"), ("BASE_URL", "https://prepaid.iak.id")]), name(&[]));
        assert_ne!(name(&[("USERNAME", "628000000002")]), name(&[]));
    }

    #[test]
    fn the_examples_are_a_working_set() {
        let values = SETTINGS.iter().map(|doc| (doc.name.to_owned(), SecretString::from(doc.example))).collect();
        let config = Config::read(&RawSettings::new("SUPPLIER_IAK_", values)).unwrap();
        assert_eq!(config.base_url, "http://127.0.0.1:8090/iak");
    }

    #[test]
    fn callback_addresses_are_a_list() {
        let config = Config::read(&settings(&[("CALLBACK_IPS", "52.76.169.212, ::ffff:52.220.38.194")])).unwrap();
        let expected: Vec<IpAddr> = vec!["52.76.169.212".parse().unwrap(), "52.220.38.194".parse().unwrap()];
        assert_eq!(config.callback_ips, expected);
    }

    #[test]
    fn each_wrong_setting_is_named_and_not_repeated() {
        for (name, value) in [
            ("USERNAME", ""),
            ("USERNAME", "shop-planted"),
            ("USERNAME", "62812"),
            ("API_KEY", ""),
            ("API_KEY", "   "),
            ("API_KEY", "planted key"),
            ("BASE_URL", ""),
            ("BASE_URL", "prepaid.iak.id"),
            ("BASE_URL", "ftp://prepaid.iak.id"),
            ("BASE_URL", "https://planted:planted@prepaid.iak.id"),
            ("BASE_URL", "https://prepaid.iak.id?planted"),
            ("POSTPAID_URL", "mobilepulsa.net"),
            ("POSTPAID_URL", "https://mobilepulsa.net?planted"),
            ("CALLBACK_IPS", "52.76.169.212,planted"),
            ("TIMEOUT_MS", "0"),
            ("TIMEOUT_MS", "60001"),
            ("TIMEOUT_MS", "planted"),
            ("API_KEYS", "planted"),
        ] {
            let error = Config::read(&settings(&[(name, value)])).unwrap_err();
            assert_eq!(error.variable, format!("SUPPLIER_IAK_{name}"), "{value}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let printed = format!("{:?}", Config::read(&settings(&[])).unwrap());
        assert!(!printed.contains("628000000001") && !printed.contains("testkey"), "{printed}");
    }
}
