//! Masks secrets in the text of a request or reply before anybody keeps it.
//!
//! It works on text, not on parsed JSON: half a reply, HTML around JSON and JSON inside a JSON string are masked as
//! well, and everything that is not secret stays as it was sent. What is secret is the adapter's knowledge.

use std::collections::BTreeSet;

use ports::Exchange;
use secrecy::{ExposeSecret, SecretString};

mod behind;
mod private;

pub use private::{number_forms, private_values};

const MASK: &str = "***";
/// Each of them is looked for in the whole text. A reply about one customer has some dozens of private values, each with a handful of
/// spellings; of a text with more than these nothing is kept.
const MOST_SPELLINGS: usize = 2_000;
/// Of a character that a cut went through: it becomes U+FFFD.
const HALF_CHARACTER: usize = char::REPLACEMENT_CHARACTER.len_utf8();

/// Knows the secrets of one adapter, or of one call of it.
#[derive(Debug, Clone)]
pub struct Redactor {
    fields: Vec<&'static str>,
    /// Every spelling of every literal, longest first, so that no secret leaves its tail behind a shorter one.
    spellings: Vec<SecretString>,
    /// Behind one of these, everything is secret up to the end of the line.
    markers: Vec<&'static str>,
    tells: fn(&[u8]) -> Vec<SecretString>,
}

impl Redactor {
    /// `fields` are names of JSON fields (any depth) and of form or query fields, whatever their letter case; their
    /// values are masked. `literals` are masked wherever they stand, so a call's target and signature belong there too: an
    /// error page may echo them in any form. Other notations of the same thing (`62812…` for `0812…`) are other literals.
    pub fn new(fields: &[&'static str], literals: Vec<SecretString>) -> Self {
        let fields = fields.to_vec();
        let spellings = longest_first(spelled(&literals));
        Self { fields, spellings, markers: Vec::new(), tells: |_| Vec::new() }
    }

    /// Masks the rest of a line behind each of these as well, whatever their letter case: for protocols of plain text, whose
    /// serial is in no field (`SN: 1234`). In a query the value ends where the next field begins.
    #[must_use]
    pub fn after(mut self, markers: &[&'static str]) -> Self {
        self.markers.extend(markers.iter().filter(|marker| !marker.is_empty()));
        self
    }

    /// Only a message tells what else is private in it, wherever it is repeated: `tells` reads that of one, as
    /// [`private_values`] does.
    #[must_use]
    pub fn told(mut self, tells: fn(&[u8]) -> Vec<SecretString>) -> Self {
        self.tells = tells;
        self
    }

    /// As [`Self::text`], for a reply or a notice; what it tells to be private is masked as well. Not for a list, in which thousands of
    /// things have names.
    pub fn message(&self, raw: &[u8]) -> String {
        let told = (self.tells)(raw);
        if told.is_empty() {
            return self.text(raw);
        }
        let known = self.spellings.iter().map(|known| known.expose_secret().to_owned());
        Self { spellings: longest_first(known.chain(spelled(&told))), ..self.clone() }.text(raw)
    }

    /// The text as it may be kept: UTF-8 (lossy), masked, then cut to [`Exchange::BODY_LIMIT`] bytes. Of a longer one only the
    /// beginning is looked at.
    pub fn text(&self, raw: &[u8]) -> String {
        if self.spellings.len() > MOST_SPELLINGS {
            return MASK.to_owned();
        }
        let longest = self.spellings.first().map_or(0, |longest| longest.expose_secret().len());
        // Each byte of half a secret may have become a mask.
        let unsure = MASK.len() * longest + HALF_CHARACTER;
        let mut text = match raw.split_at_checked(Exchange::BODY_LIMIT + unsure) {
            None => self.masked(raw),
            Some((begin, _)) => {
                let mut text = self.masked(begin);
                // A secret that the cut went through was not found: what may be its first half goes.
                let sure = text.len().saturating_sub(unsure);
                cut(&mut text, sure);
                text
            }
        };
        cut(&mut text, Exchange::BODY_LIMIT);
        text
    }

    fn masked(&self, raw: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(raw).into_owned();
        for secret in &self.spellings {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), MASK);
            }
        }
        let mut text = self.mask_form_fields(&self.mask_json_fields(&text));
        if !self.markers.is_empty() {
            text = behind::mask(&self.markers, &text);
        }
        text
    }

    fn is_secret(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.eq_ignore_ascii_case(name))
    }

    /// `"name": value` becomes `"name": "***"`.
    fn mask_json_fields(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('"') {
            out.push_str(before);
            // JSON inside a JSON string: its quotes carry backslashes, three if it is nested twice.
            let nesting = backslashes_at_end(&out);
            out.push('"');
            rest = after;
            if let Some((name_and_colon, value)) = self.secret_field(after, nesting) {
                let slashes = "\\".repeat(nesting);
                out.push_str(name_and_colon);
                out.push_str(&format!("{slashes}\"{MASK}{slashes}\""));
                rest = after_value(value, nesting);
            }
        }
        out.push_str(rest);
        out
    }

    /// If a secret's name and a colon stand here: these, and the text from its value on.
    fn secret_field<'t>(&self, after_quote: &'t str, nesting: usize) -> Option<(&'t str, &'t str)> {
        let (name, after_name) = after_quote.split_once('"')?;
        if backslashes_at_end(name) != nesting || !self.is_secret(name.trim_end_matches('\\')) {
            return None;
        }
        let value = after_name.trim_start().strip_prefix(':')?.trim_start();
        Some(after_quote.split_at(after_quote.len() - value.len()))
    }

    /// `name=value` becomes `name=***`, in a form body, a query or the middle of a sentence.
    fn mask_form_fields(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('=') {
            out.push_str(before);
            out.push('=');
            rest = after;
            let name = before.rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
            if self.is_secret(name) {
                out.push_str(MASK);
                rest = after.find(['&', '"', '\r', '\n']).map_or("", |end| after.split_at(end).1);
            }
        }
        out.push_str(rest);
        out
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']')
}

