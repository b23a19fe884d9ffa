//! Pulsa IF's settings, checked one by one before anything starts.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use adapters_kit::seal::Secrets;
use adapters_kit::settings::{self, TIMEOUT_MS};
use domain::Account;
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::{ExposeSecret, SecretString};

pub const SETTINGS: &[SettingDoc] = &[
    SettingDoc { name: "MEMBER_ID", about: "our member number, letters and digits", example: "TW0001" },
    SettingDoc { name: "PIN", about: "the member's PIN; only signed, never sent", example: "1234" },
    SettingDoc { name: "PASSWORD", about: "the member's password; only signed, never sent", example: "pw-0001" },
    SettingDoc {
        name: "BASE_URL",
        about: "where /trx lies, as Pulsa IF tells it; https only",
        example: "http://127.0.0.1:8090/pulsaif",
    },
    SettingDoc {
        name: "CALLBACK_TOKEN",
        about: "the secret end of the address reports go to: PUBLIC_URL/webhooks/<id>/report/<token>, to be set with Pulsa IF; \
                letters, digits, hyphens. Up to four, separated by commas: all are accepted",
        example: "pulsaifcb-0001",
    },
    SettingDoc {
        name: "CALLBACK_IPS",
        about: "addresses reports may come from, separated by commas; empty accepts any",
        example: "",
    },
    SettingDoc {
        name: "SIGN_CASE",
        about: "how member and product are written in a signature: upper (in capitals) or as_is; servers differ",
        example: "upper",
    },
    SettingDoc {
        name: "BALANCE_SIGN",
        about: "what the signature of a balance question says: check (CheckBalance) or empty; servers differ",
        example: "check",
    },
    SettingDoc {
        name: "TRUST_ABSENCE",
        about: "whether a purchase that Pulsa IF goes on not finding was never formed: true or false; of the same day only",
        example: "false",
    },
    TIMEOUT_MS,
];

/// How a signature writes member and product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignCase {
    Upper,
    AsIs,
}

/// What the signature of a balance question says in the place of what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BalanceSign {
    /// `OtomaX|CheckBalance|member|pin|password`
    Check,
    /// `OtomaX|member||||pin|password`
    Empty,
}

/// One account at Pulsa IF.
#[derive(Clone)]
pub struct Config {
    pub member: String,
    /// The member number: PIN and password may change.
    pub account: Account,
    pub pin: SecretString,
    pub password: SecretString,
    /// Without a slash at the end.
    pub base_url: String,
    pub tokens: Secrets,
    /// Empty: any.
    pub callback_ips: Vec<IpAddr>,
    pub sign_case: SignCase,
    pub balance_sign: BalanceSign,
    pub trust_absence: bool,
    pub timeout: Duration,
}

impl Config {
    pub fn read(raw: &RawSettings) -> Result<Self, BadSetting> {
        settings::only(raw, SETTINGS)?;
        let (member, account) = member(raw)?;
        Ok(Self {
            member,
            account,
            pin: signed(raw, "PIN")?,
            password: signed(raw, "PASSWORD")?,
            base_url: settings::base_url(raw)?,
            tokens: tokens(raw)?,
            callback_ips: settings::addresses(raw, "CALLBACK_IPS")?,
            sign_case: choice(raw, "SIGN_CASE", [("upper", SignCase::Upper), ("as_is", SignCase::AsIs)])?,
            balance_sign: choice(raw, "BALANCE_SIGN", [("check", BalanceSign::Check), ("empty", BalanceSign::Empty)])?,
            trust_absence: settings::switch(raw, "TRUST_ABSENCE", false)?,
            timeout: settings::timeout(raw)?,
        })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("member", &self.member)
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn member(raw: &RawSettings) -> Result<(String, Account), BadSetting> {
    let text = raw.required("MEMBER_ID")?.expose_secret().trim();
    let bad = || raw.bad("MEMBER_ID", "must be at most 64 letters and digits");
    if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(bad());
    }
    let account = text.parse().or(Err(bad()))?;
    Ok((text.to_owned(), account))
}

/// What stands between bars in a signed text must not hold one: two secrets could be taken for one another.
fn signed(raw: &RawSettings, name: &str) -> Result<SecretString, BadSetting> {
    let key = settings::key(raw, name)?;
    if key.expose_secret().contains('|') { Err(raw.bad(name, "must not hold a |")) } else { Ok(key) }
}

fn tokens(raw: &RawSettings) -> Result<Secrets, BadSetting> {
    let tokens = Secrets::read(raw, "CALLBACK_TOKEN")?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let fit = tokens.all().iter().all(|token| token.expose_secret().bytes().all(plain));
    if fit { Ok(tokens) } else { Err(raw.bad("CALLBACK_TOKEN", "must be letters, digits and hyphens")) }
}

/// The first is what counts when nothing is said.
fn choice<T: Copy>(raw: &RawSettings, name: &str, words: [(&str, T); 2]) -> Result<T, BadSetting> {
    let [(first, default), (second, _)] = words;
    let Some(text) = raw.optional(name).map(|text| text.expose_secret().trim()) else { return Ok(default) };
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| raw.bad(name, format!("must be {first} or {second}")))
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const GOOD: &[(&str, &str)] = &[
        ("MEMBER_ID", "TW0001"),
        ("PIN", "1234"),
        ("PASSWORD", "pw-0001"),
        ("BASE_URL", "https://otomax.example/api/"),
        ("CALLBACK_TOKEN", "pulsaifcb-0001"),
    ];

