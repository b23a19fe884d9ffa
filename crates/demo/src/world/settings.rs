//! The environment of a world's servers, and free ports for them. Pure but for the ports.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};

use rand::RngExt;
use sandbox::EcpayMerchant;

use super::server::Env;
use crate::error::DemoError;

/// Below the ports the system gives to outgoing connections, so that none of those takes one between look and use.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Looks for a free port; a machine on which this many are taken has another problem.
const PORT_TRIES: u32 = 1_000;

/// Keys for development only; the server refuses them in production.
const DATA_KEYS: &str = "dev:ZGV2LW9ubHktZGF0YS1rZXktMDEyMzQ1Njc4OWFiY2Q=";
const JWT_KEYS: &str = "dev:ZGV2LW9ubHktand0LWtleS0wMTIzNDU2Nzg5YWJjZGU=";

/// Ports that were given out by this process: until its server has taken one, it looks free to everybody.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port nobody listens on.
pub fn free_addr() -> Result<SocketAddr, DemoError> {
    for _ in 0..PORT_TRIES {
        let port = rand::rng().random_range(PORTS);
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let new = GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port);
        if new && TcpListener::bind(addr).is_ok() {
            return Ok(addr);
        }
    }
    Err(DemoError::Expected("there is no free port on 127.0.0.1".to_owned()))
}

/// What the environment is made of.
pub struct Parts<'a> {
    pub database_url: &'a str,
    pub clock: &'a str,
    pub public_url: &'a str,
    pub sandbox_url: &'a str,
    /// `id` or `id:kind`.
    pub suppliers: &'a [String],
    pub ecpay: &'a EcpayMerchant,
    /// Milliseconds between looks into the task queue.
    pub task_poll_ms: u32,
}

/// Everything a server needs but its addresses.
pub fn environment(parts: &Parts<'_>) -> Env {
    let mut env = Env::new();
    let mut set = |name: &str, value: &str| env.insert(name.to_owned(), value.to_owned());
    set("SEBERANG_ENV", "dev");
    set("SEBERANG_CLOCK", parts.clock);
    set("DATABASE_URL", parts.database_url);
    set("DATA_KEYS", DATA_KEYS);
    set("JWT_KEYS", JWT_KEYS);
    set("PUBLIC_URL", parts.public_url);
    set("TASK_POLL_MS", &parts.task_poll_ms.to_string());
    set("GATEWAYS", "ecpay");
    set("GATEWAY_ECPAY_MERCHANT_ID", &parts.ecpay.merchant_id);
    set("GATEWAY_ECPAY_HASH_KEY", &parts.ecpay.hash_key);
    set("GATEWAY_ECPAY_HASH_IV", &parts.ecpay.hash_iv);
    set("GATEWAY_ECPAY_BASE_URL", &format!("{}/ecpay", parts.sandbox_url));
    set("SUPPLIERS", &parts.suppliers.join(","));
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_listened_on() {
        assert!(TcpListener::bind(free_addr().unwrap()).is_ok());
    }
}
