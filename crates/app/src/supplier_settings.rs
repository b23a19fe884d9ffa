//! What the app reads for every supplier, whatever its adapter knows; the adapter would not know these settings.

use std::num::NonZeroU16;
use std::time::Duration;

use adapters_kit::SupplierManifest;
use chrono::TimeDelta;
use domain::supply::Closed;
use domain::{Currency, Money};
use ports::limits::{CallLimits, Rate};
use ports::settings::{BadSetting, RawSettings};
use secrecy::ExposeSecret;

use crate::settings::{CALLS_PER_10_S, CLOSED, CONCURRENT, LOW_DEPOSIT, OF_EVERY_SUPPLIER, SETTLE_MINUTES};

/// No deposit is as large as a trillion rupiah.
const LOW_DEPOSIT_LIMITS: std::ops::RangeInclusive<i64> = 1..=1_000_000_000_000;
/// Five minutes before its end a failed purchase is asked about a last time, and before that it needs some to come; after half a day a
/// refund would be waited for in vain.
const SETTLE_LIMITS: std::ops::RangeInclusive<i64> = 10..=720;
/// More calls at once than one of our processes makes would say nothing.
const CONCURRENT_LIMITS: std::ops::RangeInclusive<i64> = 1..=1_000;
/// A thousand calls a second are more than any of them allows.
const CALLS_LIMITS: std::ops::RangeInclusive<i64> = 1..=10_000;
const TEN_SECONDS: Duration = Duration::from_secs(10);
/// Windows of one supplier at most: one for each kind of goods, and some.
const MOST_WINDOWS: usize = 20;

/// See the module.
pub struct SupplierSettings {
    pub low_deposit: Option<Money>,
    /// The adapter's, but for what we say.
    pub limits: CallLimits,
    /// The adapter's and ours.
    pub closed: Vec<Closed>,
    pub settle: TimeDelta,
}

impl SupplierSettings {
    /// Reads ours and takes them out.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn take(raw: &mut RawSettings, manifest: &SupplierManifest) -> Result<Self, BadSetting> {
        let mut closed = manifest.closed.to_vec();
        closed.extend(closed_hours(raw)?);
        let settle = whole(raw, SETTLE_MINUTES.name, SETTLE_LIMITS, "must be whole minutes, 10 to 720")?;
        let low = whole(raw, LOW_DEPOSIT.name, LOW_DEPOSIT_LIMITS, "must be whole rupiah, 1 to 1000000000000")?;
        let taken = Self {
            low_deposit: low.and_then(|units| Money::from_units(units, Currency::Idr).ok()),
            limits: limits(raw, manifest.limits)?,
            closed,
            settle: settle.map_or(manifest.settle, TimeDelta::minutes),
        };
        OF_EVERY_SUPPLIER.iter().for_each(|setting| raw.remove(setting.name));
        Ok(taken)
    }
}

fn whole(
    raw: &RawSettings,
    name: &'static str,
    limits: std::ops::RangeInclusive<i64>,
    words: &str,
) -> Result<Option<i64>, BadSetting> {
    let Some(text) = raw.optional(name) else { return Ok(None) };
    let number = text.expose_secret().trim().parse().ok().filter(|number| limits.contains(number));
    number.map(Some).ok_or_else(|| raw.bad(name, words))
}

/// What the settings say, and else what the adapter knows.
fn limits(raw: &RawSettings, known: CallLimits) -> Result<CallLimits, BadSetting> {
    let some = |number: Option<i64>| number.and_then(|n| u16::try_from(n).ok()).and_then(NonZeroU16::new);
    let concurrent = some(whole(raw, CONCURRENT.name, CONCURRENT_LIMITS, "must be a whole number, 1 to 1000")?);
    let calls = some(whole(raw, CALLS_PER_10_S.name, CALLS_LIMITS, "must be a whole number, 1 to 10000")?);
    let rate = calls.map(|calls| Rate { calls, per: TEN_SECONDS });
    Ok(CallLimits { concurrent: concurrent.or(known.concurrent), rate: rate.or(known.rate) })
}

fn closed_hours(raw: &RawSettings) -> Result<Vec<Closed>, BadSetting> {
    let Some(text) = raw.optional(CLOSED.name) else { return Ok(Vec::new()) };
    let bad =
        || raw.bad(CLOSED.name, "must be hours like 23:00-01:00 or pln_token=23:00-01:00, comma-separated, at most 20");
    let windows: Option<Vec<Closed>> = text.expose_secret().split(',').map(|part| window(part.trim())).collect();
    windows.filter(|windows| windows.len() <= MOST_WINDOWS).ok_or_else(bad)
}

