//! Only in builds for tests: rules broken on purpose, and deaths at named places.
//!
//! `SEBERANG_BREAK=<rule>` switches a rule off. `SEBERANG_DIE_AT=<fail point>[:<n>]` kills the process with SIGKILL the n-th
//! time it comes by that place, as a power cut would.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::broken::{Rule, break_rule};
use ports::settings::BadSetting;

/// Places where a process can be made to die; each is tried by the crash test.
pub const FAIL_POINTS: &[&str] = &[
    "engine.after_create",
    "engine.after_notice_commit",
    "engine.before_reserve",
    "engine.after_reserve",
    "engine.after_bill_inquiry",
    "engine.before_send",
    "engine.after_send",
    "engine.after_status",
    "engine.after_query",
    "http.before_ack",
    "http.before_answer",
];

static PASSED: AtomicU32 = AtomicU32::new(0);

#[expect(clippy::disallowed_methods, reason = "only in builds for tests")]
pub fn install() -> Result<(), BadSetting> {
    if let Ok(word) = std::env::var("SEBERANG_BREAK") {
        let rule: Rule = word.parse().map_err(|e| wrong("SEBERANG_BREAK", format!("{e}")))?;
        break_rule(Some(rule));
    }
    if let Ok(place) = std::env::var("SEBERANG_DIE_AT") {
        let (name, count) = place.split_once(':').unwrap_or((&place, "1"));
        let count: u32 = count.parse().map_err(|e| wrong("SEBERANG_DIE_AT", format!("{e}")))?;
        if !FAIL_POINTS.contains(&name) {
            return Err(wrong("SEBERANG_DIE_AT", "names no fail point".to_owned()));
        }
        let die = move || {
            if PASSED.fetch_add(1, Ordering::SeqCst) + 1 == count {
                kill_self();
            }
        };
        fail::cfg_callback(name, die).map_err(|e| wrong("SEBERANG_DIE_AT", e))?;
    }
    Ok(())
}

fn wrong(variable: &str, problem: String) -> BadSetting {
    BadSetting { variable: variable.to_owned(), problem }
}

/// No destructor runs, nothing is flushed.
fn kill_self() {
    let pid = std::process::id().to_string();
    let _killed_before_it_returns = std::process::Command::new("kill").args(["-KILL", &pid]).status();
    std::process::abort();
}
