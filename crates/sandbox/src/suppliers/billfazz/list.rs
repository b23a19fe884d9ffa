//! The price list. Its fields are those seen in public client code.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{auth, look};
use crate::faults::{At, Call, Provider};
use crate::goods::catalogue::{Amount, Goods, Kind};
use crate::goods::offers::{self, Offer, Written};
use crate::goods::words::dotted;
use crate::state::Sandbox;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    search_query: Option<String>,
    /// `prepaid` or `postpaid`.
    r#type: Option<String>,
    operator_type: Option<String>,
    active: Option<bool>,
    problem: Option<bool>,
}

pub async fn products(request: HttpRequest, ask: Query<Ask>, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("billfazz.products");
    let account = auth::claimed(&request);
    let at = At { provider: Provider::Billfazz, call: Call::Pricelist, account: &account, reference: "", product: "" };
    look(&request, &sandbox, &at, |_| {
        let rows: Vec<Value> = offers::of(Provider::Billfazz).iter().map(row).filter(|row| ask.wants(row)).collect();
        HttpResponse::Ok().json(json!({ "data": rows }))
    })
    .await
}

impl Ask {
    fn wants(&self, row: &Value) -> bool {
        let text = |field: &str| row[field].as_str().unwrap_or("").to_lowercase();
        let holds =
            |part: &String| text("code").contains(&part.to_lowercase()) || text("name").contains(&part.to_lowercase());
        self.r#type.as_ref().is_none_or(|kind| text("type") == *kind)
            && self.operator_type.as_ref().is_none_or(|operator| text("operatorCode") == *operator)
            && self.search_query.as_ref().is_none_or(holds)
            && self.active.is_none_or(|active| row["active"] == active)
            && self.problem.is_none_or(|problem| row["problem"] == problem)
    }
}

/// What is off is not active, or in trouble.
pub fn in_trouble(offer: &Offer) -> bool {
    !offer.open && offers::hash(&["trouble", &offer.code]).is_multiple_of(2)
}

fn row(offer: &Offer) -> Value {
    let goods = offer.goods;
    let is_bill = goods.kind.is_bill();
    let price = match offer.written {
        Written::Plainly => json!(offer.price),
        Written::WithDots => json!(dotted(offer.price)),
        Written::WithRp => json!(format!("Rp{}", dotted(offer.price))),
        Written::NotAtAll => Value::Null,
    };
    let (name, description) = words(goods);
    json!({
        "code": offer.code,
        "name": name,
        "description": description,
        "type": if is_bill { "postpaid" } else { "prepaid" },
        "operatorCode": operator_code(goods),
        "adminPrice": if is_bill { price.clone() } else { json!(0) },
        "sellPrice": if is_bill { json!(0) } else { price },
        "active": offer.open || in_trouble(offer),
        "problem": in_trouble(offer),
    })
}

fn operator_code(goods: &Goods) -> String {
    let brand = if goods.brand == "smart" { "smartfren" } else { goods.brand };
    if goods.kind == Kind::Data { format!("{brand}_data") } else { brand.to_owned() }
}

fn words(goods: &Goods) -> (String, String) {
    let name = goods.name;
    match (goods.kind, goods.amount) {
        (Kind::PlnToken, Amount::Rupiah(rupiah)) => {
            (format!("PLN Prepaid {}", dotted(rupiah)), format!("Token PLN Rp{}", dotted(rupiah)))
        }
        (_, Amount::Rupiah(rupiah)) => {
            (format!("{name} {}", dotted(rupiah)), format!("Pulsa {name} Rp {}", dotted(rupiah)))
        }
        (_, Amount::Quota { gb, days }) => (format!("{name} Data {gb}GB {days} Hari"), String::new()),
        (_, Amount::Package(words)) => (format!("{name} {words}"), String::new()),
        (_, Amount::Units(count, unit)) => (format!("{name} {count} {unit}"), String::new()),
        (Kind::PlnBill, Amount::Owed) => ("PLN Pascabayar".to_owned(), "Tagihan listrik".to_owned()),
        (Kind::Bpjs, Amount::Owed) => (name.to_owned(), format!("Iuran {name}")),
        (_, Amount::Owed) => (format!("PDAM {name}"), String::new()),
    }
}
