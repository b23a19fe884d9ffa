//! Buying and asking: `order` and `order_status`. Accepted means pending, never delivered.

use std::collections::HashMap;

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::auth::{self, Counted};
use super::{endings, say};
use crate::faults::{At, Call, Provider};
use crate::goods::ending::Ending;
use crate::goods::purchase::{Purchase, PurchaseKey};
use crate::goods::seller::Seller;
use crate::goods::{Order, Refusal, Why, again, buy, fate, look};
use crate::guard;
use crate::reading::Reading;
use crate::state::{Sandbox, State};

const LONGEST_REFERENCE: usize = 100;
/// The only country played.
pub const COUNTRY: &str = "ID";
/// Games whose owner wants to know from where they are bought.
const HOYOVERSE: [&str; 3] = ["genshin", "honkai_star_rail", "zenless"];

/// What an order is made of, but for the words nobody plays.
#[derive(Deserialize)]
struct Ask {
    user_id: Option<String>,
    /// The zone or server.
    additional_id: Option<String>,
    count_order: Option<i64>,
    product_code: Option<String>,
    country_code: Option<String>,
    /// At another price it is not wanted.
    price: Option<i64>,
    partner_reference_id: Option<String>,
    override_callback_url: Option<String>,
    end_user_ip_address: Option<String>,
}

impl Ask {
    fn product(&self) -> &str {
        self.product_code.as_deref().unwrap_or("")
    }

    fn user(&self) -> &str {
        self.user_id.as_deref().unwrap_or("")
    }

    /// The parts of the player's id, as all suppliers' purchases have it.
    fn target(&self) -> String {
        match self.additional_id.as_deref() {
            Some(additional) if !additional.is_empty() => format!("{}|{additional}", self.user()),
            _ => self.user().to_owned(),
        }
    }
}

pub async fn order(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("lapak.order");
    let reading = reading(&sandbox);
    let malformed = || say::refused(&Refusal::Why(Why::Malformed), reading);
    let Ok(ask) = serde_json::from_slice::<Ask>(&body) else { return malformed() };
    let reference = ask.partner_reference_id.as_deref().unwrap_or("");
    if reference.len() > LONGEST_REFERENCE {
        return malformed();
    }
    let (sandbox, request, ask) = (&sandbox, &request, &ask);
    let account = auth::name(sandbox, request);
    let at = At { provider: Provider::Lapak, call: Call::Topup, account, reference, product: ask.product() };
    let wanted = sandbox.state().settings.supplier(Provider::Lapak).endings;
    let ending = endings::of(ask.product(), ask.user()).filter(|_| wanted);
    let planned = ending.map_or([None, None], Ending::on_the_way);
    guard::run_planned(request, sandbox, &at, planned, |refused| async move {
        if let Err(why) = auth::authorise(sandbox, request, Counted::Usual) {
            return say::refused(&Refusal::Why(why), reading);
        }
        let answer = bought(sandbox, account, ask, ending, refused);
        match sandbox.durable().await {
            Ok(()) => answer,
            Err(_broken) => guard::not_durable(),
        }
    })
    .await
}

pub async fn status(
    request: HttpRequest,
    which: Query<HashMap<String, String>>,
    sandbox: Data<Sandbox>,
) -> HttpResponse {
    let _answering = sandbox.answering("lapak.status");
    let (sandbox, request) = (&sandbox, &request);
    let account = auth::name(sandbox, request);
    let reference = asked_about(&sandbox.state(), account, &which);
    let at = At { provider: Provider::Lapak, call: Call::Status, account, reference: &reference, product: "" };
    guard::run(request, sandbox, &at, |refused| {
        let reading = reading(sandbox);
        let answer = match (refused, auth::authorise(sandbox, request, Counted::Usual)) {
            (Some(refusal), _) => say::refused(&refusal, reading),
            (None, Err(why)) => say::refused(&Refusal::Why(why), reading),
            (None, Ok(_)) => {
                let now_ms = sandbox.now_ms();
                match look(sandbox, &mut sandbox.state(), &at) {
                    Some(purchase) => HttpResponse::Ok().json(say::report(&purchase, now_ms)),
                    None => say::refused(&Refusal::Code(say::NOT_FOUND.to_owned()), reading),
                }
            }
        };
        std::future::ready(answer)
    })
    .await
}