fn window(text: &str) -> Option<Closed> {
    let (category, hours) = match text.split_once('=') {
        Some((category, hours)) => (Some(category.trim().parse().ok()?), hours),
        None => (None, text),
    };
    Some(Closed { category, hours: hours.trim().parse().ok()? })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::catalogue::Category;
    use secrecy::SecretString;

    use super::*;

    fn taken(values: &[(&str, &str)]) -> Result<SupplierSettings, String> {
        let manifest = SupplierManifest {
            closed: &[],
            settle: TimeDelta::minutes(45),
            ..*crate::registry::SUPPLIERS.first().unwrap()
        };
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value)));
        let mut raw = RawSettings::new("SUPPLIER_IAK_", values.collect::<BTreeMap<_, _>>());
        let taken = SupplierSettings::take(&mut raw, &manifest).map_err(|error| error.to_string())?;
        for setting in OF_EVERY_SUPPLIER {
            assert!(raw.optional(setting.name).is_none(), "{} is left for the adapter", setting.name);
        }
        Ok(taken)
    }

    #[test]
    fn nothing_said_is_what_the_adapter_knows() {
        let taken = taken(&[("LOW_DEPOSIT", ""), ("CLOSED", ""), ("SETTLE_MINUTES", "")]).unwrap();
        assert_eq!((taken.low_deposit, taken.closed.len(), taken.settle), (None, 0, TimeDelta::minutes(45)));
    }

    #[test]
    fn a_low_deposit_is_whole_rupiah_or_nothing() {
        let low = |value| taken(&[("LOW_DEPOSIT", value)]).map(|taken| taken.low_deposit);
        assert_eq!(low(" 500000 "), Ok(Some(Money::from_units(500_000, Currency::Idr).unwrap())));
        for wrong in ["0", "-1", "1.5", "1000000000001", "99999999999999999999", "many"] {
            let words = "SUPPLIER_IAK_LOW_DEPOSIT must be whole rupiah, 1 to 1000000000000";
            assert_eq!(low(wrong), Err(words.to_owned()), "{wrong}");
        }
    }

    #[test]
    fn hours_are_of_all_goods_or_of_one_kind() {
        let closed = taken(&[("CLOSED", "23:57-00:03, pln_token = 23:00-01:00")]).unwrap().closed;
        assert_eq!(
            closed,
            [
                Closed { category: None, hours: "23:57-00:03".parse().unwrap() },
                Closed { category: Some(Category::PlnToken), hours: "23:00-01:00".parse().unwrap() },
            ]
        );
        for wrong in ["23:00", "tokens=23:00-01:00", "23:00-01:00,", "24:00-01:00", "pln_token="] {
            assert!(
                taken(&[("CLOSED", wrong)]).is_err_and(|words| words.starts_with("SUPPLIER_IAK_CLOSED must be")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn calls_are_limited_by_what_is_said_and_else_by_what_the_adapter_knows() {
        let known = CallLimits { concurrent: NonZeroU16::new(50), rate: None };
        let said = |values: &[(&str, &str)]| {
            let values = values.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value)));
            let raw = RawSettings::new("SUPPLIER_IAK_", values.collect::<BTreeMap<_, _>>());
            limits(&raw, known).map_err(|error| error.to_string())
        };
        assert_eq!(said(&[]), Ok(known));
        let rate = NonZeroU16::new(500).map(|calls| Rate { calls, per: Duration::from_secs(10) });
        assert_eq!(said(&[("CALLS_PER_10_S", "500")]), Ok(CallLimits { rate, ..known }));
        let four = CallLimits { concurrent: NonZeroU16::new(4), ..known };
        assert_eq!(said(&[("CONCURRENT", " 4 ")]), Ok(four));
        for (name, wrong) in [("CONCURRENT", "0"), ("CONCURRENT", "1001"), ("CALLS_PER_10_S", "many")] {
            assert!(said(&[(name, wrong)]).is_err(), "{name}={wrong}");
        }
    }

    #[test]
    fn a_settle_time_is_bounded() {
        assert_eq!(taken(&[("SETTLE_MINUTES", "720")]).unwrap().settle, TimeDelta::hours(12));
        assert!(
            domain::schedule::refund_last_look(taken(&[("SETTLE_MINUTES", "10")]).unwrap().settle) > TimeDelta::zero()
        );
        for wrong in ["9", "721", "an hour"] {
            assert!(taken(&[("SETTLE_MINUTES", wrong)]).is_err(), "{wrong}");
        }
    }
}
