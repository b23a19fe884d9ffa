//! One customer and one order: from the quote to the last click.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Url;

use super::{Driven, Lived};
use crate::api::{Api, NOBODY_KNOWS, NewOrder, Wanted};
use crate::error::DemoError;
use crate::faults::NoticeFault;
use crate::outside::{Click, Outside};
use crate::plan::{Fate, OrderPlan};
use crate::view::{Asked, OrderLine};

/// Rules aimed at one notice. Each call of the sandbox walks all rules, and it takes 1,000.
const MOST_AIMED: usize = 600;
/// Minor units of TWD: no gateway takes less by card, but for nothing at all. A customer keeps the code for another day.
const LEAST_BY_CARD: i64 = 500;
/// Nobody can say what is owed at the moment, or this customer has asked a lot.
const NOT_NOW: [&str; 3] = ["not_available", NOBODY_KNOWS, "too_many_inquiries"];
/// How often a customer asks what is owed while nobody knows, waiting a little longer each time: some ten seconds in all, as long as the
/// answer asks to.
const ASKS: u32 = 5;
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// The total or the promo may change between quote and order; more often it is a mistake of ours.
const PLACE_TRIES: u32 = 3;

/// What all customers share.
pub struct Shop {
    api: Api,
    outside: Outside,
    /// Access tokens by customer number.
    tokens: Vec<String>,
    /// Makes Idempotency-Keys of different runs differ.
    run: String,
    aimed: AtomicUsize,
}

impl Shop {
    /// A shop for customers with these tokens.
    pub fn new(api: Api, outside: Outside, tokens: Vec<String>, run: String) -> Self {
        Self { api, outside, tokens, run, aimed: AtomicUsize::new(0) }
    }

    /// A customer's token.
    pub fn token(&self, customer: usize) -> &str {
        self.tokens.get(customer).map_or("", String::as_str)
    }

    /// Lives one plan. The order is there even when the plan broke off after placing it.
    pub(super) async fn live(&self, n: usize, plan: &OrderPlan) -> Lived {
        let items = match self.items(plan).await {
            Ok(items) if items.is_empty() => return Lived::Left,
            Ok(items) => items,
            Err(error) => return Lived::BrokenOff(error),
        };
        match self.place(n, plan, &items).await {
            Ok(order) => {
                // An order that a promo pays whole is settled at once: there is no page to open.
                let ended = if order.total.minor == 0 { Ok(()) } else { self.act(n, plan, &order.id).await };
                Lived::Placed(Driven { id: order.id, customer: plan.customer }, ended)
            }
            Err(DemoError::Answer { body, .. }) if body.contains("not_available") => {
                Lived::TurnedAway(items.into_iter().map(|item| item.product).collect())
            }
            Err(error) => Lived::BrokenOff(error),
        }
    }