fn backslashes_at_end(text: &str) -> usize {
    text.bytes().rev().take_while(|b| *b == b'\\').count()
}

/// The text behind a JSON value; nothing if the value does not end.
fn after_value(value: &str, nesting: usize) -> &str {
    let mut quotes = QuoteFinder { nesting, backslashes: 0 };
    let mut in_string = false;
    let mut depth = 0_usize;
    for (at, c) in value.char_indices() {
        let (from_here, behind) = (at, at + c.len_utf8());
        let quote = quotes.is_quote(c);
        let ends_at = match c {
            _ if quote => {
                in_string = !in_string;
                (!in_string && depth == 0).then_some(behind)
            }
            _ if in_string => None,
            '{' | '[' => {
                depth += 1;
                None
            }
            // A closing bracket of the object around a plain value.
            '}' | ']' if depth == 0 => Some(from_here),
            '}' | ']' => {
                depth -= 1;
                (depth == 0).then_some(behind)
            }
            ',' | ' ' | '\t' | '\r' | '\n' if depth == 0 => Some(from_here),
            _ => None,
        };
        if let Some(end) = ends_at {
            return value.split_at(end).1;
        }
    }
    ""
}

/// Tells a quote that opens or closes a string from a quote that is part of it.
struct QuoteFinder {
    nesting: usize,
    backslashes: usize,
}

impl QuoteFinder {
    fn is_quote(&mut self, c: char) -> bool {
        let before = self.backslashes;
        self.backslashes = if c == '\\' { before + 1 } else { 0 };
        // Unnested: an even number of backslashes escapes only itself. Each nesting doubles them and adds the quote's own.
        c == '"' && before % (2 * (self.nesting + 1)) == self.nesting
    }
}

fn spelled(literals: &[SecretString]) -> impl Iterator<Item = String> {
    literals.iter().flat_map(|literal| spellings(literal.expose_secret()))
}

