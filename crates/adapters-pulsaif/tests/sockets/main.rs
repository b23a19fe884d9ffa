//! Pulsa IF's adapter over real sockets, against the sandbox.

#[cfg(test)]
mod bills;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod test_numbers;
