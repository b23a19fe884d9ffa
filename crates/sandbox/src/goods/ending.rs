//! Test numbers: what becomes of a purchase is said by the end of its number, as suppliers' own sandboxes do. Plain data;
//! which number means what is each supplier's table.

use super::{Refusal, Why};
use crate::faults::Kind;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Delivered before it is answered.
    AtOnce,
    /// Pending, and over after so long.
    Then {
        delivered: bool,
        after_ms: i64,
    },
    /// Pending, until somebody decides.
    Forever,
    /// Pending in another word: paid, and the delivery not yet confirmed.
    PaidFirst {
        after_ms: i64,
    },
    /// Answered with an error, and delivered all the same.
    ErrorYetDelivered,
    /// Never answered, and delivered.
    LostYetDelivered,
    /// Never answered, never formed.
    LostAndNothing,
    /// The same two, by silence until the client gives up.
    SilentYetDelivered,
    SilentAndNothing,
    Refuse(Why),
    /// Delivered before it is answered; its serial shows so much later.
    SerialLate {
        after_ms: i64,
    },
    /// Dearer than the list says, by as much as the fault `price_change` adds.
    Dearer,
    /// Delivered, and so much later taken back.
    Reversed {
        after_ms: i64,
    },
    /// Answered in words that stand nowhere, and delivered.
    UnknownWords,
    /// Answered with a page for people, and delivered.
    Page,
    CallbackTwice,
    CallbackNever,
    /// Its callback is signed with another key.
    WrongSign,
    /// Its callback, rightly signed, says that it failed.
    CallbackLies,
}

impl Ending {
    /// What the last two digits of a number mean in this table.
    pub fn of(table: &[(&str, Self)], target: &str) -> Option<Self> {
        table.iter().find(|(digits, _)| target.ends_with(digits)).map(|(_, ending)| *ending)
    }

    pub fn refusal(self) -> Option<Refusal> {
        if let Self::Refuse(why) = self { Some(Refusal::Why(why)) } else { None }
    }

    /// Whether it is delivered before it is answered.
    pub fn is_at_once(self) -> bool {
        matches!(self, Self::AtOnce | Self::SerialLate { .. })
    }

    /// When it is over, where it has a time of its own.
    pub fn after_ms(self) -> Option<i64> {
        match self {
            Self::Then { after_ms, .. } | Self::PaidFirst { after_ms } => Some(after_ms),
            _ => None,
        }
    }

    /// How long after the delivery its serial shows.
    pub fn serial_after_ms(self) -> Option<i64> {
        if let Self::SerialLate { after_ms } = self { Some(after_ms) } else { None }
    }

    /// How long after the delivery it is taken back.
    pub fn reversed_after_ms(self) -> Option<i64> {
        if let Self::Reversed { after_ms } = self { Some(after_ms) } else { None }
    }

    /// What happens to the request, as a fault would do it, before and after it is worked on.
    pub fn on_the_way(self) -> [Option<Kind>; 2] {
        match self {
            Self::LostAndNothing => [Some(Kind::DropBefore), None],
            Self::LostYetDelivered => [None, Some(Kind::DropAfter)],
            Self::SilentAndNothing => [Some(Kind::SilenceBefore), None],
            Self::SilentYetDelivered => [None, Some(Kind::SilenceAfter)],
            Self::Page => [None, Some(Kind::Html)],
            _ => [None, None],
        }
    }
}
