//! `cargo xtask shipped`: the program for use has no switch that breaks a rule, no place to die at, and no fake provider.

use std::path::Path;

use crate::cargo::{cargo, succeed, target_folder, typed};

pub(crate) const ABOUT: &str = "\
Builds the server as it is shipped, without the features made for tests, and searches the program for what must not be in it: \
rules that can be switched off, fail points, the sandbox, a database server.

It builds without optimising our code, and that is proof enough: the features decide what is compiled, and are the same in a release; \
optimising leaves things out and adds none. A release that was built before is searched as well.";

/// Without `--all-features`: what a release has.
const BUILD: &[&str] = &["build", "--workspace", "--bins"];

/// Words that only the test features, the sandbox and the private database bring.
const FORBIDDEN: &[&str] = &[
    "SEBERANG_BREAK",
    "SEBERANG_DIE_AT",
    "engine.after_reserve",
    "http.before_ack",
    "/control/faults",
    "initdb",
    // The commit without its version rule.
    "o.version = o.version",
    // A rule that only a switch names.
    "unknown_is_failed",
];

/// Words that every build has, each from another corner: proof that the search sees, statements too.
const PRESENT: &[&str] = &["SEBERANG_CLOCK", "o.version = m.decided_on"];

pub(crate) fn run() -> Result<(), String> {
    succeed(cargo(BUILD), &typed(BUILD))?;
    let target = target_folder()?;
    let built = target.join("debug/seberang");
    let program = read(&built)?;
    if let Some(word) = PRESENT.iter().find(|word| !holds(&program, word)) {
        return Err(format!("{} does not even hold `{word}`: the search is blind", built.display()));
    }
    refuse_forbidden(&built, &program)?;
    let release = target.join("release/seberang");
    if release.exists() { refuse_forbidden(&release, &read(&release)?) } else { Ok(()) }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn refuse_forbidden(path: &Path, program: &[u8]) -> Result<(), String> {
    match FORBIDDEN.iter().find(|word| holds(program, word)) {
        Some(word) => Err(format!("{} holds `{word}`, which is made for tests", path.display())),
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

    /// All sources but ours, which name every word.
    fn sources(folder: &Path, into: &mut Vec<u8>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path != Path::new(env!("CARGO_MANIFEST_DIR")) {
                sources(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                into.extend(std::fs::read(path).unwrap());
            }
        }
    }

    #[test]
    fn what_is_searched_for_is_still_called_so() {
        let mut all = Vec::new();
        sources(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap(), &mut all);
        for word in FORBIDDEN.iter().chain(PRESENT) {
            assert!(holds(&all, word), "no source says `{word}`: the search for it proves nothing");
        }
    }
}
