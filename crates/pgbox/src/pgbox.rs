//! One private server: start, crash, start again, stop.

use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::command::{initdb, knows_lz4, program};
use crate::error::Doing;
use crate::folder::{Folder, sweep};
use crate::processes::{self, LOOK_EVERY};
use crate::settings::{STATEMENTS, settings};
use crate::{PgBoxError, USER};

/// Recovery after a crash of a big test run takes seconds; a minute is what `pg_ctl` allows.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// A fast shutdown writes one checkpoint.
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// SIGKILL takes effect within milliseconds; more means an unkillable disk wait.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

/// What kind of box. The default is durable, temporary, and has no settings of its own.
#[derive(Debug, Clone)]
pub struct Options {
    /// Server settings besides ours, as in `postgresql.conf`; they win over ours.
    pub settings: Vec<(String, String)>,
    /// Keep the data in `dir/data`, and use what is there. When root starts the box, the account `postgres` must be able
    /// to reach the folder. `None`: a new temporary folder, removed at the end.
    pub dir: Option<PathBuf>,
    /// fsync, synchronous_commit and full_page_writes are on. Only a box whose crash nobody tests may say false.
    pub durable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { settings: Vec::new(), dir: None, durable: true }
    }
}

/// A running (or just killed) private PostgreSQL. Dropping it stops the server.
#[derive(Debug)]
pub struct PgBox {
    binaries: Binaries,
    account: Option<Account>,
    settings: Vec<(String, String)>,
    server: Option<Child>,
    folder: Folder,
}

impl PgBox {
    /// Sweeps what dead owners left, then starts a server and returns when it accepts connections. Takes a few seconds,
    /// most of them `initdb`. As root the server runs as `postgres`, else `nobody`.
    ///
    /// # Errors
    /// [`PgBoxError::NotInstalled`] carries the install line; see there for the others.
    pub fn start(options: Options) -> Result<Self, PgBoxError> {
        let binaries = Binaries::find()?;
        sweep();
        let account = Account::for_server()?;
        let kept = options.dir.as_deref().map(absolute).transpose().doing(|| "find the current folder".into())?;
        let folder = Folder::create(kept.as_deref(), account)?;
        if !folder.data().exists() {
            initdb(&binaries, account, &folder)?;
        }
        let lz4 = knows_lz4(&binaries, account, &folder)?;
        let statements = binaries.has_library(STATEMENTS);
        let settings = settings(&folder.run(), options.durable, lz4, statements, &options.settings);
        let mut started = Self { binaries, account, settings, server: None, folder };
        started.start_again()?;
        Ok(started)
    }

    /// The URL of a database, for tokio-postgres, diesel-async and psql: the user is `seberang`, there is no password.
    /// A new box has the database `postgres`.
    pub fn url(&self, database: &str) -> String {
        let host = percent_encoded(&self.socket_dir().to_string_lossy());
        format!("postgres://{USER}@{host}/{}", percent_encoded(database))
    }

    /// The folder of the Unix socket, which is the `host` of a connection. There is no TCP port.
    pub fn socket_dir(&self) -> PathBuf {
        self.folder.run()
    }

    /// Where the programs of this PostgreSQL are: `psql`, `pg_dump`, …
    pub fn bin_dir(&self) -> &Path {
        &self.binaries.dir
    }

    /// The last lines of the server's log.
    pub fn log_end(&self) -> String {
        self.folder.log_end()
    }

    /// The pid of the postmaster; `None` after [`kill9`](Self::kill9).
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// A crash: SIGKILL to the postmaster and to each of its processes, at once. Returns when all are gone. Nothing
    /// happens when the server is not running.
    ///
    /// # Errors
    /// When a process cannot be signalled or outlives SIGKILL by 10 s.
    pub fn kill9(&mut self) -> Result<(), PgBoxError> {
        let Some(server) = self.server.as_mut() else {
            return Ok(());
        };
        let pid = server.id().cast_signed();
        // Frozen, it cannot fork another one between the look and the kill.
        kill(Pid::from_raw(pid), Signal::SIGSTOP).doing(|| "freeze the server".into())?;
        let doomed = processes::families(&processes::living(), |process| process.pid == pid);
        let gone = processes::end(&doomed, KILL_PATIENCE);
        if !gone {
            return Err(self.timed_out("gone", KILL_PATIENCE));
        }
        server.wait().doing(|| "wait for the killed server".into())?;
        self.server = None;
        Ok(())
    }

