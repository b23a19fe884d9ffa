//! A database that is down.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::pricing::{PriceBook, Promo};
use domain::supply::Sums;
use domain::task::Queue;
use domain::*;
use ports::bills::{BillInquiry, BillStore};
use ports::catalogue::{Catalogue, ProductFilter, PromoRow, Stocked};
use ports::notice::NoticeRecord;
use ports::store::*;
use ports::supplier::Listing;
use ports::supply::{SupplierMinute, SupplierState, SupplyStore, Switch};
use ports::tasks::{Counted, LeaseToken, Leased, NotReady, Outlook, Schedules, TaskStore, Upkeep};
use uuid::Uuid;

/// A database that is down: it knows nothing and says so.
pub struct Down;

fn down<T>() -> Result<T, Unavailable> {
    Err(Unavailable("connection refused".to_owned()))
}

#[async_trait]
impl OrderStore for Down {
    async fn create(&self, batch: Vec<Create>) -> Vec<Result<(), CreateError>> {
        batch.iter().map(|_| down().map_err(Into::into)).collect()
    }
    async fn commit(&self, batch: Vec<Commit>) -> Vec<Result<Taken, CommitError>> {
        batch.iter().map(|_| down().map_err(Into::into)).collect()
    }
    async fn load(&self, _: OrderId) -> Result<Order, LoadError> {
        Ok(down()?)
    }
    async fn versions(&self, _: &[OrderId]) -> Result<Vec<(OrderId, i32)>, Unavailable> {
        down()
    }
    async fn holder_of(&self, _: &DedupeKey) -> Result<Option<OrderId>, Unavailable> {
        down()
    }
    async fn park(&self, _: NoticeRecord, _: Option<OrderId>, _: Option<Alert>, _: Moment) -> Result<(), Unavailable> {
        down()
    }
    async fn stored_answer(&self, _: &str, _: &str) -> Result<Option<StoredAnswer>, Unavailable> {
        down()
    }
    async fn notices_about(&self, _: &Reference, _: u16) -> Result<Vec<StoryNotice>, Unavailable> {
        down()
    }
    async fn list(&self, _: &OrderFilter) -> Result<OrderPage, Unavailable> {
        down()
    }
    async fn story(&self, _: OrderId) -> Result<Story, Unavailable> {
        down()
    }
}

#[async_trait]
impl TaskStore for Down {
    async fn claim(
        &self,
        _: Queue,
        _: u16,
        _: std::time::Duration,
        _: LeaseToken,
        _: Moment,
    ) -> Result<Vec<Leased>, Unavailable> {
        down()
    }
    async fn retry_later(&self, _: &Leased, _: Moment, _: &str) -> Result<bool, Unavailable> {
        down()
    }
    async fn hand_back(&self, _: &Leased, _: Moment) -> Result<bool, Unavailable> {
        down()
    }
    async fn bury(&self, _: &Leased, _: &str, _: Moment) -> Result<bool, Unavailable> {
        down()
    }
    async fn revive(&self, _: OrderId, _: &TaskKind, _: &StaffAct) -> Result<bool, Unavailable> {
        down()
    }
    async fn outlook(&self) -> Result<Outlook, Unavailable> {
        down()
    }
}

#[async_trait]
impl Schedules for Down {
    async fn begin(&self, _: &str, _: i64, _: std::time::Duration, _: LeaseToken) -> Result<bool, Unavailable> {
        down()
    }
    async fn finish(&self, _: &str, _: i64, _: LeaseToken) -> Result<bool, Unavailable> {
        down()
    }
    async fn give_back(&self, _: &str, _: i64, _: std::time::Duration, _: LeaseToken) -> Result<bool, Unavailable> {
        down()
    }
}