pub fn reading(sandbox: &Sandbox) -> Reading {
    sandbox.state().settings.supplier(Provider::Lapak).reading
}

/// The reference given, or that of the order with this number, for which all are walked. Who gives both must mean one order.
fn asked_about(state: &State, account: &str, which: &HashMap<String, String>) -> String {
    let given = which.get("partner_reference_id");
    let Some(tid) = which.get("tid") else {
        return given.cloned().unwrap_or_default();
    };
    let is_meant = |purchase: &&Purchase| {
        purchase.key.supplier == Provider::Lapak
            && purchase.key.account == account
            && say::tid(purchase) == *tid
            && given.is_none_or(|given| *given == purchase.key.reference)
    };
    state.books.purchases.values().find(is_meant).map(|purchase| purchase.key.reference.clone()).unwrap_or_default()
}

fn bought(
    sandbox: &Sandbox,
    account: &str,
    ask: &Ask,
    ending: Option<Ending>,
    refused: Option<Refusal>,
) -> HttpResponse {
    let mut state = sandbox.state();
    let (reading, endings) = {
        let settings = state.settings.supplier(Provider::Lapak);
        (settings.reading, settings.endings)
    };
    let key = key(&state, account, ask, reading);
    let target = ask.target();
    let offer = endings::offer(ask.product()).filter(|offer| endings || offer.code == ask.product());
    let order = Order {
        key: &key,
        product: ask.product(),
        target: &target,
        offer: offer.filter(|_| ask.country_code.as_deref().is_none_or(|given| given.eq_ignore_ascii_case(COUNTRY))),
        // One that became dearer since it was listed is refused, too.
        at_most: ask.price,
        callback_url: ask.override_callback_url.clone(),
        ending,
    };
    let test = endings::refused(ask.product()).filter(|_| endings).map(|code| Refusal::Code(code.to_owned()));
    let refused = refused.or(test).or_else(|| problem(ask, &order, reading));
    if let Err(refusal) = buy(sandbox, &mut state, &order, refused) {
        return say::refused(&refusal, reading);
    }
    drop(state);
    if ending.is_some_and(Ending::is_at_once) {
        fate::click(sandbox, &key, true);
    }
    match sandbox.state().books.purchases.get(&key) {
        Some(_) if endings && ask.user() == endings::NO_TID => say::success(&json!({})),
        Some(purchase) => say::success(&json!({ "tid": say::tid(purchase), "total_price": purchase.price })),
        None => say::refused(&Refusal::Why(Why::Maintenance), reading),
    }
}

/// Under which name the order is kept. In the reading in which a reference protects from nothing, each request is an order.
fn key(state: &State, account: &str, ask: &Ask, reading: Reading) -> PurchaseKey {
    // An order without a reference is known by its number alone.
    let number = state.books.purchases.len();
    let reference = ask.partner_reference_id.clone().unwrap_or_else(|| format!("without-{number}"));
    let key = PurchaseKey { supplier: Provider::Lapak, account: account.to_owned(), reference };
    reading.pick(key.clone(), again::next(&state.books, key))
}

/// What is wrong with the order itself.
fn problem(ask: &Ask, order: &Order<'_>, reading: Reading) -> Option<Refusal> {
    let code = |code: &str| Some(Refusal::Code(code.to_owned()));
    if ask.count_order != Some(1) || ask.product().is_empty() {
        return Some(Refusal::Why(Why::Malformed));
    }
    let offer = order.offer?;
    let needs_user = super::Lapak.needs_number(offer.goods) || reading == Reading::Other;
    if needs_user && ask.user().is_empty() {
        return code(say::USER_ID_EMPTY);
    }
    if order.target.contains(char::is_whitespace) {
        return code(say::USER_ID_CONTAIN_SPACE);
    }
    if HOYOVERSE.contains(&offer.goods.brand) && ask.end_user_ip_address.as_deref().is_none_or(str::is_empty) {
        return Some(Refusal::Why(Why::Malformed));
    }
    ask.price.filter(|price| *price != offer.price).map(|_| Refusal::Why(Why::Price))
}
