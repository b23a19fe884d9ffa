//! What was measured, as one JSON object or as tables for docs/PERFORMANCE.md. A rate is reported, never asserted.

use std::fmt;

use serde::Serialize;

use crate::machine::Machine;
use crate::stats::Ratio;
use crate::truth::Counters;

/// What a number has to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// Not less.
    AtLeast(f64),
    /// Not more.
    AtMost(f64),
}

impl Bar {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {}", Shown(*least)),
            Self::AtMost(most) => write!(f, "≤ {}", Shown(*most)),
        }
    }
}

/// One number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// What it is of.
    pub what: String,
    /// `None`: it could not be told, and the note says why.
    pub value: Option<f64>,
    /// `/s`, `ms`, `MB`, `×`…; empty for a count.
    pub unit: &'static str,
    /// The budget, where it has one.
    pub bar: Option<Bar>,
    /// Whether it is kept.
    pub met: Option<bool>,
    /// What a reader must know.
    pub note: String,
}

impl Measure {
    /// A number without a budget.
    pub fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value: Some(value), unit, bar: None, met: None, note: String::new() }
    }

    /// The median of paired ratios, with how many pairs there were and how many did not count.
    pub fn ratio(what: impl Into<String>, ratio: Ratio) -> Self {
        let note = format!("{} pairs, {} void", ratio.pairs, ratio.void);
        Self { value: ratio.of, ..Self::new(what, 0.0, "×") }.noted(note)
    }

    /// Against a budget.
    pub fn within(mut self, bar: Bar) -> Self {
        self.bar = Some(bar);
        self.met = self.value.map(|value| bar.is_met_by(value));
        self
    }

    /// With a remark.
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Its headline.
    pub title: &'static str,
    /// How it was measured, for a reader.
    pub about: String,
    /// Its lines.
    pub measures: Vec<Measure>,
}

/// Everything.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// Settings that bound what it does, and those of PostgreSQL.
    pub settings: Vec<String>,
    /// Shortened: good for a look, not for a document.
    pub quick: bool,
    /// By part.
    pub tables: Vec<Table>,
    /// What must be 0 and is, over all orders that were compared; empty when none was.
    pub counters: Counters,
    /// Parts that came to nothing, and why.
    pub failed: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let m = &self.machine;
        let flush = f64::from(u32::try_from(m.flush_us).unwrap_or(u32::MAX)) / 1_000.0;
        writeln!(
            f,
            "Measured on {} ({} cores), {} GB, Linux {}, PostgreSQL {}; a flush took {flush:.2} ms when it began. \
             fsync, synchronous_commit and full_page_writes were on. Settings: {}.{}",
            m.cpu,
            m.cores,
            m.memory_gb,
            m.kernel,
            m.postgres,
            self.settings.join(", "),
            if self.quick { " A quick run: short slices, small tables." } else { "" },
        )?;
        for table in &self.tables {
            write!(f, "\n{table}")?;
        }
        if !self.counters.is_empty() {
            let counters = self.counters.iter().map(|(name, count)| format!("{name} {count}"));
            writeln!(
                f,
                "\nTruth and books of all whole orders were compared: {}.",
                counters.collect::<Vec<_>>().join(", ")
            )?;
        }
        for failed in &self.failed {
            writeln!(f, "\n**Not measured.** {failed}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n\n| what | measured | budget | | |\n|---|---|---|---|---|", self.title, self.about)?;
        for measure in &self.measures {
            let value = measure.value.map_or_else(|| "–".to_owned(), |value| Shown(value).to_string());
            let value = if measure.unit.is_empty() { value } else { format!("{value} {}", measure.unit) };
            let bar = measure.bar.map(|bar| bar.to_string()).unwrap_or_default();
            let met = measure.met.map_or("", |met| if met { "met" } else { "**missed**" });
            writeln!(f, "| {} | {value} | {bar} | {met} | {} |", measure.what, measure.note)?;
        }
        Ok(())
    }
}

/// As many digits as mean something: 12,345 · 123 · 12.3 · 1.23 · 0.041.
struct Shown(f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        let text = match value.abs() {
            0.0 => return write!(f, "0"),
            size if size < 0.1 => format!("{value:.3}"),
            size if size < 10.0 => format!("{value:.2}"),
            size if size < 100.0 => format!("{value:.1}"),
            _ => return write!(f, "{}", with_commas(value.round() as i64)),
        };
        let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        write!(f, "{short}")
    }
}

fn with_commas(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let grouped: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    format!("{}{}", if number < 0 { "-" } else { "" }, grouped.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let measures = vec![
            Measure::new("orders", 12_345.6, "/s"),
            Measure::new("of the floor", 0.41, "×").within(Bar::AtLeast(0.4)),
            Measure::new("p99", 9.0, "ms").within(Bar::AtMost(3.5)).noted("beside a compiler"),
            Measure::ratio("hot", Ratio { of: None, pairs: 2, void: 2 }).within(Bar::AtLeast(0.9)),
        ];
        Table { title: "The pipeline", about: "As it was.".to_owned(), measures }
    }

    #[test]
    fn a_table_says_what_is_met_and_what_is_missed() {
        let expected = "## The pipeline\n\nAs it was.\n\n| what | measured | budget | | |\n|---|---|---|---|---|\n\
                        | orders | 12,346 /s |  |  |  |\n\
                        | of the floor | 0.41 × | ≥ 0.4 | met |  |\n\
                        | p99 | 9 ms | ≤ 3.5 | **missed** | beside a compiler |\n\
                        | hot | – × | ≥ 0.9 |  | 2 pairs, 2 void |\n";
        assert_eq!(table().to_string(), expected);
    }

    #[test]
    fn json_has_the_same_lines() {
        let json = serde_json::to_value(table()).unwrap();
        assert_eq!(json["measures"][1]["bar"]["at_least"], 0.4);
        assert_eq!((&json["measures"][1]["met"], &json["measures"][2]["met"]), (&true.into(), &false.into()));
        assert!(json["measures"][3]["value"].is_null() && json["measures"][3]["met"].is_null());
    }

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        let shown = [0.0, 0.041, 1.5, 12.34, 123.4, 1_234_567.0, -1_234.0].map(|value| Shown(value).to_string());
        assert_eq!(shown, ["0", "0.041", "1.5", "12.3", "123", "1,234,567", "-1,234"]);
    }

    #[test]
    fn a_report_names_the_machine() {
        let machine = Machine {
            cpu: "Some CPU".to_owned(),
            cores: 2,
            memory_gb: 8,
            kernel: "6.1".to_owned(),
            postgres: "15.18".to_owned(),
            flush_us: 250,
        };
        let report = Report {
            machine,
            settings: vec!["DATABASE_POOL=8".to_owned()],
            quick: true,
            tables: vec![table()],
            counters: Counters::from([("lost", 0)]),
            failed: vec!["Size: the sweep did not come".to_owned()],
        };
        let text = report.to_string();
        assert!(
            text.starts_with("Measured on Some CPU (2 cores), 8 GB, Linux 6.1, PostgreSQL 15.18; a flush took 0.25 ms")
        );
        assert!(text.contains("DATABASE_POOL=8. A quick run") && text.contains("compared: lost 0.\n"));
        assert!(text.ends_with("\n**Not measured.** Size: the sweep did not come\n"));
    }
}
