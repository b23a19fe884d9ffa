//! Plain HTTP: a request in the making, and an answer read whole.

use serde_json::Value;

use crate::reading::list;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.json()
    }

    /// `422 bad_target items[0].target=taiwanese_number`
    #[track_caller]
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.status, self.text);
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert!(body["request_id"].as_str().is_some_and(|id| id == self.header("x-request-id")), "{body}");
        let fields: Vec<String> = list(&body["errors"])
            .iter()
            .map(|e| format!(" {}={}", e["field"].as_str().unwrap(), e["code"].as_str().unwrap()))
            .collect();
        format!("{} {}{}", self.status, body["code"].as_str().unwrap(), fields.concat())
    }
}

/// A request in the making.
pub struct Ask(pub reqwest::RequestBuilder);

impl Ask {
    pub fn by(self, token: &str) -> Self {
        if token.is_empty() { self } else { Self(self.0.bearer_auth(token)) }
    }

    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub fn fresh_key(self) -> Self {
        self.key(&crate::shop::fresh())
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn body(self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.header("Content-Type", content_type).body(body))
    }

    pub async fn send(self) -> Answer {
        read(self.0.send().await.unwrap()).await
    }

    /// `None`: nobody is there.
    pub async fn try_send(self) -> Option<Answer> {
        Some(read(self.0.send().await.ok()?).await)
    }
}

async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}
