//! The way from the servers to PostgreSQL, statement by statement, and a fault at one of them.
//!
//! A connection carries one ask at a time, up to its Sync, and then its answer: statements that were pipelined are still sent
//! in their order. So a statement can fail before it was sent on, or be lost on either way, and nothing is left to chance.
//! What fetches a statement's plan is not counted, nor is what nobody's order needs.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::config::Host;

/// So long a statement that writes for many waits, so that the next one finds more waiting.
const GATHER: Duration = Duration::from_millis(15);

/// Recurring work, and what the driver has looked up again and again while it waits.
const ASIDE: [&str; 4] =
    [" schedule", "FILTER (WHERE state = 'dead')", "SELECT supplier, taken_at FROM price_list", "FROM price_book"];

/// How a statement fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// PostgreSQL says no, having done nothing: its disk is full.
    Error,
    /// The connection breaks before the statement is sent on.
    CutBefore,
    /// The connection breaks when it has taken effect, and nobody is told.
    CutAfter,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Error, Self::CutBefore, Self::CutAfter];
}

/// Which statements count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// All that are about somebody's order. A look into the queue is when it took something.
    All,
    /// Only those that write for several orders at once; each waits a little.
    Grouped,
}

#[derive(Debug, Clone, Copy)]
struct Aim {
    counted: Counted,
    mode: Mode,
    left: usize,
}

#[derive(Default)]
struct State {
    aim: Option<Aim>,
    struck: Option<String>,
}

/// A line to one database.
pub struct Line {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Line {
    /// A line to the database at this URL, which names a socket.
    pub async fn to(url: &str) -> Self {
        let config: tokio_postgres::Config = url.parse().unwrap();
        let [Host::Unix(folder)] = config.get_hosts() else { panic!("the test's server has a socket") };
        let socket = folder.join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = Arc::<Mutex<State>>::default();
        let url = through(&config, listener.local_addr().unwrap());
        tokio::spawn(serve(listener, socket, Arc::clone(&state)));
        Self { url, state }
    }

    /// For who shall use it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The n-th statement from now on fails, once.
    pub fn arm(&self, counted: Counted, mode: Mode, n: usize) {
        let aim = Some(Aim { counted, mode, left: n });
        *self.state.lock().unwrap() = State { aim, struck: None };
    }

    /// Nothing fails any more. Returns the statement that did.
    pub fn disarm(&self) -> Option<String> {
        std::mem::take(&mut *self.state.lock().unwrap()).struck
    }
}

fn through(config: &tokio_postgres::Config, address: SocketAddr) -> String {
    let (user, name) = (config.get_user().unwrap(), config.get_dbname().unwrap());
    format!("postgres://{user}@{address}/{name}?sslmode=disable")
}

async fn serve(listener: TcpListener, socket: PathBuf, state: Arc<Mutex<State>>) {
    while let Ok((client, _)) = listener.accept().await {
        client.set_nodelay(true).unwrap();
        let (socket, state) = (socket.clone(), Arc::clone(&state));
        // A broken connection is what this is about: both sides see it closed.
        tokio::spawn(
            async move { Connection::between(client, UnixStream::connect(socket).await?).relay(&state).await },
        );
    }
}

/// What one statement is to the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nobody's order.
    Aside,
    Claim,
    Grouped,
    Other,
}

impl Kind {
    fn of(text: &str) -> Self {
        if ASIDE.iter().any(|part| text.contains(part)) {
            Self::Aside
        } else if text.starts_with("UPDATE task") && text.contains("SKIP LOCKED") {
            Self::Claim
        } else if text.contains("INSERT INTO answer") {
            Self::Grouped
        } else {
            Self::Other
        }
    }
}

impl Counted {
    fn counts(self, kind: Kind) -> bool {
        match self {
            Self::All => kind != Kind::Aside,
            Self::Grouped => kind == Kind::Grouped,
        }
    }
}

/// Whether this statement is the one, and how it fails then.
fn strikes(state: &Mutex<State>, kind: Kind, text: &str) -> Option<Mode> {
    let mut state = state.lock().unwrap();
    let aim = state.aim.as_mut().filter(|aim| aim.counted.counts(kind))?;
    aim.left -= 1;
    if aim.left > 0 {
        return None;
    }
    let mode = aim.mode;
    *state = State { aim: None, struck: Some(text.to_owned()) };
    Some(mode)
}

fn counted(state: &Mutex<State>) -> Option<Counted> {
    state.lock().unwrap().aim.map(|aim| aim.counted)
}

/// Everything up to a Sync (or a simple query), and the text of the statement it runs, if it runs one.
struct Ask {
    bytes: Vec<u8>,
    runs: Option<String>,
}

struct Connection {
    asks: BufReader<ReadHalf<TcpStream>>,
    to_client: WriteHalf<TcpStream>,
    answers: BufReader<ReadHalf<UnixStream>>,
    to_server: WriteHalf<UnixStream>,
    texts: HashMap<Vec<u8>, String>,
}

