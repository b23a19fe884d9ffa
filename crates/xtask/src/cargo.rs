//! Starting cargo, and writing down a cargo command so that a person can repeat it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The cargo that runs us.
#[expect(clippy::disallowed_methods, reason = "the cargo that runs us")]
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

/// Runs a command to its end; `shown` is how a person would repeat it.
pub(crate) fn succeed(mut command: Command, shown: &str) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}

/// Where cargo builds, wherever that is configured to be: this very program lies in a folder of it.
pub(crate) fn target_folder() -> Result<PathBuf, String> {
    let me = env::current_exe().map_err(|error| format!("cannot tell where xtask is: {error}"))?;
    let target = me.parent().and_then(Path::parent);
    target.map(Path::to_path_buf).ok_or_else(|| format!("{} is in no target folder", me.display()))
}

/// The command line as one would type it.
pub(crate) fn typed(args: &[&str]) -> String {
    let words =
        args.iter().map(|word| if word.contains(['*', ' ']) { format!("'{word}'") } else { (*word).to_owned() });
    format!("cargo {}", words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_command_survives_the_shell() {
        assert_eq!(typed(&["test", "--test", "*"]), "cargo test --test '*'");
    }
}
