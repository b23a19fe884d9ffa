//! One more supplier is one crate, one line in the registry, one line in a manifest, and what is generated. The command that makes
//! one is run in a copy of the repository, and the two are compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs;

const NAME: &str = "foo";
const CRATE: &str = "crates/adapters-foo/";
/// Files that have one line more.
const ONE_MORE: [&str; 2] = ["crates/app/Cargo.toml", "crates/app/src/registry.rs"];
/// Files that are generated, by a build.
const GENERATED: [&str; 2] = [".env.example", "Cargo.lock"];

#[test]
fn a_new_supplier_is_its_crate_and_two_lines() {
    let copy = Copied::new("files");
    // Not what the repository is by then: somebody may be at work in it.
    let before = copy.fill(&repository());
    let made = copy.run(Command::new(programs::xtask()).args(["new-supplier", NAME, "--no-env"]));
    assert!(made.contains(CRATE.trim_end_matches('/')), "it says what is left: {made}");
    let now = copy.compare(&before, &ONE_MORE);
    copy.cargo(&["fmt", "-p", &format!("adapters-{NAME}"), "-p", "app", "--check"]);

    let mut again = Command::new(programs::xtask());
    let again = copy.within(again.args(["new-supplier", NAME, "--no-env"])).output().expect("xtask");
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && said.contains("exists already"), "{said}");
    assert_eq!(files_in(&copy.project), now, "nothing was written");
}

#[test]
#[ignore = "compiles a copy of the repository, which takes minutes: part of the soak"]
fn soak_a_new_supplier_compiles_and_passes_the_checks() {
    let copy = Copied::new("built");
    let before = copy.fill(&repository());
    copy.cargo(&["xtask", "new-supplier", NAME]);
    copy.compare(&before, &[GENERATED, ONE_MORE].concat());
    assert!(text(&copy.project.join(".env.example")).contains("SUPPLIER_FOO_API_KEY="));

    let package = format!("adapters-{NAME}");
    copy.cargo(&["clippy", "-p", &package, "-p", "app", "--all-features", "--all-targets", "--", "-D", "warnings"]);
    copy.cargo(&["test", "--quiet", "-p", &package, "--all-features", "--lib", "--test", "sockets"]);
}

/// A copy of the repository, and where it is built: both stay where they are between runs, so that only what has changed is
/// compiled again.
struct Copied {
    project: PathBuf,
    target: PathBuf,
}

impl Copied {
    fn new(of: &str) -> Self {
        // target/debug/deps/it-…
        let me = std::env::current_exe().expect("the path of this test program");
        let target = me.ancestors().nth(3).expect("a target folder").join("new-supplier").join(of);
        Self { project: target.join("project"), target: target.join("target") }
    }

    /// Copies what git knows or would know, with its times: cargo compiles again what is newer than what it has.
    /// Returns the files by their place.
    fn fill(&self, original: &Path) -> BTreeMap<String, Vec<u8>> {
        if self.project.exists() {
            fs::remove_dir_all(&self.project).expect("the last copy is removed");
        }
        let mut list = Command::new("git");
        list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(original);
        let listed = list.output().expect("git");
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        let names = String::from_utf8(listed.stdout).expect("names in UTF-8");
        let mut files = BTreeMap::new();
        for file in names.split_terminator('\0').filter(|name| original.join(name).is_file()) {
            let (from, to) = (original.join(file), self.project.join(file));
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(&from, &to).expect("a copy");
            let modified = fs::metadata(&from).and_then(|from| from.modified()).expect("a time");
            File::options().write(true).open(&to).and_then(|to| to.set_modified(modified)).expect("the time is set");
            files.insert(file.to_owned(), read(&to));
        }
        files
    }

    /// That the crate is new, these files changed and no others, and what is not generated has one line more.
    /// Returns all files there are.
    fn compare(&self, before: &BTreeMap<String, Vec<u8>>, touched: &[&str]) -> BTreeSet<String> {
        let now = files_in(&self.project);
        let added: Vec<&String> = now.iter().filter(|file| !before.contains_key(*file)).collect();
        assert!(added.len() > 10 && added.iter().all(|file| file.starts_with(CRATE)), "{added:?}");
        let removed: Vec<&String> = before.keys().filter(|file| !now.contains(*file)).collect();
        assert!(removed.is_empty(), "{removed:?}");
        let changed = before.iter().filter(|(file, bytes)| read(&self.project.join(file)) != **bytes);
        let changed: Vec<&String> = changed.map(|(file, _)| file).collect();
        assert_eq!(changed, touched);
        for file in ONE_MORE {
            let (before, after) = (String::from_utf8_lossy(&before[file]), text(&self.project.join(file)));
            let kept: Vec<&str> = after.lines().filter(|line| !line.contains(NAME)).collect();
            assert_eq!(kept, before.lines().collect::<Vec<_>>(), "{file}");
            assert_eq!(after.lines().count(), before.lines().count() + 1, "{file}");
        }
        now
    }

    /// Whatever it starts builds beside the copy.
    fn within<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.current_dir(&self.project).env("CARGO_TARGET_DIR", &self.target);
        // What is needed was needed for this test program, too; and nobody debugs the copy.
        command.env("CARGO_NET_OFFLINE", "true").env("CARGO_PROFILE_DEV_DEBUG", "false")
    }

    /// Returns what it said.
    fn run(&self, command: &mut Command) -> String {
        let output = self.within(command).output().expect("a program");
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        assert!(output.status.success(), "{command:?}\n{said}");
        said
    }

    #[expect(clippy::disallowed_methods, reason = "the cargo that runs us")]
    fn cargo(&self, args: &[&str]) {
        self.run(Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(args));
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder").to_path_buf()
}

/// All files below a folder, by their place in it.
fn files_in(folder: &Path) -> BTreeSet<String> {
    let mut open = vec![folder.to_path_buf()];
    let mut files = BTreeSet::new();
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let place = path.strip_prefix(folder).expect("below it");
                files.insert(place.to_str().expect("a name in UTF-8").to_owned());
            }
        }
    }
    files
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(path: &Path) -> String {
    String::from_utf8(read(path)).expect("UTF-8")
}
