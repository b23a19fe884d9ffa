//! Calls that change nothing: the deposit, and who has a number.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{auth, inquiry_ending, look, say};
use crate::faults::{At, Call, Provider};
use crate::goods::catalogue::{self, Kind};
use crate::goods::{Refusal, Why, bills};
use crate::state::Sandbox;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ask {
    destination_no: String,
    /// Of what; the words are specified by us: `pln`, or whose wallet it is, as `ovo`.
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
        let balance = json!({ "balance": state.books.deposits.left(Provider::Billfazz, &account.name) });
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
    look(&request, sandbox, &at, |_| match holder(sandbox, &ask) {
        Ok(holder) => HttpResponse::Ok().json(holder),
        Err(refusal) => say::refused(&refusal),
    })
    .await
}

fn holder(sandbox: &Sandbox, ask: &Ask) -> Result<Value, Refusal> {
    let (whose, number) = (ask.r#type.to_lowercase(), &ask.destination_no);
    let state = sandbox.state();
    let reading = state.settings.supplier(Provider::Billfazz).reading;
    // Nothing is owed here.
    let of_bills = |refusal: &Refusal| matches!(refusal, Refusal::Why(Why::BillPaid | Why::BillNotFound));
    if let Some(refusal) = inquiry_ending(&state, number).filter(|refusal| !of_bills(refusal)) {
        return Err(refusal);
    }
    let (kind, of) = if whose == "pln" { (Kind::PlnToken, bills::ELECTRICITY) } else { (Kind::EMoney, whose.as_str()) };
    let goods = catalogue::all().iter().find(|goods| goods.kind == kind && goods.brand == whose);
    let goods = goods.ok_or(Refusal::Why(Why::UnknownProduct))?;
    goods.check_target(number, reading).map_err(Refusal::Why)?;
    Ok(say::holder(bills::holder(of, number), kind, number, reading))
}
