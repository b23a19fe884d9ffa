//! Notices that were not believed: what is kept of them, and how little each of them may cost.
//!
//! Whoever knows the address of a webhook can send anything there. A sender is judged only after its signature was checked,
//! so that a flood of forgeries never shuts out the one notice that is genuine, not even when a proxy in front of us makes all
//! senders look like one. What is limited is what a rejected one leaves behind: a place in the ring and a line in the log.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use domain::Moment;
use ports::notice::RawNotice;
use sha2::{Digest, Sha256};

use crate::Engine;
use crate::allowance::{Allowance, Allowances};

/// Rejected notices kept per process: an afternoon of a wrong key, in some 60 KiB.
const RING: usize = 256;
/// Of one sender and provider: a gateway that sends every notice of a busy minute, twice. Senders are told apart in some
/// 100 KiB; further ones share one allowance per provider.
const ALLOWANCE: Allowance = Allowance { burst: 60, spacing: TimeDelta::seconds(1), told_apart: 1024 };
/// The longest provider or kind that is kept; ours have fewer than ten letters.
const WORD_LIMIT: usize = 32;
/// Digits of a word that may be kept: more may be somebody's number.
const DIGITS_LIMIT: usize = 5;
/// In place of a word that is not kept.
const NO_WORD: &str = "-";

/// One notice that was not believed. Nothing of its body is kept but its digest: what cannot be read cannot be redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedNotice {
    /// Counted from 1 in this process.
    pub no: u64,
    /// When it came.
    pub at: Moment,
    /// A provider of this installation, or what the address named, if that is a plain word.
    pub provider: String,
    /// As the address named it, if that is a plain word.
    pub kind: String,
    /// As the listener saw it: behind a proxy, the proxy's.
    pub peer: Option<IpAddr>,
    /// `malformed`, `bad_signature`, `other_account` or `unknown_provider`.
    pub reason: &'static str,
    /// Bytes of the body.
    pub size: usize,
    /// SHA-256 of the body in hex, to find it again in the sender's log.
    pub sha256: String,
}

/// The rejected notices of this process.
#[derive(Default)]
pub(crate) struct Rejected(Mutex<State>);

#[derive(Default)]
struct State {
    ring: VecDeque<RejectedNotice>,
    last_no: u64,
    /// `None`: the senders there was no room for.
    senders: Allowances<(String, Option<IpAddr>)>,
}

impl Engine {
    /// Rejected notices of this process with a number below `before`, newest first.
    pub fn rejected_notices(&self, before: Option<u64>, limit: u16) -> Vec<RejectedNotice> {
        let state = self.rejected.state();
        let older = state.ring.iter().rev().filter(|notice| before.is_none_or(|before| notice.no < before));
        older.take(usize::from(limit)).cloned().collect()
    }

    /// Keeps a rejected notice, unless its sender has sent too many. `Err`: after so many seconds there is room again.
    pub(crate) fn keep_rejected(
        &self,
        provider: &str,
        kind: &str,
        raw: &RawNotice,
        reason: &'static str,
    ) -> Result<(), u32> {
        let (now, peer) = (self.clock.now(), raw.peer);
        let (provider, kind) = (plain(provider), plain(kind));
        self.rejected.state().allow(provider, peer, now)?;
        let size = raw.body.len();
        tracing::warn!(provider, kind, ?peer, reason, size, "a notice was rejected");
        let sha256 = hex::encode(Sha256::digest(&raw.body));
        let (provider, kind) = (provider.to_owned(), kind.to_owned());
        self.rejected.state().keep(RejectedNotice { no: 0, at: now, provider, kind, peer, reason, size, sha256 });
        Ok(())
    }
}

impl Rejected {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Numbers and keeps a notice; the oldest goes.
    fn keep(&mut self, notice: RejectedNotice) {
        if self.ring.len() >= RING {
            self.ring.pop_front();
        }
        self.last_no += 1;
        self.ring.push_back(RejectedNotice { no: self.last_no, ..notice });
    }

