//! The listeners: their limits, how they are bound, and how they stop. Two serve the APIs; a process that only works has a
//! small one for probes and metrics.

use std::any::Any;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpServer};
use engine::Engine;
use futures_util::future::{Either, join, select, try_join};
#[cfg(target_os = "linux")]
use socket2::SockRef;

use crate::auth::{Guard, JwtKeys};
use crate::docs::Description;
use crate::edge::edge;
use crate::metrics::HttpRegistry;
use crate::places::Places;
use crate::problem::no_route;
use crate::routes::{ADMIN, PROBES, PUBLIC, Rule};
use crate::{admin, health, openapi_admin, openapi_public, public};

/// A phone on a bad line sends its head within a second. It must be whole by then, or the connection is closed with 408.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// An idle connection is kept a little longer than a person's next tap takes.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// For the client to take the end of the connection.
const DISCONNECT: Duration = Duration::from_secs(2);
/// Requests in hand may finish when stopping; the longest is a slow body (10 s).
const DRAIN_S: u64 = 15;
/// The longest a request may wait for its answer: a slow body (10 s) and a database that answers at the last moment, four
/// times over (15 s each).
const PUBLIC_DEADLINE: Duration = Duration::from_secs(70);
/// Reading the price lists waits for every supplier in turn, up to a minute each.
const ADMIN_DEADLINE: Duration = Duration::from_secs(600);
/// What was written and is not taken for so long ends the connection: a phone that is out of reach for a moment comes back
/// before, and a client that stops reading holds neither memory nor a place.
const STUCK: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 20 });
/// Connections the system holds until we take them: a burst of a second, and what is over it is refused at once.
const BACKLOG: u32 = 1024;
/// Open connections per worker thread: bounds memory (about 10 KiB each).
const PUBLIC_CONNECTIONS: usize = 4096;
/// Customers' requests served at once by this process. A full batch of new orders that is written, and some that collect, are read,
/// checked and answered: with more of them nobody is served faster, all only wait longer, at some 20 KB each.
const PUBLIC_PLACES: usize = 256;
/// Staff, a dashboard and a collector; each has a place.
const ADMIN_CONNECTIONS: usize = 256;
/// A probe waits for one look into the database, and nobody waits longer for one.
const PROBE_DEADLINE: Duration = Duration::from_secs(20);
/// Few people; their requests wait for the database, not for a thread.
const ADMIN_WORKERS: usize = 1;

/// What the listeners need to know.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// `HTTP_ADDR`: customers and providers.
    pub public_addr: SocketAddr,
    /// `ADMIN_ADDR`: staff and metrics; never reachable from outside.
    pub admin_addr: SocketAddr,
    /// Worker threads of the public listener; at least 1.
    pub workers: usize,
    /// Keys whose tokens are taken.
    pub jwt: JwtKeys,
    /// Development: tokens may live as long as they like.
    pub dev: bool,
}

