//! Opening the gateway's page: each opening is a new reference, written down before the form leaves.

use domain::payment::NewCheckout;
use domain::{Actor, Event, GatewayId, Order, OrderId, PaymentNo, Reference, Refusal, What};
use ports::gateway::{CheckoutForm, CheckoutRequest, Method};
use ports::notice::{NoticeRejected, RawNotice};
use ports::{Gateway, gateway::CheckoutRefused};

use crate::along::Along;
use crate::{ActError, Acted, Answer, Engine, Rendered, Request};

/// Which payment to open, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCheckout {
    /// The payment to open a page for.
    pub payment: PaymentNo,
    /// `None`: the first gateway that offers the method.
    pub gateway: Option<GatewayId>,
    /// One that the gateway offers for the amount.
    pub method: String,
    /// `id`, `zh-TW` or `en`.
    pub language: String,
    /// Who opens it.
    pub actor: Actor,
}

/// A repeatable request to open a checkout: its answer holds the form.
pub struct CheckoutAnswer<'a> {
    /// Principal and route.
    pub scope: &'a str,
    /// As the client chose it.
    pub key: &'a str,
    /// SHA-256 of the body.
    pub hash: [u8; 32],
    /// Words the answer; stored in the same commit.
    pub render: &'a (dyn Fn(&Order, &Reference, &CheckoutForm) -> Rendered + Send + Sync),
}

/// An opened checkout, or the answer given when it was opened before.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// The form is for the customer's browser. `answer` is what was stored for a repetition of the request.
    New { order: Box<Order>, reference: Reference, form: CheckoutForm, answer: Option<Answer> },
    /// The same request was answered before, so.
    Replayed(Answer),
}

impl Engine {
    /// The methods that take this amount, by gateway.
    pub fn payment_methods(&self, amount: domain::Money) -> Vec<(GatewayId, Method)> {
        let all = self.gateways.iter();
        all.flat_map(|(id, slot)| slot.adapter.methods(amount).into_iter().map(|m| (id.clone(), m))).collect()
    }

    /// Opens a page: writes its reference down, then hands out the form.
    ///
    /// # Errors
    /// Nothing was opened; [`ActError::Unavailable`]: perhaps it was, and nobody has its form.
    pub async fn open_checkout(
        &self,
        id: OrderId,
        ask: OpenCheckout,
        request: Option<CheckoutAnswer<'_>>,
    ) -> Result<Opened, ActError> {
        let known = self.known(id).await?;
        let order = known.order.clone();
        let payment = order.payment(ask.payment).ok_or(Refusal::NoSuch("payment"))?;
        let (gateway, method) = self.offering(&ask, payment.amount)?;
        let now = self.clock.now();
        let reference = self.fresh_reference(now);
        let form = gateway.checkout_form(&CheckoutRequest {
            reference: reference.clone(),
            amount: payment.amount,
            method: method.name.clone(),
            items: order.items.iter().map(|i| i.name.clone()).collect(),
            language: ask.language.clone(),
            now,
        })?;
        let event = Event {
            what: What::CheckoutOpened(NewCheckout {
                payment: ask.payment,
                reference: reference.clone(),
                gateway: gateway.id().clone(),
                account: gateway.account().clone(),
                method: method.name,
                code_life: method.code_life,
                lag: method.lag,
            }),
            actor: ask.actor,
        };
        let render = |order: &Order| match &request {
            Some(r) => (r.render)(order, &reference, &form),
            None => Rendered { status: 200, body: String::new() },
        };
        let inner = request.as_ref().map(|r| Request { scope: r.scope, key: r.key, hash: r.hash, render: &render });
        let acted = self.apply(known, &event, Along { request: inner.as_ref(), ..Along::default() }).await?;
        match acted {
            Acted::Applied { order, answer } => {
                Ok(Opened::New { order, reference: reference.clone(), form: form.clone(), answer })
            }
            Acted::Replayed(answer) => Ok(Opened::Replayed(answer)),
            // A fresh reference cannot have been opened before.
            Acted::AlreadyApplied(_) => Err(ActError::Conflict),
        }
    }

    /// The customer's browser is back from a gateway's page: for which checkout, if what it carries is signed. Nothing is stored
    /// and nothing is believed. `None`: no gateway here has this id.
    pub fn returned(&self, gateway: &str, raw: &RawNotice) -> Option<Result<Reference, NoticeRejected>> {
        let (_, slot) = self.gateways.iter().find(|(id, _)| id.as_str() == gateway)?;
        let returned = slot.adapter.returned(raw);
        let outcome = if returned.is_ok() { "signed" } else { "refused" };
        self.counters.add("seberang_browser_returns_total", &[("provider", gateway), ("outcome", outcome)]);
        Some(returned)
    }

    /// The order of a checkout that this gateway's page was opened with.
    ///
    /// # Errors
    /// [`ActError::NotFound`] when there is none.
    pub async fn order_of_checkout(&self, gateway: &str, reference: &Reference) -> Result<Order, ActError> {
        let slot = self.gateways.iter().find(|(id, _)| id.as_str() == gateway).map(|(_, slot)| slot);
        let key = slot.map(|slot| reference.key(gateway, slot.adapter.account())).ok_or(ActError::NotFound)?;
        let holder = self.stores.orders.holder_of(&key).await?.ok_or(ActError::NotFound)?;
        Ok(self.stores.orders.load(holder).await?)
    }

    fn offering(&self, ask: &OpenCheckout, amount: domain::Money) -> Result<(&dyn Gateway, Method), ActError> {
        let all = self.gateways.values().map(|slot| slot.adapter.as_ref());
        let named = all.filter(|g| ask.gateway.as_ref().is_none_or(|id| g.id() == id));
        let mut refused = ActError::from(CheckoutRefused::UnknownMethod);
        for gateway in named {
            match gateway.methods(amount).into_iter().find(|m| m.name == ask.method) {
                Some(method) => return Ok((gateway, method)),
                None => refused = ActError::NotOffered(format!("{} for {amount}", ask.method)),
            }
        }
        Err(refused)
    }
}
