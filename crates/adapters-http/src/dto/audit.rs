//! What staff look back on, as they see it.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use engine::RejectedNotice;
use ports::store::StaffAct;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a member of staff did outside an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffActView {
    #[schema(value_type = String, format = Uuid)]
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// Who did it, by login name.
    pub by: String,
    /// `close_alert`, `revive_task`, `set_price_book`, `put_promo`, `sync_catalogue`, `switch_off`, `switch_on` or
    /// `release_supplier`.
    pub act: String,
    /// What it was done to.
    pub subject: String,
    pub detail: String,
}

impl From<StaffAct> for StaffActView {
    fn from(act: StaffAct) -> Self {
        let StaffAct { id, at, actor, act, subject, detail } = act;
        Self { id, at, by: actor, act, subject, detail }
    }
}

/// A notice that was not believed. Its body is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectedNoticeView {
    /// Counted from 1 since this process started.
    pub no: u64,
    pub at: DateTime<Utc>,
    /// As the address named it; `-` if that is no plain word.
    pub provider: String,
    pub kind: String,
    /// The sender's address, or the proxy's in front of us.
    #[schema(value_type = Option<String>)]
    pub peer: Option<IpAddr>,
    /// `malformed`, `bad_signature`, `other_account` or `unknown_provider`.
    pub reason: &'static str,
    /// Bytes of the body.
    pub size: usize,
    /// Of the body, in hex.
    pub sha256: String,
}

impl From<RejectedNotice> for RejectedNoticeView {
    fn from(notice: RejectedNotice) -> Self {
        let RejectedNotice { no, at, provider, kind, peer, reason, size, sha256 } = notice;
        Self { no, at, provider, kind, peer, reason, size, sha256 }
    }
}
