//! One server that plays the outside world: ECPay's AIO card flow under `/ecpay` and the suppliers under their names (`/iak` and so on;
//! `suppliers` says which, and what of each is played), each at an address of its own besides; with a fault API under
//! `/control`, `/truth`, the list of what was really charged and delivered, and `/goods`, the list of who sells what.
//!
//! It is written from the providers' documents alone and names no other crate of this workspace, so that a mistake
//! in an adapter cannot hide behind the same mistake here.

mod books;
mod clock;
mod config;
mod control;
mod ecpay;
mod faults;
mod fronts;
mod goods;
mod guard;
mod journal;
mod notices;
mod page;
mod reading;
mod schedule;
mod server;
mod spoil;
mod state;
mod suppliers;
mod truth;

pub use clock::{Clock, UnknownClock};
pub use config::{Account, EcpayMerchant, SandboxConfig, SupplierConfig};
pub use ecpay::signed_by_ecpay;
pub use reading::Reading;
pub use server::{SandboxHandle, StartError, start};
