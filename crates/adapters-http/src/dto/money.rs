//! Money on the wire: `{"amount":"1234.00","currency":"TWD"}`.

use domain::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount in whole units with all its decimal places, and its currency (ISO 4217).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Money)]
#[serde(deny_unknown_fields)]
pub struct MoneyDto {
    #[schema(example = "1234.00")]
    pub amount: String,
    #[schema(example = "TWD")]
    pub currency: String,
}

impl From<Money> for MoneyDto {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal().to_string(), currency: money.currency().code().to_owned() }
    }
}

/// Money as it comes in: never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "MoneyDto")]
pub struct MoneyIn(pub Money);

impl TryFrom<MoneyDto> for MoneyIn {
    type Error = String;
    fn try_from(dto: MoneyDto) -> Result<Self, String> {
        let currency = dto.currency.parse().map_err(|e: domain::MoneyError| e.to_string())?;
        let money = Money::parse(&dto.amount, currency).map_err(|e| e.to_string())?;
        if money.is_negative() { Err("the amount is negative".to_owned()) } else { Ok(Self(money)) }
    }
}

#[cfg(test)]
mod tests {
    use domain::Currency;

    use super::*;

    fn read(text: &str) -> Result<Money, String> {
        serde_json::from_str::<MoneyIn>(text).map(|m| m.0).map_err(|e| e.to_string())
    }

    #[test]
    fn money_is_written_with_all_its_places() {
        let text =
            |minor, currency| serde_json::to_string(&MoneyDto::from(Money::from_minor(minor, currency))).unwrap();
        assert_eq!(text(123_400, Currency::Twd), r#"{"amount":"1234.00","currency":"TWD"}"#);
        assert_eq!(text(5, Currency::Idr), r#"{"amount":"0.05","currency":"IDR"}"#);
        assert_eq!(text(500, Currency::Jpy), r#"{"amount":"500","currency":"JPY"}"#);
        assert_eq!(text(-1, Currency::Twd), r#"{"amount":"-0.01","currency":"TWD"}"#);
    }

    #[test]
    fn money_is_read_exactly_or_not_at_all() {
        let twd = |minor| Ok(Money::from_minor(minor, Currency::Twd));
        assert_eq!(read(r#"{"amount":"1234","currency":"TWD"}"#), twd(123_400));
        assert_eq!(read(r#"{"amount":"0.50","currency":"TWD"}"#), twd(50));
        for wrong in [
            r#"{"amount":"1.005","currency":"TWD"}"#,
            r#"{"amount":"-1","currency":"TWD"}"#,
            r#"{"amount":"1e3","currency":"TWD"}"#,
            r#"{"amount":"1,000","currency":"TWD"}"#,
            r#"{"amount":"99999999999999999999","currency":"TWD"}"#,
            r#"{"amount":"1","currency":"twd"}"#,
            r#"{"amount":"1","currency":"USD"}"#,
            r#"{"amount":1,"currency":"TWD"}"#,
            r#"{"amount":"1"}"#,
            r#"{"amount":"1","currency":"TWD","x":1}"#,
            r#""1 TWD""#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
