//! Lapak's adapter over real sockets, against the sandbox.

#[cfg(test)]
mod stories;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod test_codes;
