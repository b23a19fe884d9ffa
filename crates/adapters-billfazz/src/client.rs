//! Sends BillFazz's calls, one request each, and hands the replies to `map`, `bill`, `inquiry` and `listing`. No rule is decided
//! here.

use std::sync::Arc;

use adapters_kit::{BODY_CAP, Http, LIST_CAP, Method, Outcome, PublicUrls, Request, plain_reply, rupiah, word};
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
use serde_json::Value;

use crate::codes::Meaning;
use crate::config::Config;
use crate::error::Doubt;
use crate::map::{self, About, Asked};
use crate::wire;
use crate::{bill, inquiry, listing, notice, sign};

struct Billfazz {
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
    Ok(Arc::new(Billfazz { id, config, callback_url, http }))
}

/// One request: a POST where there is a body, else a GET.
struct Call<'a> {
    name: &'static str,
    path: &'a str,
    body: Vec<u8>,
    body_cap: usize,
    target: Option<&'a Private>,
}

impl Billfazz {
    async fn send(&self, call: Call<'_>, now: Moment) -> (Outcome, Exchange) {
        let (method, content_type) =
            if call.body.is_empty() { (Method::Get, None) } else { (Method::Post, Some("application/json")) };
        let credentials = sign::basic(self.config.account.as_str(), &self.config.secret);
        let request = Request {
            provider: self.id.as_str(),
            call: call.name,
            method,
            url: &format!("{}{}", self.config.base_url, call.path),
            headers: vec![("authorization", credentials)],
            content_type,
            body: call.body,
            deadline: self.config.timeout,
            body_cap: call.body_cap,
            redactor: &self.config.redactor(call.target),
        };
        self.http.call(request, now).await
    }

    /// A call that changes nothing.
    async fn read(&self, name: &'static str, path: &str, body_cap: usize, now: Moment) -> Result<Bytes, ReadFailed> {
        let call = Call { name, path, body: Vec::new(), body_cap, target: None };
        match self.send(call, now).await.0.of_reading()? {
            (200, body) => Ok(body),
            (status, body) => Err(not_read(status, &body)),
        }
    }

    async fn products(&self, postpaid: bool, now: Moment) -> Result<Vec<Value>, ReadFailed> {
        products(&self.read("products", wire::products_path(postpaid), LIST_CAP, now).await?)
    }
}

#[async_trait]
impl Supplier for Billfazz {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    fn account(&self) -> &Account {
        &self.config.account
    }

    /// An order is there from the moment it is answered, so a missing one may be believed in time (specified by us).
    fn trust(&self) -> StatusTrust {
        let request_timeout = TimeDelta::from_std(self.config.timeout).unwrap_or(TimeDelta::minutes(1));
        StatusTrust { absence: true, game_codes: true, request_timeout }
    }

    async fn purchase(&self, purchase: &Purchase, now: Moment) -> (Answer, Exchange) {
        let (reference, target) = (purchase.reference.as_str(), &purchase.target);
        let (asked, name, path, body) = match &purchase.bill {
            Some(handle) => {
                let body = wire::postpaid_payment(&handle.0, reference, &self.callback_url);
                (Asked::Payment, "postpaid-payment", wire::POSTPAID_PAYMENT, body)
            }
            None => {
                let body = wire::prepaid_payment(target.expose(), reference, &purchase.code, &self.callback_url);
                (Asked::Purchase, "prepaid-payment", wire::PREPAID_PAYMENT, body)
            }
        };
        let call = Call { name, path, body, body_cap: BODY_CAP, target: Some(target) };
        let (outcome, exchange) = self.send(call, now).await;
        (outcome.of_purchase(|status, body| map::answer(asked, about(purchase), status, body)), exchange)
    }

    async fn status(&self, query: &StatusQuery, now: Moment) -> (Answer, Exchange) {
        let path = wire::order_path(query.reference.as_str());
        let call =
            Call { name: "orders", path: &path, body: Vec::new(), body_cap: BODY_CAP, target: Some(&query.target) };
        let (outcome, exchange) = self.send(call, now).await;
        (outcome.of_question(|status, body| map::answer(Asked::Status, about(query), status, body)), exchange)
    }

    /// Both lists or none: what is missing counts as not sold any more.
    async fn price_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        let prepaid = self.products(false, now).await?;
        let postpaid = self.products(true, now).await?;
        let list = listing::read(&self.id, prepaid, postpaid);
        list.checked(&self.id)
    }

    async fn balance(&self, now: Moment) -> Result<Money, ReadFailed> {
        balance(&self.read("balance", wire::BALANCE, BODY_CAP, now).await?)
    }

    fn answers(&self, inquiry: &Inquiry) -> bool {
        inquiry::question(inquiry).is_some()
    }

    async fn inquire(&self, inquiry: &Inquiry, now: Moment) -> Result<Finding, ReadFailed> {
        let Some((target, kind)) = inquiry::question(inquiry) else { return Ok(Finding::NotOffered) };
        let body = wire::prepaid_info(target.expose(), kind);
        let call =
            Call { name: "prepaid-info", path: wire::PREPAID_INFO, body, body_cap: BODY_CAP, target: Some(target) };
        let (status, body) = self.send(call, now).await.0.of_reading()?;
        inquiry::read(inquiry, status, &body)
    }

    /// The reference is not told: only the payment has it.
    async fn inquire_bill(&self, query: &BillQuery, now: Moment) -> Option<(BillAnswer, Exchange)> {
        if !bill::pays(query.category) {
            return None;
        }
        let body = wire::postpaid_inquiry(query.target.expose(), &query.code, bill::months(query));
        let call = Call {
            name: "postpaid-inquiry",
            path: wire::POSTPAID_INQUIRY,
            body,
            body_cap: BODY_CAP,
            target: Some(&query.target),
        };
        let (outcome, exchange) = self.send(call, now).await;
        Some((outcome.of_inquiry(|status, body| bill::read(query, status, body)), exchange))
    }

    fn verify_notice(&self, kind: &str, raw: &RawNotice, now: Moment) -> Result<SupplierNotice, NoticeRejected> {
        notice::verify(&self.id, &self.config, kind, raw, now)
    }

    /// Any 2xx for "stop"; specified by us.
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        plain_reply(outcome)
    }
}

