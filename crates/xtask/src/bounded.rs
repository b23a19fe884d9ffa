//! A command that may take so long and no longer: a check that hangs fails, and shows how far it came.

use std::collections::BTreeMap;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Runs a command to its end, or ends it and all it started.
///
/// # Errors
/// It cannot be run, or was not over in time.
pub(crate) fn run(mut command: Command, limit: Duration, shown: &str) -> Result<ExitStatus, String> {
    let cannot = |error| format!("cannot run `{shown}`: {error}");
    let mut child = command.spawn().map_err(cannot)?;
    let began = Instant::now();
    while began.elapsed() < limit {
        if let Some(status) = child.try_wait().map_err(cannot)? {
            return Ok(status);
        }
        thread::sleep(LOOK);
    }
    end(&mut child).map_err(cannot)?;
    Err(format!("`{shown}` was not over after {} s and was ended; the last it said stands above", limit.as_secs()))
}

/// Not by process group: what a terminal interrupts must stay in its own.
fn end(child: &mut Child) -> std::io::Result<()> {
    // Where they cannot be listed at least the first one ends.
    let listed =
        Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().map_or_else(|_| Vec::new(), |ps| ps.stdout);
    for pid in family(&String::from_utf8_lossy(&listed), child.id()) {
        // Some end by themselves when the one they belong to is gone.
        let _ = i32::try_from(pid).map(|pid| kill(Pid::from_raw(pid), Signal::SIGKILL));
    }
    child.wait().map(drop)
}

/// A process and all that come from it, by lines of `pid ppid`.
fn family(listed: &str, first: u32) -> Vec<u32> {
    let number = |word: Option<&str>| word?.parse::<u32>().ok();
    let pairs = listed.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((number(words.next())?, number(words.next())?))
    });
    let parents: BTreeMap<u32, u32> = pairs.collect();
    let descends = |mut pid: u32| {
        // No line of ancestors is longer than the list.
        for _ in 0..parents.len() {
            match parents.get(&pid) {
                Some(parent) if *parent == first => return true,
                Some(parent) => pid = *parent,
                None => return false,
            }
        }
        false
    };
    [first].into_iter().chain(parents.keys().copied().filter(|pid| descends(*pid))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_end_is_ended_with_all_it_started() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600.25 & wait"]);
        let told = run(command, Duration::from_millis(300), "sleep").unwrap_err();
        assert!(told.contains("was not over"), "{told}");
        let left = Command::new("ps").args(["-A", "-o", "args="]).output().unwrap();
        assert!(!String::from_utf8_lossy(&left.stdout).lines().any(|line| line == "sleep 600.25"));
    }

    #[test]
    fn what_ends_says_how() {
        let mut command = Command::new("sh");
        command.args(["-c", "exit 3"]);
        assert_eq!(run(command, Duration::from_secs(20), "exit").unwrap().code(), Some(3));
    }

    #[test]
    fn a_family_is_found_by_its_first() {
        let listed = "  1 0\n 10 1\n 11 10\n 12 11\n 13 1\n";
        assert_eq!(family(listed, 10), [10, 11, 12]);
        assert_eq!(family("5 5\n", 4), [4], "who is its own parent belongs to nobody");
    }
}
