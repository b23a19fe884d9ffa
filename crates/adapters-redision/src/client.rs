//! Sends Redision's calls, one request each, and hands the replies to `map` and `listing`. No rule is decided here.

use std::sync::Arc;

use adapters_kit::{BODY_CAP, Http, LIST_CAP, Method, Outcome, PublicUrls, Request, plain_reply, rupiah, word};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause, StatusTrust};
use domain::{Account, Moment, Money, Private, SupplierId};
use ports::Exchange;
use ports::notice::{NoticeOutcome, NoticeRejected, NoticeReply, RawNotice};
use ports::settings::{BadSetting, RawSettings};
use ports::supplier::{Listing, Purchase, ReadFailed, StatusQuery, Supplier, SupplierNotice};
use serde::de::DeserializeOwned;

use crate::codes::{Meaning, meaning};
use crate::config::Config;
use crate::error::Doubt;
use crate::map::{self, Asked};
use crate::wire;
use crate::{listing, notice, sign};

struct Redision {
    id: SupplierId,
    config: Config,
    /// Where callbacks are sent to.
    callback_url: String,
    http: Http,
}

/// Checks the settings and makes the supplier. Opens no connection.
pub fn build(
    id: SupplierId,
    raw: &RawSettings,
    urls: &PublicUrls,
    http: &Http,
) -> Result<Arc<dyn Supplier>, BadSetting> {
    let config = Config::read(raw)?;
    let http = http.within(config.timeout).map_err(|error| raw.bad("TIMEOUT_MS", error.to_string()))?;
    let callback_url = urls.webhook(id.as_str(), notice::CALLBACK);
    Ok(Arc::new(Redision { id, config, callback_url, http }))
}

/// One request.
struct Call<'a> {
    name: &'static str,
    method: Method,
    path: &'a str,
    body: Vec<u8>,
    body_cap: usize,
    target: Option<&'a Private>,
}

impl Redision {
    async fn send(&self, call: Call<'_>, now: Moment) -> (Outcome, Exchange) {
        let signed = match call.method {
            Method::Get => call.path.as_bytes(),
            Method::Post => &call.body,
        };
        let request = Request {
            provider: self.id.as_str(),
            call: call.name,
            method: call.method,
            url: &format!("{}{}", self.config.base_url, call.path),
            headers: sign::headers(&self.config, signed),
            content_type: (call.method == Method::Post).then_some("application/json"),
            body: call.body,
            deadline: self.config.timeout,
            body_cap: call.body_cap,
            redactor: &self.config.redactor(call.target),
        };
        let (outcome, mut exchange) = self.http.call(request, now).await;
        exchange.busy |= matches!(&outcome, Outcome::Reply { status, body } if map::is_busy(*status, body));
        (outcome, exchange)
    }

    /// A call that changes nothing.
    async fn read<T: DeserializeOwned>(
        &self,
        name: &'static str,
        path: &str,
        body_cap: usize,
        now: Moment,
    ) -> Result<T, ReadFailed> {
        let call = Call { name, method: Method::Post, path, body: wire::nothing(), body_cap, target: None };
        let (status, body) = self.send(call, now).await.0.of_reading()?;
        data(status, &body)
    }
}

#[async_trait]
impl Supplier for Redision {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    fn account(&self) -> &Account {
        &self.config.account
    }

    /// A missing reference may be believed in time (decided by us). That its table of used references is kept in memory, as was
    /// seen in one build, matters to whoever sends a purchase twice, which nobody does.
    fn trust(&self) -> StatusTrust {
        let request_timeout = TimeDelta::from_std(self.config.timeout).unwrap_or(TimeDelta::minutes(1));
        StatusTrust { absence: true, game_codes: true, request_timeout }
    }

    async fn purchase(&self, purchase: &Purchase, now: Moment) -> (Answer, Exchange) {
        let reference = purchase.reference.as_str();
        let target = purchase.target.expose();
        let body = wire::top_up(reference, &purchase.code, target, rupiah::whole(purchase.cost), &self.callback_url);
        let call = Call {
            name: "topup",
            method: Method::Post,
            path: wire::TOPUP,
            body,
            body_cap: BODY_CAP,
            target: Some(&purchase.target),
        };
        let (outcome, exchange) = self.send(call, now).await;
        (outcome.of_purchase(|status, body| map::answer(Asked::TopUp, &purchase.reference, status, body)), exchange)
    }

    async fn status(&self, query: &StatusQuery, now: Moment) -> (Answer, Exchange) {
        let call = Call {
            name: "check",
            method: Method::Get,
            path: &wire::check_path(query.reference.as_str()),
            body: Vec::new(),
            body_cap: BODY_CAP,
            target: Some(&query.target),
        };
        let (outcome, exchange) = self.send(call, now).await;
        (outcome.of_question(|status, body| map::answer(Asked::Check, &query.reference, status, body)), exchange)
    }

