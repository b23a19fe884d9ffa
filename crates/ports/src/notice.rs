//! Notices: what providers send us. Verified over the raw bytes before anything is believed or stored.

use std::fmt;

use bytes::Bytes;
use secrecy::SecretString;

/// A notice as it came in. Headers are lower-case names with their values.
#[derive(Clone, Default)]
pub struct RawNotice {
    /// Lower-case names with their values, as sent.
    pub headers: Vec<(String, String)>,
    /// The raw query string, for providers that send by GET.
    pub query: String,
    /// Byte for byte: signatures are over it.
    pub body: Bytes,
    /// The sender's address as the listener saw it.
    pub peer: Option<std::net::IpAddr>,
    /// The secret end of the address it was sent to, for providers that sign nothing. Never logged, never kept.
    pub token: Option<SecretString>,
}

impl RawNotice {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

impl fmt::Debug for RawNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawNotice({} bytes)", self.body.len())
    }
}

/// Why a notice was not accepted. It changes nothing and is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRejected {
    /// Not readable as a notice of this kind.
    #[error("the notice cannot be read")]
    Malformed,
    /// Anybody could have sent it.
    #[error("the notice is not signed by its sender")]
    BadSignature,
    /// Rightly signed, but about an account that is not ours here; or signed by nobody, and about a purchase that is not.
    #[error("the notice is for another account")]
    OtherAccount,
}

impl NoticeRejected {
    /// A stable word for metrics and lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::BadSignature => "bad_signature",
            Self::OtherAccount => "other_account",
        }
    }
}

/// The answer a provider wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeReply {
    /// The HTTP status.
    pub status: u16,
    /// The HTTP content type.
    pub content_type: &'static str,
    /// The text the provider waits for.
    pub body: String,
}

/// What became of a notice; the adapter words it for its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeOutcome {
    /// Stored durably. Only now may the sender stop.
    Stored,
    /// Not believed; it changed nothing.
    Rejected(NoticeRejected),
    /// Not stored: the sender must come again.
    TryAgain,
}

/// A stored notice, redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// Unique forever: provider, kind, our reference, provider's reference, status code, simulated flag.
    pub key: String,
    /// Whose it is.
    pub provider: String,
    /// The kind that its address named.
    pub kind: String,
    /// Redacted body, at most 32 KiB.
    pub body: String,
}
