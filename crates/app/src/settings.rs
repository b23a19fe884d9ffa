//! Every setting of the program itself, once: read from here, documented from here. Providers' settings are documented by
//! their adapters.

use std::collections::BTreeMap;

use ports::settings::{BadSetting, RawSettings, SettingDoc};
use secrecy::{ExposeSecret, SecretString};

/// A setting with its whole variable name.
pub type Setting = SettingDoc;

pub const ENV: Setting = Setting {
    name: "SEBERANG_ENV",
    about: "`dev` allows minted tokens, the secrets of this file, plain http to providers and the test clock; `production` refuses them",
    example: "dev",
};
pub const CLOCK: Setting = Setting {
    name: "SEBERANG_CLOCK",
    about: "`system`, or in dev `file:<path>`: a file with milliseconds to add to the system's time",
    example: "system",
};
pub const DATABASE_URL: Setting = Setting {
    name: "DATABASE_URL",
    about: "PostgreSQL 15 or newer",
    example: "postgres://seberang@localhost/seberang",
};
pub const DATABASE_POOL: Setting =
    Setting { name: "DATABASE_POOL", about: "connections of one process, 2 to 64", example: "8" };
pub const DATA_KEYS: Setting = Setting {
    name: "DATA_KEYS",
    about: "keys for personal data and serials, `id:base64 of 32 bytes`, comma-separated; the first encrypts, all decrypt",
    example: "dev:ZGV2LW9ubHktZGF0YS1rZXktMDEyMzQ1Njc4OWFiY2Q=",
};
pub const JWT_KEYS: Setting = Setting {
    name: "JWT_KEYS",
    about: "keys for access tokens, `id:base64 of 32 bytes or more`, at most two; the first signs",
    example: "dev:ZGV2LW9ubHktand0LWtleS0wMTIzNDU2Nzg5YWJjZGU=",
};
pub const HTTP_ADDR: Setting =
    Setting { name: "HTTP_ADDR", about: "the customers' API and webhooks", example: "127.0.0.1:8080" };
pub const ADMIN_ADDR: Setting = Setting {
    name: "ADMIN_ADDR",
    about: "the operators' API and metrics, or the probes and metrics of `work`; never public",
    example: "127.0.0.1:8081",
};
pub const HTTP_WORKERS: Setting =
    Setting { name: "HTTP_WORKERS", about: "threads that serve HTTP, 1 to 64", example: "2" };
pub const PUBLIC_URL: Setting = Setting {
    name: "PUBLIC_URL",
    about: "how providers and customers reach HTTP_ADDR, without a slash at the end",
    example: "http://127.0.0.1:8080",
};
pub const GATEWAYS: Setting = Setting {
    name: "GATEWAYS",
    about: "payment gateways, comma-separated `id` or `id:kind`; settings are GATEWAY_<ID>_*",
    example: "ecpay",
};
pub const SUPPLIERS: Setting = Setting {
    name: "SUPPLIERS",
    about: "suppliers, comma-separated `id` or `id:kind`; settings are SUPPLIER_<ID>_*",
    example: "iak",
};
pub const TASK_POLL_MS: Setting = Setting {
    name: "TASK_POLL_MS",
    about: "milliseconds between two looks into the task queue when nothing woke us, 10 to 10000",
    example: "250",
};
pub const TASK_LEASE_S: Setting = Setting {
    name: "TASK_LEASE_S",
    about: "seconds a claimed task is held, 15 to 600; must exceed twice the slowest supplier's timeout by 15 (a bill is asked for and then paid). As many questions to a gateway (10 s each) as fit are asked in one go",
    example: "90",
};
pub const PROCESSES: Setting = Setting {
    name: "PROCESSES",
    about: "how many processes work on tasks with the same suppliers' accounts, 1 to 100: each takes its share of the calls these allow",
    example: "1",
};
pub const LOG: Setting =
    Setting { name: "SEBERANG_LOG", about: "what is logged, in tracing's filter words", example: "info" };
pub const LOG_FORMAT: Setting = Setting { name: "LOG_FORMAT", about: "`text` or `json`", example: "text" };

