//! Sends Pulsa IF's calls, one request each, and hands the replies to `map`, `bill` and `listing`. No rule is decided here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adapters_kit::{BODY_CAP, Http, LIST_CAP, Method, Outcome, PublicUrls, Request, plain_reply};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause, StatusTrust};
use domain::{Account, Moment, Money, Private, SupplierId};
use ports::Exchange;
use ports::bill::{BillAnswer, BillQuery};
use ports::notice::{NoticeOutcome, NoticeRejected, NoticeReply, RawNotice};
use ports::settings::{BadSetting, RawSettings};
use ports::supplier::{Listing, Purchase, ReadFailed, StatusQuery, Supplier, SupplierNotice};

use crate::bill::{self, Heard};
use crate::config::Config;
use crate::error::Doubt;
use crate::map::{self, About, Asked};
use crate::wire::{self, AskUrl, BuyUrl, Trx};
use crate::{listing, notice, parse, redact};

/// How long the fees of bills are good: as long as a price list is.
const FEES_LIFE: TimeDelta = TimeDelta::minutes(15);
/// Between two questions about an inquiry that is being looked up; all of it within the time of one call. The engine counts them as that one
/// call: this is their pace.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// A code that stands in no list of theirs.
const NOT_LISTED: &str = "NOT_LISTED";

type Fees = Arc<BTreeMap<String, Money>>;

struct PulsaIf {
    id: SupplierId,
    config: Config,
    http: Http,
    /// Of what pays bills, read last, and when: an inquiry tells the debt alone.
    fees: Mutex<Option<(Moment, Fees)>>,
}

/// Checks the settings and makes the supplier. Opens no connection.
pub fn build(
    id: SupplierId,
    raw: &RawSettings,
    _urls: &PublicUrls,
    http: &Http,
) -> Result<Arc<dyn Supplier>, BadSetting> {
    let config = Config::read(raw)?;
    let http = http.within(config.timeout).map_err(|error| raw.bad("TIMEOUT_MS", error.to_string()))?;
    Ok(Arc::new(PulsaIf { id, config, http, fees: Mutex::new(None) }))
}

impl PulsaIf {
    /// The only way to an address that buys.
    async fn buy(&self, url: &BuyUrl, talk: Talk<'_>, now: Moment) -> (Outcome, Exchange) {
        self.talk(url.as_str(), talk, now).await
    }

    async fn ask(&self, url: &AskUrl, talk: Talk<'_>, now: Moment) -> (Outcome, Exchange) {
        self.talk(url.as_str(), talk, now).await
    }

    /// Of a reply that is no sentence we know, nobody can say where in it a serial stands.
    async fn talk(&self, url: &str, talk: Talk<'_>, now: Moment) -> (Outcome, Exchange) {
        let Talk { call, about, target, deadline } = talk;
        let get = Get { call, url, cap: BODY_CAP, deadline, target: Some(target) };
        let (outcome, mut exchange) = self.get(get, now).await;
        if let Outcome::Reply { status, body } = &outcome {
            let known = map::said(about, *status, body).is_ok();
            let kept = if known { redact::known } else { redact::unknown };
            exchange.response = kept(&exchange.response);
        }
        (outcome, exchange)
    }

    async fn get(&self, get: Get<'_>, now: Moment) -> (Outcome, Exchange) {
        let request = Request {
            provider: self.id.as_str(),
            call: get.call,
            method: Method::Get,
            url: get.url,
            headers: Vec::new(),
            content_type: None,
            body: Vec::new(),
            deadline: get.deadline,
            body_cap: get.cap,
            redactor: &redact::redactor(&self.config, get.target),
        };
        self.http.call(request, now).await
    }

    async fn read_list(&self, now: Moment) -> (Result<Bytes, ReadFailed>, Exchange) {
        let url = wire::price_list(&self.config);
        let deadline = self.config.timeout;
        let get = Get { call: "pricelist", url: url.as_str(), cap: LIST_CAP, deadline, target: None };
        let (outcome, exchange) = self.get(get, now).await;
        let body = whole(outcome);
        if let Ok(body) = &body {
            let fees = Arc::new(listing::fees(body));
            *self.fees.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, fees));
        }
        (body, exchange)
    }

    fn remembered_fee(&self, code: &str, now: Moment) -> Option<Money> {
        let remembered = self.fees.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (at, fees) = remembered?;
        if now < at + FEES_LIFE { fees.get(code).copied() } else { None }
    }

    /// What this payment costs us beside the debt, or the answer to whoever asks.
    async fn fee(&self, code: &str, now: Moment) -> Result<Money, Box<(BillAnswer, Exchange)>> {
        if let Some(fee) = self.remembered_fee(code, now) {
            return Ok(fee);
        }
        let (body, exchange) = self.read_list(now).await;
        let answer = match body {
            Ok(body) => match listing::fees(&body).get(code) {
                Some(fee) => return Ok(*fee),
                None => BillAnswer::Refused { cause: Cause::Supplier, code: NOT_LISTED.to_owned() },
            },
            Err(ReadFailed::Unauthorised(code)) => BillAnswer::Refused { cause: Cause::Account, code },
            Err(ReadFailed::Busy(code)) => BillAnswer::Refused { cause: Cause::Busy, code },
            Err(ReadFailed::Unavailable(why)) => BillAnswer::Unclear { why },
        };
        Err(Box::new((answer, exchange)))
    }

    /// Asks, and while it is being looked up asks what became of that. Buys what costs nothing, once.
    async fn inquire(
        &self,
        query: &BillQuery,
        product: &str,
        asked: &bill::Asked,
        now: Moment,
    ) -> (BillAnswer, Exchange) {
        let began = Instant::now();
        let reference = bill::asking_reference(&query.reference);
        let trx = Trx { product, dest: query.target.expose(), reference: &reference };
        let about = About { reference: &query.reference, trx: &trx, category: query.category };
        let url = wire::buy(&self.config, &trx);
        let talk = |call, deadline| Talk { call, about: &about, target: &query.target, deadline };
        let (mut outcome, mut exchange) = self.buy(&url, talk("bill-inquiry", self.config.timeout), now).await;
        let mut by = Asked::Purchase;
        loop {
            let heard = match outcome {
                Outcome::NotSent { why } | Outcome::MaybeSent { why } => Heard::Answer(BillAnswer::Unclear { why }),
                Outcome::Reply { status, body } => bill::read(by, &about, asked, status, &body, now),
            };
            if let Heard::Answer(answer) = heard {
                return (answer, exchange);
            }
            if began.elapsed() + LOOK_AGAIN >= self.config.timeout {
                return (BillAnswer::Unclear { why: Doubt::StillAsked.to_string() }, exchange);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            let left = self.config.timeout.saturating_sub(began.elapsed());
            let url = wire::check(&self.config, &trx);
            (outcome, exchange) = self.ask(&url, talk("bill-inquiry-check", left), now).await;
            by = Asked::Check;
        }
    }
}

