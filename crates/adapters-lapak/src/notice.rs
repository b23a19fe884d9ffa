//! Lapak's order callback (Lapak docs, "callback"): its body is that of a status reply, unsigned, and names no reference of
//! ours. Reference and proof stand in the address that we handed in with the order (`sign`), so it proves that Lapak knows the
//! order and nothing else: it only brings the next status question forward.
//!
//! One that is sent to another address, as the dashboard's own setting says, is refused; its order is found by asking. It comes
//! only when all of an order is delivered or all refunded. The product callback is not used: the list is read anyway.

use adapters_kit::settings::may_send;
use adapters_kit::{filled, word};
use domain::fulfilment::Answer;
use domain::{Reference, SupplierId};
use ports::notice::{NoticeRecord, NoticeRejected, RawNotice};
use ports::supplier::{Proof, SupplierNotice};
use secrecy::ExposeSecret;

use crate::config::Config;
use crate::map::{self, Asked};
use crate::sign;
use crate::wire::{OrderData, Reply};

/// The one kind of notice we ask Lapak for.
pub const ORDER: &str = "order";
/// The field of the address that names our reference.
const REFERENCE: &str = "ref";
/// What there is no number or word of.
const NONE: &str = "-";

/// Verifies a callback and says what it claims.
pub fn verify(id: &SupplierId, config: &Config, kind: &str, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    if kind != ORDER {
        return Err(NoticeRejected::Malformed);
    }
    let reference = reference(&raw.query)?;
    let token = raw.token.as_ref().ok_or(NoticeRejected::BadSignature)?;
    let sealed = config.callback.vouch_for(token.expose_secret(), |secret| sign::token(secret, &reference));
    if !sealed || !may_send(&config.callback_ips, raw.peer) {
        return Err(NoticeRejected::BadSignature);
    }
    let reply = Reply::read(&raw.body).or(Err(NoticeRejected::Malformed))?;
    let claims = map::judge(Asked::Callback, &reference, 200, &reply)
        .unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() });
    let record = NoticeRecord {
        key: key(id, &reference, &reply),
        provider: id.as_str().to_owned(),
        kind: ORDER.to_owned(),
        body: config.redactor(vec![token.clone()]).message(&raw.body),
    };
    Ok(SupplierNotice { reference, claims, proves: Proof::Reference, record })
}

/// The one reference an address names.
fn reference(query: &str) -> Result<Reference, NoticeRejected> {
    let mut named = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == REFERENCE);
    match (named.next(), named.next()) {
        (Some((_, reference)), None) => Reference::try_from(reference.into_owned()).or(Err(NoticeRejected::Malformed)),
        (Some(_), Some(_)) | (None, _) => Err(NoticeRejected::Malformed),
    }
}

/// Different states of one order have different keys; the same one sent again has the same.
fn key(id: &SupplierId, reference: &Reference, reply: &Reply<'_>) -> String {
    let data = reply.data_if_any::<OrderData>().unwrap_or_default();
    let tid = map::tid(&data).unwrap_or_else(|| NONE.to_owned());
    let status = filled(data.status.as_ref()).map_or_else(|| NONE.to_owned(), |status| word(&status));
    format!("{id}:{ORDER}:{reference}:{tid}:{status}:{}", word(&reply.code))
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
