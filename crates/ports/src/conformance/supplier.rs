//! The suite of the supplier port.

mod bills;
mod cases;
mod claims;
mod inquiries;
mod laws;
mod notices;
mod outcomes;
mod reads;
mod settings;
mod situations;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Moment, Money, Reference};

pub use self::bills::{BillSituation, BillStage, BillTruth};
pub use self::claims::{BillClaims, Claims, CutOff};
pub use self::inquiries::InquiryCase;
pub use self::notices::SupplierNoticeCase;
pub use self::settings::OddSetting;
pub(super) use self::settings::expect_refused;
pub use self::situations::{Must, Situation, Turn, Word};
use super::report::{Report, Unsupported};
use crate::notice::{NoticeReply, RawNotice};
use crate::settings::BadSetting;
use crate::supplier::{Purchase, Supplier};

/// A supplier standing in a situation, and the purchase to try there.
pub struct SupplierStage {
    pub supplier: Arc<dyn Supplier>,
    /// Its reference is used by no other stage. Its cost is what the list says.
    pub purchase: Purchase,
}

/// What the sandbox knows of one reference, counted at its socket and in its own books.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SupplierTruth {
    /// Purchases formed.
    pub formed: u32,
    /// Purchases delivered, taken back or not.
    pub delivered: u32,
    /// Purchase requests that arrived, also by following a redirect; status questions do not count.
    pub requests: u32,
    /// Questions what is owed that arrived.
    pub bill_inquiries: u32,
    /// What was taken from the deposit. Nothing: nothing was formed.
    pub price: Option<Money>,
    /// What was given, in the supplier's writing…
    pub serial: Option<String>,
    /// …and its pin, where that has a field of its own.
    pub pin: Option<String>,
}

/// One line of the price list as the sandbox means it; bills have a list of their own kind and do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub code: String,
    /// Nothing: the line is broken on purpose, its price cannot be read.
    pub price: Option<Money>,
    pub open: bool,
}

/// An adapter over its sandbox. Implemented once for all, by `supplier-lab`. One stage is in use at a time.
#[async_trait]
pub trait SupplierWorld: Send + Sync {
    /// Whose report it is: `iak`.
    fn name(&self) -> String;
    fn claims(&self) -> Claims;
    /// Puts the sandbox in a situation for the purchase it returns. The adapter's deadlines should be about a second.
    async fn arrange(&self, situation: Situation) -> Result<SupplierStage, Unsupported>;
    /// The same with a bill to ask for.
    async fn arrange_bill(&self, situation: BillSituation) -> Result<BillStage, Unsupported>;
    /// Something happens at the supplier.
    async fn turn(&self, reference: &Reference, turn: Turn);
    async fn truth(&self, reference: &Reference) -> SupplierTruth;
    /// The price list as it should be read.
    async fn listed(&self) -> Vec<Listed>;
    fn now(&self) -> Moment;
    /// Planted keys, user names, tokens. Targets and serials are added by the suite.
    fn secrets(&self) -> Vec<String>;
    /// Inquiries with known answers; for suppliers that answer any.
    fn inquiries(&self) -> Result<InquiryCase, Unsupported>;
    /// The notice a case asks for about this purchase, with its kind (a part of the webhook's path).
    async fn notice(&self, case: SupplierNoticeCase, purchase: &Purchase) -> Result<(String, RawNotice), Unsupported>;
    /// The names of the settings that are secret or name the account.
    fn secret_settings(&self) -> Vec<&'static str>;
    /// Builds the adapter with one odd setting.
    fn built(&self, odd: OddSetting) -> Result<Arc<dyn Supplier>, BadSetting>;
    /// Whether this supplier stops sending a notice when it gets this reply.
    fn stops_sending(&self, reply: &NoticeReply) -> bool;
}

/// Runs every case.
pub async fn supplier(world: &dyn SupplierWorld) -> Report {
    let mut report = Report::about(world.name());
    outcomes::run(world, &mut report).await;
    bills::run(world, &mut report).await;
    reads::run(world, &mut report).await;
    notices::run(world, &mut report).await;
    settings::run(world, &mut report).await;
    report
}
