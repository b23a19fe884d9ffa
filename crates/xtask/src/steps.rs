//! The checks of `cargo xtask test`. A new check is one more row.

/// One check: a cargo command that must succeed.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) args: &'static [&'static str],
    pub(crate) about: &'static str,
}

/// Every check, in the order of the table.
pub(crate) fn all() -> impl Iterator<Item = &'static Step> {
    COMPILING.iter().chain(WAITING.iter().copied().flatten())
}

/// The programs the end-to-end tests start, with the fail points that crash tests need.
pub(crate) const PROGRAMS: Step = Step {
    name: "programs",
    args: &["build", "--workspace", "--all-features", "--bins"],
    about: "builds the programs that the end-to-end tests start",
};

/// What keeps every core busy, one after the other; cheap ones first.
///
/// Every step that compiles says `--workspace --all-features`: cargo then chooses the same features of each dependency
/// every time, and compiles it once for checking and once for running. With `-p` or `--exclude` it would start over.
pub(crate) const COMPILING: &[Step] = &[
    Step { name: "deps", args: &["xtask", "deps"], about: "what the checks need is installed" },
    Step { name: "format", args: &["fmt", "--all", "--check"], about: "the code is formatted" },
    Step {
        name: "clippy",
        args: &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"],
        about: "no lint complains",
    },
    // Before the programs with fail points, which stand in the same place.
    Step {
        name: "shipped",
        args: &["xtask", "shipped"],
        about: "the program for use has nothing made for tests in it",
    },
    PROGRAMS,
    Step {
        name: "tests",
        args: &["test", "--workspace", "--all-features", "--no-run", "--quiet"],
        about: "builds the tests",
    },
    Step {
        name: "unit",
        args: &["test", "--workspace", "--all-features", "--lib", "--bins"],
        about: "unit tests, published vectors, the API's description is the one in docs",
    },
    Step {
        name: "stories",
        args: &["test", "--workspace", "--all-features", "--test", "stories"],
        about: "every decision as a story, random sequences, the state tables are the ones in docs",
    },
    Step {
        name: "settings",
        args: &["test", "--workspace", "--all-features", "--test", "env_example"],
        about: ".env.example is made from the settings the code reads",
    },
];

/// What is compiled by now and mostly waits, for answers, time limits and the database: two rows at the same time.
pub(crate) const WAITING: [&[Step]; 2] = [
    &[Step {
        name: "end-to-end",
        args: &["test", "--workspace", "--all-features", "--test", "it", "--", "--test-threads=4"],
        about: "the architecture, and the whole by HTTP with real processes",
    }],
    &[
        Step {
            name: "model",
            args: &["test", "--workspace", "--all-features", "--test", "model", "--", "--nocapture"],
            about: "every interleaving of a small world; prints the states and the arms of the machines it reached",
        },
        Step {
            name: "conformance",
            args: &["test", "--workspace", "--all-features", "--test", "sockets", "--test", "sandbox"],
            about: "each adapter against its contract and the sandbox, by sockets",
        },
        Step {
            name: "storage",
            args: &[
                "test",
                "--workspace",
                "--all-features",
                "--test",
                "storage",
                "--test",
                "broken",
                "--test",
                "pgbox",
            ],
            about: "the store against its contract, on real PostgreSQL",
        },
        Step {
            name: "examples in docs",
            args: &["test", "--workspace", "--all-features", "--doc"],
            about: "examples in comments still work",
        },
    ],
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn metadata() -> Value {
        let output = crate::cargo::cargo(&["metadata", "--no-deps", "--format-version", "1"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The targets of all packages whose tests cargo would run by name.
    fn test_targets(metadata: &Value) -> BTreeSet<&str> {
        let packages = metadata["packages"].as_array().unwrap();
        let targets = packages.iter().flat_map(|package| package["targets"].as_array().unwrap());
        let tests = targets.filter(|target| target["kind"].as_array().unwrap().iter().any(|kind| kind == "test"));
        tests.map(|target| target["name"].as_str().unwrap()).collect()
    }

    #[test]
    fn every_test_target_is_run_by_one_step() {
        let metadata = metadata();
        let pairs = all().flat_map(|step| step.args.windows(2));
        let named: Vec<&str> = pairs.filter(|pair| pair[0] == "--test").map(|pair| pair[1]).collect();
        assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), test_targets(&metadata));
        assert_eq!(named.len(), test_targets(&metadata).len(), "a target is run twice: {named:?}");
    }
}
