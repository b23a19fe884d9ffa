//! What the tests of this crate share: engines over mocked stores, tokens, and an order with a past.

mod billing;
mod down;
mod engines;
mod order;

use chrono::{TimeZone, Utc};
use domain::Moment;
use ports::{Chance, Clock};
use secrecy::SecretString;

use crate::auth::{Claims, JwtKeys, Role, TOKEN_LIFE};

pub use billing::{BILL_NUMBER, PAID_NUMBER, TAKEN_NUMBER, engine_with_bills};
pub use engines::{
    Acted, engine_that_takes_notices, engine_with_acts, engine_with_names, engine_with_order, engine_with_stories,
    engine_without_store,
};
pub use order::{SERIAL, TARGET, order};

pub const CUSTOMER: &str = "0199aa00-0000-7000-8000-000000000001";

pub fn noon() -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

pub fn keys() -> JwtKeys {
    JwtKeys::parse(&SecretString::from("k1:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=")).unwrap()
}

pub fn token(role: Role) -> String {
    let sub = if matches!(role, Role::Customer | Role::Partner) { CUSTOMER } else { "rina" };
    keys().issue(&Claims::new(sub, role, noon(), TOKEN_LIFE)).unwrap()
}

struct Noon;
impl Clock for Noon {
    fn now(&self) -> Moment {
        noon()
    }
}
impl Chance for Noon {
    fn bytes(&self) -> [u8; 16] {
        [7; 16]
    }
}