    async fn price_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        let list: wire::Products = self.read("products", wire::PRODUCTS, LIST_CAP, now).await?;
        let list = listing::read(&self.id, list.products);
        list.checked(&self.id)
    }

    async fn balance(&self, now: Moment) -> Result<Money, ReadFailed> {
        let reply: wire::Balance = self.read("balance", wire::BALANCE, BODY_CAP, now).await?;
        let balance = reply.balance.as_ref().and_then(rupiah::money);
        balance.ok_or_else(|| ReadFailed::Unavailable("the balance is not a whole number of rupiah".to_owned()))
    }

    fn verify_notice(&self, kind: &str, raw: &RawNotice, _now: Moment) -> Result<SupplierNotice, NoticeRejected> {
        notice::verify(&self.id, &self.config, kind, raw)
    }

    /// Which answer Redision expects is not known; any 2xx for "stop", specified by us.
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        plain_reply(outcome)
    }
}

/// What is in an accepted reply. A wrong signature was seen to be told by HTTP status 401, whatever its body says.
fn data<T: DeserializeOwned>(http: u16, body: &Bytes) -> Result<T, ReadFailed> {
    if !matches!(http, 200 | 400 | 401 | 403) {
        return Err(unavailable(Doubt::Http(http)));
    }
    let envelope = match wire::envelope(body) {
        Ok(envelope) => envelope,
        Err(_) if matches!(http, 401 | 403) => return Err(ReadFailed::Unauthorised(format!("HTTP status {http}"))),
        Err(doubt) => return Err(unavailable(doubt)),
    };
    let code = format!("result code {}", word(&envelope.retcode));
    match meaning(&envelope.retcode) {
        Some(Meaning::Accepted) if envelope.success && http == 200 => {
            envelope.data().map_err(unavailable)?.ok_or_else(|| unavailable(Doubt::Unreadable))
        }
        Some(Meaning::TurnedAway(Cause::Account)) => Err(ReadFailed::Unauthorised(code)),
        Some(Meaning::TurnedAway(Cause::Busy)) => Err(ReadFailed::Busy(code)),
        _ => Err(ReadFailed::Unavailable(code)),
    }
}

fn unavailable(doubt: Doubt) -> ReadFailed {
    ReadFailed::Unavailable(doubt.to_string())
}

#[cfg(test)]
mod tests {
    use domain::Currency;
    use proptest::prelude::*;

    use super::*;

    fn balance(http: u16, body: &str) -> Result<Option<Money>, ReadFailed> {
        let reply: wire::Balance = data(http, &Bytes::copy_from_slice(body.as_bytes()))?;
        Ok(reply.balance.as_ref().and_then(rupiah::money))
    }

    #[test]
    fn a_balance_is_read_in_every_form() {
        for balance_of in ["1234567", r#""1234567""#, r#""1.234.567""#, r#""Rp1.234.567""#] {
            let body =
                format!(r#"{{"success":true,"retcode":"0000","message":"success","data":{{"balance":{balance_of}}}}}"#);
            assert_eq!(balance(200, &body), Ok(Some(Money::from_units(1_234_567, Currency::Idr).unwrap())));
        }
    }

    #[test]
    fn a_client_that_is_not_let_in_needs_a_person_and_all_else_another_try() {
        let unauthorised = |http, body: &str| matches!(balance(http, body), Err(ReadFailed::Unauthorised(_)));
        for code in ["E0001", "E0002", "E0003"] {
            for http in [200, 400, 401, 403] {
                assert!(
                    unauthorised(http, &format!(r#"{{"success":false,"retcode":"{code}","data":null}}"#)),
                    "{code}"
                );
            }
        }
        let maintenance = balance(400, r#"{"success":false,"retcode":"E0099","data":null}"#);
        assert!(matches!(maintenance, Err(ReadFailed::Busy(_))), "{maintenance:?}");
        assert!(unauthorised(401, "invalid bodysign") && unauthorised(403, "<html></html>"));
        for (http, body) in [
            (200, ""),
            (200, "<html></html>"),
            (200, r#"{"success":true,"retcode":"0000","data":null}"#),
            (200, r#"{"success":true,"retcode":"0000"}"#),
            (200, r#"{"success":false,"retcode":"0000","data":{"balance":5}}"#),
            (400, r#"{"success":true,"retcode":"0000","data":{"balance":5}}"#),
            (200, r#"{"success":true,"retcode":"0000","data":{"balance":[5]}}"#),
            (400, r#"{"success":false,"retcode":"E9999","data":null}"#),
            (307, ""),
            (429, r#"{"success":true,"retcode":"0000","data":{"balance":5}}"#),
            (500, r#"{"success":false,"retcode":"E0001","data":null}"#),
        ] {
            assert!(matches!(balance(http, body), Err(ReadFailed::Unavailable(_))), "{http} {body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_balance_and_no_list(http in any::<u16>(), body in any::<Vec<u8>>()) {
            let body = Bytes::from(body);
            prop_assert!(data::<wire::Balance>(http, &body).is_err());
            prop_assert!(data::<wire::Products>(http, &body).is_err());
        }
    }
}
