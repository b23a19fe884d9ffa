//! `POST /Cashier/AioCheckOut/V5`: takes an order form and sends the browser to the payment page.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::fields::{self, Problem, problem};
use super::{Form, field, parse_form, sign};
use crate::clock::taiwan;
use crate::faults::{At, Call, Provider};
use crate::goods::Refusal;
use crate::guard;
use crate::page::{escape, layout};
use crate::state::Sandbox;
use crate::truth::{Event, MAX_RECORDS, Trade};

pub async fn open(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("ecpay.checkout");
    let form = parse_form(&body);
    let at = At {
        provider: Provider::Ecpay,
        call: Call::Checkout,
        account: field(&form, "MerchantID"),
        reference: field(&form, "MerchantTradeNo"),
        product: "",
    };
    let (sandbox, form) = (&sandbox, &form);
    guard::run(&request, sandbox, &at, |refused| async move {
        if let Some(Refusal::Code(code)) = refused {
            return error_page(&code, "the order was refused");
        }
        match register(sandbox, form) {
            Err(problem) => error_page(problem.code, &problem.text),
            Ok(location) => match sandbox.durable().await {
                Ok(()) => HttpResponse::Found().insert_header((LOCATION, location)).finish(),
                Err(_broken) => guard::not_durable(),
            },
        }
    })
    .await
}

/// Everything ECPay checks, in its order; then the trade exists.
fn register(sandbox: &Sandbox, form: &Form) -> Result<String, Problem> {
    if let Some(problem) = fields::firewall(form) {
        return Err(problem);
    }
    let merchant = sandbox.merchant(field(form, "MerchantID"));
    let reading = sandbox.ecpay_reading();
    let Some(merchant) = merchant.filter(|merchant| sign::is_signed(form, merchant, reading)) else {
        return Err(problem(fields::MAC, "CheckMacValue Error"));
    };
    let amount = fields::check(form)?;
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let key = (merchant.merchant_id.clone(), field(form, "MerchantTradeNo").to_owned());
    if let Some(used) = state.books.trades.get(&key) {
        let other = if used.paid.is_some() { fields::DUPLICATE_PAID } else { fields::DUPLICATE_OPEN };
        return Err(problem(reading.pick(fields::DUPLICATE, other), "MerchantTradeNo was used before"));
    }
    let count = state.books.trades.len();
    if count >= MAX_RECORDS {
        return Err(problem(fields::PARAMETER, "the sandbox is full: start it with a new truth file"));
    }
    // As at ECPay: the second it was opened, and four digits that tell apart what one second brings.
    let trade_no = format!("{}{:04}", taiwan(now_ms, "%y%m%d%H%M%S"), count % 10_000);
    let trade = trade(form, key, trade_no, amount, now_ms);
    // More than one merchant may use the same number.
    let suffix = if sandbox.accounts.ecpay.len() > 1 { format!("?merchant={}", trade.merchant) } else { String::new() };
    let location = format!("/ecpay/pay/{}{suffix}", trade.reference);
    sandbox.record(&mut state, Event::TradeOpened { trade: Box::new(trade) });
    Ok(location)
}

fn trade(form: &Form, key: (String, String), trade_no: String, amount: i64, now_ms: i64) -> Trade {
    let text = |name| field(form, name).to_owned();
    let optional = |name| Some(text(name)).filter(|value| !value.is_empty());
    let number = |name| field(form, name).parse().ok();
    Trade {
        merchant: key.0,
        reference: key.1,
        trade_no,
        amount,
        item_name: text("ItemName"),
        store_id: text("StoreID"),
        custom: ["CustomField1", "CustomField2", "CustomField3", "CustomField4"].map(text),
        return_url: text("ReturnURL"),
        order_result_url: optional("OrderResultURL"),
        client_back_url: optional("ClientBackURL"),
        extra_info: field(form, "NeedExtraPaidInfo") == "Y",
        opened_ms: now_ms,
        choose: text("ChoosePayment"),
        payment_info_url: optional("PaymentInfoURL"),
        expire_days: number("ExpireDate"),
        store_expire: number("StoreExpireDate"),
        code: None,
        paid: None,
        simulated_ms: None,
        unfinished_ms: None,
        abandoned: false,
        notice_open: false,
    }
}

/// ECPay answers mistakes with a page and status 200.
fn error_page(code: &str, text: &str) -> HttpResponse {
    let body = format!(
        "<h1>This order cannot be paid</h1><p>Error <strong>{}</strong></p><p>{}</p>",
        escape(code),
        escape(text)
    );
    guard::html(StatusCode::OK, layout("ECPay sandbox", &body))
}
