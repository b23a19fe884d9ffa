//! The words of IAK's postpaid API: response codes, what is owed, how a payment stands (IAK documents). Pure.

use actix_web::HttpResponse;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::desc;
use crate::clock::jakarta;
use crate::goods::bills::{self, Bill, Debt};
use crate::goods::catalogue::{Goods, Kind};
use crate::goods::offers::Offer;
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::serial::Made;
use crate::goods::{Refusal, Why};
use crate::reading::Reading;

pub const SUCCESS: &str = "00";
pub const PENDING: &str = "39";
pub const FAILED: &str = "37";
pub const NO_TRANSACTION: &str = "06";
pub const NOT_PAID: &str = "42";
pub const BAD_REFERENCE: &str = "03";
pub const COMMAND: &str = "101";

/// Bills of electricity one payment takes.
pub const MOST_PLN_BILLS: usize = 4;

/// The code of a reason; nothing, where it has none or says it by the HTTP status.
fn rc(why: Why) -> Option<&'static str> {
    match why {
        Why::BillPaid => Some("01"),
        Why::InquiryExpired => Some("04"),
        Why::Duplicate => Some("11"),
        Why::Blocked => Some("13"),
        Why::WrongNumber | Why::BillNotFound => Some("14"),
        Why::NumberTooLong => Some("15"),
        Why::OtherOperator => Some("16"),
        Why::Deposit => Some("17"),
        Why::UnknownProduct => Some("20"),
        Why::Failed => Some(FAILED),
        Why::Credentials | Why::UnknownClient => Some("100"),
        Why::Address => Some("102"),
        Why::Closed => Some("106"),
        Why::Malformed => Some("107"),
        Why::CutOff => Some("109"),
        Why::Maintenance => Some("110"),
        Why::UnknownCode => Some("999"),
        Why::Busy | Why::Repeat | Why::Price | Why::WrongPlayer | Why::WrongUserId => None,
    }
}

pub fn can_say(why: Why) -> bool {
    rc(why).is_some()
}

fn message(code: &str) -> &'static str {
    match code {
        SUCCESS => "SUCCESS",
        "01" => "INVOICE HAS BEEN PAID",
        "02" | NOT_PAID => "PAYMENT HAS NOT BEEN RECEIVED",
        BAD_REFERENCE => "INVALID REF ID",
        "04" => "BILLING ID EXPIRED",
        NO_TRANSACTION => "INQUIRY NOT FOUND",
        "07" | FAILED => "PAYMENT FAILED",
        "10" => "THE BILL IS NOT YET AVAILABLE",
        "11" => "DUPLICATE REF ID",
        "13" => "CUSTOMER NUMBER BLOCKED",
        "14" => "INCORRECT DESTINATION NUMBER",
        "17" => "INSUFFICIENT DEPOSIT",
        "20" => "CODE NOT FOUND",
        PENDING => "PENDING / TRANSACTION IN PROCESS",
        "91" => "DATABASE CONNECTION ERROR",
        "92" => "GENERAL ERROR",
        "100" => "INVALID SIGNATURE",
        COMMAND => "INVALID COMMAND",
        "102" => "INVALID IP ADDRESS",
        "103" => "TIMEOUT",
        "105" => "MISC ERROR / BILLER SYSTEM ERROR",
        "106" => "PRODUCT IS TEMPORARILY OUT OF SERVICE",
        "107" => "ERROR IN JSON FORMAT",
        "109" => "PLN CUT OFF",
        "110" => "SYSTEM UNDER MAINTENANCE",
        _ => "FAILED",
    }
}

/// Everything hangs under `data`, with a `meta` beside it in which nothing is.
pub fn data(data: &Value) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "data": data, "meta": [] }))
}

/// Whom a refusal is about: code, number and reference as they were asked.
pub struct About<'a> {
    pub product: &'a str,
    pub number: &'a str,
    pub reference: &'a str,
    /// Of a question: payment not received, or failed.
    pub status: Option<u8>,
}

pub fn refused(refusal: &Refusal, about: Option<&About<'_>>) -> HttpResponse {
    let code = match refusal {
        Refusal::Why(Why::Busy) => return HttpResponse::TooManyRequests().body("Too Many Requests"),
        Refusal::Why(why) => rc(*why).unwrap_or("92"),
        Refusal::Code(code) => code,
    };
    let mut reply = json!({ "response_code": code, "message": message(code) });
    if let (Some(about), Some(fields)) = (about, reply.as_object_mut()) {
        let nothing = json!({
            "tr_id": 0, "code": about.product, "hp": about.number, "tr_name": "", "period": "", "nominal": 0, "admin": 0,
            "ref_id": about.reference, "price": 0, "selling_price": 0, "desc": Value::Null,
        });
        fields.extend(nothing.as_object().cloned().unwrap_or_default());
        fields.extend(about.status.map(|status| ("status".to_owned(), json!(status))));
    }
    data(&reply)
}

