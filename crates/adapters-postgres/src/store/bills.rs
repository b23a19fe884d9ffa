//! `BillStore`.

use async_trait::async_trait;
use domain::{CustomerId, Moment};
use ports::bills::{BillInquiry, BillStore};
use ports::store::Unavailable;
use uuid::Uuid;

use super::{FORGETTINGS, PgStore};
use crate::rows::{CountRow, Hit, InquiryRow};
use crate::stmt::bills as stmt;

#[async_trait]
impl BillStore for PgStore {
    async fn keep_inquiry(&self, inquiry: &BillInquiry) -> Result<(), Unavailable> {
        self.db.tell::<_, Hit>(&stmt::keep_inquiry(inquiry, &self.keys)).await?;
        Ok(())
    }

    async fn inquiry(&self, id: Uuid, customer: CustomerId) -> Result<Option<BillInquiry>, Unavailable> {
        let rows: Vec<InquiryRow> = self.db.ask(&stmt::find_inquiry(id, customer)).await?;
        Ok(rows.into_iter().next().map(|row| row.read(&self.keys)).transpose()?)
    }

    async fn forget_inquiries(&self, before: Moment) -> Result<u64, Unavailable> {
        let mut forgotten = 0;
        for _ in 0..FORGETTINGS {
            let rows: Vec<CountRow> = self.db.ask(&stmt::forget_inquiries(before)).await?;
            let gone = rows.first().map_or(0, |row| u64::try_from(row.n).unwrap_or(0));
            forgotten += gone;
            if gone == 0 {
                break;
            }
        }
        Ok(forgotten)
    }
}
