//! `cargo xtask test`: every check, each with its time.

use std::fmt::Write;
use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::cargo::{cargo, succeed, typed};
use crate::steps::{COMPILING, Step, WAITING, all};

/// What each step that ran took, and why the last one did not succeed.
type Run = (Vec<(&'static str, Duration)>, Result<(), String>);

pub(crate) fn about() -> String {
    let mut text =
        "Run every check, stop at the first that fails, and say how long each took. The end-to-end tests and what \
                    stands below them run at the same time:\n"
            .to_owned();
    for step in all() {
        let _ = write!(text, "\n  {:16}  {}\n  {:16}  {}", step.name, step.about, "", typed(step.args));
    }
    text.push_str("\n\nEach line works alone, too. What takes longer is `cargo xtask soak`.");
    text
}

pub(crate) fn run() -> Result<(), String> {
    let began = Instant::now();
    let (mut times, mut done) = in_turn(COMPILING, in_sight);
    if done.is_ok() {
        let [before_us, behind] = WAITING;
        let (seen, hidden) = thread::scope(|scope| {
            let hidden = scope.spawn(|| in_turn(behind, printed_at_its_end));
            (in_turn(before_us, in_sight), hidden.join())
        });
        let hidden = hidden.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        times.extend(seen.0.into_iter().chain(hidden.0));
        done = seen.1.and(hidden.1);
    }
    print!("{}", table(&times, began.elapsed()));
    done?;
    println!("all {} checks passed", times.len());
    Ok(())
}

/// One step after the other, until one fails.
fn in_turn(steps: &'static [Step], run: fn(&Step) -> Result<(), String>) -> Run {
    let mut times = Vec::new();
    for step in steps {
        let began = Instant::now();
        let done = run(step);
        times.push((step.name, began.elapsed()));
        if let Err(reason) = done {
            return (times, Err(format!("step {}: {reason}\nrepeat it with: {}", step.name, typed(step.args))));
        }
        println!("== {}: {:.1} s", step.name, began.elapsed().as_secs_f64());
    }
    (times, Ok(()))
}

fn in_sight(step: &Step) -> Result<(), String> {
    println!("\n== {}: {}", step.name, typed(step.args));
    succeed(cargo(step.args), &typed(step.args))
}

/// For a step beside another: its output in one piece, not line by line between the other's.
fn printed_at_its_end(step: &Step) -> Result<(), String> {
    let shown = typed(step.args);
    let ran = cargo(step.args).output().map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    let mut out = std::io::stdout().lock();
    let heading = format!("\n== {}: {shown}\n", step.name);
    [heading.as_bytes(), &ran.stdout, &ran.stderr]
        .iter()
        .try_for_each(|piece| out.write_all(piece))
        .map_err(|error| format!("cannot print what `{shown}` said: {error}"))?;
    if ran.status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({})", ran.status)) }
}

/// The total is what went by, less than the sum where steps ran at the same time.
fn table(times: &[(&str, Duration)], total: Duration) -> String {
    let mut text = "\n".to_owned();
    for (name, time) in times.iter().chain([&("total", total)]) {
        let _ = writeln!(text, "{name:16} {:8.1} s", time.as_secs_f64());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ends_with_the_time_that_went_by() {
        let times = [("format", Duration::from_millis(1_500)), ("clippy", Duration::from_millis(20_000))];
        let text = table(&times, Duration::from_millis(20_500));
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows, [["format", "1.5", "s"], ["clippy", "20.0", "s"], ["total", "20.5", "s"]]);
    }

    #[test]
    fn every_step_that_compiles_chooses_the_same_features() {
        for step in all().filter(|step| ["build", "clippy", "test"].contains(&step.args[0])) {
            assert_eq!(step.args[1..].iter().filter(|arg| arg.starts_with("--workspace")).count(), 1, "{}", step.name);
            assert!(step.args.contains(&"--all-features"), "{}", step.name);
            assert!(!step.args.contains(&"-p") && !step.args.contains(&"--exclude"), "{}", step.name);
        }
    }
}