fn about(purchase: &Purchase) -> About<'_> {
    About { reference: &purchase.reference, code: Some(&purchase.code), category: Some(purchase.category) }
}

fn products(body: &[u8]) -> Result<Vec<Value>, ReadFailed> {
    Ok(wire::products(body).map_err(unavailable)?.data)
}

fn balance(body: &[u8]) -> Result<Money, ReadFailed> {
    let reply: wire::Balance = wire::content(body).map_err(unavailable)?;
    let balance = reply.balance.as_ref().and_then(rupiah::money);
    balance.ok_or_else(|| ReadFailed::Unavailable("the balance is not a whole number of rupiah".to_owned()))
}

/// Who is not let in needs a person. Wrong credentials of HTTP Basic are HTTP's own 401, whoever says so.
fn not_read(http: u16, body: &[u8]) -> ReadFailed {
    match map::error(http, body) {
        Ok((Meaning::TurnedAway(Cause::Account), refusal)) => ReadFailed::Unauthorised(word(&refusal.code)),
        Err(_) if http == 401 => ReadFailed::Unauthorised("HTTP status 401".to_owned()),
        Ok((_, refusal)) => ReadFailed::Unavailable(word(&refusal.code)),
        Err(doubt) => unavailable(doubt),
    }
}

fn unavailable(doubt: Doubt) -> ReadFailed {
    ReadFailed::Unavailable(doubt.to_string())
}

#[cfg(test)]
mod tests {
    use domain::Currency;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_balance_is_read_bare_and_under_data_in_every_form() {
        for body in [
            r#"{"balance":1234567}"#,
            r#"{"data":{"balance":"1.234.567"}}"#,
            r#"{"balance":"Rp1.234.567","data":null}"#,
            r#"{"data":{"balance":1234567.0}}"#,
        ] {
            assert_eq!(balance(body.as_bytes()), Ok(Money::from_units(1_234_567, Currency::Idr).unwrap()), "{body}");
        }
        for body in ["", "{}", "1234567", r#"{"balance":1.5}"#, r#"{"balance":-5}"#, r#"{"data":1234567}"#, "<html>"] {
            assert!(matches!(balance(body.as_bytes()), Err(ReadFailed::Unavailable(_))), "{body}");
        }
    }

    #[test]
    fn who_is_not_let_in_needs_a_person_and_all_else_another_try() {
        for (http, body) in [
            (401, r#"{"code":"INVALID_CREDENTIAL","message":"no"}"#),
            (403, r#"{"code":"IP_NOT_ALLOWED","message":"no"}"#),
            (401, "<html>Authorization Required</html>"),
        ] {
            assert!(matches!(not_read(http, body.as_bytes()), ReadFailed::Unauthorised(_)), "{http} {body}");
        }
        for (http, body) in [
            (403, "<html>Forbidden</html>"),
            (403, r#"{"code":"INVALID_CREDENTIAL"}"#),
            (429, r#"{"code":"TOO_MANY_REQUESTS","message":"no"}"#),
            (500, r#"{"code":"INTERNAL","message":"no"}"#),
            (201, r#"{"balance":5}"#),
            (307, ""),
            (502, "<html>Bad Gateway</html>"),
        ] {
            assert!(matches!(not_read(http, body.as_bytes()), ReadFailed::Unavailable(_)), "{http} {body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_balance_and_no_list(body in any::<Vec<u8>>()) {
            prop_assert!(balance(&body).is_err());
            prop_assert!(products(&body).is_err());
        }

        #[test]
        fn any_bytes_need_a_person_only_with_http_s_own_word(http in any::<u16>(), body in any::<Vec<u8>>()) {
            prop_assert_eq!(matches!(not_read(http, &body), ReadFailed::Unauthorised(_)), http == 401);
        }

        #[test]
        fn any_balance_is_whole_rupiah_or_none(value in supplier_lab::any_json("Rp[0-9.]{1,9}", "balance")) {
            for body in [json!({ "balance": value }), json!({ "data": { "balance": value } }), json!({ "data": value })] {
                let whole = balance(body.to_string().as_bytes()).map_or(true, |money| money.whole_units().is_ok());
                prop_assert!(whole, "{}", body);
            }
        }
    }
}
