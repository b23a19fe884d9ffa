//! BillFazz's adapter over real sockets: what is sent, byte for byte, what is kept of it, and what becomes of an answer that is
//! lost.

#[cfg(test)]
mod server;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod subject;