fn longest_first(spellings: impl Iterator<Item = String>) -> Vec<SecretString> {
    let each: BTreeSet<String> = spellings.filter(|spelling| !spelling.is_empty()).collect();
    let mut all: Vec<String> = each.into_iter().collect();
    all.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    all.into_iter().map(SecretString::from).collect()
}

/// The ways a literal appears in forms, queries and JSON.
fn spellings(literal: &str) -> Vec<String> {
    let form: String = form_urlencoded::byte_serialize(literal.as_bytes()).collect();
    let json = serde_json::Value::from(literal).to_string();
    let json = json.trim_start_matches('"').strip_suffix('"').unwrap_or_default();
    vec![
        literal.to_owned(),
        form.replace('+', "%20"),
        lower_case_escapes(&form),
        lower_case_escapes(&form.replace('+', "%20")),
        form,
        // PHP escapes the slash.
        json.replace('/', "\\/"),
        json.to_owned(),
    ]
}

/// `%2B` becomes `%2b`; everything else keeps its case.
fn lower_case_escapes(form: &str) -> String {
    let mut left = 0;
    form.chars()
        .map(|c| {
            let escaped = left > 0;
            left = if c == '%' { 2 } else { usize::saturating_sub(left, 1) };
            if escaped { c.to_ascii_lowercase() } else { c }
        })
        .collect()
}

