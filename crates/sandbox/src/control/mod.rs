//! The driver's side: faults, settings, what is still to come, deposits, and the truth.

pub mod goods;

use std::collections::HashMap;
use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use crate::clock::rfc3339;
use crate::faults::{Provider, Rule};
use crate::guard;
use crate::notices::MAX_COPIES;
use crate::reading::Reading;
use crate::state::{Sandbox, State, SupplierSettings};
use crate::suppliers::seller;
use crate::truth::Event;

/// Base URLs notices may be spread over.
const MAX_TARGETS: usize = 64;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/faults", web::post().to(add_faults))
        .route("/faults", web::delete().to(clear_faults))
        .route("/faults", web::get().to(fired))
        .route("/settings", web::post().to(change_settings))
        .route("/pending", web::get().to(pending))
        .route("/arrivals", web::get().to(goods::arrivals))
        .route("/purchases", web::post().to(goods::act))
        .route("/bills", web::get().to(goods::owed))
        .route("/bills", web::post().to(goods::pay_elsewhere))
        .route("/suppliers/{supplier}", web::post().to(switch))
        .route("/{supplier}/{account}/deposit", web::post().to(set_deposit));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFaults {
    #[serde(default)]
    seed: u64,
    /// These, and none of those there were.
    #[serde(default)]
    only: bool,
    rules: Vec<Rule>,
}

