//! What is stored along with a decision: leases that end, what was said, a notice, the answer to a request. Not here: the
//! decision.

use domain::order::{Applied, Outcome};
use domain::{Moment, OrderId};
use ports::Exchange;
use ports::notice::NoticeRecord;
use ports::store::{Commit, StoredAnswer, Take};
use ports::tasks::LeaseToken;

use crate::apply::{Answer, Rendered, Request};

/// What is stored along with a decision.
#[derive(Default)]
pub(crate) struct Along<'a> {
    pub(crate) lease: Option<LeaseToken>,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) notice: Option<NoticeRecord>,
    pub(crate) request: Option<&'a Request<'a>>,
}

/// [`Along`] for each event.
pub(crate) struct With<'a> {
    pub(crate) leases: Vec<Vec<LeaseToken>>,
    pub(crate) exchanges: Vec<Vec<Exchange>>,
    pub(crate) notice: Option<NoticeRecord>,
    pub(crate) request: Option<&'a Request<'a>>,
}

impl With<'_> {
    /// Only what belongs to events that applied is stored, and only their tasks are released.
    pub(crate) fn commit_of(
        &self,
        applied: &Applied,
        outcomes: &[Outcome],
        takes: Vec<Take>,
        now: Moment,
    ) -> (Commit, Option<Answer>) {
        let stored = self.request.map(|request| {
            let rendered = (request.render)(&applied.after);
            answer_row(request, applied.after.id, rendered, now)
        });
        let answer = stored.as_ref().map(|row| Answer { status: row.status, body: row.body.clone(), replayed: false });
        let commit = Commit {
            change: applied.change.clone(),
            leases: of_applied(&self.leases, outcomes),
            takes,
            exchanges: of_applied(&self.exchanges, outcomes),
            notice: self.notice.clone(),
            answer: stored,
        };
        (commit, answer)
    }
}

fn of_applied<T: Clone>(each: &[Vec<T>], outcomes: &[Outcome]) -> Vec<T> {
    let applied = each.iter().zip(outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied);
    applied.flat_map(|(own, _)| own.iter().cloned()).collect()
}

pub(crate) fn answer_row(request: &Request<'_>, order: OrderId, rendered: Rendered, at: Moment) -> StoredAnswer {
    StoredAnswer {
        scope: request.scope.to_owned(),
        key: request.key.to_owned(),
        request_hash: request.hash,
        order,
        status: rendered.status,
        body: rendered.body,
        at,
    }
}
