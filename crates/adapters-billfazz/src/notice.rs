//! BillFazz's callback (specified by us): the order itself, checked, read, redacted. Its signature covers the time and every
//! byte, so what it says is proved for five minutes; each retry is signed anew. What becomes of that is not decided here: the
//! engine believes a delivery, and asks about a failure.

use adapters_kit::settings::may_send;
use adapters_kit::{filled, word};
use domain::fulfilment::Answer;
use domain::{Moment, Reference, SupplierId};
use ports::notice::{NoticeRecord, NoticeRejected, RawNotice};
use ports::supplier::{Proof, SupplierNotice};

use crate::config::Config;
use crate::map::{self, About};
use crate::sign::{self, SIGNATURE, TIMESTAMP};
use crate::wire::{self, Order};

/// The one kind of notice BillFazz sends.
pub const CALLBACK: &str = "callback";

/// Verifies a callback and says what it claims.
pub fn verify(
    id: &SupplierId,
    config: &Config,
    kind: &str,
    raw: &RawNotice,
    now: Moment,
) -> Result<SupplierNotice, NoticeRejected> {
    if kind != CALLBACK {
        return Err(NoticeRejected::Malformed);
    }
    let timestamp = raw.header(TIMESTAMP).unwrap_or_default();
    let given = raw.header(SIGNATURE).unwrap_or_default();
    let signed = config.callback_secrets.vouch_for(given, |secret| sign::seal(secret, timestamp, &raw.body));
    if !signed || !sign::is_fresh(timestamp, now) || !may_send(&config.callback_ips, raw.peer) {
        return Err(NoticeRejected::BadSignature);
    }
    let order = wire::content::<Order<'_>>(&raw.body).or(Err(NoticeRejected::Malformed))?;
    let named = filled(order.ref_id.as_ref()).ok_or(NoticeRejected::Malformed)?;
    let reference: Reference = named.parse().or(Err(NoticeRejected::Malformed))?;
    let about = About { reference: &reference, code: None, category: None };
    let claims = map::judge(about, &order).unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() });
    let record = NoticeRecord {
        key: key(id, &reference, &order),
        provider: id.as_str().to_owned(),
        kind: CALLBACK.to_owned(),
        body: config.redactor(None).message(&raw.body),
    };
    Ok(SupplierNotice { reference, claims, proves: Proof::Outcome, record })
}

/// Different states of one order have different keys; the same one sent again has the same.
fn key(id: &SupplierId, reference: &Reference, order: &Order<'_>) -> String {
    let theirs = map::order_id(order).unwrap_or_else(|| "-".to_owned());
    let plain = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| word(&text));
    let status = plain(filled(order.status.as_ref()).map(|status| status.to_ascii_lowercase()));
    let code = plain(filled(order.error_code.as_ref()));
    format!("{id}:{CALLBACK}:{reference}:{theirs}:{status}:{code}")
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
