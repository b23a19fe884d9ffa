//! What it is measured on, and that what is measured survives a crash.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use serde::Serialize;
use tokio_postgres::Client;

use crate::error::{BenchError, Doing};

/// Flushes whose median counts: enough to see through one that met somebody else's.
const FLUSHES: usize = 40;
/// Of one page, as PostgreSQL writes its log.
const PAGE: [u8; 8_192] = [0x5e; 8_192];
/// What a commit survives a crash by.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// The machine, for a table that names it.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Model of the processor.
    pub cpu: String,
    /// Cores this program may use.
    pub cores: usize,
    /// Main memory.
    pub memory_gb: u64,
    /// The system.
    pub kernel: String,
    /// The database.
    pub postgres: String,
    /// The median of some flushes, in the folder of the database.
    pub flush_us: u64,
}

impl Machine {
    /// Looks around.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look(db: &Client, flush: Duration) -> Result<Self, BenchError> {
        let version: String = db.query_one("SHOW server_version", &[]).await?.get(0);
        Ok(Self {
            cpu: value_of("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gb: memory_gb(&value_of("/proc/meminfo", "MemTotal")),
            kernel: text_of("/proc/sys/kernel/osrelease"),
            postgres: version,
            flush_us: u64::try_from(flush.as_micros()).unwrap_or(u64::MAX),
        })
    }
}

/// Refuses a database that would lose what it acknowledged.
///
/// # Errors
/// [`BenchError::NotDurable`] names what is wrong.
pub async fn must_be_durable(db: &Client, folder: &Path) -> Result<(), BenchError> {
    for setting in DURABLE {
        let value: String = db.query_one(&format!("SHOW {setting}"), &[]).await?.get(0);
        if value != "on" {
            return Err(BenchError::NotDurable(format!("{setting} is {value}")));
        }
    }
    let files = statfs(folder).map_err(io::Error::from).doing(|| format!("look at {}", folder.display()))?;
    if files.filesystem_type() == TMPFS_MAGIC {
        return Err(BenchError::NotDurable(format!("{} lies in memory", folder.display())));
    }
    Ok(())
}

/// What a flush takes there now.
///
/// # Errors
/// When the folder cannot be written to.
pub async fn flush_time(folder: PathBuf) -> Result<Duration, BenchError> {
    let measured = tokio::task::spawn_blocking(move || flushes(&folder)).await;
    measured.map_err(|error| BenchError::Expected(format!("the flushes ended: {error}")))?
}

fn flushes(folder: &Path) -> Result<Duration, BenchError> {
    let file = tempfile::tempfile_in(folder).doing(|| format!("write in {}", folder.display()))?;
    let mut took = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        let began = Instant::now();
        file.write_all_at(&PAGE, 0).and_then(|()| file.sync_data()).doing(|| "flush a page".to_owned())?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took.get(FLUSHES / 2).copied().unwrap_or_default())
}

/// The value behind `name : ` in a file of `/proc`; empty where there is none.
fn value_of(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned()).next().unwrap_or_default()
}

fn text_of(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// `16393412 kB` is 16.
fn memory_gb(kb: &str) -> u64 {
    let kb: u64 = kb.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0);
    (kb + 524_288) / 1_048_576
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_rounded_to_whole_gigabytes() {
        assert_eq!(memory_gb("16393412 kB"), 16);
        assert_eq!(memory_gb(""), 0);
    }

    #[test]
    fn a_flush_takes_time() {
        let folder = tempfile::tempdir().unwrap();
        assert!(flushes(folder.path()).unwrap() > Duration::ZERO);
    }

    #[test]
    fn this_machine_says_what_it_is() {
        assert!(!text_of("/proc/sys/kernel/osrelease").is_empty());
        assert!(memory_gb(&value_of("/proc/meminfo", "MemTotal")) > 0);
        assert_eq!(value_of("/proc/meminfo", "no such line"), "");
    }
}