/// Why the listeners do not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process listens there.
    #[error("{variable}: {addr} is taken by another process")]
    AddrInUse { variable: &'static str, addr: SocketAddr },
    /// The system does not let us.
    #[error("{variable}: cannot listen on {addr}: {source}")]
    Bind { variable: &'static str, addr: SocketAddr, source: io::Error },
    /// It stopped by itself.
    #[error("the HTTP server failed: {0}")]
    Server(#[from] io::Error),
    /// Two metrics of one name: a bug.
    #[error("the metrics could not be set up: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// Both listeners, bound and not yet serving.
pub struct Bound {
    /// The address in use, also when port 0 was asked for.
    pub public: SocketAddr,
    /// The same of the staff's.
    pub admin: SocketAddr,
    servers: (Server, Server),
    engine: Arc<Engine>,
}

/// The listener of a process that only works, bound and not yet serving.
pub struct BoundProbes {
    /// The address in use, also when port 0 was asked for.
    pub addr: SocketAddr,
    server: Server,
}

/// Binds the listener for probes and metrics at `ADMIN_ADDR`. Must be called within the runtime that will serve.
///
/// # Errors
/// As [`bind`].
pub fn bind_probes(addr: SocketAddr, jwt: JwtKeys, engine: &Arc<Engine>) -> Result<BoundProbes, ServeError> {
    let registry = Data::new(HttpRegistry::new()?);
    let access = Access { jwt, dev: false };
    let probes = Listener {
        variable: "ADMIN_ADDR",
        addr,
        workers: ADMIN_WORKERS,
        connections: ADMIN_CONNECTIONS,
        shared: Shared::new(
            "probes",
            PROBES,
            (ADMIN_CONNECTIONS, PROBE_DEADLINE),
            String::new(),
            access,
            engine,
            &registry,
        ),
        routes: health::configure,
    };
    let (addr, server) = probes.listen()?;
    Ok(BoundProbes { addr, server })
}

impl BoundProbes {
    /// Serves until `stop`.
    ///
    /// # Errors
    /// When the server fails by itself.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let handle = self.server.handle();
        let stopping = pin!(async move {
            stop.await;
            handle.stop(true).await;
        });
        match select(self.server, stopping).await {
            Either::Left((ended, _)) => ended?,
            Either::Right(((), server)) => server.await?,
        }
        Ok(())
    }
}

/// Binds both listeners. Must be called within the runtime that will serve.
///
/// # Errors
/// A taken or impossible address, by the name of its variable.
pub fn bind(settings: HttpSettings, engine: Arc<Engine>) -> Result<Bound, ServeError> {
    let registry = Data::new(HttpRegistry::new()?);
    let access = || Access { jwt: settings.jwt.clone(), dev: settings.dev };
    let customers = Listener {
        variable: "HTTP_ADDR",
        addr: settings.public_addr,
        workers: settings.workers.max(1),
        connections: PUBLIC_CONNECTIONS,
        shared: Shared::new(
            "public",
            PUBLIC,
            (PUBLIC_PLACES, PUBLIC_DEADLINE),
            openapi_public(),
            access(),
            &engine,
            &registry,
        ),
        routes: public::configure,
    };
    let staff = Listener {
        variable: "ADMIN_ADDR",
        addr: settings.admin_addr,
        workers: ADMIN_WORKERS,
        connections: ADMIN_CONNECTIONS,
        shared: Shared::new(
            "admin",
            ADMIN,
            (ADMIN_CONNECTIONS, ADMIN_DEADLINE),
            openapi_admin(),
            access(),
            &engine,
            &registry,
        ),
        routes: admin::configure,
    };
    let (public, public_server) = customers.listen()?;
    let (admin, admin_server) = staff.listen()?;
    Ok(Bound { public, admin, servers: (public_server, admin_server), engine })
}

impl Bound {
    /// Serves until `stop`, then takes no new connection, ends the streams and finishes the requests in hand.
    ///
    /// # Errors
    /// When a server fails by itself.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let (public, admin) = self.servers;
        let handles = (public.handle(), admin.handle());
        let watching = Arc::clone(&self.engine);
        let asking = tokio::spawn(async move { watching.ask_for_watchers().await });
        let stopping = pin!(async {
            stop.await;
            self.engine.end_watches();
            join(handles.0.stop(true), handles.1.stop(true)).await;
        });
        let serving = pin!(try_join(public, admin));
        let served = match select(serving, stopping).await {
            Either::Left((ended, _)) => ended,
            Either::Right(((), serving)) => serving.await,
        };
        self.engine.end_watches();
        if let Err(error) = asking.await {
            tracing::error!(%error, "asking about watched orders ended badly");
        }
        served?;
        Ok(())
    }
}

/// Only the system can end it: nobody asks a body for more while what it said before is not taken. Elsewhere than on Linux a
/// stuck connection ends when its other side is gone.
fn end_when_stuck(connection: &dyn Any) {
    #[cfg(target_os = "linux")]
    if let Some(socket) = connection.downcast_ref::<actix_web::rt::net::TcpStream>()
        && let Err(error) = SockRef::from(socket).set_tcp_user_timeout(Some(STUCK))
    {
        tracing::debug!(%error, "a connection cannot be bounded");
    }
}

/// Whose tokens are taken.
struct Access {
    jwt: JwtKeys,
    dev: bool,
}

/// What the handlers of one listener share.
#[derive(Clone)]
struct Shared {
    engine: Data<Engine>,
    guard: Data<Guard>,
    places: Data<Places>,
    description: Data<Description>,
    metrics: Data<crate::metrics::HttpMetrics>,
    registry: Data<HttpRegistry>,
}

impl Shared {
    fn new(
        name: &'static str,
        rules: &'static [Rule],
        (places, deadline): (usize, Duration),
        description: String,
        access: Access,
        engine: &Arc<Engine>,
        registry: &Data<HttpRegistry>,
    ) -> Self {
        let clock = Arc::clone(engine);
        Self {
            engine: Data::from(Arc::clone(engine)),
            guard: Data::new(Guard {
                keys: access.jwt,
                dev: access.dev,
                rules,
                now: Box::new(move || clock.clock().now()),
                deadline,
            }),
            places: Data::new(Places::new(places, registry.turned_away(name))),
            description: Data::new(Description(description)),
            metrics: Data::new(registry.listener(name)),
            registry: registry.clone(),
        }
    }

    fn data(&self, config: &mut ServiceConfig) {
        config
            .app_data(self.engine.clone())
            .app_data(self.guard.clone())
            .app_data(self.places.clone())
            .app_data(self.description.clone())
            .app_data(self.metrics.clone())
            .app_data(self.registry.clone());
    }
}

struct Listener {
    variable: &'static str,
    addr: SocketAddr,
    workers: usize,
    connections: usize,
    shared: Shared,
    routes: fn(&mut ServiceConfig),
}

impl Listener {
    fn listen(self) -> Result<(SocketAddr, Server), ServeError> {
        let Self { variable, addr, workers, connections, shared, routes } = self;
        let server = HttpServer::new(move || {
            App::new()
                .configure(|config| shared.data(config))
                .configure(routes)
                .default_service(web::to(|| async { Err::<&str, _>(no_route()) }))
                .wrap(from_fn(edge::<BoxBody>))
        })
        .workers(workers)
        .backlog(BACKLOG)
        .max_connections(connections)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_DEADLINE)
        .client_disconnect_timeout(DISCONNECT)
        .shutdown_timeout(DRAIN_S)
        .on_connect(|connection, _| end_when_stuck(connection))
        .disable_signals();
        let server = server.bind(addr).map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::AddrInUse { variable, addr },
            _ => ServeError::Bind { variable, addr, source },
        })?;
        let bound = server.addrs().first().copied().unwrap_or(addr);
        Ok((bound, server.run()))
    }
}
