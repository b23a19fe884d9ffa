//! IAK's inquiries (IAK docs, "inquiry"): what is asked where, and what the reply says. Pure and suspicious: a reply that is
//! not whole, not about what was asked, or not documented says nothing, above all not that a number is wrong.

use adapters_kit::{SHOWN_LIMIT, Scalar, filled, is_line, slug, word};
use domain::Private;
use ports::inquiry::{Finding, GameServer, Inquiry, Meter};
use ports::supplier::ReadFailed;
use serde_json::Value;

use crate::client::refused;
use crate::codes::{self, Told};
use crate::error::Doubt;
use crate::wire;
use crate::{games, sign};

/// A game has a few dozen servers; a longer list is no list of servers.
const SERVERS_LIMIT: usize = 500;
/// A player's id has at most three documented parts.
const PARTS_LIMIT: usize = 6;
/// The wallet whose owner IAK names.
const OVO: &str = "ovo";

/// One request: where it goes, the word its signature covers, and its fields.
pub struct Question<'a> {
    pub call: &'static str,
    pub path: &'static str,
    pub signed: &'a str,
    pub fields: Vec<(&'static str, &'a str)>,
}

/// The request that answers an inquiry. Nothing: IAK has none.
pub fn question(inquiry: &Inquiry) -> Option<Question<'_>> {
    let about = |call, path, signed, fields| Some(Question { call, path, signed, fields });
    match inquiry {
        Inquiry::PlnMeter { number } => {
            let id = number.expose();
            about("inquiry-pln", "/api/inquiry-pln", id, vec![("customer_id", id)])
        }
        Inquiry::EWallet { brand, number } if slug(brand) == OVO => {
            let id = number.expose();
            about("inquiry-ovo", "/api/inquiry-ovo", id, vec![("customer_id", id)])
        }
        Inquiry::EWallet { .. } => None,
        Inquiry::GamePlayer { brand, id } => {
            let game = games::code(brand)?;
            about("inquiry-game", "/api/inquiry-game", game, vec![("game_code", game), ("customer_id", id.expose())])
        }
        Inquiry::GameServers { brand } => {
            let game = games::code(brand)?;
            about("inquiry-game-server", "/api/inquiry-game-server", game, vec![("game_code", game)])
        }
        Inquiry::GameFormat { brand } => {
            let game = games::code(brand)?;
            about("game-format", "/api/game/format", game, vec![("game_code", game)])
        }
        Inquiry::Operator { number } => {
            about("check-operator", "/api/check-operator", sign::OPERATOR, vec![("customer_id", number.expose())])
        }
    }
}

/// What a whole reply says. HTTP 400 is IAK's word for a request it does not take: it finds nothing.
pub fn read(inquiry: &Inquiry, http: u16, body: &[u8]) -> Result<Finding, ReadFailed> {
    if !matches!(http, 200 | 400) {
        return Err(doubtful(Doubt::Http(http)));
    }
    let reply = wire::inquiry_reply(body).map_err(doubtful)?;
    let Some(Scalar::Text(rc)) = &reply.rc else { return Err(doubtful(Doubt::NoCode)) };
    if !codes::lets_us_in(rc) {
        return Err(refused(rc));
    }
    if http != 200 {
        return Err(doubtful(Doubt::Http(http)));
    }
    check(inquiry, rc, &reply).map_err(doubtful)?;
    let (asks_of_somebody, asks_of_game) = (inquiry.target().is_some(), is_about_game(inquiry));
    match codes::told(rc) {
        Told::Found => found(inquiry, &reply).map_err(doubtful),
        Told::WrongTarget if asks_of_somebody => Ok(Finding::NoSuchTarget),
        Told::NoCheckNeeded if asks_of_game => Ok(Finding::NoCheckNeeded),
        Told::UnknownGame if asks_of_game => Ok(Finding::NotOffered),
        Told::WrongTarget | Told::NoCheckNeeded | Told::UnknownGame | Told::Nothing => Err(refused(rc)),
    }
}

const fn is_about_game(inquiry: &Inquiry) -> bool {
    match inquiry {
        Inquiry::GamePlayer { .. } | Inquiry::GameServers { .. } | Inquiry::GameFormat { .. } => true,
        Inquiry::PlnMeter { .. } | Inquiry::EWallet { .. } | Inquiry::Operator { .. } => false,
    }
}

