//! `POST /Cashier/QueryTradeInfo/V5` and `/Cashier/QueryPaymentInfo`: what has become of a trade, and what was issued for it (ECPay
//! AIO documents and captured replies).

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::notice::{code_fields, payer_info};
use super::{Form, field, fields, pairs, parse_form, sign};
use crate::clock::taiwan;
use crate::faults::{At, Call, Kind, Provider};
use crate::goods::Refusal;
use crate::guard;
use crate::reading::Reading;
use crate::state::{Sandbox, State};
use crate::truth::{Key, Payment, Trade, Way};

/// How far TimeStamp may be from our clock: 3 minutes.
const FRESH_S: u64 = 180;
/// Too many queries of one trade within this time block the merchant…
const PACING_WINDOW_MS: i64 = 600_000;
/// …for this long.
const BLOCKED_MS: i64 = 1_800_000;
/// Trades whose queries are remembered for pacing; when that many are fresh, all are forgotten.
const PACED_TRADES: usize = 10_000;
/// What the fault `ampersand` adds to an item's name.
const AND_MORE: &str = " & more";
const DATE: &str = "%Y/%m/%d %H:%M:%S";

const UNPAID: &str = "0";
const PAID: &str = "1";
const NOT_ESTABLISHED: &str = "10200095";
const NO_SUCH_TRADE: &str = "10200047";

/// Which of the two questions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Trade,
    Code,
}

pub async fn trade_info(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("ecpay.query");
    asked(About::Trade, request, body, &sandbox).await
}

pub async fn payment_info(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("ecpay.payment_info");
    asked(About::Code, request, body, &sandbox).await
}

async fn asked(about: About, request: HttpRequest, body: Bytes, sandbox: &Sandbox) -> HttpResponse {
    let form = parse_form(&body);
    let key = (field(&form, "MerchantID").to_owned(), field(&form, "MerchantTradeNo").to_owned());
    let call = match about {
        About::Trade => Call::Query,
        About::Code => Call::CodeQuery,
    };
    let at = At { provider: Provider::Ecpay, call, account: &key.0, reference: &key.1, product: "" };
    let (form, key) = (&form, &key);
    guard::run(&request, sandbox, &at, |refused| async move {
        match refused {
            Some(Refusal::Code(code)) => {
                raw(&pairs([("TradeStatus", code), ("RtnMsg", "refused".to_owned())]), sandbox.ecpay_reading())
            }
            _ => answer(about, sandbox, form, key, &at),
        }
    })
    .await
}

fn answer(about: About, sandbox: &Sandbox, form: &Form, key: &Key, at: &At<'_>) -> HttpResponse {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let reading = state.settings.ecpay_reading;
    // Only the first question is known to block who asks it too often; whoever is blocked is not heard at all.
    if is_blocked(&state, key, now_ms) || (about == About::Trade && is_too_fast(&mut state, key, now_ms)) {
        return guard::html(StatusCode::FORBIDDEN, "<html><body><h1>403 Forbidden</h1></body></html>");
    }
    let Some(merchant) = sandbox.merchant(&key.0).filter(|merchant| sign::is_signed(form, merchant, reading)) else {
        return error(fields::MAC, "CheckMacValue Error", reading);
    };
    let fresh =
        field(form, "TimeStamp").parse::<i64>().is_ok_and(|stamp| stamp.abs_diff(now_ms.div_euclid(1_000)) <= FRESH_S);
    if !fresh {
        return error(fields::PARAMETER, "TimeStamp Error", reading);
    }
    let drawn = state.faults.draw(at, &[Kind::NotFound, Kind::Ampersand]);
    let trade = state.books.trades.get(key).filter(|_| !drawn.has(Kind::NotFound));
    let mut reply = match (about, trade) {
        (About::Trade, Some(trade)) => found(trade, reading, now_ms),
        (About::Code, Some(trade)) => issued(trade, now_ms),
        (_, None) => not_found(key),
    };
    if drawn.has(Kind::Ampersand) {
        let names = reply.iter_mut().filter(|(field, _)| field == "ItemName");
        names.for_each(|(_, name)| name.push_str(AND_MORE));
    }
    raw(&sign::signed(reply, merchant, reading), reading)
}

fn error(code: &str, text: &str, reading: Reading) -> HttpResponse {
    raw(&pairs([("TradeStatus", code.to_owned()), ("RtnMsg", text.to_owned())]), reading)
}

/// `k=v&k=v` without any escaping, whatever it is called.
fn raw(form: &Form, reading: Reading) -> HttpResponse {
    let body: Vec<String> = form.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let called = reading.pick("text/html; charset=utf-8", "application/x-www-form-urlencoded");
    HttpResponse::Ok().content_type(called).body(body.join("&"))
}

