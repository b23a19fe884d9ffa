//! Notices: what providers send us. Verified over the raw bytes before anything is believed or stored.

use std::fmt;

use bytes::Bytes;

/// A notice as it came in. Headers are lower-case names with their values.
#[derive(Clone)]
pub struct RawNotice {
    pub headers: Vec<(String, String)>,
    /// The raw query string, for providers that send by GET.
    pub query: String,
    pub body: Bytes,
    /// The sender's address as the listener saw it.
    pub peer: Option<std::net::IpAddr>,
}

impl RawNotice {
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
    #[error("the notice cannot be read")]
    Malformed,
    #[error("the notice is not signed by its sender")]
    BadSignature,
    #[error("the notice is for another account")]
    OtherAccount,
}

impl NoticeRejected {
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
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

/// What became of a notice; the adapter words it for its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeOutcome {
    /// Stored durably. Only now may the sender stop.
    Stored,
    Rejected(NoticeRejected),
    /// Not stored: the sender must come again.
    TryAgain,
}

/// A stored notice, redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// Unique forever: provider, kind, our reference, provider's reference, status code, simulated flag.
    pub key: String,
    pub provider: String,
    pub kind: String,
    /// Redacted body, at most 32 KiB.
    pub body: String,
}
