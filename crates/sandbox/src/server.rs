//! Starting and stopping: the listener, the replay of the truth file, the threads. The only place that wires the parts.

use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data, PayloadConfig};
use actix_web::{App, HttpServer};
use tokio::sync::oneshot;

use crate::books::Books;
use crate::clock::ClockReader;
use crate::config::SandboxConfig;
use crate::faults::{Faults, Provider};
use crate::goods::fate;
use crate::journal::{self, Journal};
use crate::schedule::{self, Schedule};
use crate::state::{Pacing, Sandbox, Settings, State, SupplierSettings};
use crate::suppliers::iak;
use crate::truth::Event;
use crate::{control, ecpay, guard, notices, page};

/// The largest body any provider call needs is a few KiB.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// The sandbox shares its machine with the server under test.
const WORKERS: usize = 2;
/// Longer than clients keep idle connections: a connection dies by a fault or not at all.
const KEEP_ALIVE: Duration = Duration::from_secs(120);
/// From accepted to final at a supplier, virtual.
const FINAL_DELAY_MS: i64 = 2_000;

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is in use.
    #[error("SANDBOX_ADDR={0} is taken by another program")]
    AddressTaken(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("SANDBOX_ADDR={addr} cannot be listened on: {source}")]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The truth file cannot be opened, or holds a line that is not ours.
    #[error("SANDBOX_TRUTH_FILE={} cannot be used: {source}", path.display())]
    Truth {
        /// The file asked for.
        path: PathBuf,
        /// What the system said, or which line is wrong.
        source: std::io::Error,
    },
    /// No HTTP client for notices.
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The server's thread ended before it listened.
    #[error("the server did not start")]
    Thread,
}

/// A running sandbox. Dropping it leaves the server running until the process ends; call [`SandboxHandle::stop`].
pub struct SandboxHandle {
    addr: SocketAddr,
    server: ServerHandle,
    thread: JoinHandle<()>,
}

impl SandboxHandle {
    /// The address listened on, with the real port.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://host:port`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops listening, writes the truth file out, ends all threads.
    pub async fn stop(self) {
        self.server.stop(false).await;
        let thread = self.thread;
        // Joining blocks, and the caller's runtime may have one thread only.
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the sandbox's thread did not end well");
        }
    }
}

/// Starts a sandbox on its own threads, so that any tokio runtime may call this.
///
/// # Errors
/// [`StartError`] when it cannot listen or the truth file cannot be used.
pub async fn start(config: SandboxConfig) -> Result<SandboxHandle, StartError> {
    let listener = TcpListener::bind(config.addr).map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::AddressTaken(config.addr),
        _ => StartError::Listen { addr: config.addr, source },
    })?;
    let addr = listener.local_addr().map_err(|source| StartError::Listen { addr: config.addr, source })?;
    let sandbox = Arc::new(open(config)?);
    let (ready, started) = oneshot::channel();
    let thread = std::thread::spawn(move || serve(&sandbox, listener, ready));
    let server = started.await.ok().ok_or(StartError::Thread)?;
    Ok(SandboxHandle { addr, server, thread })
}

/// Reads the truth file back and plans what it left open.
fn open(config: SandboxConfig) -> Result<Sandbox, StartError> {
    let mut books = Books::default();
    for account in &config.iak {
        books.deposits.set(Provider::Iak, &account.username, account.deposit);
    }
    let replay = |line: &str| match serde_json::from_str::<Event>(line) {
        Ok(event) => {
            books.apply(event);
            true
        }
        Err(_foreign) => false,
    };
    let file = journal::open(&config.truth_file, replay)
        .map_err(|source| StartError::Truth { path: config.truth_file.clone(), source })?;
    let http = notices::client()?;
    let clock = ClockReader::new(config.clock);
    let callback_urls: HashMap<String, String> = config
        .iak
        .iter()
        .filter_map(|account| Some((account.username.clone(), account.callback_url.clone()?)))
        .collect();
    let mut state = State {
        books,
        schedule: Schedule::default(),
        faults: Faults::default(),
        settings: Settings {
            suppliers: HashMap::from([(
                Provider::Iak,
                SupplierSettings {
                    final_delay_ms: Some(FINAL_DELAY_MS),
                    once_a_day: false,
                    callback_url: callback_urls,
                    reading: config.iak_reading,
                },
            )]),
            nobody: SupplierSettings::default(),
            iak_pricelist_bare: false,
            ecpay_pacing: None,
            notice_copies: 1,
            notice_targets: config.notice_targets,
            ecpay_reading: config.ecpay_reading,
        },
        pacing: Pacing::default(),
        requests: BTreeMap::new(),
        answering: 0,
        next_target: 0,
    };
    let now_ms = clock.now_ms();
    ecpay::notice::resume(&mut state, now_ms);
    fate::resume(&mut state, now_ms);
    Ok(Sandbox::new(config.ecpay, config.iak, clock, Journal::start(file), http, state))
}

fn serve(sandbox: &Arc<Sandbox>, listener: TcpListener, ready: oneshot::Sender<ServerHandle>) {
    let data = Data::from(Arc::clone(sandbox));
    let app = move || {
        App::new()
            .app_data(data.clone())
            .app_data(PayloadConfig::new(MAX_BODY_BYTES))
            .configure(page::routes)
            .route("/healthz", web::get().to(control::healthz))
            .route("/truth", web::get().to(control::truth))
            .service(web::scope("/control").configure(control::routes))
            .service(web::scope("/ecpay").configure(ecpay::routes))
            .service(web::scope("/iak").configure(iak::routes))
    };
    let server = HttpServer::new(app)
        .workers(WORKERS)
        .keep_alive(KEEP_ALIVE)
        .on_connect(guard::remember_connection)
        .disable_signals()
        .listen(listener);
    let server = match server {
        Ok(server) => server,
        Err(error) => {
            tracing::error!(%error, "the listener cannot be used");
            return;
        }
    };
    actix_web::rt::System::new().block_on(async {
        let scheduler = actix_web::rt::spawn(schedule::run(Arc::clone(sandbox)));
        let server = server.run();
        // A starter that went away leaves nobody to serve.
        if ready.send(server.handle()).is_ok()
            && let Err(error) = server.await
        {
            tracing::error!(%error, "the server ended");
        }
        scheduler.abort();
    });
    sandbox.close();
}
