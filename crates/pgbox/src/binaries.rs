//! Where the PostgreSQL server binaries of this machine are, and how to get them.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::PgBoxError;

/// The oldest major version that is used.
pub(crate) const OLDEST: u32 = 15;

/// Folders with one entry per installed version, and where the binaries are below such an entry.
const VERSIONED: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", "bin"), // Debian and Ubuntu: 15/bin
    ("/usr", "bin"),                // Red Hat: pgsql-15/bin
    ("/opt/homebrew/opt", "bin"),   // Homebrew on Apple silicon: postgresql@17/bin
    ("/usr/local/opt", "bin"),      // Homebrew on Intel
];

/// The folder of one PostgreSQL's server programs.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    pub(crate) dir: PathBuf,
    major: u32,
}

impl Binaries {
    /// The folder `PGBOX_BIN` names, else the newest one of the machine.
    #[expect(clippy::disallowed_methods, reason = "where programs are")]
    pub(crate) fn find() -> Result<Self, PgBoxError> {
        if let Some(dir) = env::var_os("PGBOX_BIN").filter(|dir| !dir.is_empty()) {
            return Self::from_override(PathBuf::from(dir));
        }
        let path = env::var_os("PATH").unwrap_or_default();
        // Of equal versions the first: the system's folders come before PATH.
        candidates(&path)
            .iter()
            .filter_map(|dir| Self::at(dir))
            .filter(|found| found.major >= OLDEST)
            .reduce(|best, next| if next.major > best.major { next } else { best })
            .ok_or_else(|| PgBoxError::NotInstalled { install: install_line() })
    }

    fn from_override(dir: PathBuf) -> Result<Self, PgBoxError> {
        match Self::at(&dir) {
            Some(found) if found.major >= OLDEST => Ok(found),
            Some(found) => Err(PgBoxError::BadOverride {
                dir,
                reason: format!("PostgreSQL {} is older than {OLDEST}", found.major),
            }),
            None => Err(PgBoxError::BadOverride { dir, reason: "no working `postgres` and `initdb` there".into() }),
        }
    }

    fn at(dir: &Path) -> Option<Self> {
        // A link in a PATH folder leads to the real folder, which has the other programs too.
        let postgres = fs::canonicalize(dir.join("postgres")).ok()?;
        let dir = postgres.parent()?.to_path_buf();
        let output = Command::new(&postgres).arg("--version").output().ok()?;
        let major = major_version(&String::from_utf8_lossy(&output.stdout))?;
        dir.join("initdb").is_file().then_some(Self { dir, major })
    }

    /// Whether this server can preload the library (a file in its library folder).
    pub(crate) fn has_library(&self, name: &str) -> bool {
        let asked = Command::new(self.dir.join("pg_config")).arg("--pkglibdir").output().ok();
        let told = asked.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        let folder = told.unwrap_or_else(|| self.dir.with_file_name("lib"));
        ["so", "dylib"].iter().any(|extension| folder.join(name).with_extension(extension).is_file())
    }
}

/// The folder of the server binaries that a box would use.
///
/// # Errors
/// [`PgBoxError::NotInstalled`] or [`PgBoxError::BadOverride`].
pub fn find_binaries() -> Result<PathBuf, PgBoxError> {
    Binaries::find().map(|found| found.dir)
}

/// The line that installs the server binaries on this system, or what is wrong with `PGBOX_BIN`; `None` when a usable
/// PostgreSQL was found.
pub fn install_hint() -> Option<String> {
    match find_binaries() {
        Ok(_) => None,
        Err(PgBoxError::NotInstalled { install }) => Some(install),
        Err(other) => Some(other.to_string()),
    }
}

fn candidates(path: &OsStr) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (parent, below) in VERSIONED {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| entry.path().join(below)).filter(|dir| dir.join("postgres").is_file()));
    }
    found.sort();
    found.extend(env::split_paths(path));
    found
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0)` and `postgres (PostgreSQL) 18beta1` are 15 and 18.
fn major_version(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Debian's packages would create and start a cluster of their own; the first half of the line keeps them from it.
fn install_line() -> String {
    if cfg!(target_os = "macos") {
        return "brew install postgresql@17".into();
    }
    if Path::new("/etc/debian_version").exists() {
        return "mkdir -p /etc/postgresql-common/createcluster.d \
                && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/no-main-cluster.conf \
                && apt-get update \
                && apt-get install -y --no-install-recommends postgresql"
            .into();
    }
    format!("# PostgreSQL server {OLDEST} or newer, from your system's packages; or set PGBOX_BIN to its folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_each_build_prints() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_version("bash: postgres: command not found"), None);
    }

    #[test]
    fn an_override_without_a_server_is_refused_by_name() {
        let empty = tempfile::tempdir().unwrap();
        let error = Binaries::from_override(empty.path().to_path_buf()).unwrap_err().to_string();
        assert!(error.starts_with("PGBOX_BIN=/"), "{error}");
    }

    #[test]
    fn a_link_on_the_path_leads_to_the_real_folder() {
        let real = Binaries::find().unwrap();
        let links = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(real.dir.join("postgres"), links.path().join("postgres")).unwrap();
        assert_eq!(Binaries::at(links.path()).unwrap().dir, real.dir);
    }
}
