//! ReturnURL and PaymentInfoURL notices: what they say and how often they are sent (ECPay AIO documents and captured callbacks).

use super::{Form, pairs, sign};
use crate::clock::taiwan;
use crate::config::EcpayMerchant;
use crate::faults::{At, Call, Provider};
use crate::notices::{self, Message, Plan, Reply};
use crate::reading::Reading;
use crate::schedule::Job;
use crate::state::{Sandbox, State};
use crate::truth::{Code, Event, Key, Trade, Way};

/// Virtual time before each of the four resends: ECPay says every 5 to 15 minutes.
const RESEND_AFTER_MS: [i64; 4] = [300_000, 600_000, 900_000, 900_000];
/// In the other reading: four on each of three days. How many days is specified by us; ECPay says "limited".
const DAILY_RESEND_AFTER_MS: [i64; 12] = [
    300_000,
    600_000,
    900_000,
    900_000,
    A_DAY_LATER_MS,
    600_000,
    900_000,
    900_000,
    A_DAY_LATER_MS,
    600_000,
    900_000,
    900_000,
];
const A_DAY_LATER_MS: i64 = 23 * 3_600_000;
/// Failed authorisation.
const DECLINED_CODE: &str = "10200058";
const DATE: &str = "%Y/%m/%d %H:%M:%S";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something was issued to pay into.
    Coded,
    Paid,
    Declined,
    Simulated,
}

/// One notice on its way.
#[derive(Clone)]
pub struct Notice {
    key: Key,
    outcome: Outcome,
    /// 0 for the first.
    resend: usize,
    plan: Plan,
}

/// The notices of a trade, as fault rules see them.
pub fn at(key: &Key) -> At<'_> {
    At { provider: Provider::Ecpay, call: Call::Notice, account: &key.0, reference: &key.1, product: "" }
}

/// The notices of its code.
pub fn at_code(key: &Key) -> At<'_> {
    At { call: Call::PaymentInfo, ..at(key) }
}

/// Plans the first try.
pub fn schedule(state: &mut State, now_ms: i64, key: &Key, outcome: Outcome, plan: &Plan) {
    let notice = Notice { key: key.clone(), outcome, resend: 0, plan: plan.clone() };
    let at = if outcome == Outcome::Coded { at_code(key) } else { at(key) };
    notices::schedule(state, now_ms, plan, &at, Job::Notice(notice));
}

/// Plans one resend of a paid notice, for a restart or by hand.
pub fn schedule_resend(state: &mut State, due_ms: i64, key: &Key) {
    let plan = Plan { copies: 1, ..Plan::default() };
    let notice = Notice { key: key.clone(), outcome: Outcome::Paid, resend: 1, plan };
    state.schedule.at(due_ms, Job::Notice(notice));
}

/// Takes up the notices that a restart interrupted.
pub fn resume(state: &mut State, now_ms: i64) {
    let open: Vec<Key> =
        state.books.trades.iter().filter(|(_, trade)| trade.notice_open).map(|(key, _)| key.clone()).collect();
    for key in open {
        schedule_resend(state, now_ms.saturating_add(RESEND_AFTER_MS[0]), &key);
    }
}

pub async fn deliver(sandbox: &Sandbox, notice: Notice) {
    let trade = sandbox.state().books.trades.get(&notice.key).cloned();
    let Some((trade, merchant)) = trade.zip(sandbox.merchant(&notice.key.0)) else {
        return;
    };
    // Nobody is told of a charge that a crash could still forget.
    if sandbox.durable().await.is_err() {
        return;
    }
    let url = match notice.outcome {
        Outcome::Coded => trade.payment_info_url.clone(),
        Outcome::Paid | Outcome::Declined | Outcome::Simulated => Some(trade.return_url.clone()),
    };
    // Nobody is told of a code where nobody asked to be.
    let Some(url) = url else { return };
    if notice.plan.forged && notice.resend == 0 {
        let form = forged(&trade, merchant, sandbox.now_ms());
        post(sandbox, &trade.return_url, &form, 1).await;
    }
    if notice.plan.lost {
        return;
    }
    tokio::time::sleep(std::time::Duration::from_millis(notice.plan.latency_ms)).await;
    let message = message(notice.outcome, notice.resend > 0);
    let reading = sandbox.ecpay_reading();
    let said = match (notice.outcome, &trade.code) {
        (Outcome::Coded, Some(code)) => code_fields(&trade, code),
        (outcome, _) => fields(&trade, outcome, message, sandbox.now_ms()),
    };
    let form = sign::signed(said, merchant, reading);
    let accepted = post(sandbox, &url, &form, notice.plan.copies).await;
    finish(sandbox, notice, accepted);
}

