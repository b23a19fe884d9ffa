//! A database per test: cloned from a template that was migrated once. The server stops with the last test that uses it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use adapters_postgres::{CipherKeys, PgSettings, PgStore, migrate};
use pgbox::{Options, PgBox};
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

pub const KEYS: &str =
    "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,k0:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

static SERVER: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());

struct Server {
    pgbox: PgBox,
    databases: AtomicU32,
}

impl Server {
    async fn start() -> Self {
        let options = Options { durable: false, ..Options::default() };
        let pgbox = tokio::task::spawn_blocking(|| PgBox::start(options).unwrap()).await.unwrap();
        client(&pgbox.url("postgres")).await.batch_execute("CREATE DATABASE template_store").await.unwrap();
        migrate(&pgbox.url("template_store")).await.unwrap();
        Self { pgbox, databases: AtomicU32::new(0) }
    }
}

pub struct TestDb {
    server: Arc<Server>,
    name: String,
}

impl TestDb {
    /// A migrated database.
    pub async fn new() -> Self {
        Self::cloned_from("template_store").await
    }

    /// A database without our schema.
    pub async fn empty() -> Self {
        Self::cloned_from("template1").await
    }

    /// A migrated database on a server that no other test uses.
    pub async fn alone() -> Self {
        Self::on(Arc::new(Server::start().await), "template_store").await
    }

    async fn cloned_from(template: &str) -> Self {
        Self::on(server().await, template).await
    }

    async fn on(server: Arc<Server>, template: &str) -> Self {
        let name = format!("test_{}", server.databases.fetch_add(1, Ordering::Relaxed));
        let admin = client(&server.pgbox.url("postgres")).await;
        admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
        Self { server, name }
    }

    pub fn url(&self) -> String {
        self.server.pgbox.url(&self.name)
    }

    pub async fn store(&self) -> PgStore {
        PgStore::connect(settings(&self.url())).await.unwrap()
    }

    pub async fn client(&self) -> Client {
        client(&self.url()).await
    }

    /// The first column of each row, as text.
    pub async fn ask(&self, sql: &str) -> Vec<String> {
        let messages = self.client().await.simple_query(sql).await.unwrap();
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
            _ => None,
        });
        rows.collect()
    }
}

pub fn settings(url: &str) -> PgSettings {
    PgSettings { url: url.to_owned(), pool_size: 8, cipher: CipherKeys::parse(KEYS).unwrap() }
}

async fn server() -> Arc<Server> {
    let mut shared = SERVER.lock().await;
    if let Some(server) = shared.upgrade() {
        return server;
    }
    let server = Arc::new(Server::start().await);
    *shared = Arc::downgrade(&server);
    server
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