    /// Starts the server on the data it had, after [`kill9`](Self::kill9); returns when recovery is done and it accepts
    /// connections at the same URL. Nothing happens when it is running.
    ///
    /// # Errors
    /// [`PgBoxError::Failed`] with the end of the log when the server ends, [`PgBoxError::TimedOut`] after a minute.
    pub fn start_again(&mut self) -> Result<(), PgBoxError> {
        if !self.has_ended()? {
            return Ok(());
        }
        let mut command = program("postgres", &self.binaries, self.account, &self.folder)?;
        command.arg("-D").arg(self.folder.data());
        for (name, value) in &self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        self.server = Some(command.spawn().doing(|| "run postgres".into())?);
        self.wait_until_ready()
    }

    /// Stops the server in order, and removes the temporary folder.
    ///
    /// # Errors
    /// When the server does not end within a minute or the folder cannot be removed.
    pub fn stop(mut self) -> Result<(), PgBoxError> {
        self.shut_down()?;
        self.folder.remove()
    }

    fn wait_until_ready(&mut self) -> Result<(), PgBoxError> {
        let deadline = Instant::now() + START_PATIENCE;
        while Instant::now() < deadline {
            if self.has_ended()? {
                self.server = None;
                return Err(PgBoxError::Failed { program: "postgres", output: self.folder.log_end() });
            }
            if self.is_ready() {
                return Ok(());
            }
            thread::sleep(LOOK_EVERY);
        }
        Err(self.timed_out("ready", START_PATIENCE))
    }

    /// The eighth line of `postmaster.pid` says so; the first tells our server from one before it.
    fn is_ready(&self) -> bool {
        let text = fs::read_to_string(self.folder.data().join("postmaster.pid")).unwrap_or_default();
        let mut lines = text.lines().map(str::trim);
        let pid = lines.next().and_then(|line| line.parse().ok());
        pid.is_some() && pid == self.pid() && lines.nth(6) == Some("ready")
    }

    fn has_ended(&mut self) -> Result<bool, PgBoxError> {
        let Some(server) = self.server.as_mut() else {
            return Ok(true);
        };
        Ok(server.try_wait().doing(|| "look after the server".into())?.is_some())
    }

    /// SIGINT is PostgreSQL's fast shutdown: clients are dropped, everything is written.
    fn shut_down(&mut self) -> Result<(), PgBoxError> {
        let Some(pid) = self.pid() else { return Ok(()) };
        let deadline = Instant::now() + STOP_PATIENCE;
        if !self.has_ended()? {
            kill(Pid::from_raw(pid.cast_signed()), Signal::SIGINT).doing(|| "stop the server".into())?;
        }
        while !self.has_ended()? {
            if Instant::now() >= deadline {
                return Err(self.timed_out("stopped", STOP_PATIENCE));
            }
            thread::sleep(LOOK_EVERY);
        }
        self.server = None;
        Ok(())
    }

    fn timed_out(&self, state: &'static str, patience: Duration) -> PgBoxError {
        PgBoxError::TimedOut { state, seconds: patience.as_secs(), log: self.folder.log_end() }
    }
}

impl Drop for PgBox {
    fn drop(&mut self) {
        if self.shut_down().is_err() {
            // Nobody is left to tell; what survives even this is swept by the next start.
            let _ = self.kill9();
        }
    }
}

/// A Unix socket's folder is the host of a URL, with its slashes encoded.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_folder_becomes_a_host() {
        assert_eq!(percent_encoded("/tmp/sbpg-Ab1/run"), "%2Ftmp%2Fsbpg-Ab1%2Frun");
        assert_eq!(percent_encoded("a b/ü"), "a%20b%2F%C3%BC");
    }
}
