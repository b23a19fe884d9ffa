//! IAK's settings, checked one by one before anything starts.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use domain::Account;
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

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
    SettingDoc {
        name: "TIMEOUT_MS",
        about: "how long one call may take, in milliseconds, 100 to 60000; connecting may take half of it, at most 5 s",
        example: "30000",
    },
];

/// What IAK's own SDK waits.
const DEFAULT_TIMEOUT_MS: u32 = 30_000;
/// A purchase must be over well before its task's lease is.
const TIMEOUT_LIMITS_MS: std::ops::RangeInclusive<u32> = 100..=60_000;
/// Twice a SHA-256 in hex: a longer text is something else pasted.
const KEY_LIMIT: usize = 128;
/// A phone number with its country code has at most 15 digits (E.164); the rest is room.
const USERNAME_DIGITS: std::ops::RangeInclusive<usize> = 6..=20;
/// Of the SHA-256 that names an account in our books: 128 bits. Two accounts of one name would share their references, so
/// that one's purchase answers for the other's; among all phone numbers there are (10^15 by E.164) the chance that any two
/// meet here is below one in five hundred million. The whole digest would not fit into an account's 64 characters.
const DIGEST_LETTERS: usize = 32;
/// IAK names one address per environment; room for a move and a proxy of our own.
const CALLBACK_IPS_LIMIT: usize = 16;

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
    timeout_ms: u32,
}

impl Config {
    pub fn read(raw: &RawSettings) -> Result<Self, BadSetting> {
        if let Some(variable) = raw.unknown(SETTINGS).next() {
            return Err(BadSetting { variable, problem: "is not a setting of this supplier".to_owned() });
        }
        Ok(Self {
            account: account(raw)?,
            username: username(raw)?,
            api_key: api_key(raw)?,
            base_url: address(raw, "BASE_URL", raw.required("BASE_URL")?)?,
            postpaid_url: raw.optional("POSTPAID_URL").map(|url| address(raw, "POSTPAID_URL", url)).transpose()?,
            callback_ips: callback_ips(raw)?,
            timeout_ms: timeout_ms(raw)?,
        })
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_millis(u64::from(self.timeout_ms))
    }

    pub fn timeout_delta(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::milliseconds(i64::from(self.timeout_ms))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("postpaid_url", &self.postpaid_url)
            .field("callback_ips", &self.callback_ips)
            .field("timeout_ms", &self.timeout_ms)
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

/// The same user name always gives the same account, and nobody reads the number from it at a glance.
fn account(raw: &RawSettings) -> Result<Account, BadSetting> {
    let digest = hex::encode(Sha256::digest(raw.required("USERNAME")?.expose_secret()));
    let short: String = digest.chars().take(DIGEST_LETTERS).collect();
    Account::try_from(format!("u-{short}")).or(Err(raw.bad("USERNAME", "gives no account name")))
}

fn api_key(raw: &RawSettings) -> Result<SecretString, BadSetting> {
    let key = raw.required("API_KEY")?;
    let text = key.expose_secret();
    if text.len() > KEY_LIMIT || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(raw.bad("API_KEY", "must be at most 128 visible ASCII characters without spaces"));
    }
    Ok(key.clone())
}

fn address(raw: &RawSettings, name: &'static str, text: &SecretString) -> Result<String, BadSetting> {
    let bad = || {
        let problem =
            "must be an http or https address without user, query or fragment, such as https://prepaid.iak.id";
        raw.bad(name, problem)
    };
    let url = Url::parse(text.expose_secret()).or(Err(bad()))?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if web && bare { Ok(url.as_str().trim_end_matches('/').to_owned()) } else { Err(bad()) }
}

fn callback_ips(raw: &RawSettings) -> Result<Vec<IpAddr>, BadSetting> {
    let Some(list) = raw.optional("CALLBACK_IPS") else { return Ok(Vec::new()) };
    let ips: Result<Vec<IpAddr>, _> = list.expose_secret().split(',').map(|ip| ip.trim().parse::<IpAddr>()).collect();
    match ips {
        Ok(ips) if ips.len() <= CALLBACK_IPS_LIMIT => Ok(ips.into_iter().map(|ip| ip.to_canonical()).collect()),
        Ok(_) | Err(_) => Err(raw.bad("CALLBACK_IPS", "must be at most 16 IP addresses separated by commas")),
    }
}

fn timeout_ms(raw: &RawSettings) -> Result<u32, BadSetting> {
    let Some(text) = raw.optional("TIMEOUT_MS") else { return Ok(DEFAULT_TIMEOUT_MS) };
    match text.expose_secret().trim().parse::<u32>() {
        Ok(ms) if TIMEOUT_LIMITS_MS.contains(&ms) => Ok(ms),
        Ok(_) | Err(_) => Err(raw.bad("TIMEOUT_MS", "must be a whole number from 100 to 60000")),
    }
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
        assert_eq!(config.timeout(), Duration::from_secs(30));
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
