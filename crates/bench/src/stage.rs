//! A world to measure: the shipped server, a durable PostgreSQL set up as for two cores, the sandbox, an open shop. One part
//! of the bench has one stage. The sandbox runs inside this program, so this program's processor time is all that is not ours.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use demo::api::Api;
use demo::outside::Outside;
use demo::seed;
use demo::world::{World, WorldOptions};
use serde_json::json;
use tokio_postgres::Client;

use crate::cpu::Used;
use crate::db;
use crate::error::BenchError;
use crate::machine::{flush_time, must_be_durable};
use crate::shop::Shop;
use crate::token::JWT_KEYS;

/// What bounds the server's work, on two cores; the rest is as in `.env.example`.
pub const SERVER: [(&str, &str); 2] = [("DATABASE_POOL", "8"), ("HTTP_WORKERS", "2")];
/// What PostgreSQL is told besides a box's own settings, as it would be on a machine of two cores that is ours alone.
pub const POSTGRES: [(&str, &str); 5] = [
    ("shared_buffers", "1GB"),
    ("max_wal_size", "8GB"),
    ("checkpoint_timeout", "30min"),
    ("random_page_cost", "1.1"),
    // Full-page images are counted apart; packed ones could not be.
    ("wal_compression", "off"),
];
/// From accepted to final at the supplier. The longer it takes the more orders are in flight, and nothing else.
const SUPPLIER_MS: u32 = 50;
/// Longer than any bench.
const TOKEN_MINUTES: u32 = 60 * 24;
/// Orders that are paid end within seconds, or wait for those before them; a minute without fewer of them is a fault.
const END_PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What is measured.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The `seberang` program.
    pub server: PathBuf,
    /// Where it writes; `None`: a file that goes with its world.
    pub log: Option<PathBuf>,
}

/// What a part needs besides the usual.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kind<'a> {
    /// The server only takes orders and notices; nothing is bought.
    pub no_tasks: bool,
    /// Business time can be moved.
    pub movable_clock: bool,
    /// Variables of the server besides the usual.
    pub env: &'a [(&'a str, &'a str)],
}

/// A running world with an open shop.
pub struct Stage {
    pub world: World,
    pub api: Api,
    pub outside: Outside,
    /// A token of staff.
    pub staff: String,
    pub shop: Arc<Shop>,
    pub db: Client,
    /// Where the database lies.
    folder: PathBuf,
}

impl Stage {
    /// Starts everything, and refuses a database that would forget.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start(programs: &Programs, kind: Kind<'_>) -> Result<Self, BenchError> {
        let own = |list: &[(&str, &str)]| {
            list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let mut options = WorldOptions::new(&programs.server);
        options.log_file.clone_from(&programs.log);
        options.clock_file = kind.movable_clock;
        options.tasks = !kind.no_tasks;
        options.postgres = own(&POSTGRES);
        options.env = [own(&SERVER), own(&[("JWT_KEYS", JWT_KEYS)]), own(kind.env)].concat();
        let mut world = World::start(options).await?;
        let folder = world.pg()?.socket_dir();
        let db = db::connect(world.database_url()).await?;
        must_be_durable(&db, &folder).await?;
        let (api, outside) = (world.api()?, world.outside()?);
        let staff = world.token("admin", "bench", TOKEN_MINUTES)?;
        let anybody = world.token("customer", "0199aa00-0000-7000-8000-000000000001", TOKEN_MINUTES)?;
        outside.change_settings(&json!({ "suppliers": { "iak": { "final_delay_ms": SUPPLIER_MS } } })).await?;
        let products = seed::seed(&api, &staff, &anybody, world.clock().now_ms()).await?;
        let shop = Arc::new(Shop::open(&api, &products).await?);
        progress!("a new world, {} products", products.len());
        Ok(Self { world, api, outside, staff, shop, db, folder })
    }

    /// `http://host:port` of the customers' API.
    pub fn public(&self) -> String {
        self.world.servers().first().map(|server| server.public_url()).unwrap_or_default()
    }

    /// `http://host:port` of the operators' API.
    pub fn admin(&self) -> String {
        self.world.servers().first().map(|server| server.admin_url()).unwrap_or_default()
    }

    /// The server's process.
    ///
    /// # Errors
    /// When it is gone.
    pub fn server_pid(&self) -> Result<u32, BenchError> {
        let pid = self.world.servers().first().and_then(|server| server.pid());
        pid.ok_or_else(|| BenchError::Expected("the server is gone".to_owned()))
    }

    /// What a flush takes now.
    ///
    /// # Errors
    /// When the disk cannot be written.
    pub async fn flush(&self) -> Result<Duration, BenchError> {
        flush_time(self.folder.clone()).await
    }

    /// Processor time until now.
    ///
    /// # Errors
    /// When a process is gone.
    pub fn used(&mut self) -> Result<Used, BenchError> {
        let postmaster = self.world.pg()?.pid();
        let postmaster = postmaster.ok_or_else(|| BenchError::Expected("PostgreSQL is gone".to_owned()))?;
        Used::now(self.server_pid()?, postmaster)
    }

    /// Orders whose success is durable.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn succeeded(&self) -> Result<i64, BenchError> {
        db::number(&self.db, "SELECT count(*) FROM orders WHERE status = 'success'").await
    }

    /// Waits until no order is open.
    ///
    /// # Errors
    /// [`BenchError::Expected`] with how many are left when they do not become fewer.
    pub async fn drained(&self) -> Result<(), BenchError> {
        let (mut least, mut since) = (i64::MAX, Instant::now());
        loop {
            let left = db::number(&self.db, "SELECT count(*) FROM open_order").await?;
            if left == 0 {
                return Ok(());
            }
            if left < least {
                (least, since) = (left, Instant::now());
            }
            if since.elapsed() >= END_PATIENCE {
                return Err(BenchError::Expected(format!("a backlog: {left} orders are open although nobody orders")));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Stops everything.
    ///
    /// # Errors
    /// When something does not stop.
    pub async fn stop(self) -> Result<(), BenchError> {
        Ok(self.world.stop().await?)
    }
}
