//! The secret end of a callback's address. Lapak signs nothing and its callback names no reference of ours, so the address we
//! hand in with each order carries both: the reference, and a seal of it that only we can make. Specified by us, within what
//! Lapak's `override_callback_url` allows.

use adapters_kit::seal::hmac;
use domain::Reference;
use secrecy::SecretString;

/// 130 bits: nobody guesses them, and the address stays short.
const LETTERS: usize = 26;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The first 26 letters of base32 over HMAC-SHA256 of the reference.
pub fn token(secret: &SecretString, reference: &Reference) -> String {
    base32(&hmac(secret, &[reference.as_str().as_bytes()])).chars().take(LETTERS).collect()
}

/// RFC 4648, without padding.
fn base32(bytes: &[u8]) -> String {
    let letters = bytes.chunks(5).flat_map(|chunk| {
        let bits = (0..5).fold(0_u64, |bits, at| (bits << 8) | u64::from(chunk.get(at).copied().unwrap_or(0)));
        let letters = (chunk.len() * 8).div_ceil(5);
        (0..letters).filter_map(move |at| {
            let place = usize::try_from((bits >> (35 - 5 * at)) & 31).ok()?;
            BASE32.get(place).map(|letter| char::from(*letter))
        })
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_hold() {
        for (text, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(text.as_bytes()), expected);
        }
    }

    /// `printf AAAAAAAAAAAAAAAAAAA2 | openssl dgst -sha256 -hmac lapakcb-0001 -binary | base32`
    #[test]
    fn a_token_is_the_computed_one() {
        let token = token(&"lapakcb-0001".into(), &"AAAAAAAAAAAAAAAAAAA2".parse().unwrap());
        assert_eq!(token, "Q47HBS3U2I4JEZB2ZMS75OGT33");
    }

    #[test]
    fn every_reference_and_every_secret_has_its_own_token() {
        let of = |secret: &str, reference: &str| token(&secret.into(), &reference.parse().unwrap());
        let one = of("a", "AAAAAAAAAAAAAAAAAAA2");
        assert_ne!(one, of("b", "AAAAAAAAAAAAAAAAAAA2"));
        assert_ne!(one, of("a", "AAAAAAAAAAAAAAAAAAA3"));
        assert!(one.len() == LETTERS && one.bytes().all(|b| b.is_ascii_alphanumeric()), "{one}");
    }
}
