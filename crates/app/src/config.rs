//! Settings checked and typed. Whatever is wrong stops the start with one line that names the variable.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use adapters_http::JwtKeys;
use adapters_postgres::CipherKeys;
use ports::settings::BadSetting;
use secrecy::SecretString;

use crate::settings::{self, Environment, Setting, bad};

/// Where this program runs; decides what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Published secrets, plain http and the test clock are allowed.
    Dev,
    /// They are refused.
    Production,
}

/// Which clock is business time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClockSetting {
    /// The system's.
    System,
    /// The system's, moved by what a test driver wrote into this file.
    File(PathBuf),
}

/// One configured provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id here.
    pub id: String,
    /// Which adapter: the id itself unless said otherwise.
    pub kind: String,
}

/// Everything but the providers' own settings.
pub struct Config {
    pub stage: Stage,
    pub clock: ClockSetting,
    pub database_url: String,
    pub database_pool: usize,
    pub data_keys: CipherKeys,
    pub jwt_keys: JwtKeys,
    pub http_addr: SocketAddr,
    pub admin_addr: SocketAddr,
    pub http_workers: usize,
    pub public_url: String,
    pub gateways: Vec<Named>,
    pub suppliers: Vec<Named>,
    pub task_poll: Duration,
    pub task_lease: Duration,
    pub processes: NonZeroU16,
}

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// The first setting that is missing or wrong, by its variable.
    pub fn read(env: &Environment) -> Result<Self, BadSetting> {
        let stage = stage(env)?;
        let jwt_keys = jwt_keys(env, stage)?;
        let data_keys = CipherKeys::parse(secret(env, &settings::DATA_KEYS, stage)?)
            .map_err(|problem| bad(&settings::DATA_KEYS, problem))?;
        let gateways = providers(env, &settings::GATEWAYS)?;
        let suppliers = providers(env, &settings::SUPPLIERS)?;
        // Their webhooks share one address space: the supplier's would never arrive.
        if let Some(twice) = suppliers.iter().find(|s| gateways.iter().any(|g| g.id == s.id)) {
            return Err(bad(&settings::SUPPLIERS, format!("names `{}`, which is a gateway", twice.id)));
        }
        Ok(Self {
            stage,
            clock: clock(env, stage)?,
            database_url: env.required(&settings::DATABASE_URL)?.to_owned(),
            database_pool: small(env, &settings::DATABASE_POOL, 2, 64)?,
            data_keys,
            jwt_keys,
            http_addr: address(env, &settings::HTTP_ADDR)?,
            admin_addr: address(env, &settings::ADMIN_ADDR)?,
            http_workers: small(env, &settings::HTTP_WORKERS, 1, 64)?,
            public_url: public_url(env, stage)?,
            gateways,
            suppliers,
            task_poll: Duration::from_millis(env.number(&settings::TASK_POLL_MS, 10..=10_000)?),
            task_lease: Duration::from_secs(env.number(&settings::TASK_LEASE_S, 15..=600)?),
            processes: processes(env)?,
        })
    }
}

/// Where the database is.
pub fn database_url(env: &Environment) -> Result<String, BadSetting> {
    Ok(env.required(&settings::DATABASE_URL)?.to_owned())
}

/// Where this program runs.
pub fn stage(env: &Environment) -> Result<Stage, BadSetting> {
    match env.text(&settings::ENV) {
        Some("dev") => Ok(Stage::Dev),
        Some("production") => Ok(Stage::Production),
        // Nobody runs production by forgetting a variable, nor dev.
        Some(_) | None => Err(bad(&settings::ENV, "must be `dev` or `production`")),
    }
}

/// A secret setting. The ones published in `.env.example` are for dev only, also under another id or beside good ones.
pub fn secret<'a>(env: &'a Environment, setting: &Setting, stage: Stage) -> Result<&'a str, BadSetting> {
    let value = env.required(setting)?;
    if stage == Stage::Production && value.split(',').any(|key| without_id(key) == without_id(setting.example)) {
        return Err(bad(setting, "holds the published development secret"));
    }
    Ok(value)
}

