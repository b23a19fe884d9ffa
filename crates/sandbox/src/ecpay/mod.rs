//! ECPay's AIO flow, after the public AIO documents: checkout, payment page, codes, notices, queries.

mod checkout;
mod fields;
pub mod notice;
pub mod page;
mod query;
mod sign;
mod way;

use actix_web::web::{self, ServiceConfig};

use crate::config::EcpayMerchant;
use crate::reading::Reading;

/// Ordered form fields, decoded.
pub type Form = Vec<(String, String)>;

/// A form as ECPay sends it about this merchant's trades, for drivers that send notices themselves.
pub fn signed_by_ecpay(form: Form, merchant: &EcpayMerchant) -> Form {
    sign::signed(form, merchant, Reading::Likely)
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/Cashier/AioCheckOut/V5", web::post().to(checkout::open))
        .route("/Cashier/QueryTradeInfo/V5", web::post().to(query::trade_info))
        .route("/Cashier/QueryPaymentInfo", web::post().to(query::payment_info))
        .route("/pay/{reference}", web::get().to(page::show))
        .route("/pay/{reference}", web::post().to(page::act));
}

fn parse_form(body: &[u8]) -> Form {
    form_urlencoded::parse(body).into_owned().collect()
}

/// The value of a field, empty when it is not there.
fn field<'a>(form: &'a Form, name: &str) -> &'a str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

fn pairs<const N: usize>(fields: [(&str, String); N]) -> Form {
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
