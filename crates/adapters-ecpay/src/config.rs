//! The settings of one ECPay account, each checked with words that name the variable. Not here: the public address of
//! this installation, which is the caller's.

use chrono::TimeDelta;
use domain::Account;
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::method::Methods;
use crate::sign::Signer;

/// ECPay's keys are AES-128 sized for all its services: exactly 16 characters.
const KEY_LENGTH: usize = 16;
/// `MerchantID` is at most 10 digits (ECPay AIO docs).
const MERCHANT_ID_LONGEST: usize = 10;
/// Every URL field takes at most 200 characters (ECPay AIO docs).
pub const URL_LONGEST: usize = 200;
/// A reference is asked at most once in ten minutes, the rhythm ECPay advises for cards.
const QUERY_SPACING_DEFAULT_S: i64 = 600;
/// Longer than a day is a typing mistake.
const QUERY_SPACING_LONGEST_S: i64 = 86_400;

pub const SETTINGS: &[SettingDoc] = &[
    SettingDoc {
        name: "MERCHANT_ID",
        about: "merchant number, 1 to 10 digits (3002607 is ECPay's public test merchant)",
        example: "3002607",
    },
    SettingDoc { name: "HASH_KEY", about: "AIO HashKey of that merchant, 16 characters", example: "pwFHCqoQZGmho4w6" },
    SettingDoc { name: "HASH_IV", about: "AIO HashIV of that merchant, 16 characters", example: "EkRm7iFT261dpevs" },
    SettingDoc {
        name: "BASE_URL",
        about: "where /Cashier lies: https://payment-stage.ecpay.com.tw (stage), https://payment.ecpay.com.tw \
                (production), or the sandbox",
        example: "http://127.0.0.1:8090/ecpay",
    },
    SettingDoc {
        name: "METHODS",
        about: "payment methods offered, comma-separated: credit, atm, cvs, barcode, webatm, applepay, twqr, all (the customer \
                chooses on ECPay's page); empty offers every one",
        example: "",
    },
    SettingDoc {
        name: "CLIENT_BACK_URL",
        about: "optional: where the button \"back to the shop\" leads, at most 200 characters; else to our page of the payment",
        example: "",
    },
    SettingDoc {
        name: "QUERY_SPACING",
        about: "seconds between two queries of one reference, 0 to 86400; asking faster than 600 gets a real account \
                blocked for 30 minutes",
        example: "600",
    },
];

/// One ECPay account, ready to use.
#[derive(Debug, Clone)]
pub struct Config {
    pub account: Account,
    pub signer: Signer,
    /// Without a slash at the end.
    pub base_url: String,
    pub methods: Methods,
    pub client_back_url: Option<String>,
    pub query_spacing: TimeDelta,
    /// For the redactor: whatever else happens, these never reach an exchange record.
    pub secrets: Vec<SecretString>,
}

impl Config {
    pub fn read(raw: &RawSettings) -> Result<Self, BadSetting> {
        if let Some(variable) = raw.unknown(SETTINGS).next() {
            return Err(BadSetting { variable, problem: "is not a setting of ecpay".to_owned() });
        }
        let hash_key = key(raw, "HASH_KEY")?;
        let hash_iv = key(raw, "HASH_IV")?;
        Ok(Self {
            account: merchant(raw)?,
            base_url: base_url(raw)?,
            methods: methods(raw)?,
            client_back_url: client_back_url(raw)?,
            query_spacing: query_spacing(raw)?,
            secrets: vec![hash_key.clone(), hash_iv.clone()],
            signer: Signer::new(hash_key, hash_iv),
        })
    }
}

fn merchant(raw: &RawSettings) -> Result<Account, BadSetting> {
    let digits = raw.required("MERCHANT_ID")?.expose_secret();
    let bad = || raw.bad("MERCHANT_ID", "must be 1 to 10 digits");
    if digits.len() > MERCHANT_ID_LONGEST || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    digits.parse().ok().ok_or_else(bad)
}

fn key(raw: &RawSettings, name: &str) -> Result<SecretString, BadSetting> {
    let key = raw.required(name)?;
    let text = key.expose_secret();
    if text.len() != KEY_LENGTH || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(raw.bad(name, "must be exactly 16 visible ASCII characters"));
    }
    Ok(key.clone())
}

fn base_url(raw: &RawSettings) -> Result<String, BadSetting> {
    let text = raw.required("BASE_URL")?.expose_secret();
    match web_address(text) {
        Some(url) if url.query().is_none() && url.username().is_empty() && url.password().is_none() => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err(raw.bad("BASE_URL", "must be an http or https address without user, query or fragment")),
    }
}

