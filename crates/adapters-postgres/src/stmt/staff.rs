//! Acts of staff that no other statement stores, and the page of all of them. An act with a write of ours is stored by that
//! write's own statement.

use ports::store::StaffAct;
use uuid::Uuid;

use super::{Statement, text};

/// Acts of one page, whatever is asked for: what a person reads at once, several times over.
const PAGE_LIMIT: u16 = 200;

text! {
    RecordAct = "\
INSERT INTO staff_acts (id, at, actor, act, subject, detail) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING
RETURNING id"
}
text! {
    ActPage = "\
SELECT id, at, actor, act, subject, detail FROM staff_acts WHERE id < $1 ORDER BY id DESC LIMIT $2"
}

pub(crate) fn record_act(act: &StaffAct) -> Statement<RecordAct> {
    Statement::with([
        act.id.into(),
        act.at.into(),
        act.actor.as_str().into(),
        act.act.as_str().into(),
        act.subject.as_str().into(),
        act.detail.as_str().into(),
    ])
}

pub(crate) fn staff_acts(after: Option<Uuid>, limit: u16) -> Statement<ActPage> {
    Statement::with([after.unwrap_or(Uuid::max()).into(), i64::from(limit.min(PAGE_LIMIT)).into()])
}
