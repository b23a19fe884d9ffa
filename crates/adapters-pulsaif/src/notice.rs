//! Pulsa IF's report: a GET with a query, unsigned (OtomaX family). Whoever knows the secret end of its address can send one, and
//! so can everybody who ever saw it: it proves nothing, and only brings the next check forward. Its words are not read, since nothing
//! of them is believed.

use adapters_kit::settings::may_send;
use adapters_kit::{rupiah, word};
use domain::fulfilment::{Answer, Cause};
use domain::{Currency, Money, Reference, SupplierId};
use ports::notice::{NoticeRecord, NoticeRejected, RawNotice};
use ports::supplier::{Proof, SupplierNotice};
use secrecy::ExposeSecret;

use crate::codes::{Claim, claim};
use crate::config::Config;
use crate::redact;

/// The one kind of notice Pulsa IF sends.
pub const REPORT: &str = "report";
/// Behind the reference of an inquiry, which is under our purchase's reference too.
const INQUIRY: char = 'C';
/// Their number has some ten digits; a longer text is none.
const ID_LIMIT: usize = 32;
/// What there is no number or word of.
const NONE: &str = "-";
/// Of a report that claims a failure nobody has words for.
const FAILED: &str = "status_";

/// Verifies a report and says what it claims.
pub fn verify(id: &SupplierId, config: &Config, kind: &str, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    if kind != REPORT {
        return Err(NoticeRejected::Malformed);
    }
    let token = raw.token.as_ref().ok_or(NoticeRejected::BadSignature)?;
    let known = config.tokens.vouch_for(token.expose_secret(), |live| live.expose_secret().to_owned());
    if !known || !may_send(&config.callback_ips, raw.peer) {
        return Err(NoticeRejected::BadSignature);
    }
    let report = Report::read(&raw.query)?;
    let claims = if report.is_inquiry {
        Answer::Unclear { why: "the report is about an inquiry".to_owned() }
    } else {
        claims(report.status.as_deref(), report.price.as_deref())
    };
    let query = redact::redactor(config, None).text(raw.query.as_bytes());
    let record = NoticeRecord {
        key: report.key(id),
        provider: id.as_str().to_owned(),
        kind: REPORT.to_owned(),
        body: redact::known(&query),
    };
    Ok(SupplierNotice { reference: report.reference, claims, proves: Proof::Nothing, record })
}

/// What the number of a report claims.
pub fn claims(status: Option<&str>, price: Option<&str>) -> Answer {
    let status = status.unwrap_or_default();
    let price = price.map(|text| rupiah::units(text).and_then(|units| Money::from_units(units, Currency::Idr).ok()));
    match (claim(status), price) {
        (Some(Claim::Delivered | Claim::Pending), Some(None)) => unclear("its price is not a whole number of rupiah"),
        (Some(Claim::Delivered), price) => {
            Answer::Delivered { serial: None, price: price.flatten(), supplier_ref: None }
        }
        (Some(Claim::Pending), price) => Answer::Pending { supplier_ref: None, price: price.flatten() },
        (Some(Claim::Failed(cause)), _) => failed(cause, status),
        (Some(Claim::Unsure), _) => unclear("its status says nothing about the purchase"),
        (None, _) => unclear("its status is unknown"),
    }
}

fn failed(cause: Cause, status: &str) -> Answer {
    Answer::Failed { cause, code: format!("{FAILED}{status}") }
}

fn unclear(why: &str) -> Answer {
    Answer::Unclear { why: why.to_owned() }
}

struct Report {
    reference: Reference,
    is_inquiry: bool,
    their_id: Option<String>,
    status: Option<String>,
    price: Option<String>,
}

impl Report {
    /// A field given twice is none.
    fn read(query: &str) -> Result<Self, NoticeRejected> {
        let field = |wanted: &str| {
            let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted);
            match (found.next(), found.next()) {
                (Some((_, value)), None) if !value.is_empty() => Ok(Some(value.into_owned())),
                (Some(_), Some(_)) => Err(NoticeRejected::Malformed),
                (Some(_) | None, None) | (None, Some(_)) => Ok(None),
            }
        };
        let named = field("refid")?.ok_or(NoticeRejected::Malformed)?;
        let of_inquiry = named.strip_suffix(INQUIRY).and_then(|reference| reference.parse::<Reference>().ok());
        let is_inquiry = of_inquiry.is_some();
        let reference = match of_inquiry {
            Some(reference) => reference,
            None => named.parse().or(Err(NoticeRejected::Malformed))?,
        };
        let plain = |id: &String| id.len() <= ID_LIMIT && id.bytes().all(|b| b.is_ascii_alphanumeric());
        Ok(Self {
            reference,
            is_inquiry,
            their_id: field("t")?.filter(plain),
            status: field("status")?,
            price: field("price")?,
        })
    }

    /// Different states of one purchase have different keys; the same one sent again has the same.
    fn key(&self, id: &SupplierId) -> String {
        let theirs = self.their_id.as_deref().unwrap_or(NONE);
        let status = self.status.as_deref().map_or_else(|| NONE.to_owned(), word);
        let asked = if self.is_inquiry { "inquiry" } else { NONE };
        format!("{id}:{REPORT}:{}:{theirs}:{status}:{asked}", self.reference)
    }
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
