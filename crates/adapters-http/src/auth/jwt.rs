//! Tokens: HS256, a key id, an audience, and an end that business time decides.

use chrono::TimeDelta;
use domain::{CustomerId, Moment};
use jsonwebtoken::{Algorithm, Header, Validation};
use ports::store::StaffAct;
use serde::{Deserialize, Serialize};

use super::JwtKeys;

/// How long a token lives: a stolen one is of little use, and a customer pays within one. In development longer ones are taken too.
pub const TOKEN_LIFE: TimeDelta = TimeDelta::minutes(15);
/// Clocks of two machines that are kept by a time server differ by far less.
const SKEW: TimeDelta = TimeDelta::seconds(60);
const AUDIENCE: &str = "seberang";
/// Ours have some 300 bytes; a longer one is not worth decoding.
const MAX_TOKEN_BYTES: usize = 2048;

/// What somebody may be to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys; sees its own orders.
    Customer,
    /// A logistics company.
    Partner,
    /// Works on orders.
    Operator,
    /// Works on money and prices.
    Finance,
    /// May do what all staff may, and sees what they did.
    Admin,
}

domain::wire_words!(Role {
    Customer = "customer",
    Partner = "partner",
    Operator = "operator",
    Finance = "finance",
    Admin = "admin",
});

/// What a token says. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// A customer's id, or the login name of a member of staff.
    pub sub: String,
    /// What they may do.
    pub role: Role,
    /// Us.
    pub aud: String,
    /// From then on.
    pub iat: i64,
    /// Until then.
    pub exp: i64,
}

impl Claims {
    /// Claims from now on, for so long.
    pub fn new(sub: impl Into<String>, role: Role, now: Moment, life: TimeDelta) -> Self {
        let iat = now.timestamp();
        Self { sub: sub.into(), role, aud: AUDIENCE.to_owned(), iat, exp: iat.saturating_add(life.num_seconds()) }
    }

    /// Its end. One beyond all calendars is as good as none.
    pub fn until(&self) -> Moment {
        Moment::from_timestamp(self.exp, 0).unwrap_or(Moment::MAX_UTC)
    }
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token cannot be read or is not signed by us")]
    Invalid,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token lives longer than we issue them for")]
    TooLong,
}

impl JwtKeys {
    /// Signs a token with the first key.
    pub fn issue(&self, claims: &Claims) -> Result<String, TokenError> {
        let key = self.signing().ok_or(TokenError::Invalid)?;
        let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &key.signs).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            TokenError::Invalid
        })
    }

    /// Checks signature, algorithm, key id, audience, times and the form of the subject.
    /// `any_life`: do not insist on [`TOKEN_LIFE`] (development).
    pub fn verify(&self, token: &str, now: Moment, any_life: bool) -> Result<Claims, TokenError> {
        let claims = self.signed(token).ok_or(TokenError::Invalid)?;
        let now = now.timestamp();
        if claims.iat > now.saturating_add(SKEW.num_seconds()) {
            return Err(TokenError::NotYet);
        }
        if claims.exp <= now {
            return Err(TokenError::Expired);
        }
        if !any_life && claims.exp.saturating_sub(claims.iat) > TOKEN_LIFE.num_seconds() {
            return Err(TokenError::TooLong);
        }
        Ok(claims)
    }

    /// The claims of a token that one of our keys signed for us. Times are not looked at: the library asks the
    /// system's clock, we go by business time.
    fn signed(&self, token: &str) -> Option<Claims> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        let key = self.by_id(header.kid.as_deref()?)?;
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_exp = false;
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "aud", "sub"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifies, &rules).ok()?.claims;
        subject_fits(&claims).then_some(claims)
    }
}

