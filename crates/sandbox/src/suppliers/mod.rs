//! The suppliers, each in its own words: how it is asked, how requests are signed, what it answers and calls back with.

pub mod iak;
