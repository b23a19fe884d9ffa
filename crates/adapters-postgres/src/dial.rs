//! Opening one connection, by what the URL says about the way there.
//!
//! | `sslmode` | over TCP |
//! |---|---|
//! | `disable` | in clear |
//! | `prefer`, or none | encrypted where the server offers it and its certificate is believed, else in clear |
//! | `require`, `verify-ca`, `verify-full` | encrypted, and the certificate must be believed and be for this host; else not at all |
//!
//! `sslrootcert` names a PEM file with the certificates to believe instead of the machine's own. Unix sockets are never
//! encrypted: nobody else reads them.

use std::path::PathBuf;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use tokio_postgres::NoTls;
use tokio_postgres::config::{Config, Host, SslMode};

use crate::db::ConnectError;
use crate::tls::Tls;

/// How tokio-postgres words a handshake that failed. Its kinds of error are private.
const HANDSHAKE_FAILED: &str = "error performing TLS handshake";

/// Where the database is, and how to get there.
#[derive(Clone)]
pub(crate) struct Dial {
    pub(crate) config: Config,
    /// None: in clear.
    tls: Option<Tls>,
}

impl Dial {
    /// # Errors
    /// The URL can never work. The words name an option at the most, never a value.
    pub(crate) fn parse(url: &str) -> Result<Self, ConnectError> {
        let (url, roots) = without_tls_words(url);
        let config: Config = url.parse().map_err(|error| ConnectError::Url(unusable(&error)))?;
        let by_tcp = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
        let tls = match config.get_ssl_mode() {
            SslMode::Require => Some(Tls::new(roots.as_deref()).map_err(ConnectError::Url)?),
            SslMode::Prefer if by_tcp && roots.is_some() => {
                Some(Tls::new(roots.as_deref()).map_err(ConnectError::Url)?)
            }
            // A machine that trusts nobody cannot believe the server either.
            SslMode::Prefer if by_tcp => Tls::new(None).ok(),
            _ => None,
        };
        Ok(Self { config, tls })
    }

    pub(crate) async fn open(&self) -> Result<AsyncPgConnection, ConnectionError> {
        let bad = |error: tokio_postgres::Error| ConnectionError::BadConnection(told(&error));
        let Some(tls) = self.tls.clone() else {
            let (client, connection) = self.config.connect(NoTls).await.map_err(bad)?;
            return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        };
        match self.config.connect(tls).await {
            Ok((client, connection)) => AsyncPgConnection::try_from_client_and_connection(client, connection).await,
            Err(error)
                if self.config.get_ssl_mode() == SslMode::Prefer && error.to_string().starts_with(HANDSHAKE_FAILED) =>
            {
                tracing::warn!(error = told(&error), "the database's certificate is not believed; going on in clear");
                let mut config = self.config.clone();
                let (client, connection) = config.ssl_mode(SslMode::Disable).connect(NoTls).await.map_err(bad)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            Err(error) => Err(bad(error)),
        }
    }
}

/// The error with its cause: of a handshake the error alone does not say what was wrong.
fn told(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) if !error.to_string().contains(&cause.to_string()) => format!("{error}: {cause}"),
        _ => error.to_string(),
    }
}

/// Only a cause that names one of the known options is told: others may quote what was written there.
fn unusable(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    cause.filter(|cause| cause.starts_with("invalid value for option")).unwrap_or_else(|| error.to_string())
}

/// The words of `libpq` that tokio-postgres does not know: taken out, or said in its own.
fn without_tls_words(url: &str) -> (String, Option<PathBuf>) {
    let Some((place, query)) = url.rsplit_once('?') else { return (url.to_owned(), None) };
    let mut roots = None;
    let mut kept = Vec::new();
    for option in query.split('&') {
        match option.split_once('=') {
            Some(("sslmode", "verify-ca" | "verify-full")) => kept.push("sslmode=require"),
            Some(("sslrootcert", _)) => {
                roots = form_urlencoded::parse(option.as_bytes()).next().map(|(_, path)| PathBuf::from(&*path));
            }
            _ => kept.push(option),
        }
    }
    (format!("{place}?{}", kept.join("&")), roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> (SslMode, bool) {
        let dial = Dial::parse(url).unwrap();
        (dial.config.get_ssl_mode(), dial.tls.is_some())
    }

    #[test]
    fn what_must_be_encrypted_is_verified_whatever_it_is_called() {
        for word in ["require", "verify-ca", "verify-full"] {
            assert_eq!(mode(&format!("postgres://me@db.example/x?sslmode={word}")), (SslMode::Require, true));
        }
        assert_eq!(mode("postgres://me@db.example/x?sslmode=disable"), (SslMode::Disable, false));
        assert_eq!(mode("postgres://me@db.example/x?connect_timeout=3").0, SslMode::Prefer);
        assert_eq!(mode("postgres://me@%2Ftmp/x"), (SslMode::Prefer, false), "a socket of this machine needs none");
    }

    #[test]
    fn roots_that_cannot_be_read_stop_the_start_without_showing_the_url() {
        let url = "postgres://me:hunter2@db.example/x?sslmode=require&sslrootcert=%2Fnowhere%2Fca.pem";
        let words = Dial::parse(url).err().unwrap().to_string();
        assert!(words.contains("sslrootcert") && !words.contains("hunter2"), "{words}");
        let unknown = Dial::parse("postgres://me@db.example/x?sslmode=allow").err().unwrap().to_string();
        assert!(unknown.contains("sslmode"), "{unknown}");
    }
}
