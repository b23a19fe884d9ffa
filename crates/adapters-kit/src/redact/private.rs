//! What a JSON body itself tells to be private, for whoever hides it wherever else it stands.

use domain::Private;
use domain::fulfilment::pln_token;
use secrecy::SecretString;
use serde_json::Value;

/// Of a private value that is looked for elsewhere: a shorter one stands in every text by chance.
const SHORTEST: usize = 4;

/// The values of these fields, at any depth, in the forms in which other fields may repeat them: of a serial (`token/name/tariff/kWh`)
/// the token itself and whatever is a word, a token with and without its dashes, and of a number what follows its zero, by which it
/// is found in its `62…` form. Nothing, where the body is no JSON.
pub fn private_values(fields: &[&str], body: &[u8]) -> Vec<SecretString> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        collect(fields, &value, false, &mut found);
    }
    let forms = found.iter().flat_map(|text| {
        let dashed = pln_token(text.trim_start()).map(|(token, _)| token);
        let plain = dashed.as_ref().map(|token| token.replace('-', ""));
        let (first, rest) = text.split_once('/').unzip();
        let words = rest.into_iter().flat_map(|rest| rest.split('/')).filter(|part| part.contains(char::is_alphabetic));
        let parts = [Some(text.as_str()), first, text.strip_prefix('0')].into_iter().flatten().chain(words);
        parts.map(|part| part.trim().to_owned()).chain(dashed).chain(plain).collect::<Vec<String>>()
    });
    forms.filter(|form| form.len() >= SHORTEST).map(SecretString::from).collect()
}

/// A number, and what of it stands in its `62…` form too.
pub fn number_forms(number: &Private) -> [SecretString; 2] {
    let national = number.expose().strip_prefix('0').unwrap_or_default();
    [SecretString::from(number.expose()), SecretString::from(national)]
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
        for sn in ["0123-4567-8901-2345-6789", "01234567890123456789"] {
            let sn = format!("{sn}/BUDI S/R1M/1300/33.7");
            let found = values(&format!(r#"{{"a":[{{"SN":"{sn}"}}],"holder":{{"x":["081234567890"]}},"b":"stays"}}"#));
            for form in [&sn, "0123-4567-8901-2345-6789", "01234567890123456789", "BUDI S", "81234567890"] {
                assert!(found.iter().any(|value| value == form), "{form} not in {found:?}");
            }
            assert!(!found.iter().any(|value| ["stays", "1300", "33.7"].contains(&value.as_str())));
        }
        assert_eq!(values(r#"{"sn":77123}"#), ["77123"]);
    }

    #[test]
    fn short_values_and_what_is_no_json_give_nothing() {
        for body in [r#"{"sn":"123"}"#, r#"{"sn":null}"#, "sn=1234567", ""] {
            assert!(values(body).is_empty(), "{body}");
        }
    }
}
