//! What a JSON body itself tells to be private, for whoever hides it wherever else it stands.

use domain::fulfilment::pln_token;
use secrecy::SecretString;
use serde_json::Value;

/// Of a private value that is looked for elsewhere: a shorter one stands in every text by chance.
const SHORTEST: usize = 4;

/// The values of these fields, at any depth, in the forms in which other fields may repeat them: a serial's first part is
/// the token itself (`token/name/tariff`), a token is written with and without its dashes, and a number is found in its
/// `62…` form by what follows its zero. Nothing, where the body is no JSON.
pub fn private_values(fields: &[&str], body: &[u8]) -> Vec<SecretString> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        collect(fields, &value, false, &mut found);
    }
    let forms = found.iter().flat_map(|text| {
        let first = text.split_once('/').map(|(first, _)| first.trim_end().to_owned());
        let dashed = pln_token(text.trim_start()).map(|(token, _)| token);
        let plain = dashed.as_ref().map(|token| token.replace('-', ""));
        [Some(text.clone()), first, dashed, plain, text.strip_prefix('0').map(str::to_owned)]
    });
    forms.flatten().filter(|form| form.len() >= SHORTEST).map(SecretString::from).collect()
}

fn collect(fields: &[&str], value: &Value, private: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(own) => {
            for (name, value) in own {
                let named = fields.iter().any(|field| field.eq_ignore_ascii_case(name));
                collect(fields, value, private || named, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect(fields, value, private, found)),
        Value::String(text) if private => found.push(text.clone()),
        Value::Number(number) if private => found.push(number.to_string()),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn values(body: &str) -> Vec<String> {
        let found = private_values(&["sn", "holder"], body.as_bytes());
        found.iter().map(|value| value.expose_secret().to_owned()).collect()
    }

    #[test]
    fn values_are_found_at_any_depth_and_in_other_forms() {
        let found =
            values(r#"{"a":[{"SN":"0123-4567-8901-2345-6789/BUDI"}],"holder":{"x":["081234567890"]},"b":"stays"}"#);
        for form in ["0123-4567-8901-2345-6789", "01234567890123456789", "81234567890"] {
            assert!(found.iter().any(|value| value == form), "{form} not in {found:?}");
        }
        assert!(!found.iter().any(|value| value == "stays"));
        assert_eq!(values(r#"{"sn":77123}"#), ["77123"]);
    }

    #[test]
    fn short_values_and_what_is_no_json_give_nothing() {
        for body in [r#"{"sn":"123"}"#, r#"{"sn":null}"#, "sn=1234567", ""] {
            assert!(values(body).is_empty(), "{body}");
        }
    }
}
