//! Calls that change nothing: the lists and the balance.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::transaction::reading;
use super::{auth, list, say};
use crate::faults::{At, Call, Provider};
use crate::goods::{Refusal, Why};
use crate::guard;
use crate::reading::Reading;
use crate::state::Sandbox;

/// Specified by us: that lists are limited is documented, and not to how many.
const LISTS: usize = 1;
const LISTS_WITHIN_MS: i64 = 60_000;

#[derive(Deserialize)]
struct Ask {
    username: String,
    sign: String,
    #[serde(default)]
    cmd: String,
}

pub async fn price_list(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("digiflazz.pricelist");
    answer(&request, &body, &sandbox, Call::Pricelist, auth::PRICE_LIST, |ask| {
        let now_ms = sandbox.now_ms();
        let mut state = sandbox.state();
        let counted = format!("{} {}", ask.username, ask.cmd);
        let limited = reading(&state) == Reading::Other;
        if limited && state.pacing.is_too_much(Provider::Digiflazz, &counted, LISTS, LISTS_WITHIN_MS, now_ms) {
            return Err(Refusal::Code(say::TOO_MANY_LISTS.to_owned()));
        }
        match ask.cmd.as_str() {
            "prepaid" => Ok(list::prepaid()),
            "pasca" => Ok(list::postpaid()),
            _ => Err(Refusal::Why(Why::Malformed)),
        }
    })
    .await
}

pub async fn balance(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("digiflazz.balance");
    answer(&request, &body, &sandbox, Call::Balance, auth::BALANCE, |ask| {
        Ok(json!({ "deposit": sandbox.state().books.deposits.left(Provider::Digiflazz, &ask.username) }))
    })
    .await
}

async fn answer(
    request: &HttpRequest,
    body: &[u8],
    sandbox: &Sandbox,
    call: Call,
    signed: &str,
    find: impl FnOnce(&Ask) -> Result<Value, Refusal>,
) -> HttpResponse {
    let reading = reading(&sandbox.state());
    let Ok(ask) = serde_json::from_slice::<Ask>(body) else {
        return say::denied(&Refusal::Why(Why::Malformed), reading);
    };
    let at = At { provider: Provider::Digiflazz, call, account: &ask.username, reference: "", product: "" };
    guard::run(request, sandbox, &at, |refused| {
        let found = match (refused, auth::authorise(sandbox, &ask.username, &ask.sign, signed)) {
            (Some(refusal), _) => Err(refusal),
            (None, Err(why)) => Err(Refusal::Why(why)),
            (None, Ok(_)) => find(&ask),
        };
        let answer = found.map_or_else(|refusal| say::denied(&refusal, reading), |data| say::data(&data));
        std::future::ready(answer)
    })
    .await
}
