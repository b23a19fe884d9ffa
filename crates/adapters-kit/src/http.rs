//! The single outgoing call. It cannot send a request twice:
//!
//! * no connection is kept, because a client that finds a kept connection dead sends again by itself;
//! * no redirect is followed, because a 307 sends the body again;
//! * reqwest's own retries are off, HTTP/2 (whose refused streams may be repeated) is off;
//! * no proxy of the environment is used, because a proxy may do any of these.
//!
//! Nor is a reply unpacked: the cap counts the bytes that came.

use std::error::Error as _;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use domain::Moment;
use ports::Exchange;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::{Outcome, Redactor};

#[cfg(test)]
mod tests;

/// The largest reply to a purchase or a question that is read, in bytes: the longest known good one has a few KiB, and an
/// error page of some proxy should still be read whole.
pub const BODY_CAP: usize = 1024 * 1024;
/// The largest price list that is read, in bytes. The longest known one (1,900 lines) has 0.63 MiB.
pub const LIST_CAP: usize = 4 * 1024 * 1024;

/// The HTTP status of whoever is called too often.
pub const TOO_MANY: u16 = 429;

/// How calls are made.
#[derive(Debug, Clone, Copy)]
pub struct HttpSettings {
    /// For name, connection and TLS together; running out of it proves that nothing was sent. Must end before a call's
    /// deadline, which proves nothing: see [`Http::within`].
    pub connect_timeout: Duration,
    /// Only for the sandbox in development.
    pub allow_plain_http: bool,
}

/// The process cannot make HTTP calls at all; it must not start.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built: {0}")]
pub struct HttpBuildError(String);

/// The methods our providers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Everything else.
    Post,
}

/// One request to one provider.
pub struct Request<'a> {
    /// The id of the gateway or supplier, for the record.
    pub provider: &'a str,
    /// Our name for the call: `top-up`, `query`.
    pub call: &'static str,
    /// How.
    pub method: Method,
    /// Absolute; without user and password.
    pub url: &'a str,
    /// Their values are secret and never recorded.
    pub headers: Vec<(&'static str, SecretString)>,
    /// Of the body.
    pub content_type: Option<&'static str>,
    /// Empty: none is sent.
    pub body: Vec<u8>,
    /// For the whole call, connecting included: at least twice the connect timeout, else a server that is away is unclear.
    pub deadline: Duration,
    /// How many bytes of a reply are read, [`BODY_CAP`] or [`LIST_CAP`]; a longer one counts as no whole reply. What is read as a list
    /// is not searched for the names in it.
    pub body_cap: usize,
    /// Hides what is private before anything is kept.
    pub redactor: &'a Redactor,
}

/// Makes calls. Cheap to clone; built once per process.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    settings: HttpSettings,
}

impl Http {
    /// Makes the client.
    ///
    /// # Errors
    /// When the TLS library or the system's certificates cannot be loaded.
    pub fn new(settings: HttpSettings) -> Result<Self, HttpBuildError> {
        let client = reqwest::Client::builder()
            .user_agent("seberang")
            .connect_timeout(settings.connect_timeout)
            .https_only(!settings.allow_plain_http)
            .http1_only()
            .pool_max_idle_per_host(0)
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .build()
            .map_err(|error| HttpBuildError(words(error)))?;
        Ok(Self { client, settings })
    }

