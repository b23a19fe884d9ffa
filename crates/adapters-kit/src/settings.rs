//! Settings that most adapters have, checked alike. Not here: what only one provider wants to know.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use domain::Account;
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// How long one call may take.
pub const TIMEOUT_MS: SettingDoc = SettingDoc {
    name: "TIMEOUT_MS",
    about: "how long one call may take, in milliseconds, 100 to 60000; connecting may take half of it, at most 5 s",
    example: "30000",
};

/// What suppliers' own clients wait.
const DEFAULT_TIMEOUT_MS: u32 = 30_000;
/// A purchase must be over well before its task's lease is.
const TIMEOUT_LIMITS_MS: RangeInclusive<u32> = 100..=60_000;
/// A provider names one or two addresses; room for a move and a proxy of our own.
const ADDRESSES_LIMIT: usize = 16;
/// Twice a SHA-256 in hex: a longer text is something else pasted.
const KEY_LIMIT: usize = 128;
/// Of the SHA-256 that names an account in our books: 128 bits. Two accounts of one name would share their references, so
/// that one's purchase answers for the other's; among all phone numbers there are (10^15 by E.164) the chance that any two
/// meet here is below one in five hundred million. The whole digest would not fit into an account's 64 characters.
const DIGEST_LETTERS: usize = 32;

/// Names that are not of this list stop the start: a typing mistake must not be silent.
///
/// # Errors
/// Names the first of them.
pub fn only(raw: &RawSettings, known: &[SettingDoc]) -> Result<(), BadSetting> {
    match raw.unknown(known).next() {
        Some(variable) => Err(BadSetting { variable, problem: "is not a setting of this supplier".to_owned() }),
        None => Ok(()),
    }
}

/// `BASE_URL`, as [`address`].
///
/// # Errors
/// As [`address`].
pub fn base_url(raw: &RawSettings) -> Result<String, BadSetting> {
    address(raw, "BASE_URL")
}

/// An address without a slash at its end. That it is https is for the app to demand.
///
/// # Errors
/// It is missing, or no plain address.
pub fn address(raw: &RawSettings, name: &str) -> Result<String, BadSetting> {
    let text = raw.required(name)?.expose_secret();
    let bad = || raw.bad(name, "must be an http or https address without user, query or fragment");
    let url = reqwest::Url::parse(text).or(Err(bad()))?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if web && bare { Ok(url.as_str().trim_end_matches('/').to_owned()) } else { Err(bad()) }
}

/// [`TIMEOUT_MS`].
///
/// # Errors
/// It is no number, or too small or too large.
pub fn timeout(raw: &RawSettings) -> Result<Duration, BadSetting> {
    let ms = match raw.optional(TIMEOUT_MS.name) {
        None => Some(DEFAULT_TIMEOUT_MS),
        Some(text) => text.expose_secret().trim().parse().ok().filter(|ms| TIMEOUT_LIMITS_MS.contains(ms)),
    };
    let ms = ms.ok_or_else(|| raw.bad(TIMEOUT_MS.name, "must be a whole number from 100 to 60000"))?;
    Ok(Duration::from_millis(u64::from(ms)))
}

/// A key or word that goes into a header or a signature as it is.
///
/// # Errors
/// It is missing, too long, or has a space or a letter outside ASCII.
pub fn key(raw: &RawSettings, name: &str) -> Result<SecretString, BadSetting> {
    let key = raw.required(name)?;
    let text = key.expose_secret();
    if text.len() > KEY_LIMIT || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(raw.bad(name, "must be at most 128 visible ASCII characters without spaces"));
    }
    Ok(key.clone())
}

/// An account that our books name by this setting: another value is another account.
///
/// # Errors
/// It is missing, too long, or has a space or a letter outside ASCII.
pub fn account(raw: &RawSettings, name: &str) -> Result<Account, BadSetting> {
    let text = raw.required(name)?.expose_secret().trim();
    text.parse().or(Err(raw.bad(name, "must be 1 to 64 visible ASCII characters without spaces")))
}

/// The same where the setting may be a phone number: our books keep reference keys in clear, so they name the account by a digest.
///
/// # Errors
/// It is missing.
pub fn hidden_account(raw: &RawSettings, name: &str) -> Result<Account, BadSetting> {
    let digest = hex::encode(Sha256::digest(raw.required(name)?.expose_secret()));
    let short: String = digest.chars().take(DIGEST_LETTERS).collect();
    Account::try_from(format!("u-{short}")).or(Err(raw.bad(name, "gives no account name")))
}