    /// The goods, and the bills of which somebody says now what is owed: the others are asked about another day.
    async fn items(&self, plan: &OrderPlan) -> Result<Vec<Wanted>, DemoError> {
        let mut items = plan.items.clone();
        for bill in &plan.bills {
            match self.ask(plan, bill).await.map(|asked| asked.inquiry) {
                Ok(Some(inquiry)) => items.push(Wanted { inquiry: Some(inquiry), ..bill.clone() }),
                Ok(None) => {}
                Err(DemoError::Answer { body, .. }) if NOT_NOW.iter().any(|code| body.contains(code)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(items)
    }

    async fn ask(&self, plan: &OrderPlan, bill: &Wanted) -> Result<Asked, DemoError> {
        let mut asks = 1;
        loop {
            match self.api.ask_bill(self.token(plan.customer), bill).await {
                Err(DemoError::Answer { body, .. }) if body.contains(NOBODY_KNOWS) && asks < ASKS => {
                    tokio::time::sleep(ASK_AGAIN * asks).await;
                    asks += 1;
                }
                told => return told,
            }
        }
    }

    async fn place(&self, n: usize, plan: &OrderPlan, items: &[Wanted]) -> Result<OrderLine, DemoError> {
        let token = self.token(plan.customer);
        let mut promo = plan.promo;
        let mut tries = 0;
        loop {
            tries += 1;
            let placed = match self.api.quote(token, items, promo).await {
                Ok(quote) if promo.is_some() && (1..LEAST_BY_CARD).contains(&quote.total.minor) => {
                    promo = None;
                    continue;
                }
                Ok(quote) => {
                    let new = NewOrder { items, promo, expected_total: &quote.total };
                    self.submit(&self.key(n, &format!("place{tries}")), token, &new, plan.twice).await
                }
                Err(error) => Err(error),
            };
            match placed {
                Err(DemoError::Answer { body, .. }) if body.contains("promo_spent") && promo.is_some() => promo = None,
                Err(DemoError::Answer { body, .. }) if body.contains("total_changed") && tries < PLACE_TRIES => {}
                other => return other,
            }
        }
    }

    /// An impatient app sends the same request twice at once, and must get the same order twice.
    async fn submit(&self, key: &str, token: &str, order: &NewOrder<'_>, twice: bool) -> Result<OrderLine, DemoError> {
        if !twice {
            return self.api.place(token, key, order).await;
        }
        let (one, other) = tokio::join!(self.api.place(token, key, order), self.api.place(token, key, order));
        let (one, other) = (one?, other?);
        if one.id == other.id {
            Ok(one)
        } else {
            let words = format!("one request sent twice placed two orders, {} and {}", one.id, other.id);
            Err(DemoError::Expected(words))
        }
    }

    async fn act(&self, n: usize, plan: &OrderPlan, order: &str) -> Result<(), DemoError> {
        let visit = Visit { shop: self, n, plan, order, token: self.token(plan.customer) };
        match plan.fate {
            Fate::NeverOpen => Ok(()),
            Fate::Pay => visit.open(1, plan.notice).await?.pay(Click::Pay).await,
            Fate::PaySilent => visit.open(1, None).await?.pay(Click::PaySilent).await,
            Fate::DeclineThenPay => visit.clicks_then_pays(Click::Decline).await,
            Fate::SimulateThenPay => visit.clicks_then_pays(Click::Simulate).await,
            Fate::NeverPay => visit.open(1, None).await?.take_code().await,
            Fate::DeclineOnly => visit.open(1, None).await?.click(Click::Decline).await,
            Fate::ReopenThenPay => {
                visit.open(1, None).await?.click(Click::Abandon).await?;
                visit.open(2, None).await?.pay(Click::Pay).await
            }
            Fate::PayTwice => {
                let first = visit.open(1, None).await?;
                let second = visit.open(2, plan.notice).await?;
                let clicks = tokio::join!(first.pay(Click::Pay), second.pay(Click::Pay));
                clicks.0.and(clicks.1)
            }
            Fate::Cancel => visit.cancel().await,
            Fate::CancelThenPay => {
                let page = visit.open(1, plan.notice).await?;
                page.take_code().await?;
                visit.cancel().await?;
                page.settle(Click::Pay).await
            }
        }
    }

    fn key(&self, n: usize, what: &str) -> String {
        format!("{}-{n}-{what}", self.run)
    }
}

/// One customer with one order.
struct Visit<'a> {
    shop: &'a Shop,
    n: usize,
    plan: &'a OrderPlan,
    order: &'a str,
    token: &'a str,
}

/// An open payment page.
struct PayPage<'a> {
    visit: &'a Visit<'a>,
    page: Url,
    /// Paid by something that is taken here and paid elsewhere; the word is for a page that lets choose.
    code: Option<Option<&'static str>>,
}

impl Visit<'_> {
    /// Opens a page by the way to pay that the plan means, if it takes the amount.
    async fn open(&self, opening: u32, notice: Option<NoticeFault>) -> Result<PayPage<'_>, DemoError> {
        let Shop { api, outside, aimed, .. } = self.shop;
        let methods = api.payment_methods(self.token, self.order).await?;
        let way = self.plan.way.or_card(&methods);
        let way = way.ok_or_else(|| DemoError::Expected(format!("{} cannot be paid", self.order)))?;
        let key = self.shop.key(self.n, &format!("open{opening}"));
        let checkout = api.open_checkout(self.token, &key, self.order, way.method).await?;
        if let Some(fault) = notice
            && aimed.fetch_add(1, Ordering::Relaxed) < MOST_AIMED
        {
            outside.add_faults(0, &[fault.rule(&checkout.reference)]).await?;
        }
        let code = way.by_code().then_some(way.chosen);
        Ok(PayPage { visit: self, page: outside.open_page(&checkout).await?, code })
    }

    async fn clicks_then_pays(&self, click: Click) -> Result<(), DemoError> {
        let page = self.open(1, None).await?;
        page.take_code().await?;
        page.click(click).await?;
        page.settle(Click::Pay).await
    }

    async fn cancel(&self) -> Result<(), DemoError> {
        self.shop.api.cancel(self.token, &self.shop.key(self.n, "cancel"), self.order).await.map(drop)
    }
}

impl PayPage<'_> {
    /// Takes what is paid elsewhere, where that is the way.
    async fn take_code(&self) -> Result<(), DemoError> {
        match self.code {
            Some(way) => self.visit.shop.outside.take_code(&self.page, way).await,
            None => Ok(()),
        }
    }

    /// Nobody is declined who pays elsewhere.
    async fn click(&self, click: Click) -> Result<(), DemoError> {
        if click == Click::Decline && self.code.is_some() {
            return Ok(());
        }
        self.visit.shop.outside.click(&self.page, click).await
    }

    async fn pay(&self, click: Click) -> Result<(), DemoError> {
        self.take_code().await?;
        self.settle(click).await
    }

    /// Pays on the page, or later what was taken there.
    async fn settle(&self, click: Click) -> Result<(), DemoError> {
        let outside = &self.visit.shop.outside;
        if self.code.is_none() {
            return outside.click(&self.page, click).await;
        }
        let now_ms = outside.pending().await?.now_ms;
        outside.pay_later(&self.page, click, self.visit.plan.pays_after_ms(now_ms)).await
    }
}
