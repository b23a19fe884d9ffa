//! What each supplier says in its own way, for everything all suppliers do alike.

use super::callback::Signed;
use super::catalogue::Goods;
use super::purchase::Purchase;
use super::refusal::Why;
use super::serial::Made;
use crate::faults::Provider;
use crate::notices::{Message, Reply};
use crate::reading::Reading;
use crate::state::{Sandbox, State};
use crate::suppliers::{billfazz, digiflazz, iak, lapak, pulsaif, redision};

pub trait Seller: Sync {
    /// The names of those who may buy.
    fn accounts<'a>(&self, sandbox: &'a Sandbox) -> Vec<&'a str>;

    /// Whether it has words for this; nobody can be refused for what it cannot say.
    fn can_say(&self, why: Why) -> bool;

    /// Whether whoever buys these must say for which number or player.
    fn needs_number(&self, _goods: &Goods) -> bool {
        true
    }

    /// The serial it writes, empty where it has none to give, and the pin where it has a field for one.
    fn serial(&self, made: &Made, reading: Reading) -> (String, Option<String>);

    /// The same of bills that were paid.
    fn receipt(&self, made: &Made, reading: Reading) -> (String, Option<String>) {
        self.serial(made, reading)
    }

    /// Whether a purchase that is refused so is in its books all the same, as one that failed.
    fn books(&self, _why: Why) -> bool {
        false
    }

    /// Where a callback about this purchase goes; nowhere when absent.
    fn callback_url(&self, sandbox: &Sandbox, state: &State, purchase: &Purchase) -> Option<String>;

    /// The callback about a purchase as it stands.
    fn callback(&self, sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message>;

    /// How many of it are sent at once.
    fn copies(&self, _state: &State, _purchase: &Purchase) -> usize {
        1
    }

    fn accepts(&self, reply: &Reply) -> bool;

    /// Virtual time before each further try of a callback that was not accepted.
    fn retries(&self, reading: Reading) -> &'static [i64];
}

/// Whether a supplier is played and knows that account.
pub fn has_account(sandbox: &Sandbox, supplier: Provider, account: &str) -> bool {
    seller(supplier).is_some_and(|seller| seller.accounts(sandbox).contains(&account))
}

/// Who plays that supplier; nobody, where it is none, or not played yet.
pub fn seller(provider: Provider) -> Option<&'static dyn Seller> {
    match provider {
        Provider::Iak => Some(&iak::Iak),
        Provider::Billfazz => Some(&billfazz::Billfazz),
        Provider::Redision => Some(&redision::Redision),
        Provider::Pulsaif => Some(&pulsaif::Pulsaif),
        Provider::Lapak => Some(&lapak::Lapak),
        Provider::Digiflazz => Some(&digiflazz::Digiflazz),
        Provider::Ecpay => None,
    }
}
