//! How a server program is run: as the right account, in a folder it can reach, without our environment.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::PgBoxError;
use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::Doing;
use crate::folder::{Folder, unfinished};
use crate::settings::LZ4;

/// A program of the server, in a process group of its own: Ctrl-C in the terminal is the owner's to handle.
#[expect(clippy::disallowed_methods, reason = "where programs are")]
pub(crate) fn program(
    name: &str,
    binaries: &Binaries,
    account: Option<Account>,
    folder: &Folder,
) -> Result<Command, PgBoxError> {
    let mut command = Command::new(binaries.dir.join(name));
    // PG* variables would change what the server does, and secrets are none of its business.
    command.env_clear().env("LC_ALL", "C").envs(env::var_os("PATH").map(|path| ("PATH", path)));
    let log = folder.log()?;
    let same_log = log.try_clone().doing(|| "share the log".into())?;
    command.current_dir(folder.run()).process_group(0).stdin(Stdio::null()).stdout(log).stderr(same_log);
    if let Some(account) = account {
        account.run(&mut command);
    }
    Ok(command)
}

/// Creates the server's files in `data`. All or nothing: an interrupted try leaves no folder of that name.
pub(crate) fn initdb(binaries: &Binaries, account: Option<Account>, folder: &Folder) -> Result<(), PgBoxError> {
    let unfinished = unfinished(folder.data());
    remove(&unfinished)?;
    std::fs::create_dir_all(&unfinished).doing(|| format!("create {}", unfinished.display()))?;
    if let Some(account) = account {
        account.own(&unfinished)?;
    }
    let mut command = program("initdb", binaries, account, folder)?;
    command.arg("-D").arg(&unfinished).args(["--auth=trust", "-U", crate::USER, "-E", "UTF8", "--locale=C"]);
    let status = command.status().doing(|| "run initdb".into())?;
    if !status.success() {
        return Err(PgBoxError::Failed { program: "initdb", output: folder.log_end() });
    }
    std::fs::rename(&unfinished, folder.data()).doing(|| format!("rename {}", unfinished.display()))
}

/// Whether this build of the server knows lz4: it refuses the setting otherwise.
pub(crate) fn knows_lz4(binaries: &Binaries, account: Option<Account>, folder: &Folder) -> Result<bool, PgBoxError> {
    let mut command = program("postgres", binaries, account, folder)?;
    command.arg("-D").arg(folder.data()).args(["-C", LZ4.0, "-c", &format!("{}={}", LZ4.0, LZ4.1)]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.status().doing(|| "run postgres".into())?.success())
}

fn remove(folder: &Path) -> Result<(), PgBoxError> {
    if !folder.exists() {
        return Ok(());
    }
    std::fs::remove_dir_all(folder).doing(|| format!("remove {}", folder.display()))
}
