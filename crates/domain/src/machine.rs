//! What every state machine here answers, and how a machine is printed for people.

use std::fmt::Debug;

/// The answer of a machine to one event in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<S> {
    /// Move on (or stay, with something new to keep).
    To(S),
    /// This has happened already; being told twice is normal.
    Same,
    /// Not possible from here. The reason is for the operator's eyes.
    Refused(&'static str),
}

/// A machine whose table can be printed and walked.
pub trait Machine: Sized + Copy + Debug + 'static {
    type Event: Copy + Debug + 'static;
    const NAME: &'static str;
    const STATES: &'static [Self];
    const EVENTS: &'static [Self::Event];
    fn step(self, event: Self::Event) -> Step<Self>;
}

/// The whole table as Markdown: one row per state, one column per event.
pub fn table<M: Machine>(word: fn(M) -> &'static str) -> String {
    let mut out = format!("## {}\n\n| event |", M::NAME);
    for state in M::STATES {
        out.push_str(&format!(" {} |", word(*state)));
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(M::STATES.len()));
    out.push('\n');
    for event in M::EVENTS {
        out.push_str(&format!("| {event:?} |"));
        for state in M::STATES {
            let cell = match state.step(*event) {
                Step::To(next) => format!("**{}**", word(next)),
                Step::Same => "same".to_owned(),
                Step::Refused(_) => "–".to_owned(),
            };
            out.push_str(&format!(" {cell} |"));
        }
        out.push('\n');
    }
    out
}

/// Gives a state enum its wire words: `as_str`, `FromStr` and `Display`.
#[macro_export]
macro_rules! wire_words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::ids::InvalidId;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::ids::InvalidId { what: stringify!($name), rule: concat!("one of" $(, " ", $word)+) }),
                }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
