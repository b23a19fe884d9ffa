//! The bench's own connection to the database: looks, never orders.

use tokio_postgres::{Client, NoTls};

use crate::error::BenchError;

/// Connects; the connection lives as long as the client.
///
/// # Errors
/// When the database does not answer.
pub async fn connect(url: &str) -> Result<Client, BenchError> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        // Whoever uses the client hears of it.
        let _ = connection.await;
    });
    Ok(client)
}

/// Before every question of ours, so that they can be left out where statements are counted.
pub const OURS: &str = "/* bench */";

/// One number.
///
/// # Errors
/// When the database does not answer with one.
pub async fn number(client: &Client, sql: &str) -> Result<i64, BenchError> {
    Ok(client.query_one(&format!("{OURS} {sql}"), &[]).await?.try_get(0)?)
}
