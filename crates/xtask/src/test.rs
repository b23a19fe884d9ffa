//! `cargo xtask test`: every check in order, each with its time.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::cargo::{cargo, succeed, typed};
use crate::steps::STEPS;

pub(crate) fn about() -> String {
    let mut text =
        "Run every check in this order, stop at the first that fails, and say how long each took:\n".to_owned();
    for step in STEPS {
        let _ = write!(text, "\n  {:16}  {}\n  {:16}  {}", step.name, step.about, "", typed(step.args));
    }
    text.push_str("\n\nEach line works alone, too. What takes longer is `cargo xtask soak`.");
    text
}

pub(crate) fn run() -> Result<(), String> {
    let mut times = Vec::new();
    for step in STEPS {
        println!("\n== {}: {}", step.name, typed(step.args));
        let began = Instant::now();
        let done = succeed(cargo(step.args), &typed(step.args));
        times.push((step.name, began.elapsed()));
        if let Err(reason) = done {
            print!("{}", table(&times));
            return Err(format!("step {}: {reason}\nrepeat it with: {}", step.name, typed(step.args)));
        }
        println!("== {}: {:.1} s", step.name, began.elapsed().as_secs_f64());
    }
    print!("{}", table(&times));
    println!("all {} checks passed", STEPS.len());
    Ok(())
}

fn table(times: &[(&str, Duration)]) -> String {
    let total = times.iter().map(|(_, time)| *time).sum();
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
    fn the_table_ends_with_the_sum() {
        let text = table(&[("format", Duration::from_millis(1_500)), ("clippy", Duration::from_millis(20_000))]);
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows, [["format", "1.5", "s"], ["clippy", "20.0", "s"], ["total", "21.5", "s"]]);
    }

    #[test]
    fn every_step_that_compiles_chooses_the_same_features() {
        for step in STEPS.iter().filter(|step| ["build", "clippy", "test"].contains(&step.args[0])) {
            assert_eq!(step.args[1..].iter().filter(|arg| arg.starts_with("--workspace")).count(), 1, "{}", step.name);
            assert!(step.args.contains(&"--all-features"), "{}", step.name);
            assert!(!step.args.contains(&"-p") && !step.args.contains(&"--exclude"), "{}", step.name);
        }
    }
}
