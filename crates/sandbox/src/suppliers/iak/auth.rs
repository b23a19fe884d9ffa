//! IAK's signature, lower-case hex md5 of username, key and a word of the call (IAK documents), and how often an account may ask.

use md5::{Digest, Md5};

use super::{Ask, Denied};
use crate::config::Account;
use crate::faults::Provider;
use crate::goods::{Refusal, Why};
use crate::reading::Reading;
use crate::state::Sandbox;

pub const PRICE_LIST: &str = "pl";
pub const BALANCE: &str = "bl";
pub const OPERATOR: &str = "op";
pub const STATUS: &str = "cs";

/// Specified by us: IAK publishes no limit.
const REQUESTS_PER_SECOND: usize = 10;

pub fn sign(account: &Account, x: &str) -> String {
    let mut md5 = Md5::new();
    for part in [account.name.as_str(), account.field("api_key"), x] {
        md5.update(part.as_bytes());
    }
    hex::encode(md5.finalize())
}

/// The account, when the signature over `x` is its own.
pub fn authorise<'a>(sandbox: &'a Sandbox, ask: &Ask, x: &str) -> Result<&'a Account, Denied> {
    signed_by(sandbox, &ask.username, &ask.sign, x).map_err(|why| Denied::of(&Refusal::Why(why)))
}

/// The same, in words for prepaid and postpaid.
pub fn signed_by<'a>(sandbox: &'a Sandbox, username: &str, signed: &str, x: &str) -> Result<&'a Account, Why> {
    let account = sandbox.account(Provider::Iak, username).filter(|account| signed == sign(account, x));
    let account = account.ok_or(Why::Credentials)?;
    if is_too_much(sandbox, account) { Err(Why::Busy) } else { Ok(account) }
}

/// Counts a request, in the reading that has a limit, and says whether it is one too many.
fn is_too_much(sandbox: &Sandbox, account: &Account) -> bool {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    state.settings.supplier(Provider::Iak).reading == Reading::Other
        && state.pacing.is_too_much(Provider::Iak, &account.name, REQUESTS_PER_SECOND, 1_000, now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goods::seller::Seller;

    #[test]
    fn signatures_are_those_of_the_computed_vectors() {
        let account = super::super::Iak.account("0001");
        for (x, expected) in [
            ("order001", "dd99aaa46c38ad3a9ca5c24f8f9c54e8"),
            ("pl", "5b3567a93123761f3cd33d6c1f54e697"),
            ("bl", "fcb032241faa7adb84893cfce22064fd"),
            ("op", "7cd10a2e57aa468370ed412e0b7713d0"),
            ("cs", "726c8aa0f44402824c83ee66ed32e6f3"),
            ("12345678901", "56659d02f2a924aa9cf13344b525f2f1"),
            ("103", "c3a8233c593169072d01dd14e9bceb54"),
        ] {
            assert_eq!(sign(&account, x), expected, "{x}");
        }
    }
}
