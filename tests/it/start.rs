//! A missing or wrong setting stops the start with one line that names the variable.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use demo::world::free_addr;
use reqwest::Method;

use crate::programs;
use crate::shop::Shop;
use crate::stage::sql;

type Env = BTreeMap<&'static str, String>;

const DATA_KEYS: &str = "dev:ZGV2LW9ubHktZGF0YS1rZXktMDEyMzQ1Njc4OWFiY2Q=";
const JWT_KEYS: &str = "dev:ZGV2LW9ubHktand0LWtleS0wMTIzNDU2Nzg5YWJjZGU=";
/// Nobody's.
const OTHER_DATA_KEYS: &str = "k1:b3RoZXItZGF0YS1rZXktMDEyMzQ1Njc4OWFiY2RlZmc=";
const OTHER_JWT_KEYS: &str = "k1:b3RoZXItand0LWtleS0wMTIzNDU2Nzg5YWJjZGVmZ2g=";

/// A development environment in which everything is right. There is no database: that stops nobody.
fn dev() -> Env {
    let (http, admin) = (free_addr().unwrap(), free_addr().unwrap());
    Env::from([
        ("SEBERANG_ENV", "dev".to_owned()),
        ("SEBERANG_LOG", "error".to_owned()),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing".to_owned()),
        ("DATA_KEYS", DATA_KEYS.to_owned()),
        ("JWT_KEYS", JWT_KEYS.to_owned()),
        ("HTTP_ADDR", http.to_string()),
        ("ADMIN_ADDR", admin.to_string()),
        ("PUBLIC_URL", format!("http://{http}")),
        ("GATEWAYS", "ecpay".to_owned()),
        ("GATEWAY_ECPAY_MERCHANT_ID", "3002607".to_owned()),
        ("GATEWAY_ECPAY_HASH_KEY", "pwFHCqoQZGmho4w6".to_owned()),
        ("GATEWAY_ECPAY_HASH_IV", "EkRm7iFT261dpevs".to_owned()),
        ("GATEWAY_ECPAY_BASE_URL", "http://127.0.0.1:1/ecpay".to_owned()),
        ("SUPPLIERS", "iak".to_owned()),
        ("SUPPLIER_IAK_USERNAME", "628000000001".to_owned()),
        ("SUPPLIER_IAK_API_KEY", "testkey-0001".to_owned()),
        ("SUPPLIER_IAK_BASE_URL", "http://127.0.0.1:1/iak".to_owned()),
    ])
}

/// The same for the real thing.
fn production() -> Env {
    let mut env = dev();
    for (name, value) in [
        ("SEBERANG_ENV", "production"),
        ("DATA_KEYS", OTHER_DATA_KEYS),
        ("JWT_KEYS", OTHER_JWT_KEYS),
        ("PUBLIC_URL", "https://shop.example"),
        ("GATEWAY_ECPAY_MERCHANT_ID", "1234567"),
        ("GATEWAY_ECPAY_HASH_KEY", "abcdefgh12345678"),
        ("GATEWAY_ECPAY_HASH_IV", "abcdefgh87654321"),
        ("GATEWAY_ECPAY_BASE_URL", "https://payment.example"),
        ("SUPPLIER_IAK_USERNAME", "628111111111"),
        ("SUPPLIER_IAK_API_KEY", "a-real-key"),
        ("SUPPLIER_IAK_BASE_URL", "https://prepaid.example"),
    ] {
        env.insert(name, value.to_owned());
    }
    env
}

