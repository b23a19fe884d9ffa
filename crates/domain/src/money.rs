//! Amounts of money: whole minor units and their currency, checked arithmetic only.
//! No floating point, no silent rounding, no adding of two currencies.

use std::fmt;
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// The currencies we hold or owe, by their ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    Twd,
    Idr,
    Jpy,
}

impl Currency {
    pub const ALL: [Self; 3] = [Self::Twd, Self::Idr, Self::Jpy];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Twd => "TWD",
            Self::Idr => "IDR",
            Self::Jpy => "JPY",
        }
    }

    /// Decimal places of the minor unit (ISO 4217).
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Twd | Self::Idr => 2,
            Self::Jpy => 0,
        }
    }

    /// Minor units in one whole unit.
    pub const fn minor_per_unit(self) -> i64 {
        10_i64.pow(self.exponent())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Self::ALL.into_iter().find(|c| c.code() == code).ok_or(MoneyError::UnknownCurrency)
    }
}

/// What went wrong with an amount. The caller refuses the input or raises an alert; nothing is ever wrapped or cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("the amount is out of range")]
    OutOfRange,
    #[error("the amount has more decimal places than its currency or channel")]
    PrecisionLoss,
    #[error("the amounts are of different currencies")]
    CurrencyMismatch,
    #[error("the currency is not one we trade in")]
    UnknownCurrency,
    #[error("the amount is not a plain decimal number")]
    NotANumber,
    #[error("nothing to split over")]
    EmptySplit,
}

/// How a fraction of a minor or charge unit becomes a whole one. Always named by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Away from zero: what we charge.
    Up,
    /// Towards zero: what we may spend.
    Down,
    /// To the nearest, halves away from zero: what we convert.
    HalfUp,
}

impl Rounding {
    const fn strategy(self) -> RoundingStrategy {
        match self {
            Self::Up => RoundingStrategy::AwayFromZero,
            Self::Down => RoundingStrategy::ToZero,
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        }
    }
}