    /// The same for calls with this deadline: connecting takes at most half of it, so that a provider who is away is
    /// "not sent", which is certain, and not "no reply in time", which must be asked about.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn within(&self, deadline: Duration) -> Result<Self, HttpBuildError> {
        let connect_timeout = deadline / 2;
        if self.settings.connect_timeout <= connect_timeout {
            return Ok(self.clone());
        }
        Self::new(HttpSettings { connect_timeout, ..self.settings })
    }

    /// At most one request on the wire, and the record of it. A call that is dropped may have been sent.
    pub async fn call(&self, request: Request<'_>, now: Moment) -> (Outcome, Exchange) {
        let started = Instant::now();
        let is_list = request.body_cap == LIST_CAP;
        let body = Bytes::from(request.body);
        let target = Target { method: request.method, url: request.url, content_type: request.content_type };
        let outcome = match self.prepare(&target, &request.headers, body.clone()) {
            Ok(prepared) => self.send_within(prepared, request.deadline, request.body_cap).await,
            Err(why) => Outcome::NotSent { why },
        };
        let outcome = without_secrets(outcome, request.redactor);
        let (status, response) = match &outcome {
            Outcome::Reply { status, body } if is_list => (Some(*status), request.redactor.text(body)),
            Outcome::Reply { status, body } => (Some(*status), request.redactor.message(body)),
            Outcome::NotSent { why } | Outcome::MaybeSent { why } => (None, why.clone()),
        };
        let exchange = Exchange {
            provider: request.provider.to_owned(),
            call: request.call,
            at: now,
            elapsed_ms: u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX),
            sent: outcome.sent(),
            request: shown(&target, &request.headers, &body, request.redactor),
            status,
            busy: status == Some(TOO_MANY),
            response,
        };
        (outcome, exchange)
    }

    fn prepare(
        &self,
        target: &Target<'_>,
        headers: &[(&'static str, SecretString)],
        body: Bytes,
    ) -> Result<reqwest::Request, String> {
        let url = reqwest::Url::parse(target.url).map_err(|error| format!("the address is wrong: {error}"))?;
        match url.scheme() {
            "https" => {}
            "http" if self.settings.allow_plain_http => {}
            _ => return Err("the address must begin with https://".to_owned()),
        }
        if holds_a_password(&url) {
            return Err("the address must not hold a user or password".to_owned());
        }
        let mut builder = match target.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url),
        };
        if !body.is_empty() {
            builder = builder.body(body);
        }
        if let Some(content_type) = target.content_type {
            builder = builder.header(CONTENT_TYPE, content_type);
        }
        for (name, secret) in headers {
            let Ok(mut value) = HeaderValue::from_str(secret.expose_secret()) else {
                return Err(format!("the value for header {name} cannot be sent"));
            };
            value.set_sensitive(true);
            builder = builder.header(*name, value);
        }
        builder.build().map_err(words)
    }

    async fn send_within(&self, prepared: reqwest::Request, deadline: Duration, cap: usize) -> Outcome {
        match tokio::time::timeout(deadline, self.send(prepared, cap)).await {
            Ok(outcome) => outcome,
            // The deadline does not tell how far the call came.
            Err(_) => Outcome::MaybeSent { why: format!("no whole reply within {} ms", deadline.as_millis()) },
        }
    }

    async fn send(&self, prepared: reqwest::Request, cap: usize) -> Outcome {
        let mut response = match self.client.execute(prepared).await {
            Ok(response) => response,
            Err(error) => return unsent_or_unclear(error),
        };
        let status = response.status().as_u16();
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > cap => {
                    return Outcome::MaybeSent { why: format!("reply too large: more than {cap} bytes") };
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Outcome::Reply { status, body: body.freeze() },
                Err(error) => return Outcome::MaybeSent { why: words(error) },
            }
        }
    }
}

fn holds_a_password(url: &reqwest::Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

struct Target<'a> {
    method: Method,
    url: &'a str,
    content_type: Option<&'static str>,
}

/// Connecting (name, TCP, TLS, its timeout) comes before the first byte of the request; anything later does not.
fn unsent_or_unclear(error: reqwest::Error) -> Outcome {
    let no_byte_left = error.is_connect() || error.is_builder();
    let why = words(error);
    if no_byte_left { Outcome::NotSent { why } } else { Outcome::MaybeSent { why } }
}

/// The error with its causes, without the address: that may hold a signature.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

fn without_secrets(outcome: Outcome, redactor: &Redactor) -> Outcome {
    match outcome {
        Outcome::NotSent { why } => Outcome::NotSent { why: redactor.text(why.as_bytes()) },
        Outcome::MaybeSent { why } => Outcome::MaybeSent { why: redactor.text(why.as_bytes()) },
        reply @ Outcome::Reply { .. } => reply,
    }
}

/// The request as it is kept: its first line, its headers by name only, an empty line, its body.
fn shown(target: &Target<'_>, headers: &[(&'static str, SecretString)], body: &[u8], redactor: &Redactor) -> String {
    let method = match target.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let url = match reqwest::Url::parse(target.url) {
        Ok(url) if !holds_a_password(&url) => redactor.text(target.url.as_bytes()),
        _ => "(no usable address)".to_owned(),
    };
    let mut shown = format!("{method} {url}\n");
    if let Some(content_type) = target.content_type {
        shown.push_str(&format!("content-type: {content_type}\n"));
    }
    for (name, _) in headers {
        shown.push_str(&format!("{name}: ***\n"));
    }
    shown.push('\n');
    shown.push_str(&redactor.text(body));
    shown.truncate(shown.floor_char_boundary(Exchange::BODY_LIMIT));
    shown
}
