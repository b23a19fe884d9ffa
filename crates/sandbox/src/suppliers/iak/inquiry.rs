//! Name checks before a purchase, with the numbers of IAK's own sandbox (IAK documents). They form nothing.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{Ask, Denied, auth, data, read_ask, say};
use crate::faults::{At, Call, Provider};
use crate::goods::number;
use crate::guard;
use crate::reading::Reading;
use crate::state::Sandbox;

const PLN_METER: &str = "12345678901";
const OVO_NUMBER: &str = "082179374708";
const PLAYER: (&str, &str) = ("103", "156378300|8483");

/// One inquiry: what its signature covers, and what it finds.
struct Inquiry {
    signed: fn(&Ask) -> &str,
    look_up: fn(&Ask, Reading) -> Result<Value, &'static str>,
}

pub async fn operator(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    answer(&request, &body, &sandbox, &Inquiry { signed: |_| auth::OPERATOR, look_up: operator_of }).await
}

pub async fn pln(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    answer(&request, &body, &sandbox, &Inquiry { signed: |ask| &ask.customer_id, look_up: meter }).await
}

pub async fn ovo(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    answer(&request, &body, &sandbox, &Inquiry { signed: |ask| &ask.customer_id, look_up: wallet }).await
}

pub async fn game(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    answer(&request, &body, &sandbox, &Inquiry { signed: |ask| &ask.game_code, look_up: player }).await
}

pub async fn game_server(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    answer(&request, &body, &sandbox, &Inquiry { signed: |ask| &ask.game_code, look_up: servers }).await
}

pub async fn game_format(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    answer(&request, &body, &sandbox, &Inquiry { signed: |ask| &ask.game_code, look_up: format }).await
}

fn operator_of(ask: &Ask, reading: Reading) -> Result<Value, &'static str> {
    let operator = number::normal(&ask.customer_id).ok().and_then(|local| number::operator(&local, reading));
    operator.map(|operator| json!({ "operator": operator })).ok_or(say::WRONG_NUMBER)
}

fn meter(ask: &Ask, _: Reading) -> Result<Value, &'static str> {
    if ask.customer_id != PLN_METER {
        return Err(say::WRONG_NUMBER);
    }
    Ok(json!({
        "status": "1",
        "customer_id": PLN_METER,
        "meter_no": PLN_METER,
        "subscriber_id": "523300817840",
        "name": "PT X",
        "segment_power": "R1 /000001300",
    }))
}

fn wallet(ask: &Ask, _: Reading) -> Result<Value, &'static str> {
    if ask.customer_id != OVO_NUMBER {
        return Err(say::WRONG_NUMBER);
    }
    Ok(json!({ "status": "1", "customer_id": OVO_NUMBER, "name": "BUD** SAN****" }))
}

fn player(ask: &Ask, _: Reading) -> Result<Value, &'static str> {
    match (ask.game_code.as_str(), ask.customer_id.as_str()) {
        PLAYER => Ok(json!({ "status": 1, "username": "Penjual Pulsa" })),
        (game, _) if game == PLAYER.0 => Err(say::WRONG_NUMBER),
        _ => Err(say::NO_PRODUCT),
    }
}

fn servers(ask: &Ask, _: Reading) -> Result<Value, &'static str> {
    let servers = match ask.game_code.as_str() {
        "103" => json!([]),
        "142" => json!([
            { "name": "Nightmare", "value": "10001" },
            { "name": "Lotus", "value": "10002" },
            { "name": "Apocalypse", "value": "10003" },
        ]),
        _ => return Err(say::NO_PRODUCT),
    };
    Ok(json!({ "status": 1, "servers": servers }))
}

fn format(ask: &Ask, _: Reading) -> Result<Value, &'static str> {
    let format = match ask.game_code.as_str() {
        "103" => "[userid]|[zoneid]",
        "135" => "[userid]",
        "140" => "[rolename]|[userid]|[zoneid]",
        "127" => "[userid]|[serverId]",
        "142" => "[rolename]|[serverId]",
        "104" => return Err(say::NO_GAME_CHECK),
        _ => return Err(say::NO_PRODUCT),
    };
    Ok(json!({ "status": 1, "formatGameId": format }))
}

/// Reads, checks the signature, asks, and puts message and rc beside the outcome. A fault names the game as its product.
async fn answer(request: &HttpRequest, body: &[u8], sandbox: &Sandbox, inquiry: &Inquiry) -> HttpResponse {
    let _answering = sandbox.answering("iak.inquiry");
    let ask = match read_ask(body) {
        Ok(ask) => ask,
        Err(denied) => return denied.answer(),
    };
    let ask = &ask;
    let at = At {
        provider: Provider::Iak,
        call: Call::Inquiry,
        account: &ask.username,
        reference: "",
        product: &ask.game_code,
    };
    guard::run(request, sandbox, &at, |refused| async move {
        if let Err(denied) = auth::authorise(sandbox, ask, (inquiry.signed)(ask)) {
            return denied.answer();
        }
        let reading = sandbox.state().settings.supplier(Provider::Iak).reading;
        let found = match refused.as_ref().map(Denied::of) {
            Some(Denied::Code(code)) => Err(code),
            Some(denied) => return denied.answer(),
            None => (inquiry.look_up)(ask, reading).map_err(str::to_owned),
        };
        data(outcome(ask, found))
    })
    .await
}

fn outcome(ask: &Ask, found: Result<Value, String>) -> Value {
    let (mut outcome, code) = match found {
        Ok(outcome) => (outcome, say::SUCCESS.to_owned()),
        Err(code) => (json!({ "status": "2", "customer_id": ask.customer_id }), code),
    };
    if let Some(fields) = outcome.as_object_mut() {
        fields.insert("message".to_owned(), json!(say::message(&code)));
        fields.insert("rc".to_owned(), json!(code));
    }
    outcome
}
