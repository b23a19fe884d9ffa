//! `cargo xtask deps`: what must be on the machine besides Rust. Says everything on stderr: the demo's stdout is JSON.

use std::env;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cargo::cargo;

pub(crate) const ABOUT: &str = "\
Look for what the build and the tests need: rustfmt, clippy, a C compiler, ps, and the PostgreSQL server binaries, 15 or newer \
(PGBOX_BIN may name their folder).

What is missing is installed by rustup, by apt-get as root on Debian (no database cluster is created or started), or by \
brew on macOS. Where that is not possible, the exact line is printed and the command fails.";

/// Something the build or the tests need.
struct Need {
    name: &'static str,
    /// The line that installs it, or `None` when it is there.
    missing: fn() -> Result<Option<String>, String>,
}

const NEEDS: [Need; 5] = [
    Need { name: "rustfmt", missing: rustfmt },
    Need { name: "clippy", missing: clippy },
    Need { name: "a C compiler", missing: c_compiler },
    Need { name: "ps", missing: process_list },
    Need { name: "PostgreSQL", missing: postgresql },
];

pub(crate) fn run() -> Result<(), String> {
    for need in &NEEDS {
        let Some(line) = (need.missing)()? else {
            continue;
        };
        if !can_run(&line) {
            let root = if line.contains("apt-get") { " as root" } else { "" };
            return Err(format!("{} is missing; install it{root} with\n  {line}", need.name));
        }
        eprintln!("{} is missing; installing it with\n  {line}", need.name);
        install(&line)?;
        if (need.missing)()?.is_some() {
            return Err(format!("{} is still missing after\n  {line}", need.name));
        }
    }
    eprintln!("found: {}", NEEDS.map(|need| need.name).join(", "));
    Ok(())
}

fn rustfmt() -> Result<Option<String>, String> {
    Ok(unless(answers(cargo(&["fmt", "--version"])), "rustup component add rustfmt"))
}

fn clippy() -> Result<Option<String>, String> {
    Ok(unless(answers(cargo(&["clippy", "--version"])), "rustup component add clippy"))
}

#[expect(clippy::disallowed_methods, reason = "the compiler that the build will use")]
fn c_compiler() -> Result<Option<String>, String> {
    let line = if cfg!(target_os = "macos") {
        "xcode-select --install"
    } else if is_debian() {
        "apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev"
    } else {
        "# a C compiler named cc, from your system's packages"
    };
    let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compiler.arg("--version");
    Ok(unless(answers(compiler), line))
}

/// A check that hangs is ended with all it started.
fn process_list() -> Result<Option<String>, String> {
    let line = if is_debian() {
        "apt-get update && apt-get install -y --no-install-recommends procps"
    } else {
        "# a program named ps, from your system's packages"
    };
    let mut list = Command::new("ps");
    list.arg("-A");
    Ok(unless(answers(list), line))
}

/// pgbox knows where to look and what to install.
fn postgresql() -> Result<Option<String>, String> {
    let mut asked = cargo(&["run", "--quiet", "--package", "pgbox", "--", "install-line"]);
    let output = asked.stderr(Stdio::inherit()).output().map_err(|error| format!("cannot run pgbox: {error}"))?;
    if !output.status.success() {
        return Err("pgbox cannot look for PostgreSQL".into());
    }
    let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((!line.is_empty()).then_some(line))
}

fn unless(found: bool, line: &str) -> Option<String> {
    (!found).then(|| line.to_owned())
}

fn answers(mut command: Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Whether the line can be run here, by us, without a question.
fn can_run(line: &str) -> bool {
    if line.contains("apt-get") {
        return is_root();
    }
    ["rustup", "brew"].into_iter().any(|tool| {
        let mut version = Command::new(tool);
        version.arg("--version");
        line.starts_with(tool) && answers(version)
    })
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists()
}

fn install(line: &str) -> Result<(), String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(io::stderr());
    crate::cargo::succeed(shell, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_only_advice_is_never_run() {
        assert!(!can_run("# a C compiler named cc, from your system's packages"));
        assert!(!can_run("xcode-select --install"));
    }

    #[test]
    fn this_machine_compiles_c_or_could_not_have_built_this() {
        assert_eq!(c_compiler(), Ok(None));
    }
}
