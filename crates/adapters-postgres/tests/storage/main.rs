//! The store on a real PostgreSQL: one private server, one cloned database per test.

#[cfg(test)]
mod at_rest;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod cut;
#[cfg(test)]
mod database;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod hot_promo;
#[cfg(test)]
mod large;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod poison;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod upkeep;
