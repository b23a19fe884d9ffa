//! The adapter over real sockets. One binary: it is linked once.
//! `cfg(test)` is always true here; it tells clippy that helpers may unwrap as tests may.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod paper;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod world;
