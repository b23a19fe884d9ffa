//! Calls that change nothing: the balance and the price list.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::say::{self, About};
use super::{Ask, auth, serve};
use crate::config::Account;
use crate::faults::{At, Call, Provider};
use crate::goods::Refusal;
use crate::goods::catalogue::{Amount, Goods, Kind};
use crate::goods::offers::{self, Offer, Written};
use crate::goods::words::dotted;
use crate::reading::Reading;
use crate::state::Sandbox;

pub async fn balance(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("pulsaif.balance");
    answer(&request, &sandbox, Call::Balance, auth::of_balance, say::balance).await
}

pub async fn pricelist(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("pulsaif.pricelist");
    let lines = |_left| offers::of(Provider::Pulsaif).iter().map(row).collect::<String>();
    answer(&request, &sandbox, Call::Pricelist, auth::of_pricelist, lines).await
}

/// Says something to whoever signed that text, who has so much left.
async fn answer(
    request: &HttpRequest,
    sandbox: &Sandbox,
    call: Call,
    signed: fn(&Ask, &Account, Reading) -> String,
    say: impl FnOnce(i64) -> String,
) -> HttpResponse {
    let ask = Ask::read(request, &[]);
    let at = At { provider: Provider::Pulsaif, call, account: ask.member(), reference: "", product: "" };
    serve(request, sandbox, (&at, [None, None]), &ask, signed, |refused| {
        let state = sandbox.state();
        let left = state.books.deposits.left(Provider::Pulsaif, ask.member());
        say::line(match refused {
            Some(refusal) => refused_line(&refusal, left, state.settings.supplier(Provider::Pulsaif).reading),
            None => say(left),
        })
    })
    .await
}

fn refused_line(refusal: &Refusal, left: i64, reading: Reading) -> String {
    say::refused(&About { reference: "", product: "", dest: "" }, refusal, left, reading)
}

/// `CODE;NAME;CATEGORY;PRICE;OPEN`
fn row(offer: &Offer) -> String {
    let price = match offer.written {
        Written::Plainly => dotted(offer.price),
        Written::WithDots => offer.price.to_string(),
        Written::WithRp => format!("Rp{}", dotted(offer.price)),
        Written::NotAtAll => String::new(),
    };
    // What is off is closed, or in trouble.
    let status = match (offer.open, offer.code.len() % 2) {
        (true, _) => "OPEN",
        (false, 0) => "CLOSED",
        (false, _) => "TROUBLE",
    };
    format!("{};{};{};{price};{status}\n", offer.code, name(offer.goods), category(offer.goods))
}

fn category(goods: &Goods) -> String {
    let brand = if goods.brand == "smart" { "SMARTFREN".to_owned() } else { goods.brand.to_uppercase() };
    match goods.kind {
        Kind::Airtime => format!("PULSA {brand}"),
        Kind::Data => format!("DATA {brand}"),
        Kind::PlnToken => "TOKEN PLN".to_owned(),
        Kind::EMoney => "E-MONEY".to_owned(),
        Kind::Game => "GAME".to_owned(),
        Kind::Voucher => "VOUCHER".to_owned(),
        Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet => format!("TAGIHAN {brand}"),
    }
}

/// The trade's short names.
fn name(goods: &Goods) -> String {
    let owner = match goods.brand {
        "telkomsel" => "TSEL",
        "indosat" => "ISAT",
        _ => goods.name,
    };
    match (goods.kind, goods.amount) {
        (Kind::PlnToken, Amount::Rupiah(rupiah)) => format!("TOKEN PLN {}", dotted(rupiah)),
        (_, Amount::Rupiah(rupiah)) => format!("{owner} {}", dotted(rupiah)),
        (_, Amount::Quota { gb, days }) => format!("{owner} DATA {gb}GB/{days}HR"),
        (_, Amount::Package(words)) => format!("{owner} {words}"),
        (_, Amount::Units(count, unit)) => format!("{owner} {count} {unit}"),
        (Kind::PlnBill, Amount::Owed) => "PLN PASCABAYAR".to_owned(),
        (Kind::Bpjs, Amount::Owed) => goods.name.to_uppercase(),
        (_, Amount::Owed) => format!("PDAM {}", goods.name.to_uppercase()),
    }
}
