//! The parts of the bench, one file each: every part has its own world and comes to tables. Here: which there are, how long
//! they take, and in which order they run.

mod counts;
mod floor;
mod idiomatic;
mod overload;
mod pipeline;
mod process;
mod promo;
mod rates;
mod size;
mod supplier;

use std::time::Duration;

use clap::ValueEnum;
use pgbox::PgBox;

use crate::db;
use crate::error::BenchError;
use crate::machine::{Machine, flush_time, must_be_durable};
use crate::report::{Report, Table};
use crate::stage::{POSTGRES, Programs, SERVER};
use crate::truth::Counters;

/// A part of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// What PostgreSQL itself can do.
    Floors,
    /// Whole orders, and how long one waits at half of that.
    Pipeline,
    /// Orders and notices accepted, by 1 to 256 connections.
    Rates,
    /// One promo code for everybody, or many.
    Promo,
    /// One supplier for everything, or several.
    Supplier,
    /// Five times as many orders as can be carried.
    Overload,
    /// Round trips, statements, commits, WAL, changes in place.
    Counts,
    /// Reading where there are many orders.
    Size,
    /// Memory, cold start, size of the program.
    Process,
    /// The same rows, a statement each.
    Idiomatic,
}

impl Part {
    const ALL: [Self; 10] = [
        Self::Floors,
        Self::Pipeline,
        Self::Rates,
        Self::Promo,
        Self::Supplier,
        Self::Overload,
        Self::Counts,
        Self::Size,
        Self::Process,
        Self::Idiomatic,
    ];
}

/// How long everything takes.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Shortened.
    pub quick: bool,
    /// Tables of ten million.
    pub large: bool,
    /// Rounds of neighbours that are compared.
    pub rounds: u32,
    /// One measurement, in seconds.
    pub slice_s: u32,
    /// A flow of orders is steady after this: a few times what an order is on its way.
    pub ramp: Duration,
    /// One measurement of a flow: long enough that its waves do not show.
    pub flow: Duration,
    /// Notices of one measurement, of orders that were opened just before: about as many as a server remembers.
    pub notices: usize,
}

impl Pace {
    /// As the flags say.
    pub const fn new(quick: bool, large: bool) -> Self {
        let (rounds, slice_s, ramp_s, flow_s) = if quick { (1, 1, 3, 4) } else { (4, 4, 5, 8) };
        let (ramp, flow) = (Duration::from_secs(ramp_s), Duration::from_secs(flow_s));
        let notices = if quick { 500 } else { 2_000 };
        Self { quick, large, rounds, slice_s, ramp, flow, notices }
    }
}

/// What the parts are run with.
struct Bench {
    programs: Programs,
    pace: Pace,
}

/// What a part came to.
#[derive(Default)]
struct Outcome {
    tables: Vec<Table>,
    counters: Counters,
}

impl From<Table> for Outcome {
    fn from(table: Table) -> Self {
        Self { tables: vec![table], counters: Counters::new() }
    }
}

/// Runs them, all where none is named.
///
/// # Errors
/// When the database would forget. A part that does not start, or whose truth and books differ, is among the failed ones.
pub async fn run(programs: Programs, pace: Pace, only: &[Part]) -> Result<Report, BenchError> {
    let bench = Bench { programs, pace };
    let machine = look_around().await?;
    let (mut tables, mut counters, mut failed) = (Vec::new(), Counters::new(), Vec::new());
    for part in Part::ALL.into_iter().filter(|part| only.is_empty() || only.contains(part)) {
        progress!("--- {part:?}");
        match part.run(&bench).await {
            Ok(outcome) => {
                tables.extend(outcome.tables);
                counters.extend(outcome.counters);
            }
            // What the others came to is not lost with it.
            Err(error) => {
                progress!("{part:?} failed: {error}");
                failed.push(format!("{part:?}: {error}"));
            }
        }
    }
    let settings = SERVER.iter().chain(&POSTGRES).map(|(name, value)| format!("{name}={value}"));
    Ok(Report { machine, settings: settings.collect(), quick: pace.quick, tables, counters, failed })
}

impl Part {
    async fn run(self, bench: &Bench) -> Result<Outcome, BenchError> {
        match self {
            Self::Floors => floor::run(bench).await,
            Self::Pipeline => pipeline::run(bench).await,
            Self::Rates => rates::run(bench).await,
            Self::Promo => promo::run(bench).await,
            Self::Supplier => supplier::run(bench).await,
            Self::Overload => overload::run(bench).await,
            Self::Counts => counts::run(bench).await,
            Self::Size => size::run(bench).await,
            Self::Process => process::run(bench).await,
            Self::Idiomatic => idiomatic::run(bench).await,
        }
    }
}

/// A PostgreSQL as all parts have it.
async fn start_postgres() -> Result<PgBox, BenchError> {
    let settings = POSTGRES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = pgbox::Options { settings, ..pgbox::Options::default() };
    let started = tokio::task::spawn_blocking(|| PgBox::start(options)).await;
    Ok(started.map_err(|error| BenchError::Expected(format!("PostgreSQL's starter ended: {error}")))??)
}

/// Refuses to go on where nothing would be durable, and says where we are.
async fn look_around() -> Result<Machine, BenchError> {
    let pg = start_postgres().await?;
    let client = db::connect(&pg.url("postgres")).await?;
    must_be_durable(&client, &pg.socket_dir()).await?;
    let flush = flush_time(pg.socket_dir()).await?;
    let machine = Machine::look(&client, flush).await?;
    progress!("{} ({} cores), PostgreSQL {}, a flush takes {flush:?}", machine.cpu, machine.cores, machine.postgres);
    Ok(machine)
}
