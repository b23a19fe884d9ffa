//! What was said to a provider and what came back, kept as evidence.

use domain::Moment;

/// Whether a request can have had an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// No byte left this process: it certainly had no effect.
    No,
    /// At least one byte may have left and no whole answer came.
    Maybe,
    /// A whole answer came.
    Replied,
}

impl Sent {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "not_sent",
            Self::Maybe => "maybe_sent",
            Self::Replied => "replied",
        }
    }
}

/// One call, redacted before it gets here: no key, signature, number or serial in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The supplier's or gateway's id.
    pub provider: String,
    /// Our name for the call: `top-up`, `check-status`, `query`.
    pub call: &'static str,
    /// When the call began, in business time.
    pub at: Moment,
    /// Until the whole answer was there, or hope was given up.
    pub elapsed_ms: u32,
    /// How far it got.
    pub sent: Sent,
    /// Redacted, at most [`Exchange::BODY_LIMIT`] bytes.
    pub request: String,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// It asks to be left alone for a moment: too many calls (HTTP status 429, or words of its own), maintenance. Not stored.
    pub busy: bool,
    /// Redacted, at most [`Exchange::BODY_LIMIT`] bytes. The transport's words when nothing came.
    pub response: String,
}

impl Exchange {
    /// Bodies are cut here: evidence, not an archive of error pages.
    pub const BODY_LIMIT: usize = 32 * 1024;
}
