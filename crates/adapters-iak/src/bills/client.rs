//! Sends IAK's postpaid calls, one request each. No rule is decided here.

use adapters_kit::{BODY_CAP, LIST_CAP, NOT_SENT, unsent};
use domain::Moment;
use domain::fulfilment::{Answer, Cause};
use ports::Exchange;
use ports::bill::{BillAnswer, BillQuery};
use ports::supplier::{Listing, Purchase, ReadFailed, StatusQuery};
use secrecy::ExposeSecret;

use super::map::{self, About};
use super::wire::{self, Bills};
use super::{codes, listing};
use crate::client::{Call, Iak, refused_as, reply, unavailable};
use crate::sign;

/// The one path there is; `commands` selects.
const PATH: &str = "/api/v1/bill/check";

impl Iak {
    /// Whether bills are sold here: their host is a setting of its own.
    fn bills_url(&self) -> Option<String> {
        self.config.postpaid_url.as_ref().map(|url| format!("{url}{PATH}"))
    }

    /// Every bill on IAK's list; none where bills are not sold here.
    pub(crate) async fn bill_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        let Some(url) = self.bills_url() else { return Ok(Vec::new()) };
        let body = wire::list(self.config.username.expose_secret(), &self.sign(sign::PRICE_LIST));
        let call = Call { name: "pricelist-pasca", url, body, body_cap: LIST_CAP, target: None };
        let list = match wire::bills(&reply(self.post(call, now).await.0)?).map_err(unavailable)? {
            Bills::Lines(lines) => listing::read(&self.id, lines),
            Bills::Code(rc) => return Err(refused_as(&rc, codes::lets_us_in(&rc))),
        };
        list.checked(&self.id)
    }

    pub(crate) async fn ask_bill(&self, query: &BillQuery, now: Moment) -> Option<(BillAnswer, Exchange)> {
        let url = self.bills_url().filter(|_| query.category.is_bill())?;
        let reference = query.reference.as_str();
        let body = wire::inquiry(
            self.config.username.expose_secret(),
            &query.code,
            query.target.expose(),
            reference,
            query.months,
            &self.sign(reference),
        );
        let call = Call { name: "inq-pasca", url, body, body_cap: BODY_CAP, target: Some(&query.target) };
        let (outcome, exchange) = self.post(call, now).await;
        let about = About { reference: &query.reference, code: &query.code, number: &query.target, tr_id: None };
        Some((outcome.of_inquiry(|status, body| map::inquired(about, query.months, now, status, body)), exchange))
    }

    /// Pays what the inquiry of this handle found. Without one there is nothing to pay, and nothing is sent.
    pub(crate) async fn pay_bill(&self, purchase: &Purchase, now: Moment) -> (Answer, Exchange) {
        let tr_id = purchase.bill.as_ref().and_then(|handle| map::tr_id(&handle.0));
        let (Some(url), Some(tr_id)) = (self.bills_url(), tr_id) else { return self.not_sent("pay-pasca", now) };
        let sign = self.sign(&tr_id.to_string());
        let body = wire::payment(self.config.username.expose_secret(), tr_id, &sign);
        let call = Call { name: "pay-pasca", url, body, body_cap: BODY_CAP, target: Some(&purchase.target) };
        let (outcome, exchange) = self.post(call, now).await;
        (outcome.of_purchase(|status, body| map::paid(about(purchase, Some(tr_id)), status, body)), exchange)
    }

    pub(crate) async fn bill_status(&self, query: &StatusQuery, now: Moment) -> (Answer, Exchange) {
        let Some(url) = self.bills_url() else {
            let (_, exchange) = self.not_sent("checkstatus", now);
            return (Answer::Unclear { why: "POSTPAID_URL is not set".to_owned() }, exchange);
        };
        let sign = self.sign(sign::BILL_STATUS);
        let body = wire::check_status(self.config.username.expose_secret(), query.reference.as_str(), &sign);
        let call = Call { name: "checkstatus", url, body, body_cap: BODY_CAP, target: Some(&query.target) };
        let (outcome, exchange) = self.post(call, now).await;
        (outcome.of_question(|status, body| map::status(about(query, None), status, body)), exchange)
    }

    /// A call that cannot be made: no byte left.
    fn not_sent(&self, call: &'static str, now: Moment) -> (Answer, Exchange) {
        let why = "without an inquiry, or without POSTPAID_URL, there is nothing to send";
        let exchange = unsent(self.id.as_str(), call, now, why.to_owned());
        (Answer::Refused { cause: Cause::NotFormed, code: NOT_SENT.to_owned() }, exchange)
    }
}

fn about(purchase: &Purchase, tr_id: Option<u64>) -> About<'_> {
    About { reference: &purchase.reference, code: &purchase.code, number: &purchase.target, tr_id }
}
