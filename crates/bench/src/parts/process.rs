//! The server as a process: what it needs when nobody comes, how fast it is there, how large it is.

use std::fs;
use std::time::{Duration, Instant};

use super::{Bench, Outcome};
use crate::cpu::memory_mb;
use crate::error::{BenchError, Doing};
use crate::report::{Bar, Measure, Table};
use crate::stage::{Kind, Stage};
use crate::stats::median;

/// After this a server that was started has done what it does at its start.
const IDLE: Duration = Duration::from_secs(3);
/// The first reads the program from the disk, and one may meet somebody else's work: the middle of ten is none of these.
const STARTS: u32 = 10;

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let mut stage = Stage::start(&bench.programs, Kind::default()).await?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        stage.world.kill_server(0)?;
        let began = Instant::now();
        stage.world.restart_server(0, &[]).await?;
        starts.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    tokio::time::sleep(IDLE).await;
    let idle = memory_mb(stage.server_pid()?, "VmRSS")?;
    progress!("cold starts {starts:.0?} ms, {idle:.1} MB idle");
    stage.stop().await?;
    let program = &bench.programs.server;
    let bytes = fs::metadata(program).doing(|| format!("look at {}", program.display()))?.len();
    Ok(Outcome::from(Table {
        title: "The process",
        about: format!(
            "Started on a current schema, {STARTS} times, until `/readyz` says so; the middle. Its memory at its peak stands with \
             the whole orders."
        ),
        measures: vec![
            Measure::new("cold start to ready", median(&starts), "ms").within(Bar::AtMost(50.0)),
            Measure::new("memory, idle", idle, "MB").within(Bar::AtMost(30.0)),
            Measure::new("size of the program", bytes as f64 / 1_048_576.0, "MB"),
        ],
    }))
}
