//! Boxes as their users see them: real servers, asked through psql.

#[cfg(test)]
mod pgbox_stories {
    use std::io::{BufRead, BufReader};
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};

    use pgbox::{Options, PgBox, PgBoxError, find_binaries, sweep};

    fn start() -> PgBox {
        PgBox::start(Options::default()).unwrap()
    }

    /// The rows of a query, or what psql says about it.
    fn ask(url: &str, sql: &str) -> Result<String, String> {
        let psql = find_binaries().unwrap().join("psql");
        let output = Command::new(psql).args([url, "-XAtc", sql]).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    fn lives(pid: &str) -> bool {
        Path::new("/proc").join(pid).join("fd").exists()
            && !std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default().contains(") Z ")
    }

    #[test]
    fn a_new_box_is_durable_and_has_no_tcp_port() {
        let server = start();
        let url = server.url("postgres");
        for (setting, value) in [
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("listen_addresses", ""),
            ("server_encoding", "UTF8"),
            ("jit", "off"),
        ] {
            assert_eq!(ask(&url, &format!("show {setting}")).as_deref(), Ok(value), "{setting}");
        }
        assert_eq!(
            ask(&url, "select current_user, rolsuper from pg_roles where rolname = current_user").unwrap(),
            "seberang|t"
        );
        assert_eq!(ask(&url, "create extension pg_stat_statements").as_deref(), Ok("CREATE EXTENSION"));
        server.stop().unwrap();
    }

    #[test]
    fn the_callers_settings_win() {
        let settings = vec![("max_connections".to_owned(), "17".to_owned()), ("work_mem".to_owned(), "5MB".to_owned())];
        let server = PgBox::start(Options { settings, durable: false, ..Options::default() }).unwrap();
        let url = server.url("postgres");
        assert_eq!(ask(&url, "show max_connections").as_deref(), Ok("17"));
        assert_eq!(ask(&url, "show work_mem").as_deref(), Ok("5MB"));
        assert_eq!(ask(&url, "show fsync").as_deref(), Ok("off"));
    }

    #[test]
    fn an_impossible_setting_fails_with_the_servers_own_words() {
        let settings = vec![("max_connections".to_owned(), "many".to_owned())];
        let error = PgBox::start(Options { settings, ..Options::default() }).unwrap_err();
        assert!(matches!(error, PgBoxError::Failed { program: "postgres", .. }), "{error}");
        assert!(error.to_string().contains("max_connections"), "{error}");
    }

    #[test]
    fn what_was_committed_survives_crash_after_crash() {
        let mut server = start();
        let url = server.url("postgres");
        ask(&url, "create table kept (n int)").unwrap();
        for round in 1..=3 {
            ask(&url, &format!("insert into kept values ({round})")).unwrap();
            let family = ask(&url, "select pid from pg_stat_activity where pid <> pg_backend_pid()").unwrap();
            let before = server.pid().unwrap();

            server.kill9().unwrap();
            assert_eq!(server.pid(), None);
            assert!(family.lines().count() >= 4, "the server's own processes: {family}");
            assert!(!family.lines().any(lives), "a process outlived the crash");
            assert!(ask(&url, "select 1").is_err());

            server.start_again().unwrap();
            assert_ne!(server.pid(), Some(before));
            assert_eq!(ask(&url, "select count(*) from kept").unwrap(), round.to_string());
        }
        assert!(server.log_end().contains("automatic recovery"), "{}", server.log_end());
    }

    #[test]
    fn two_boxes_live_side_by_side_and_leave_nothing_behind() {
        let (one, two) = (start(), start());
        ask(&one.url("postgres"), "create database only_here").unwrap();
        assert_eq!(ask(&one.url("only_here"), "select 1").as_deref(), Ok("1"));
        let elsewhere = ask(&two.url("only_here"), "select 1").unwrap_err();
        assert!(elsewhere.contains("does not exist"), "{elsewhere}");

        let folder = one.socket_dir().parent().unwrap().to_path_buf();
        let pid = one.pid().unwrap().to_string();
        drop(one);
        assert!(!folder.exists() && !lives(&pid));
        assert_eq!(ask(&two.url("postgres"), "select 1").as_deref(), Ok("1"));
    }

    #[test]
    fn a_kept_folder_is_used_again() {
        let kept = tempfile::Builder::new().prefix("kept-").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(kept.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
        let options = Options { dir: Some(kept.path().to_path_buf()), ..Options::default() };
        let first = PgBox::start(options.clone()).unwrap();
        ask(&first.url("postgres"), "create table kept as select 42 as n").unwrap();
        let folder = first.socket_dir().parent().unwrap().to_path_buf();
        first.stop().unwrap();
        assert!(!folder.exists() && kept.path().join("data").exists());

        let second = PgBox::start(options).unwrap();
        assert_eq!(ask(&second.url("postgres"), "select n from kept").as_deref(), Ok("42"));
    }

    /// The `pgbox` program, once it has printed its URL.
    fn program() -> (Child, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pgbox")).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        (child, url.trim().to_owned())
    }

    fn folder_of(url: &str) -> PathBuf {
        let host = url.split(['@', '/']).find(|part| part.starts_with("%2F")).unwrap();
        PathBuf::from(host.replace("%2F", "/")).parent().unwrap().to_path_buf()
    }

    fn postmaster_of(folder: &Path) -> String {
        let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().to_owned()
    }

    #[test]
    fn the_program_stops_its_server_on_ctrl_c() {
        let (mut child, url) = program();
        let folder = folder_of(&url);
        let postmaster = postmaster_of(&folder);
        assert_eq!(ask(&url, "select 1").as_deref(), Ok("1"));
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(child.wait().unwrap().success());
        assert!(!folder.exists() && !lives(&postmaster));
    }

    #[test]
    fn a_box_whose_owner_was_killed_is_swept() {
        let (mut child, url) = program();
        let folder = folder_of(&url);
        let postmaster = postmaster_of(&folder);
        assert_eq!(ask(&url, "select 1").as_deref(), Ok("1"));
        child.kill().unwrap();
        child.wait().unwrap();

        // A start in another test may have been first; either way it is gone afterwards.
        sweep();
        for _ in 0..1_000 {
            if !folder.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert!(!folder.exists() && !lives(&postmaster));
    }

    #[test]
    fn a_wrong_override_is_named() {
        let mut program = Command::new(env!("CARGO_BIN_EXE_pgbox"));
        let output = program.arg("install-line").env("PGBOX_BIN", "/nonexistent").output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(String::from_utf8_lossy(&output.stderr).contains("PGBOX_BIN=/nonexistent"));
    }
}
