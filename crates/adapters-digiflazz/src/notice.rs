//! Digiflazz's webhook (Digiflazz docs): a transaction as in a reply, signed over its raw body, so that it proves the outcome. What it
//! leaves open (a serial that is no whole one) is asked for.

use adapters_kit::settings::may_send;
use adapters_kit::word;
use domain::fulfilment::Answer;
use domain::{Reference, SupplierId};
use ports::notice::{NoticeRecord, NoticeRejected, RawNotice};
use ports::supplier::{Proof, SupplierNotice};

use crate::config::Config;
use crate::map::{self, About, Asked};
use crate::sign;

/// The one kind of notice we ask Digiflazz for.
pub const TRANSACTION: &str = "transaction";
/// What there is no number or word of.
const NONE: &str = "-";

/// Verifies a webhook and says what it claims.
pub fn verify(id: &SupplierId, config: &Config, kind: &str, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
    if kind != TRANSACTION {
        return Err(NoticeRejected::Malformed);
    }
    let sealed = raw.header(sign::HEADER).ok_or(NoticeRejected::BadSignature)?;
    let signed = config.webhooks.vouch_for(sealed, |secret| sign::webhook(secret, &raw.body));
    if !signed || !may_send(&config.callback_ips, raw.peer) {
        return Err(NoticeRejected::BadSignature);
    }
    let said = map::said(200, &raw.body).or(Err(NoticeRejected::Malformed))?;
    let named = said.ref_id.clone().ok_or(NoticeRejected::Malformed)?;
    let reference = Reference::try_from(named).or(Err(NoticeRejected::Malformed))?;
    let about = About { reference: &reference, code: None, category: None };
    let claims = map::judge(Asked::Webhook, &about, 200, &said)
        .unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() });
    // Different states of one transaction have different keys; the same one sent again has the same.
    let trx_id = map::trx_id(&said).unwrap_or_else(|| NONE.to_owned());
    let status = said.status.as_deref().map_or_else(|| NONE.to_owned(), word);
    let record = NoticeRecord {
        key: format!("{id}:{TRANSACTION}:{reference}:{trx_id}:{status}:{}", word(&said.rc)),
        provider: id.as_str().to_owned(),
        kind: TRANSACTION.to_owned(),
        body: config.redactor(config.webhooks.all().to_vec()).message(&raw.body),
    };
    // Without a serial it may speak of the inquiry before a payment, under the same reference: that is asked about.
    let silent = matches!(claims, Answer::Delivered { .. }) && !map::has_serial(&said);
    let proves = if silent { Proof::Reference } else { Proof::Outcome };
    Ok(SupplierNotice { reference, claims, proves, record })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::codes::meaning;
    use crate::config::tests::settings;

    const OURS: &str = "AAAAAAAAAAAAAAAAAAA2";

    fn check(kind: &str, seal: &str, body: &str) -> Result<SupplierNotice, NoticeRejected> {
        let config = Config::read(&settings(&[("WEBHOOK_SECRETS", "new,old")])).unwrap();
        let headers = vec![(sign::HEADER.to_owned(), seal.to_owned())];
        let raw = RawNotice { headers, body: bytes::Bytes::copy_from_slice(body.as_bytes()), ..RawNotice::default() };
        verify(&"digiflazz".parse().unwrap(), &config, kind, &raw)
    }

    fn sealed(secret: &str, body: &str) -> String {
        sign::webhook(&secret.into(), body.as_bytes())
    }

    fn told(rc: &str, status: &str) -> Value {
        json!({ "data": {
            "trx_id": "0123456789abcdef0123456789abcdef", "ref_id": OURS, "customer_no": "081234567890", "buyer_sku_code": "tsel-10",
            "message": "to 081234567890", "status": status, "rc": rc, "sn": "SN-0123456789", "price": 10_250,
        } })
    }

    fn genuine(body: &Value) -> Result<SupplierNotice, NoticeRejected> {
        let body = body.to_string();
        check(TRANSACTION, &sealed("old", &body), &body)
    }

    #[test]
    fn a_webhook_proves_what_it_says_and_hides_number_and_serial() {
        let notice = genuine(&told("00", "Sukses")).unwrap();
        assert_eq!((notice.reference.as_str(), notice.proves), (OURS, Proof::Outcome));
        assert!(matches!(notice.claims, Answer::Delivered { serial: Some(_), .. }), "{:?}", notice.claims);
        let key = format!("digiflazz:transaction:{OURS}:0123456789abcdef0123456789abcdef:Sukses:00");
        assert_eq!(notice.record.key, key);
        for private in ["081234567890", "SN-0123456789"] {
            assert!(!notice.record.body.contains(private), "{}", notice.record.body);
        }
    }

    /// Of goods as of a bill: it brings a question forward, whatever the attempt came to.
    #[test]
    fn a_success_without_a_serial_is_claimed_and_not_proved() {
        for sn in [json!(""), json!(" "), Value::Null] {
            let mut body = told("00", "Sukses");
            body["data"]["sn"] = sn;
            let notice = genuine(&body).unwrap();
            assert!(matches!(notice.claims, Answer::Delivered { serial: None, .. }), "{:?}", notice.claims);
            assert_eq!(notice.proves, Proof::Reference);
        }
    }

    #[test]
    fn each_state_has_its_key_and_the_same_one_has_the_same() {
        let key = |rc, status| genuine(&told(rc, status)).unwrap().record.key;
        assert_eq!(key("02", "Gagal"), key("02", "Gagal"));
        assert!(key("02", "Gagal") != key("00", "Sukses") && key("74", "Gagal") != key("02", "Gagal"));
    }

    #[test]
    fn what_contradicts_itself_is_kept_and_unclear() {
        let notice = genuine(&told("00", "Gagal")).unwrap();
        assert!(matches!(notice.claims, Answer::Unclear { .. }), "{:?}", notice.claims);
    }

    #[test]
    fn only_named_addresses_may_send_once_any_is_named() {
        let body = told("00", "Sukses").to_string();
        let from = |ips: &str, peer: Option<&str>| {
            let config = Config::read(&settings(&[("CALLBACK_IPS", ips)])).unwrap();
            let headers = vec![(sign::HEADER.to_owned(), sealed("whsecret-0001", &body))];
            let peer = peer.map(|peer| peer.parse().unwrap());
            let raw = RawNotice { headers, body: body.clone().into(), peer, ..RawNotice::default() };
            verify(&"digiflazz".parse().unwrap(), &config, TRANSACTION, &raw).map(drop)
        };
        for peer in [Some("52.74.250.133"), Some("::ffff:52.74.250.133"), Some("203.0.113.7")] {
            assert_eq!(from("52.74.250.133,203.0.113.7", peer), Ok(()), "{peer:?}");
        }
        for peer in [Some("52.74.250.134"), Some("127.0.0.1"), None] {
            assert_eq!(from("52.74.250.133", peer), Err(NoticeRejected::BadSignature), "{peer:?}");
            assert_eq!(from("", peer), Ok(()), "{peer:?}");
        }
    }

    #[test]
    fn nothing_else_is_accepted() {
        let body = told("00", "Sukses").to_string();
        let good = sealed("new", &body);
        assert!(check(TRANSACTION, &good, &body).is_ok());
        let rejected = |kind, seal: &str, body: &str| check(kind, seal, body).unwrap_err();
        assert_eq!(rejected("other", &good, &body), NoticeRejected::Malformed);
        let without_prefix = good.strip_prefix("sha1=").unwrap();
        for seal in ["", "sha1=", without_prefix, &sealed("", &body), &sealed("another", &body)] {
            assert_eq!(rejected(TRANSACTION, seal, &body), NoticeRejected::BadSignature, "{seal}");
        }
        for at in 0..body.len() {
            let mut changed = body.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(rejected(TRANSACTION, &good, &changed), NoticeRejected::BadSignature, "{changed}");
        }
        for unreadable in
            ["", "[]", "{}", r#"{"data":[]}"#, r#"{"data":{"rc":"00"}}"#, r#"{"data":{"rc":"00","ref_id":"short"}}"#]
        {
            assert_eq!(
                rejected(TRANSACTION, &sealed("new", unreadable), unreadable),
                NoticeRejected::Malformed,
                "{unreadable}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused(body in any::<Vec<u8>>(), hex in "(sha1=)?[0-9a-f]{0,40}") {
            let config = Config::read(&settings(&[])).unwrap();
            let rejected = |seal: String| {
                let headers = vec![(sign::HEADER.to_owned(), seal)];
                let raw = RawNotice { headers, body: body.clone().into(), ..RawNotice::default() };
                verify(&"digiflazz".parse().unwrap(), &config, TRANSACTION, &raw).err()
            };
            let rightly = sign::webhook(&"whsecret-0001".into(), &body);
            prop_assume!(hex != rightly);
            prop_assert_eq!(rejected(hex), Some(NoticeRejected::BadSignature));
            prop_assert_eq!(rejected(rightly), Some(NoticeRejected::Malformed));
        }

        /// Signed by them, and not what they promised.
        #[test]
        fn any_data_claims_an_outcome_only_by_a_known_code_and_a_reference_of_ours(
            named in prop_oneof![Just(json!(OURS)), supplier_lab::any_json(OURS, "ref_id")],
            rc in prop_oneof![Just(json!("00")), supplier_lab::any_json("00|02|74|[0-9]{2}", "rc")],
            more in supplier_lab::any_json("Sukses|Gagal|Pending|00|[0-9]{1,6}", "ref_id|rc|status|sn|price|trx_id|buyer_sku_code"),
        ) {
            let mut data = if more.is_object() { more } else { json!({ "status": more }) };
            data["ref_id"] = named.clone();
            data["rc"] = rc.clone();
            let Ok(notice) = genuine(&json!({ "data": data })) else { return Ok(()) };
            prop_assert_eq!(notice.reference.as_str(), OURS);
            prop_assert_eq!(&named, OURS);
            prop_assert!(notice.record.key.parse::<domain::DedupeKey>().is_ok(), "{}", notice.record.key);
            let known = rc.as_str().and_then(meaning);
            let says = |status: &str| data.get("status").is_some_and(|said| said == status);
            let agrees = match notice.claims {
                Answer::Delivered { .. } => known == Some(crate::codes::Meaning::Success) && says("Sukses"),
                Answer::Pending { .. } => known == Some(crate::codes::Meaning::Pending) && says("Pending"),
                Answer::Failed { .. } => known.is_some() && !says("Sukses") && !says("Pending"),
                Answer::Refused { .. } | Answer::NotFound => false,
                Answer::Unclear { .. } => true,
            };
            prop_assert!(agrees, "{:?} of {}", notice.claims, data);
        }
    }
}
