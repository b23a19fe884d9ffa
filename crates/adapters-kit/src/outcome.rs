//! How one call ended, in the only terms that matter for money: can it have had an effect?

use std::fmt;

use bytes::Bytes;
use ports::Sent;

/// How one call ended. The words of `why` are redacted.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No byte of the request left: the name was not found, the connection was refused, TLS failed, connecting took too
    /// long, or the request was not allowed. It certainly had no effect.
    NotSent { why: String },
    /// A byte may have left and no whole reply came. Ask for the status; never send again.
    MaybeSent { why: String },
    /// A whole reply came, whatever its status. A redirect is a reply: nobody followed it.
    Reply { status: u16, body: Bytes },
}

impl Outcome {
    /// The same in the words of the exchange record.
    pub const fn sent(&self) -> Sent {
        match self {
            Self::NotSent { .. } => Sent::No,
            Self::MaybeSent { .. } => Sent::Maybe,
            Self::Reply { .. } => Sent::Replied,
        }
    }
}

impl fmt::Debug for Outcome {
    /// Without the body: it may hold a token worth money.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent { why } => write!(f, "NotSent({why})"),
            Self::MaybeSent { why } => write!(f, "MaybeSent({why})"),
            Self::Reply { status, body } => write!(f, "Reply({status}, {} bytes)", body.len()),
        }
    }
}
