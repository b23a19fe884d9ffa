//! The two shapes in which ECPay sends fields: a percent-encoded form (notices) and a raw, un-encoded list (query
//! replies). Not here: signatures and what a field means.
//!
//! The signature covers `name=value&name=value` without any escape. So that one signed text has one reading, a
//! separator inside a decoded name or value is refused: otherwise `&SimulatePaid=1` could be hidden inside the value
//! before it without changing the signature.

use std::collections::HashSet;

use crate::error::Unreadable;

/// Longest notice or reply that is read, in bytes. Real ones stay below 2 KiB; percent-encoding anew can triple it, and
/// a stored notice may hold 32 KiB.
pub const FIELDS_LIMIT: usize = 8 * 1024;

/// Field names and decoded values in the order they came; empty values are kept, for they are signed.
/// No name comes twice, also not in other letters. No name holds `&` or `=`, no value holds `&`.
#[derive(Clone, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`, decoding exactly once.
    pub fn from_form(body: &[u8]) -> Result<Self, Unreadable> {
        if body.len() > FIELDS_LIMIT {
            return Err(Unreadable::TooLong);
        }
        let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        // The decoder puts U+FFFD where the bytes are no UTF-8; ECPay has no reason to send that character itself.
        if fields.iter().any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}')) {
            return Err(Unreadable::NotUtf8);
        }
        Self::checked(fields)
    }

    /// Reads a query reply: nothing is percent-encoded, `+` is a plus sign, and only the first `=` of a field separates
    /// (ECPay AIO docs, QueryTradeInfo).
    pub fn from_raw_reply(body: &[u8]) -> Result<Self, Unreadable> {
        if body.len() > FIELDS_LIMIT {
            return Err(Unreadable::TooLong);
        }
        let Ok(text) = std::str::from_utf8(body) else { return Err(Unreadable::NotUtf8) };
        let fields = text
            .split('&')
            .map(|field| field.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect::<Option<Vec<_>>>()
            .ok_or(Unreadable::NotFields)?;
        Self::checked(fields)
    }

    fn checked(fields: Vec<(String, String)>) -> Result<Self, Unreadable> {
        let mut seen = HashSet::new();
        for (name, value) in &fields {
            if name.is_empty() {
                return Err(Unreadable::NotFields);
            }
            if name.contains(['&', '=']) || value.contains('&') {
                return Err(Unreadable::Ambiguous);
            }
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(Unreadable::Repeated);
            }
        }
        Ok(Self(fields))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A field that may be absent. The signature does not see letter case, so a known name in other letters is
    /// refused rather than taken for absent.
    pub fn optional(&self, name: &'static str) -> Result<Option<&str>, Unreadable> {
        match self.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)) {
            None => Ok(None),
            Some((given, value)) if given == name => Ok(Some(value)),
            Some(_) => Err(Unreadable::LetterCase(name)),
        }
    }

    pub fn required(&self, name: &'static str) -> Result<&str, Unreadable> {
        self.optional(name)?.ok_or(Unreadable::Missing(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(fields: &Fields) -> Vec<(&str, &str)> {
        fields.iter().collect()
    }

    #[test]
    fn a_form_is_decoded_exactly_once_and_empties_stay() {
        let fields = Fields::from_form("RtnMsg=%E4%BA%A4+%2B%2520&StoreID=&Flag".as_bytes()).unwrap();
        assert_eq!(pairs(&fields), [("RtnMsg", "交 +%20"), ("StoreID", ""), ("Flag", "")]);
    }

    #[test]
    fn a_query_reply_is_not_decoded_at_all() {
        let raw = "ItemName=Pulsa 10.000 + 5%20&PaymentURL=https://x.tw/?No=LLL&PaymentDate=".as_bytes();
        let fields = Fields::from_raw_reply(raw).unwrap();
        assert_eq!(
            pairs(&fields),
            [("ItemName", "Pulsa 10.000 + 5%20"), ("PaymentURL", "https://x.tw/?No=LLL"), ("PaymentDate", "")]
        );
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        assert_eq!(Fields::from_form(b"a=1&a=2").err(), Some(Unreadable::Repeated));
        assert_eq!(Fields::from_form(b"TradeAmt=1&tradeAmt=2").err(), Some(Unreadable::Repeated));
        assert_eq!(Fields::from_form(b"a=1%26b%3D2").err(), Some(Unreadable::Ambiguous));
        assert_eq!(Fields::from_form(b"a%3Db=1").err(), Some(Unreadable::Ambiguous));
        assert_eq!(Fields::from_form(b"=1").err(), Some(Unreadable::NotFields));
        assert_eq!(Fields::from_form(b"a=%ff").err(), Some(Unreadable::NotUtf8));
        assert_eq!(Fields::from_form(&vec![b'a'; FIELDS_LIMIT + 1]).err(), Some(Unreadable::TooLong));
        assert_eq!(Fields::from_raw_reply(b"a=1&a=2").err(), Some(Unreadable::Repeated));
        assert_eq!(Fields::from_raw_reply(b"<html>").err(), Some(Unreadable::NotFields));
        assert_eq!(Fields::from_raw_reply(b"a=\xff").err(), Some(Unreadable::NotUtf8));
        assert_eq!(Fields::from_raw_reply(&vec![b'='; FIELDS_LIMIT + 1]).err(), Some(Unreadable::TooLong));
    }

    #[test]
    fn a_known_name_in_other_letters_is_not_taken_for_absent() {
        let fields = Fields::from_form(b"simulatePaid=1").unwrap();
        assert_eq!(fields.optional("SimulatePaid"), Err(Unreadable::LetterCase("SimulatePaid")));
        assert_eq!(fields.optional("RtnCode"), Ok(None));
        assert_eq!(fields.required("RtnCode"), Err(Unreadable::Missing("RtnCode")));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parsers_panic(body in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = Fields::from_form(&body);
            let _ = Fields::from_raw_reply(&body);
        }

        #[test]
        fn form_like_texts_keep_the_promises_of_fields(body in "[a-cA-C=&%+026]{0,40}") {
            for fields in [Fields::from_form(body.as_bytes()), Fields::from_raw_reply(body.as_bytes())] {
                let Ok(fields) = fields else { continue };
                let mut names: Vec<String> = fields.iter().map(|(n, _)| n.to_ascii_lowercase()).collect();
                let count = names.len();
                names.sort();
                names.dedup();
                prop_assert_eq!(names.len(), count);
                prop_assert!(fields.iter().all(|(n, v)| !n.contains(['&', '=']) && !v.contains('&')));
            }
        }

        #[test]
        fn what_was_encoded_comes_back(value in "[^&\u{fffd}]{0,40}") {
            let body: String = form_urlencoded::Serializer::new(String::new()).append_pair("RtnMsg", &value).finish();
            let fields = Fields::from_form(body.as_bytes()).unwrap();
            prop_assert_eq!(fields.required("RtnMsg"), Ok(value.as_str()));
        }
    }
}