/// Told only while unpaid.
fn issued(trade: &Trade, now_ms: i64) -> Form {
    let unpaid = trade.paid.is_none_or(|paid| paid.known_ms > now_ms);
    match trade.code.as_ref().filter(|_| unpaid) {
        Some(code) => {
            let mut form = code_fields(trade, code);
            if code.way == Way::Cvs {
                let shown = format!("https://payment.ecpay.com.tw/PaymentRule/CVSBarCode?PaymentNo={}", code.number);
                form.push(("PaymentURL".to_owned(), shown));
            }
            form
        }
        None => pairs([
            ("MerchantID", trade.merchant.clone()),
            ("MerchantTradeNo", trade.reference.clone()),
            ("RtnCode", NO_SUCH_TRADE.to_owned()),
            ("RtnMsg", "no code".to_owned()),
        ]),
    }
}

fn found(trade: &Trade, reading: Reading, now_ms: i64) -> Form {
    let way = Way::of(trade);
    // In the other reading the console's test button looks like money.
    let simulated = trade.simulated_ms.map(|at_ms| Payment { amount: trade.amount, at_ms, way, known_ms: at_ms });
    let paid = trade.paid.filter(|paid| paid.known_ms <= now_ms);
    let shown = paid.or(reading.pick(None, simulated));
    let status = match (shown, trade.unfinished_ms) {
        (Some(_), _) => PAID,
        (None, Some(_)) => NOT_ESTABLISHED,
        (None, None) => UNPAID,
    };
    let amount = shown.map_or(trade.amount, |paid| paid.amount);
    let fee = if shown.is_some() { way.fee(amount) } else { 0 };
    // Where a code is to be taken there is no kind before it is.
    let of_kind = shown.is_some() || trade.code.is_some() || !way.by_code();
    let kind = if of_kind { way.payment_type() } else { "" };
    let [custom1, custom2, custom3, custom4] = trade.custom.clone();
    let mut form = pairs([
        ("CustomField1", custom1),
        ("CustomField2", custom2),
        ("CustomField3", custom3),
        ("CustomField4", custom4),
        ("HandlingCharge", fee.to_string()),
        ("ItemName", trade.item_name.clone()),
        ("MerchantID", trade.merchant.clone()),
        ("MerchantTradeNo", trade.reference.clone()),
        ("PaymentDate", shown.map_or_else(String::new, |paid| taiwan(paid.at_ms, DATE))),
        ("PaymentType", kind.to_owned()),
        ("PaymentTypeChargeFee", fee.to_string()),
        ("StoreID", trade.store_id.clone()),
        ("TradeAmt", amount.to_string()),
        ("TradeDate", taiwan(trade.opened_ms, DATE)),
        ("TradeNo", trade.trade_no.clone()),
        ("TradeStatus", status.to_owned()),
    ]);
    if let Some(paid) = shown.filter(|_| trade.extra_info) {
        form.extend(payer_info(trade, way, paid.amount, paid.at_ms));
    }
    form
}

/// The captured reply for a number ECPay does not know.
fn not_found(key: &Key) -> Form {
    pairs([
        ("HandlingCharge", "0".to_owned()),
        ("ItemName", String::new()),
        ("MerchantID", key.0.clone()),
        ("MerchantTradeNo", key.1.clone()),
        ("PaymentDate", String::new()),
        ("PaymentType", String::new()),
        ("PaymentTypeChargeFee", "0".to_owned()),
        ("TradeAmt", "0".to_owned()),
        ("TradeDate", String::new()),
        ("TradeNo", String::new()),
        ("TradeStatus", NO_SUCH_TRADE.to_owned()),
    ])
}

fn is_blocked(state: &State, key: &Key, now_ms: i64) -> bool {
    state.pacing.blocked_until_ms.get(&key.0).is_some_and(|until| *until > now_ms)
}

/// Counts a query and says whether it is one too many, which blocks the merchant.
fn is_too_fast(state: &mut State, key: &Key, now_ms: i64) -> bool {
    let Some(allowed) = state.settings.ecpay_pacing else {
        return false;
    };
    let pacing = &mut state.pacing;
    if pacing.asked_ms.len() >= PACED_TRADES {
        pacing.asked_ms.retain(|_, asked| asked.back().is_some_and(|last| *last > now_ms - PACING_WINDOW_MS));
        if pacing.asked_ms.len() >= PACED_TRADES {
            pacing.asked_ms.clear();
        }
    }
    let asked = pacing.asked_ms.entry(key.clone()).or_default();
    asked.retain(|at_ms| *at_ms > now_ms - PACING_WINDOW_MS);
    if asked.len() >= usize::try_from(allowed).unwrap_or(usize::MAX) {
        asked.clear();
        pacing.blocked_until_ms.insert(key.0.clone(), now_ms.saturating_add(BLOCKED_MS));
        return true;
    }
    asked.push_back(now_ms);
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EcpayMerchant;

    #[test]
    fn an_unknown_number_is_answered_like_the_captured_reply() {
        let merchant = EcpayMerchant {
            merchant_id: "2000132".to_owned(),
            hash_key: "5294y06JbISpM5x9".to_owned(),
            hash_iv: "v77hoKGq4kWxNNIS".to_owned(),
        };
        let reply = not_found(&("2000132".to_owned(), "nulltrade".to_owned()));
        let reply = sign::signed(reply, &merchant, Reading::Likely);
        assert_eq!(field(&reply, "CheckMacValue"), "F7BED9900000631D42C006DFBC11D66BF00477266F1E83BB27D0EC374785F38E");
    }
}