/// Absent fields stay as they are; null switches off where that means something.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    suppliers: HashMap<Provider, SupplierChange>,
    iak_pricelist_bare: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    ecpay_pacing: Option<Option<u32>>,
    notice_copies: Option<usize>,
    notice_targets: Option<Vec<String>>,
    ecpay_reading: Option<Reading>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SupplierChange {
    #[serde(default, deserialize_with = "given")]
    final_delay_ms: Option<Option<u32>>,
    once_a_day: Option<bool>,
    #[serde(default)]
    callback_url: HashMap<String, Option<String>>,
    reading: Option<Reading>,
    endings: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deposit {
    set: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Down {
    down: bool,
}

/// Tells `null` from a field that is not there.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(from).map(Some)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn unusable(reason: &str) -> HttpResponse {
    HttpResponse::UnprocessableEntity().json(json!({ "error": reason }))
}

fn add_faults(body: Bytes, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    let added = read(&body).and_then(|new: NewFaults| {
        let mut state = sandbox.state();
        if new.only {
            state.faults.clear();
        }
        state.faults.add(new.seed, new.rules)
    });
    ready(no_content(added))
}

fn clear_faults(sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    sandbox.state().faults.clear();
    ready(no_content(Ok(())))
}

fn fired(sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    ready(HttpResponse::Ok().json(json!({ "fired": sandbox.state().faults.fired() })))
}

fn change_settings(body: Bytes, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    let changed = read(&body).and_then(|change: Change| {
        strangers(&change, &sandbox)?;
        apply(&mut sandbox.state(), change)
    });
    ready(no_content(changed))
}

/// Every supplier named must be one, with the accounts named.
fn strangers(change: &Change, sandbox: &Sandbox) -> Result<(), String> {
    for (supplier, change) in &change.suppliers {
        if seller(*supplier).is_none() {
            return Err(format!("{supplier:?} is no supplier"));
        }
        if let Some(name) = change.callback_url.keys().find(|name| sandbox.account(*supplier, name).is_none()) {
            return Err(format!("there is no account {name} at {supplier:?}"));
        }
    }
    Ok(())
}

fn no_content(done: Result<(), String>) -> HttpResponse {
    done.map_or_else(|reason| unusable(&reason), |()| HttpResponse::NoContent().finish())
}

fn apply(state: &mut State, change: Change) -> Result<(), String> {
    let callback_urls = change.suppliers.values().flat_map(|supplier| supplier.callback_url.values().flatten());
    let urls = change.notice_targets.iter().flatten().chain(callback_urls);
    if let Some(url) = urls.into_iter().find(|url| reqwest::Url::parse(url).is_err()) {
        return Err(format!("{url} is not a URL"));
    }
    if change.notice_copies.is_some_and(|copies| !(1..=MAX_COPIES).contains(&copies)) {
        return Err(format!("notice_copies must lie between 1 and {MAX_COPIES}"));
    }
    if change.notice_targets.as_ref().is_some_and(|targets| targets.len() > MAX_TARGETS) {
        return Err(format!("at most {MAX_TARGETS} notice_targets"));
    }
    let settings = &mut state.settings;
    if let Some(bare) = change.iak_pricelist_bare {
        settings.iak_pricelist_bare = bare;
    }
    if let Some(pacing) = change.ecpay_pacing {
        settings.ecpay_pacing = pacing;
        state.pacing = Default::default();
    }
    if let Some(copies) = change.notice_copies {
        settings.notice_copies = copies;
    }
    if let Some(targets) = change.notice_targets {
        settings.notice_targets = targets;
    }
    settings.ecpay_reading = change.ecpay_reading.unwrap_or(settings.ecpay_reading);
    for (supplier, change) in change.suppliers {
        apply_to(settings.suppliers.entry(supplier).or_default(), change);
    }
    Ok(())
}

fn apply_to(settings: &mut SupplierSettings, change: SupplierChange) {
    if let Some(delay) = change.final_delay_ms {
        settings.final_delay_ms = delay.map(i64::from);
    }
    settings.once_a_day = change.once_a_day.unwrap_or(settings.once_a_day);
    settings.reading = change.reading.unwrap_or(settings.reading);
    settings.endings = change.endings.unwrap_or(settings.endings);
    for (account, url) in change.callback_url {
        match url {
            Some(url) => settings.callback_url.insert(account, url),
            None => settings.callback_url.remove(&account),
        };
    }
}

/// A driver asks this after moving the clock: from then on every part of the sandbox has the new time.
fn pending(sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    let now_ms = sandbox.fresh_now_ms();
    let state = sandbox.state();
    ready(HttpResponse::Ok().json(json!({
        "in_flight": state.answering + state.schedule.running,
        "scheduled": state.schedule.len(),
        "now": rfc3339(now_ms),
        "next_due": state.schedule.next_due_ms().map(rfc3339),
    })))
}

/// Closes a supplier's own listener and all its connections, or opens it again.
async fn switch(supplier: Path<Provider>, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let down: Down = match read(&body) {
        Ok(down) => down,
        Err(reason) => return unusable(&reason),
    };
    let switched = sandbox.switch(supplier.into_inner(), down.down).await;
    no_content(switched.map_err(|error| format!("it cannot be switched: {error}")))
}

async fn set_deposit(path: Path<(Provider, String)>, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let deposit: Deposit = match read(&body) {
        Ok(deposit) => deposit,
        Err(reason) => return unusable(&reason),
    };
    let (supplier, account) = path.into_inner();
    if sandbox.account(supplier, &account).is_none() {
        return HttpResponse::NotFound().json(json!({ "error": "there is no such account" }));
    }
    let event = Event::DepositSet { supplier, account, deposit: deposit.set };
    sandbox.record(&mut sandbox.state(), event);
    match sandbox.durable().await {
        Ok(()) => HttpResponse::Ok().json(json!({ "deposit": deposit.set })),
        Err(_broken) => guard::not_durable(),
    }
}

pub fn truth(sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    let state = sandbox.state();
    let (charges, deliveries) = state.books.report();
    ready(HttpResponse::Ok().json(json!({
        "charges": charges,
        "deliveries": deliveries,
        "codes": state.books.codes(),
        "requests": state.requests,
    })))
}

pub fn healthz() -> Ready<HttpResponse> {
    ready(HttpResponse::Ok().json(json!({ "status": "ok" })))
}
