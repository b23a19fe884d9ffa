//! The programs under test, the server with the fail points and rules that can be broken: built when they are missing or older
//! than their sources.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Another program than ours, for whoever wants to try one.
const OTHER: &str = "SEBERANG_TEST_SERVER";

/// Where they are, built once per run of the tests.
static BUILT: LazyLock<PathBuf> = LazyLock::new(build);

/// The server.
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test")]
pub fn server() -> PathBuf {
    std::env::var_os(OTHER).map_or_else(|| BUILT.join("seberang"), PathBuf::from)
}

/// The bench.
pub fn bench() -> PathBuf {
    BUILT.join("bench")
}

/// The repository's commands.
pub fn xtask() -> PathBuf {
    BUILT.join("xtask")
}

/// Cargo knows what is missing or old; while tests run it holds no lock that would keep another one waiting.
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test")]
fn build() -> PathBuf {
    // target/debug/deps/it-…
    let me = std::env::current_exe().expect("the path of this test program");
    let folder = me.parent().and_then(Path::parent).expect("a target folder");
    let target = folder.parent().expect("a target folder");
    let profile = match folder.file_name().and_then(OsStr::to_str).expect("a profile") {
        "debug" => "dev",
        other => other,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut build = Command::new(cargo);
    // All features of the whole workspace, as in every other step of the checks: another choice would compile it all anew.
    build.args(["build", "--workspace", "--all-features", "--bins", "--profile", profile, "--target-dir"]).arg(target);
    build.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let output = build.output().expect("cargo");
    assert!(output.status.success(), "{build:?}\n{}", String::from_utf8_lossy(&output.stderr));
    folder.to_path_buf()
}
