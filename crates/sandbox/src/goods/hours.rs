//! Hours in which something is not sold, in Jakarta's time. Pure.

use crate::clock::jakarta;

/// Minutes of the day: from the first until before the second, over midnight where that is earlier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hours {
    pub from: u16,
    pub until: u16,
}

impl Hours {
    pub fn include(self, at_ms: i64) -> bool {
        let text = jakarta(at_ms, "%H %M");
        let minute = text
            .split_once(' ')
            .and_then(|(hours, minutes)| Some(hours.parse::<u16>().ok()? * 60 + minutes.parse::<u16>().ok()?));
        let minute = minute.unwrap_or(0);
        if self.from <= self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }

    /// `23:45` and `00:15`
    pub fn words(self) -> (String, String) {
        let word = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        (word(self.from), word(self.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T17:00:00Z is midnight in Jakarta.
    const MIDNIGHT_MS: i64 = 1_795_194_000_000;
    const MINUTE_MS: i64 = 60_000;

    #[test]
    fn hours_over_midnight_end_on_the_next_day() {
        let hours = Hours { from: 23 * 60 + 45, until: 15 };
        assert_eq!(hours.words(), ("23:45".to_owned(), "00:15".to_owned()));
        for (minute, inside) in [(-16, false), (-15, true), (0, true), (14, true), (15, false), (720, false)] {
            assert_eq!(hours.include(MIDNIGHT_MS + minute * MINUTE_MS), inside, "{minute}");
        }
        let lunch = Hours { from: 720, until: 780 };
        assert!(lunch.include(MIDNIGHT_MS + 720 * MINUTE_MS) && !lunch.include(MIDNIGHT_MS + 780 * MINUTE_MS));
    }
}