fn methods(raw: &RawSettings) -> Result<Methods, BadSetting> {
    let text = raw.optional("METHODS").map(|text| text.expose_secret()).unwrap_or_default();
    Methods::parse(text).map_err(|problem| raw.bad("METHODS", problem))
}

fn client_back_url(raw: &RawSettings) -> Result<Option<String>, BadSetting> {
    let Some(secret) = raw.optional("CLIENT_BACK_URL") else { return Ok(None) };
    let text = secret.expose_secret();
    if web_address(text).is_none() || text.len() > URL_LONGEST {
        return Err(raw.bad("CLIENT_BACK_URL", "must be an http or https address of at most 200 characters"));
    }
    Ok(Some(text.to_owned()))
}

/// An address that may be written down as it is: nothing the URL parser would mend.
fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = text.bytes().all(|b| b.is_ascii_graphic());
    (plain && matches!(url.scheme(), "http" | "https") && url.fragment().is_none()).then_some(url)
}

fn query_spacing(raw: &RawSettings) -> Result<TimeDelta, BadSetting> {
    let seconds = match raw.optional("QUERY_SPACING") {
        None => Some(QUERY_SPACING_DEFAULT_S),
        Some(text) => text.expose_secret().parse().ok(),
    };
    seconds
        .filter(|s| (0..=QUERY_SPACING_LONGEST_S).contains(s))
        .and_then(TimeDelta::try_seconds)
        .ok_or_else(|| raw.bad("QUERY_SPACING", "must be whole seconds from 0 to 86400"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the settings with some replaced.
    fn read(changes: &[(&str, &str)]) -> Result<Config, BadSetting> {
        let examples = SETTINGS.iter().map(|s| (s.name, s.example));
        let values = examples.chain(changes.iter().copied()).map(|(n, v)| (n.to_owned(), v.into())).collect();
        Config::read(&RawSettings::new("GATEWAY_ECPAY_", values))
    }

    #[test]
    fn the_examples_work() {
        let config = read(&[]).unwrap();
        assert_eq!(config.account.as_str(), "3002607");
        assert_eq!(config.base_url, "http://127.0.0.1:8090/ecpay");
        assert_eq!(config.query_spacing, TimeDelta::minutes(10));
        assert_eq!((config.client_back_url, config.methods.0.len()), (None, 8));
        let config = read(&[("QUERY_SPACING", ""), ("BASE_URL", "https://payment.ecpay.com.tw/")]).unwrap();
        assert_eq!(config.query_spacing, TimeDelta::minutes(10));
        assert_eq!(config.base_url, "https://payment.ecpay.com.tw");
    }

    #[test]
    fn each_bad_setting_is_refused_by_its_variable_and_never_shown() {
        let long_url = format!("https://shop.example/{}", "x".repeat(200));
        for (name, value) in [
            ("MERCHANT_ID", ""),
            ("MERCHANT_ID", "30026O7"),
            ("MERCHANT_ID", "30026071234"),
            ("HASH_KEY", ""),
            ("HASH_KEY", "pwFHCqoQZGmho4w"),
            ("HASH_IV", "EkRm7iFT261dpevs "),
            ("HASH_IV", "EkRm7iFT261dpev鍵"),
            ("BASE_URL", ""),
            ("BASE_URL", "ftp://payment.ecpay.com.tw"),
            ("BASE_URL", "https://payment.ecpay.com.tw/?a=1"),
            ("BASE_URL", "https://me:secret@payment.ecpay.com.tw"),
            ("BASE_URL", "payment.ecpay.com.tw"),
            ("METHODS", "credit,paypal"),
            ("CLIENT_BACK_URL", "/orders"),
            ("CLIENT_BACK_URL", &long_url),
            ("QUERY_SPACING", "10m"),
            ("QUERY_SPACING", "-1"),
            ("QUERY_SPACING", "86401"),
            ("HASHKEY", "pwFHCqoQZGmho4w6"),
        ] {
            let bad = read(&[(name, value)]).unwrap_err();
            assert_eq!(bad.variable, format!("GATEWAY_ECPAY_{name}"));
            assert!(value.is_empty() || !bad.to_string().contains(value), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", read(&[]).unwrap());
        assert!(!shown.contains("pwFHCqoQZGmho4w6") && !shown.contains("EkRm7iFT261dpevs"), "{shown}");
    }
}