fn command(env: &Env, args: &[&str]) -> Command {
    let mut command = Command::new(programs::server());
    command.env_clear().envs(env).args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs until it ends by itself, which must be at once.
fn run(env: &Env, args: &[&str]) -> Output {
    let mut child = command(env, args).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            panic!("it runs, though it should not: {env:?} {output:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// The one line it ended with.
#[track_caller]
fn refusal(env: &Env, args: &[&str]) -> String {
    let output = run(env, args);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!((errors.lines().count(), output.stdout.len()), (1, 0), "{errors}");
    assert!(errors.starts_with("seberang: ") && !errors.contains("planted"), "{errors}");
    errors
}

#[track_caller]
fn names(mut env: Env, variable: &'static str, value: Option<&str>) {
    match value {
        Some(value) => env.insert(variable, value.to_owned()),
        None => env.remove(variable),
    };
    let line = refusal(&env, &["serve"]);
    assert!(line.starts_with(&format!("seberang: {variable}")), "{variable}={value:?}: {line}");
}

#[test]
fn each_missing_setting_is_named() {
    for variable in [
        "SEBERANG_ENV",
        "DATABASE_URL",
        "DATA_KEYS",
        "JWT_KEYS",
        "GATEWAY_ECPAY_MERCHANT_ID",
        "GATEWAY_ECPAY_HASH_KEY",
        "GATEWAY_ECPAY_HASH_IV",
        "GATEWAY_ECPAY_BASE_URL",
        "SUPPLIER_IAK_USERNAME",
        "SUPPLIER_IAK_API_KEY",
        "SUPPLIER_IAK_BASE_URL",
    ] {
        names(dev(), variable, None);
        names(dev(), variable, Some("  "));
    }
    names(production(), "PUBLIC_URL", None);
}

#[test]
fn each_wrong_setting_is_named() {
    for (variable, value) in [
        ("SEBERANG_ENV", "staging"),
        ("SEBERANG_CLOCK", "yesterday"),
        ("SEBERANG_CLOCK", "file:"),
        ("SEBERANG_LOG", "app=planted=x"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "mysql://planted@x/y"),
        ("DATABASE_URL", "planted"),
        ("DATABASE_POOL", "1"),
        ("DATABASE_POOL", "65"),
        ("DATABASE_POOL", "many"),
        ("DATA_KEYS", "planted"),
        ("DATA_KEYS", "dev:cGxhbnRlZA=="),
        ("JWT_KEYS", "planted"),
        ("JWT_KEYS", "dev:cGxhbnRlZA=="),
        ("HTTP_ADDR", "8080"),
        ("HTTP_ADDR", "localhost:http"),
        ("HTTP_ADDR", "127.0.0.1:65536"),
        ("ADMIN_ADDR", "nowhere"),
        ("HTTP_WORKERS", "0"),
        ("HTTP_WORKERS", "-1"),
        ("PUBLIC_URL", "shop.example"),
        ("PUBLIC_URL", "ftp://shop.example"),
        ("PUBLIC_URL", "http://shop.example/"),
        ("PUBLIC_URL", "http://shop.example?a=1"),
        ("GATEWAYS", ","),
        ("GATEWAYS", "stripe"),
        ("GATEWAYS", "ecpay,ecpay"),
        ("GATEWAYS", "EC PAY:ecpay"),
        ("SUPPLIERS", "nobody"),
        ("SUPPLIERS", "iak,iak"),
        ("SUPPLIERS", "iak:nobody"),
        ("TASK_POLL_MS", "9"),
        ("TASK_POLL_MS", "1.5"),
        ("TASK_LEASE_S", "14"),
        ("TASK_LEASE_S", "74"),
        ("TASK_LEASE_S", "601"),
        ("GATEWAY_ECPAY_MERCHANT_ID", "planted"),
        ("GATEWAY_ECPAY_HASH_KEY", "planted"),
        ("GATEWAY_ECPAY_HASH_IV", "planted planted!"),
        ("GATEWAY_ECPAY_BASE_URL", "payment.example"),
        ("GATEWAY_ECPAY_HASHKEY", "planted"),
        ("SUPPLIER_IAK_USERNAME", "planted"),
        ("SUPPLIER_IAK_API_KEY", "planted planted"),
        ("SUPPLIER_IAK_BASE_URL", "https://planted:planted@x"),
        ("SUPPLIER_IAK_CALLBACK_IPS", "planted"),
        ("SUPPLIER_IAK_TIMEOUT_MS", "0"),
        ("SUPPLIER_IAK_COLOUR", "planted"),
    ] {
        names(dev(), variable, Some(value));
    }
    // A second supplier's settings are its own.
    let mut env = dev();
    env.insert("SUPPLIERS", "iak,iak-b:iak".to_owned());
    assert!(refusal(&env, &["serve"]).starts_with("seberang: SUPPLIER_IAK_B_"));
    assert!(refusal(&env, &["work"]).starts_with("seberang: SUPPLIER_IAK_B_"));
    let mut env = dev();
    env.remove("DATABASE_URL");
    assert!(refusal(&env, &["migrate"]).starts_with("seberang: DATABASE_URL"));
}

#[test]
fn production_refuses_what_only_development_may_have() {
    for (variable, value) in [
        ("DATA_KEYS", DATA_KEYS.to_owned()),
        ("JWT_KEYS", JWT_KEYS.to_owned()),
        // The published key under another name, or beside a good one, still opens everything.
        ("DATA_KEYS", DATA_KEYS.replace("dev:", "k2:")),
        ("JWT_KEYS", JWT_KEYS.replace("dev:", "k2:")),
        ("JWT_KEYS", format!("{OTHER_JWT_KEYS},{JWT_KEYS}")),
        ("DATA_KEYS", format!("{OTHER_DATA_KEYS},{DATA_KEYS}")),
        ("SEBERANG_CLOCK", "file:/tmp/clock".to_owned()),
        ("PUBLIC_URL", "http://shop.example".to_owned()),
        ("GATEWAY_ECPAY_BASE_URL", "http://payment.example".to_owned()),
        ("GATEWAY_ECPAY_BASE_URL", "HTTP://payment.example".to_owned()),
        ("SUPPLIER_IAK_BASE_URL", "http://prepaid.example".to_owned()),
        ("GATEWAY_ECPAY_HASH_KEY", "pwFHCqoQZGmho4w6".to_owned()),
        ("GATEWAY_ECPAY_HASH_IV", "EkRm7iFT261dpevs".to_owned()),
        ("SUPPLIER_IAK_API_KEY", "testkey-0001".to_owned()),
    ] {
        names(production(), variable, Some(&value));
    }
    let line = refusal(&production(), &["token", "--role", "admin", "--sub", "me"]);
    assert!(line.contains("SEBERANG_ENV"), "{line}");
}

#[test]
fn a_taken_port_is_named_with_its_variable() {
    for variable in ["HTTP_ADDR", "ADMIN_ADDR"] {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let mut env = dev();
        env.insert(variable, address.to_string());
        let line = refusal(&env, &["serve"]);
        assert!(line.contains(variable) && line.contains(&address.to_string()), "{line}");
    }
}

#[test]
fn a_token_for_nobody_is_refused() {
    for args in [
        ["token", "--role", "customer", "--sub", "not-a-uuid"],
        ["token", "--role", "operator", "--sub", "two words"],
        ["token", "--role", "operator", "--sub", ""],
    ] {
        let line = refusal(&dev(), &args);
        assert!(line.contains("--sub"), "{line}");
    }
}

/// A server that started in the right environment, until it is dropped.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_current_schema_gets_no_traffic() {
    let shop = Shop::open().await;
    sql(shop.world.database_url(), "CREATE DATABASE behind").await;
    let mut env = dev();
    env.insert("DATABASE_URL", shop.world.database_url().replace("/postgres", "/behind"));
    for args in [["serve"], ["work"]] {
        let line = refusal(&env, &args);
        assert!(line.contains("schema") && line.contains("seberang migrate"), "{line}");
    }
    assert!(run(&env, &["migrate"]).status.success());
    let again = run(&env, &["migrate"]);
    assert_eq!(String::from_utf8(again.stdout).unwrap().trim(), "the schema is current");
    let ready = format!("http://{}/readyz", env["HTTP_ADDR"]);
    let running = Running(command(&env, &["serve"]).spawn().unwrap());
    let ask = async || shop.ask_at(Method::GET, &ready).try_send().await;
    shop.until("it is ready", async || ask().await.filter(|answer| answer.status == 200)).await;
    // The code moves on while it runs: this one gets no more traffic.
    let newest = "DELETE FROM __diesel_schema_migrations WHERE version =
        (SELECT max(version) FROM __diesel_schema_migrations) RETURNING version";
    assert_eq!(sql(&env["DATABASE_URL"], newest).await.len(), 1);
    assert_eq!(ask().await.unwrap().problem(), "503 schema_behind");
    drop(running);
    shop.end().await;
}

/// The slot in which all lists are read was another process's, and is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_price_list_that_nobody_ever_read_is_read_soon_after_the_start() {
    let mut shop = Shop::open().await;
    shop.quiet().await;
    let forget = "DELETE FROM offer; DELETE FROM product; DELETE FROM price_list";
    shop.client().await.batch_execute(forget).await.unwrap();
    let catalogue = async || shop.get("/v1/catalogue").by(&shop.customer).send().await;
    let closed = catalogue().await;
    assert_eq!((closed.problem().as_str(), closed.header("retry-after").is_empty()), ("503 not_selling", false));
    let sold_out = shop.get("/v1/catalogue?cursor=zz").by(&shop.customer).send().await.ok();
    assert_eq!(sold_out["items"], serde_json::json!([]), "the end of a list is no closed shop");
    shop.world.restart_server(0, &[]).await.unwrap();
    let began = Instant::now();
    shop.until("there is something to buy", async || {
        let page = shop.get("/v1/catalogue").by(&shop.customer).send().await;
        (page.status == 200 && !page.json()["items"].as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    eprintln!("read {} ms after the start", began.elapsed().as_millis());
    shop.end().await;
}
