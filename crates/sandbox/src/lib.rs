//! One server that plays the outside world: ECPay's AIO card flow under `/ecpay` and the suppliers under their names (`/iak`,
//! `/billfazz`, `/redision`, `/lapak`, `/pulsaif`, `/digiflazz`), each at an address of its own besides; with a fault API under
//! `/control`, `/truth`, the list of what was really charged and delivered, and `/goods`, the list of who sells what.
//!
//! | supplier | what is played | called back |
//! |---|---|---|
//! | IAK | balance, list, top-up, status, name checks; bills: list, inquiry, payment, status, its test numbers | signed weakly; of bills never |
//! | BillFazz | lists, balance, name checks, prepaid and bill payments, orders, test numbers | signed with the time |
//! | Redision | list, top-up, check, balance, test numbers | signed |
//! | Lapak Gaming | categories, products, name check, order, status, balance, limits, its test codes, test user ids | unsigned, without our reference |
//! | Pulsa IF | list, balance, purchases, checks, bills by `CEK` and `BYR`, test numbers | unsigned, by GET |
//! | Digiflazz | lists, balance, transaction (sent again it asks, after 90 days it buys), bills under one reference, its test numbers | signed |
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
pub use config::{
    BillfazzAccount, DigiflazzAccount, EcpayMerchant, IakAccount, LapakAccount, PulsaifAccount, RedisionAccount,
    SandboxConfig,
};
pub use ecpay::signed_by_ecpay;
pub use reading::Reading;
pub use server::{SandboxHandle, StartError, start};