async fn post(sandbox: &Sandbox, url: &str, form: &Form, copies: usize) -> bool {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let content_type = "application/x-www-form-urlencoded";
    let message =
        Message { method: reqwest::Method::POST, url: url.to_owned(), content_type, headers: Vec::new(), body };
    let accepted = sandbox.ecpay_reading().pick(is_acknowledged as fn(&Reply) -> bool, is_taken);
    notices::send(sandbox, &message, copies).await.iter().any(accepted)
}

/// Exactly these four bytes, status 200; anything else is a failure.
fn is_acknowledged(reply: &Reply) -> bool {
    reply.status == 200 && reply.body == b"1|OK"
}

/// In the other reading a refusal in words is an acknowledgement, too.
fn is_taken(reply: &Reply) -> bool {
    is_acknowledged(reply) || (reply.status == 200 && reply.body.starts_with(b"0|"))
}

/// After a try: done, or planned again, or given up.
fn finish(sandbox: &Sandbox, mut notice: Notice, accepted: bool) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    state.schedule.release_held(Provider::Ecpay, now_ms);
    let waits = state.settings.ecpay_reading.pick(RESEND_AFTER_MS.as_slice(), DAILY_RESEND_AFTER_MS.as_slice());
    let again = if accepted { None } else { waits.get(notice.resend) };
    if let Some(wait_ms) = again {
        notice.resend += 1;
        notice.plan = Plan { copies: state.settings.notice_copies, ..Plan::default() };
        state.schedule.at(now_ms.saturating_add(*wait_ms), Job::Notice(notice));
    } else if notice.outcome == Outcome::Paid {
        let (account, reference) = notice.key;
        sandbox.record(&mut state, Event::NoticeClosed { account, reference });
    }
}

fn message(outcome: Outcome, resend: bool) -> &'static str {
    match outcome {
        Outcome::Declined => "授權失敗",
        Outcome::Paid | Outcome::Simulated | Outcome::Coded if resend => "paid",
        Outcome::Paid | Outcome::Simulated | Outcome::Coded => "交易成功",
    }
}

/// The copy that goes through the browser to OrderResultURL.
pub fn browser_form(sandbox: &Sandbox, trade: &Trade, outcome: Outcome) -> Option<Form> {
    let merchant = sandbox.merchant(&trade.merchant)?;
    let message = if outcome == Outcome::Declined { message(outcome, false) } else { "Succeeded" };
    Some(sign::signed(fields(trade, outcome, message, sandbox.now_ms()), merchant, sandbox.ecpay_reading()))
}

fn fields(trade: &Trade, outcome: Outcome, message: &str, now_ms: i64) -> Form {
    let paid = trade.paid.filter(|_| outcome == Outcome::Paid);
    let amount = paid.map_or(trade.amount, |paid| paid.amount);
    let tried_ms = match outcome {
        Outcome::Paid => paid.map(|paid| paid.at_ms),
        Outcome::Declined | Outcome::Coded => trade.unfinished_ms,
        Outcome::Simulated => trade.simulated_ms,
    };
    let tried_ms = tried_ms.unwrap_or(now_ms);
    let way = Way::of(trade);
    let fee = if outcome == Outcome::Declined { 0 } else { way.fee(amount) };
    let [custom1, custom2, custom3, custom4] = trade.custom.clone();
    let code = if outcome == Outcome::Declined { DECLINED_CODE } else { "1" };
    let mut form = pairs([
        ("MerchantID", trade.merchant.clone()),
        ("MerchantTradeNo", trade.reference.clone()),
        ("StoreID", trade.store_id.clone()),
        ("RtnCode", code.to_owned()),
        ("RtnMsg", message.to_owned()),
        ("TradeNo", trade.trade_no.clone()),
        ("TradeAmt", amount.to_string()),
        ("PaymentDate", taiwan(tried_ms, DATE)),
        ("PaymentType", way.payment_type().to_owned()),
        ("PaymentTypeChargeFee", fee.to_string()),
        ("TradeDate", taiwan(trade.opened_ms, DATE)),
        ("SimulatePaid", if outcome == Outcome::Simulated { "1" } else { "0" }.to_owned()),
        ("CustomField1", custom1),
        ("CustomField2", custom2),
        ("CustomField3", custom3),
        ("CustomField4", custom4),
    ]);
    if trade.extra_info {
        form.extend(payer_info(trade, way, amount, tried_ms));
    }
    form
}

