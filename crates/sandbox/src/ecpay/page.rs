//! The payment page for people, and what its buttons do. The headless driver posts the same form.

use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path, Query};
use serde::Deserialize;

use super::notice::{self, Outcome};
use super::{field, parse_form};
use crate::clock::taiwan;
use crate::faults::{Drawn, Kind};
use crate::guard;
use crate::notices;
use crate::page::{escape, layout};
use crate::schedule::Job;
use crate::state::Sandbox;
use crate::truth::{Code, Event, Key, Payment, Trade, Way};

/// TWD added by the fault `wrong_amount`.
const WRONG_BY: i64 = 1;

#[derive(Deserialize)]
pub struct Which {
    merchant: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    /// Takes an account, a code or barcodes.
    Code,
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
    let form = parse_form(&body);
    let action = match field(&form, "action") {
        "code" => Action::Code,
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
    let way = Way::named(field(&form, "method"));
    let done = match field(&form, "after_ms").parse::<i64>() {
        Ok(after_ms) if after_ms > 0 => later(&sandbox, &key, action, after_ms),
        _ => perform(&sandbox, &key, action, way),
    };
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
        .accounts
        .ecpay
        .iter()
        .filter(|merchant| wanted(&merchant.merchant_id))
        .find_map(|merchant| state.books.trades.get(&(merchant.merchant_id.clone(), reference.to_owned())).cloned())
}

/// A customer who pays the code they took at another time.
#[derive(Clone)]
pub struct Later {
    key: Key,
    action: Action,
}

/// Plans the payment of a code. A sandbox that is stopped before forgets it: the customer never went.
fn later(sandbox: &Sandbox, key: &Key, action: Action, after_ms: i64) -> Result<Trade, &'static str> {
    if !matches!(action, Action::Pay | Action::PaySilent) {
        return Err("Only a payment can come later.");
    }
    let due_ms = sandbox.now_ms().saturating_add(after_ms);
    let mut state = sandbox.state();
    let trade = state.books.trades.get(key).filter(|trade| trade.code.is_some()).cloned();
    let trade = trade.ok_or("Take a code first.")?;
    state.schedule.at(due_ms, Job::PayLater(Later { key: key.clone(), action }));
    Ok(trade)
}

/// The customer goes and pays. A code is taken after its expiry too: a till was offline, a transfer came by night.
pub fn pay_later(sandbox: &Sandbox, later: &Later) {
    if let Err(reason) = perform(sandbox, &later.key, later.action, None) {
        tracing::info!(reason, "a code was not paid");
    }
}

/// How the customer pays: as the shop said, or as they chose.
fn chosen(trade: &Trade, asked: Option<Way>) -> Way {
    let open = trade.choose == "ALL" && trade.code.is_none();
    asked.filter(|_| open).unwrap_or_else(|| Way::of(trade))
}

/// Does what the button says, once: the lock makes the second of two payers see the first.
fn perform(sandbox: &Sandbox, key: &Key, action: Action, asked: Option<Way>) -> Result<Trade, &'static str> {
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
    let way = chosen(&trade, asked);
    if way.by_code() && trade.code.is_none() && !matches!(action, Action::Code | Action::Abandon | Action::Simulate) {
        return Err("Take a code first.");
    }
    match action {
        Action::Code => {
            if trade.code.is_some() {
                return Err("A code was issued before.");
            }
            let code = way.issue(&trade, now_ms).ok_or("This way to pay has no code.")?;
            let plan = notices::plan(&mut state, &notice::at_code(key));
            sandbox.record(&mut state, Event::TradeCoded { account, reference, code });
            notice::schedule(&mut state, now_ms, key, Outcome::Coded, &plan);
        }
        Action::Pay | Action::PaySilent => {
            // A payment whose notice is lost on purpose draws no faults of that notice.
            let (drawn, plan) = if action == Action::Pay {
                let drawn = state.faults.draw(&at, &[Kind::WrongAmount]);
                (drawn, notices::plan(&mut state, &at))
            } else {
                (Drawn::default(), notices::Plan { lost: true, ..Default::default() })
            };
            let amount = trade.amount + if drawn.has(Kind::WrongAmount) { WRONG_BY } else { 0 };
            let payment = Payment { amount, at_ms: now_ms, way, known_ms: way.known_ms(now_ms) };
            let paid = Event::TradePaid { account, reference, payment, notice: !plan.lost };
            sandbox.record(&mut state, paid);
            notice::schedule(&mut state, payment.known_ms, key, Outcome::Paid, &plan);
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
    } else if let Some(code) = &trade.code {
        format!(
            "{head}{}<form method=post><button class=main name=action value=pay>Pay NT$ {} at the bank or store</button>\
             <button name=action value=pay_silent>Pay but lose the notice</button>\
             <button name=action value=simulate>Pay simulated (SimulatePaid=1)</button></form>",
            code_shown(code),
            trade.amount
        )
    } else if Way::of(trade).by_code() {
        format!(
            "{head}<form method=post><button class=main name=action value=code>Get a payment code</button>\
             <button name=action value=abandon>Leave without a code</button></form>"
        )
    } else {
        let codes = ["ATM", "CVS", "BARCODE"].map(|way| {
            format!(
                "<form method=post><input type=hidden name=method value={way}>\
                 <button name=action value=code>Get a code: {way}</button></form>"
            )
        });
        let codes = if trade.choose == "ALL" { codes.concat() } else { String::new() };
        format!(
            "{head}{codes}<form method=post>\
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

fn code_shown(code: &Code) -> String {
    let until = taiwan(code.expires_ms, "%Y/%m/%d %H:%M:%S");
    let rows = [code.bank.as_str(), code.number.as_str()].into_iter().chain(code.barcodes.iter().map(String::as_str));
    let rows: String =
        rows.filter(|row| !row.is_empty()).map(|row| format!("<li><code>{}</code></li>", escape(row))).collect();
    format!("<h2>Pay into this until {until}</h2><ul>{rows}</ul>")
}

/// After the button: the result posted through the browser where the shop wants it, else a page with a way back.
fn result_page(sandbox: &Sandbox, trade: &Trade, action: Action) -> HttpResponse {
    let by_code = Way::of(trade).by_code();
    let (outcome, words) = match action {
        Action::Code => (Outcome::Coded, "Your payment code"),
        Action::Pay | Action::PaySilent if trade.paid.is_none() => (Outcome::Paid, "It will be paid"),
        Action::Pay | Action::PaySilent => (Outcome::Paid, "Payment succeeded"),
        Action::Simulate => (Outcome::Simulated, "Payment simulated"),
        Action::Decline => (Outcome::Declined, "The card was declined"),
        Action::Abandon => (Outcome::Declined, "Left without paying"),
    };
    let form = trade
        .order_result_url
        .as_ref()
        .filter(|_| action != Action::Abandon && !by_code)
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
        let code = trade.code.as_ref().map_or_else(String::new, code_shown);
        format!("<h1>{words}</h1>{code}{again}{back}")
    };
    guard::html(StatusCode::OK, layout("ECPay sandbox", &body))
}
