//! Calls that change nothing: categories, products, the balance, the name behind a player's id.

use std::collections::{BTreeMap, HashMap};

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::{self, Counted};
use super::order::{COUNTRY, reading};
use super::say;
use crate::faults::{At, Call, Provider};
use crate::goods::Refusal;
use crate::goods::catalogue::{Amount, Goods, Kind};
use crate::goods::offers::{self, Offer, Written, hash};
use crate::goods::seller::Seller;
use crate::goods::words::dotted;
use crate::guard;
use crate::reading::Reading;
use crate::state::Sandbox;

/// Of so many lines one has a sister sold in another country.
const ABROAD_EVERY: u64 = 20;
const ABROAD: &str = "MY";
/// The one player everybody's test environment knows.
const PLAYER: (&str, &str, &str) = ("ML", "156378300|8483", "Penjual Pulsa");

type Fields = Query<HashMap<String, String>>;

#[derive(Default, Deserialize)]
struct Player {
    #[serde(default)]
    category_code: String,
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    additional_id: String,
}

pub async fn categories(request: HttpRequest, fields: Fields, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("lapak.category");
    answer(&request, &sandbox, Call::Pricelist, "", |_| {
        let here = is_of(&fields, "country_code", COUNTRY);
        let rows: Vec<Value> = goods_by_category().values().filter(|_| here).map(category_row).collect();
        Ok(json!({ "categories": rows }))
    })
    .await
}

pub async fn products(request: HttpRequest, fields: Fields, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("lapak.product");
    answer(&request, &sandbox, Call::Pricelist, "", |_| {
        // Of both, the product's own code wins.
        let by = if fields.contains_key("product_code") { "product_code" } else { "category_code" };
        let field = if by == "product_code" { "code" } else { "category_code" };
        let text = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        let wanted = |row: &Value| {
            fields.get(by).is_some_and(|wanted| text(row, field) == *wanted)
                && is_of(&fields, "country_code", &text(row, "country_code"))
        };
        Ok(json!({ "products": rows().into_iter().filter(wanted).collect::<Vec<Value>>() }))
    })
    .await
}

pub async fn all_products(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("lapak.products");
    answer(&request, &sandbox, Call::Pricelist, "", |_| Ok(json!({ "products": rows() }))).await
}

pub async fn balance(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("lapak.balance");
    answer(&request, &sandbox, Call::Balance, "", |account| {
        Ok(json!({ "balance": sandbox.state().books.deposits.left(Provider::Lapak, account) }))
    })
    .await
}

pub async fn uid_check(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("lapak.uid_check");
    // What cannot be read has no user.
    let player = serde_json::from_slice::<Player>(&body).unwrap_or_default();
    let category = player.category_code.clone();
    answer(&request, &sandbox, Call::Inquiry, &category, |_| {
        let name = name_of(&player).map_err(|code| Refusal::Code(code.to_owned()))?;
        Ok(json!({ "name": name }))
    })
    .await
}

async fn answer(
    request: &HttpRequest,
    sandbox: &Sandbox,
    call: Call,
    product: &str,
    find: impl FnOnce(&str) -> Result<Value, Refusal>,
) -> HttpResponse {
    let counted = if call == Call::Pricelist { Counted::ProductRead } else { Counted::Usual };
    let at = At { provider: Provider::Lapak, call, account: auth::name(sandbox, request), reference: "", product };
    guard::run(request, sandbox, &at, |refused| {
        let found = match (refused, auth::authorise(sandbox, request, counted)) {
            (Some(refusal), _) => Err(refusal),
            (None, Err(why)) => Err(Refusal::Why(why)),
            (None, Ok(account)) => find(&account.name),
        };
        let answer = found.map_or_else(|refusal| say::refused(&refusal, reading(sandbox)), |data| say::success(&data));
        std::future::ready(answer)
    })
    .await
}

fn is_of(fields: &Fields, name: &str, value: &str) -> bool {
    fields.get(name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
}

fn goods_by_category() -> BTreeMap<String, &'static Goods> {
    offers::of(Provider::Lapak).iter().map(|offer| (category(offer.goods), offer.goods)).collect()
}

fn category(goods: &Goods) -> String {
    if goods.brand == "mobile_legend" { "ML".to_owned() } else { goods.brand.replace('_', "").to_uppercase() }
}

/// Whose name can be asked for: players' whose id alone says who they are.
fn has_names(goods: &Goods) -> bool {
    let some = || !hash(&["names", goods.brand]).is_multiple_of(4);
    goods.id_parts > 0 && (matches!(goods.brand, "mobile_legend" | "free_fire") || some())
}

