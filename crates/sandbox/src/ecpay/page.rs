//! The payment page for people, and what its buttons do. The headless driver posts the same form.

use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path, Query};
use serde::Deserialize;

use super::notice::{self, Outcome};
use super::{field, parse_form};
use crate::faults::{Drawn, Kind};
use crate::guard;
use crate::notices;
use crate::page::{escape, layout};
use crate::state::Sandbox;
use crate::truth::{Event, Key, Trade};

/// TWD added by the fault `wrong_amount`.
const WRONG_BY: i64 = 1;

#[derive(Deserialize)]
pub struct Which {
    merchant: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Pay,
    PaySilent,
    Decline,
    Abandon,
    Simulate,
}

pub fn show(path: Path<String>, which: Query<Which>, sandbox: Data<Sandbox>) -> Ready<HttpResponse> {
    let _answering = sandbox.answering("ecpay.page");
    ready(match find(&sandbox, &path, &which) {
        Some(trade) => guard::html(StatusCode::OK, pay_page(&trade)),
        None => unknown(),
    })
}

pub async fn act(path: Path<String>, which: Query<Which>, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("ecpay.pay");
    let Some(trade) = find(&sandbox, &path, &which) else {
        return unknown();
    };
    let action = match field(&parse_form(&body), "action") {
        "pay" => Action::Pay,
        "pay_silent" => Action::PaySilent,
        "decline" => Action::Decline,
        "abandon" => Action::Abandon,
        "simulate" => Action::Simulate,
        _ => {
            let body = "<h1>What should happen?</h1><p>The form names no action this page has.</p>";
            return guard::html(StatusCode::BAD_REQUEST, layout("ECPay sandbox", body));
        }
    };
    let key = (trade.merchant.clone(), trade.reference.clone());
    let done = perform(&sandbox, &key, action);
    if sandbox.durable().await.is_err() {
        return guard::not_durable();
    }
    match done {
        Ok(trade) => result_page(&sandbox, &trade, action),
        Err(reason) => {
            let body = format!("<h1>Nothing was charged</h1><p>{reason}</p>");
            guard::html(StatusCode::CONFLICT, layout("ECPay sandbox", &body))
        }
    }
}

fn find(sandbox: &Sandbox, reference: &str, which: &Which) -> Option<Trade> {
    let state = sandbox.state();
    let wanted = |id: &str| which.merchant.as_deref().is_none_or(|merchant| merchant == id);
    sandbox
        .ecpay
        .iter()
        .filter(|merchant| wanted(&merchant.merchant_id))
        .find_map(|merchant| state.books.trades.get(&(merchant.merchant_id.clone(), reference.to_owned())).cloned())
}

/// Does what the button says, once: the lock makes the second of two payers see the first.
fn perform(sandbox: &Sandbox, key: &Key, action: Action) -> Result<Trade, &'static str> {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let trade = state.books.trades.get(key).cloned().ok_or("This order does not exist.")?;
    if trade.paid.is_some() {
        return Err("This order is already paid.");
    }
    if trade.abandoned {
        return Err("The customer has left this order.");
    }
    let (account, reference) = key.clone();
    let at = notice::at(key);
    match action {
        Action::Pay | Action::PaySilent => {
            // A payment whose notice is lost on purpose draws no faults of that notice.
            let (drawn, plan) = if action == Action::Pay {
                let drawn = state.faults.draw(&at, &[Kind::WrongAmount]);
                (drawn, notices::plan(&mut state, &at))
            } else {
                (Drawn::default(), notices::Plan { lost: true, ..Default::default() })
            };
            let amount = trade.amount + if drawn.has(Kind::WrongAmount) { WRONG_BY } else { 0 };
            let paid = Event::TradePaid { account, reference, amount, at_ms: now_ms, notice: !plan.lost };
            sandbox.record(&mut state, paid);
            notice::schedule(&mut state, now_ms, key, Outcome::Paid, &plan);
        }
        Action::Decline => {
            let plan = notices::plan(&mut state, &at);
            let failed = Event::TradeUnfinished { account, reference, at_ms: now_ms, abandoned: false };
            sandbox.record(&mut state, failed);
            notice::schedule(&mut state, now_ms, key, Outcome::Declined, &plan);
        }
        Action::Simulate => {
            let plan = notices::plan(&mut state, &at);
            sandbox.record(&mut state, Event::TradeSimulated { account, reference, at_ms: now_ms });
            notice::schedule(&mut state, now_ms, key, Outcome::Simulated, &plan);
        }
        Action::Abandon => {
            // ECPay says nothing about a customer who leaves, but a forger may.
            let forged = state.faults.draw(&at, &[Kind::Forged]).has(Kind::Forged);
            let left = Event::TradeUnfinished { account, reference, at_ms: now_ms, abandoned: true };
            sandbox.record(&mut state, left);
            if forged {
                let plan = notices::Plan { lost: true, forged: true, ..Default::default() };
                notice::schedule(&mut state, now_ms, key, Outcome::Declined, &plan);
            }
        }
    }
    state.books.trades.get(key).cloned().ok_or("This order does not exist.")
}

