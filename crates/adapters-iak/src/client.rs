//! Sends IAK's prepaid calls, one request each, and hands the replies to `map` and `listing`; bills go to `bills`. No rule is
//! decided here.

use std::sync::Arc;

use adapters_kit::{BODY_CAP, Http, LIST_CAP, Method, Outcome, PublicUrls, Request, filled, plain_reply, rupiah, word};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause, StatusTrust};
use domain::{Account, Moment, Money, Private, SupplierId};
use ports::Exchange;
use ports::bill::{BillAnswer, BillQuery};
use ports::inquiry::{Finding, Inquiry};
use ports::notice::{NoticeOutcome, NoticeRejected, NoticeReply, RawNotice};
use ports::settings::{BadSetting, RawSettings};
use ports::supplier::{Listing, Purchase, ReadFailed, StatusQuery, Supplier, SupplierNotice};
use secrecy::ExposeSecret;

use crate::codes::{Meaning, lets_us_in, meaning};
use crate::config::Config;
use crate::map::{self, About, Asked};
use crate::wire::{self, Prices};
use crate::{inquiry, listing, notice, sign};

pub struct Iak {
    pub id: SupplierId,
    pub config: Config,
    http: Http,
}

/// One request.
pub struct Call<'a> {
    /// Our name for it.
    pub name: &'static str,
    pub url: String,
    pub body: Vec<u8>,
    pub body_cap: usize,
    /// Whom it is about.
    pub target: Option<&'a Private>,
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
    Ok(Arc::new(Iak { id, config, http }))
}

impl Iak {
    fn prepaid<'a>(&self, name: &'static str, path: &str, body: Vec<u8>, target: Option<&'a Private>) -> Call<'a> {
        Call { name, url: format!("{}{path}", self.config.base_url), body, body_cap: BODY_CAP, target }
    }

    pub async fn post(&self, call: Call<'_>, now: Moment) -> (Outcome, Exchange) {
        let Call { name, url, body, body_cap, target } = call;
        let request = Request {
            provider: self.id.as_str(),
            call: name,
            method: Method::Post,
            url: &url,
            headers: Vec::new(),
            content_type: Some("application/json"),
            body,
            deadline: self.config.timeout,
            body_cap,
            redactor: &self.config.redactor(target),
        };
        self.http.call(request, now).await
    }

    pub fn sign(&self, what: &str) -> String {
        sign::sign(self.config.username.expose_secret(), &self.config.api_key, what)
    }
}

#[async_trait]
impl Supplier for Iak {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    fn account(&self) -> &Account {
        &self.config.account
    }

    /// IAK keeps a reference from the moment it answers, so a missing one may be believed in time.
    fn trust(&self) -> StatusTrust {
        let request_timeout = TimeDelta::from_std(self.config.timeout).unwrap_or(TimeDelta::minutes(1));
        StatusTrust { absence: true, game_codes: true, request_timeout }
    }

    async fn purchase(&self, purchase: &Purchase, now: Moment) -> (Answer, Exchange) {
        if purchase.category.is_bill() {
            return self.pay_bill(purchase, now).await;
        }
        let reference = purchase.reference.as_str();
        let body = wire::top_up(
            self.config.username.expose_secret(),
            reference,
            purchase.target.expose(),
            &purchase.code,
            &self.sign(reference),
        );
        let call = self.prepaid("top-up", "/api/top-up", body, Some(&purchase.target));
        let (outcome, exchange) = self.post(call, now).await;
        (outcome.of_purchase(|status, body| map::answer(Asked::TopUp, about(purchase), status, body)), exchange)
    }

    async fn status(&self, query: &StatusQuery, now: Moment) -> (Answer, Exchange) {
        if query.category.is_bill() {
            return self.bill_status(query, now).await;
        }
        let reference = query.reference.as_str();
        let body = wire::check_status(self.config.username.expose_secret(), reference, &self.sign(reference));
        let call = self.prepaid("check-status", "/api/check-status", body, Some(&query.target));
        let (outcome, exchange) = self.post(call, now).await;
        (outcome.of_question(|status, body| map::answer(Asked::Status, about(query), status, body)), exchange)
    }

    async fn price_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        let body = wire::price_list(self.config.username.expose_secret(), &self.sign(sign::PRICE_LIST));
        let call = Call { body_cap: LIST_CAP, ..self.prepaid("pricelist", "/api/pricelist", body, None) };
        let (outcome, _) = self.post(call, now).await;
        let list = match wire::prices(&reply(outcome)?).map_err(unavailable)? {
            Prices::Lines(lines) => listing::read(&self.id, lines),
            Prices::Code(rc) => return Err(refused(&rc)),
        };
        // The list is one: without its bills they would be switched off.
        let mut listings = list.checked(&self.id)?;
        listings.extend(self.bill_list(now).await?);
        Ok(listings)
    }

    async fn balance(&self, now: Moment) -> Result<Money, ReadFailed> {
        let body = wire::check_balance(self.config.username.expose_secret(), &self.sign(sign::BALANCE));
        let (outcome, _) = self.post(self.prepaid("check-balance", "/api/check-balance", body, None), now).await;
        read_balance(&reply(outcome)?)
    }

    fn answers(&self, inquiry: &Inquiry) -> bool {
        inquiry::question(inquiry).is_some()
    }

    async fn inquire(&self, inquiry: &Inquiry, now: Moment) -> Result<Finding, ReadFailed> {
        let Some(question) = inquiry::question(inquiry) else { return Ok(Finding::NotOffered) };
        let sign = self.sign(question.signed);
        let body = wire::inquiry(self.config.username.expose_secret(), &question.fields, &sign);
        let call = self.prepaid(question.call, question.path, body, inquiry.target());
        let (status, body) = self.post(call, now).await.0.of_reading()?;
        inquiry::read(inquiry, status, &body)
    }

    async fn inquire_bill(&self, query: &BillQuery, now: Moment) -> Option<(BillAnswer, Exchange)> {
        self.ask_bill(query, now).await
    }

    fn verify_notice(&self, kind: &str, raw: &RawNotice, _now: Moment) -> Result<SupplierNotice, NoticeRejected> {
        notice::verify(&self.id, &self.config, kind, raw)
    }

    /// The documents do not say which answer IAK expects; any 2xx for "stop", specified by us.
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        plain_reply(outcome)
    }
}

