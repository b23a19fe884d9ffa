//! The `pgbox` program: a private PostgreSQL in the foreground, until Ctrl-C.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use nix::sys::signal::{SigSet, Signal};
use pgbox::{Options, PgBox, PgBoxError};

const HELP: &str = "\
A private PostgreSQL from the server binaries of this machine, reachable by a Unix socket.

Usage:
  pgbox               start one, print its URL, stop and remove it on Ctrl-C
  pgbox --dir FOLDER  keep the data in FOLDER/data, and use what is there
  pgbox install-line  print the line that installs the server binaries, or nothing when they are there

PGBOX_BIN names the folder of the server binaries; without it the newest ones of the machine are taken (15 or newer).";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] => run(Options::default()),
        ["--dir", folder] => run(Options { dir: Some(PathBuf::from(folder)), ..Options::default() }),
        ["install-line"] => print_install_line(),
        ["-h" | "--help"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown arguments: {}\n\n{HELP}", words.join(" ")).into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pgbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    // Blocked from the beginning, so that a Ctrl-C during the start is kept for the wait below and nothing stays behind.
    let end: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    end.thread_block()?;
    let server = PgBox::start(options)?;
    println!("{}", server.url("postgres"));
    end.wait()?;
    server.stop()?;
    Ok(())
}

/// Only ever a line for the shell, so that a script may run it; any other trouble goes to stderr with an exit code.
fn print_install_line() -> Result<(), Box<dyn Error>> {
    match pgbox::find_binaries() {
        Ok(_) => Ok(()),
        Err(PgBoxError::NotInstalled { install }) => {
            println!("{install}");
            Ok(())
        }
        Err(other) => Err(other.into()),
    }
}