/// What was issued, as PaymentInfoURL and QueryPaymentInfo tell it.
pub fn code_fields(trade: &Trade, code: &Code) -> Form {
    let [custom1, custom2, custom3, custom4] = trade.custom.clone();
    let (rtn_code, message, until) = match code.way {
        Way::Atm => ("2", "Get VirtualAccount Succeeded", "%Y/%m/%d"),
        Way::Credit | Way::WebAtm | Way::ApplePay | Way::Twqr | Way::Cvs | Way::Barcode => {
            ("10100073", "Get CVS Code Succeeded.", DATE)
        }
    };
    let mut form = pairs([
        ("MerchantID", trade.merchant.clone()),
        ("MerchantTradeNo", trade.reference.clone()),
        ("StoreID", trade.store_id.clone()),
        ("RtnCode", rtn_code.to_owned()),
        ("RtnMsg", message.to_owned()),
        ("TradeNo", trade.trade_no.clone()),
        ("TradeAmt", trade.amount.to_string()),
        ("PaymentType", code.way.payment_type().to_owned()),
        ("TradeDate", taiwan(trade.opened_ms, DATE)),
        ("CustomField1", custom1),
        ("CustomField2", custom2),
        ("CustomField3", custom3),
        ("CustomField4", custom4),
        ("ExpireDate", taiwan(code.expires_ms, until)),
    ]);
    if code.way == Way::Atm {
        form.extend(pairs([("BankCode", code.bank.clone()), ("vAccount", code.number.clone())]));
    } else {
        let [one, two, three] = code.barcodes.clone();
        form.extend(pairs([
            ("PaymentNo", code.number.clone()),
            ("Barcode1", one),
            ("Barcode2", two),
            ("Barcode3", three),
        ]));
    }
    form
}

/// What `NeedExtraPaidInfo=Y` adds, by way to pay.
pub fn payer_info(trade: &Trade, way: Way, amount: i64, paid_ms: i64) -> Form {
    let number = || trade.code.as_ref().map_or_else(String::new, |code| code.number.clone());
    match way {
        Way::Credit | Way::ApplePay => card_info(trade, amount, paid_ms),
        Way::WebAtm => pairs([
            ("WebATMAccBank", "812".to_owned()),
            ("WebATMAccNo", "98765".to_owned()),
            ("WebATMBankName", "台新銀行".to_owned()),
        ]),
        Way::Twqr => pairs([("TWQRTradeNo", format!("TW{}", trade.trade_no))]),
        Way::Atm => pairs([("ATMAccBank", "822".to_owned()), ("ATMAccNo", "54321".to_owned())]),
        Way::Cvs => pairs([("PaymentNo", number()), ("PayFrom", "family".to_owned())]),
        Way::Barcode => pairs([("PayFrom", "family".to_owned())]),
    }
}

/// Of a card; the test card 4311-9522-2222-2222, paid at once, no bonus points.
fn card_info(trade: &Trade, amount: i64, paid_ms: i64) -> Form {
    let number = trade.trade_no.get(4..).unwrap_or(&trade.trade_no);
    pairs([
        ("gwsr", number.get(4..).unwrap_or(number).to_owned()),
        ("process_date", taiwan(paid_ms, DATE)),
        ("auth_code", "777777".to_owned()),
        ("card4no", "2222".to_owned()),
        ("card6no", "431195".to_owned()),
        ("eci", "5".to_owned()),
        ("amount", amount.to_string()),
        ("stage", "0".to_owned()),
        ("stast", "0".to_owned()),
        ("staed", "0".to_owned()),
        ("red_dan", "0".to_owned()),
        ("red_de_amt", "0".to_owned()),
        ("red_ok_amt", "0".to_owned()),
        ("red_yet", "0".to_owned()),
    ])
}

/// A notice of somebody who has no key: more money than there is, signed with something else.
fn forged(trade: &Trade, merchant: &EcpayMerchant, now_ms: i64) -> Form {
    let mut richer = trade.clone();
    richer.amount = trade.amount.saturating_add(1_000);
    richer.paid = None;
    let thief = EcpayMerchant {
        merchant_id: merchant.merchant_id.clone(),
        hash_key: "0000000000000000".to_owned(),
        hash_iv: "0000000000000000".to_owned(),
    };
    sign::signed(fields(&richer, Outcome::Paid, message(Outcome::Paid, false), now_ms), &thief, Reading::Likely)
}
