//! The overview for people at `/`: what happened lately, with buttons to decide what happens next.

use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};

use crate::clock::rfc3339;
use crate::config::Account;
use crate::faults::Provider;
use crate::goods::fate;
use crate::goods::purchase::{Delivery, Purchase, PurchaseKey};
use crate::goods::words::dotted;
use crate::state::{Sandbox, State};
use crate::suppliers;
use crate::truth::{Key, Trade};
use crate::{ecpay, guard};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;color:#1b1b1b;\
    background:#fff}h1{margin:.2em 0}.muted{color:#5a5a5a}button,.button{display:block;width:100%;box-sizing:border-box;\
    margin:.5rem 0;padding:.8rem;font:inherit;text-align:center;text-decoration:none;border:1px solid #767676;\
    border-radius:.5rem;background:#f4f4f4;color:#1b1b1b;cursor:pointer}button.main{background:#05653f;border-color:#05653f;\
    color:#fff;font-weight:600}button:focus-visible,a:focus-visible{outline:3px solid #1a56db;outline-offset:2px}\
    article{border-top:1px solid #ccc;padding:.6rem 0}article form{display:flex;gap:.5rem}code{overflow-wrap:anywhere}";

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(overview))
        .route("/page/ecpay/{merchant}/{reference}", web::post().to(on_trade))
        .route("/page/suppliers/{supplier}", web::post().to(on_supplier))
        .route("/page/{supplier}/{account}/{reference}", web::post().to(on_purchase));
}

/// A whole page around a body that is already escaped.
pub fn layout(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
}

/// Text for one part of a path.
fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Text for an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn overview(sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    let body = {
        let state = sandbox.state();
        let books = &state.books;
        let trades: String =
            books.recent_trades.iter().filter_map(|key| books.trades.get(key)).map(trade_entry).collect();
        let purchases: String =
            books.recent_purchases.iter().filter_map(|key| books.purchases.get(key)).map(purchase_entry).collect();
        let none = |text: String| {
            if text.is_empty() { "<p class=muted>None yet.</p>".to_owned() } else { text }
        };
        let suppliers: String = suppliers::all().map(|(one, _)| supplier_entry(&sandbox, &state, one)).collect();
        format!(
            "<h1>Seberang sandbox</h1><p class=muted>It plays ECPay and the suppliers. No real money moves.</p>\
             <h2>ECPay checkouts</h2>{}<h2>Suppliers</h2>{suppliers}<h2>Purchases</h2>{}",
            none(trades),
            none(purchases)
        )
    };
    ready(guard::html(StatusCode::OK, layout("Seberang sandbox", &body)))
}

fn trade_entry(trade: &Trade) -> String {
    let state = match (trade.paid, trade.abandoned, trade.unfinished_ms) {
        (None, false, None) if trade.code.is_some() => "code issued",
        (Some(_), _, _) => "paid",
        (None, true, _) => "abandoned",
        (None, false, Some(_)) => "declined",
        (None, false, None) => "open",
    };
    let reference = escape(&trade.reference);
    let (merchant, part) = (segment(&trade.merchant), segment(&trade.reference));
    let action = if trade.paid.is_some() {
        format!(
            "<form method=post action=\"/page/ecpay/{merchant}/{part}\">\
             <button name=action value=resend>Resend the notice</button></form>"
        )
    } else {
        format!("<a class=button href=\"/ecpay/pay/{part}?merchant={merchant}\">Open the payment page</a>")
    };
    format!(
        "<article><strong>NT$ {}</strong> {state}, <code>{reference}</code><br>{} <span class=muted>{}</span>{action}\
         </article>",
        trade.amount,
        escape(&trade.item_name),
        rfc3339(trade.opened_ms)
    )
}

/// Who it is, what is left of each account's money, and a switch.
fn supplier_entry(sandbox: &Sandbox, state: &State, supplier: Provider) -> String {
    let word = supplier.word();
    let deposit = |account: &Account| {
        let left = dotted(state.books.deposits.left(supplier, &account.name));
        format!("<br><code>{}</code> <span class=muted>Rp {left}</span>", escape(&account.name))
    };
    let deposits: String = sandbox.accounts_of(supplier).iter().map(deposit).collect();
    let (says, action, button) = if state.down.contains(&supplier) {
        ("is down", "up", "Let it answer again")
    } else {
        ("answers", "down", "Refuse connections")
    };
    format!(
        "<article><strong>{word}</strong> {says}{deposits}<form method=post action=\"/page/suppliers/{word}\">\
         <button name=action value={action}>{button}</button></form></article>"
    )
}

fn purchase_entry(purchase: &Purchase) -> String {
    let buttons = match purchase.state {
        Delivery::Pending => {
            "<button class=main name=action value=deliver>Deliver</button><button name=action value=fail>Fail</button>"
        }
        Delivery::Delivered => "<button name=action value=reverse>Reverse</button>",
        Delivery::Failed | Delivery::Reversed => "",
    };
    let supplier = purchase.key.supplier.word();
    let reference = escape(&purchase.key.reference);
    let (account, part) = (segment(&purchase.key.account), segment(&purchase.key.reference));
    format!(
        "<article><strong>{}</strong> for {}, Rp {}: {} at {supplier}, <code>{reference}</code> \
         <span class=muted>{}</span><form method=post action=\"/page/{supplier}/{account}/{part}\">{buttons}</form>\
         </article>",
        escape(&purchase.product),
        escape(&purchase.target),
        purchase.price,
        purchase.state.word(),
        rfc3339(purchase.formed_ms)
    )
}

async fn on_purchase(path: Path<(Provider, String, String)>, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let (supplier, account, reference) = path.into_inner();
    let key = PurchaseKey { supplier, account, reference };
    match action(&body).as_str() {
        "deliver" => fate::click(&sandbox, &key, true),
        "fail" => fate::click(&sandbox, &key, false),
        "reverse" => fate::reverse(&sandbox, &key),
        _ => return HttpResponse::BadRequest().finish(),
    }
    back(&sandbox).await
}

async fn on_supplier(supplier: Path<Provider>, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let down = match action(&body).as_str() {
        "down" => true,
        "up" => false,
        _ => return HttpResponse::BadRequest().finish(),
    };
    match sandbox.switch(supplier.into_inner(), down).await {
        Ok(()) => back(&sandbox).await,
        Err(_not_played) => HttpResponse::NotFound().finish(),
    }
}

async fn on_trade(path: Path<Key>, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    if action(&body) != "resend" {
        return HttpResponse::BadRequest().finish();
    }
    ecpay::page::resend(&sandbox, &path.into_inner());
    back(&sandbox).await
}

fn action(body: &[u8]) -> String {
    let mut fields = form_urlencoded::parse(body);
    fields.find(|(key, _)| key == "action").map_or_else(String::new, |(_, value)| value.into_owned())
}

async fn back(sandbox: &Sandbox) -> HttpResponse {
    match sandbox.durable().await {
        Ok(()) => HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish(),
        Err(_broken) => guard::not_durable(),
    }
}
