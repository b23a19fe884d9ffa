//! Prices as staff set them: the rate, the margin, promos.

use chrono::{DateTime, TimeDelta, Utc};
use domain::pricing::{FxRate, MarginRule, PriceBook, Promo};
use domain::{Currency, Moment};
use ports::catalogue::PromoRow;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Line, MoneyDto, MoneyIn};
use crate::problem::Problem;

/// IDR to TWD is about 0.002; nothing we trade reaches this.
const MAX_RATE: i64 = 1_000_000;
/// Digits after the point that any source gives.
const MAX_SCALE: u32 = 12;
/// The largest number and the longest fraction fit, with the point and a few zeros in front.
const MAX_DIGITS: usize = 24;
/// 1 to this many minor units in a charge unit: up to a thousand whole ones.
const MAX_CHARGE_UNIT: i64 = 100_000;
/// A rate may be used for a minute at least and for a month at most.
const RATE_AGE_S: std::ops::RangeInclusive<i64> = 60..=30 * 24 * 3600;
/// A rate's time may be ahead of our clock by this much.
const FUTURE: TimeDelta = TimeDelta::minutes(5);
/// More customers than Taiwan has Indonesians.
const MAX_USES: i32 = 1_000_000;

/// Prices to sell at from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBookBody {
    fx: FxBody,
    /// Per cent added to the rate, 0 to 50, as text.
    #[schema(value_type = String, example = "1.5")]
    buffer_percent: Plain,
    margin: MarginBody,
    /// Minor units in one charge unit: 100 for whole TWD.
    #[schema(example = 100)]
    charge_unit: i64,
    /// A rate older than this is not sold at.
    #[schema(example = 86400)]
    max_rate_age_seconds: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FxBody {
    #[schema(value_type = String, example = "IDR")]
    base: Currency,
    #[schema(value_type = String, example = "TWD")]
    quote: Currency,
    /// 1 base is so many quote, as text.
    #[schema(value_type = String, example = "0.00195")]
    rate: Plain,
    /// Where it was read.
    #[schema(value_type = String, max_length = 64)]
    source: Line<64>,
    as_of: DateTime<Utc>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MarginBody {
    /// 0 to 100, as text.
    #[schema(value_type = String, example = "8")]
    percent: Plain,
    #[schema(value_type = MoneyDto)]
    fixed: MoneyIn,
    #[schema(value_type = MoneyDto)]
    minimum: MoneyIn,
}

/// A plain decimal number as text: no exponent, at most 12 places.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Plain(Decimal);

impl TryFrom<String> for Plain {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        let plain =
            !text.is_empty() && text.len() <= MAX_DIGITS && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        match Decimal::from_str_exact(&text) {
            Ok(number) if plain && number.scale() <= MAX_SCALE => Ok(Self(number)),
            _ => Err("must be a plain decimal number as text, with at most 12 places"),
        }
    }
}

impl PriceBookBody {
    pub fn into_book(self, now: Moment) -> Result<PriceBook, Problem> {
        let PriceBookBody { fx, buffer_percent, margin, charge_unit, max_rate_age_seconds } = self;
        let hundred = Decimal::ONE_HUNDRED;
        let fits = [
            (fx.base != fx.quote, "fx.quote", "must be another currency than the base"),
            (!fx.rate.0.is_zero() && fx.rate.0 <= Decimal::from(MAX_RATE), "fx.rate", "must be above 0, up to 1000000"),
            (fx.as_of <= now + FUTURE, "fx.as_of", "must not be in the future"),
            (buffer_percent.0 <= hundred / Decimal::TWO, "buffer_percent", "must be 0 to 50"),
            (margin.percent.0 <= hundred, "margin.percent", "must be 0 to 100"),
            (margin.fixed.0.currency() == fx.quote, "margin.fixed", "must be in the quote currency"),
            (margin.minimum.0.currency() == fx.quote, "margin.minimum", "must be in the quote currency"),
            ((1..=MAX_CHARGE_UNIT).contains(&charge_unit), "charge_unit", "must be 1 to 100000"),
            (RATE_AGE_S.contains(&max_rate_age_seconds), "max_rate_age_seconds", "must be 60 to 2592000"),
        ];
        let wrong: Vec<_> = fits.into_iter().filter(|(fits, ..)| !fits).collect();
        if !wrong.is_empty() {
            let problem = Problem::invalid("invalid_field", "A field cannot be taken");
            return Err(wrong.into_iter().fold(problem, |p, (_, field, words)| p.field(field, "invalid", words)));
        }
        let millis = now.timestamp_millis();
        Ok(PriceBook {
            fx: FxRate {
                id: format!("fx-{millis}"),
                source: fx.source.into_string(),
                base: fx.base,
                quote: fx.quote,
                rate: fx.rate.0,
                as_of: fx.as_of,
                fetched_at: now,
            },
            buffer_percent: buffer_percent.0,
            margin: MarginRule {
                id: format!("margin-{millis}"),
                percent: margin.percent.0,
                fixed: margin.fixed.0,
                minimum: margin.minimum.0,
            },
            charge_unit,
            max_rate_age: TimeDelta::seconds(max_rate_age_seconds),
        })
    }
}

