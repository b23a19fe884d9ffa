//! Name checks before a purchase, with the numbers of IAK's own sandbox.

use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use serde_json::{Value, json};

use super::{Ask, authorise, data, number, rc, read_ask, sign};
use crate::state::Sandbox;

const PLN_METER: &str = "12345678901";
const OVO_NUMBER: &str = "082179374708";
const PLAYER: (&str, &str) = ("103", "156378300|8483");

pub fn operator(body: Bytes, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    let reading = sandbox.state().settings.iak_reading;
    answer(
        &sandbox,
        "iak.operator",
        &body,
        |_| sign::OPERATOR.to_owned(),
        |ask| {
            let operator = number::normal(&ask.customer_id).ok().and_then(|local| number::operator(&local, reading));
            operator.map_or(Err(rc::WRONG_NUMBER), |operator| Ok(json!({ "operator": operator })))
        },
    )
}

pub fn pln(body: Bytes, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    answer(
        &sandbox,
        "iak.inquiry",
        &body,
        |ask| ask.customer_id.clone(),
        |ask| {
            if ask.customer_id != PLN_METER {
                return Err(rc::WRONG_NUMBER);
            }
            Ok(json!({
                "status": "1",
                "customer_id": PLN_METER,
                "meter_no": PLN_METER,
                "subscriber_id": "523300817840",
                "name": "PT X",
                "segment_power": "R1 /000001300",
            }))
        },
    )
}

pub fn ovo(body: Bytes, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    answer(
        &sandbox,
        "iak.inquiry",
        &body,
        |ask| ask.customer_id.clone(),
        |ask| {
            if ask.customer_id != OVO_NUMBER {
                return Err(rc::WRONG_NUMBER);
            }
            Ok(json!({ "status": "1", "customer_id": OVO_NUMBER, "name": "BUD** SAN****" }))
        },
    )
}

pub fn game(body: Bytes, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    answer(
        &sandbox,
        "iak.inquiry",
        &body,
        |ask| ask.game_code.clone(),
        |ask| {
            if ask.game_code != PLAYER.0 {
                Err(rc::NO_PRODUCT)
            } else if ask.customer_id != PLAYER.1 {
                Err(rc::WRONG_NUMBER)
            } else {
                Ok(json!({ "status": 1, "username": "Penjual Pulsa" }))
            }
        },
    )
}

pub fn game_server(body: Bytes, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    answer(
        &sandbox,
        "iak.inquiry",
        &body,
        |ask| ask.game_code.clone(),
        |ask| {
            let servers = match ask.game_code.as_str() {
                "103" => json!([]),
                "142" => json!([
                    { "name": "Nightmare", "value": "10001" },
                    { "name": "Lotus", "value": "10002" },
                    { "name": "Apocalypse", "value": "10003" },
                ]),
                _ => return Err(rc::NO_PRODUCT),
            };
            Ok(json!({ "status": 1, "servers": servers }))
        },
    )
}

pub fn game_format(body: Bytes, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    answer(
        &sandbox,
        "iak.inquiry",
        &body,
        |ask| ask.game_code.clone(),
        |ask| {
            let format = match ask.game_code.as_str() {
                "103" => "[userid]|[zoneid]",
                "135" => "[userid]",
                "140" => "[rolename]|[userid]|[zoneid]",
                "127" => "[userid]|[serverId]",
                "142" => "[rolename]|[serverId]",
                "104" => return Err(rc::NO_GAME_CHECK),
                _ => return Err(rc::NO_PRODUCT),
            };
            Ok(json!({ "status": 1, "formatGameId": format }))
        },
    )
}

/// Reads, checks the signature over what `signed` picks, asks, and puts message and rc beside the outcome.
fn answer(
    sandbox: &Sandbox,
    call: &'static str,
    body: &[u8],
    signed: fn(&Ask) -> String,
    look_up: impl FnOnce(&Ask) -> Result<Value, &'static str>,
) -> Ready<HttpResponse> {
    let _answering = sandbox.answering(call);
    let checked = read_ask(body).and_then(|ask| authorise(sandbox, &ask, &signed(&ask)).map(|_| ask));
    let ask = match checked {
        Ok(ask) => ask,
        Err(denied) => return ready(denied.answer()),
    };
    let (mut outcome, code) = match look_up(&ask) {
        Ok(outcome) => (outcome, rc::SUCCESS),
        Err(code) => (json!({ "status": "2", "customer_id": ask.customer_id }), code),
    };
    if let Some(fields) = outcome.as_object_mut() {
        fields.insert("message".to_owned(), json!(rc::message(code)));
        fields.insert("rc".to_owned(), json!(code));
    }
    ready(data(outcome))
}
