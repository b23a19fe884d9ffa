//! Hours of the day in which a supplier sells nothing: maintenance around midnight, a biller's closing of the day. In western
//! Indonesian time (WIB), which has no summer time.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

use crate::Moment;
use crate::catalogue::Category;

/// Western Indonesia, by whose clock suppliers count days: seven hours ahead, without summer time.
pub const WIB: TimeDelta = TimeDelta::hours(7);
const DAY_MINUTES: u16 = 24 * 60;

/// From one minute of the day until before another one, perhaps over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyWindow {
    from: u16,
    until: u16,
}

/// Two different times of the day, `23:00-01:00`, are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("two different times of the day are wanted, like 23:00-01:00 (WIB)")]
pub struct BadWindow;

/// When the day ends in western Indonesia: always later than `now`.
pub fn end_of_day(now: Moment) -> Moment {
    let seconds = (now + WIB).timestamp().rem_euclid(i64::from(DAY_MINUTES) * 60);
    whole_second(now) + TimeDelta::seconds(i64::from(DAY_MINUTES) * 60 - seconds)
}

/// The parts of a second that are over do not count.
fn whole_second(now: Moment) -> Moment {
    now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos()))
}

impl DailyWindow {
    /// Minutes since midnight, WIB. The same twice would be never or always, nobody knows which.
    pub const fn of_minutes(from: u16, until: u16) -> Result<Self, BadWindow> {
        if from < DAY_MINUTES && until < DAY_MINUTES && from != until {
            Ok(Self { from, until })
        } else {
            Err(BadWindow)
        }
    }

    /// When it began to be closed, in minutes since midnight, WIB.
    pub const fn from_minute(self) -> u16 {
        self.from
    }

    /// When it opens again, in minutes since midnight, WIB.
    pub const fn until_minute(self) -> u16 {
        self.until
    }

    /// When it last opened.
    pub fn opened(self, now: Moment) -> Moment {
        let seconds = (now + WIB).timestamp() - i64::from(self.until) * 60;
        whole_second(now) - TimeDelta::seconds(seconds.rem_euclid(i64::from(DAY_MINUTES) * 60))
    }

    /// When it opens again, if it is closed at this moment.
    pub fn closed_until(self, now: Moment) -> Option<Moment> {
        let seconds = (now + WIB).timestamp().rem_euclid(i64::from(DAY_MINUTES) * 60);
        let (from, until) = (i64::from(self.from) * 60, i64::from(self.until) * 60);
        let over_midnight = from > until;
        let closed =
            if over_midnight { seconds >= from || seconds < until } else { seconds >= from && seconds < until };
        let left = (until - seconds).rem_euclid(i64::from(DAY_MINUTES) * 60);
        closed.then(|| whole_second(now) + TimeDelta::seconds(left))
    }
}

/// Hours of the day in which a supplier sells nothing of a kind, or nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// Nothing: all kinds.
    pub category: Option<Category>,
    pub hours: DailyWindow,
}

impl Closed {
    /// When goods of this kind were last sold again, if they ever are not.
    pub fn opened(&self, category: Category, now: Moment) -> Option<Moment> {
        self.concerns(category).then(|| self.hours.opened(now))
    }

    /// When goods of this kind are sold again, if they are not at this moment.
    pub fn until(&self, category: Category, now: Moment) -> Option<Moment> {
        if self.concerns(category) { self.hours.closed_until(now) } else { None }
    }

    fn concerns(&self, category: Category) -> bool {
        self.category.is_none_or(|only| only == category)
    }
}

impl FromStr for DailyWindow {
    type Err = BadWindow;
    fn from_str(text: &str) -> Result<Self, BadWindow> {
        let (from, until) = text.split_once('-').ok_or(BadWindow)?;
        Self::of_minutes(minute(from)?, minute(until)?)
    }
}

/// `HH:MM`, with two digits each.
fn minute(text: &str) -> Result<u16, BadWindow> {
    let (hours, minutes) = text.split_once(':').ok_or(BadWindow)?;
    let two = |digits: &str, below: u16| {
        let fits = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|n| fits && *n < below).ok_or(BadWindow)
    };
    Ok(two(hours, 24)? * 60 + two(minutes, 60)?)
}