/// An amount in minor units (TWD and IDR: hundredths, JPY: whole yen). May be negative in sums, never in prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Whole units (dollars, rupiah).
    pub fn from_units(units: i64, currency: Currency) -> Result<Self, MoneyError> {
        let minor = units.checked_mul(currency.minor_per_unit()).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, currency })
    }

    /// A decimal in whole units; refuses more places than the currency has.
    pub fn from_decimal(units: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let minor = units.checked_mul(Decimal::from(currency.minor_per_unit())).ok_or(MoneyError::OutOfRange)?;
        if !minor.is_integer() {
            return Err(MoneyError::PrecisionLoss);
        }
        Ok(Self { minor: minor.to_i64().ok_or(MoneyError::OutOfRange)?, currency })
    }

    /// A plain decimal text such as `1234.50`: no sign but `-`, no exponent, no separators.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err(MoneyError::NotANumber);
        }
        if text.len() > 28 {
            return Err(MoneyError::OutOfRange);
        }
        match Decimal::from_str_exact(text) {
            Ok(units) => Self::from_decimal(units, currency),
            Err(_) => Err(MoneyError::OutOfRange),
        }
    }

    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The amount in whole units, exact.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// Whole units for a channel without decimals (ECPay, Midtrans, DOKU, every supplier's rupiah).
    pub fn whole_units(self) -> Result<i64, MoneyError> {
        let per_unit = self.currency.minor_per_unit();
        if self.minor % per_unit == 0 { Ok(self.minor / per_unit) } else { Err(MoneyError::PrecisionLoss) }
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        Ok(Self { minor: self.minor.checked_neg().ok_or(MoneyError::OutOfRange)?, ..self })
    }

    fn combine(self, other: Self, op: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        Ok(Self { minor: op(self.minor, other.minor).ok_or(MoneyError::OutOfRange)?, ..self })
    }

    /// The sum of many amounts of one currency.
    pub fn sum(amounts: impl IntoIterator<Item = Self>, currency: Currency) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// Multiplies by a rate into another currency.
    pub fn convert(self, rate: Decimal, to: Currency, rounding: Rounding) -> Result<Self, MoneyError> {
        let units = self.decimal().checked_mul(rate).ok_or(MoneyError::OutOfRange)?;
        let rounded = units.round_dp_with_strategy(to.exponent(), rounding.strategy());
        Self::from_decimal(rounded, to)
    }

    /// To whole charge units of `unit` minor units each (ECPay charges whole TWD: 100).
    pub fn round_to(self, unit: i64, rounding: Rounding) -> Result<Self, MoneyError> {
        if unit <= 0 {
            return Err(MoneyError::OutOfRange);
        }
        let steps = Decimal::from(self.minor)
            .checked_div(Decimal::from(unit))
            .ok_or(MoneyError::OutOfRange)?
            .round_dp_with_strategy(0, rounding.strategy());
        let minor = steps.to_i64().and_then(|n| n.checked_mul(unit)).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// Splits into whole charge units by weight, largest remainder first, so that the parts sum to `self`.
    /// `self` must be a whole number of units and not negative. All weights zero: equal shares.
    pub fn split(self, weights: &[i64], unit: i64) -> Result<Vec<Self>, MoneyError> {
        if weights.is_empty() {
            return Err(MoneyError::EmptySplit);
        }
        if unit <= 0 || self.minor < 0 || weights.iter().any(|w| *w < 0) {
            return Err(MoneyError::OutOfRange);
        }
        if self.minor % unit != 0 {
            return Err(MoneyError::PrecisionLoss);
        }
        let units = i128::from(self.minor / unit);
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        let weight_of = |w: i64| if total == 0 { 1 } else { i128::from(w) };
        let whole = if total == 0 { i128::from(u32::try_from(weights.len()).unwrap_or(u32::MAX)) } else { total };

        let mut shares: Vec<(usize, i128, i128)> = weights
            .iter()
            .enumerate()
            .map(|(place, w)| (place, units * weight_of(*w) / whole, units * weight_of(*w) % whole))
            .collect();
        let left = units - shares.iter().map(|(_, share, _)| share).sum::<i128>();
        // The largest remainder gets the next unit; ties go to the earlier line, so a split is always the same.
        shares.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
        let extra = usize::try_from(left).unwrap_or(0);
        for share in shares.iter_mut().take(extra) {
            share.1 += 1;
        }
        shares.sort_by_key(|(place, ..)| *place);
        shares
            .into_iter()
            .map(|(_, share, _)| {
                let minor = i64::try_from(share).ok().and_then(|n| n.checked_mul(unit));
                Ok(Self { minor: minor.ok_or(MoneyError::OutOfRange)?, ..self })
            })
            .collect()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn twd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Twd)
    }

    #[test]
    fn texts_are_read_exactly_or_refused() {
        assert_eq!(Money::parse("1234.50", Currency::Twd), Ok(twd(123_450)));
        assert_eq!(Money::parse("7", Currency::Jpy), Ok(Money::from_minor(7, Currency::Jpy)));
        assert_eq!(Money::parse("1.005", Currency::Twd), Err(MoneyError::PrecisionLoss));
        assert_eq!(Money::parse("1.5", Currency::Jpy), Err(MoneyError::PrecisionLoss));
        for bad in ["", ".", "1.", ".5", "1e3", "+1", "1,000", " 1", "NaN", "--1"] {
            assert_eq!(Money::parse(bad, Currency::Twd), Err(MoneyError::NotANumber), "{bad}");
        }
        assert_eq!(Money::parse("99999999999999999999999", Currency::Twd), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn currencies_do_not_mix() {
        let idr = Money::zero(Currency::Idr);
        assert_eq!(twd(1).checked_add(idr), Err(MoneyError::CurrencyMismatch));
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(twd(i64::MAX).checked_add(twd(1)), Err(MoneyError::OutOfRange));
        assert_eq!(twd(i64::MIN).checked_neg(), Err(MoneyError::OutOfRange));
        assert_eq!(Money::from_units(i64::MAX, Currency::Twd), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn a_channel_without_decimals_refuses_half_dollars() {
        assert_eq!(twd(1_250).whole_units(), Err(MoneyError::PrecisionLoss));
        assert_eq!(twd(1_300).whole_units(), Ok(13));
    }

    #[test]
    fn the_largest_remainder_gets_the_odd_dollar() {
        let parts = twd(10_000).split(&[1, 1, 1], 100).unwrap();
        assert_eq!(parts, [twd(3_400), twd(3_300), twd(3_300)]);
        assert_eq!(twd(200).split(&[0, 0], 100).unwrap(), [twd(100), twd(100)]);
    }

    proptest! {
        #[test]
        fn a_split_loses_and_invents_nothing(
            units in 0_i64..1_000_000,
            weights in prop::collection::vec(0_i64..1_000_000_000, 1..9),
        ) {
            let whole = twd(units * 100);
            let parts = whole.split(&weights, 100).unwrap();
            prop_assert_eq!(Money::sum(parts.iter().copied(), Currency::Twd).unwrap(), whole);
            prop_assert!(parts.iter().all(|p| !p.is_negative() && p.whole_units().is_ok()));
        }

        #[test]
        fn rounding_up_costs_less_than_one_unit(minor in 0_i64..1_000_000_000, unit in 1_i64..1_000) {
            let up = twd(minor).round_to(unit, Rounding::Up).unwrap();
            prop_assert!(up.minor() >= minor && up.minor() < minor + unit && up.minor() % unit == 0);
        }

        #[test]
        fn text_and_back(minor in any::<i64>(), which in 0_usize..3) {
            let money = Money::from_minor(minor, Currency::ALL[which]);
            prop_assert_eq!(Money::parse(&money.decimal().to_string(), money.currency()), Ok(money));
        }
    }
}
