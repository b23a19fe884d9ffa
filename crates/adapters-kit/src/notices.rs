//! What most suppliers have alike about their notices: where they come from, and what they take for an answer.

use std::net::IpAddr;

use ports::notice::{NoticeOutcome, NoticeRejected, NoticeReply};

/// Whether a notice may come from there. None named: from anywhere.
pub fn may_send(allowed: &[IpAddr], peer: Option<IpAddr>) -> bool {
    allowed.is_empty() || peer.is_some_and(|peer| allowed.contains(&peer.to_canonical()))
}

/// For senders that stop at any 2xx and come again after everything else.
pub fn plain_reply(outcome: NoticeOutcome) -> NoticeReply {
    let (status, body) = match outcome {
        NoticeOutcome::Stored => (200, "OK"),
        NoticeOutcome::Rejected(NoticeRejected::Malformed) => (400, "malformed"),
        NoticeOutcome::Rejected(NoticeRejected::BadSignature | NoticeRejected::OtherAccount) => (401, "not accepted"),
        NoticeOutcome::TryAgain => (503, "try again"),
    };
    NoticeReply { status, content_type: "text/plain; charset=utf-8", body: body.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_addresses_may_send_once_any_is_named() {
        let allowed: Vec<IpAddr> = vec!["52.76.169.212".parse().unwrap()];
        let peer = |text: &str| Some(text.parse().unwrap());
        assert!(may_send(&allowed, peer("52.76.169.212")) && may_send(&allowed, peer("::ffff:52.76.169.212")));
        assert!(!may_send(&allowed, peer("52.76.169.213")) && !may_send(&allowed, None));
        assert!(may_send(&[], None) && may_send(&[], peer("52.76.169.213")));
    }

    #[test]
    fn only_what_is_stored_stops_the_sender() {
        assert_eq!(
            (plain_reply(NoticeOutcome::Stored).status, plain_reply(NoticeOutcome::TryAgain).status),
            (200, 503)
        );
        for (rejected, status) in
            [(NoticeRejected::Malformed, 400), (NoticeRejected::BadSignature, 401), (NoticeRejected::OtherAccount, 401)]
        {
            assert_eq!(plain_reply(NoticeOutcome::Rejected(rejected)).status, status);
        }
    }
}
