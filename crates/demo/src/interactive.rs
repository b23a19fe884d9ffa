//! The demo for people: everything on known addresses and the system's clock, until Ctrl-C.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use uuid::Builder;

use crate::api::Wanted;
use crate::error::DemoError;
use crate::seed;
use crate::view::Product;
use crate::world::{Addresses, World, WorldOptions};

/// A newcomer's curl works for a week.
const TOKEN_MINUTES: u32 = 60 * 24 * 7;
/// Between two looks whether the server still lives.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A number of Telkomsel that nobody has.
const TARGET: &str = "081200000001";

/// Starts everything, says how to use it, and waits for Ctrl-C.
///
/// # Errors
/// A line that names the variable when a port is taken; what did not start; the server's last words when it died.
pub async fn run(server: PathBuf, suppliers: &[String], log_file: Option<PathBuf>) -> Result<(), DemoError> {
    let addresses = addresses()?;
    let mut options = WorldOptions::new(server);
    options.addresses = Some(addresses);
    options.clock_file = false;
    options.suppliers = suppliers.to_vec();
    options.log_file = log_file;
    let mut world = World::start(options).await?;
    println!("{}", welcome(&world, addresses).await?);
    while !world.server_has_ended(0)? {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(DemoError::Expected(format!("the server ended by itself; it wrote to {}", world.log().display())))
}

fn addresses() -> Result<Addresses, DemoError> {
    Ok(Addresses {
        http: address("HTTP_ADDR", "127.0.0.1:8080")?,
        admin: address("ADMIN_ADDR", "127.0.0.1:8081")?,
        sandbox: address("SANDBOX_ADDR", "127.0.0.1:8090")?,
    })
}

/// Looked at before anything starts, so that a taken port costs nobody a minute.
#[expect(clippy::disallowed_methods, reason = "the demo's few settings")]
fn address(variable: &'static str, usual: &str) -> Result<SocketAddr, DemoError> {
    let given = std::env::var(variable).ok().filter(|value| !value.is_empty());
    let value = given.unwrap_or_else(|| usual.to_owned());
    let Ok(addr) = value.parse::<SocketAddr>() else {
        return Err(DemoError::Setting { variable, value, problem: "is not an address like 127.0.0.1:8080" });
    };
    match TcpListener::bind(addr) {
        Ok(_free) => Ok(addr),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(DemoError::Setting { variable, value, problem: "is taken by another program" })
        }
        Err(_) => Err(DemoError::Setting { variable, value, problem: "cannot be listened on" }),
    }
}

async fn welcome(world: &World, addresses: Addresses) -> Result<String, DemoError> {
    let api = world.api()?;
    let customer = Builder::from_random_bytes(rand::random()).into_uuid().to_string();
    let token = world.token("customer", &customer, TOKEN_MINUTES)?;
    let admin = world.token("admin", "demo-admin", TOKEN_MINUTES)?;
    let operator = world.token("operator", "demo-operator", TOKEN_MINUTES)?;
    let products = seed::seed(&api, &admin, &token, world.clock().now_ms()).await?;
    let chosen = first_airtime(&products)?;
    let wanted = Wanted::new(chosen.id.clone(), TARGET);
    let quote = api.quote(&token, std::slice::from_ref(&wanted), None).await?;
    let order = serde_json::json!({
        "items": [{ "product": wanted.product, "target": wanted.target }],
        "expected_total": quote.total.to_json(),
        "confirm_repeat": true,
    });
    let (public, admin_url) = (format!("http://{}", addresses.http), format!("http://{}", addresses.admin));
    let sandbox = world.sandbox_url();
    Ok(format!(
        "Seberang is running with {count} products. Ctrl-C stops everything.

  the customers' API   {public}/docs
  the operators' API   {admin_url}/docs
  the providers        {sandbox}/
  the server's log     {log}

Place an order:
  curl -s {public}/v1/orders -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -H \"Idempotency-Key: first-$(date +%s)\" -d '{order}'

Put its id into ORDER, and open the payment page; it is saved as a page that your browser takes on from:
  ORDER=the-id
  curl -s {public}/v1/orders/$ORDER/checkouts -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -H \"Idempotency-Key: pay-$(date +%s)\" -H 'Accept: text/html' -d '{{\"method\":\"credit\"}}' -o pay.html

Look at it as its customer, and as an operator with its whole story:
  curl -s {public}/v1/orders/$ORDER -H 'Authorization: Bearer {token}'
  curl -s {admin_url}/v1/admin/orders/$ORDER -H 'Authorization: Bearer {operator}'

The operator's token, for {admin_url}/docs:
  {operator}
",
        count = products.len(),
        log = world.log().display(),
    ))
}

fn first_airtime(products: &[Product]) -> Result<&Product, DemoError> {
    let mut telkomsel = products.iter().filter(|p| p.category == "airtime" && p.brand == "Telkomsel");
    telkomsel.next().ok_or_else(|| DemoError::Expected("no airtime is for sale".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_one_line_that_names_the_variable() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = taken.local_addr().unwrap().to_string();
        let error = address("NO_SUCH_VARIABLE", &addr).unwrap_err().to_string();
        assert_eq!(error, format!("NO_SUCH_VARIABLE={addr} is taken by another program"));
    }
}
