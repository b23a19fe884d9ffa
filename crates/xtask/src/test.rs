//! `cargo xtask test`: every check, each with its time.

use std::fmt::Write;
use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::bounded;
use crate::cargo::{cargo, target_folder, typed};
use crate::steps::{COMPILING, Step, WAITING, all};

/// From nothing, on two busy cores, no step takes half as long; one that does hangs, and would hang for ever.
const LIMIT: Duration = Duration::from_secs(30 * 60);

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
    done(cargo(step.args), &typed(step.args))
}

fn done(command: Command, shown: &str) -> Result<(), String> {
    let status = bounded::run(command, LIMIT, shown)?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}

/// For a step beside another: its output in one piece, not line by line between the other's; also of one that hangs.
fn printed_at_its_end(step: &Step) -> Result<(), String> {
    let shown = typed(step.args);
    let cannot = |error| format!("cannot keep what `{shown}` says: {error}");
    let path = target_folder()?.join(format!("xtask-{}.log", step.name.replace(' ', "-")));
    let kept = File::create(&path).map_err(cannot)?;
    let mut command = cargo(step.args);
    command.stdout(kept.try_clone().map_err(cannot)?).stderr(kept);
    let ended = done(command, &shown);
    let said = std::fs::read(&path).map_err(cannot)?;
    let mut out = std::io::stdout().lock();
    let heading = format!("\n== {}: {shown}\n", step.name);
    [heading.as_bytes(), &said].iter().try_for_each(|piece| out.write_all(piece)).map_err(cannot)?;
    ended
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
