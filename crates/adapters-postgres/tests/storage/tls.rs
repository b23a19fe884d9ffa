//! TLS on the way to the database: who is believed, and what happens where nobody is.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adapters_postgres::{MigrateError, PgStore, migrate};
use ports::conformance::store::make::now;
use ports::tasks::{NotReady, Upkeep};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::config::{Config, Host};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::database::{TestDb, settings};

/// Eight bytes: the length, and the number that asks for TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// PostgreSQL by TCP with a certificate for `localhost`, made by itself.
struct Server {
    db: TestDb,
    address: SocketAddr,
    certificates: tempfile::TempDir,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    encrypted: AtomicUsize,
    clear: AtomicUsize,
}

impl Server {
    async fn start(db: TestDb) -> Self {
        let certificates = tempfile::tempdir().unwrap();
        let ours = certificate();
        std::fs::write(certificates.path().join("ours.pem"), ours.cert.pem()).unwrap();
        std::fs::write(certificates.path().join("other.pem"), certificate().cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(ours.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![ours.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::<Seen>::default());
        let (acceptor, socket) = (TlsAcceptor::from(Arc::new(config)), socket(&db));
        tokio::spawn({
            let seen = Arc::clone(&seen);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(serve(client, acceptor.clone(), socket.clone(), Arc::clone(&seen)));
                }
            }
        });
        Self { db, address, certificates, seen }
    }

    fn url(&self, host: &str, sslmode: &str, root: &str) -> String {
        let config: Config = self.db.url().parse().unwrap();
        let (user, name, port) = (config.get_user().unwrap(), config.get_dbname().unwrap(), self.address.port());
        let root = self.certificates.path().join(root);
        format!("postgres://{user}@{host}:{port}/{name}?sslmode={sslmode}&sslrootcert={}", root.display())
    }

    /// Connections since the last look: encrypted to the end of the handshake, in clear.
    fn seen(&self) -> (bool, bool) {
        (self.seen.encrypted.swap(0, Ordering::SeqCst) > 0, self.seen.clear.swap(0, Ordering::SeqCst) > 0)
    }
}

fn certificate() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn socket(db: &TestDb) -> PathBuf {
    let config: Config = db.url().parse().unwrap();
    match config.get_hosts() {
        [Host::Unix(folder)] => folder.join(".s.PGSQL.5432"),
        other => panic!("the box listens at {other:?}"),
    }
}

/// One client, however it comes.
async fn serve(mut client: TcpStream, acceptor: TlsAcceptor, socket: PathBuf, seen: Arc<Seen>) {
    let mut first = [0; 8];
    client.read_exact(&mut first).await.unwrap();
    let mut server = UnixStream::connect(socket).await.unwrap();
    if first == SSL_REQUEST {
        client.write_all(b"S").await.unwrap();
        let Ok(mut client) = acceptor.accept(client).await else { return };
        seen.encrypted.fetch_add(1, Ordering::SeqCst);
        let _ended = copy_bidirectional(&mut client, &mut server).await;
    } else {
        seen.clear.fetch_add(1, Ordering::SeqCst);
        server.write_all(&first).await.unwrap();
        let _ended = copy_bidirectional(&mut client, &mut server).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_believed_encrypts_everything_and_another_one_stops_it() {
    let server = Server::start(TestDb::empty().await).await;
    let good = server.url("localhost", "verify-full", "ours.pem");
    assert!(!migrate(&good).await.unwrap().is_empty());
    assert_eq!(PgStore::connect(settings(&good)).await.unwrap().ready(now()).await, Ok(()));
    assert_eq!(server.seen(), (true, false));

    let wrong_name = server.url("127.0.0.1", "require", "ours.pem");
    let stranger = server.url("localhost", "require", "other.pem");
    for url in [wrong_name, stranger] {
        let store = PgStore::connect(settings(&url)).await.unwrap();
        let answer = store.ready(now()).await;
        assert!(matches!(&answer, Err(NotReady::Unavailable(why)) if why.0.contains("certificate")), "{answer:?}");
        let migrated = migrate(&url).await;
        assert!(
            matches!(&migrated, Err(MigrateError::Unreachable(why)) if why.contains("certificate")),
            "{migrated:?}"
        );
        assert_eq!(server.seen(), (false, false), "nothing is said to a server that is not believed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_prefers_it_goes_on_in_clear() {
    let server = Server::start(TestDb::new().await).await;
    for (sslmode, root, expected) in [
        ("prefer", "ours.pem", (true, false)),
        ("prefer", "other.pem", (false, true)),
        ("disable", "ours.pem", (false, true)),
    ] {
        let store = PgStore::connect(settings(&server.url("localhost", sslmode, root))).await.unwrap();
        assert_eq!(store.ready(now()).await, Ok(()));
        assert_eq!(server.seen(), expected, "{sslmode} with {root}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_requires_it_of_a_server_without_it_gets_nothing() {
    let db = TestDb::new().await;
    let certificates = tempfile::tempdir().unwrap();
    let root = certificates.path().join("any.pem");
    std::fs::write(&root, certificate().cert.pem()).unwrap();
    let url = format!("{}?sslmode=require&sslrootcert={}", db.url().split('?').next().unwrap(), root.display());
    let answer = PgStore::connect(settings(&url)).await.unwrap().ready(now()).await;
    assert!(matches!(&answer, Err(NotReady::Unavailable(why)) if why.0.contains("TLS")), "{answer:?}");
}
