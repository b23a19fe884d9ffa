//! Builds the adapters from their settings and puts them into the engine.

use std::sync::Arc;
use std::time::Duration;

use adapters_kit::{Http, HttpSettings, PublicUrls};
use adapters_postgres::{ConnectError, PgSettings, PgStore};

use engine::{Engine, Limits, Stores, SupplierSetup};
use ports::limits::CallLimits;
use ports::settings::{BadSetting, RawSettings, SettingDoc};
use ports::{Clock, Gateway, Supplier};
use secrecy::ExposeSecret;

use crate::clock::{FileClock, SystemChance, SystemClock};
use crate::config::{ClockSetting, Config, Named, Stage};
use crate::registry;
use crate::settings::{self, Environment, bad};
use crate::supplier_settings::SupplierSettings;

/// Why the parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    #[error(transparent)]
    Setting(#[from] BadSetting),
    #[error("the outgoing HTTP client could not be built: {0}")]
    Http(#[from] adapters_kit::HttpBuildError),
    #[error(transparent)]
    Store(#[from] adapters_postgres::ConnectError),
}

/// How long a connection to a provider may take; beyond it nothing has been sent. Across the straits one takes a tenth of a
/// second, so five hold three lost packets.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The engine over the real adapters. Opens no connection that must succeed: a database that is away makes the server
/// not ready, not dead.
pub async fn engine(config: &Config, env: &Environment) -> Result<Arc<Engine>, WiringError> {
    let http =
        Http::new(HttpSettings { connect_timeout: CONNECT_TIMEOUT, allow_plain_http: config.stage == Stage::Dev })?;
    let gateways = gateways(config, env, &http)?;
    let suppliers = suppliers(config, env, &http)?;
    let store = Arc::new(
        PgStore::connect(PgSettings {
            url: config.database_url.clone(),
            pool_size: config.database_pool,
            cipher: config.data_keys.clone(),
        })
        .await
        .map_err(named)?,
    );
    let stores = Stores {
        orders: store.clone(),
        tasks: store.clone(),
        schedules: store.clone(),
        upkeep: store.clone(),
        catalogue: store.clone(),
        bills: store.clone(),
        supply: store,
    };
    let limits =
        Limits { poll: config.task_poll, lease: config.task_lease, processes: config.processes, ..Limits::default() };
    Ok(Arc::new(Engine::new(stores, gateways, suppliers, clock(&config.clock), Arc::new(SystemChance), limits)))
}

/// The store does not know what its URL is called here.
fn named(error: ConnectError) -> WiringError {
    match error {
        ConnectError::Url(why) => bad(&settings::DATABASE_URL, format!("cannot be used: {why}")).into(),
        ConnectError::Pool(_) => error.into(),
    }
}

/// Business time as it was chosen.
pub fn clock(setting: &ClockSetting) -> Arc<dyn Clock> {
    match setting {
        ClockSetting::System => Arc::new(SystemClock),
        ClockSetting::File(path) => Arc::new(FileClock::new(path.clone())),
    }
}

fn public_urls(config: &Config) -> PublicUrls {
    PublicUrls { base: config.public_url.clone(), setting: settings::PUBLIC_URL.name }
}

fn gateways(config: &Config, env: &Environment, http: &Http) -> Result<Vec<Arc<dyn Gateway>>, BadSetting> {
    let urls = public_urls(config);
    let prefixes = prefixes("GATEWAY", &config.gateways);
    let mut built = Vec::with_capacity(config.gateways.len());
    for named in &config.gateways {
        let Some(manifest) = registry::GATEWAYS.iter().find(|m| m.kind == named.kind) else {
            return Err(unknown_kind(&settings::GATEWAYS, named));
        };
        let id = named.id.parse().map_err(|e| bad(&settings::GATEWAYS, format!("names `{}`: {e}", named.id)))?;
        let raw = env.with_prefix(&prefix("GATEWAY", &named.id), &prefixes);
        guard(config.stage, manifest.settings, &raw)?;
        built.push((manifest.build)(id, &raw, &urls, http)?);
    }
    Ok(built)
}

fn suppliers(config: &Config, env: &Environment, http: &Http) -> Result<Vec<SupplierSetup>, BadSetting> {
    let urls = public_urls(config);
    let prefixes = prefixes("SUPPLIER", &config.suppliers);
    let mut built = Vec::with_capacity(config.suppliers.len());
    for named in &config.suppliers {
        let Some(manifest) = registry::SUPPLIERS.iter().find(|m| m.kind == named.kind) else {
            return Err(unknown_kind(&settings::SUPPLIERS, named));
        };
        let id = named.id.parse().map_err(|e| bad(&settings::SUPPLIERS, format!("names `{}`: {e}", named.id)))?;
        let mut raw = env.with_prefix(&prefix("SUPPLIER", &named.id), &prefixes);
        guard(config.stage, manifest.settings, &raw)?;
        let ours = SupplierSettings::take(&mut raw, manifest)?;
        let adapter = (manifest.build)(id, &raw, &urls, http)?;
        lease_covers(config, adapter.as_ref())?;
        let SupplierSettings { low_deposit, limits, closed, settle } = ours;
        can_be_shared(config, limits, &named.id)?;
        built.push(SupplierSetup { adapter, low_deposit, limits, closed, settle });
    }
    Ok(built)
}

/// In the name of a setting that must not be the published one.
const SECRET_WORDS: [&str; 6] = ["KEY", "HASH", "SECRET", "PASSWORD", "TOKEN", "PIN"];
/// The setting by which a provider only pretends to sell.
const TRIAL: &str = "TESTING";

/// In production no provider is spoken to in clear, nothing is bought on trial, and the shared test credentials are refused.
fn guard(stage: Stage, docs: &[SettingDoc], raw: &RawSettings) -> Result<(), BadSetting> {
    if stage == Stage::Dev {
        return Ok(());
    }
    for doc in docs {
        let Some(value) = raw.optional(doc.name).map(|v| v.expose_secret()) else { continue };
        if value.to_ascii_lowercase().starts_with("http://") {
            return Err(raw.bad(doc.name, "must begin with https://"));
        }
        if doc.name == TRIAL && value != "false" {
            return Err(raw.bad(doc.name, "must be false in production: what is paid for must be bought"));
        }
        let secret = SECRET_WORDS.iter().any(|word| doc.name.contains(word));
        if secret && value == doc.example {
            return Err(raw.bad(doc.name, "is a published test credential"));
        }
    }
    Ok(())
}

/// A bill is asked for again before it is paid.
const CALLS: u32 = 2;
/// Beyond a supplier's timeouts: the send window of five seconds and the margin of ten before anything may leave.
const BEYOND_TIMEOUT: Duration = Duration::from_secs(15);

/// A lease that ends before a supplier's two timeouts would never let anything be sent. Gateways need no such check: the
/// engine asks about as many checkouts as fit the lease, and about the rest the next time.
fn lease_covers(config: &Config, supplier: &dyn Supplier) -> Result<(), BadSetting> {
    let needed = supplier.trust().request_timeout.to_std().unwrap_or_default() * CALLS + BEYOND_TIMEOUT;
    if config.task_lease < needed {
        let problem = format!("must be at least {} for supplier `{}`", needed.as_secs(), supplier.id());
        return Err(bad(&settings::TASK_LEASE_S, problem));
    }
    Ok(())
}

/// A process takes one call at least, so that more of them than calls would take more than a supplier allows.
fn can_be_shared(config: &Config, limits: CallLimits, id: &str) -> Result<(), BadSetting> {
    match limits.most_processes() {
        Some(most) if config.processes > most => {
            Err(bad(&settings::PROCESSES, format!("must be at most {most}: so few calls does supplier `{id}` allow")))
        }
        Some(_) | None => Ok(()),
    }
}

fn unknown_kind(setting: &settings::Setting, named: &Named) -> BadSetting {
    bad(setting, format!("names `{}`, and there is no adapter `{}`", named.id, named.kind))
}

/// `iak-b` → `SUPPLIER_IAK_B_`.
fn prefix(family: &str, id: &str) -> String {
    format!("{family}_{}_", id.to_ascii_uppercase().replace('-', "_"))
}

fn prefixes(family: &str, named: &[Named]) -> Vec<String> {
    named.iter().map(|n| prefix(family, &n.id)).collect()
}

#[cfg(test)]
mod tests {
    use domain::{Currency, Money};

    use super::*;

    fn built(changes: &[(&str, &str)]) -> Result<Vec<SupplierSetup>, String> {
        let own = settings::ALL.iter().map(|doc| (doc.name.to_owned(), doc.example.to_owned()));
        let iak =
            registry::SUPPLIERS.iter().filter(|manifest| manifest.kind == "iak").flat_map(|manifest| manifest.settings);
        let iak = iak.map(|doc| (format!("SUPPLIER_IAK_{}", doc.name), doc.example.to_owned()));
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let env = Environment::new(own.chain(iak).chain(changes));
        let http = Http::new(HttpSettings { connect_timeout: CONNECT_TIMEOUT, allow_plain_http: true }).unwrap();
        suppliers(&Config::read(&env).unwrap(), &env, &http).map_err(|error| error.to_string())
    }

    #[test]
    fn in_production_nothing_is_bought_on_trial_and_no_example_is_a_secret() {
        let refused = |kind: &str, name: &str, value: &str| {
            let manifest = registry::SUPPLIERS.iter().find(|manifest| manifest.kind == kind).unwrap();
            let values = [(name.to_owned(), secrecy::SecretString::from(value))].into_iter().collect();
            let raw = RawSettings::new("SUPPLIER_X_".to_owned(), values);
            let [dev, production] = [Stage::Dev, Stage::Production].map(|stage| guard(stage, manifest.settings, &raw));
            assert_eq!(dev, Ok(()));
            production.map_err(|error| error.to_string()).err()
        };
        let trial = Some("SUPPLIER_X_TESTING must be false in production: what is paid for must be bought".to_owned());
        assert_eq!(refused("digiflazz", "TESTING", "true"), trial);
        assert_eq!(refused("digiflazz", "TESTING", "false"), None);
        let published = |name: &str| Some(format!("SUPPLIER_X_{name} is a published test credential"));
        assert_eq!(refused("pulsaif", "PIN", "1234"), published("PIN"));
        assert_eq!(refused("pulsaif", "PIN", "4321"), None);
        assert_eq!(refused("digiflazz", "API_KEY", "dfkey-0001"), published("API_KEY"));
    }

    #[test]
    fn no_more_processes_than_calls_share_a_suppliers_account() {
        let shared =
            |processes, calls| built(&[("PROCESSES", processes), ("SUPPLIER_IAK_CALLS_PER_10_S", calls)]).err();
        assert_eq!(shared("3", "3"), None);
        let too_many = "PROCESSES must be at most 2: so few calls does supplier `iak` allow";
        assert_eq!(shared("3", "2").as_deref(), Some(too_many));
        let at_once = built(&[("PROCESSES", "3"), ("SUPPLIER_IAK_CONCURRENT", "2")]).err();
        assert_eq!(at_once.as_deref(), Some(too_many));
    }

    #[test]
    fn every_supplier_may_have_a_low_deposit_whatever_its_adapter_knows() {
        assert_eq!(built(&[]).unwrap()[0].low_deposit, None);
        let low = built(&[("SUPPLIER_IAK_LOW_DEPOSIT", "500000")]).unwrap()[0].low_deposit;
        assert_eq!(low, Some(Money::from_units(500_000, Currency::Idr).unwrap()));
        let mistyped = built(&[("SUPPLIER_IAK_LOW_DEPOSITS", "500000")]).err();
        assert_eq!(mistyped.as_deref(), Some("SUPPLIER_IAK_LOW_DEPOSITS is not a setting of this supplier"));
    }
}
