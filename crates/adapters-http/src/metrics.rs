//! Numbers for Prometheus: this listener's requests, and what the engine counted.

use std::fmt::Write;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use engine::{Engine, Metric};
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder};

use crate::answer::Handled;
use crate::problem::Problem;

/// Seconds. A create takes a few milliseconds; a body may take ten seconds.
const BUCKETS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Requests by route. Labels are our own words: patterns, known methods, statuses.
#[derive(Clone)]
pub struct HttpMetrics {
    listener: &'static str,
    requests: IntCounterVec,
    seconds: HistogramVec,
}

/// The numbers of both listeners, and where they are collected.
pub struct HttpRegistry {
    registry: Registry,
    requests: IntCounterVec,
    turned_away: IntCounterVec,
    seconds: HistogramVec,
}

impl HttpRegistry {
    pub fn new() -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new("seberang_http_requests_total", "Requests answered"),
            &["listener", "method", "route", "status"],
        )?;
        let turned_away = IntCounterVec::new(
            Opts::new("seberang_http_turned_away_total", "Requests answered 503 because too many were being served"),
            &["listener"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("seberang_http_request_seconds", "Time to answer").buckets(BUCKETS.to_vec()),
            &["listener", "route"],
        )?;
        let registry = Registry::new();
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(turned_away.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self { registry, requests, turned_away, seconds })
    }

    pub fn listener(&self, listener: &'static str) -> HttpMetrics {
        HttpMetrics { listener, requests: self.requests.clone(), seconds: self.seconds.clone() }
    }

    pub fn turned_away(&self, listener: &'static str) -> IntCounter {
        self.turned_away.with_label_values(&[listener])
    }

    fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

impl HttpMetrics {
    pub fn count(&self, method: &str, route: &str, status: u16, elapsed: Duration) {
        // A client may invent methods; they share one label.
        let method = if matches!(method, "GET" | "POST" | "PUT") { method } else { "other" };
        self.requests.with_label_values(&[self.listener, method, route, &status.to_string()]).inc();
        self.seconds.with_label_values(&[self.listener, route]).observe(elapsed.as_secs_f64());
    }
}

/// Every number in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "health",
    responses((status = 200, description = "Prometheus text format", body = String, content_type = "text/plain")),
)]
pub async fn metrics(engine: web::Data<Engine>, http: web::Data<HttpRegistry>) -> Handled {
    let mut text = exposition(&engine.metrics().await);
    text.push_str(&http.text().map_err(|error| Problem::internal(&error))?);
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// The engine's numbers, which come sorted by name.
fn exposition(metrics: &[Metric]) -> String {
    let mut out = String::new();
    let mut last = "";
    for metric in metrics {
        if metric.name != last {
            let kind = if metric.name.ends_with("_total") { "counter" } else { "gauge" };
            // Writing to a String cannot fail.
            let _ = writeln!(out, "# HELP {} {}\n# TYPE {} {kind}", metric.name, metric.help, metric.name);
            last = metric.name;
        }
        out.push_str(metric.name);
        if !metric.labels.is_empty() {
            let labels: Vec<String> =
                metric.labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            let _ = write!(out, "{{{}}}", labels.join(","));
        }
        let _ = writeln!(out, " {}", metric.value);
    }
    out
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_numbers_are_written_as_prometheus_reads_them() {
        let metric = |name, labels: &[(&'static str, &str)], value| Metric {
            name,
            help: "help",
            labels: labels.iter().map(|(n, v)| (*n, (*v).to_owned())).collect(),
            value,
        };
        let text = exposition(&[
            metric("seberang_notices_total", &[("provider", "ecpay"), ("outcome", "stored")], 3),
            metric("seberang_notices_total", &[("provider", "a\"b\\\n")], 1),
            metric("seberang_tasks_live", &[], 7),
        ]);
        insta::assert_snapshot!(text, @r#"
        # HELP seberang_notices_total help
        # TYPE seberang_notices_total counter
        seberang_notices_total{provider="ecpay",outcome="stored"} 3
        seberang_notices_total{provider="a\"b\\\n"} 1
        # HELP seberang_tasks_live help
        # TYPE seberang_tasks_live gauge
        seberang_tasks_live 7
        "#);
    }

    #[test]
    fn requests_are_counted_by_route_and_not_by_what_clients_invent() {
        let registry = HttpRegistry::new().unwrap();
        let public = registry.listener("public");
        public.count("GET", "/v1/orders/{id}", 200, Duration::from_millis(3));
        public.count("BREW", "unmatched", 405, Duration::from_millis(1));
        let text = registry.text().unwrap();
        assert!(text.contains(
            r#"seberang_http_requests_total{listener="public",method="GET",route="/v1/orders/{id}",status="200"} 1"#
        ));
        assert!(text.contains(r#"method="other",route="unmatched""#));
        assert!(!text.contains("BREW"));
    }
}