/// Sends the notice of a paid trade again, by hand.
pub fn resend(sandbox: &Sandbox, key: &Key) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    if state.books.trades.get(key).is_some_and(|trade| trade.paid.is_some()) {
        notice::schedule_resend(&mut state, now_ms, key);
    }
}

fn unknown() -> HttpResponse {
    let body = "<h1>No such order</h1><p>Open a checkout first.</p>";
    guard::html(StatusCode::NOT_FOUND, layout("ECPay sandbox", body))
}

fn pay_page(trade: &Trade) -> String {
    let items: String = trade.item_name.split('#').map(|item| format!("<li>{}</li>", escape(item))).collect();
    let head = format!(
        "<p class=muted>ECPay sandbox, no real money</p><h1>NT$ {}</h1><p>to merchant {}, order <code>{}</code></p>\
         <ul>{items}</ul>",
        trade.amount,
        escape(&trade.merchant),
        escape(&trade.reference)
    );
    let body = if trade.paid.is_some() {
        format!("{head}<p role=status><strong>Paid.</strong> It cannot be paid again.</p>")
    } else if trade.abandoned {
        format!("{head}<p role=status>The customer has left this order.</p>")
    } else {
        format!(
            "{head}<form method=post>\
             <button class=main name=action value=pay>Pay NT$ {}</button>\
             <button name=action value=decline>Card declined</button>\
             <button name=action value=abandon>Leave without paying</button>\
             <button name=action value=pay_silent>Pay but lose the notice</button>\
             <button name=action value=simulate>Pay simulated (SimulatePaid=1)</button></form>",
            trade.amount
        )
    };
    layout("ECPay sandbox", &body)
}

/// After the button: the result posted through the browser where the shop wants it, else a page with a way back.
fn result_page(sandbox: &Sandbox, trade: &Trade, action: Action) -> HttpResponse {
    let (outcome, words) = match action {
        Action::Pay | Action::PaySilent => (Outcome::Paid, "Payment succeeded"),
        Action::Simulate => (Outcome::Simulated, "Payment simulated"),
        Action::Decline => (Outcome::Declined, "The card was declined"),
        Action::Abandon => (Outcome::Declined, "Left without paying"),
    };
    let form = trade
        .order_result_url
        .as_ref()
        .filter(|_| action != Action::Abandon)
        .zip(notice::browser_form(sandbox, trade, outcome));
    let body = if let Some((url, fields)) = form {
        let inputs: String = fields
            .iter()
            .map(|(key, value)| format!("<input type=hidden name=\"{}\" value=\"{}\">", escape(key), escape(value)))
            .collect();
        format!(
            "<h1>{words}</h1><form id=result method=post action=\"{}\">{inputs}<button class=main>Back to the shop</button>\
             </form><script>document.getElementById('result').submit()</script>",
            escape(url)
        )
    } else {
        let back = trade.client_back_url.as_ref().map_or_else(String::new, |url| {
            format!("<p><a class=button href=\"{}\">Back to the shop</a></p>", escape(url))
        });
        let again = if action == Action::Decline { "<p><a href=\"\">Try again</a></p>" } else { "" };
        format!("<h1>{words}</h1>{again}{back}")
    };
    guard::html(StatusCode::OK, layout("ECPay sandbox", &body))
}
