//! Who used how much of the processors, from `/proc` (proc(5)). What one machine carries is only known when the players of
//! the outside world, which run on it too, are taken off.

use std::fs;
use std::path::Path;

use crate::error::{BenchError, Doing};

/// `sysconf(_SC_CLK_TCK)`: 100 on every Linux that has a `/proc`.
const TICKS_PER_S: f64 = 100.0;

/// Processor time since each process began, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    /// The product.
    pub server: f64,
    /// PostgreSQL with all its processes, those that ended too.
    pub postgres: f64,
    /// This program: the driver, and the sandbox in it.
    pub outside: f64,
    /// All programs of the machine, also those that have nothing to do with us.
    pub machine: f64,
}

impl Used {
    /// Now.
    ///
    /// # Errors
    /// When a process is gone, or this is no Linux.
    pub fn now(server: u32, postmaster: u32) -> Result<Self, BenchError> {
        Ok(Self {
            server: Times::of(server)?.own,
            postgres: family(postmaster)?,
            outside: Times::of(std::process::id())?.own,
            machine: machine()?,
        })
    }

    /// Between then and now.
    pub fn since(self, then: Self) -> Self {
        Self {
            server: self.server - then.server,
            postgres: self.postgres - then.postgres,
            outside: self.outside - then.outside,
            machine: self.machine - then.machine,
        }
    }

    /// What those of the bench used together.
    pub fn all(self) -> f64 {
        self.server + self.postgres + self.outside
    }

    /// The rate that would be if nobody played the outside world here: raw × all ÷ (all − outside).
    pub fn adjusted(self, raw: f64) -> f64 {
        let ours = self.all() - self.outside;
        if ours > 0.0 { raw * self.all() / ours } else { raw }
    }
}

/// One line of `/proc/<pid>/stat`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Times {
    parent: u32,
    own: f64,
    /// Of children that ended and were waited for.
    ended_children: f64,
}

impl Times {
    fn of(pid: u32) -> Result<Self, BenchError> {
        let path = format!("/proc/{pid}/stat");
        let text = fs::read_to_string(&path).doing(|| format!("read {path}"))?;
        Self::read(&text).ok_or_else(|| BenchError::Expected(format!("{path} is not as proc(5) says")))
    }

    /// The name in parentheses may hold anything; behind the last one come state, parent, … user time is the 12th, then
    /// system time and both of the children.
    fn read(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let seconds = |place: usize| Some(fields.get(place)?.parse::<f64>().ok()? / TICKS_PER_S);
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: seconds(11)? + seconds(12)?,
            ended_children: seconds(13)? + seconds(14)?,
        })
    }
}

/// A process and its children.
fn family(parent: u32) -> Result<f64, BenchError> {
    let head = Times::of(parent)?;
    let entries = fs::read_dir("/proc").doing(|| "read /proc".to_owned())?.flatten();
    // A process may end while we look; its parent then has its time.
    let all = entries.filter_map(|entry| Times::of(pid_of(&entry.path())?).ok());
    let children: f64 = all.filter(|times| times.parent == parent).map(|times| times.own).sum();
    Ok(head.own + head.ended_children + children)
}

fn machine() -> Result<f64, BenchError> {
    let text = fs::read_to_string("/proc/stat").doing(|| "read /proc/stat".to_owned())?;
    busy(&text).ok_or_else(|| BenchError::Expected("/proc/stat is not as proc(5) says".to_owned()))
}

/// `cpu user nice system idle iowait irq softirq …`: all but the waiting.
fn busy(stat: &str) -> Option<f64> {
    let mut words = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map(str::parse::<f64>);
    let mut next = || words.next()?.ok();
    let (user, nice, system, _idle, _waiting) = (next()?, next()?, next()?, next()?, next()?);
    Some((user + nice + system + next()? + next()?) / TICKS_PER_S)
}

fn pid_of(folder: &Path) -> Option<u32> {
    folder.file_name()?.to_str()?.parse().ok()
}

/// A line of `/proc/<pid>/status` that is in kB (`VmRSS`, `VmHWM`), in MB.
///
/// # Errors
/// When the process is gone.
pub fn memory_mb(pid: u32, line: &str) -> Result<f64, BenchError> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).doing(|| format!("read {path}"))?;
    megabytes(&text, line).ok_or_else(|| BenchError::Expected(format!("{path} has no {line}")))
}

fn megabytes(status: &str, line: &str) -> Option<f64> {
    let rest = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':'))?;
    let kb: f64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kb / 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_a_name_that_holds_anything() {
        let stat = "4711 (post (gres) x) S 99 1 1 0 -1 4194304 0 0 0 0 250 50 1000 200 20 0 1 0 5 6 7";
        let read = Times::read(stat).unwrap();
        assert_eq!(read, Times { parent: 99, own: 3.0, ended_children: 12.0 });
        assert_eq!(Times::read("4711 (x) S"), None);
    }

    #[test]
    fn our_own_time_grows_while_we_work() {
        let before = Times::of(std::process::id()).unwrap().own;
        let mut sum = 0_u64;
        while Times::of(std::process::id()).unwrap().own < before + 0.02 {
            sum = (0..10_000_u64).fold(sum, |sum, n| sum.wrapping_add(n * n));
        }
        assert!(sum > 0 && family(std::process::id()).unwrap() >= before);
    }

    #[test]
    fn the_players_of_the_outside_world_are_taken_off() {
        let used = Used { server: 3.0, postgres: 1.0, outside: 2.0, machine: 9.0 };
        assert_eq!(used.adjusted(100.0), 150.0);
        assert_eq!(Used::default().adjusted(100.0), 100.0);
        let later = Used { server: 4.0, postgres: 3.0, outside: 2.5, machine: 14.0 };
        assert_eq!(later.since(used), Used { server: 1.0, postgres: 2.0, outside: 0.5, machine: 5.0 });
        assert_eq!(busy("cpu  100 200 300 9999 9999 40 60 0 0 0\ncpu0 1"), Some(7.0));
    }

    #[test]
    fn memory_is_read_by_its_name() {
        let status = "Name:\tx\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\n";
        assert_eq!(megabytes(status, "VmRSS"), Some(10.0));
        assert_eq!(megabytes(status, "VmHWM"), Some(20.0));
        assert_eq!(megabytes(status, "VmSwap"), None);
    }
}
