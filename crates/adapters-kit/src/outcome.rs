//! How one call ended, in the only terms that matter for money: can it have had an effect? What follows where no whole reply came
//! is the same everywhere, and said here; what a reply says is for its adapter to read.

use std::fmt;

use bytes::Bytes;
use domain::Moment;
use domain::fulfilment::{Answer, Cause};
use ports::bill::BillAnswer;
use ports::supplier::ReadFailed;
use ports::{Exchange, Sent};

use crate::http::TOO_MANY;

/// Our word for what never left.
pub const NOT_SENT: &str = "not_sent";

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

    /// Of a purchase. What never left formed nothing; what may have arrived must be asked about.
    pub fn of_purchase(self, read: impl FnOnce(u16, &[u8]) -> Answer) -> Answer {
        match self {
            Self::NotSent { .. } => Answer::Refused { cause: Cause::NotFormed, code: NOT_SENT.to_owned() },
            other => other.of_question(read),
        }
    }

    /// Of a question about a purchase. One that never left says nothing about the purchase.
    pub fn of_question(self, read: impl FnOnce(u16, &[u8]) -> Answer) -> Answer {
        match self {
            Self::NotSent { why } | Self::MaybeSent { why } => Answer::Unclear { why },
            Self::Reply { status, body } => read(status, &body),
        }
    }

    /// Of a question what is owed. It forms nothing, so it does not matter how far it came.
    pub fn of_inquiry(self, read: impl FnOnce(u16, &[u8]) -> BillAnswer) -> BillAnswer {
        match self {
            Self::NotSent { why } | Self::MaybeSent { why } => BillAnswer::Unclear { why },
            Self::Reply { status, body } => read(status, &body),
        }
    }

    /// Of anything else that changes nothing: status and body of the reply.
    ///
    /// # Errors
    /// No whole reply came, or it says no more than that there are too many.
    pub fn of_reading(self) -> Result<(u16, Bytes), ReadFailed> {
        match self {
            Self::NotSent { why } | Self::MaybeSent { why } => Err(ReadFailed::Unavailable(why)),
            Self::Reply { status: TOO_MANY, .. } => Err(ReadFailed::Busy(format!("HTTP status {TOO_MANY}"))),
            Self::Reply { status, body } => Ok((status, body)),
        }
    }
}

/// The record of a call that was not made, and why.
pub fn unsent(provider: &str, call: &'static str, at: Moment, why: String) -> Exchange {
    Exchange {
        provider: provider.to_owned(),
        call,
        at,
        elapsed_ms: 0,
        sent: Sent::No,
        request: String::new(),
        status: None,
        busy: false,
        response: why,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_purchase_that_never_left_formed_nothing_for_certain() {
        let not_sent = || Outcome::NotSent { why: "refused".to_owned() };
        let maybe_sent = || Outcome::MaybeSent { why: "silence".to_owned() };
        let reply = || Outcome::Reply { status: 200, body: Bytes::from_static(b"x") };
        let read = |status, body: &[u8]| {
            assert_eq!((status, body), (200, &b"x"[..]));
            Answer::NotFound
        };
        let unclear = |why: &str| Answer::Unclear { why: why.to_owned() };
        let not_formed = Answer::Refused { cause: Cause::NotFormed, code: NOT_SENT.to_owned() };
        assert_eq!(not_sent().of_purchase(read), not_formed);
        assert_eq!(maybe_sent().of_purchase(read), unclear("silence"));
        assert_eq!(not_sent().of_question(read), unclear("refused"));
        assert_eq!(maybe_sent().of_question(read), unclear("silence"));
        assert_eq!((reply().of_purchase(read), reply().of_question(read)), (Answer::NotFound, Answer::NotFound));
        for (none, why) in [(not_sent(), "refused"), (maybe_sent(), "silence")] {
            let nobody = |_, _: &[u8]| BillAnswer::NotOwed(ports::bill::NotOwed::Paid);
            assert_eq!(none.clone().of_inquiry(nobody), BillAnswer::Unclear { why: why.to_owned() });
            assert_eq!(none.of_reading(), Err(ReadFailed::Unavailable(why.to_owned())));
        }
        assert_eq!(reply().of_reading(), Ok((200, Bytes::from_static(b"x"))));
        let too_many = Outcome::Reply { status: 429, body: Bytes::from_static(b"x") };
        assert_eq!(too_many.of_reading(), Err(ReadFailed::Busy("HTTP status 429".to_owned())));
    }
}
