//! `SupplyStore`.

use async_trait::async_trait;
use domain::supply::Sums;
use domain::{Moment, SupplierId};
use ports::store::{StaffAct, Unavailable};
use ports::supply::{SupplierMinute, SupplierState, SupplyStore, Switch};
use uuid::Uuid;

use super::PgStore;
use crate::rows::{CountRow, Hit, IdRow, StateRow, SumsRow, SwitchRow, minutes};
use crate::stmt::supply as stmt;

#[async_trait]
impl SupplyStore for PgStore {
    async fn states(&self) -> Result<Vec<SupplierState>, Unavailable> {
        let rows: Vec<StateRow> = self.db.ask(&stmt::states()).await?;
        let states: Result<Vec<_>, _> = rows.into_iter().map(StateRow::read).collect();
        Ok(states?)
    }

    async fn put_state(&self, state: &SupplierState) -> Result<bool, Unavailable> {
        // Not again on a lost connection: the first one may have been written, and would then look like somebody else's.
        let rows: Vec<Hit> = self.db.tell(&stmt::put_state(state)).await?;
        Ok(!rows.is_empty())
    }

    async fn release(&self, supplier: &SupplierId, act: &StaffAct) -> Result<bool, Unavailable> {
        let rows: Vec<Hit> = self.db.tell(&stmt::release(supplier, act)).await?;
        Ok(!rows.is_empty())
    }

    async fn switch_off(&self, switch: &Switch, act: &StaffAct) -> Result<Uuid, Unavailable> {
        let rows: Vec<IdRow> = self.db.ask(&stmt::switch_off(switch, act)).await?;
        rows.first().map(|row| row.id).ok_or_else(|| Unavailable("a switch was neither stored nor found".to_owned()))
    }

    async fn switch_on(&self, id: Uuid, act: &StaffAct) -> Result<bool, Unavailable> {
        let rows: Vec<Hit> = self.db.tell(&stmt::switch_on(id, act)).await?;
        Ok(!rows.is_empty())
    }

    async fn switches(&self, now: Moment) -> Result<Vec<Switch>, Unavailable> {
        let rows: Vec<SwitchRow> = self.db.ask(&stmt::switches(now)).await?;
        let switches: Result<Vec<_>, _> = rows.into_iter().map(SwitchRow::read).collect();
        Ok(switches?)
    }

    async fn observed(&self, rows: Vec<SupplierMinute>) -> Result<(), Unavailable> {
        if !rows.is_empty() {
            self.db.tell::<_, Hit>(&stmt::observed(minutes(&rows))).await?;
        }
        Ok(())
    }

    async fn sums(&self, since: Moment) -> Result<Vec<(SupplierId, Sums)>, Unavailable> {
        let rows: Vec<SumsRow> = self.db.ask(&stmt::sums(since)).await?;
        let sums: Result<Vec<_>, _> = rows.into_iter().map(SumsRow::read).collect();
        Ok(sums?)
    }

    async fn forget_minutes(&self, before: Moment) -> Result<u64, Unavailable> {
        let rows: Vec<CountRow> = self.db.ask(&stmt::forget_minutes(before)).await?;
        Ok(rows.first().map_or(0, |row| u64::try_from(row.n).unwrap_or(0)))
    }
}
