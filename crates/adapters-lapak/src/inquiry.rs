//! Whose player id this is (uid-check; public client code, the docs are silent). Pure and suspicious: what is not documented
//! finds nothing, and above all not that an id is wrong.

use adapters_kit::{SHOWN_LIMIT, filled, is_line, word};
use domain::Private;
use ports::inquiry::Finding;
use ports::supplier::ReadFailed;

use crate::codes::{self, Told};
use crate::error::Doubt;
use crate::wire::{PlayerData, Reply};

/// What a whole reply says.
pub fn read(http: u16, body: &[u8]) -> Result<Finding, ReadFailed> {
    let reply = reply(http, body)?;
    match codes::told(&reply.code) {
        Told::Found if http == 200 => {
            let player = reply.data::<PlayerData>().map_err(doubtful)?;
            let name = filled(Some(&player.name)).filter(|name| is_line(name, SHOWN_LIMIT));
            name.map(|name| Finding::Name(Private::new(name))).ok_or_else(|| doubtful(Doubt::Incomplete))
        }
        Told::WrongTarget => Ok(Finding::NoSuchTarget),
        Told::UnknownGame => Ok(Finding::NotOffered),
        Told::Found | Told::Nothing => Err(said(&reply.code)),
    }
}

/// A whole reply to something that is read, if it lets us in. Its code is not looked at further.
pub fn reply(http: u16, body: &[u8]) -> Result<Reply<'_>, ReadFailed> {
    if !matches!(http, 200 | 400 | 401) {
        return Err(doubtful(Doubt::Http(http)));
    }
    let reply = Reply::read(body).map_err(doubtful)?;
    if codes::lets_us_in(&reply.code) {
        Ok(reply)
    } else {
        Err(ReadFailed::Unauthorised(format!("result code {}", word(&reply.code))))
    }
}

/// Nothing to read, but a code.
pub fn said(code: &str) -> ReadFailed {
    ReadFailed::Unavailable(format!("result code {}", word(code)))
}

/// See [`Doubt`].
pub fn doubtful(doubt: Doubt) -> ReadFailed {
    ReadFailed::Unavailable(doubt.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_player_is_named() {
        let body = br#"{"code":"SUCCESS","data":{"name":" Budi~Gamer "}}"#;
        assert_eq!(read(200, body), Ok(Finding::Name(Private::new("Budi~Gamer"))));
    }

    #[test]
    fn only_a_word_about_the_id_is_one_about_the_id() {
        let wrong = br#"{"code":"INVALID_USER_ID_OR_ADDITIONAL_ID","data":null}"#;
        for http in [200, 400] {
            assert_eq!(read(http, wrong), Ok(Finding::NoSuchTarget));
        }
        for (http, body) in [
            (500, &wrong[..]),
            (404, wrong),
            (429, wrong),
            (400, br#"{"code":"SUCCESS","data":{"name":"Budi"}}"#),
            (200, br#"{"code":"SUCCESS","data":{"name":""}}"#),
            (200, br#"{"code":"SUCCESS","data":{"name":"a\nb"}}"#),
            (200, br#"{"code":"SUCCESS","data":{"username":"Budi"}}"#),
            (200, br#"{"code":"SUCCESS","data":null}"#),
            (200, br#"{"code":7}"#),
            (200, b"<html></html>"),
        ] {
            assert!(matches!(read(http, body), Err(ReadFailed::Unavailable(_))), "{http}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_find_nothing(http in any::<u16>(), body in any::<Vec<u8>>()) {
            prop_assert!(matches!(read(http, &body), Err(ReadFailed::Unavailable(_))));
        }

        #[test]
        fn any_other_code_finds_nothing(code in "[A-Z_]{0,20}", name in "\\PC{0,9}") {
            prop_assume!(codes::told(&code) == Told::Nothing);
            let body = serde_json::json!({ "code": code, "data": { "name": name } }).to_string();
            prop_assert!(read(200, body.as_bytes()).is_err());
        }
    }
}
