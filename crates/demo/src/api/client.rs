//! One request until there is an answer, from one server or another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Bases;
use crate::error::DemoError;
use crate::view::Page;

/// Longer than the server may take for anything it answers at once.
const TIMEOUT: Duration = Duration::from_secs(25);
/// Tries of one request; with the waits between them some 40 s, which a restart of server and database fit into.
const TRIES: u32 = 40;
/// The code of a 503 that our server is well enough to give.
pub(crate) const NOBODY_KNOWS: &str = "inquiry_unavailable";
/// Before the second try; each next one waits that much longer, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Of a body that is shown with an error.
const SHOWN: usize = 300;
/// Lines of a list asked for at once; the server's most.
const PAGE: usize = 100;

#[derive(Debug, Clone, Copy)]
pub(super) enum Listener {
    Public,
    Admin,
}

pub(super) struct Ask<'a> {
    pub(super) listener: Listener,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) token: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) body: Option<Value>,
}

/// Asks all servers in turn. Clones share whose turn it is.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    bases: Arc<Vec<Bases>>,
    turn: Arc<AtomicUsize>,
}

impl Client {
    pub(super) fn new(bases: Vec<Bases>) -> Result<Self, DemoError> {
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        Ok(Self { http, bases: Arc::new(bases), turn: Arc::default() })
    }

    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        listener: Listener,
        path: &str,
        token: &str,
    ) -> Result<Vec<T>, DemoError> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let after = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let page: Page<T> = self.send(&get(listener, format!("{path}?limit={PAGE}{after}"), token)).await?;
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    pub(super) async fn send<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<T, DemoError> {
        let text = self.text(ask).await?;
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).map_err(|error| DemoError::Answer {
            what: format!("{} {}", ask.method, ask.path),
            status: 200,
            body: format!("{error} in {}", shortened(text)),
        })
    }

    /// Until there is an answer: nobody there, or 503, is asked again, another server if there is one. But for what suppliers did not
    /// say: a person comes back to that another time.
    pub(super) async fn text(&self, ask: &Ask<'_>) -> Result<String, DemoError> {
        let mut wait = FIRST_WAIT;
        for last in (0..TRIES).map(|n| n + 1 == TRIES) {
            match self.exchange(ask).await {
                Err(error) if last => return Err(error.into()),
                Err(_nobody) => {}
                Ok((StatusCode::SERVICE_UNAVAILABLE, text)) if !last && !text.contains(NOBODY_KNOWS) => {}
                Ok((status, text)) if status.is_success() => return Ok(text),
                Ok((status, text)) => {
                    let what = format!("{} {}", ask.method, ask.path);
                    return Err(DemoError::Answer { what, status: status.as_u16(), body: shortened(&text) });
                }
            }
            tokio::time::sleep(wait).await;
            wait = (wait + FIRST_WAIT).min(LONGEST_WAIT);
        }
        Err(DemoError::Expected("no try was made".to_owned()))
    }

    async fn exchange(&self, ask: &Ask<'_>) -> reqwest::Result<(StatusCode, String)> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let base = turn.checked_rem(self.bases.len()).and_then(|n| self.bases.get(n));
        let base = base.map_or("", |bases| match ask.listener {
            Listener::Public => bases.public.as_str(),
            Listener::Admin => bases.admin.as_str(),
        });
        let mut request = self.http.request(ask.method.clone(), format!("{base}{}", ask.path));
        if !ask.token.is_empty() {
            request = request.bearer_auth(ask.token);
        }
        if let Some(key) = ask.key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        let response = request.send().await?;
        Ok((response.status(), response.text().await?))
    }
}

pub(super) fn get(listener: Listener, path: String, token: &str) -> Ask<'_> {
    Ask { listener, method: Method::GET, path, token, key: None, body: None }
}

pub(super) fn post<'a>(path: String, token: &'a str, key: Option<&'a str>, body: Option<Value>) -> Ask<'a> {
    Ask { listener: Listener::Public, method: Method::POST, path, token, key, body }
}

pub(super) fn found<T>(answer: Result<T, DemoError>) -> Result<Option<T>, DemoError> {
    match answer {
        Err(DemoError::Answer { status: 404, .. }) => Ok(None),
        other => other.map(Some),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}
