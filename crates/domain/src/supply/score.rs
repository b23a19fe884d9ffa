//! How a supplier did over a while, of sums that the engine counts.

use std::ops::AddAssign;

/// What happened to purchases at one supplier in some span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Purchases that left us.
    pub sent: u32,
    pub delivered: u32,
    /// Refused for a reason of the goods or of ours: not sold, not as asked for. What lies with the customer counts nowhere here.
    pub refused: u32,
    /// Turned away for now: too many, maintenance, closed at this hour, another price, no deposit.
    pub turned_away: u32,
    /// Taken up, and failed at last; not for the customer's number.
    pub failed: u32,
    /// Became unknown at some time.
    pub unclear: u32,
    /// Never left us: no connection.
    pub not_sent: u32,
    /// Delivered, and taken back.
    pub reversed: u32,
    /// From the reservation to the delivery, over all delivered (ms).
    pub deliver_ms: u64,
    /// What deliveries took from our deposit (IDR, minor units).
    pub spent_minor: i64,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        let add = |a: &mut u32, b: u32| *a = a.saturating_add(b);
        add(&mut self.sent, other.sent);
        add(&mut self.delivered, other.delivered);
        add(&mut self.refused, other.refused);
        add(&mut self.turned_away, other.turned_away);
        add(&mut self.failed, other.failed);
        add(&mut self.unclear, other.unclear);
        add(&mut self.not_sent, other.not_sent);
        add(&mut self.reversed, other.reversed);
        self.deliver_ms = self.deliver_ms.saturating_add(other.deliver_ms);
        self.spent_minor = self.spent_minor.saturating_add(other.spent_minor);
    }
}

/// The same in shares, in thousandths. `None`: too little happened to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Score {
    pub sent: u32,
    /// Of what came to an end: delivered, and not refused, failed or turned away.
    pub success_permille: Option<u32>,
    /// Of what was sent: unclear at some time.
    pub unknown_permille: Option<u32>,
    /// Of what was delivered: taken back.
    pub reversed_permille: Option<u32>,
    /// The mean from the reservation to the delivery.
    pub deliver_ms: Option<u64>,
}

impl Score {
    pub fn of(sums: &Sums) -> Self {
        let ended = [sums.delivered, sums.refused, sums.turned_away, sums.failed, sums.not_sent];
        let ended = ended.iter().fold(0_u32, |all, n| all.saturating_add(*n));
        Self {
            sent: sums.sent,
            success_permille: permille(sums.delivered, ended),
            unknown_permille: permille(sums.unclear, sums.sent),
            reversed_permille: permille(sums.reversed, sums.delivered),
            deliver_ms: sums.deliver_ms.checked_div(u64::from(sums.delivered)),
        }
    }
}

/// A late end may belong to an earlier span: a share is at most all.
fn permille(part: u32, whole: u32) -> Option<u32> {
    let share = (u64::from(part) * 1_000).checked_div(u64::from(whole))?;
    Some(u32::try_from(share.min(1_000)).unwrap_or(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_says_nothing_of_nothing_and_shares_of_the_rest() {
        assert_eq!(Score::of(&Sums::default()), Score::default());
        let mut sums = Sums { sent: 8, delivered: 6, failed: 1, unclear: 2, deliver_ms: 12_000, ..Sums::default() };
        sums += Sums { sent: 2, refused: 1, not_sent: 2, reversed: 3, ..Sums::default() };
        let score = Score::of(&sums);
        assert_eq!(score.sent, 10);
        assert_eq!(score.success_permille, Some(600));
        assert_eq!(score.unknown_permille, Some(200));
        assert_eq!(score.reversed_permille, Some(500));
        assert_eq!(score.deliver_ms, Some(2_000));
    }

    #[test]
    fn what_ends_later_than_it_was_sent_is_no_more_than_all() {
        let sums = Sums { sent: 1, unclear: 4, ..Sums::default() };
        assert_eq!(Score::of(&sums).unknown_permille, Some(1_000));
    }
}
