//! A listener of its own for each supplier, so that one that is down refuses connections while the others serve.

use std::net::{SocketAddr, TcpListener};

use actix_web::dev::ServerHandle;
use tokio::net::TcpSocket;
use tokio::sync::{mpsc, oneshot};

use crate::faults::Provider;

/// Switches that may wait; a driver waits for each.
pub const SWITCHES: usize = 16;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Takes a supplier down or up, and says when it is.
pub struct Switch {
    pub supplier: Provider,
    pub down: bool,
    pub done: oneshot::Sender<std::io::Result<()>>,
}

/// The place of one supplier.
pub struct Front {
    pub supplier: Provider,
    pub addr: SocketAddr,
    /// Bound and never listening: nobody else gets the port while the supplier is down.
    _kept: TcpSocket,
    server: Option<ServerHandle>,
}

impl Front {
    /// Takes a free port on that host. Nobody listens yet.
    ///
    /// # Errors
    /// When there is none.
    pub fn take(supplier: Provider, host: SocketAddr) -> std::io::Result<Self> {
        let kept = bound(SocketAddr::new(host.ip(), 0))?;
        Ok(Self { supplier, addr: kept.local_addr()?, _kept: kept, server: None })
    }

    fn listen(&self) -> std::io::Result<TcpListener> {
        bound(self.addr)?.listen(BACKLOG)?.into_std()
    }
}

fn bound(addr: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}

/// Serves all suppliers from now on. `serve` starts a server on a listener.
pub async fn open(fronts: &mut [Front], serve: impl Fn(Provider, TcpListener) -> std::io::Result<ServerHandle>) {
    for front in fronts {
        if let Err(error) = put(front, false, &serve).await {
            tracing::error!(%error, supplier = front.supplier.word(), "a supplier cannot be served");
        }
    }
}

/// Takes suppliers down and up as it is told, until `end`; then all go down.
pub async fn run(
    mut fronts: Vec<Front>,
    mut switches: mpsc::Receiver<Switch>,
    mut end: oneshot::Receiver<()>,
    serve: impl Fn(Provider, TcpListener) -> std::io::Result<ServerHandle>,
) {
    loop {
        let switch = tokio::select! {
            switch = switches.recv() => switch,
            _ = &mut end => None,
        };
        let Some(Switch { supplier, down, done }) = switch else { break };
        let front = fronts.iter_mut().find(|front| front.supplier == supplier);
        let outcome = match front {
            Some(front) => put(front, down, &serve).await,
            None => Err(std::io::ErrorKind::NotFound.into()),
        };
        // A driver that went away needs no word.
        let _ = done.send(outcome);
    }
    for server in fronts.into_iter().filter_map(|front| front.server) {
        server.stop(false).await;
    }
}

async fn put(
    front: &mut Front,
    down: bool,
    serve: impl Fn(Provider, TcpListener) -> std::io::Result<ServerHandle>,
) -> std::io::Result<()> {
    match (down, front.server.take()) {
        (true, Some(server)) => server.stop(false).await,
        (false, None) => front.server = Some(serve(front.supplier, front.listen()?)?),
        (_, server) => front.server = server,
    }
    Ok(())
}
