//! A world: a private PostgreSQL, the sandbox and any number of servers, started together and gone together.

mod clock;
mod options;
mod server;
mod settings;
mod suppliers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};
use pgbox::PgBox;
use sandbox::{Clock, SandboxConfig, SandboxHandle};
use tempfile::TempDir;

pub use clock::WorldClock;
pub use options::{Addresses, WorldOptions};
pub use sandbox::Reading;
pub use server::{Env, Server};
pub use settings::free_addr;
pub use suppliers::EVERYBODY;

use crate::api::{Api, Bases};
use crate::error::{DemoError, Doing};
use crate::outside::Outside;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Where a driver moves the clock it must not wait for the server to look.
const FAST_POLL_MS: u32 = 20;
const CALM_POLL_MS: u32 = 250;
/// Beyond what any crowd of ours needs; some systems grant without end.
const MANY_FILES: rlim_t = 65_536;
/// For probes; requests have their own.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// A running world. Dropping it stops everything.
pub struct World {
    servers: Vec<Server>,
    sandbox: Option<SandboxHandle>,
    pg: Option<PgBox>,
    clock: Arc<WorldClock>,
    env: Env,
    program: PathBuf,
    log: PathBuf,
    sandbox_url: String,
    /// By their ids: kind, and account at the sandbox.
    suppliers: BTreeMap<String, (String, String)>,
    database_url: String,
    probe: reqwest::Client,
    /// Last: everything above writes into it.
    folder: TempDir,
}

impl World {
    /// Starts everything and returns when each server is ready.
    ///
    /// # Errors
    /// Whatever did not start, in words; nothing is left running.
    pub async fn start(options: WorldOptions) -> Result<Self, DemoError> {
        allow_many_files();
        let folder = tempfile::tempdir().doing(|| "make a temporary folder".to_owned())?;
        let clock =
            if options.clock_file { WorldClock::in_file(folder.path().join("clock"))? } else { WorldClock::system() };
        if let Some(time_of_day) = options.begins_at {
            clock.advance((time_of_day - clock.now_ms()).rem_euclid(DAY_MS)).await?;
        }
        let log = options.log_file.clone().unwrap_or_else(|| folder.path().join("server.log"));
        let servers = choose_addresses(&options, &log)?;
        let box_options = pgbox::Options { settings: options.postgres.clone(), ..pgbox::Options::default() };
        let pg = tokio::task::spawn_blocking(|| PgBox::start(box_options)).await;
        let pg = pg.map_err(|error| DemoError::Expected(format!("PostgreSQL's starter ended: {error}")))??;
        let mut world = Self {
            servers,
            sandbox: None,
            database_url: pg.url("postgres"),
            pg: Some(pg),
            clock: Arc::new(clock),
            env: Env::new(),
            program: options.server.clone(),
            log,
            sandbox_url: String::new(),
            suppliers: BTreeMap::new(),
            probe: reqwest::Client::builder().no_proxy().timeout(PROBE_TIMEOUT).build()?,
            folder,
        };
        world.start_sandbox(&options).await?;
        world.migrate()?;
        for n in 0..world.servers.len() {
            world.restart_server(n, &[]).await?;
        }
        Ok(world)
    }

    async fn start_sandbox(&mut self, options: &WorldOptions) -> Result<(), DemoError> {
        let clock = Clock::parse(&self.clock.setting()).map_err(|error| DemoError::Expected(error.to_string()))?;
        let addr = options.addresses.map_or_else(free_addr, |fixed| Ok(fixed.sandbox))?;
        let mut config = SandboxConfig::new(addr, self.folder.path().join("truth.jsonl"), clock);
        config.ecpay_reading = options.reading;
        config.suppliers.entry("iak").and_modify(|iak| iak.reading = options.reading);
        let public: Vec<String> = self.servers.iter().map(Server::public_url).collect();
        let first = public.first().cloned().unwrap_or_default();
        let suppliers = suppliers::entries(&options.suppliers);
        suppliers.iter().for_each(|supplier| supplier.call_back(&mut config, &first));
        if public.len() > 1 {
            config.notice_targets = public;
        }
        let merchant = config.ecpay.first().cloned();
        let merchant = merchant.ok_or_else(|| DemoError::Expected("the sandbox has no merchant".to_owned()))?;
        let handle = sandbox::start(config.clone()).await?;
        self.sandbox_url = handle.base_url();
        self.env = settings::environment(&settings::Parts {
            database_url: &self.database_url,
            clock: &self.clock.setting(),
            public_url: &first,
            sandbox_url: &self.sandbox_url,
            suppliers: &options.suppliers,
            ecpay: &merchant,
            task_poll_ms: if options.clock_file { FAST_POLL_MS } else { CALM_POLL_MS },
        });
        for supplier in &suppliers {
            self.env.extend(supplier.variables(&config, handle.supplier_url(supplier.kind))?);
            let account = supplier.account_name(&config).unwrap_or_default();
            self.suppliers.insert(supplier.id.to_owned(), (supplier.kind.to_owned(), account));
        }
        self.sandbox = Some(handle);
        self.env.extend(options.env.iter().cloned());
        Ok(())
    }

    /// `seberang migrate`.
    fn migrate(&self) -> Result<(), DemoError> {
        self.run(&["migrate"]).map(drop)
    }