fn subject_fits(claims: &Claims) -> bool {
    match claims.role {
        Role::Customer | Role::Partner => claims.sub.parse::<CustomerId>().is_ok(),
        Role::Operator | Role::Finance | Role::Admin => {
            (1..=StaffAct::ACTOR_LIMIT).contains(&claims.sub.len())
                && claims.sub.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@-".contains(&b))
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use chrono::{TimeZone, Utc};
    use secrecy::SecretString;

    use super::*;

    const OLD: &str = "k0:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
    const NEW: &str = "k1:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
    const SOMEBODY: &str = "0199aa00-0000-7000-8000-000000000001";

    fn keys(text: &str) -> JwtKeys {
        JwtKeys::parse(&SecretString::from(text)).unwrap()
    }

    fn noon() -> Moment {
        Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
    }

    fn customer() -> Claims {
        Claims::new(SOMEBODY, Role::Customer, noon(), TOKEN_LIFE)
    }

    fn verdict(keys: &JwtKeys, token: &str) -> Result<Claims, TokenError> {
        keys.verify(token, noon(), false)
    }

    #[test]
    fn a_token_of_ours_is_taken_until_its_quarter_of_an_hour_is_over() {
        let keys = keys(NEW);
        let token = keys.issue(&customer()).unwrap();
        assert_eq!(verdict(&keys, &token), Ok(customer()));
        let just_before = noon() + TimeDelta::seconds(899);
        assert!(keys.verify(&token, just_before, false).is_ok());
        assert_eq!(keys.verify(&token, noon() + TOKEN_LIFE, false), Err(TokenError::Expired));
    }

    #[test]
    fn while_keys_change_tokens_of_both_are_taken_and_afterwards_only_the_new() {
        let old = keys(OLD).issue(&customer()).unwrap();
        let both = keys(&format!("{NEW},{OLD}"));
        assert!(verdict(&both, &old).is_ok());
        assert_eq!(verdict(&keys(NEW), &old), Err(TokenError::Invalid));
        let new = both.issue(&customer()).unwrap();
        assert!(verdict(&keys(NEW), &new).is_ok());
    }

    #[test]
    fn a_token_that_names_our_key_but_was_signed_by_another_is_refused() {
        let forged = keys("k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=").issue(&customer()).unwrap();
        assert_eq!(verdict(&keys(NEW), &forged), Err(TokenError::Invalid));
    }

    /// A token with any header, signed with the key's bytes as HS256 where `signed`.
    fn crafted(header: &str, signature: &str) -> String {
        let claims = serde_json::to_string(&customer()).unwrap();
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{signature}", part(header), part(&claims))
    }

    #[test]
    fn unsigned_tokens_and_other_algorithms_are_refused() {
        let keys = keys(NEW);
        let real = keys.issue(&customer()).unwrap();
        let signature = real.rsplit('.').next().unwrap();
        for header in [
            r#"{"alg":"none","typ":"JWT","kid":"k1"}"#,
            r#"{"alg":"None","kid":"k1"}"#,
            r#"{"alg":"HS512","kid":"k1"}"#,
            r#"{"alg":"RS256","kid":"k1"}"#,
        ] {
            for signature in ["", signature] {
                assert_eq!(verdict(&keys, &crafted(header, signature)), Err(TokenError::Invalid), "{header}");
            }
        }
    }

    #[test]
    fn a_token_without_a_known_key_id_is_refused() {
        let keys = keys(NEW);
        let key = keys.signing().unwrap();
        for kid in [None, Some("k9".to_owned())] {
            let header = Header { kid, ..Header::new(Algorithm::HS256) };
            let token = jsonwebtoken::encode(&header, &customer(), &key.signs).unwrap();
            assert_eq!(verdict(&keys, &token), Err(TokenError::Invalid));
        }
    }

    #[test]
    fn every_flipped_byte_of_a_token_is_noticed() {
        let keys = keys(NEW);
        let token = keys.issue(&customer()).unwrap();
        for place in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let flipped = String::from_utf8(bytes).unwrap();
            if flipped != token {
                assert!(verdict(&keys, &flipped).is_err(), "byte {place}");
            }
        }
    }

    #[test]
    fn tokens_for_others_from_the_future_or_too_long_are_refused() {
        let keys = keys(NEW);
        let told = |claims: &Claims| verdict(&keys, &keys.issue(claims).unwrap());
        let other = Claims { aud: "elsewhere".into(), ..customer() };
        assert_eq!(told(&other), Err(TokenError::Invalid));
        let early = Claims::new(SOMEBODY, Role::Customer, noon() + TimeDelta::minutes(5), TOKEN_LIFE);
        assert_eq!(told(&early), Err(TokenError::NotYet));
        let long = Claims::new(SOMEBODY, Role::Customer, noon(), TimeDelta::days(1));
        assert_eq!(told(&long), Err(TokenError::TooLong));
        assert!(keys.verify(&keys.issue(&long).unwrap(), noon(), true).is_ok(), "development takes it");
    }

    #[test]
    fn a_subject_must_fit_its_role() {
        let keys = keys(NEW);
        for (sub, role, fits) in [
            ("not-a-uuid", Role::Customer, false),
            ("", Role::Operator, false),
            ("rina", Role::Operator, true),
            ("rina@example.com", Role::Finance, true),
            ("rina\nadmin", Role::Admin, false),
            ("name with spaces", Role::Admin, false),
        ] {
            let token = keys.issue(&Claims::new(sub, role, noon(), TOKEN_LIFE)).unwrap();
            assert_eq!(verdict(&keys, &token).is_ok(), fits, "{sub:?}");
        }
    }
}
