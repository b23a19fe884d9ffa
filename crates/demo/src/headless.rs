//! A run without people: orders through faults, time moved on, both sides compared, one report.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use uuid::Builder;

use crate::driver::{ALL_KNOWN_MS, Closing, Outcome, SETTLED_MS, Shop, drive};
use crate::error::DemoError;
use crate::oracle::{Evidence, Finding, Sources, Verdict, gather, judge};
use crate::outside::Outside;
use crate::plan::{customers, plan};
use crate::report::{Counts, Report};
use crate::trouble::Trouble;
use crate::world::{Reading, World, WorldOptions};
use crate::{faults, methods, report, seed};

/// Orders are placed at nine in the morning in Jakarta, whenever the run is: at night nobody can say what is owed. What is paid by codes
/// is bought at any hour.
const BEGINS_AT_MS: i64 = 2 * 3_600_000;
/// Tokens outlive every jump of the clock.
const TOKEN_MINUTES: u32 = 60 * 24 * 365;
/// Real time a run may take: 6 minutes for 300 orders. Codes are paid up to eight days later, suppliers whose "not found" is not
/// believed are asked for a day, and all the while six price lists are read every hour.
const TIME_BASE: Duration = Duration::from_secs(180);
const TIME_PER_ORDER: Duration = Duration::from_millis(600);
/// A broken version check shows only where two processes decide about one order.
const SERVERS_WHEN_BROKEN: usize = 2;
/// Copies of every notice when a rule is broken: what once in a thousand orders would hit is hit at once.
const COPIES_WHEN_BROKEN: u32 = 4;

/// What to run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The `seberang` program.
    pub server: PathBuf,
    /// Server processes over one database.
    pub servers: usize,
    /// Orders to place.
    pub orders: usize,
    /// Which plan, and which faults when.
    pub seed: u64,
    /// A rule the server is told to break.
    pub broken: Option<String>,
    /// Entries of `SUPPLIERS`.
    pub suppliers: Vec<String>,
    /// Which of them, by id, are in trouble all the time.
    pub troubles: Vec<(String, Trouble)>,
    /// How all providers answer what their documents leave open.
    pub reading: Reading,
    /// Where the servers write.
    pub log_file: Option<PathBuf>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// The numbers.
    pub report: Report,
    /// Everything that is wrong, in words.
    pub findings: Vec<Finding>,
    /// Customers who could not do what they wanted, in words.
    pub broken_off: Vec<String>,
}

impl Ran {
    /// Nothing is wrong, and everybody could do what they wanted.
    pub fn passed(&self) -> bool {
        self.report.passed() && self.broken_off.is_empty()
    }
}

/// Runs a world from its start to its report.
///
/// # Errors
/// When something did not start, or stopped answering.
pub async fn run(run: &Run) -> Result<Ran, DemoError> {
    let began = Instant::now();
    let world = start(run).await?;
    let ran = drive_and_judge(run, &world, began).await;
    world.stop().await?;
    ran
}

async fn start(run: &Run) -> Result<World, DemoError> {
    let mut options = WorldOptions::new(&run.server);
    options.servers = run.servers;
    options.suppliers.clone_from(&run.suppliers);
    options.reading = run.reading;
    options.log_file.clone_from(&run.log_file);
    options.begins_at = Some(BEGINS_AT_MS);
    if let Some(rule) = &run.broken {
        options.servers = run.servers.max(SERVERS_WHEN_BROKEN);
        options.env.push(("SEBERANG_BREAK".to_owned(), rule.clone()));
    }
    World::start(options).await
}

