//! What goes over the wire: plain structs and how they are made from the domain's.
//! What customers see (`orders`) and what staff see (`operator`, `story`) are different structs, so that no supplier's
//! cost, exchange or unmasked number can slip from one to the other.

mod asked;
mod audit;
mod bills;
mod goods;
mod inquiries;
mod instructions;
mod money;
mod operator;
mod orders;
mod page;
mod prices;
#[cfg(test)]
mod snapshots;
mod story;
mod suppliers;
mod text;

pub use asked::{Language, NewCheckoutBody, NewItemBody, NewOrderBody, QuoteBody, QuoteItem};
pub use audit::{RejectedNoticeView, StaffActView};
pub use inquiries::{Asked, InquiryBody, InquiryView};
pub use money::{MoneyDto, MoneyIn};
pub use operator::{AlertView, OperatorOrder};
pub use orders::{CheckoutView, OrderBrief, OrderLine, OrderView, PaymentMethod, ProductView, QuoteView};
pub use page::Page;
pub use prices::{PriceBookBody, PriceBookView, PromoBody, PromoCode, PromoView};
pub use story::{NoticeView, StoryView};
pub use suppliers::{SellersView, SuppliersView, SwitchBody, SwitchView};
pub use text::Line;
