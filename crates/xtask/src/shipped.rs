//! `cargo xtask shipped`: the program for use has no switch that breaks a rule, no place to die at, and no fake provider.

use crate::cargo::{cargo, succeed, typed};

pub(crate) const ABOUT: &str = "\
Builds the server as it is shipped, without the features made for tests, and searches the program for what must not be in it: \
rules that can be switched off, fail points, the sandbox, a database server.";

/// Without `--all-features`: what a release has.
const BUILD: &[&str] = &["build", "--workspace", "--bins"];

/// Words that only the test features, the sandbox and the private database bring.
const FORBIDDEN: &[&str] =
    &["SEBERANG_BREAK", "SEBERANG_DIE_AT", "engine.after_reserve", "http.before_ack", "/control/faults", "initdb"];

/// A word that every build has: proof that the search sees.
const PRESENT: &str = "SEBERANG_CLOCK";

pub(crate) fn run() -> Result<(), String> {
    succeed(cargo(BUILD), &typed(BUILD))?;
    // Beside this very program, wherever the target folder is.
    let me = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let path = me.with_file_name("seberang");
    let program = std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if !holds(&program, PRESENT) {
        return Err(format!("{} does not even hold {PRESENT}: the search is blind", path.display()));
    }
    match FORBIDDEN.iter().find(|word| holds(&program, word)) {
        Some(word) => Err(format!("the shipped program holds `{word}`")),
        None => Ok(()),
    }
}

fn holds(program: &[u8], word: &str) -> bool {
    program.windows(word.len()).any(|window| window == word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        assert!(holds(b"\0\xffSEBERANG_BREAK", "SEBERANG_BREAK"));
        assert!(!holds(b"SEBERANG_BREA", "SEBERANG_BREAK"));
    }
}
