//! What a driver may know of goods, bills and requests, beyond the truth.

use std::collections::BTreeMap;
use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{no_content, read, unusable};
use crate::faults::Provider;
use crate::goods::catalogue::{self, Goods, Kind};
use crate::goods::offers::{self, Written};
use crate::goods::purchase::PurchaseKey;
use crate::goods::{bills, fate};
use crate::guard;
use crate::state::Sandbox;
use crate::suppliers;
use crate::truth::Event;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    supplier: Provider,
    reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bills {
    /// As `/goods` names them: `pdam/Kota Surabaya`.
    goods: String,
    number: String,
}

/// What becomes of a purchase now.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    /// It ends as it was fated to: a fault `fail` fails it, else it is delivered.
    Settle,
    Reverse,
    /// What had failed is delivered after all.
    Recover,
}

#[derive(Deserialize)]
struct Acted {
    supplier: Provider,
    account: String,
    reference: String,
    act: Act,
}

/// Which codes of which suppliers are the same goods, and at which price: what an adapter's names are measured against.
/// What is not `readable` has no price on its list.
pub fn list() -> Ready<HttpResponse> {
    let mut rows: BTreeMap<String, (Kind, Vec<Value>)> = BTreeMap::new();
    for (supplier, _) in suppliers::all() {
        for offer in offers::of(supplier) {
            let row = json!({
                "supplier": supplier, "code": offer.code, "price": offer.price, "open": offer.open,
                "readable": offer.written != Written::NotAtAll,
            });
            rows.entry(offer.goods.id()).or_insert_with(|| (offer.goods.kind, Vec::new())).1.push(row);
        }
    }
    let row = |(id, (kind, offers))| json!({ "id": id, "kind": kind, "offers": offers });
    ready(HttpResponse::Ok().json(json!({ "goods": rows.into_iter().map(row).collect::<Vec<Value>>() })))
}

/// Ends a purchase, or turns its end. What stands otherwise, or nowhere, stays.
pub async fn act(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let Acted { supplier, account, reference, act } = match read(&body) {
        Ok(acted) => acted,
        Err(reason) => return unusable(&reason),
    };
    let key = PurchaseKey { supplier, account, reference };
    match act {
        Act::Settle => fate::settle(&sandbox, &key),
        Act::Reverse => fate::reverse(&sandbox, &key),
        Act::Recover => fate::recover(&sandbox, &key),
    }
    match sandbox.durable().await {
        Ok(()) => no_content(Ok(())),
        Err(_broken) => guard::not_durable(),
    }
}

/// How often what was asked for under a reference, by call.
pub fn arrivals(asked: Query<Asked>, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    ready(HttpResponse::Ok().json(sandbox.state().arrivals.about(asked.supplier, &asked.reference)))
}

fn biller(id: &str) -> Result<&'static Goods, String> {
    let found = catalogue::all().iter().find(|goods| goods.kind.is_bill() && goods.id() == id);
    found.ok_or_else(|| format!("nobody bills for {id}"))
}

/// What a number owes to a biller now.
pub fn owed(asked: Query<Bills>, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    let debt = biller(&asked.goods)
        .map(|goods| bills::owed(goods, &asked.number, &sandbox.state().books.paid_bills, sandbox.now_ms()));
    ready(debt.map_or_else(|reason| unusable(&reason), |debt| HttpResponse::Ok().json(debt)))
}

/// All a number owes is paid at a counter, behind the back of whoever means to pay it.
pub async fn pay_elsewhere(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let asked: Bills = match read(&body) {
        Ok(asked) => asked,
        Err(reason) => return unusable(&reason),
    };
    let goods = match biller(&asked.goods) {
        Ok(goods) => goods,
        Err(reason) => return unusable(&reason),
    };
    let now_ms = sandbox.now_ms();
    {
        let mut state = sandbox.state();
        let debt = bills::owed(goods, &asked.number, &state.books.paid_bills, now_ms);
        let periods = debt.bills.into_iter().map(|bill| bill.period).collect();
        sandbox.record(&mut state, Event::BillsPaid { goods: asked.goods, number: asked.number, periods });
    }
    match sandbox.durable().await {
        Ok(()) => no_content(Ok(())),
        Err(_broken) => guard::not_durable(),
    }
}