fn cut(text: &mut String, most: usize) {
    text.truncate(text.floor_char_boundary(most));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::new(&["sn", "sign", "HashKey"], vec!["key+/é 1".into(), "081234567890".into()])
    }

    fn text(raw: &str) -> String {
        redactor().text(raw.as_bytes())
    }

    #[test]
    fn named_json_fields_are_masked_at_any_depth_and_the_rest_stays_as_sent() {
        assert_eq!(
            text(r#"{ "data" : {"sn":"1234-\"5\\", "rc": "00", "list":[{"SN" : 77}], "sign":null}}"#),
            r#"{ "data" : {"sn":"***", "rc": "00", "list":[{"SN" : "***"}], "sign":"***"}}"#
        );
    }

    #[test]
    fn whole_objects_and_lists_are_masked_even_with_brackets_in_their_strings() {
        assert_eq!(text(r#"{"sn":{"a":"}x","b":[1,"]"]},"rc":"00"}"#), r#"{"sn":"***","rc":"00"}"#);
        assert_eq!(text(r#"{"sn":[1,2],"rc":7}"#), r#"{"sn":"***","rc":7}"#);
    }

    #[test]
    fn half_a_reply_is_masked_to_its_end() {
        assert_eq!(text(r#"{"rc":"00","sn":"1234-56"#), r#"{"rc":"00","sn":"***""#);
        assert_eq!(text(r#"{"sn":{"token":"1234"#), r#"{"sn":"***""#);
    }

    #[test]
    fn json_inside_html_is_masked() {
        assert_eq!(text(r#"<p class="x>Sorry, {"sn":"12"}</p>"#), r#"<p class="x>Sorry, {"sn":"***"}</p>"#);
    }

    #[test]
    fn json_inside_a_json_string_is_masked() {
        let inner = serde_json::json!({"sn": "12\"34\\", "rc": "00"}).to_string();
        let once = serde_json::json!({"body": inner}).to_string();
        let twice = serde_json::json!({"log": once, "ok": true}).to_string();
        for nested in [once, twice] {
            let kept = text(&nested);
            assert!(!kept.contains("34"), "{kept}");
            let parsed: serde_json::Value = serde_json::from_str(&kept).unwrap();
            let body = parsed.get("body").cloned().unwrap_or_else(|| {
                let log = parsed["log"].as_str().unwrap();
                serde_json::from_str::<serde_json::Value>(log).unwrap()["body"].clone()
            });
            let innermost: serde_json::Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
            assert_eq!(innermost, serde_json::json!({"sn": "***", "rc": "00"}));
        }
    }

    #[test]
    fn form_and_query_fields_are_masked() {
        assert_eq!(text("a=1&sign=ab%20c d&hashkey=&b==2"), "a=1&sign=***&hashkey=***&b==2");
        assert_eq!(text("https://x.example/y?sign=abc&z=1"), "https://x.example/y?sign=***&z=1");
        assert_eq!(text(r#"{"url":"https://x/?sign=abc","z":1}"#), r#"{"url":"https://x/?sign=***","z":1}"#);
    }

    #[test]
    fn a_name_that_only_ends_like_a_secret_is_kept() {
        assert_eq!(text(r#"{"design":"blue"}&design=blue"#), r#"{"design":"blue"}&design=blue"#);
    }

    #[test]
    fn literals_are_masked_in_every_spelling() {
        for spelled in
            ["key+/é 1", "key%2B%2F%C3%A9+1", "key%2b%2f%c3%a9%201", r"key+\/é 1", "nomor 081234567890 salah"]
        {
            let kept = text(&format!("before {spelled} after"));
            assert!(kept.contains(MASK) && !kept.contains("key") && !kept.contains("0812"), "{kept}");
        }
    }

    #[test]
    fn a_secret_that_begins_like_another_leaves_no_tail() {
        let both = Redactor::new(&[], vec!["abc".into(), "abc-tail".into()]);
        assert_eq!(both.text(b"abc-tail abc"), "*** ***");
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_as_well_as_can_be() {
        assert_eq!(redactor().text(b"\xff\xfe sn=1"), "\u{fffd}\u{fffd} sn=***");
    }

    #[test]
    fn the_cut_comes_after_the_masking_and_between_characters() {
        let filler = "é".repeat(Exchange::BODY_LIMIT / 2 - 3);
        let kept = text(&format!("{filler}081234567890"));
        assert!(kept.len() <= Exchange::BODY_LIMIT && !kept.contains("0812"));
    }

    #[test]
    fn of_a_long_text_no_half_of_a_secret_is_left_wherever_it_is_cut() {
        let secret = "geheim-é-0812345678";
        let hides = Redactor::new(&["sn"], vec![secret.into()]);
        for before in Exchange::BODY_LIMIT - 60..Exchange::BODY_LIMIT + 60 {
            // What is masked before it makes the text shorter than it came.
            let long =
                format!(r#"{{"sn":"{}","x":"{}{secret}{}"#, "7".repeat(500), "-".repeat(before - 500), "z".repeat(900));
            let kept = hides.text(long.as_bytes());
            assert!(
                kept.len() <= Exchange::BODY_LIMIT && !kept.contains("g"),
                "{before}: {}",
                &kept[kept.len() - 80..]
            );
            assert!(kept.len() >= Exchange::BODY_LIMIT - 600, "{before}: the rest is kept");
        }
    }

    #[test]
    fn of_a_text_with_thousands_of_private_values_nothing_is_kept() {
        let values: Vec<SecretString> = (0..5_000).map(|n| SecretString::from(format!("nama {n}"))).collect();
        assert_eq!(Redactor::new(&[], values).text(b"nama 77 and nobody else"), MASK);
    }

    #[test]
    fn a_marker_works_beside_fields_and_literals() {
        let all = redactor().after(&["SN: "]);
        assert_eq!(all.text(b"to 081234567890 sign=1 & SN: 77 x\nrc=5"), "to *** sign=***& SN: ***\nrc=5");
    }

    #[test]
    fn many_secrets_in_a_large_reply_take_no_time_worth_naming() {
        let kept = text(&r#"{"sn":"1","x":"y"},"#.repeat(50_000));
        assert!(kept.starts_with(r#"{"sn":"***","x":"y"},{"sn":"***""#));
    }

    #[test]
    fn an_empty_literal_masks_nothing_and_debug_shows_nothing() {
        assert_eq!(Redactor::new(&[], vec!["".into()]).text(b"abc"), "abc");
        let shown = format!("{:?}", redactor());
        assert!(!shown.contains("081234567890") && !shown.contains("key+"), "{shown}");
    }
}
