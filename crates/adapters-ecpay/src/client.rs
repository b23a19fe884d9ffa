//! One ECPay account as a [`Gateway`]: the parts of this crate put together around its one outgoing call.

use adapters_kit::{BODY_CAP, Http, Method as Verb, Outcome, Redactor, Request, unsent};
use async_trait::async_trait;
use domain::{Account, GatewayId, Moment, Money, Reference};
use ports::exchange::Exchange;
use ports::gateway::{
    CheckoutForm, CheckoutRefused, CheckoutRequest, Gateway, GatewayAnswer, GatewayNotice, Issued, Method, QUERY_LIMIT,
};
use ports::notice::{NoticeOutcome, NoticeRejected, NoticeReply, RawNotice};

use crate::checkout;
use crate::config::Config;
use crate::notice::{self, PRIVATE_FIELDS};
use crate::pacing::{BLOCKED_S, Pacing, TooFast};
use crate::query;
use crate::sign::CHECK_MAC_VALUE;
use crate::urls::Urls;

/// Our names for the two calls: how a payment stands, and what was issued to pay into.
const QUERY: &str = "query";
const INFO: &str = "payment-info";

/// One account at ECPay.
pub struct Ecpay {
    id: GatewayId,
    config: Config,
    urls: Urls,
    http: Http,
    redactor: Redactor,
    pacing: Pacing,
}

impl Ecpay {
    /// `urls` is where notices and browsers come in.
    pub fn new(id: GatewayId, config: Config, urls: Urls, http: Http) -> Self {
        let private: Vec<&'static str> = PRIVATE_FIELDS.iter().copied().chain([CHECK_MAC_VALUE]).collect();
        let redactor = Redactor::new(&private, config.secrets.clone());
        let pacing = Pacing::new(config.query_spacing);
        Self { id, config, urls, http, redactor, pacing }
    }

    /// ECPay AIO docs, QueryTradeInfo and QueryPaymentInfo.
    async fn ask(&self, call: &'static str, reference: &Reference, now: Moment) -> (Outcome, Exchange) {
        let path = if call == QUERY { "QueryTradeInfo/V5" } else { "QueryPaymentInfo" };
        let url = format!("{}/Cashier/{path}", self.config.base_url);
        let request = Request {
            provider: self.id.as_str(),
            call,
            method: Verb::Post,
            url: &url,
            headers: Vec::new(),
            content_type: Some("application/x-www-form-urlencoded"),
            body: query::request(&self.config, reference, now),
            deadline: QUERY_LIMIT,
            body_cap: BODY_CAP,
            redactor: &self.redactor,
        };
        let (outcome, exchange) = self.http.call(request, now).await;
        if matches!(outcome, Outcome::Reply { status: 403, .. }) {
            self.pacing.blocked(now);
        }
        (outcome, exchange)
    }

    fn answer(&self, reference: &Reference, outcome: Outcome) -> GatewayAnswer {
        match outcome {
            Outcome::NotSent { why } => {
                self.pacing.not_asked(reference);
                GatewayAnswer::Unclear { why }
            }
            Outcome::MaybeSent { why } => GatewayAnswer::Unclear { why },
            Outcome::Reply { status: 403, .. } => GatewayAnswer::Throttled { retry_after_s: BLOCKED_S },
            Outcome::Reply { status: 200, body } => {
                query::answer(&self.id, &self.config.account, &self.config.signer, reference, &body)
            }
            Outcome::Reply { status, .. } => GatewayAnswer::Unclear { why: format!("HTTP status {status}") },
        }
    }

    /// The record of a question that pacing kept at home.
    fn kept_at_home(&self, call: &'static str, wait: TooFast, now: Moment) -> Exchange {
        let why = format!("not asked: too soon, {} s to wait", wait.retry_after_s);
        unsent(self.id.as_str(), call, now, why)
    }
}

#[async_trait]
impl Gateway for Ecpay {
    fn id(&self) -> &GatewayId {
        &self.id
    }

    fn account(&self) -> &Account {
        &self.config.account
    }

    fn methods(&self, amount: Money) -> Vec<Method> {
        self.config.methods.offered(amount)
    }

    fn checkout_form(&self, request: &CheckoutRequest) -> Result<CheckoutForm, CheckoutRefused> {
        checkout::form(&self.config, &self.urls, request)
    }

    async fn query(&self, reference: &Reference, now: Moment) -> (GatewayAnswer, Exchange) {
        match self.pacing.admit(reference, now) {
            Ok(()) => {
                let (outcome, exchange) = self.ask(QUERY, reference, now).await;
                (self.answer(reference, outcome), exchange)
            }
            Err(wait) => {
                let answer = GatewayAnswer::Throttled { retry_after_s: wait.retry_after_s };
                (answer, self.kept_at_home(QUERY, wait, now))
            }
        }
    }

    async fn instructions(&self, reference: &Reference, now: Moment) -> (Option<Issued>, Exchange) {
        // It follows a query of the same reference, so it has no spacing; a block is everybody's.
        if let Err(wait) = self.pacing.unblocked(now) {
            return (None, self.kept_at_home(INFO, wait, now));
        }
        let (outcome, exchange) = self.ask(INFO, reference, now).await;
        let issued = match outcome {
            Outcome::Reply { status: 200, body } => {
                query::issued(&self.config.account, &self.config.signer, reference, &body)
            }
            Outcome::Reply { .. } | Outcome::NotSent { .. } | Outcome::MaybeSent { .. } => None,
        };
        (issued, exchange)
    }

    fn returned(&self, raw: &RawNotice) -> Result<Reference, NoticeRejected> {
        notice::returned(&self.config.account, &self.config.signer, raw)
    }

    fn verify_notice(&self, kind: &str, raw: &RawNotice) -> Result<GatewayNotice, NoticeRejected> {
        notice::verify(&self.id, &self.config.account, &self.config.signer, kind, raw)
    }

    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        notice::reply(outcome)
    }
}