fn name_of(player: &Player) -> Result<String, &'static str> {
    let categories = goods_by_category();
    let goods = categories.get(&player.category_code).ok_or(say::CATEGORY_NOT_FOUND)?;
    if !has_names(goods) {
        return Err(say::INACTIVE);
    }
    if player.user_id.is_empty() {
        return Err(say::USER_ID_EMPTY);
    }
    let ids = if player.additional_id.is_empty() {
        player.user_id.clone()
    } else {
        format!("{}|{}", player.user_id, player.additional_id)
    };
    if (player.category_code.as_str(), ids.as_str()) == (PLAYER.0, PLAYER.1) {
        return Ok(PLAYER.2.to_owned());
    }
    // Specified by us: who has too short an id, or one that is no number, plays nothing.
    let is_known = player.user_id.len() >= 6 && player.user_id.bytes().all(|byte| byte.is_ascii_digit());
    let has_all = goods.check_target(&ids, Reading::Likely).is_ok();
    if is_known && has_all { Ok(format!("player {:06}", hash(&[&ids]) % 1_000_000)) } else { Err(say::INVALID_USER) }
}

fn category_row(goods: &&Goods) -> Value {
    let input = |name: &str, kind: &str| json!({ "name": name, "type": kind, "options": [] });
    let servers = match goods.brand {
        "genshin" | "honkai_star_rail" => {
            json!([{ "value": "os_asia", "name": "Asia" }, { "value": "os_usa", "name": "America" }])
        }
        _ => json!([]),
    };
    let forms = match (goods.kind, goods.id_parts, goods.brand) {
        (Kind::Airtime, ..) => vec![input("user_id", "tel")],
        (_, 0, _) => Vec::new(),
        (_, 1, _) => vec![input("user_id", "number")],
        (_, _, "mobile_legend") => vec![input("user_id", "number"), input("additional_id", "number")],
        _ => {
            vec![input("user_id", "number"), json!({ "name": "additional_id", "type": "select", "options": servers })]
        }
    };
    let variant = if let Amount::Units(_, unit) = goods.amount { unit } else { "" };
    json!({
        "code": category(goods),
        "name": goods.name,
        "variant": variant,
        "check_id": has_names(goods),
        "country_code": COUNTRY,
        "forms": forms,
        "servers": servers,
    })
}

/// Every line, and those of another country between them.
fn rows() -> Vec<Value> {
    offers::of(Provider::Lapak).iter().flat_map(|offer| [Some(row(offer)), abroad(offer)]).flatten().collect()
}

fn row(offer: &Offer) -> Value {
    let (_, provider) = offer.code.rsplit_once('-').unwrap_or(("", ""));
    let price = match offer.written {
        Written::Plainly => json!(offer.price),
        Written::WithDots => json!(dotted(offer.price)),
        Written::WithRp => json!(format!("Rp{}", dotted(offer.price))),
        Written::NotAtAll => Value::Null,
    };
    json!({
        "code": offer.code,
        "category_code": category(offer.goods),
        "name": name(offer.goods),
        "provider_code": provider,
        "price": price,
        "process_time": if super::Lapak.needs_number(offer.goods) { 1 } else { 5 },
        "country_code": COUNTRY,
        "status": if offer.open { "available" } else { "empty" },
    })
}

/// The same, for another country.
fn abroad(offer: &Offer) -> Option<Value> {
    let article =
        offer.code.strip_suffix("-S2").filter(|article| hash(&["abroad", article]).is_multiple_of(ABROAD_EVERY))?;
    let mut row = row(offer);
    let code = format!("{article}-S60");
    let fields = row.as_object_mut()?;
    fields.insert("code".to_owned(), json!(code));
    fields.insert("provider_code".to_owned(), json!("S60"));
    fields.insert("country_code".to_owned(), json!(ABROAD));
    Some(row)
}

fn name(goods: &Goods) -> String {
    match (goods.kind, goods.amount) {
        // Its documents count what is given on top apart.
        (Kind::Game, Amount::Units(86, unit)) if goods.brand == "mobile_legend" => {
            format!("86 {unit} ( 78 + 8 Bonus )")
        }
        (_, Amount::Units(count, unit)) => format!("{count} {unit}"),
        (Kind::Airtime, Amount::Rupiah(rupiah)) => format!("{} {}", goods.name, dotted(rupiah)),
        (_, Amount::Rupiah(rupiah)) => format!("{} IDR {}", goods.name, dotted(rupiah)),
        (_, Amount::Quota { .. } | Amount::Package(_) | Amount::Owed) => goods.name.to_owned(),
    }
}