/// Addresses that notices may come from. None: any.
///
/// # Errors
/// One of them is no address, or they are too many.
pub fn addresses(raw: &RawSettings, name: &str) -> Result<Vec<IpAddr>, BadSetting> {
    let Some(list) = raw.optional(name) else { return Ok(Vec::new()) };
    let ips: Result<Vec<IpAddr>, _> = list.expose_secret().split(',').map(|ip| ip.trim().parse::<IpAddr>()).collect();
    match ips {
        Ok(ips) if ips.len() <= ADDRESSES_LIMIT => Ok(ips.into_iter().map(|ip| ip.to_canonical()).collect()),
        Ok(_) | Err(_) => Err(raw.bad(name, "must be at most 16 IP addresses separated by commas")),
    }
}

/// Whether a notice may come from there, by a list of [`addresses`].
pub fn may_send(allowed: &[IpAddr], peer: Option<IpAddr>) -> bool {
    allowed.is_empty() || peer.is_some_and(|peer| allowed.contains(&peer.to_canonical()))
}

/// `true` or `false`.
///
/// # Errors
/// It is another word.
pub fn switch(raw: &RawSettings, name: &str, default: bool) -> Result<bool, BadSetting> {
    match raw.optional(name).map(|text| text.expose_secret().trim()) {
        None => Ok(default),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(raw.bad(name, "must be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn raw(name: &str, value: &str) -> RawSettings {
        RawSettings::new("SUPPLIER_X_", BTreeMap::from([(name.to_owned(), SecretString::from(value))]))
    }

    #[test]
    fn good_values_are_read() {
        assert_eq!(base_url(&raw("BASE_URL", "https://x.example/api/")).unwrap(), "https://x.example/api");
        assert_eq!(account(&raw("ACCOUNT", " shop-1 "), "ACCOUNT").unwrap().as_str(), "shop-1");
        // `printf 628000000001 | sha256sum`
        let hidden = hidden_account(&raw("USER", "628000000001"), "USER").unwrap();
        assert_eq!(hidden.as_str(), "u-48c409f1af40dde91e2937b557421b58");
        assert_eq!(timeout(&raw("TIMEOUT_MS", "1000")).unwrap(), Duration::from_secs(1));
        assert_eq!(timeout(&raw("OTHER", "")).unwrap(), Duration::from_secs(30));
        assert_eq!(key(&raw("KEY", "k-1"), "KEY").unwrap().expose_secret(), "k-1");
        let ips = addresses(&raw("IPS", "10.0.0.1, ::ffff:10.0.0.2"), "IPS").unwrap();
        for (peer, may) in [("10.0.0.1", true), ("::ffff:10.0.0.1", true), ("10.0.0.2", true), ("10.0.0.3", false)] {
            assert_eq!(may_send(&ips, Some(peer.parse().unwrap())), may, "{peer}");
        }
        assert!(!may_send(&ips, None) && may_send(&[], None));
        assert_eq!(switch(&raw("ON", "true"), "ON", false), Ok(true));
        assert_eq!(switch(&raw("ON", " "), "ON", true), Ok(true));
        assert_eq!(only(&raw("TIMEOUT_MS", "1"), &[TIMEOUT_MS]), Ok(()));
    }

    #[test]
    fn wrong_values_are_named_and_not_repeated() {
        let wrong = [
            account(&raw("ACCOUNT", ""), "ACCOUNT").map(drop),
            account(&raw("ACCOUNT", "planted planted"), "ACCOUNT").map(drop),
            account(&raw("ACCOUNT", &"planted".repeat(10)), "ACCOUNT").map(drop),
            hidden_account(&raw("USER", ""), "USER").map(drop),
            base_url(&raw("BASE_URL", "")).map(drop),
            base_url(&raw("BASE_URL", "planted")).map(drop),
            base_url(&raw("BASE_URL", "ftp://planted.example")).map(drop),
            base_url(&raw("BASE_URL", "https://planted:x@y.example")).map(drop),
            base_url(&raw("BASE_URL", "https://y.example?planted")).map(drop),
            timeout(&raw("TIMEOUT_MS", "99")).map(drop),
            timeout(&raw("TIMEOUT_MS", "60001")).map(drop),
            timeout(&raw("TIMEOUT_MS", "planted")).map(drop),
            key(&raw("KEY", ""), "KEY").map(drop),
            key(&raw("KEY", "planted key"), "KEY").map(drop),
            key(&raw("KEY", &"planted".repeat(20)), "KEY").map(drop),
            addresses(&raw("IPS", "10.0.0.1,planted"), "IPS").map(drop),
            addresses(&raw("IPS", &["10.0.0.1"; 17].join(",")), "IPS").map(drop),
            switch(&raw("ON", "planted"), "ON", true).map(drop),
            only(&raw("KEYS", "planted"), &[TIMEOUT_MS]),
        ];
        for (at, outcome) in wrong.into_iter().enumerate() {
            let error = outcome.expect_err(&format!("case {at}"));
            assert!(error.variable.starts_with("SUPPLIER_X_") && !error.to_string().contains("planted"), "{error}");
        }
    }
}
