//! Digiflazz's adapter over real sockets, against the sandbox.

#[cfg(test)]
mod stories;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod test_numbers;
#[cfg(test)]
mod webhooks;
