//! `trx`: buying, paying, inquiring, and with `check=1` asking what became of it. Losing that one parameter turns a question into a
//! purchase; both are counted apart.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::say::{self, About};
use super::{Ask, auth, bill, ending, serve};
use crate::clock::{DAY_MS, jakarta};
use crate::faults::{At, Call, Provider};
use crate::goods::ending::Ending;
use crate::goods::offers;
use crate::goods::{self, Order, Refusal, Why, fate};
use crate::guard;
use crate::reading::Reading;
use crate::state::{Sandbox, State};

pub async fn trx(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let ask = Ask::read(&request, &body);
    let (request, sandbox, ask) = (&request, &sandbox, &ask);
    if ask.get("refID").is_empty() || ask.get("product").is_empty() || ask.get("dest").is_empty() {
        return say::line("Format salah");
    }
    let (product, checks) = (ask.product(), ask.get("check") == "1");
    let inquires = bill::offer(&product).is_some();
    let call = match (checks, inquires) {
        (true, _) => Call::Status,
        (false, true) => Call::BillInquiry,
        (false, false) => Call::Topup,
    };
    let reference = ask.get("refID");
    let at = At { provider: Provider::Pulsaif, call, account: ask.member(), reference, product: &product };
    match call {
        Call::Status => {
            let _answering = sandbox.answering("pulsaif.check");
            serve(request, sandbox, (&at, [None, None]), ask, auth::of_trx, |refused| {
                say::line(checked(sandbox, ask, &at, refused))
            })
            .await
        }
        Call::BillInquiry => {
            let _answering = sandbox.answering("pulsaif.bill_inquiry");
            let ending = bill::ending(&sandbox.state(), ask.get("dest"));
            let planned = ending.map_or([None, None], Ending::on_the_way);
            serve(request, sandbox, (&at, planned), ask, auth::of_trx, |refused| {
                say::line(bill::inquired(sandbox, ask, &at, ending, refused))
            })
            .await
        }
        _ => {
            let _answering = sandbox.answering("pulsaif.trx");
            let ending = ending(&sandbox.state(), ask.get("dest"));
            let planned = ending.map_or([None, None], Ending::on_the_way);
            serve(request, sandbox, (&at, planned), ask, auth::of_trx, |refused| bought(sandbox, ask, ending, refused))
                .await
        }
    }
}

fn bought(sandbox: &Sandbox, ask: &Ask, ending: Option<Ending>, refused: Option<Refusal>) -> HttpResponse {
    let (key, product, dest, now_ms) = (ask.key(), ask.product(), ask.get("dest"), sandbox.now_ms());
    let about = About { reference: &key.reference, product: &product, dest };
    let order = Order {
        key: &key,
        product: &product,
        target: dest,
        offer: offers::find(Provider::Pulsaif, &product),
        at_most: None,
        callback_url: None,
        ending,
    };
    {
        let mut state = sandbox.state();
        let known = state.books.purchases.contains_key(&key);
        if let Err(refusal) = form(sandbox, &mut state, &order, refused, now_ms) {
            return say::line(refusal_line(&state, &about, &order, &refusal, now_ms));
        }
        if let Some(earlier) = state.books.purchases.get(&key).filter(|_| known) {
            return say::line(say::repeated(&About::purchase(earlier), earlier, now_ms));
        }
    }
    if ending.is_some_and(Ending::is_at_once) {
        fate::click(sandbox, &key, true);
    }
    match ending {
        Some(Ending::ErrorYetDelivered) => guard::server_error(),
        Some(Ending::UnknownWords) => say::line(say::unknown(&about)),
        _ => {
            let state = sandbox.state();
            let left = state.books.deposits.left(key.supplier, &key.account);
            let purchase = state.books.purchases.get(&key);
            say::line(purchase.map_or_else(String::new, |purchase| say::state(purchase, left, sandbox.now_ms())))
        }
    }
}

fn form(
    sandbox: &Sandbox,
    state: &mut State,
    order: &Order<'_>,
    refused: Option<Refusal>,
    now_ms: i64,
) -> Result<(), Refusal> {
    match order.offer.filter(|offer| offer.goods.kind.is_bill()) {
        None => goods::buy(sandbox, state, order, refused),
        Some(offer) => match bill::dues(state, offer, order.target, now_ms) {
            Some(dues) => goods::pay(sandbox, state, order, &dues, refused),
            // A used reference is told all the same.
            None => goods::buy(sandbox, state, order, refused.or(Some(Refusal::Why(Why::BillPaid)))),
        },
    }
}

/// A repetition is told with what was done before: today, or, of a number that only means it, at midnight.
fn refusal_line(state: &State, about: &About<'_>, order: &Order<'_>, refusal: &Refusal, now_ms: i64) -> String {
    let settings = state.settings.supplier(order.key.supplier);
    let left = state.books.deposits.left(order.key.supplier, &order.key.account);
    match refusal {
        Refusal::Why(Why::Repeat) => match goods::bought_today(state, order.key, order.product, order.target, now_ms) {
            Some(earlier) => say::repeated(about, earlier, now_ms),
            None => say::done_before(about, midnight(now_ms), "Sukses", Some("000000000000")),
        },
        Refusal::Why(Why::Duplicate) => say::done_before(about, now_ms, "Menunggu Jawaban", None),
        refusal => say::refused(about, refusal, left, settings.reading),
    }
}

/// The last one, in Jakarta.
pub(super) fn midnight(now_ms: i64) -> i64 {
    let ahead_ms = 7 * 3_600_000;
    (now_ms + ahead_ms).div_euclid(DAY_MS) * DAY_MS - ahead_ms
}

/// What became of a purchase, or of an inquiry.
fn checked(sandbox: &Sandbox, ask: &Ask, at: &At<'_>, refused: Option<Refusal>) -> String {
    let (now_ms, mut state) = (sandbox.now_ms(), sandbox.state());
    let reading = state.settings.supplier(Provider::Pulsaif).reading;
    let left = state.books.deposits.left(Provider::Pulsaif, at.account);
    let about = About { reference: at.reference, product: at.product, dest: ask.get("dest") };
    if let Some(refusal) = refused {
        return say::refused(&about, &refusal, left, reading);
    }
    if bill::offer(at.product).is_some() {
        return bill::checked(&state, ask, now_ms);
    }
    let found = goods::look(sandbox, &mut state, at);
    let found = found.filter(|purchase| purchase.product == at.product && purchase.target == ask.get("dest"));
    // Whether "on this day" means that older ones are not looked for is not known.
    let found = found.filter(|purchase| reading == Reading::Likely || same_day(purchase.formed_ms, now_ms));
    match found {
        None => say::not_found(at.reference, ask.get("dest")),
        Some(purchase) => match reading {
            Reading::Likely => say::state(&purchase, left, now_ms),
            Reading::Other => say::repeated(&about, &purchase, now_ms),
        },
    }
}

fn same_day(one_ms: i64, other_ms: i64) -> bool {
    jakarta(one_ms, "%Y%m%d") == jakarta(other_ms, "%Y%m%d")
}
