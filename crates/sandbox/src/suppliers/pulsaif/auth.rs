//! Pulsa IF's signature: base64url without padding over the twenty bytes of SHA-1 of a text, as servers of the OtomaX family
//! publish it. Whether they put member and product in upper case first, and which text a balance signs, differs between them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha1::{Digest, Sha1};

use super::Ask;
use crate::config::Account;
use crate::faults::Provider;
use crate::goods::Why;
use crate::reading::Reading;
use crate::state::Sandbox;

fn sign(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha1::digest(text))
}

/// What is signed to buy, and to ask what became of it.
pub fn of_trx(ask: &Ask, account: &Account, reading: Reading) -> String {
    let (pin, password) = (account.field("pin"), account.field("password"));
    let (member, product) = (cased(ask.member(), reading), cased(ask.get("product"), reading));
    format!("OtomaX|{member}|{product}|{}|{}|{pin}|{password}", ask.get("dest"), ask.get("refID"))
}

pub fn of_balance(ask: &Ask, account: &Account, reading: Reading) -> String {
    let (pin, password) = (account.field("pin"), account.field("password"));
    let member = cased(ask.member(), reading);
    match reading {
        Reading::Likely => format!("OtomaX|CheckBalance|{member}|{pin}|{password}"),
        Reading::Other => format!("OtomaX|{member}||||{pin}|{password}"),
    }
}

pub fn of_pricelist(ask: &Ask, account: &Account, reading: Reading) -> String {
    format!("OtomaX|PriceList|{}|{}|{}", cased(ask.member(), reading), account.field("pin"), account.field("password"))
}

fn cased(word: &str, reading: Reading) -> String {
    reading.pick(word.to_uppercase(), word.to_owned())
}

/// Whether that text was signed by the member.
///
/// # Errors
/// What is wrong with the credentials.
pub fn authorise(sandbox: &Sandbox, ask: &Ask, text: fn(&Ask, &Account, Reading) -> String) -> Result<(), Why> {
    let account = sandbox.account(Provider::Pulsaif, ask.member()).ok_or(Why::UnknownClient)?;
    let reading = sandbox.state().settings.supplier(Provider::Pulsaif).reading;
    if sign(&text(ask, account, reading)) == ask.get("sign") { Ok(()) } else { Err(Why::Credentials) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goods::seller::Seller;

    fn ask(pairs: &[(&str, &str)]) -> Ask {
        Ask(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn signatures_are_those_of_the_computed_vectors() {
        let account = super::super::Pulsaif.account("0001");
        let purchase = [("memberID", "tw0001"), ("product", "s10"), ("dest", "081234567890"), ("refID", "R1")];
        assert_eq!(sign(&of_trx(&ask(&purchase), &account, Reading::Likely)), "VXKwiIamR3mAQf4RNs0hthOKVOo");
        assert_ne!(sign(&of_trx(&ask(&purchase), &account, Reading::Other)), "VXKwiIamR3mAQf4RNs0hthOKVOo");
        let member = ask(&[("memberID", "TW0001")]);
        assert_eq!(sign(&of_balance(&member, &account, Reading::Likely)), "Lbbz1gV_CigDXX3H-7kPcek9yzc");
        assert_eq!(sign(&of_pricelist(&member, &account, Reading::Likely)), "cIbac2wENEr0JDaTh6c1xGQ3JTs");
        assert_eq!(of_balance(&member, &account, Reading::Other), "OtomaX|TW0001||||1234|pw-0001");
        // The sample that is copied all over has another value under the same text.
        assert_eq!(sign("OtomaX|YUSUF|X10|08123456789|2140669|1144|abcd"), "Cp9NLVuKWBt5Sey_uMlYsvnKvJI");
    }
}
