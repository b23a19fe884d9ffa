//! The unprivileged account a server runs as when root starts it: PostgreSQL refuses to run as root.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User, chown, geteuid};

use crate::PgBoxError;
use crate::error::Doing;

/// Tried in this order.
const NAMES: [&str; 2] = ["postgres", "nobody"];

/// Somebody else than root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    uid: Uid,
    gid: Gid,
}

impl Account {
    /// `None` when we are not root: then the server runs as ourselves.
    pub(crate) fn for_server() -> Result<Option<Self>, PgBoxError> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        for name in NAMES {
            if let Some(user) = User::from_name(name).doing(|| format!("look up the account {name}"))? {
                return Ok(Some(Self { uid: user.uid, gid: user.gid }));
            }
        }
        Err(PgBoxError::NoAccount)
    }

    /// Makes the account the owner of a file or folder.
    pub(crate) fn own(self, path: &Path) -> Result<(), PgBoxError> {
        chown(path, Some(self.uid), Some(self.gid)).doing(|| format!("give away {}", path.display()))
    }

    /// Lets the command run as the account.
    pub(crate) fn run(self, command: &mut Command) {
        command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
    }
}
