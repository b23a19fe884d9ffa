//! The whole product from outside: real server processes, the sandbox and a private PostgreSQL; and the architecture.

#[cfg(test)]
mod access;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod broken_rules;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod headless;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod race;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod start;
#[cfg(test)]
mod story;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trouble;
