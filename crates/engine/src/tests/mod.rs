//! What the engine does where no database is needed to tell: whom it calls, in which order, and what it makes of the
//! answers. Each port answers only the calls a story expects; any other ends the test.

mod apply;
mod bills;
mod buying;
mod catalogue;
mod group;
mod hands;
mod health;
mod holds;
mod inquiries;
mod notices;
mod paying;
mod placing;
mod pressure;
mod supply;
mod throttled;
mod turns;
mod watching;
pub(crate) mod world;
