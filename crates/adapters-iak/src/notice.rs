//! IAK's callback (IAK docs, "callback"): checked, read, redacted. Its signature is the one the top-up carried and covers
//! neither status nor serial, so what it claims is never proof: it only brings the next status question forward. That it came proves
//! that this reference reached IAK, for nobody else saw the signature over it: from then on "not found" is not believed of it. Whoever reads
//! our requests could forge that much, and reach no more than that a person looks before the goods are bought elsewhere; to disbelieve a
//! genuine one could buy them twice.
//!
//! All values are strings; numbers are read as well, since nothing depends on the difference. Fields we do not know are let
//! be. Accounts of the first API get `code` and `hp` for `product_code` and `customer_id`: neither is needed, both are
//! redacted as what they hold. A callback in XML (`<mp>`) is refused as malformed, by choice: IAK sends the form its
//! dashboard is set to, and an answer other than 2xx shows a wrong setting there at once, while the goods are found by
//! asking. A callback for another account of ours fails on its signature, which covers user name and key.

use adapters_kit::settings::may_send;
use adapters_kit::{filled, same, word};
use domain::fulfilment::Answer;
use domain::{Reference, SupplierId};
use ports::notice::{NoticeRecord, NoticeRejected, RawNotice};
use ports::supplier::{Proof, SupplierNotice};
use secrecy::ExposeSecret;

use crate::config::Config;
use crate::map::{self, About, Asked};
use crate::sign;
use crate::wire::{self, Transaction};

/// The one kind of notice IAK sends.
pub const CALLBACK: &str = "callback";

/// Verifies a callback and says what it claims.
pub fn verify(id: &SupplierId, config: &Config, kind: &str, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    if kind != CALLBACK {
        return Err(NoticeRejected::Malformed);
    }
    if !may_send(&config.callback_ips, raw.peer) {
        return Err(NoticeRejected::BadSignature);
    }
    let transaction = wire::transaction(&raw.body).or(Err(NoticeRejected::Malformed))?;
    let reference = signed_reference(config, &transaction)?;
    let about = About { reference: &reference, code: None };
    let claims = map::judge(Asked::Callback, about, &transaction)
        .unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() });
    let record = NoticeRecord {
        key: key(id, &reference, &transaction),
        provider: id.as_str().to_owned(),
        kind: CALLBACK.to_owned(),
        body: config.redactor(None).message(&raw.body),
    };
    Ok(SupplierNotice { reference, claims, proves: Proof::Reference, record })
}

/// The reference, if the signature over it is right. A signed text that is no reference of ours is not for us.
fn signed_reference(config: &Config, transaction: &Transaction) -> Result<Reference, NoticeRejected> {
    let text = |field| filled(field).ok_or(NoticeRejected::Malformed);
    let reference = text(transaction.ref_id.as_ref())?;
    let given = text(transaction.sign.as_ref())?;
    let expected = sign::sign(config.username.expose_secret(), &config.api_key, &reference);
    if !same(&expected, &given) {
        return Err(NoticeRejected::BadSignature);
    }
    Reference::try_from(reference).or(Err(NoticeRejected::Malformed))
}

/// Different states of one transaction have different keys; the same one sent again has the same.
fn key(id: &SupplierId, reference: &Reference, transaction: &Transaction) -> String {
    let tr_id = map::supplier_ref(transaction).unwrap_or_else(|| "-".to_owned());
    let plain = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| word(&text));
    let status = plain(filled(transaction.status.as_ref()));
    let rc = plain(transaction.rc().map(str::to_owned));
    format!("{id}:{CALLBACK}:{reference}:{tr_id}:{status}:{rc}")
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
