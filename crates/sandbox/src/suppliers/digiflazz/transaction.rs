//! The one address for everything that is bought: what `commands` says decides. A prepaid reference that is known is asked
//! about; one that is not is bought.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::say::About;
use super::{auth, bill, endings, say};
use crate::faults::{At, Call, Provider};
use crate::goods::catalogue::Kind;
use crate::goods::ending::Ending;
use crate::goods::offers::{self, Offer};
use crate::goods::purchase::{Purchase, PurchaseKey};
use crate::goods::{Order, Refusal, Why, again, buy, fate, look};
use crate::guard;
use crate::reading::Reading;
use crate::state::{Sandbox, State};

/// After so long a reference buys anew.
const REMEMBERED_MS: i64 = 90 * 86_400_000;
const LONGEST_REFERENCE: usize = 100;
const LONGEST_TARGET: usize = 100;
/// Of a player, all parts together.
const SHORTEST_PLAYER: usize = 5;

#[derive(Deserialize)]
pub struct Ask {
    pub username: String,
    pub sign: String,
    pub buyer_sku_code: String,
    pub customer_no: String,
    pub ref_id: String,
    #[serde(default)]
    pub commands: String,
    /// Dearer it is not wanted.
    pub max_price: Option<i64>,
    pub cb_url: Option<String>,
    /// The customer's number may have dots.
    #[serde(default)]
    pub allow_dot: bool,
}

impl Ask {
    pub fn key(&self) -> PurchaseKey {
        PurchaseKey { supplier: Provider::Digiflazz, account: self.username.clone(), reference: self.ref_id.clone() }
    }

    pub fn at(&self, call: Call) -> At<'_> {
        let (account, reference) = (self.username.as_str(), self.ref_id.as_str());
        At { provider: Provider::Digiflazz, call, account, reference, product: &self.buyer_sku_code }
    }

    pub fn about(&self, state: &State) -> About<'_> {
        let balance = state.books.deposits.left(Provider::Digiflazz, &self.username);
        About { reference: &self.ref_id, target: &self.customer_no, product: &self.buyer_sku_code, balance }
    }

    /// Whether it is that purchase somebody means with this.
    pub fn means(&self, purchase: &Purchase) -> bool {
        purchase.product == self.buyer_sku_code && purchase.target == self.customer_no
    }
}

pub async fn transaction(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let malformed = || say::denied(&Refusal::Why(Why::Malformed), reading(&sandbox.state()));
    let Ok(ask) = serde_json::from_slice::<Ask>(&body) else { return malformed() };
    let within = |text: &str, longest| (1..=longest).contains(&text.len());
    if !within(&ask.ref_id, LONGEST_REFERENCE) || !within(&ask.customer_no, LONGEST_TARGET) {
        return malformed();
    }
    match ask.commands.as_str() {
        "" => prepaid(&request, &ask, &sandbox).await,
        "inq-pasca" => bill::inquire(&request, &ask, &sandbox).await,
        "pay-pasca" => bill::pay_bill(&request, &ask, &sandbox).await,
        "status-pasca" => bill::status(&request, &ask, &sandbox).await,
        _ => malformed(),
    }
}

pub fn reading(state: &State) -> Reading {
    state.settings.supplier(Provider::Digiflazz).reading
}

/// What the number means, unless the account wants none of it.
pub fn ending(state: &State, ask: &Ask) -> Option<Ending> {
    let wanted = state.settings.supplier(Provider::Digiflazz).endings;
    Ending::of(endings::TABLE, &ask.customer_no).filter(|_| wanted)
}