/// The prices sold at.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceBookView {
    pub fx: FxView,
    pub buffer_percent: String,
    pub margin: MarginView,
    pub charge_unit: i64,
    pub max_rate_age_seconds: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FxView {
    pub id: String,
    pub source: String,
    pub base: &'static str,
    pub quote: &'static str,
    pub rate: String,
    pub as_of: DateTime<Utc>,
    pub fetched_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MarginView {
    pub id: String,
    pub percent: String,
    pub fixed: MoneyDto,
    pub minimum: MoneyDto,
}

impl From<&PriceBook> for PriceBookView {
    fn from(book: &PriceBook) -> Self {
        Self {
            fx: (&book.fx).into(),
            buffer_percent: book.buffer_percent.to_string(),
            margin: (&book.margin).into(),
            charge_unit: book.charge_unit,
            max_rate_age_seconds: book.max_rate_age.num_seconds(),
        }
    }
}

impl From<&FxRate> for FxView {
    fn from(fx: &FxRate) -> Self {
        Self {
            id: fx.id.clone(),
            source: fx.source.clone(),
            base: fx.base.code(),
            quote: fx.quote.code(),
            rate: fx.rate.to_string(),
            as_of: fx.as_of,
            fetched_at: fx.fetched_at,
        }
    }
}

impl From<&MarginRule> for MarginView {
    fn from(margin: &MarginRule) -> Self {
        Self {
            id: margin.id.clone(),
            percent: margin.percent.to_string(),
            fixed: margin.fixed.into(),
            minimum: margin.minimum.into(),
        }
    }
}

/// A promo to make, or a new limit for one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromoBody {
    /// Cannot change once the promo has been used.
    #[schema(value_type = MoneyDto)]
    discount: MoneyIn,
    /// Orders that may use it, 0 to 1000000.
    max_uses: i32,
}

impl PromoBody {
    pub fn into_promo(self, code: PromoCode) -> Result<(Promo, i32), Problem> {
        let invalid = |field, words| {
            Err(Problem::invalid("invalid_field", "A field cannot be taken").field(field, "invalid", words))
        };
        if !(0..=MAX_USES).contains(&self.max_uses) {
            return invalid("max_uses", "must be 0 to 1000000");
        }
        // Another currency than customers pay in could be taken off nothing.
        if self.discount.0.is_zero() || self.discount.0.currency() != Currency::Twd {
            return invalid("discount", "must be more than nothing, in TWD");
        }
        Ok((Promo { code: code.0, discount: self.discount.0 }, self.max_uses))
    }
}

/// 3 to 32 of A–Z, 0–9, `-` and `_`: what customers can type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoCode(pub String);

impl std::str::FromStr for PromoCode {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, &'static str> {
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let fits = (3..=32).contains(&text.len()) && text.bytes().all(allowed);
        if fits { Ok(Self(text.to_owned())) } else { Err("must be 3 to 32 of A-Z, 0-9, - and _") }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PromoView {
    pub code: String,
    pub discount: MoneyDto,
    pub max_uses: i32,
    pub used: i32,
}

impl From<PromoRow> for PromoView {
    fn from(row: PromoRow) -> Self {
        Self { code: row.promo.code, discount: row.promo.discount.into(), max_uses: row.max_uses, used: row.used }
    }
}
