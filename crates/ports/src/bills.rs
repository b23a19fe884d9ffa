//! What customers were told to owe, at rest: an order carries it by its id.

use async_trait::async_trait;
use domain::{Bill, CustomerId, Moment, Money, Private, ProductId, SupplierId};
use uuid::Uuid;

use crate::store::Unavailable;

/// An answered question what a customer owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillInquiry {
    /// A fresh UUIDv7.
    pub id: Uuid,
    /// Who asked. It is nobody else's to order by.
    pub customer: CustomerId,
    pub product: ProductId,
    /// The customer's number at the biller, as orders take it.
    pub target: Private,
    pub bill: Bill,
    /// What it would have cost us at the supplier that answered (IDR); the price is made of it.
    pub cost: Money,
    /// Who answered. Who is paid is decided when it is paid.
    pub supplier: SupplierId,
    pub asked_at: Moment,
    /// Nothing is ordered by it from then on.
    pub expires_at: Moment,
}

/// Answered inquiries. They are about people: kept sealed, and not for long.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait BillStore: Send + Sync {
    /// Keeps one. The same id again changes nothing.
    async fn keep_inquiry(&self, inquiry: &BillInquiry) -> Result<(), Unavailable>;
    /// The one of this id that this customer asked. `None`: there is none, or it is somebody else's; nobody learns which.
    async fn inquiry(&self, id: Uuid, customer: CustomerId) -> Result<Option<BillInquiry>, Unavailable>;
    /// Deletes those asked before, and says how many.
    ///
    /// MUST: leave every younger one; hold up no request.
    async fn forget_inquiries(&self, before: Moment) -> Result<u64, Unavailable>;
}
