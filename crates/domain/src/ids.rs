//! Names of things. Every id is its own type, so an order can never be asked for by a customer's id.
//! Nothing here makes an id out of chance: fresh bytes are always an argument.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct InvalidId {
    pub what: &'static str,
    pub rule: &'static str,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match Uuid::parse_str(text) {
                    Ok(id) => Ok(Self(id)),
                    Err(_) => Err(InvalidId { what: stringify!($name), rule: "a UUID" }),
                }
            }
        }
    };
}

uuid_id!(
    /// An order: a UUIDv7, so ids sort by creation.
    OrderId
);
uuid_id!(
    /// The person who pays.
    CustomerId
);

macro_rules! child_no {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u16);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

child_no!(
    /// An item's place in its order, from 0.
    ItemNo
);
child_no!(
    /// A payment's place in its order, from 0.
    PaymentNo
);
child_no!(
    /// An attempt's place in its order, from 0 (over all items).
    AttemptNo
);
child_no!(
    /// A refund's place in its order, from 0.
    RefundNo
);

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId { what: stringify!($name), rule: $rule })
                }
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_slug(text: &str, longest: usize) -> bool {
    let mut bytes = text.bytes();
    text.len() <= longest
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

checked_text!(
    /// A supplier as this installation names it. Two accounts at one company are two ids.
    SupplierId,
    "2 to 32 characters: a-z, 0-9, '-', starting with a letter",
    |t| t.len() >= 2 && is_slug(t, 32)
);
checked_text!(
    /// A payment gateway as this installation names it.
    GatewayId,
    "2 to 32 characters: a-z, 0-9, '-', starting with a letter",
    |t| t.len() >= 2 && is_slug(t, 32)
);
checked_text!(
    /// What we sell, over all suppliers: `pulsa-telkomsel-10000`.
    ProductId,
    "2 to 80 characters: a-z, 0-9, '-', starting with a letter",
    |t| t.len() >= 2 && is_slug(t, 80)
);
checked_text!(
    /// Our account at a provider (a merchant number, a user name). Part of every reference's key.
    Account,
    "1 to 64 visible ASCII characters",
    |t| (1..=64).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_graphic())
);
checked_text!(
    /// A key that is taken at most once, forever.
    DedupeKey,
    "1 to 200 visible ASCII characters",
    |t| (1..=200).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_graphic())
);
checked_text!(
    /// Our name for one outside effect, towards a provider: 20 upper-case base32 characters. Chosen by us,
    /// never reused, matched case-exactly. ECPay's MerchantTradeNo allows 20 letters and digits, which sets the length.
    Reference,
    "20 characters of A-Z and 2-7",
    |t| t.len() == 20 && t.bytes().all(|b| BASE32.contains(&b))
);

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Reference {
    /// 40 bits of milliseconds (they repeat after 34 years) and 60 bits of chance: references sort by time for a
    /// person reading them, and two processes do not meet.
    pub fn mint(now: crate::Moment, chance: [u8; 8]) -> Self {
        let millis = now.timestamp_millis().unsigned_abs() & ((1 << 40) - 1);
        let bits = (u128::from(millis) << 60) | u128::from(u64::from_be_bytes(chance) & ((1 << 60) - 1));
        let text = (0..20u32)
            .rev()
            .filter_map(|place| {
                let five_bits = usize::try_from((bits >> (place * 5)) & 31).ok()?;
                BASE32.get(five_bits).map(|byte| char::from(*byte))
            })
            .collect();
        Self(text)
    }

    /// When it was minted, to the millisecond, as seen at `now`: of all moments with these 40 bits the one that is nearest,
    /// so within 17 years.
    pub fn minted_at(&self, now: crate::Moment) -> crate::Moment {
        let place =
            |byte: u8| BASE32.iter().position(|b| *b == byte).and_then(|at| i64::try_from(at).ok()).unwrap_or(0);
        let millis = self.0.bytes().take(8).fold(0_i64, |bits, byte| (bits << 5) | place(byte));
        let turn = 1_i64 << 40;
        let ahead = (millis - now.timestamp_millis()).rem_euclid(turn);
        let ahead = if ahead < turn / 2 { ahead } else { ahead - turn };
        now.checked_add_signed(chrono::TimeDelta::milliseconds(ahead)).unwrap_or(now)
    }

    /// The key under which this reference belongs to its order, forever.
    pub fn key(&self, provider: &str, account: &Account) -> DedupeKey {
        DedupeKey(format!("ref:{provider}:{account}:{self}"))
    }
}

const CHARGEBACK: &str = "chargeback";

impl DedupeKey {
    /// A reference of ours, as [`Reference::key`] makes it.
    pub fn is_reference(&self) -> bool {
        self.0.starts_with("ref:")
    }

    /// Money that a gateway took is booked once, whoever reports it.
    pub fn money(gateway: &GatewayId, account: &Account, transaction: &str) -> Self {
        Self(format!("money:{gateway}:{account}:{transaction}"))
    }

    /// A dispute over one transaction is booked once, however often it is reported.
    pub fn chargeback(gateway: &GatewayId, account: &Account, transaction: &str, case: &str) -> Self {
        Self(format!("{CHARGEBACK}:{gateway}:{account}:{transaction}:{case}"))
    }

    /// People report these: who tells a case twice, perhaps with another amount, must hear that it was not booked again.
    pub fn is_chargeback(&self) -> bool {
        self.0.starts_with(CHARGEBACK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_reference_is_twenty_base32_characters_and_sorts_by_time() {
        let early = Reference::mint(DateTime::from_timestamp_millis(1_795_000_000_000).unwrap(), [0xff; 8]);
        let late = Reference::mint(DateTime::from_timestamp_millis(1_795_000_000_001).unwrap(), [0; 8]);
        assert_eq!(early.as_str().len(), 20);
        assert!(early.as_str() < late.as_str());
        assert_eq!(Reference::from_str(early.as_str()), Ok(early));
    }

    #[test]
    fn chance_makes_references_of_one_moment_differ() {
        let now = DateTime::from_timestamp_millis(0).unwrap();
        assert_ne!(Reference::mint(now, [1; 8]), Reference::mint(now, [2; 8]));
    }

    #[test]
    fn a_reference_tells_when_it_was_minted() {
        let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
        let day = 86_400_000;
        // The last is where the forty bits begin again.
        for minted in [0, 1_795_000_000_000, 1_795_000_000_001, (1_i64 << 41) - 1] {
            for chance in [[0; 8], [0xff; 8]] {
                let reference = Reference::mint(at(minted), chance);
                for later in [-1, 0, 1, day, 80 * day, 6_000 * day] {
                    assert_eq!(reference.minted_at(at(minted + later)), at(minted), "{minted} seen {later} ms later");
                }
            }
        }
    }

    #[test]
    fn lower_case_is_another_text_and_no_reference() {
        assert!(Reference::from_str("aaaaaaaaaaaaaaaaaaaa").is_err());
        assert!(Reference::from_str("AAAAAAAAAAAAAAAAAAA").is_err());
        assert!(Reference::from_str("AAAAAAAAAAAAAAAAAAA1").is_err());
    }

    #[test]
    fn supplier_ids_are_open_but_checked() {
        assert!(SupplierId::from_str("iak-b").is_ok());
        for bad in ["", "a", "IAK", "1ak", "iak_b", "iak b"] {
            assert!(SupplierId::from_str(bad).is_err(), "{bad}");
        }
    }
}