impl fmt::Display for DailyWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from, self.until);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Moment {
        format!("{text}+07:00").parse::<chrono::DateTime<chrono::FixedOffset>>().unwrap().into()
    }

    #[test]
    fn over_midnight_it_is_closed_on_both_sides() {
        let window: DailyWindow = "23:00-01:30".parse().unwrap();
        assert_eq!(window.closed_until(at("2026-11-22T22:59:59")), None);
        assert_eq!(window.closed_until(at("2026-11-22T23:00:00")), Some(at("2026-11-23T01:30:00")));
        assert_eq!(window.closed_until(at("2026-11-23T00:10:00.5")), Some(at("2026-11-23T01:30:00")));
        assert_eq!(window.closed_until(at("2026-11-23T01:30:00")), None);
    }

    #[test]
    fn within_a_day_it_is_closed_between_its_times() {
        let window: DailyWindow = "12:00-13:00".parse().unwrap();
        assert_eq!(window.closed_until(at("2026-11-22T12:59:59")), Some(at("2026-11-22T13:00:00")));
        assert_eq!(window.closed_until(at("2026-11-22T13:00:00")), None);
        assert_eq!(window.closed_until(at("2026-11-22T00:30:00")), None);
    }

    #[test]
    fn it_last_opened_today_or_yesterday() {
        let window: DailyWindow = "23:00-01:30".parse().unwrap();
        assert_eq!(window.opened(at("2026-11-23T01:30:00.5")), at("2026-11-23T01:30:00"));
        assert_eq!(window.opened(at("2026-11-23T23:59:59")), at("2026-11-23T01:30:00"));
        assert_eq!(window.opened(at("2026-11-23T01:29:59")), at("2026-11-22T01:30:00"), "it is closed now");
        let bills = Closed { category: Some(Category::PlnBill), hours: window };
        assert_eq!(bills.opened(Category::PlnBill, at("2026-11-23T02:00:00")), Some(at("2026-11-23T01:30:00")));
        assert_eq!(bills.opened(Category::Airtime, at("2026-11-23T02:00:00")), None);
    }

    #[test]
    fn a_day_ends_at_midnight_in_jakarta() {
        let midnight = at("2026-11-23T00:00:00");
        for within in ["2026-11-22T00:00:00", "2026-11-22T12:00:00.25", "2026-11-22T23:59:59.999"] {
            assert_eq!(end_of_day(at(within)), midnight, "{within}");
        }
        assert_eq!(end_of_day(midnight), at("2026-11-24T00:00:00"));
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for bad in
            ["", "23:00", "23:00-23:00", "24:00-01:00", "1:00-02:00", "01:60-02:00", "01:00 - 02:00", "+1:00-02:00"]
        {
            assert_eq!(bad.parse::<DailyWindow>(), Err(BadWindow), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_day_ends_ahead_and_no_further_than_a_day(seconds in 0..4_000_000_000_i64, nanos in 0..1_000_000_000_i64) {
            let now = chrono::DateTime::from_timestamp(seconds, 0).unwrap() + TimeDelta::nanoseconds(nanos);
            let until = end_of_day(now);
            prop_assert!(until > now && until - now <= TimeDelta::days(1));
            prop_assert_eq!((until + WIB).timestamp().rem_euclid(86_400), 0);
            prop_assert_eq!(until.timestamp_subsec_nanos(), 0);
        }

        #[test]
        fn every_window_is_closed_exactly_its_minutes_and_says_when_it_opens(from in 0..1440_u16, until in 0..1440_u16) {
            prop_assume!(from != until);
            let window = DailyWindow::of_minutes(from, until).unwrap();
            prop_assert_eq!(window.to_string().parse(), Ok(window));
            let midnight = at("2026-11-22T00:00:00");
            let length = (i32::from(until) - i32::from(from)).rem_euclid(1440);
            let mut closed = 0;
            for minute in 0..1440 {
                let now = midnight + TimeDelta::minutes(minute);
                if let Some(opens) = window.closed_until(now) {
                    closed += 1;
                    prop_assert!(opens > now && opens <= now + TimeDelta::days(1));
                    prop_assert_eq!(window.closed_until(opens), None);
                }
            }
            prop_assert_eq!(closed, length);
        }
    }
}
