//! What each supplier says in its own way, for everything all suppliers do alike.

use actix_web::web::ServiceConfig;

use super::callback::Signed;
use super::catalogue::Goods;
use super::hours::Hours;
use super::purchase::Purchase;
use super::refusal::Why;
use super::serial::Made;
use crate::config::Account;
use crate::notices::{Message, Reply};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

pub trait Seller: Sync {
    /// Its addresses, without its word before them.
    fn routes(&self, config: &mut ServiceConfig);

    /// The test account whose name and keys end so: `0001`.
    fn account(&self, n: &str) -> Account;

    /// Of a hundred goods of this kind, how many it sells.
    fn share(&self, goods: &Goods) -> u64;

    /// Of whom it has these goods, by their numbers: each is a line of its list under a code of its own. Most have nobody behind them.
    fn providers(&self, _goods: &Goods) -> &'static [u64] {
        &[0]
    }

    /// Its code for these goods, of the provider with this number.
    fn code(&self, goods: &Goods, provider: u64) -> String;

    /// When it does not sell these goods.
    fn closed(&self, _goods: &Goods) -> Option<Hours> {
        None
    }

    /// Whether the catalogue's prices are its own; the others' lie around them.
    fn sets_prices(&self) -> bool {
        false
    }

    /// Whether it refuses the same number and product twice a day, unless its account's owner says otherwise.
    fn once_a_day(&self) -> bool {
        false
    }

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
