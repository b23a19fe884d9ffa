//! What a customer owes, asked before it is ordered: put to a supplier that sells the bill, priced, and kept so that an order
//! can carry it. What was said to the supplier is kept nowhere: it is about people.

use domain::bill::good_until;
use domain::catalogue::{Category, Offer, normalise_target};
use domain::fulfilment::Cause;
use domain::supply::Standing;
use domain::{Bill, CustomerId, Moment, Money, Private, ProductId};
use ports::bill::{BillAnswer, BillQuery, NotOwed, Owed};
use ports::bills::BillInquiry;
use ports::catalogue::Stocked;

use crate::inquire::{NO_TURN, SUPPLIERS_ASKED};
use crate::{Engine, InquireError, PlaceError};

const CALL: &str = "inquire_bill";

/// Months of BPJS that can be paid at once (IAK docs).
const MONTHS: std::ops::RangeInclusive<u8> = 1..=12;

/// Which bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskBill {
    pub product: ProductId,
    /// The customer's number at the biller, as the customer wrote it.
    pub target: Private,
    /// For BPJS; one where nothing is said.
    pub months: Option<u8>,
}

/// What is owed.
#[derive(Debug, Clone, PartialEq)]
pub enum Billed {
    /// An order may carry it until it expires. The price is what it would cost bought alone (TWD).
    Owed { inquiry: Box<BillInquiry>, price: Money },
    /// Nothing can be paid, and why; for this number, in the form orders take.
    NotOwed { target: Private, why: NotOwed },
}

impl Billed {
    /// A stable word for the API and metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Owed { .. } => "found",
            Self::NotOwed { why: NotOwed::UnknownTarget, .. } => "no_such_target",
            Self::NotOwed { why: NotOwed::Paid, .. } => "bill_paid",
            Self::NotOwed { why: NotOwed::NotYet, .. } => "bill_not_yet",
            Self::NotOwed { why: NotOwed::NotPayable, .. } => "bill_not_payable",
        }
    }
}

impl Engine {
    /// Asks in the name of a customer what is owed, and keeps it for an order.
    ///
    /// # Errors
    /// It is no bill, the number cannot be one, nobody sells it, the customer asks too much, nobody answered clearly, or what was
    /// answered could not be priced or kept.
    pub async fn inquire_bill(&self, customer: CustomerId, ask: AskBill) -> Result<Billed, InquireError> {
        let answered = self.ask_what_is_owed(customer, ask).await;
        self.count_inquiry("bill", answered.as_ref().map(Billed::word));
        answered
    }

    async fn ask_what_is_owed(&self, customer: CustomerId, ask: AskBill) -> Result<Billed, InquireError> {
        let AskBill { product, target, months } = ask;
        let found = self.products(std::slice::from_ref(&product)).await?;
        let stocked = found.into_iter().next().ok_or(InquireError::UnknownProduct)?;
        let category = stocked.product.category;
        let target = checked(category, &target, months)?;
        let offers = self.by_fee(&stocked);
        if offers.is_empty() {
            return Err(InquireError::NotOffered);
        }
        let open = self.open_now(category, offers, &stocked.standings);
        let has_a_turn = |offer: &Offer| self.suppliers.get(&offer.supplier).is_some_and(|slot| self.has_a_turn(slot));
        let (open, full): (Vec<_>, Vec<_>) = open.into_iter().partition(has_a_turn);
        for offer in &full {
            self.count_asked(&offer.supplier, CALL, NO_TURN);
        }
        if open.is_empty() {
            return Err(InquireError::Unavailable);
        }
        self.inquirers.take(customer, self.clock.now())?;
        let months = months.or((category == Category::Bpjs).then_some(1));
        let mut silent = !full.is_empty();
        let mut denied = None;
        for offer in open.into_iter().take(SUPPLIERS_ASKED) {
            let now = self.clock.now();
            let (reference, code) = (self.fresh_reference(now), offer.code.clone());
            let query = BillQuery { reference, code, target: target.clone(), category, months };
            match self.ask_owed(&offer, &query).await {
                Some(BillAnswer::Owed(owed)) => return self.keep(customer, offer, query, owed, now).await,
                // Whom they can serve, and with how many arrears, differs: told if nobody says otherwise.
                Some(BillAnswer::NotOwed(why @ (NotOwed::NotPayable | NotOwed::UnknownTarget))) => {
                    denied = denied.or(Some(why));
                }
                Some(BillAnswer::NotOwed(why @ (NotOwed::Paid | NotOwed::NotYet))) => {
                    return Ok(Billed::NotOwed { target, why });
                }
                Some(BillAnswer::Refused { .. } | BillAnswer::Unclear { .. }) => silent = true,
                None => {}
            }
        }
        if let Some(why) = denied {
            return Ok(Billed::NotOwed { target, why });
        }
        Err(if silent { InquireError::Unavailable } else { InquireError::NotOffered })
    }

