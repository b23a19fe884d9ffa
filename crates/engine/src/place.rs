//! Placing an order: everything is checked and priced in memory, then stored with one write.

use std::collections::BTreeSet;

use domain::catalogue::normalise_target;
use domain::order::{NewItem, place};
use domain::schedule::REPEAT_WINDOW;
use domain::{CustomerId, Money, Private, ProductId};
use fail::fail_point;
use ports::bills::BillInquiry;
use ports::catalogue::Stocked;
use ports::store::{Create, CreateError, Unavailable};
use uuid::Uuid;

use crate::along::answer_row;
use crate::{ActError, Answer, Engine, PlaceError, Request};

/// What a customer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOrder {
    /// Whose order it will be.
    pub customer: CustomerId,
    /// At least one.
    pub items: Vec<PlaceItem>,
    /// A promo code.
    pub promo: Option<String>,
    /// What the customer was shown; another total is refused with the new one.
    pub expected_total: Money,
    /// The customer knows that the same was ordered a moment ago.
    pub confirm_repeat: bool,
}

/// One item of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceItem {
    /// What is bought.
    pub product: ProductId,
    pub goes: Goes,
}

/// For whom it is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goes {
    /// Where goods go, as the customer wrote it.
    To(Private),
    /// A bill, as this customer was told of it.
    AsAsked(Uuid),
}

impl Engine {
    /// Places an order. The same request again gets the same answer, whatever has changed since.
    pub async fn place_order(&self, order: PlaceOrder, request: Request<'_>) -> Result<Answer, PlaceError> {
        match self.try_place(order, &request).await {
            Ok(answer) => Ok(answer),
            // Only a request that failed looks for an earlier answer: the usual path pays nothing for it.
            Err(error) => match self.stored(Some(&request)).await {
                Ok(Some(answer)) => Ok(answer),
                Ok(None) => Err(error),
                Err(ActError::KeyReused) => Err(PlaceError::KeyReused),
                // Whether it was placed before cannot be told, so no definite "no" may be given.
                Err(unsure) => Err(Unavailable(unsure.to_string()).into()),
            },
        }
    }

    async fn try_place(&self, order: PlaceOrder, request: &Request<'_>) -> Result<Answer, PlaceError> {
        let ids: Vec<ProductId> = order.items.iter().map(|i| i.product.clone()).collect();
        let stocked = self.stock_of(&ids).await?;
        let asked = order.items.iter().map(|item| match &item.goes {
            Goes::AsAsked(id) => Some(*id),
            Goes::To(_) => None,
        });
        let bills = self.bills_of(order.customer, asked.collect(), &stocked).await?;
        let items = new_items(&order.items, &stocked, &bills)?;
        let costs = self.costs_of(&stocked, &bills)?;
        let terms = self.terms(&costs, order.promo.as_deref()).await?;
        if terms.total != order.expected_total {
            return Err(PlaceError::TotalChanged { total: terms.total });
        }
        if !terms.total.is_zero() && self.payment_methods(terms.total).is_empty() {
            return Err(PlaceError::NotPayable { total: terms.total });
        }
        if !order.confirm_repeat && repeats_itself(items.iter()) {
            return Err(PlaceError::RepeatNeedsConfirmation);
        }
        if repeats_itself(items.iter().filter(|item| item.bill.is_some())) {
            return Err(PlaceError::BillInProgress);
        }
        let now = self.clock.now();
        let unless_since = (!order.confirm_repeat).then(|| now - REPEAT_WINDOW);
        let new = place(self.fresh_order_id(now), order.customer, items, terms, now);
        let answer = answer_row(request, new.order.id, (request.render)(&new.order), now);
        let (status, body) = (answer.status, answer.body.clone());
        let stored = self.group.create(Create { new: new.clone(), answer, unless_since }).await;
        fail_point!("engine.after_create");
        match stored {
            Ok(()) => {
                self.counters.add("seberang_orders_placed_total", &[]);
                self.memory.keep(&new.order);
                self.hands.look(&new.order.tasks, now);
                Ok(Answer { status, body, replayed: false })
            }
            Err(CreateError::BillTaken) => Err(PlaceError::BillInProgress),
            Err(CreateError::Repeated) => Err(PlaceError::RepeatNeedsConfirmation),
            Err(CreateError::PromoUnknown) => Err(PlaceError::PromoUnknown),
            Err(CreateError::PromoSpent) => Err(PlaceError::PromoSpent),
            Err(CreateError::Rejected(why)) => {
                tracing::error!(order.id = %new.order.id, why, "the store refuses a new order");
                self.counters.add("seberang_create_rejected_total", &[]);
                Err(PlaceError::Rejected(why))
            }
            Err(CreateError::Unavailable(unavailable)) => Err(unavailable.into()),
            // The caller finds the earlier answer.
            Err(CreateError::AnswerExists) => Err(PlaceError::KeyReused),
        }
    }
}

/// The same product for the same target twice in one order.
fn repeats_itself<'a>(mut items: impl Iterator<Item = &'a NewItem>) -> bool {
    let mut pairs = BTreeSet::new();
    items.any(|item| !pairs.insert((&item.product.id, item.target.expose())))
}

fn new_items(
    asked: &[PlaceItem],
    stocked: &[Stocked],
    bills: &[Option<BillInquiry>],
) -> Result<Vec<NewItem>, PlaceError> {
    let each = asked.iter().zip(stocked).zip(bills).enumerate();
    each.map(|(index, ((item, stocked), bill))| {
        let product = stocked.product.clone();
        match (bill, &item.goes) {
            (Some(asked), _) => {
                Ok(NewItem { product, target: asked.target.clone(), bill: Some(Box::new(asked.bill.clone())) })
            }
            (None, Goes::To(target)) => match normalise_target(product.category, target.expose()) {
                Ok(target) => Ok(NewItem { product, target, bill: None }),
                Err(reason) => Err(PlaceError::BadTarget { index, reason }),
            },
            (None, Goes::AsAsked(_)) => Err(PlaceError::TargetRequired { index }),
        }
    })
    .collect()
}
