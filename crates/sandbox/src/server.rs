//! Starting and stopping: the listener, the replay of the truth file, the threads. The only place that wires the parts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Server, ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, PayloadConfig};
use actix_web::{App, HttpServer};
use tokio::sync::{mpsc, oneshot};

use crate::books::Books;
use crate::clock::ClockReader;
use crate::config::{Account, SandboxConfig, SupplierConfig};
use crate::faults::{Faults, Provider};
use crate::fronts::{self, Front, Switch};
use crate::goods::arrivals::Arrivals;
use crate::goods::fate;
use crate::goods::inquiries::Inquiries;
use crate::goods::seller::Seller;
use crate::journal::{self, Journal};
use crate::schedule::{self, Schedule};
use crate::state::{Accounts, Pacing, Sandbox, Settings, State, SupplierSettings};
use crate::suppliers;
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

/// A running sandbox. Dropping it ends it, too, but waits for nothing; [`SandboxHandle::stop`] waits until the truth is written.
pub struct SandboxHandle {
    addr: SocketAddr,
    fronts: Vec<(Provider, SocketAddr)>,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Drop for SandboxHandle {
    /// A process that starts one after the other would otherwise gather their threads.
    fn drop(&mut self) {
        // The command goes off at once; the future only waits for its end.
        drop(self.server.stop(false));
    }
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

    /// Where a supplier is asked that can be taken down: `http://host:port/iak` of `iak`. The common address serves it, too.
    pub fn supplier_url(&self, supplier: &str) -> Option<String> {
        let (supplier, addr) = self.fronts.iter().find(|(front, _)| front.word() == supplier)?;
        Some(format!("http://{addr}/{}", supplier.word()))
    }

    /// The same of all suppliers.
    pub fn supplier_urls(&self) -> Vec<String> {
        self.fronts.iter().filter_map(|(front, _)| self.supplier_url(front.word())).collect()
    }

    /// Stops listening, writes the truth file out, ends all threads.
    pub async fn stop(mut self) {
        self.server.stop(false).await;
        let Some(thread) = self.thread.take() else { return };
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
    let fronts = suppliers::all().map(|(supplier, _)| Front::take(supplier, addr)).collect::<Result<Vec<_>, _>>();
    let fronts = fronts.map_err(|source| StartError::Listen { addr: config.addr, source })?;
    let addresses = fronts.iter().map(|front| (front.supplier, front.addr)).collect();
    let (switch, switches) = mpsc::channel(fronts::SWITCHES);
    let sandbox = Arc::new(open(config, switch)?);
    let (ready, started) = oneshot::channel();
    let parts = Parts { sandbox, listener, fronts, switches, ready };
    let thread = std::thread::spawn(move || serve(parts));
    let server = started.await.ok().ok_or(StartError::Thread)?;
    Ok(SandboxHandle { addr, fronts: addresses, server, thread: Some(thread) })
}

/// Reads the truth file back and plans what it left open.
fn open(config: SandboxConfig, switch: mpsc::Sender<Switch>) -> Result<Sandbox, StartError> {
    let mut books = Books::default();
    let mut suppliers = HashMap::new();
    let mut accounts = HashMap::new();
    for (supplier, seller) in suppliers::all() {
        let Some(own) = config.suppliers.get(supplier.word()) else { continue };
        for account in &own.accounts {
            books.deposits.set(supplier, &account.name, account.deposit);
        }
        suppliers.insert(supplier, settings_of(own, seller));
        accounts.insert(supplier, own.accounts.clone());
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
    let mut state = State {
        books,
        schedule: Schedule::default(),
        faults: Faults::default(),
        settings: Settings {
            suppliers,
            nobody: SupplierSettings::default(),
            iak_pricelist_bare: false,
            ecpay_pacing: None,
            notice_copies: 1,
            notice_targets: config.notice_targets,
            ecpay_reading: config.ecpay_reading,
        },
        pacing: Pacing::default(),
        requests: BTreeMap::new(),
        arrivals: Arrivals::default(),
        inquiries: Inquiries::default(),
        down: BTreeSet::new(),
        answering: 0,
        next_target: 0,
    };
    let accounts = Accounts { ecpay: config.ecpay, suppliers: accounts };
    let now_ms = clock.now_ms();
    ecpay::notice::resume(&mut state, now_ms);
    fate::resume(&mut state, now_ms);
    Ok(Sandbox::new(accounts, clock, Journal::start(file), http, switch, state))
}

/// How a supplier is set at the start.
fn settings_of(own: &SupplierConfig, seller: &dyn Seller) -> SupplierSettings {
    let called_back = |account: &Account| Some((account.name.clone(), account.callback_url.clone()?));
    SupplierSettings {
        final_delay_ms: Some(FINAL_DELAY_MS),
        once_a_day: seller.once_a_day(),
        callback_url: own.accounts.iter().filter_map(called_back).collect(),
        reading: own.reading,
        endings: true,
    }
}

/// What the server's thread works with.
struct Parts {
    sandbox: Arc<Sandbox>,
    listener: TcpListener,
    fronts: Vec<Front>,
    switches: mpsc::Receiver<Switch>,
    ready: oneshot::Sender<ServerHandle>,
}

fn serve(parts: Parts) {
    let Parts { sandbox, listener, mut fronts, switches, ready } = parts;
    let data = Data::from(Arc::clone(&sandbox));
    actix_web::rt::System::new().block_on(async {
        let (end, ended) = oneshot::channel();
        let suppliers = data.clone();
        let serve_one = move |supplier, listener| serve_supplier(&suppliers, supplier, listener);
        // Whoever is told that we are ready may ask any supplier at once.
        fronts::open(&mut fronts, &serve_one).await;
        let fronts = actix_web::rt::spawn(fronts::run(fronts, switches, ended, serve_one));
        let scheduler = actix_web::rt::spawn(schedule::run(Arc::clone(&sandbox)));
        match serve_all(&data, listener) {
            // A starter that went away leaves nobody to serve.
            Ok(server) if ready.send(server.handle()).is_ok() => {
                if let Err(error) = server.await {
                    tracing::error!(%error, "the server ended");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the listener cannot be used"),
        }
        // Only a task that is over does not hear it.
        let _ = end.send(());
        if fronts.await.is_err() {
            tracing::error!("the suppliers' task did not end well");
        }
        scheduler.abort();
    });
    sandbox.close();
}

/// Everything at one address.
fn serve_all(data: &Data<Sandbox>, listener: TcpListener) -> std::io::Result<Server> {
    let data = data.clone();
    let app = move || {
        let app = App::new()
            .app_data(data.clone())
            .app_data(PayloadConfig::new(MAX_BODY_BYTES))
            .configure(page::routes)
            .route("/healthz", web::get().to(control::healthz))
            .route("/truth", web::get().to(control::truth))
            .route("/goods", web::get().to(control::goods::list))
            .service(web::scope("/control").configure(control::routes))
            .service(web::scope("/ecpay").configure(ecpay::routes));
        suppliers::all().fold(app, |app, (supplier, _)| app.configure(|config| suppliers::routes(supplier, config)))
    };
    let server = HttpServer::new(app).workers(WORKERS).keep_alive(KEEP_ALIVE);
    Ok(server.on_connect(guard::remember_connection).disable_signals().listen(listener)?.run())
}

/// One supplier at its own.
fn serve_supplier(data: &Data<Sandbox>, supplier: Provider, listener: TcpListener) -> std::io::Result<ServerHandle> {
    let data = data.clone();
    let app = move || {
        App::new()
            .app_data(data.clone())
            .app_data(PayloadConfig::new(MAX_BODY_BYTES))
            .wrap(from_fn(move |request, next| cut_while_down(supplier, request, next)))
            .configure(|config| suppliers::routes(supplier, config))
    };
    let server = HttpServer::new(app).workers(1).keep_alive(KEEP_ALIVE);
    let server = server.on_connect(guard::remember_connection).disable_signals().listen(listener)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

/// A listener that was told to stop is gone at once, but its worker may still answer over what was connected before.
async fn cut_while_down(
    supplier: Provider,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, actix_web::Error> {
    let sandbox = request.app_data::<Data<Sandbox>>();
    if sandbox.is_some_and(|sandbox| sandbox.state().down.contains(&supplier)) {
        let cut = guard::hang_up(request.request());
        return Ok(request.into_response(cut));
    }
    next.call(request).await
}