    /// What is for sale of suppliers of this installation, by what they take beyond the debt, and then as the settings say.
    fn by_fee(&self, stocked: &Stocked) -> Vec<Offer> {
        let rank = |offer: &Offer| self.suppliers.get(&offer.supplier).map(|slot| slot.rank);
        let mut offers: Vec<Offer> =
            stocked.offers.iter().filter(|offer| offer.active && rank(offer).is_some()).cloned().collect();
        offers.sort_by_key(|offer| (offer.cost.minor(), rank(offer)));
        offers
    }

    /// Those whose supplier sells it at this hour. Of a bill nobody knows yet whether our deposit there suffices.
    fn open_now(&self, category: Category, offers: Vec<Offer>, standings: &[Standing]) -> Vec<Offer> {
        let now = self.clock.now();
        let views = self.views(category, standings, now);
        let open = |offer: &Offer| {
            offer.closed.is_none_or(|hours| hours.closed_until(now).is_none())
                && views
                    .iter()
                    .any(|view| view.supplier == offer.supplier && view.shut.is_none() && view.too_dear.is_none())
        };
        offers.into_iter().filter(open).collect()
    }

    /// `None`: it pays no bills of this kind. Silence within the time is unclear, as with every inquiry.
    async fn ask_owed(&self, offer: &Offer, query: &BillQuery) -> Option<BillAnswer> {
        let slot = self.suppliers.get(&offer.supplier)?;
        let silence = |outcome| {
            self.count_asked(&offer.supplier, CALL, outcome);
            Some(BillAnswer::Unclear { why: "no answer in time".to_owned() })
        };
        let Some(room) = self.room_to_ask(slot).await else { return silence(NO_TURN) };
        let asked = slot.adapter.inquire_bill(query, self.clock.now());
        let Ok(said) = tokio::time::timeout(self.limits.inquiry, asked).await else { return silence("timeout") };
        let (said, exchange) = said?;
        self.called(&offer.supplier, &exchange);
        if matches!(said, BillAnswer::Refused { cause: Cause::Busy, .. }) {
            slot.permits.pause(self.clock.as_ref());
        }
        drop(room);
        if let BillAnswer::Refused { cause: Cause::Us | Cause::Deposit | Cause::Account, code } = &said {
            tracing::error!(supplier = %offer.supplier, code, "the supplier refuses an inquiry of ours");
            // The customer's answer does not depend on it.
            let told = self.call_about(&offer.supplier, format!("it refuses our inquiry about a bill: {code}")).await;
            if let Err(unavailable) = told {
                tracing::warn!(supplier = %offer.supplier, why = %unavailable, "nobody could be called about a supplier");
            }
        }
        Some(said)
    }

    /// Prices what is owed, and keeps it for an order.
    async fn keep(
        &self,
        customer: CustomerId,
        offer: Offer,
        query: BillQuery,
        owed: Owed,
        asked_at: Moment,
    ) -> Result<Billed, InquireError> {
        let price = self.terms(&[owed.cost], None).await.map_err(unpriced)?.total;
        let inquiry = BillInquiry {
            id: self.fresh_id(asked_at),
            customer,
            product: offer.product,
            target: query.target,
            bill: Bill { months: query.months, ..owed.bill },
            cost: owed.cost,
            supplier: offer.supplier,
            asked_at,
            expires_at: good_until(asked_at),
        };
        self.stores.bills.keep_inquiry(&inquiry).await?;
        Ok(Billed::Owed { inquiry: Box::new(inquiry), price })
    }
}

/// The number as orders take it.
fn checked(category: Category, target: &Private, months: Option<u8>) -> Result<Private, InquireError> {
    if !category.is_bill() {
        return Err(InquireError::NotABill);
    }
    if months.is_some_and(|months| category != Category::Bpjs || !MONTHS.contains(&months)) {
        return Err(InquireError::BadMonths);
    }
    Ok(normalise_target(category, target.expose())?)
}

fn unpriced(error: PlaceError) -> InquireError {
    match error {
        PlaceError::Unavailable(unavailable) => InquireError::Store(unavailable),
        other => InquireError::NotSelling(other.to_string()),
    }
}