/// The secret of `id:secret`.
fn without_id(key: &str) -> &str {
    let key = key.trim();
    key.split_once(':').map_or(key, |(_, secret)| secret)
}

/// The keys of access tokens.
pub fn jwt_keys(env: &Environment, stage: Stage) -> Result<JwtKeys, BadSetting> {
    let text = SecretString::from(secret(env, &settings::JWT_KEYS, stage)?);
    JwtKeys::parse(&text).map_err(|problem| bad(&settings::JWT_KEYS, problem.to_string()))
}

/// Which clock is business time.
pub fn clock(env: &Environment, stage: Stage) -> Result<ClockSetting, BadSetting> {
    match env.text_or_example(&settings::CLOCK) {
        "system" => Ok(ClockSetting::System),
        other => match other.strip_prefix("file:") {
            Some(path) if stage == Stage::Dev && !path.is_empty() => Ok(ClockSetting::File(PathBuf::from(path))),
            Some(_) => Err(bad(&settings::CLOCK, "may be a file in dev only")),
            None => Err(bad(&settings::CLOCK, "must be `system` or `file:<path>`")),
        },
    }
}

fn small(env: &Environment, setting: &Setting, least: u64, most: u64) -> Result<usize, BadSetting> {
    let number = env.number(setting, least..=most)?;
    usize::try_from(number).map_err(|_too_large| bad(setting, "is too large"))
}

fn processes(env: &Environment) -> Result<NonZeroU16, BadSetting> {
    let number = env.number(&settings::PROCESSES, 1..=100)?;
    let number = u16::try_from(number).ok().and_then(NonZeroU16::new);
    number.ok_or_else(|| bad(&settings::PROCESSES, "is no number of processes"))
}

fn address(env: &Environment, setting: &Setting) -> Result<SocketAddr, BadSetting> {
    match env.text_or_example(setting).parse() {
        Ok(address) => Ok(address),
        Err(_) => Err(bad(setting, "must be an address and port such as 127.0.0.1:8080")),
    }
}

fn public_url(env: &Environment, stage: Stage) -> Result<String, BadSetting> {
    let setting = &settings::PUBLIC_URL;
    let text = if stage == Stage::Dev { env.text_or_example(setting) } else { env.required(setting)? };
    let Ok(url) = url::Url::parse(text) else { return Err(bad(setting, "must be a URL")) };
    let secure = url.scheme() == "https" || (stage == Stage::Dev && url.scheme() == "http");
    if !secure {
        return Err(bad(setting, "must begin with https://"));
    }
    if text.ends_with('/') || url.query().is_some() || url.host().is_none() {
        return Err(bad(setting, "must be a host without a slash, path or query at its end"));
    }
    Ok(text.to_owned())
}

fn providers(env: &Environment, setting: &Setting) -> Result<Vec<Named>, BadSetting> {
    let mut named: Vec<Named> = Vec::new();
    for entry in env.text_or_example(setting).split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let (id, kind) = entry.split_once(':').unwrap_or((entry, entry));
        if named.iter().any(|n| n.id == id) {
            return Err(bad(setting, format!("names `{id}` twice")));
        }
        named.push(Named { id: id.to_owned(), kind: kind.to_owned() });
    }
    if named.is_empty() { Err(bad(setting, "names none")) } else { Ok(named) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples with some replaced.
    fn read(changes: &[(&str, &str)]) -> Result<(), String> {
        let examples = settings::ALL.iter().map(|doc| (doc.name.to_owned(), doc.example.to_owned()));
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read(&Environment::new(examples.chain(changes))).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn the_examples_are_a_working_set() {
        assert_eq!(read(&[]), Ok(()));
    }

    #[test]
    fn no_id_names_two_providers() {
        assert_eq!(read(&[("SUPPLIERS", "iak,iak:iak")]), Err("SUPPLIERS names `iak` twice".to_owned()));
        let both = [("GATEWAYS", "x:ecpay"), ("SUPPLIERS", "iak,x:iak")];
        assert_eq!(read(&both), Err("SUPPLIERS names `x`, which is a gateway".to_owned()));
    }
}
