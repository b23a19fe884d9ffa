//! The temporary folder of one box, the record of who owns it, and the sweep of those whose owner is dead.
//!
//! ```text
//! /tmp/sbpg-Ab12Cd/   ours, never the server account's: what lies in it can be trusted by the sweep
//!   owner             pid, start and data folder, one per line
//!   log               what initdb and the server printed
//!   run/              the server's socket
//!   data/             the server's files, unless the caller keeps them elsewhere
//! ```

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::geteuid;
use tempfile::TempDir;

use crate::PgBoxError;
use crate::account::Account;
use crate::error::Doing;
use crate::processes::{self, Process};

/// Fixed, because a socket's path has at most about 100 bytes and `TMPDIR` may be long or closed to other accounts.
const PARENT: &str = "/tmp";
const PREFIX: &str = "sbpg-";
/// A folder without a readable owner is only swept at this age: younger, its owner may be about to write the record.
const UNOWNED_FOR: Duration = Duration::from_secs(60);
/// SIGKILL takes effect within milliseconds; more means an unkillable disk wait.
const KILL_PATIENCE: Duration = Duration::from_secs(10);
/// Lines of a log that an error shows.
const LOG_LINES: usize = 20;

/// The temporary folder of a box; removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    temp: TempDir,
    data: PathBuf,
}

impl Folder {
    /// A new folder owned by this process. The data lies in `kept` or, without it, in the folder itself.
    pub(crate) fn create(kept: Option<&Path>, account: Option<Account>) -> Result<Self, PgBoxError> {
        let temp = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o711))
            .tempdir_in(PARENT)
            .doing(|| format!("create a folder in {PARENT}"))?;
        let data = kept.unwrap_or(temp.path()).join("data");
        let folder = Self { temp, data };
        let owner = Owner { process: myself()?, data: folder.data.clone() };
        fs::write(folder.path().join("owner"), owner.to_text()).doing(|| "record the owner of a box".into())?;
        fs::create_dir(folder.run()).doing(|| "create the folder of the socket".into())?;
        if let Some(account) = account {
            account.own(&folder.run())?;
        }
        Ok(folder)
    }

    fn path(&self) -> &Path {
        self.temp.path()
    }

    /// Where the socket is.
    pub(crate) fn run(&self) -> PathBuf {
        self.path().join("run")
    }

    /// Where the server's files are.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The log, opened for more.
    pub(crate) fn log(&self) -> Result<File, PgBoxError> {
        let log = self.path().join("log");
        File::options().append(true).create(true).open(&log).doing(|| format!("open {}", log.display()))
    }

    /// The last lines of the log.
    pub(crate) fn log_end(&self) -> String {
        let text = fs::read(self.path().join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }

    /// Removes the folder now, and says when that fails; dropping it would not.
    pub(crate) fn remove(&self) -> Result<(), PgBoxError> {
        fs::remove_dir_all(self.path()).doing(|| format!("remove {}", self.path().display()))
    }
}

/// Where `initdb` works until it is done.
pub(crate) fn unfinished(data: &Path) -> PathBuf {
    data.with_extension("new")
}

/// Ends the servers whose owners are dead and removes their temporary folders; kept data folders stay. Each
/// [`PgBox::start`](crate::PgBox::start) does this first. What another process sweeps at the same moment is left to it.
///
/// Returns the folders that are gone.
pub fn sweep() -> Vec<PathBuf> {
    let living = processes::living();
    let entries = fs::read_dir(PARENT).into_iter().flatten().flatten();
    let boxes = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    boxes.map(|entry| entry.path()).filter(|path| is_abandoned(path, &living) && sweep_one(path, &living)).collect()
}

fn is_abandoned(folder: &Path, living: &[Process]) -> bool {
    // Somebody else's folder may say anything, so only ours count; `symlink_` because a link could lead elsewhere.
    let Ok(metadata) = fs::symlink_metadata(folder) else {
        return false;
    };
    if !metadata.is_dir() || metadata.uid() != geteuid().as_raw() {
        return false;
    }
    match Owner::of(folder) {
        Some(owner) => !owner.lives(living),
        None => metadata.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age > UNOWNED_FOR)),
    }
}

fn sweep_one(folder: &Path, living: &[Process]) -> bool {
    let data = Owner::of(folder).map_or_else(|| folder.join("data"), |owner| owner.data);
    let works_on_it = |process: &Process| {
        [&data, &unfinished(&data)].iter().any(|data| process.command.contains(&format!(" -D {} ", data.display())))
    };
    let doomed = processes::families(living, works_on_it);
    processes::end(&doomed, KILL_PATIENCE) && fs::remove_dir_all(folder).is_ok()
}

fn myself() -> Result<Process, PgBoxError> {
    let pid = std::process::id().cast_signed();
    let me = processes::living().into_iter().find(|process| process.pid == pid);
    me.ok_or_else(|| std::io::Error::other("not among the living")).doing(|| "find this process".into())
}

/// Who started a box. The start time tells the owner from a later process with its pid.
struct Owner {
    process: Process,
    data: PathBuf,
}

impl Owner {
    fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.process.pid, self.process.started, self.data.display())
    }

    fn of(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join("owner")).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.parse().ok()?;
        let started = lines.next()?.to_owned();
        let data = PathBuf::from(lines.next()?);
        Some(Self { process: Process { pid, parent: 0, started, command: String::new() }, data })
    }

    fn lives(&self, living: &[Process]) -> bool {
        living.iter().any(|process| process.pid == self.process.pid && process.started == self.process.started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_owner(process: Process) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let owner = Owner { process, data: folder.path().join("data") };
        fs::write(folder.path().join("owner"), owner.to_text()).unwrap();
        folder
    }

    #[test]
    fn a_box_of_a_living_process_is_left_alone() {
        let folder = with_owner(myself().unwrap());
        assert!(!is_abandoned(folder.path(), &processes::living()));
    }

    #[test]
    fn a_reused_pid_is_not_taken_for_the_owner() {
        let folder = with_owner(Process { started: "1".into(), ..myself().unwrap() });
        assert!(is_abandoned(folder.path(), &processes::living()));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a file's age is real time")]
    fn a_folder_whose_owner_is_not_written_yet_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_abandoned(folder.path(), &processes::living()));
        let long_ago = std::time::SystemTime::now() - 2 * UNOWNED_FOR;
        File::open(folder.path()).unwrap().set_modified(long_ago).unwrap();
        assert!(is_abandoned(folder.path(), &processes::living()));
    }

    #[test]
    fn a_link_is_never_followed() {
        let folder = with_owner(Process { started: "1".into(), ..myself().unwrap() });
        let elsewhere = tempfile::tempdir().unwrap();
        let link = elsewhere.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        assert!(!is_abandoned(&link, &processes::living()));
    }
}