fn about(purchase: &Purchase) -> About<'_> {
    About { reference: &purchase.reference, code: Some(&purchase.code) }
}

/// The body of a reply that has something to read: IAK also words refusals under HTTP 400.
pub fn reply(outcome: Outcome) -> Result<Bytes, ReadFailed> {
    match outcome.of_reading()? {
        (200 | 400, body) => Ok(body),
        (status, _) => Err(ReadFailed::Unavailable(format!("HTTP status {status}"))),
    }
}

fn read_balance(body: &[u8]) -> Result<Money, ReadFailed> {
    let reply = wire::balance(body).map_err(unavailable)?;
    match filled(reply.rc.as_ref()).as_deref() {
        Some("00") => {}
        Some(rc) => return Err(refused(rc)),
        None => return Err(unavailable(crate::error::Doubt::NoCode)),
    }
    let balance = reply.balance.as_ref().and_then(rupiah::money);
    balance.ok_or_else(|| ReadFailed::Unavailable("the balance is not a whole number of rupiah".to_owned()))
}

pub fn unavailable(doubt: crate::error::Doubt) -> ReadFailed {
    ReadFailed::Unavailable(doubt.to_string())
}

pub fn refused(rc: &str) -> ReadFailed {
    refused_as(rc, lets_us_in(rc))
}

pub fn refused_as(rc: &str, lets_us_in: bool) -> ReadFailed {
    let words = format!("result code {}", word(rc));
    match lets_us_in {
        false => ReadFailed::Unauthorised(words),
        true if meaning(rc) == Some(Meaning::TurnedAway(Cause::Busy)) => ReadFailed::Busy(words),
        true => ReadFailed::Unavailable(words),
    }
}

#[cfg(test)]
mod tests {
    use domain::Currency;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_balance_is_read_in_every_form() {
        for body in [
            r#"{"data":{"balance":997136249,"message":"SUCCESS","rc":"00"}}"#,
            r#"{"data":{"balance":"997136249","message":"SUCCESS","rc":"00"}}"#,
            r#"{"data":{"balance":997136249.0,"message":"SUCCESS","rc":"00"}}"#,
        ] {
            assert_eq!(read_balance(body.as_bytes()), Ok(Money::from_units(997_136_249, Currency::Idr).unwrap()));
        }
    }

    #[test]
    fn a_refused_or_unreadable_balance_says_why() {
        let refused = |body: &str| read_balance(body.as_bytes()).unwrap_err();
        for rc in ["102", "118", "204"] {
            let body = format!(r#"{{"data":{{"rc":"{rc}"}}}}"#);
            assert_eq!(refused(&body), ReadFailed::Unauthorised(format!("result code {rc}")));
        }
        for body in [
            "",
            "{}",
            r#"{"data":{"rc":"17"}}"#,
            r#"{"data":{"balance":5}}"#,
            r#"{"data":{"balance":1.5,"rc":"00"}}"#,
            r#"{"data":["00",5]}"#,
            r#"[{"balance":5,"rc":"00"}]"#,
        ] {
            assert!(matches!(refused(body), ReadFailed::Unavailable(_)), "{body}");
        }
        let maintenance = refused(r#"{"data":{"rc":"110"}}"#);
        assert_eq!(maintenance, ReadFailed::Busy("result code 110".to_owned()));
    }

    #[test]
    fn replies_of_other_http_statuses_are_not_read() {
        let read = |status| reply(Outcome::Reply { status, body: Bytes::from_static(b"{}") });
        for status in [201, 302, 401, 404, 500, 503] {
            assert_eq!(read(status), Err(ReadFailed::Unavailable(format!("HTTP status {status}"))));
        }
        assert_eq!(read(429), Err(ReadFailed::Busy("HTTP status 429".to_owned())));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_balance_and_no_list(body in any::<Vec<u8>>()) {
            prop_assert!(matches!(read_balance(&body), Err(ReadFailed::Unavailable(_))));
            prop_assert!(wire::prices(&body).is_err());
        }

        #[test]
        fn any_balance_is_whole_rupiah_or_none(text in any::<String>(), number in any::<f64>()) {
            for balance in [serde_json::json!(text), serde_json::json!(number)] {
                let body = serde_json::json!({ "data": { "balance": balance, "rc": "00" } }).to_string();
                let whole = read_balance(body.as_bytes()).map_or(true, |money| money.minor() % 100 == 0);
                prop_assert!(whole);
            }
        }
    }
}
