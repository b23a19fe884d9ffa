//! Pulsa IF's adapter over real sockets, against the sandbox.

#[cfg(test)]
mod subject;