    /// Counts one notice against its sender's allowance. `Err`: it is used up, and after so many seconds no more.
    fn allow(&mut self, provider: &str, peer: Option<IpAddr>, now: Moment) -> Result<(), u32> {
        let sender = (provider.to_owned(), peer.map(network));
        self.senders.take(&ALLOWANCE, sender, (provider.to_owned(), None), now)
    }
}

/// An IPv4 address, or the network an IPv6 address is in: one customer of a provider has a whole /64.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// A word of an address from outside, if it may be kept.
fn plain(word: &str) -> &str {
    let letters = word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if letters && (1..=WORD_LIMIT).contains(&word.len()) && digits <= DIGITS_LIMIT { word } else { NO_WORD }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Moment {
        Moment::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn peer(n: u32) -> Option<IpAddr> {
        Some(IpAddr::V4(n.into()))
    }

    #[test]
    fn a_burst_is_kept_and_then_one_a_second() {
        let mut state = State::default();
        let kept = (0..100).filter(|_| state.allow("ecpay", peer(1), noon()).is_ok()).count();
        assert_eq!(kept, 60);
        assert_eq!(state.allow("ecpay", peer(1), noon()), Err(1));
        let soon = noon() + TimeDelta::seconds(2);
        let then: Vec<bool> = (0..3).map(|_| state.allow("ecpay", peer(1), soon).is_ok()).collect();
        assert_eq!(then, [true, true, false]);
        let rested = noon() + TimeDelta::minutes(2);
        assert_eq!((0..100).filter(|_| state.allow("ecpay", peer(1), rested).is_ok()).count(), 60);
    }

    #[test]
    fn senders_and_providers_are_told_apart_and_an_ipv6_network_is_one_sender() {
        let mut state = State::default();
        let v6 = |last: u16| Some(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last)));
        let kept = (0..100).filter(|n| state.allow("ecpay", v6(*n), noon()).is_ok()).count();
        assert_eq!(kept, 60);
        assert!(state.allow("iak", v6(1), noon()).is_ok());
        assert!(state.allow("ecpay", peer(1), noon()).is_ok());
    }

    #[test]
    fn a_crowd_of_senders_takes_no_more_room_and_leaves_some_to_those_known() {
        let mut state = State::default();
        assert!(state.allow("ecpay", peer(1), noon()).is_ok());
        let kept = (2..50_000).filter(|n| state.allow("ecpay", peer(*n), noon()).is_ok()).count();
        assert!(state.senders.len() <= ALLOWANCE.told_apart + 1, "{}", state.senders.len());
        assert_eq!(kept, ALLOWANCE.told_apart - 1 + 60, "one each while there is room, then a burst for all others");
        assert!(state.allow("ecpay", peer(1), noon()).is_ok());
        let later = noon() + TimeDelta::minutes(2);
        assert!(state.allow("ecpay", peer(50_001), later).is_ok());
        assert_eq!(state.senders.len(), 1, "those who fell silent are forgotten");
    }

    #[test]
    fn a_clock_that_was_set_back_shuts_nobody_out_for_long() {
        let mut state = State::default();
        assert!(state.allow("ecpay", peer(1), noon()).is_ok());
        let yesterday = noon() - TimeDelta::days(1);
        assert_eq!(state.allow("ecpay", peer(1), yesterday), Err(1));
        assert!(state.allow("ecpay", peer(1), yesterday + TimeDelta::days(2)).is_ok());
    }

    #[test]
    fn words_from_outside_are_kept_only_when_they_are_plain() {
        for word in ["ecpay", "return", "iak-b", "x_2"] {
            assert_eq!(plain(word), word);
        }
        for word in ["", "a b", "081234567890", "a\nb", "é", &"a".repeat(33)] {
            assert_eq!(plain(word), NO_WORD, "{word:?}");
        }
    }
}
