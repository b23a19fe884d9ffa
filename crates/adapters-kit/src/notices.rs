//! What most suppliers take for an answer to a notice.

use ports::notice::{NoticeOutcome, NoticeRejected, NoticeReply};

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
    fn only_what_is_stored_stops_the_sender() {
        let stored = plain_reply(NoticeOutcome::Stored);
        assert_eq!((stored.status, stored.body.as_str()), (200, "OK"));
        assert_eq!(plain_reply(NoticeOutcome::TryAgain).status, 503);
        for (rejected, status) in
            [(NoticeRejected::Malformed, 400), (NoticeRejected::BadSignature, 401), (NoticeRejected::OtherAccount, 401)]
        {
            assert_eq!(plain_reply(NoticeOutcome::Rejected(rejected)).status, status);
        }
    }
}