async fn prepaid(request: &HttpRequest, ask: &Ask, sandbox: &Sandbox) -> HttpResponse {
    let _answering = sandbox.answering("digiflazz.transaction");
    // On the wire a question is the purchase once more.
    let known = remembered(&sandbox.state(), ask, sandbox.now_ms());
    let at = ask.at(if known.is_some() { Call::Status } else { Call::Topup });
    let (at, known) = (&at, &known);
    guard::run(request, sandbox, at, |refused| async move {
        let answer = match (auth::authorise(sandbox, &ask.username, &ask.sign, &ask.ref_id), known) {
            (Err(why), _) => Err(Refusal::Why(why)),
            (Ok(_), Some(key)) => standing(sandbox, ask, key, at, refused),
            (Ok(_), None) => bought(sandbox, ask, refused),
        };
        answered(sandbox, ask, answer).await
    })
    .await
}

/// Says it, once it is on the disk.
pub async fn answered(sandbox: &Sandbox, ask: &Ask, answer: Result<HttpResponse, Refusal>) -> HttpResponse {
    let answer = answer.unwrap_or_else(|refusal| {
        let state = sandbox.state();
        say::refused(&refusal, ask.about(&state), reading(&state))
    });
    match sandbox.durable().await {
        Ok(()) => answer,
        Err(_broken) => guard::not_durable(),
    }
}

/// The latest purchase under this reference, while it is remembered.
fn remembered(state: &State, ask: &Ask, now_ms: i64) -> Option<PurchaseKey> {
    let key = again::latest(&state.books, ask.key())?;
    let formed_ms = state.books.purchases.get(&key)?.formed_ms;
    Some(key).filter(|_| now_ms - formed_ms < REMEMBERED_MS)
}

fn standing(
    sandbox: &Sandbox,
    ask: &Ask,
    key: &PurchaseKey,
    at: &At<'_>,
    refused: Option<Refusal>,
) -> Result<HttpResponse, Refusal> {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    if let Some(refusal) = refused {
        return Err(refusal);
    }
    let reading = reading(&state);
    let found = look(sandbox, &mut state, &At { reference: &key.reference, ..*at });
    let found = found.ok_or(Refusal::Code(say::NOT_FOUND.to_owned()))?;
    if !ask.means(&found) {
        return Err(Refusal::Why(Why::Duplicate));
    }
    // Whether the guard or the reference is looked at first, nobody says.
    if reading == Reading::Other && ask.max_price.is_some_and(|most| found.price > most) {
        return Err(Refusal::Why(Why::Price));
    }
    Ok(say::data(&say::report(&found, ask.about(&state), reading, now_ms)))
}

fn bought(sandbox: &Sandbox, ask: &Ask, refused: Option<Refusal>) -> Result<HttpResponse, Refusal> {
    let mut state = sandbox.state();
    // Somebody may have been faster with the same.
    let key = remembered(&state, ask, sandbox.now_ms()).unwrap_or_else(|| again::next(&state.books, ask.key()));
    let ending = ending(&state, ask);
    let order = Order {
        key: &key,
        product: &ask.buyer_sku_code,
        target: &ask.customer_no,
        offer: offers::find(Provider::Digiflazz, &ask.buyer_sku_code),
        at_most: ask.max_price,
        callback_url: ask.cb_url.clone(),
        ending,
    };
    let refused = refused.or_else(|| order.offer.and_then(|offer| unusable(ask, offer)).map(Refusal::Why));
    buy(sandbox, &mut state, &order, refused)?;
    drop(state);
    if ending.is_some_and(endings::is_at_once) {
        fate::click(sandbox, &key, ending == Some(Ending::AtOnce));
    }
    let state = sandbox.state();
    let purchase = state.books.purchases.get(&key).ok_or(Refusal::Why(Why::Maintenance))?;
    Ok(say::data(&say::report(purchase, ask.about(&state), reading(&state), sandbox.now_ms())))
}

/// A player's parts may be joined by a bar, by nothing, or by a dot where that is allowed.
fn unusable(ask: &Ask, offer: &Offer) -> Option<Why> {
    let dots = ask.customer_no.contains('.') && !ask.allow_dot;
    let is_player = offer.goods.kind == Kind::Game && offer.goods.id_parts > 0;
    (dots || is_player && ask.customer_no.len() < SHORTEST_PLAYER).then_some(Why::Malformed)
}
