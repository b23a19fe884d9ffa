//! The processes of this machine: who lives, since when, whose child, started how. And the end of some of them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Between two looks at something that takes milliseconds.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A process that lives. Pid and start together are never reused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// When it started, in words of the system; only good for comparing.
    pub(crate) started: String,
    /// Its command line, words separated by spaces.
    pub(crate) command: String,
}

/// Every living process; zombies are dead.
pub(crate) fn living() -> Vec<Process> {
    if Path::new("/proc/self/stat").exists() { from_proc() } else { from_ps() }
}

/// The chosen ones with their children, their children's children, and so on.
pub(crate) fn families(living: &[Process], chosen: impl Fn(&Process) -> bool) -> Vec<Process> {
    let mut family: Vec<Process> = living.iter().filter(|process| chosen(process)).cloned().collect();
    let mut looked_at = 0;
    while let Some(parent) = family.get(looked_at).map(|process| process.pid) {
        family.extend(living.iter().filter(|process| process.parent == parent).cloned());
        looked_at += 1;
    }
    family
}

/// Ends processes at once, together, and waits until none is left. False when one still lives after `patience`.
pub(crate) fn end(doomed: &[Process], patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        let left: Vec<Process> = living().into_iter().filter(|process| is_one_of(process, doomed)).collect();
        if left.is_empty() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        for process in left {
            // It may have ended on its own since the look; the next look tells.
            let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn is_one_of(process: &Process, others: &[Process]) -> bool {
    others.iter().any(|other| other.pid == process.pid && other.started == process.started)
}

fn from_proc() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| proc_entry(&entry.path())).collect()
}

fn proc_entry(dir: &Path) -> Option<Process> {
    let pid = dir.file_name()?.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(dir.join("stat")).ok()?;
    // The name in parentheses may hold anything, parentheses too; behind the last one come state, parent, … (proc(5)).
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    if matches!(*fields.first()?, "Z" | "X") {
        return None;
    }
    let command = fs::read(dir.join("cmdline")).unwrap_or_default();
    Some(Process {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        started: (*fields.get(19)?).to_owned(),
        command: String::from_utf8_lossy(&command).replace('\0', " "),
    })
}

/// Where there is no /proc (macOS).
fn from_ps() -> Vec<Process> {
    let mut ps = Command::new("ps");
    ps.env("LC_ALL", "C").args(["-A", "-ww", "-o", "pid=,ppid=,stat=,lstart=,command="]);
    let text = ps.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(ps_line).collect()
}

/// `  4711     1 Ss   Mon Nov 21 20:33:01 2026 /usr/lib/postgresql/15/bin/postgres -D /tmp/x`
fn ps_line(line: &str) -> Option<Process> {
    let mut words = line.split_whitespace();
    let pid = words.next()?.parse().ok()?;
    let parent = words.next()?.parse().ok()?;
    if words.next()?.starts_with('Z') {
        return None;
    }
    let started = words.by_ref().take(5).collect::<Vec<_>>().join(" ");
    let command = words.collect::<Vec<_>>().join(" ");
    Some(Process { pid, parent, started, command })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    fn sleeper() -> std::process::Child {
        Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().unwrap()
    }

    #[test]
    fn a_child_is_seen_with_its_parent_and_command() {
        let mut child = sleeper();
        let look = || living().into_iter().find(|process| process.pid == child.id().cast_signed()).unwrap();
        // The system may show a new process before it has its name.
        let named = (0..100).map(|_| look()).find(|process| process.command.trim().starts_with("sleep"));
        let seen = named.unwrap_or_else(look);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(seen.parent, std::process::id().cast_signed());
        assert_eq!(seen.command.trim(), "sleep 600");
    }

    #[test]
    fn a_family_has_all_generations_and_nobody_else() {
        let process = |pid, parent| Process { pid, parent, started: String::new(), command: String::new() };
        let living = [process(4, 3), process(2, 1), process(3, 2), process(9, 1), process(1, 0)];
        let pids: Vec<i32> = families(&living, |process| process.pid == 2).iter().map(|process| process.pid).collect();
        assert_eq!(pids, [2, 3, 4]);
    }

    #[test]
    fn an_ended_process_is_gone_although_nobody_waited_for_it() {
        let mut child = sleeper();
        let doomed: Vec<Process> =
            living().into_iter().filter(|process| process.pid == child.id().cast_signed()).collect();
        assert_eq!(doomed.len(), 1);
        assert!(end(&doomed, Duration::from_secs(10)));
        child.wait().unwrap();
    }

    #[test]
    fn a_line_of_ps_is_read_and_a_zombie_left_out() {
        let line = "  4711     1 Ss   Mon Nov 21 20:33:01 2026 /opt/pg/bin/postgres -D /tmp/x";
        let read = ps_line(line).unwrap();
        assert_eq!((read.pid, read.parent), (4711, 1));
        assert_eq!(read.started, "Mon Nov 21 20:33:01 2026");
        assert_eq!(read.command, "/opt/pg/bin/postgres -D /tmp/x");
        assert_eq!(ps_line("  4711     1 Z    Mon Nov 21 20:33:01 2026 postgres"), None);
    }
}
