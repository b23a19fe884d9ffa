//! Calls that change nothing: the deposit, and who has a number.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::{auth, inquiry_ending, look, say};
use crate::faults::{At, Call, Provider};
use crate::goods::catalogue::{self, Kind};
use crate::goods::{Refusal, Why, bills};
use crate::state::Sandbox;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ask {
    destination_no: String,
    /// Of what; the words are specified by us: `pln`, `ewallet`.
    r#type: String,
    #[serde(default)]
    product_code: String,
}

pub async fn balance(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("billfazz.balance");
    let account = auth::claimed(&request);
    let at = At { provider: Provider::Billfazz, call: Call::Balance, account: &account, reference: "", product: "" };
    look(&request, &sandbox, &at, |account| {
        let state = sandbox.state();
        let balance = json!({ "balance": state.books.deposits.left(Provider::Billfazz, &account.key) });
        let reading = state.settings.supplier(Provider::Billfazz).reading;
        HttpResponse::Ok().json(reading.pick(balance.clone(), json!({ "data": balance })))
    })
    .await
}

pub async fn info(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("billfazz.info");
    let Ok(ask) = serde_json::from_slice::<Ask>(&body) else { return say::malformed() };
    let (account, sandbox) = (auth::claimed(&request), &sandbox);
    let at = At {
        provider: Provider::Billfazz,
        call: Call::Inquiry,
        account: &account,
        reference: "",
        product: &ask.product_code,
    };
    look(&request, sandbox, &at, |_| {
        let state = sandbox.state();
        let reading = state.settings.supplier(Provider::Billfazz).reading;
        let (kind, of) = match ask.r#type.to_lowercase().as_str() {
            "pln" => (Kind::PlnToken, bills::ELECTRICITY),
            "ewallet" => (Kind::EMoney, "wallet"),
            _ => return say::refused(&Refusal::Why(Why::UnknownProduct)),
        };
        if let Some(refusal) = inquiry_ending(&state, &ask.destination_no) {
            return say::refused(&refusal);
        }
        let goods = catalogue::all().iter().find(|goods| goods.kind == kind).ok_or(Why::UnknownProduct);
        match goods.and_then(|goods| goods.check_target(&ask.destination_no, reading)) {
            Ok(()) => HttpResponse::Ok().json(say::holder(
                bills::holder(of, &ask.destination_no),
                kind,
                &ask.destination_no,
                reading,
            )),
            Err(why) => say::refused(&Refusal::Why(why)),
        }
    })
    .await
}
