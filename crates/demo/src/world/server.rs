//! One `seberang serve` process: started, asked whether it is ready, killed, stopped.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::WorldOptions;
use crate::error::{DemoError, Doing};

/// A cold start takes milliseconds; a machine that compiles beside it may take seconds.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// A server that was told to stop finishes what it has in hand. After this it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// A cold start is also measured, in tens of milliseconds.
const LOOK_READY_EVERY: Duration = Duration::from_millis(1);
/// Of a log that is shown with an error.
const LOG_LINES: usize = 30;

/// Environment variables of one process.
pub type Env = BTreeMap<String, String>;

/// A server process and where it listens.
pub struct Server {
    pub(super) public: SocketAddr,
    pub(super) admin: SocketAddr,
    program: PathBuf,
    log: PathBuf,
    tasks: bool,
    child: Option<Child>,
}

impl Server {
    pub(super) fn new(options: &WorldOptions, public: SocketAddr, admin: SocketAddr, log: &Path) -> Self {
        let (program, tasks) = (options.server.clone(), options.tasks);
        Self { public, admin, program, log: log.to_owned(), tasks, child: None }
    }

    /// The customers' API and webhooks: `http://host:port`.
    pub fn public_url(&self) -> String {
        format!("http://{}", self.public)
    }

    /// The operators' API: `http://host:port`.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Its process id while it lives.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Starts the process; it is not ready yet.
    pub(super) fn start(&mut self, mut env: Env) -> Result<(), DemoError> {
        env.insert("HTTP_ADDR".to_owned(), self.public.to_string());
        env.insert("ADMIN_ADDR".to_owned(), self.admin.to_string());
        let log = open_log(&self.log)?;
        let errors = log.try_clone().doing(|| "share the log".to_owned())?;
        let mut command = command(&self.program, &env);
        command
            .arg("serve")
            .args((!self.tasks).then_some("--no-tasks"))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        self.child = Some(command.spawn().doing(|| format!("start {}", self.program.display()))?);
        Ok(())
    }

    /// Waits until `/readyz` says so.
    pub(super) async fn wait_ready(&mut self, http: &reqwest::Client) -> Result<(), DemoError> {
        let deadline = Instant::now() + START_PATIENCE;
        let url = format!("{}/readyz", self.public_url());
        loop {
            if self.has_ended()? {
                self.child = None;
                return Err(self.trouble("the server ended"));
            }
            if http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(self.trouble("the server was not ready in time"));
            }
            tokio::time::sleep(LOOK_READY_EVERY).await;
        }
    }

    /// Whether the process is gone.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn has_ended(&mut self) -> Result<bool, DemoError> {
        match self.child.as_mut() {
            None => Ok(true),
            Some(child) => Ok(child.try_wait().doing(|| "look after the server".to_owned())?.is_some()),
        }
    }

    /// SIGKILL, as a power cut would.
    pub(super) fn kill(&mut self) -> Result<(), DemoError> {
        if let Some(mut child) = self.child.take() {
            child.kill().doing(|| "kill the server".to_owned())?;
            child.wait().doing(|| "wait for the killed server".to_owned())?;
        }
        Ok(())
    }

    /// Tells it to stop, without waiting.
    pub(super) fn tell_to_stop(&self) {
        if let Some(child) = &self.child {
            // It may be gone already.
            let _ = kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM);
        }
    }

    /// Waits for one that was told to stop, and kills it when that takes too long.
    pub(super) fn wait_stopped(&mut self) -> Result<(), DemoError> {
        let deadline = Instant::now() + STOP_PATIENCE;
        while Instant::now() < deadline {
            if self.has_ended()? {
                self.child = None;
                return Ok(());
            }
            thread::sleep(LOOK_EVERY);
        }
        self.kill()
    }

    fn trouble(&self, what: &str) -> DemoError {
        DemoError::Server { what: what.to_owned(), log: log_end(&self.log) }
    }
}

/// A process of the product: nothing of our own environment but where programs are.
#[expect(clippy::disallowed_methods, reason = "what a program needs to run at all")]
pub(super) fn command(program: &Path, env: &Env) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    for name in ["PATH", "TMPDIR", "RUST_BACKTRACE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.envs(env);
    command
}

fn open_log(path: &Path) -> Result<File, DemoError> {
    File::options().create(true).append(true).open(path).doing(|| format!("open {}", path.display()))
}

/// The last lines of a log.
pub(super) fn log_end(path: &Path) -> String {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_sees_our_path_and_nothing_else_of_ours() {
        let env = Env::from([("MINE".to_owned(), "1".to_owned())]);
        let command = command(Path::new("env"), &env);
        let mut names: Vec<_> = command.get_envs().filter_map(|(name, value)| value.and(name.to_str())).collect();
        names.retain(|name| !["TMPDIR", "RUST_BACKTRACE"].contains(name));
        assert_eq!(names, ["MINE", "PATH"]);
    }

    #[test]
    fn the_end_of_a_log_is_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let lines: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        fs::write(&path, lines.join("\n")).unwrap();
        assert!(log_end(&path).starts_with("20\n") && log_end(&path).ends_with("\n49"));
        assert_eq!(log_end(&folder.path().join("none")), "");
    }
}
