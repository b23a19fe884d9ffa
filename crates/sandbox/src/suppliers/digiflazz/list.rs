//! Digiflazz's two lists (its documents; fees of bills: specified by us). Pure.

use serde_json::{Value, json};

use super::bill::ADMIN;
use crate::faults::Provider;
use crate::goods::catalogue::{Amount, Goods, Kind};
use crate::goods::offers::{self, Offer, Written, hash};
use crate::goods::words::dotted;

pub fn prepaid() -> Value {
    let rows = offers::of(Provider::Digiflazz).iter().filter(|offer| !offer.goods.kind.is_bill()).map(row);
    Value::Array(rows.collect())
}

pub fn postpaid() -> Value {
    let rows = offers::of(Provider::Digiflazz).iter().filter(|offer| offer.goods.kind.is_bill()).map(bill);
    Value::Array(rows.collect())
}

fn row(offer: &Offer) -> Value {
    let price = match offer.written {
        Written::Plainly => json!(offer.price),
        Written::WithDots => json!(dotted(offer.price)),
        Written::WithRp => json!(format!("Rp{}", dotted(offer.price))),
        Written::NotAtAll => Value::Null,
    };
    let (buyer, seller) = on(offer);
    let (from, until) = hours(offer);
    json!({
        "product_name": name(offer.goods),
        "category": category(offer.goods.kind),
        "brand": brand(offer.goods),
        "type": "Umum",
        "seller_name": "SANDBOX",
        "price": price,
        "buyer_sku_code": offer.code,
        "buyer_product_status": buyer,
        "seller_product_status": seller,
        "unlimited_stock": true,
        "stock": 0,
        "multi": true,
        "start_cut_off": from,
        "end_cut_off": until,
        "desc": "-",
    })
}

fn bill(offer: &Offer) -> Value {
    let (buyer, seller) = on(offer);
    let (from, until) = hours(offer);
    json!({
        "product_name": name(offer.goods),
        "category": "Pascabayar",
        "brand": brand(offer.goods),
        "seller_name": "SANDBOX",
        "admin": ADMIN,
        "commission": ADMIN - offer.price,
        "buyer_sku_code": offer.code,
        "buyer_product_status": buyer,
        "seller_product_status": seller,
        "start_cut_off": from,
        "end_cut_off": until,
        "desc": "-",
    })
}

/// Whether the buyer has it on, and the seller: what is off is off on one side.
fn on(offer: &Offer) -> (bool, bool) {
    let by_buyer = hash(&["off", &offer.code]).is_multiple_of(2);
    (offer.open || !by_buyer, offer.open || by_buyer)
}

/// What is always sold is closed from midnight to midnight.
fn hours(offer: &Offer) -> (String, String) {
    offer.closed.map_or_else(|| ("00:00".to_owned(), "00:00".to_owned()), |hours| hours.words())
}

fn category(kind: Kind) -> &'static str {
    match kind {
        Kind::Airtime => "Pulsa",
        Kind::Data => "Data",
        Kind::PlnToken => "PLN",
        Kind::Game => "Games",
        Kind::Voucher => "Voucher",
        Kind::EMoney => "E-Money",
        Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet => "Pascabayar",
    }
}

fn brand(goods: &Goods) -> String {
    match (goods.kind, goods.brand) {
        (Kind::PlnBill, _) => "PLN PASCABAYAR".to_owned(),
        (Kind::Internet, _) => "INTERNET PASCABAYAR".to_owned(),
        (Kind::Pdam, _) => "PDAM".to_owned(),
        (_, "byu") => "by.U".to_owned(),
        (_, "three") => "TRI".to_owned(),
        (_, "gopay") => "GO PAY".to_owned(),
        (_, "shopeepay") => "SHOPEE PAY".to_owned(),
        (_, "linkaja") => "LinkAja".to_owned(),
        _ => goods.name.to_uppercase(),
    }
}

fn name(goods: &Goods) -> String {
    let owner = goods.name;
    match (goods.kind, goods.amount) {
        (Kind::Pdam, _) => format!("PDAM {owner}"),
        (Kind::PlnBill, _) => "Pln Postpaid".to_owned(),
        (_, Amount::Rupiah(rupiah)) => format!("{owner} {}", dotted(rupiah)),
        (_, Amount::Quota { gb, days }) => format!("{owner} Data {gb} GB / {days} Hari"),
        (_, Amount::Package(words)) => format!("{owner} Data {words}"),
        (_, Amount::Units(count, unit)) if goods.brand == "mobile_legend" => {
            format!("MOBILELEGEND - {count} {}", unit.trim_end_matches('s'))
        }
        (_, Amount::Units(count, unit)) => format!("{owner} {count} {unit}"),
        (_, Amount::Owed) => owner.to_owned(),
    }
}
