//! What a customer sends.

use domain::{Private, ProductId};
use engine::{Goes, PlaceItem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Line, MoneyDto, MoneyIn};
use crate::problem::Problem;

/// What would be bought.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteBody {
    /// 1 to 10.
    pub items: Vec<QuoteItem>,
    #[schema(value_type = Option<String>, max_length = 32)]
    pub promo_code: Option<Line<32>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteItem {
    #[schema(value_type = String)]
    pub product: ProductId,
    /// For a bill, and only for one: the answer to an inquiry of kind `bill`.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub inquiry: Option<Uuid>,
}

impl QuoteItem {
    pub fn into_item(self) -> engine::QuoteItem {
        engine::QuoteItem { product: self.product, inquiry: self.inquiry }
    }
}

/// An order to place.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrderBody {
    /// 1 to 10.
    pub items: Vec<NewItemBody>,
    /// What the customer was shown. Another total is refused with the new one.
    #[schema(value_type = MoneyDto)]
    pub expected_total: MoneyIn,
    #[schema(value_type = Option<String>, max_length = 32)]
    pub promo_code: Option<Line<32>>,
    /// The customer knows that the same was ordered within the last ten minutes.
    #[serde(default)]
    pub confirm_repeat: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItemBody {
    #[schema(value_type = String)]
    pub product: ProductId,
    /// Phone number, meter number or player id, by the product's category. Not for bills.
    #[schema(value_type = Option<String>, max_length = 64)]
    pub target: Option<Line<64>>,
    /// For a bill, instead of `target`: the answer to an inquiry of kind `bill`. It is paid as it was told, or not at all.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub inquiry: Option<Uuid>,
}

impl NewItemBody {
    /// `index`: its place in the order.
    pub fn into_item(self, index: usize) -> Result<PlaceItem, Problem> {
        let invalid = |field: &str, code, words: &str| {
            let field = format!("items[{index}].{field}");
            Err(Problem::invalid("invalid_field", "A field cannot be taken").field(field, code, words))
        };
        let goes = match (self.target, self.inquiry) {
            (Some(target), None) => Goes::To(Private::new(target.into_string())),
            (None, Some(inquiry)) => Goes::AsAsked(inquiry),
            (None, None) => return invalid("target", "required", "an item needs a target, and a bill an inquiry"),
            (Some(_), Some(_)) => return invalid("inquiry", "unknown", "an item has a target or an inquiry"),
        };
        Ok(PlaceItem { product: self.product, goes })
    }
}

/// Which way to pay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCheckoutBody {
    /// One of the order's payment methods.
    #[schema(value_type = String, max_length = 32, example = "credit")]
    pub method: Line<32>,
    /// Absent: the first gateway that offers the method.
    #[schema(value_type = Option<String>)]
    pub gateway: Option<domain::GatewayId>,
    #[serde(default)]
    pub language: Language,
    /// The payment's number in its order.
    #[serde(default)]
    pub payment: u16,
}

/// The language of the gateway's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub enum Language {
    #[default]
    #[serde(rename = "id")]
    Indonesian,
    #[serde(rename = "zh-TW")]
    Chinese,
    #[serde(rename = "en")]
    English,
}

impl Language {
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Indonesian => "id",
            Self::Chinese => "zh-TW",
            Self::English => "en",
        }
    }
}