/// Of every supplier, `SUPPLIER_<ID>_LOW_DEPOSIT`; here without the prefix, as those below.
pub const LOW_DEPOSIT: Setting = Setting {
    name: "LOW_DEPOSIT",
    about: "optional: a person is called when our deposit there is less, in whole rupiah, 1 to 1000000000000",
    example: "",
};
pub const CLOSED: Setting = Setting {
    name: "CLOSED",
    about: "optional: hours of the day (WIB) in which it sells nothing or nothing of one kind, beside those its list tells, comma-separated: `23:00-01:00`, `pln_token=23:00-01:00`",
    example: "",
};
pub const SETTLE_MINUTES: Setting = Setting {
    name: "SETTLE_MINUTES",
    about: "optional: how long what it called failed may still be delivered; a refund waits for it, 10 to 720 (empty: what its adapter knows)",
    example: "",
};
pub const CONCURRENT: Setting = Setting {
    name: "CONCURRENT",
    about: "optional: calls at the same time, of all processes, 1 to 1000 (empty: what its adapter knows)",
    example: "",
};
pub const CALLS_PER_10_S: Setting = Setting {
    name: "CALLS_PER_10_S",
    about: "optional: calls in ten seconds that it allows, of all processes, 1 to 10000 (empty: what its adapter knows)",
    example: "",
};
/// Those the app reads for every supplier, whatever its adapter knows.
pub const OF_EVERY_SUPPLIER: &[Setting] = &[LOW_DEPOSIT, CLOSED, SETTLE_MINUTES, CONCURRENT, CALLS_PER_10_S];

/// All of them, in the order of `.env.example`.
pub const ALL: &[Setting] = &[
    ENV,
    CLOCK,
    DATABASE_URL,
    DATABASE_POOL,
    DATA_KEYS,
    JWT_KEYS,
    HTTP_ADDR,
    ADMIN_ADDR,
    HTTP_WORKERS,
    PUBLIC_URL,
    GATEWAYS,
    SUPPLIERS,
    TASK_POLL_MS,
    TASK_LEASE_S,
    PROCESSES,
    LOG,
    LOG_FORMAT,
];

/// The environment, read once at the start.
#[derive(Clone)]
pub struct Environment(BTreeMap<String, SecretString>);

impl Environment {
    /// What this process was started with.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process() -> Self {
        // A variable that is no text cannot be one of ours.
        let vars = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self::new(vars)
    }

    /// For tests: these variables and no others.
    pub fn new(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(vars.into_iter().map(|(k, v)| (k, SecretString::from(v))).collect())
    }

    /// A missing or empty setting takes its example when that is a sound default.
    pub fn text(&self, setting: &Setting) -> Option<&str> {
        self.0.get(setting.name).map(|v| v.expose_secret().trim()).filter(|v| !v.is_empty())
    }

    pub fn text_or_example<'a>(&'a self, setting: &'a Setting) -> &'a str {
        self.text(setting).unwrap_or(setting.example)
    }

    /// A setting without a default.
    pub fn required(&self, setting: &Setting) -> Result<&str, BadSetting> {
        self.text(setting).ok_or_else(|| bad(setting, "is missing or empty"))
    }

    /// A whole number within bounds.
    pub fn number(&self, setting: &Setting, range: std::ops::RangeInclusive<u64>) -> Result<u64, BadSetting> {
        let text = self.text_or_example(setting);
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            Ok(_) | Err(_) => {
                Err(bad(setting, format!("must be a whole number from {} to {}", range.start(), range.end())))
            }
        }
    }

    /// One provider's settings: every variable that begins with the prefix, without it.
    /// `others` are longer prefixes of other providers, whose variables are not this one's.
    pub fn with_prefix(&self, prefix: &str, others: &[String]) -> RawSettings {
        let mine = |name: &str| !others.iter().any(|o| o.len() > prefix.len() && name.starts_with(o.as_str()));
        let values = self.0.iter().filter(|(name, _)| mine(name)).filter_map(|(name, value)| {
            let short = name.strip_prefix(prefix)?;
            Some((short.to_owned(), value.clone()))
        });
        RawSettings::new(prefix, values.collect())
    }
}

/// The error that names a setting.
pub fn bad(setting: &Setting, problem: impl Into<String>) -> BadSetting {
    BadSetting { variable: setting.name.to_owned(), problem: problem.into() }
}
