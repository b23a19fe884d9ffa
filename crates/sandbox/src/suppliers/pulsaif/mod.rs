//! Pulsa IF: one line of Indonesian text to a query string. Nothing about it is public; all is specified by us, on the protocol
//! that servers of the OtomaX family publish. Not played: deposit tickets, and the counter before a number that means "once more".
//!
//! It sells pulsa, data, electricity tokens and e-money, and takes bills of electricity, BPJS and water: three of them in one payment,
//! with one fee. The electricity bill is closed from 23:00 to 00:30 in Jakarta. The same goods for the same number are sold once a
//! day, unless the setting `once_a_day` is off; inquiries are counted in the other reading alone.

mod auth;
mod bill;
mod callback;
mod endings;
mod read;
mod say;
mod sells;
mod trx;

use std::collections::HashMap;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::config::Account;
use crate::faults::{At, Kind, Provider};
use crate::goods::callback::Signed;
use crate::goods::catalogue::Goods;
use crate::goods::ending::Ending;
use crate::goods::hours::Hours;
use crate::goods::purchase::{Purchase, PurchaseKey};
use crate::goods::seller::Seller;
use crate::goods::serial::Made;
use crate::goods::{Refusal, Why};
use crate::guard;
use crate::notices::{Message, Reply};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

pub struct Pulsaif;

impl Seller for Pulsaif {
    fn routes(&self, config: &mut ServiceConfig) {
        config
            .route("/trx", web::get().to(trx::trx))
            .route("/trx", web::post().to(trx::trx))
            .route("/balance", web::get().to(read::balance))
            .route("/pricelist", web::get().to(read::pricelist));
    }

    /// A member, with a pin of four digits.
    fn account(&self, n: &str) -> Account {
        Account::test(&format!("TW{n}"), &[("pin", "1234"), ("password", &format!("pw-{n}"))])
    }

    fn share(&self, goods: &Goods) -> u64 {
        sells::share(goods)
    }

    fn code(&self, goods: &Goods, _provider: u64) -> String {
        sells::code(goods)
    }

    fn closed(&self, goods: &Goods) -> Option<Hours> {
        sells::closed(goods)
    }

    fn once_a_day(&self) -> bool {
        true
    }

    fn can_say(&self, why: Why) -> bool {
        say::can_say(why)
    }

    fn serial(&self, made: &Made, _reading: Reading) -> (String, Option<String>) {
        (say::serial(made), None)
    }

    /// One address for all a member buys.
    fn callback_url(&self, _sandbox: &Sandbox, state: &State, purchase: &Purchase) -> Option<String> {
        let told = ending(state, &purchase.target) != Some(Ending::CallbackNever);
        let settings = state.settings.supplier(Provider::Pulsaif);
        settings.callback_url.get(&purchase.key.account).filter(|_| told).cloned()
    }

    fn callback(&self, sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
        callback::message(sandbox, purchase, signed)
    }

    fn copies(&self, state: &State, purchase: &Purchase) -> usize {
        if ending(state, &purchase.target) == Some(Ending::CallbackTwice) { 2 } else { 1 }
    }

    fn accepts(&self, reply: &Reply) -> bool {
        (200..300).contains(&reply.status)
    }

    fn retries(&self, reading: Reading) -> &'static [i64] {
        reading.pick(callback::RETRY_AFTER_MS.as_slice(), &[])
    }
}

/// What a number means, unless the account wants none of it.
fn ending(state: &State, target: &str) -> Option<Ending> {
    let wanted = state.settings.supplier(Provider::Pulsaif).endings;
    Ending::of(endings::TABLE, target).filter(|_| wanted)
}

/// The parameters of a request: of its address, or of a form.
struct Ask(HashMap<String, String>);

impl Ask {
    fn read(request: &HttpRequest, body: &[u8]) -> Self {
        let parts = [request.query_string().as_bytes(), body];
        Self(
            parts.into_iter().flat_map(form_urlencoded::parse).map(|(key, value)| (key.into(), value.into())).collect(),
        )
    }

    /// A parameter that is not there is empty.
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn member(&self) -> &str {
        self.get("memberID")
    }

    /// Codes are upper case, however they are written.
    fn product(&self) -> String {
        self.get("product").to_uppercase()
    }

    fn key(&self) -> PurchaseKey {
        PurchaseKey {
            supplier: Provider::Pulsaif,
            account: self.member().to_owned(),
            reference: self.get("refID").to_owned(),
        }
    }
}

/// Lets in who signed one of these texts, between the faults of the call; says only what is on the disk.
async fn serve(
    request: &HttpRequest,
    sandbox: &Sandbox,
    (at, planned): (&At<'_>, [Option<Kind>; 2]),
    ask: &Ask,
    signed: fn(&Ask, &Account, Reading) -> String,
    answer: impl FnOnce(Option<Refusal>) -> HttpResponse,
) -> HttpResponse {
    guard::run_planned(request, sandbox, at, planned, |refused| async move {
        if let Err(why) = auth::authorise(sandbox, ask, signed) {
            return say::line(say::denied(why));
        }
        let answer = answer(refused);
        match sandbox.durable().await {
            Ok(()) => answer,
            Err(_broken) => guard::not_durable(),
        }
    })
    .await
}
