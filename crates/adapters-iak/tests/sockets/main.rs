//! IAK's adapter over real sockets, against the sandbox and a proxy that spoils replies.

#[cfg(test)]
mod inquiries;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod world;
