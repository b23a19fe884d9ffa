//! `Upkeep`: partitions, the sweep, readiness, alerts, acts of staff.

use async_trait::async_trait;
use domain::{Alert, Moment};
use ports::store::{StaffAct, StoredAlert, Unavailable};
use ports::tasks::{Counted, NotReady, Upkeep};
use uuid::Uuid;

use super::PgStore;
use crate::migrate::known_versions;
use crate::rows::{AlertRow, BadRow, CountRow, FoundRow, Hit, NameRow, StaffActRow};
use crate::stmt::{self, SweptRow};

/// Partitions are made for this month and so many more: a quarter in which somebody notices that the schedule stands still.
pub(crate) const MONTHS_AHEAD: i32 = 3;
/// Statements of one forgetting, a million rows together; what is left is forgotten the next time.
pub(crate) const FORGETTINGS: usize = 200;

#[async_trait]
impl Upkeep for PgStore {
    async fn make_partitions(&self, now: Moment) -> Result<(), Unavailable> {
        self.db.ask::<_, Hit>(&stmt::make_partitions(now, MONTHS_AHEAD)).await?;
        Ok(())
    }

    async fn sweep(&self, now: Moment) -> Result<Vec<Alert>, Unavailable> {
        let rows: Vec<SweptRow> = self.db.tell(&stmt::sweep(now)).await?;
        let alerts: Result<Vec<Alert>, BadRow> = rows
            .into_iter()
            .map(|row| {
                let kind = row.kind.parse().map_err(|error: domain::ids::InvalidId| BadRow(error.to_string()))?;
                Ok(Alert { kind, subject: row.subject, detail: row.detail })
            })
            .collect();
        Ok(alerts?)
    }

    async fn forget_answers(&self, before: Moment) -> Result<u64, Unavailable> {
        let mut forgotten = 0;
        for _ in 0..FORGETTINGS {
            let rows: Vec<CountRow> = self.db.ask(&stmt::forget_answers(before)).await?;
            let gone = rows.first().map_or(0, |row| u64::try_from(row.n).unwrap_or(0));
            forgotten += gone;
            if gone == 0 {
                break;
            }
        }
        Ok(forgotten)
    }

    async fn ready(&self, now: Moment) -> Result<(), NotReady> {
        let schema: Vec<FoundRow> = self.db.ask(&stmt::has_schema()).await.map_err(Unavailable::from)?;
        if !schema.iter().all(|row| row.found) {
            return Err(NotReady::SchemaBehind);
        }
        let applied: Vec<NameRow> = self.db.ask(&stmt::applied_versions()).await.map_err(Unavailable::from)?;
        let known = known_versions().map_err(Unavailable)?;
        if known.iter().any(|known| !applied.iter().any(|row| row.name == *known)) {
            return Err(NotReady::SchemaBehind);
        }
        let missing: Vec<NameRow> = self.db.ask(&stmt::missing_partitions(now, 1)).await.map_err(Unavailable::from)?;
        if missing.is_empty() { Ok(()) } else { Err(NotReady::PartitionMissing) }
    }

    async fn alerts(&self, open_only: bool, before: Option<i64>, limit: u16) -> Result<Vec<StoredAlert>, Unavailable> {
        let rows: Vec<AlertRow> = match open_only {
            true => self.db.ask(&stmt::open_alerts(before, limit)).await?,
            false => self.db.ask(&stmt::all_alerts(before, limit)).await?,
        };
        let alerts: Result<Vec<_>, _> = rows.into_iter().map(AlertRow::read).collect();
        Ok(alerts?)
    }

    async fn raise(&self, alert: &Alert, now: Moment) -> Result<(), Unavailable> {
        self.db.tell::<_, Hit>(&stmt::raise_alert(alert, now)).await?;
        Ok(())
    }

    async fn close_alert(&self, id: i64, act: &StaffAct) -> Result<bool, Unavailable> {
        let rows: Vec<Hit> = self.db.tell(&stmt::close_alert(id, act)).await?;
        Ok(!rows.is_empty())
    }

    async fn record_act(&self, act: &StaffAct) -> Result<(), Unavailable> {
        self.db.ask::<_, Hit>(&stmt::record_act(act)).await?;
        Ok(())
    }

    async fn staff_acts(&self, after: Option<Uuid>, limit: u16) -> Result<Vec<StaffAct>, Unavailable> {
        let rows: Vec<StaffActRow> = self.db.ask(&stmt::staff_acts(after, limit)).await?;
        Ok(rows.into_iter().map(StaffActRow::read).collect())
    }

    fn counted(&self) -> Vec<Counted> {
        let counters = self.counters();
        let plain = |name, help, count| Counted { name, help, label: None, count };
        let conflict = |kind, count| Counted {
            label: Some(("kind", kind)),
            ..plain("seberang_store_conflicts_total", "Statements rolled back and run again", count)
        };
        vec![
            plain("seberang_store_round_trips_total", "Waits for the database", counters.round_trips()),
            plain("seberang_store_commits_total", "Orders created or changed", counters.commits()),
            plain("seberang_store_stale_total", "Commits refused because the order had moved on", counters.stale()),
            plain("seberang_store_duplicates_total", "Commits refused: their key was taken", counters.duplicates()),
            plain("seberang_store_rejected_total", "Changes refused for what they say", counters.rejected()),
            conflict("deadlock", counters.deadlocks()),
            conflict("serialization", counters.serialization_failures()),
            conflict("key_race", counters.key_races()),
            plain("seberang_store_splits_total", "Batches divided to find a bad member", counters.splits()),
            plain("seberang_store_lost_connections_total", "Connections that broke", counters.lost_connections()),
        ]
    }
}
