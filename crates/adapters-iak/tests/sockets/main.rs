//! IAK's adapter over real sockets, against the sandbox.

#[cfg(test)]
mod bills;
#[cfg(test)]
mod inquiries;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod subject;
