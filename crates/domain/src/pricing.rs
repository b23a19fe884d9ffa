//! From suppliers' prices to the one amount the customer is charged, and back to each item's share of it.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::money::{Currency, Money, MoneyError, Rounding};

/// One exchange rate: 1 unit of `base` is `rate` units of `quote`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FxRate {
    pub id: String,
    pub source: String,
    pub base: Currency,
    pub quote: Currency,
    pub rate: Decimal,
    pub as_of: Moment,
    pub fetched_at: Moment,
}

/// What we add to the converted cost: `percent` and `fixed`, at least `minimum`, per item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginRule {
    pub id: String,
    pub percent: Decimal,
    pub fixed: Money,
    pub minimum: Money,
}

/// A code that takes a fixed amount off, for a limited number of orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promo {
    pub code: String,
    pub discount: Money,
}

/// What prices are made of at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBook {
    pub fx: FxRate,
    /// Per cent added to the rate against its movement while we hold the order.
    pub buffer_percent: Decimal,
    pub margin: MarginRule,
    /// Minor units in one charge unit of the channel (ECPay takes whole TWD: 100).
    pub charge_unit: i64,
    /// A rate older than this is not sold at.
    pub max_rate_age: TimeDelta,
}

/// Why no price can be named. Nothing is sold until it is mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("the exchange rate is too old")]
    RateTooOld,
    #[error("the exchange rate does not convert {0}")]
    WrongRate(Currency),
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Every term of one item's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePrice {
    pub cost: Money,
    pub converted: Money,
    pub margin: Money,
    /// This line's share of the promo.
    pub discount: Money,
    /// This line's share of the charged amount, in whole charge units. Refunds use it.
    pub charged: Money,
    /// The dearest offer that loses nothing at this price, in the cost's currency.
    pub max_cost: Money,
}

/// Every term of an order's price, kept with the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub fx: FxRate,
    pub buffer_percent: Decimal,
    pub margin: MarginRule,
    pub promo: Option<Promo>,
    pub discount: Money,
    pub total: Money,
    pub lines: Vec<LinePrice>,
}

/// Prices an order: cost × rate × (1 + buffer) + margin, minus promo, then rounded up to whole charge units and split
/// over the items by largest remainder.
pub fn price(costs: &[Money], book: &PriceBook, promo: Option<Promo>, now: Moment) -> Result<Terms, PriceError> {
    if now.signed_duration_since(book.fx.as_of) > book.max_rate_age {
        return Err(PriceError::RateTooOld);
    }
    let currency = book.fx.quote;
    let converted = costs.iter().map(|cost| convert(*cost, book)).collect::<Result<Vec<_>, _>>()?;
    let margins = converted.iter().map(|amount| margin(*amount, &book.margin)).collect::<Result<Vec<_>, _>>()?;
    let gross: Vec<Money> = converted.iter().zip(&margins).map(|(c, m)| c.checked_add(*m)).collect::<Result<_, _>>()?;
    let sum = Money::sum(gross.iter().copied(), currency)?;

    let wanted = promo.as_ref().map_or(Money::zero(currency), |p| p.discount);
    if wanted.currency() != currency {
        return Err(MoneyError::CurrencyMismatch.into());
    }
    let discount = wanted.min(sum);
    let total = sum.checked_sub(discount)?.round_to(book.charge_unit, Rounding::Up)?;
    let weights: Vec<i64> = gross.iter().map(|g| g.minor()).collect();
    let charged = total.split(&weights, book.charge_unit)?;
    let discounts = discount.split(&weights, 1)?;

    let mut lines = Vec::with_capacity(costs.len());
    for ((((cost, converted), margin), charged), discount) in
        costs.iter().zip(&converted).zip(&margins).zip(&charged).zip(&discounts)
    {
        let value = charged.checked_add(*discount)?;
        lines.push(LinePrice {
            cost: *cost,
            converted: *converted,
            margin: *margin,
            discount: *discount,
            charged: *charged,
            max_cost: max_cost(value, *cost, &book.fx)?,
        });
    }
    Ok(Terms {
        fx: book.fx.clone(),
        buffer_percent: book.buffer_percent,
        margin: book.margin.clone(),
        promo,
        discount,
        total,
        lines,
    })
}

fn convert(cost: Money, book: &PriceBook) -> Result<Money, PriceError> {
    if cost.currency() != book.fx.base {
        return Err(PriceError::WrongRate(cost.currency()));
    }
    let out_of_range = MoneyError::OutOfRange;
    let factor = Decimal::ONE
        .checked_add(book.buffer_percent.checked_div(Decimal::ONE_HUNDRED).ok_or(out_of_range)?)
        .ok_or(out_of_range)?;
    let rate = book.fx.rate.checked_mul(factor).ok_or(out_of_range)?;
    Ok(cost.convert(rate, book.fx.quote, Rounding::HalfUp)?)
}

