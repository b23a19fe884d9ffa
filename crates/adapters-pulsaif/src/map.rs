//! What Pulsa IF's lines mean for a purchase (`codes` has the table). Pure and suspicious: a line that is not about our purchase,
//! or not a whole sentence of the grammar, is [`Answer::Unclear`].

use chrono::TimeDelta;
use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause, pln_token};
use domain::supply::WIB;
use domain::{Currency, Moment, Money, Private, Reference};

use crate::codes::{Reason, reason};
use crate::error::Doubt;
use crate::parse::{self, Door, Said, State};
use crate::wire::Trx;

const DAY_MINUTES: i64 = 24 * 60;
/// How far Pulsa IF's clock may be from ours for a time it tells to be of our purchase.
const SLACK: TimeDelta = TimeDelta::minutes(2);
/// How far it may be at worst: of a server that nobody watches. Where believing it could lose a purchase, so much is doubted.
const WORST_SLACK: TimeDelta = TimeDelta::minutes(15);
/// A request leaves no later after its reference was made: a bill's has [`BILL_SEND_WINDOW`](domain::schedule::BILL_SEND_WINDOW) from its
/// reservation, and its reservation may wait for the store.
const SENT_WITHIN: TimeDelta = TimeDelta::minutes(2);
/// The word of a purchase that was asked for already.
const REPEATED: &str = "SDH_PERNAH";

/// What the text under judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The reply to a purchase.
    Purchase,
    /// The reply to a check.
    Check,
}

/// The purchase a reply must speak of.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a Reference,
    /// As it was asked: an inquiry's reference has a letter more.
    pub trx: &'a Trx<'a>,
    pub category: Category,
}

/// Judges a reply; never fails, never panics.
pub fn answer(asked: Asked, about: &About<'_>, http: u16, body: &[u8], now: Moment) -> Answer {
    let judged = said(about, http, body).and_then(|said| judge(asked, about, &said, now));
    judged.unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() })
}

/// Every reply comes with status 200; any other is some proxy's.
pub fn said<'b>(about: &About<'_>, http: u16, body: &'b [u8]) -> Result<Said<'b>, Doubt> {
    if http == 200 { parse::trx(body, about.trx) } else { Err(Doubt::Http(http)) }
}

fn judge(asked: Asked, about: &About<'_>, said: &Said<'_>, now: Moment) -> Result<Answer, Doubt> {
    match said {
        Said::Accepted { price } => Ok(Answer::Pending { supplier_ref: None, price: Some(rupiah(*price)?) }),
        Said::Delivered { serial: text, price } => {
            let price = price.map(rupiah).transpose()?;
            Ok(Answer::Delivered { serial: serial(about.category, *text), price, supplier_ref: None })
        }
        Said::Failed { reason: text } => failed(asked, reason(text)),
        Said::Repeated { at, state, serial: text } => match asked {
            Asked::Purchase => repeated(*at, now),
            Asked::Check => {
                check_time(about.reference, *at, now)?;
                Ok(match state {
                    State::Delivered => {
                        Answer::Delivered { serial: serial(about.category, *text), price: None, supplier_ref: None }
                    }
                    State::Failed => failed_for(Reason::Other),
                    State::Waiting => Answer::Pending { supplier_ref: None, price: None },
                })
            }
        },
        Said::Absent if asked == Asked::Check => absent(about.reference, now),
        Said::Absent => Err(Doubt::Absent),
        Said::NotLetIn(door) if asked == Asked::Purchase => {
            Ok(Answer::Refused { cause: Cause::Account, code: closed(*door).to_owned() })
        }
        Said::NotLetIn(_) => Err(Doubt::NotLetIn),
    }
}

fn failed(asked: Asked, reason: Reason) -> Result<Answer, Doubt> {
    match (asked, reason) {
        (Asked::Purchase, Reason::Other) => Err(Doubt::UnknownReason),
        (Asked::Purchase, reason) => Ok(Answer::Refused { cause: reason.cause(), code: reason.code().to_owned() }),
        (Asked::Check, reason) => Ok(failed_for(reason)),
    }
}

fn failed_for(reason: Reason) -> Answer {
    Answer::Failed { cause: reason.cause(), code: reason.code().to_owned() }
}

/// "Not on this day" is said of their day alone: it says something only if our reference was made on it, by their clock, too.
fn absent(reference: &Reference, now: Moment) -> Result<Answer, Doubt> {
    let day = |moment: Moment| (moment + WIB).date_naive();
    let is_of_today = day(reference.minted_at(now) - WORST_SLACK) == day(now + WORST_SLACK);
    if is_of_today { Ok(Answer::NotFound) } else { Err(Doubt::OtherDay) }
}

/// To a fresh reference. At a time that may be now, it may be our own request that arrived twice: then it is asked about.
fn repeated(at: u16, now: Moment) -> Result<Answer, Doubt> {
    if is_between(at, now, now, WORST_SLACK) {
        Err(Doubt::Repeated)
    } else {
        Ok(Answer::Refused { cause: Cause::Repeat, code: REPEATED.to_owned() })
    }
}

/// What was asked for before our reference was made, or after the last moment at which our own request can have left, is somebody
/// else's.
pub fn check_time(reference: &Reference, at: u16, now: Moment) -> Result<(), Doubt> {
    let minted = reference.minted_at(now);
    if is_between(at, minted, now.min(minted + SENT_WITHIN), SLACK) { Ok(()) } else { Err(Doubt::NotOurs) }
}

/// What was said later in the day than it is now was said yesterday.
pub fn check_today(at: u16, now: Moment) -> Result<(), Doubt> {
    let minutes =
        TimeDelta::seconds((now + WIB).timestamp().rem_euclid(TimeDelta::days(1).num_seconds())).num_minutes();
    if i64::from(at) <= minutes + SLACK.num_minutes() { Ok(()) } else { Err(Doubt::NotOurs) }
}

/// Whether a minute of the day may lie between two moments. After a day any may.
fn is_between(at: u16, from: Moment, until: Moment, slack: TimeDelta) -> bool {
    let minute = |moment: Moment| (moment + WIB).timestamp().div_euclid(60);
    let span = (minute(until) - minute(from)).max(0) + 2 * slack.num_minutes();
    (i64::from(at) - minute(from) + slack.num_minutes()).rem_euclid(DAY_MINUTES) <= span
}

/// The words that refuse whoever asks, spelled as a code.
pub const fn closed(door: Door) -> &'static str {
    match door {
        Door::Address => "IP_TIDAK_TERDAFTAR",
        Door::Sign => "SIGN_SALAH",
    }
}

/// An electricity product has its token or nothing yet; anything else is taken as it is.
fn serial(category: Category, text: Option<&str>) -> Option<Private> {
    let is_one = |text: &&str| category != Category::PlnToken || pln_token(text).is_some();
    text.filter(is_one).map(Private::new)
}

/// Whole rupiah.
pub fn rupiah(units: i64) -> Result<Money, Doubt> {
    Money::from_units(units, Currency::Idr).or(Err(Doubt::BadAmounts))
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
