//! Batches: one statement for all members, divided only where one of them cannot be stored.

use crate::db::{Db, Fault};
use crate::stmt::{CommitAnswer, CreateAnswer, Fetch, Statement, Text};

/// Members of one statement. At a hundred the gain of batching is spent; twice that bounds the statement's size.
const MEMBERS_AT_ONCE: usize = 200;

/// A row that answers one member.
pub(super) trait Answer: Fetch {
    /// The member's place in its statement.
    fn place(&self) -> i32;
}
impl Answer for CommitAnswer {
    fn place(&self) -> i32 {
        self.ord
    }
}
impl Answer for CreateAnswer {
    fn place(&self) -> i32 {
        self.ord
    }
}

/// What is known of one member.
pub(super) type Slot<A> = Result<Option<A>, Fault>;

/// Runs the statement for all members and returns the row that answers each; `None` when the database returned none.
/// A statement that fails for what it holds is divided in halves until the member to blame is alone: only that one fails,
/// after at most 2·log2(members) + 2 statements. What a neighbour spoilt is run again as a whole, and then divided, too.
pub(super) async fn run<M: Sync, T: Text, A: Answer>(
    db: &Db,
    members: &[&M],
    statement: impl Fn(&[&M]) -> Statement<T>,
) -> Vec<Slot<A>> {
    let mut answers: Vec<Slot<A>> = members.iter().map(|_| Ok(None)).collect();
    for (whole, slots) in members.chunks(MEMBERS_AT_ONCE).zip(answers.chunks_mut(MEMBERS_AT_ONCE)) {
        let mut parts: Vec<(&[&M], &mut [Slot<A>])> = vec![(whole, slots)];
        while let Some((part, slots)) = parts.pop() {
            // Where a half meets a key that is taken it is divided at once: else every half on the way would be run twice.
            let told = if part.len() == whole.len() || part.len() == 1 {
                db.tell::<T, A>(&statement(part)).await
            } else {
                db.run::<T, A>(&statement(part)).await
            };
            match told {
                Ok(rows) => fill(slots, rows),
                Err(Fault::Poison(_) | Fault::Conflict(..)) if part.len() > 1 => {
                    db.counters.count_split();
                    let (left, right) = part.split_at(part.len() / 2);
                    let (left_slots, right_slots) = slots.split_at_mut(left.len());
                    parts.push((right, right_slots));
                    parts.push((left, left_slots));
                }
                Err(fault) => slots.iter_mut().for_each(|slot| *slot = Err(fault.clone())),
            }
        }
    }
    answers
}

fn fill<A: Answer>(slots: &mut [Slot<A>], rows: Vec<A>) {
    for row in rows {
        let slot = usize::try_from(row.place()).ok().and_then(|place| slots.get_mut(place));
        if let Some(slot) = slot {
            *slot = Ok(Some(row));
        }
    }
}
