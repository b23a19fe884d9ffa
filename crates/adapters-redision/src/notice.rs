//! Redision's callback (form and signature seen in public client code, `serial_number` and its use for goods specified by us):
//! checked, read, redacted. Its signature covers every byte, so what it says is proved. What becomes of that is not decided
//! here: the engine believes a delivery, and asks about a failure.
//!
//! Failures are sent only to accounts that asked for it, and nothing more than five times: purchases are asked about as well.

use adapters_kit::settings::may_send;
use adapters_kit::{filled, word};
use domain::fulfilment::Answer;
use domain::{Reference, SupplierId};
use ports::notice::{NoticeRecord, NoticeRejected, RawNotice};
use ports::supplier::{Proof, SupplierNotice};

use crate::config::Config;
use crate::map;
use crate::sign::{BODYSIGN, bodysign};
use crate::wire::{self, Callback};

/// The one kind of notice Redision sends.
pub const CALLBACK: &str = "callback";

/// Verifies a callback and says what it claims.
pub fn verify(id: &SupplierId, config: &Config, kind: &str, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    if kind != CALLBACK {
        return Err(NoticeRejected::Malformed);
    }
    let given = raw.header(BODYSIGN).unwrap_or_default();
    let signed = config.callback_secrets.vouch_for(given, |secret| bodysign(secret, &raw.body));
    if !signed || !may_send(&config.callback_ips, raw.peer) {
        return Err(NoticeRejected::BadSignature);
    }
    let callback = wire::callback(&raw.body).or(Err(NoticeRejected::Malformed))?;
    let account = filled(callback.app_id.as_ref());
    if account.is_some_and(|account| account != config.account.as_str()) {
        return Err(NoticeRejected::OtherAccount);
    }
    let reference: Reference = callback.merchant_transaction_id.parse().or(Err(NoticeRejected::Malformed))?;
    let claims = map::claim(&callback).unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() });
    let record = NoticeRecord {
        key: key(id, &reference, &callback),
        provider: id.as_str().to_owned(),
        kind: CALLBACK.to_owned(),
        body: config.redactor(None).message(&raw.body),
    };
    Ok(SupplierNotice { reference, claims, proves: Proof::Outcome, record })
}

/// Different states of one transaction have different keys; the same one sent again has the same.
fn key(id: &SupplierId, reference: &Reference, callback: &Callback) -> String {
    let theirs = map::supplier_ref(callback.reference_id.as_ref()).unwrap_or_else(|| "-".to_owned());
    let code = filled(Some(&callback.status_code)).map_or_else(|| "-".to_owned(), |code| word(&code));
    format!("{id}:{CALLBACK}:{reference}:{theirs}:{}:{code}", word(&callback.status))
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
