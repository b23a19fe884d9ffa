//! BillFazz's adapter over real sockets: what is sent, byte for byte, what is kept of it, what becomes of an answer that is lost,
//! and all of it against the sandbox.

#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod server;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod subject;
