//! The signature of the OtomaX family: base64url without padding over the twenty raw bytes of SHA-1 (some clients encode its
//! hex text, wrongly). It proves who asks; replies and reports are not signed at all.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use sha1::{Digest, Sha1};

use crate::config::{BalanceSign, Config, SignCase};
use crate::wire::Trx;

/// Of a purchase and of a check of it, which differ in nothing signed.
pub fn trx(config: &Config, trx: &Trx<'_>) -> String {
    let (pin, password) = secrets(config);
    sign(&[&cased(config, &config.member), &cased(config, trx.product), trx.dest, trx.reference, pin, password])
}

/// Of a balance question.
pub fn balance(config: &Config) -> String {
    let (pin, password) = secrets(config);
    let member = cased(config, &config.member);
    match config.balance_sign {
        BalanceSign::Check => sign(&["CheckBalance", &member, pin, password]),
        BalanceSign::Empty => sign(&[&member, "", "", "", pin, password]),
    }
}

/// Of a price list; specified by us.
pub fn price_list(config: &Config) -> String {
    let (pin, password) = secrets(config);
    sign(&["PriceList", &cased(config, &config.member), pin, password])
}

fn secrets(config: &Config) -> (&str, &str) {
    (config.pin.expose_secret(), config.password.expose_secret())
}

fn cased(config: &Config, text: &str) -> String {
    match config.sign_case {
        SignCase::Upper => text.to_ascii_uppercase(),
        SignCase::AsIs => text.to_owned(),
    }
}

fn sign(parts: &[&str]) -> String {
    let mut hash = Sha1::new();
    hash.update("OtomaX");
    for part in parts {
        hash.update("|");
        hash.update(part);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::settings;

    fn config(changes: &[(&str, &str)]) -> Config {
        Config::read(&settings(changes)).unwrap()
    }

    const S10: Trx<'_> = Trx { product: "S10", dest: "081234567890", reference: "R1" };

    /// Computed by running other code, from the texts that stand beside them.
    #[test]
    fn computed_vectors_hold() {
        // OtomaX|TW0001|S10|081234567890|R1|1234|pw-0001
        assert_eq!(trx(&config(&[]), &S10), "VXKwiIamR3mAQf4RNs0hthOKVOo");
        // OtomaX|CheckBalance|TW0001|1234|pw-0001
        assert_eq!(balance(&config(&[])), "Lbbz1gV_CigDXX3H-7kPcek9yzc");
        // OtomaX|PriceList|TW0001|1234|pw-0001
        assert_eq!(price_list(&config(&[])), "cIbac2wENEr0JDaTh6c1xGQ3JTs");
        // OtomaX|YUSUF|X10|08123456789|2140669|1144|abcd
        let yusuf = config(&[("MEMBER_ID", "YUSUF"), ("PIN", "1144"), ("PASSWORD", "abcd")]);
        let x10 = Trx { product: "X10", dest: "08123456789", reference: "2140669" };
        assert_eq!(trx(&yusuf, &x10), "Cp9NLVuKWBt5Sey_uMlYsvnKvJI");
        // OtomaX|TW0001||||1234|pw-0001
        assert_eq!(balance(&config(&[("BALANCE_SIGN", "empty")])), "xdo3afJjWig-V7TaTA5bd7u7g14");
    }

    #[test]
    fn capitals_are_signed_unless_the_server_wants_it_as_it_is() {
        let small = Trx { product: "s10", ..S10 };
        let member = ("MEMBER_ID", "tw0001");
        assert_eq!(trx(&config(&[member]), &small), trx(&config(&[]), &S10));
        assert_ne!(trx(&config(&[member, ("SIGN_CASE", "as_is")]), &small), trx(&config(&[]), &S10));
        assert_eq!(trx(&config(&[("SIGN_CASE", "as_is")]), &S10), trx(&config(&[]), &S10));
    }

    #[test]
    fn the_hex_text_is_not_what_is_encoded() {
        let sealed = trx(&config(&[]), &S10);
        assert_eq!(sealed.len(), 27, "twenty bytes, no padding");
        assert_eq!(URL_SAFE_NO_PAD.decode(sealed).unwrap().len(), 20);
    }
}
