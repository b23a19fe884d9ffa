//! Settings that most suppliers have, read alike and refused in the same words. No word repeats what was given.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::{ExposeSecret, SecretString};

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
/// Twice a SHA-256 in hex: a longer text is something else pasted.
const SECRET_LIMIT: usize = 128;
/// Suppliers name a handful of addresses; room for a move and a proxy of our own.
const ADDRESSES_LIMIT: usize = 16;

/// Refuses what is not in the list: a typing mistake must not be silent.
///
/// # Errors
/// Names the first setting that is none.
pub fn no_others(raw: &RawSettings, known: &[SettingDoc]) -> Result<(), BadSetting> {
    match raw.unknown(known).next() {
        Some(variable) => Err(BadSetting { variable, problem: "is not a setting of this supplier".to_owned() }),
        None => Ok(()),
    }
}

/// `BASE_URL`, without a slash at the end. Whether plain http is allowed is not decided here.
///
/// # Errors
/// It is missing, or no bare address.
pub fn base_url(raw: &RawSettings) -> Result<String, BadSetting> {
    let text = raw.required("BASE_URL")?.expose_secret();
    let bad = || raw.bad("BASE_URL", "must be an http or https address without user, query or fragment");
    let url = reqwest::Url::parse(text.trim()).or(Err(bad()))?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if web && bare { Ok(url.as_str().trim_end_matches('/').to_owned()) } else { Err(bad()) }
}

/// [`TIMEOUT_MS`].
///
/// # Errors
/// It is no number within its limits.
pub fn timeout(raw: &RawSettings) -> Result<Duration, BadSetting> {
    let ms = match raw.optional(TIMEOUT_MS.name) {
        None => Some(DEFAULT_TIMEOUT_MS),
        Some(text) => text.expose_secret().trim().parse().ok().filter(|ms| TIMEOUT_LIMITS_MS.contains(ms)),
    };
    ms.map(|ms| Duration::from_millis(u64::from(ms)))
        .ok_or_else(|| raw.bad(TIMEOUT_MS.name, "must be a whole number from 100 to 60000"))
}

/// A key, name or secret that must be there: visible ASCII characters, so that it fits into a header.
///
/// # Errors
/// It is missing, or no such text.
pub fn secret(raw: &RawSettings, name: &str) -> Result<SecretString, BadSetting> {
    let secret = raw.required(name)?;
    let text = secret.expose_secret();
    if text.len() > SECRET_LIMIT || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(raw.bad(name, "must be at most 128 visible ASCII characters without spaces"));
    }
    Ok(secret.clone())
}

/// Addresses separated by commas. Empty: any.
///
/// # Errors
/// One of them is none, or they are too many.
pub fn addresses(raw: &RawSettings, name: &str) -> Result<Vec<IpAddr>, BadSetting> {
    let Some(list) = raw.optional(name) else { return Ok(Vec::new()) };
    let ips: Result<Vec<IpAddr>, _> = list.expose_secret().split(',').map(|ip| ip.trim().parse::<IpAddr>()).collect();
    match ips {
        Ok(ips) if ips.len() <= ADDRESSES_LIMIT => Ok(ips.into_iter().map(|ip| ip.to_canonical()).collect()),
        Ok(_) | Err(_) => Err(raw.bad(name, "must be at most 16 IP addresses separated by commas")),
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
    fn what_is_given_well_is_read() {
        assert_eq!(base_url(&raw("BASE_URL", "https://x.example/api/")), Ok("https://x.example/api".to_owned()));
        assert_eq!(timeout(&raw("TIMEOUT_MS", " 1500 ")), Ok(Duration::from_millis(1_500)));
        assert_eq!(timeout(&raw("OTHER", "")), Ok(Duration::from_secs(30)));
        assert_eq!(secret(&raw("KEY", "a,b:c"), "KEY").unwrap().expose_secret(), "a,b:c");
        let ips: Vec<IpAddr> = vec!["52.76.169.212".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        assert_eq!(addresses(&raw("IPS", "::ffff:52.76.169.212, 2001:db8::1"), "IPS"), Ok(ips));
        assert_eq!(addresses(&raw("IPS", ""), "IPS"), Ok(Vec::new()));
        assert_eq!(no_others(&raw("TIMEOUT_MS", ""), &[TIMEOUT_MS]), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named_and_not_repeated() {
        let long = "planted".repeat(20);
        let refused = [
            ("BASE_URL", base_url(&raw("BASE_URL", "ftp://planted.example")).err()),
            ("BASE_URL", base_url(&raw("BASE_URL", "planted.example")).err()),
            ("BASE_URL", base_url(&raw("BASE_URL", "https://planted:planted@x.example")).err()),
            ("BASE_URL", base_url(&raw("BASE_URL", "https://x.example?planted")).err()),
            ("BASE_URL", base_url(&raw("BASE_URL", " ")).err()),
            ("TIMEOUT_MS", timeout(&raw("TIMEOUT_MS", "planted")).err()),
            ("TIMEOUT_MS", timeout(&raw("TIMEOUT_MS", "99")).err()),
            ("TIMEOUT_MS", timeout(&raw("TIMEOUT_MS", "60001")).err()),
            ("KEY", secret(&raw("KEY", " "), "KEY").err()),
            ("KEY", secret(&raw("KEY", "planted planted"), "KEY").err()),
            ("KEY", secret(&raw("KEY", &long), "KEY").err()),
            ("IPS", addresses(&raw("IPS", "52.76.169.212,planted"), "IPS").err()),
            ("IPS", addresses(&raw("IPS", &"::1,".repeat(17)), "IPS").err()),
            ("TYPO", no_others(&raw("TYPO", "planted"), &[TIMEOUT_MS]).err()),
        ];
        for (name, error) in refused {
            let error = error.unwrap();
            assert_eq!(error.variable, format!("SUPPLIER_X_{name}"));
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }
}