#[async_trait]
impl Upkeep for Down {
    async fn make_partitions(&self, _: Moment) -> Result<(), Unavailable> {
        down()
    }
    async fn sweep(&self, _: Moment) -> Result<Vec<Alert>, Unavailable> {
        down()
    }
    async fn forget_answers(&self, _: Moment) -> Result<u64, Unavailable> {
        down()
    }
    async fn ready(&self, _: Moment) -> Result<(), NotReady> {
        Ok(down()?)
    }
    async fn alerts(&self, _: bool, _: Option<i64>, _: u16) -> Result<Vec<StoredAlert>, Unavailable> {
        down()
    }
    async fn close_alert(&self, _: i64, _: &StaffAct) -> Result<bool, Unavailable> {
        down()
    }
    async fn raise(&self, _: &Alert, _: Moment) -> Result<(), Unavailable> {
        down()
    }
    async fn record_act(&self, _: &StaffAct) -> Result<(), Unavailable> {
        down()
    }
    async fn staff_acts(&self, _: Option<Uuid>, _: u16) -> Result<Vec<StaffAct>, Unavailable> {
        down()
    }
    fn counted(&self) -> Vec<Counted> {
        Vec::new()
    }
}

#[async_trait]
impl BillStore for Down {
    async fn keep_inquiry(&self, _: &BillInquiry) -> Result<(), Unavailable> {
        down()
    }
    async fn inquiry(&self, _: Uuid, _: CustomerId) -> Result<Option<BillInquiry>, Unavailable> {
        down()
    }
    async fn forget_inquiries(&self, _: Moment) -> Result<u64, Unavailable> {
        down()
    }
}

#[async_trait]
impl Catalogue for Down {
    async fn put_list(&self, _: &SupplierId, _: Vec<Listing>, _: Moment) -> Result<(), Unavailable> {
        down()
    }
    async fn lists_taken(&self) -> Result<Vec<(SupplierId, Moment)>, Unavailable> {
        down()
    }
    async fn sold_by(&self, _: &SupplierId) -> Result<BTreeSet<ProductId>, Unavailable> {
        down()
    }
    async fn retire(&self, _: &SupplierId, _: Moment, _: Moment) -> Result<u64, Unavailable> {
        down()
    }
    async fn list(&self, _: &ProductFilter, _: Moment) -> Result<Vec<Stocked>, Unavailable> {
        down()
    }
    async fn find(&self, _: &[ProductId], _: Moment) -> Result<Vec<Stocked>, Unavailable> {
        down()
    }
    async fn price_book(&self) -> Result<Option<PriceBook>, Unavailable> {
        down()
    }
    async fn set_price_book(&self, _: &PriceBook, _: &StaffAct) -> Result<(), Unavailable> {
        down()
    }
    async fn promo(&self, _: &str) -> Result<Option<PromoRow>, Unavailable> {
        down()
    }
    async fn put_promo(&self, _: &Promo, _: i32, _: &StaffAct) -> Result<bool, Unavailable> {
        down()
    }
}

#[async_trait]
impl SupplyStore for Down {
    async fn states(&self) -> Result<Vec<SupplierState>, Unavailable> {
        down()
    }
    async fn put_state(&self, _: &SupplierState) -> Result<bool, Unavailable> {
        down()
    }
    async fn release(&self, _: &SupplierId, _: &StaffAct) -> Result<bool, Unavailable> {
        down()
    }
    async fn switch_off(&self, _: &Switch, _: &StaffAct) -> Result<Uuid, Unavailable> {
        down()
    }
    async fn switch_on(&self, _: Uuid, _: &StaffAct) -> Result<bool, Unavailable> {
        down()
    }
    async fn switches(&self, _: Moment) -> Result<Vec<Switch>, Unavailable> {
        down()
    }
    async fn observed(&self, _: Vec<SupplierMinute>) -> Result<(), Unavailable> {
        down()
    }
    async fn sums(&self, _: Moment) -> Result<Vec<(SupplierId, Sums)>, Unavailable> {
        down()
    }
    async fn forget_minutes(&self, _: Moment) -> Result<u64, Unavailable> {
        down()
    }
}