    /// Good settings with some replaced or added.
    pub fn settings(changes: &[(&str, &str)]) -> RawSettings {
        let values: BTreeMap<String, SecretString> =
            GOOD.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
        RawSettings::new("SUPPLIER_PULSAIF_", values)
    }

    #[test]
    fn five_settings_are_enough() {
        let config = Config::read(&settings(&[])).unwrap();
        assert_eq!(config.base_url, "https://otomax.example/api");
        assert_eq!((config.sign_case, config.balance_sign), (SignCase::Upper, BalanceSign::Check));
        assert!(!config.trust_absence && config.callback_ips.is_empty());
        let other = Config::read(&settings(&[("SIGN_CASE", "as_is"), ("BALANCE_SIGN", "empty")])).unwrap();
        assert_eq!((other.sign_case, other.balance_sign), (SignCase::AsIs, BalanceSign::Empty));
    }

    #[test]
    fn the_account_outlives_pin_and_password() {
        let account = |changes: &[(&str, &str)]| Config::read(&settings(changes)).unwrap().account;
        assert_eq!(account(&[("PIN", "9999"), ("PASSWORD", "rotated")]), account(&[]));
        assert_ne!(account(&[("MEMBER_ID", "TW0002")]), account(&[]));
    }

    #[test]
    fn the_examples_are_a_working_set() {
        let values = SETTINGS.iter().map(|doc| (doc.name.to_owned(), SecretString::from(doc.example))).collect();
        let config = Config::read(&RawSettings::new("SUPPLIER_PULSAIF_", values)).unwrap();
        assert_eq!(config.base_url, "http://127.0.0.1:8090/pulsaif");
    }

    #[test]
    fn each_wrong_setting_is_named_and_not_repeated() {
        for (name, value) in [
            ("MEMBER_ID", ""),
            ("MEMBER_ID", "planted|x"),
            ("PIN", ""),
            ("PIN", "planted|1"),
            ("PASSWORD", ""),
            ("PASSWORD", "planted 1"),
            ("BASE_URL", ""),
            ("BASE_URL", "planted"),
            ("CALLBACK_TOKEN", ""),
            ("CALLBACK_TOKEN", "planted,"),
            ("CALLBACK_TOKEN", "planted/x"),
            ("CALLBACK_IPS", "planted"),
            ("SIGN_CASE", "planted"),
            ("BALANCE_SIGN", "planted"),
            ("TRUST_ABSENCE", "planted"),
            ("TIMEOUT_MS", "planted"),
            ("PINS", "planted"),
        ] {
            let error = Config::read(&settings(&[(name, value)])).unwrap_err();
            assert_eq!(error.variable, format!("SUPPLIER_PULSAIF_{name}"), "{value}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let printed = format!("{:?}", Config::read(&settings(&[])).unwrap());
        assert!(!printed.contains("1234") && !printed.contains("pw-0001") && !printed.contains("cb-"), "{printed}");
    }
}
