//! One customer and one order: from the quote to the last click.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Url;

use super::Driven;
use crate::api::{Api, NewOrder};
use crate::error::DemoError;
use crate::faults::NoticeFault;
use crate::outside::{Click, Outside};
use crate::plan::{Fate, OrderPlan};
use crate::view::OrderLine;

/// Rules aimed at one notice. Each call of the sandbox walks all rules, and it takes 1,000.
const MOST_AIMED: usize = 600;
/// Minor units of TWD: no gateway takes less by card, but for nothing at all. A customer keeps the code for another day.
const LEAST_BY_CARD: i64 = 500;
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
    pub(super) async fn live(&self, n: usize, plan: &OrderPlan) -> (Option<Driven>, Result<(), DemoError>) {
        let order = match self.place(n, plan).await {
            Ok(order) => order,
            Err(error) => return (None, Err(error)),
        };
        // An order that a promo pays whole is settled at once: there is no page to open.
        let ended = if order.total.minor == 0 { Ok(()) } else { self.act(n, plan, &order.id).await };
        (Some(Driven { id: order.id, customer: plan.customer }), ended)
    }

    async fn place(&self, n: usize, plan: &OrderPlan) -> Result<OrderLine, DemoError> {
        let token = self.token(plan.customer);
        let mut promo = plan.promo;
        let mut tries = 0;
        loop {
            tries += 1;
            let placed = match self.api.quote(token, &plan.items, promo).await {
                Ok(quote) if promo.is_some() && (1..LEAST_BY_CARD).contains(&quote.total.minor) => {
                    promo = None;
                    continue;
                }
                Ok(quote) => {
                    let new = NewOrder { items: &plan.items, promo, expected_total: &quote.total };
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
        let token = self.token(plan.customer);
        match plan.fate {
            Fate::NeverOpen => Ok(()),
            Fate::Pay => {
                let page = self.open(n, 1, token, order, plan.notice).await?;
                self.outside.click(&page, Click::Pay).await
            }
            Fate::PaySilent => self.click_all(n, token, order, &[Click::PaySilent]).await,
            Fate::DeclineThenPay => self.click_all(n, token, order, &[Click::Decline, Click::Pay]).await,
            Fate::SimulateThenPay => self.click_all(n, token, order, &[Click::Simulate, Click::Pay]).await,
            Fate::NeverPay => self.click_all(n, token, order, &[]).await,
            Fate::DeclineOnly => self.click_all(n, token, order, &[Click::Decline]).await,
            Fate::ReopenThenPay => {
                self.click_all(n, token, order, &[Click::Abandon]).await?;
                let page = self.open(n, 2, token, order, None).await?;
                self.outside.click(&page, Click::Pay).await
            }
            Fate::PayTwice => {
                let first = self.open(n, 1, token, order, None).await?;
                let second = self.open(n, 2, token, order, plan.notice).await?;
                let clicks =
                    tokio::join!(self.outside.click(&first, Click::Pay), self.outside.click(&second, Click::Pay));
                clicks.0.and(clicks.1)
            }
            Fate::Cancel => self.api.cancel(token, &self.key(n, "cancel"), order).await.map(drop),
            Fate::CancelThenPay => {
                let page = self.open(n, 1, token, order, plan.notice).await?;
                self.api.cancel(token, &self.key(n, "cancel"), order).await?;
                self.outside.click(&page, Click::Pay).await
            }
        }
    }

    /// Opens a page and presses these buttons one after the other.
    async fn click_all(&self, n: usize, token: &str, order: &str, clicks: &[Click]) -> Result<(), DemoError> {
        let page = self.open(n, 1, token, order, None).await?;
        for click in clicks {
            self.outside.click(&page, *click).await?;
        }
        Ok(())
    }

    async fn open(
        &self,
        n: usize,
        opening: u32,
        token: &str,
        order: &str,
        notice: Option<NoticeFault>,
    ) -> Result<Url, DemoError> {
        let key = self.key(n, &format!("open{opening}"));
        let checkout = self.api.open_checkout(token, &key, order).await?;
        if let Some(fault) = notice
            && self.aimed.fetch_add(1, Ordering::Relaxed) < MOST_AIMED
        {
            self.outside.add_faults(0, &[fault.rule(&checkout.reference)]).await?;
        }
        self.outside.open_page(&checkout).await
    }

    fn key(&self, n: usize, what: &str) -> String {
        format!("{}-{n}-{what}", self.run)
    }
}