impl Connection {
    fn between(client: TcpStream, server: UnixStream) -> Self {
        let (asks, to_client) = tokio::io::split(client);
        let (answers, to_server) = tokio::io::split(server);
        let (asks, answers) = (BufReader::new(asks), BufReader::new(answers));
        Self { asks, to_client, answers, to_server, texts: HashMap::new() }
    }

    /// Until one side is gone or the line is cut.
    async fn relay(mut self, state: &Mutex<State>) -> io::Result<()> {
        let hello = sized(&mut self.asks, Vec::new()).await?;
        let welcome = self.exchange(&hello).await?;
        self.to_client.write_all(&welcome).await?;
        loop {
            let ask = self.next_ask().await?;
            let answer = match &ask.runs {
                Some(text) => self.run(&ask, text, state).await?,
                None => Some(self.exchange(&ask.bytes).await?),
            };
            let Some(answer) = answer else { return Ok(()) };
            self.to_client.write_all(&answer).await?;
        }
    }

    /// The answer to a statement. `None`: the line is cut.
    async fn run(&mut self, ask: &Ask, text: &str, state: &Mutex<State>) -> io::Result<Option<Vec<u8>>> {
        let kind = Kind::of(text);
        match counted(state) {
            Some(Counted::All) if kind == Kind::Claim => return self.claim(ask, text, state).await,
            Some(Counted::Grouped) if kind == Kind::Grouped => tokio::time::sleep(GATHER).await,
            _ => {}
        }
        match strikes(state, kind, text) {
            None => self.exchange(&ask.bytes).await.map(Some),
            Some(Mode::Error) => Ok(Some(disk_full())),
            Some(Mode::CutBefore) => Ok(None),
            Some(Mode::CutAfter) => self.exchange(&ask.bytes).await.map(|_unheard| None),
        }
    }

    /// Only when a look into the queue has ended is it known whether it took something: it can be taken back until then.
    async fn claim(&mut self, ask: &Ask, text: &str, state: &Mutex<State>) -> io::Result<Option<Vec<u8>>> {
        self.exchange(&simple("BEGIN")).await?;
        let mut answer = self.exchange(&ask.bytes).await?;
        let struck = if has_row(&answer) { strikes(state, Kind::Claim, text) } else { None };
        let undone = matches!(struck, Some(Mode::Error | Mode::CutBefore));
        self.exchange(&simple(if undone { "ROLLBACK" } else { "COMMIT" })).await?;
        if let Some(status) = answer.last_mut() {
            // "In no transaction".
            *status = b'I';
        }
        Ok(match struck {
            None => Some(answer),
            Some(Mode::Error) => Some(disk_full()),
            Some(Mode::CutBefore | Mode::CutAfter) => None,
        })
    }

    async fn next_ask(&mut self) -> io::Result<Ask> {
        let mut ask = Ask { bytes: Vec::new(), runs: None };
        let (mut bound, mut done) = (Vec::new(), false);
        while !done {
            let kind = self.asks.read_u8().await?;
            let message = sized(&mut self.asks, vec![kind]).await?;
            let mut words = message[5..].split(|byte| *byte == 0);
            let mut word = || words.next().unwrap_or_default().to_vec();
            match kind {
                b'P' => drop(self.texts.insert(word(), String::from_utf8(word()).unwrap())),
                b'B' => (_, bound) = (word(), word()),
                b'E' => ask.runs = self.texts.get(&bound).cloned(),
                b'S' | b'Q' => done = true,
                b'X' => return Err(io::ErrorKind::ConnectionAborted.into()),
                _ => {}
            }
            ask.bytes.extend(message);
        }
        Ok(ask)
    }

    /// Sends something and returns everything up to "ready".
    async fn exchange(&mut self, ask: &[u8]) -> io::Result<Vec<u8>> {
        self.to_server.write_all(ask).await?;
        let mut answer = Vec::new();
        loop {
            let kind = self.answers.read_u8().await?;
            answer.extend(sized(&mut self.answers, vec![kind]).await?);
            if kind == b'Z' {
                return Ok(answer);
            }
        }
    }
}

/// Appends a length, which counts itself, and as much as it says.
async fn sized<R: AsyncReadExt + Unpin>(from: &mut R, mut message: Vec<u8>) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    message.extend(length.to_be_bytes());
    let begin = message.len();
    message.resize(begin + usize::try_from(length).unwrap() - 4, 0);
    from.read_exact(&mut message[begin..]).await?;
    Ok(message)
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

fn simple(sql: &str) -> Vec<u8> {
    framed(b'Q', format!("{sql}\0").as_bytes())
}

fn disk_full() -> Vec<u8> {
    let error = "SERROR\0VERROR\0C53100\0Mcould not extend file \"base/5/16384\": No space left on device\0\0";
    [framed(b'E', error.as_bytes()), framed(b'Z', b"I")].concat()
}

/// Whether an answer has a row.
fn has_row(answer: &[u8]) -> bool {
    let mut rest = answer;
    while let [kind, a, b, c, d, ..] = rest {
        if *kind == b'D' {
            return true;
        }
        let length = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).unwrap();
        rest = &rest[1 + length..];
    }
    false
}