    /// Runs a command of the program in this world's environment and returns what it printed.
    ///
    /// # Errors
    /// [`DemoError::Server`] with its words when it fails.
    pub fn run(&self, args: &[&str]) -> Result<String, DemoError> {
        let mut command = server::command(&self.program, &self.env);
        let output = command.args(args).output().doing(|| format!("run {}", self.program.display()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let what = format!("`seberang {}` failed", args.first().unwrap_or(&""));
        Err(DemoError::Server { what, log: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
    }

    /// An access token. `sub` is a customer's UUID or the login name of a member of staff.
    ///
    /// # Errors
    /// When the program refuses.
    pub fn token(&self, role: &str, sub: &str, minutes: u32) -> Result<String, DemoError> {
        self.run(&["token", "--role", role, "--sub", sub, "--minutes", &minutes.to_string()])
    }

    /// The suppliers by their ids: the kind of each, and what the sandbox calls our account.
    pub const fn suppliers(&self) -> &BTreeMap<String, (String, String)> {
        &self.suppliers
    }

    /// The servers, dead ones too.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Whether a server is gone: it was killed, or died by itself.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn server_has_ended(&mut self, n: usize) -> Result<bool, DemoError> {
        self.server(n)?.has_ended()
    }

    /// SIGKILL to a server, as a power cut would.
    ///
    /// # Errors
    /// When there is no such server, or it cannot be killed.
    pub fn kill_server(&mut self, n: usize) -> Result<(), DemoError> {
        self.server(n)?.kill()
    }

    /// Kills a server if it lives, starts it again at its addresses with these variables besides its usual ones, and
    /// returns when it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn restart_server(&mut self, n: usize, env: &[(String, String)]) -> Result<(), DemoError> {
        let mut with = self.env.clone();
        with.extend(env.iter().cloned());
        let probe = self.probe.clone();
        let server = self.server(n)?;
        server.kill()?;
        server.start(with)?;
        server.wait_ready(&probe).await
    }

    fn server(&mut self, n: usize) -> Result<&mut Server, DemoError> {
        self.servers.get_mut(n).ok_or_else(|| DemoError::Expected(format!("there is no server {n}")))
    }

    /// The database of all servers.
    ///
    /// # Errors
    /// Never while the world runs.
    pub fn pg(&mut self) -> Result<&mut PgBox, DemoError> {
        self.pg.as_mut().ok_or_else(|| DemoError::Expected("the world has stopped".to_owned()))
    }

    /// The database's URL.
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// `http://host:port` of the sandbox.
    pub fn sandbox_url(&self) -> &str {
        &self.sandbox_url
    }

    /// Business time; may be kept and moved from another task.
    pub fn clock(&self) -> Arc<WorldClock> {
        Arc::clone(&self.clock)
    }

    /// Moves business time forward by milliseconds.
    ///
    /// # Errors
    /// When the world runs on the system's clock.
    pub async fn advance(&self, ms: i64) -> Result<(), DemoError> {
        self.clock.advance(ms).await
    }

    /// Moves business time forward to a moment (Unix milliseconds); a past one changes nothing.
    ///
    /// # Errors
    /// When the world runs on the system's clock.
    pub async fn advance_to(&self, moment_ms: i64) -> Result<(), DemoError> {
        self.clock.advance(moment_ms.saturating_sub(self.clock.now_ms())).await
    }

    /// A client of the servers' API. Its requests go round all servers.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn api(&self) -> Result<Api, DemoError> {
        let bases = self.servers.iter().map(|s| Bases { public: s.public_url(), admin: s.admin_url() });
        Api::new(bases.collect())
    }

    /// A client of the sandbox.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn outside(&self) -> Result<Outside, DemoError> {
        Outside::new(&self.sandbox_url)
    }

    /// Where the servers write.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Stops the servers in order, then the sandbox and PostgreSQL.
    ///
    /// # Errors
    /// When one of them does not stop.
    pub async fn stop(mut self) -> Result<(), DemoError> {
        let mut servers = std::mem::take(&mut self.servers);
        let pg = self.pg.take();
        let sandbox = self.sandbox.take();
        let stopped = tokio::task::spawn_blocking(move || stop_all(&mut servers)).await;
        if let Some(sandbox) = sandbox {
            sandbox.stop().await;
        }
        if let Some(pg) = pg {
            let stopped = tokio::task::spawn_blocking(move || pg.stop()).await;
            stopped.map_err(|error| DemoError::Expected(format!("PostgreSQL's stopper ended: {error}")))??;
        }
        stopped.map_err(|error| DemoError::Expected(format!("the servers' stopper ended: {error}")))?
    }
}

/// As many open files as the system grants: a crowd has a connection each, at both ends. What we start inherits it.
fn allow_many_files() {
    let Ok((now, most)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    // Where it is not allowed small worlds still work.
    let _raised = setrlimit(Resource::RLIMIT_NOFILE, now.max(most.min(MANY_FILES)), most);
}

fn choose_addresses(options: &WorldOptions, log: &Path) -> Result<Vec<Server>, DemoError> {
    let server = |public, admin| Server::new(options, public, admin, log);
    match options.addresses {
        Some(fixed) => Ok(vec![server(fixed.http, fixed.admin)]),
        None => (0..options.servers.max(1)).map(|_| Ok(server(free_addr()?, free_addr()?))).collect(),
    }
}

/// All are told first, so that they stop together.
fn stop_all(servers: &mut [Server]) -> Result<(), DemoError> {
    for server in servers.iter() {
        server.tell_to_stop();
    }
    servers.iter_mut().try_for_each(Server::wait_stopped)
}

impl Drop for World {
    fn drop(&mut self) {
        // Nobody is left to tell; PostgreSQL stops by its own drop.
        let _ = stop_all(&mut self.servers);
        if let Some(sandbox) = self.sandbox.take() {
            // Stopping is async and this is not, so a thread with a runtime of its own does it.
            let stopper = std::thread::spawn(move || {
                if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                    runtime.block_on(sandbox.stop());
                }
            });
            let _ = stopper.join();
        }
    }
}
