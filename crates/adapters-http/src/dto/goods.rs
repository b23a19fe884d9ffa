//! What a customer types in somewhere, read from the serial of delivered goods.

use chrono::NaiveDate;
use domain::Private;
use domain::fulfilment::SerialParts;
use serde::Serialize;
use utoipa::ToSchema;

/// A serial, part by part.
// No Debug: it is as good as money.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GoodsView {
    PlnToken {
        /// Twenty digits, grouped by four.
        #[schema(example = "0123-4567-8901-2345-6789")]
        token: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(example = "R1 /000001300")]
        tariff: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(example = "66.2")]
        kwh: Option<String>,
    },
    Voucher {
        code: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        pin: Option<String>,
        /// The last day.
        #[serde(skip_serializing_if = "Option::is_none")]
        valid_until: Option<NaiveDate>,
    },
    EMoney {
        /// Whose wallet was filled.
        name: String,
        number: String,
    },
}

impl From<SerialParts> for GoodsView {
    fn from(parts: SerialParts) -> Self {
        let shown = |part: &Private| part.expose().to_owned();
        match parts {
            SerialParts::PlnToken { token, name, tariff, kwh } => {
                Self::PlnToken { token: shown(&token), name: name.as_ref().map(shown), tariff, kwh }
            }
            SerialParts::Voucher { code, pin, valid_until } => {
                Self::Voucher { code: shown(&code), pin: pin.as_ref().map(shown), valid_until }
            }
            SerialParts::EMoney { name, number } => Self::EMoney { name: shown(&name), number: shown(&number) },
        }
    }
}