/// The status field, where there is one, agrees with the code; the customer a reply names is the one asked about.
fn check(inquiry: &Inquiry, rc: &str, reply: &wire::InquiryReply) -> Result<(), Doubt> {
    let expected = if codes::told(rc) == Told::Found { "1" } else { "2" };
    let agrees = filled(reply.status.as_ref()).is_none_or(|status| status == expected);
    // Without a check there is neither success nor failure to tell.
    if !agrees && codes::told(rc) != Told::NoCheckNeeded {
        return Err(Doubt::Contradiction(word(rc)));
    }
    // A number that came as a JSON number has lost its zeros.
    let bare = |number: &str| number.trim_start_matches('0').to_owned();
    // A meter may be asked about by either of its two numbers.
    let named = [&reply.customer_id, &reply.meter_no, &reply.subscriber_id];
    let named: Vec<String> = named.into_iter().filter_map(|field| Some(bare(&filled(field.as_ref())?))).collect();
    let ours = inquiry.target().is_none_or(|asked| named.is_empty() || named.contains(&bare(asked.expose())));
    if ours { Ok(()) } else { Err(Doubt::OtherTarget) }
}

fn found(inquiry: &Inquiry, reply: &wire::InquiryReply) -> Result<Finding, Doubt> {
    Ok(match inquiry {
        Inquiry::PlnMeter { .. } => Finding::Meter(Meter {
            name: Private::new(shown(reply.name.as_ref()).ok_or(Doubt::Unreadable)?),
            meter: shown(reply.meter_no.as_ref()).map(Private::new),
            subscriber: shown(reply.subscriber_id.as_ref()).map(Private::new),
            segment: shown(reply.segment_power.as_ref()),
        }),
        Inquiry::EWallet { .. } => Finding::Name(Private::new(shown(reply.name.as_ref()).ok_or(Doubt::Unreadable)?)),
        Inquiry::GamePlayer { .. } => {
            Finding::Name(Private::new(shown(reply.username.as_ref()).ok_or(Doubt::Unreadable)?))
        }
        Inquiry::GameServers { .. } => Finding::Servers(servers(reply.servers.as_ref())?),
        Inquiry::GameFormat { .. } => {
            Finding::Format(format_parts(&shown(reply.format.as_ref()).ok_or(Doubt::Unreadable)?)?)
        }
        Inquiry::Operator { .. } => Finding::Operator(shown(reply.operator.as_ref()).ok_or(Doubt::Unreadable)?),
    })
}

/// A text that may be shown anywhere: one line, not too long.
fn shown(scalar: Option<&Scalar>) -> Option<String> {
    filled(scalar).filter(|text| is_line(text, SHOWN_LIMIT))
}

/// All or nothing: a list that lacks the player's server is worse than none.
fn servers(list: Option<&Value>) -> Result<Vec<GameServer>, Doubt> {
    let Some(Value::Array(lines)) = list else { return Err(Doubt::Unreadable) };
    if lines.len() > SERVERS_LIMIT {
        return Err(Doubt::Unreadable);
    }
    let text = |line: &Value, name: &str| -> Option<String> {
        shown(Some(&serde_json::from_value::<Scalar>(line.get(name)?.clone()).ok()?))
    };
    let server = |line| Some(GameServer { name: text(line, "name")?, value: text(line, "value")? });
    lines.iter().map(|line| server(line).ok_or(Doubt::Unreadable)).collect()
}

/// `[userid]|[zoneid]`
fn format_parts(format: &str) -> Result<Vec<String>, Doubt> {
    let name = |part: &str| {
        let name = part.trim().strip_prefix('[')?.strip_suffix(']')?;
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        plain.then(|| name.to_owned())
    };
    let parts: Option<Vec<String>> = format.split('|').map(name).collect();
    parts.filter(|parts| parts.len() <= PARTS_LIMIT).ok_or(Doubt::Unreadable)
}

fn doubtful(doubt: Doubt) -> ReadFailed {
    ReadFailed::Unavailable(doubt.to_string())
}

#[cfg(test)]
#[path = "inquiry_tests.rs"]
mod tests;
