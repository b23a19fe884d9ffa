//! The whole product from outside: real server processes, the sandbox and a private PostgreSQL; and the architecture.

#[cfg(test)]
mod access;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod bill_days;
#[cfg(test)]
mod bills;
#[cfg(test)]
mod broken_rules;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod few_connections;
#[cfg(test)]
mod flood;
#[cfg(test)]
mod full;
#[cfg(test)]
mod headless;
#[cfg(test)]
mod hot_promo;
#[cfg(test)]
mod http;
#[cfg(test)]
mod inquiries;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod line;
#[cfg(test)]
mod live;
#[cfg(test)]
mod new_supplier;
#[cfg(test)]
mod notice_flood;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod nth_fault;
#[cfg(test)]
mod open_questions;
#[cfg(test)]
mod overload;
#[cfg(test)]
mod paying;
#[cfg(test)]
mod programs;
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
mod slow_clients;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod start;
#[cfg(test)]
mod story;
#[cfg(test)]
mod switch;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod unclear;