async fn drive_and_judge(run: &Run, world: &World, began: Instant) -> Result<Ran, DemoError> {
    let (api, outside) = (world.api()?, world.outside()?);
    let admin = world.token("admin", "demo-admin", TOKEN_MINUTES)?;
    let tokens = customer_tokens(world, customers(run.orders), run.seed)?;
    let anybody = tokens.first().cloned().unwrap_or_default();
    let products = seed::seed(&api, &admin, &anybody, world.clock().now_ms()).await?;
    spoil(run, world, &outside).await?;
    let shop = Shop::new(api.clone(), outside.clone(), tokens, format!("run{}", run.seed));
    let driven = drive(&shop, &plan(&products, run.orders, run.seed)).await;
    let orders = u32::try_from(run.orders).unwrap_or(u32::MAX);
    let deadline = began + TIME_BASE + TIME_PER_ORDER * orders;
    let in_trouble = |id: &String| run.troubles.iter().any(|(troubled, _)| troubled == id);
    let come_back: Vec<String> = world.suppliers().keys().filter(|id| !in_trouble(id)).cloned().collect();
    let (staff, aftermath_ms) = (admin.as_str(), SETTLED_MS);
    let mut closing =
        Closing { world, api: &api, outside: &outside, staff, aftermath_ms, deadline, come_back: &come_back };
    closing.run().await?;
    let sources = Sources { api: &api, outside: &outside, shop: &shop, staff: &admin };
    let (mut evidence, mut verdict) = judged(run, &sources, &driven).await?;
    if verdict.misses_money() {
        // What only the last look of a code can find is no loss before that day.
        closing.aftermath_ms = ALL_KNOWN_MS;
        closing.run().await?;
        (evidence, verdict) = judged(run, &sources, &driven).await?;
    }
    let counts = Counts {
        turned_away: u64::try_from(driven.turned_away.len()).unwrap_or(u64::MAX),
        left: driven.left,
        by_goods: report::by_goods(&evidence.orders, &products),
        by_supplier: report::by_supplier(&evidence.truth.deliveries),
        faults: outside.faults_fired().await?,
        methods: methods::counted(&evidence.truth.charges),
        seconds: began.elapsed().as_secs_f64(),
    };
    Ok(Ran { report: Report::new(&verdict, counts), findings: verdict.findings, broken_off: driven.broken_off })
}

/// From now on things go wrong.
async fn spoil(run: &Run, world: &World, outside: &Outside) -> Result<(), DemoError> {
    let kinds: BTreeSet<&str> = world.suppliers().values().map(|(kind, _)| kind.as_str()).collect();
    for kind in &kinds {
        // Customers' numbers are made by chance, and no test numbers.
        outside.change_settings(&json!({ "suppliers": { *kind: { "endings": false } } })).await?;
    }
    let mut rules = faults::background(&kinds);
    for (id, trouble) in &run.troubles {
        let unknown = || DemoError::Expected(format!("there is no supplier `{id}` to be in trouble"));
        let (kind, account) = world.suppliers().get(id).ok_or_else(unknown)?;
        rules.extend(trouble.rules(kind));
        if *trouble == Trouble::Down {
            outside.take_down(kind).await?;
        }
        if let Some(rupiah) = trouble.deposit() {
            outside.set_deposit(kind, account, rupiah).await?;
        }
    }
    outside.add_faults(run.seed, &rules).await?;
    if run.broken.is_some() {
        outside.change_settings(&json!({ "notice_copies": COPIES_WHEN_BROKEN })).await?;
    }
    Ok(())
}

async fn judged(run: &Run, sources: &Sources<'_>, driven: &Outcome) -> Result<(Evidence, Verdict), DemoError> {
    let mut evidence = gather(sources, &driven.orders).await?;
    let in_trouble = run.troubles.iter().map(|(id, _)| id.clone()).collect();
    evidence.add_sellers(sources, &driven.turned_away, in_trouble).await?;
    let verdict = judge(&evidence);
    Ok((evidence, verdict))
}

fn customer_tokens(world: &World, count: usize, seed: u64) -> Result<Vec<String>, DemoError> {
    let mut dice = StdRng::seed_from_u64(seed);
    let ids = (0..count).map(|_| Builder::from_random_bytes(dice.random()).into_uuid().to_string());
    ids.map(|id| world.token("customer", &id, TOKEN_MINUTES)).collect()
}