fn margin(converted: Money, rule: &MarginRule) -> Result<Money, PriceError> {
    let share = rule.percent.checked_div(Decimal::ONE_HUNDRED).ok_or(MoneyError::OutOfRange)?;
    let wanted = converted.convert(share, converted.currency(), Rounding::HalfUp)?.checked_add(rule.fixed)?;
    if rule.minimum.currency() != wanted.currency() {
        return Err(MoneyError::CurrencyMismatch.into());
    }
    Ok(wanted.max(rule.minimum))
}

/// The no-loss guard: what the line brings in, converted back without the buffer. Never below the cost it was priced
/// from: splitting in whole dollars may leave a small line with less than its cost, which is our rounding, not its fault.
fn max_cost(value: Money, cost: Money, fx: &FxRate) -> Result<Money, PriceError> {
    let units = value.decimal().checked_div(fx.rate).ok_or(MoneyError::OutOfRange)?;
    let floor = units.trunc_with_scale(fx.base.exponent());
    Ok(Money::from_decimal(floor, fx.base)?.max(cost))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    pub(crate) fn at(seconds: i64) -> Moment {
        DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
    }

    pub(crate) fn book() -> PriceBook {
        PriceBook {
            fx: FxRate {
                id: "fx-1".into(),
                source: "manual".into(),
                base: Currency::Idr,
                quote: Currency::Twd,
                rate: Decimal::new(196, 5),
                as_of: at(0),
                fetched_at: at(0),
            },
            buffer_percent: Decimal::new(20, 1),
            margin: MarginRule {
                id: "m-1".into(),
                percent: Decimal::new(3, 0),
                fixed: Money::from_minor(0, Currency::Twd),
                minimum: Money::from_minor(500, Currency::Twd),
            },
            charge_unit: 100,
            max_rate_age: TimeDelta::days(3),
        }
    }

    fn idr(units: i64) -> Money {
        Money::from_units(units, Currency::Idr).unwrap()
    }

    fn promo(minor: i64) -> Option<Promo> {
        Some(Promo { code: "HEMAT".into(), discount: Money::from_minor(minor, Currency::Twd) })
    }

    #[test]
    fn ten_thousand_rupiah_of_airtime_costs_twenty_six_dollars() {
        // 10,250 × 0.00196 × 1.02 = 20.49; margin max(3 %, 5.00) = 5.00; 25.49 rounds up to 26.
        let terms = price(&[idr(10_250)], &book(), None, at(0)).unwrap();
        assert_eq!(terms.lines[0].converted.minor(), 2_049);
        assert_eq!(terms.lines[0].margin.minor(), 500);
        assert_eq!(terms.total.minor(), 2_600);
        assert_eq!(terms.lines[0].max_cost, Money::parse("13265.30", Currency::Idr).unwrap());
    }

    #[test]
    fn a_promo_larger_than_the_order_makes_it_free_and_no_more() {
        let terms = price(&[idr(10_250)], &book(), promo(1_000_000), at(0)).unwrap();
        assert!(terms.total.is_zero());
        assert_eq!(terms.discount.minor(), 2_549);
        assert_eq!(terms.lines[0].max_cost.minor() / 100, 13_005);
    }

    #[test]
    fn an_old_rate_sells_nothing() {
        let late = at(4 * 86_400);
        assert_eq!(price(&[idr(1)], &book(), None, late), Err(PriceError::RateTooOld));
    }

    #[test]
    fn another_currency_is_refused() {
        let yen = Money::from_minor(1, Currency::Jpy);
        assert_eq!(price(&[yen], &book(), None, at(0)), Err(PriceError::WrongRate(Currency::Jpy)));
    }

    proptest! {
        #[test]
        fn the_shares_are_the_total_and_the_total_covers_the_terms(
            costs in prop::collection::vec(100_i64..3_000_000, 1..10),
            off in 0_i64..100_000,
        ) {
            let costs: Vec<Money> = costs.into_iter().map(idr).collect();
            let terms = price(&costs, &book(), promo(off), at(0)).unwrap();
            let twd = Currency::Twd;
            let charged = Money::sum(terms.lines.iter().map(|l| l.charged), twd).unwrap();
            let discount = Money::sum(terms.lines.iter().map(|l| l.discount), twd).unwrap();
            let gross = Money::sum(terms.lines.iter().map(|l| l.converted.checked_add(l.margin).unwrap()), twd).unwrap();
            prop_assert_eq!(charged, terms.total);
            prop_assert_eq!(discount, terms.discount);
            let net = gross.checked_sub(discount).unwrap().minor();
            prop_assert!(terms.total.minor() >= net && terms.total.minor() < net + 100);
            prop_assert!(terms.lines.iter().all(|l| l.charged.whole_units().is_ok() && l.max_cost >= l.cost));
        }
    }
}