/// What leaves the deposit for bills, and what becomes of it. Whole rupiah.
#[derive(Clone, Copy)]
pub struct Sums {
    nominal: i64,
    admin: i64,
    commission: i64,
}

impl Sums {
    /// As an inquiry finds it. Fees are taken for each bill, or for each payment; the documents do not say.
    pub fn of(offer: &Offer, debt: &Debt, reading: Reading) -> Self {
        Self { nominal: debt.amount() + debt.penalty(), ..Self::fees(offer, debt.bills.len(), reading) }
    }

    fn fees(offer: &Offer, bills: usize, reading: Reading) -> Self {
        let times = reading.pick(i64::try_from(bills).unwrap_or(0), 1);
        Self { nominal: 0, admin: offer.price * times, commission: commission(offer.goods) * times }
    }

    /// As it was paid.
    pub fn paid(offer: &Offer, purchase: &Purchase, reading: Reading) -> Self {
        let bills = purchase.bills.as_ref().map_or(1, |bills| bills.periods.len());
        let fees = Self::fees(offer, bills, reading);
        Self { nominal: purchase.price + fees.commission - fees.admin, ..fees }
    }

    pub fn selling_price(&self) -> i64 {
        self.nominal + self.admin - self.commission
    }
}

/// What IAK leaves us of its fee, for one bill: those of its examples, where it has any.
pub fn commission(goods: &Goods) -> i64 {
    match goods.kind {
        Kind::PlnBill => 600,
        Kind::Bpjs => 200,
        _ => 400,
    }
}

/// One inquiry, for its reply and that of its payment.
pub struct Statement<'a> {
    pub offer: &'a Offer,
    pub number: &'a str,
    pub reference: &'a str,
    pub tr_id: u64,
    pub debt: &'a Debt,
    /// Bills that are owed besides, and are for another payment.
    pub left_over: usize,
    pub sums: Sums,
}

impl Statement<'_> {
    pub fn reply(&self, code: &str, reading: Reading) -> Value {
        let Sums { nominal, admin, .. } = self.sums;
        let periods: Vec<&str> = self.debt.bills.iter().map(|bill| bill.period.as_str()).collect();
        json!({
            "tr_id": self.tr_id,
            "code": self.offer.code,
            "hp": self.number,
            "tr_name": self.debt.holder,
            "period": periods.join(","),
            "nominal": nominal,
            "admin": admin,
            "ref_id": self.reference,
            "response_code": code,
            "message": message(code),
            "price": nominal + admin,
            "selling_price": self.sums.selling_price(),
            "desc": desc::of(self, reading),
        })
    }
}

/// The reply to a payment, and to a question about it.
pub fn paid(purchase: &Purchase, statement: &Statement<'_>, balance: i64, reading: Reading, now_ms: i64) -> Value {
    let code = rc_of(purchase);
    let mut reply = statement.reply(code, reading);
    if let Some(fields) = reply.as_object_mut() {
        let at_ms = purchase.settled_ms.unwrap_or(purchase.formed_ms);
        fields.insert("datetime".to_owned(), json!(jakarta(at_ms, "%Y%m%d%H%M%S")));
        fields.insert("balance".to_owned(), json!(balance));
        let (serial, _) = purchase.visible(now_ms);
        fields.insert(reading.pick("noref", "no_ref").to_owned(), json!(serial.unwrap_or("")));
        fields.insert("status".to_owned(), json!(status(purchase.state)));
    }
    reply
}

/// What a payment paid for, when the inquiry is forgotten: the bills without what each of them was.
pub fn debt_paid(offer: &Offer, purchase: &Purchase) -> Debt {
    let periods = purchase.bills.as_ref().map(|bills| bills.periods.clone()).unwrap_or_default();
    let bill = |period| Bill { period, amount: 0, penalty: 0 };
    Debt { holder: bills::holder(&offer.goods.id(), &purchase.target), bills: periods.into_iter().map(bill).collect() }
}

fn rc_of(purchase: &Purchase) -> &str {
    match (purchase.state, &purchase.failed) {
        (Delivery::Pending, _) => PENDING,
        (Delivery::Delivered, _) => SUCCESS,
        (Delivery::Failed, Some(Refusal::Code(code))) => code,
        (Delivery::Failed, Some(Refusal::Why(why))) => rc(*why).unwrap_or(FAILED),
        (Delivery::Failed | Delivery::Reversed, _) => FAILED,
    }
}

fn status(state: Delivery) -> u8 {
    match state {
        Delivery::Delivered => 1,
        Delivery::Failed | Delivery::Reversed => 2,
        Delivery::Pending => 3,
    }
}

/// The biller's number of a payment: 32 hexadecimal digits.
pub fn receipt(made: &Made) -> String {
    if let Made::Number(digits) = made { hex::encode(Md5::digest(digits)) } else { String::new() }
}