/// One request about a purchase or an inquiry.
struct Talk<'a> {
    call: &'static str,
    about: &'a About<'a>,
    target: &'a Private,
    deadline: Duration,
}

/// One request.
struct Get<'a> {
    call: &'static str,
    url: &'a str,
    cap: usize,
    deadline: Duration,
    target: Option<&'a Private>,
}

#[async_trait]
impl Supplier for PulsaIf {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    fn account(&self) -> &Account {
        &self.config.account
    }

    fn trust(&self) -> StatusTrust {
        let request_timeout = TimeDelta::from_std(self.config.timeout).unwrap_or(TimeDelta::minutes(1));
        StatusTrust { absence: self.config.trust_absence, game_codes: true, request_timeout }
    }

    /// A bill is paid like anything else: its handle is empty.
    async fn purchase(&self, purchase: &Purchase, now: Moment) -> (Answer, Exchange) {
        let trx = trx(purchase);
        let about = About { reference: &purchase.reference, trx: &trx, category: purchase.category };
        let url = wire::buy(&self.config, &trx);
        let talk = Talk { call: "trx", about: &about, target: &purchase.target, deadline: self.config.timeout };
        let (outcome, exchange) = self.buy(&url, talk, now).await;
        (outcome.of_purchase(|status, body| map::answer(Asked::Purchase, &about, status, body, now)), exchange)
    }

    async fn status(&self, query: &StatusQuery, now: Moment) -> (Answer, Exchange) {
        let trx = trx(query);
        let about = About { reference: &query.reference, trx: &trx, category: query.category };
        let url = wire::check(&self.config, &trx);
        let talk = Talk { call: "trx-check", about: &about, target: &query.target, deadline: self.config.timeout };
        let (outcome, exchange) = self.ask(&url, talk, now).await;
        (outcome.of_question(|status, body| map::answer(Asked::Check, &about, status, body, now)), exchange)
    }

    async fn price_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        let body = self.read_list(now).await.0?;
        let list = listing::read(&self.id, &body);
        list.checked(&self.id)
    }

    async fn balance(&self, now: Moment) -> Result<Money, ReadFailed> {
        let url = wire::balance(&self.config);
        let deadline = self.config.timeout;
        let get = Get { call: "balance", url: url.as_str(), cap: BODY_CAP, deadline, target: None };
        read_balance(&whole(self.get(get, now).await.0)?)
    }

    async fn inquire_bill(&self, query: &BillQuery, now: Moment) -> Option<(BillAnswer, Exchange)> {
        let product = bill::asking_product(query)?;
        let fee = match self.fee(&query.code, now).await {
            Ok(fee) => fee,
            Err(told) => return Some(*told),
        };
        let asked = bill::Asked { fee, months: query.months };
        Some(self.inquire(query, &product, &asked, now).await)
    }

    /// Once for each payment, as an inquiry is told (specified by us).
    fn fees(&self, _bills: u16) -> u16 {
        1
    }

    fn verify_notice(&self, kind: &str, raw: &RawNotice, _now: Moment) -> Result<SupplierNotice, NoticeRejected> {
        notice::verify(&self.id, &self.config, kind, raw)
    }

    /// 200 `OK`, as servers of the family want it; the others specified by us.
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        plain_reply(outcome)
    }
}

fn trx(purchase: &Purchase) -> Trx<'_> {
    Trx { product: &purchase.code, dest: purchase.target.expose(), reference: purchase.reference.as_str() }
}

fn read_balance(body: &[u8]) -> Result<Money, ReadFailed> {
    let units = parse::line(body).ok().and_then(parse::balance);
    let balance = units.and_then(|units| map::rupiah(units).ok());
    balance.ok_or_else(|| ReadFailed::Unavailable("the reply does not say our balance".to_owned()))
}

/// The body of a whole reply that lets us in.
fn whole(outcome: Outcome) -> Result<Bytes, ReadFailed> {
    match outcome.of_reading()? {
        (200, body) => match parse::line(&body).ok().and_then(parse::door) {
            Some(door) => Err(ReadFailed::Unauthorised(map::closed(door).to_owned())),
            None => Ok(body),
        },
        (status, _) => Err(ReadFailed::Unavailable(Doubt::Http(status).to_string())),
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
