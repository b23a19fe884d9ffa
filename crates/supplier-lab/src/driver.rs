//! The driver's calls to the sandbox: its clock, faults, purchases, bills, and what it knows to be true.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use adapters_kit::{LIST_CAP, Method, Outcome, Redactor, Request};
use domain::{Moment, Reference};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::lab::{Lab, must};

/// No test waits longer for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at what the sandbox still has to do.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A line of the supplier's price list, as the sandbox means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Of a bill its fee.
    pub rupiah: i64,
    pub open: bool,
    /// Its price can be read from the list.
    pub readable: bool,
    pub is_bill: bool,
}

impl Lab {
    /// Changes the sandbox's settings: `{"suppliers": {"iak": {…}}}`.
    pub async fn settings(&self, change: Value) {
        self.post("/control/settings", &change).await;
    }

    /// From now on these go wrong, for one reference, and nothing else.
    ///
    /// # Errors
    /// The sandbox's words, where the supplier cannot do that.
    pub async fn try_faults(&self, faults: Vec<Fault>, reference: &Reference) -> Result<(), String> {
        let faults = faults.into_iter().map(|fault| fault.with("reference", json!(reference.as_str())));
        self.try_rules(faults.collect()).await
    }

    /// From now on these go wrong, whatever they hit, and nothing else.
    ///
    /// # Errors
    /// As [`Lab::try_faults`].
    pub async fn try_rules(&self, faults: Vec<Fault>) -> Result<(), String> {
        let rules: Vec<Value> = faults.into_iter().map(|fault| fault.rule(self.subject.manifest.kind)).collect();
        let body = json!({ "seed": 1, "only": true, "rules": rules }).to_string();
        match self.call(Method::Post, "/control/faults", body).await {
            (status, _) if status < 400 => Ok(()),
            (_, words) => Err(String::from_utf8_lossy(&words).into_owned()),
        }
    }

    /// A fault for one reference, which the supplier can do.
    pub async fn fault(&self, fault: Fault, reference: &Reference) {
        must("a fault", self.try_faults(vec![fault], reference).await);
    }

    pub async fn deposit(&self, account: &str, rupiah: i64) {
        let path = format!("/control/{}/{account}/deposit", self.subject.manifest.kind);
        self.post(&path, &json!({ "set": rupiah })).await;
    }

    /// What becomes of a purchase: `settle`, `reverse`, `recover`.
    pub async fn act(&self, account: &str, reference: &Reference, act: &str) {
        let supplier = self.subject.manifest.kind;
        let body = json!({ "supplier": supplier, "account": account, "reference": reference.as_str(), "act": act });
        self.post("/control/purchases", &body).await;
    }

    /// Waits until the sandbox has done what is due by now.
    pub async fn settled(&self) {
        let began = Instant::now();
        loop {
            let told = self.get("/control/pending").await;
            let moment = |field| text(&told, field).map(|at| must::<Moment, _>(field, at.parse()));
            let nothing_due = moment("next_due").is_none_or(|due| Some(due) > moment("now"));
            if nothing_due && told.get("in_flight") == Some(&json!(0)) {
                return;
            }
            must("the sandbox does what is due", if began.elapsed() < PATIENCE { Ok(()) } else { Err(told) });
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Requests that reached the sandbox under a reference, by call: `{"topup": 1, "status": 2}`.
    pub async fn arrivals(&self, reference: &Reference) -> Value {
        self.arrivals_of(reference.as_str()).await
    }

    /// The same of a reference that an adapter made of ours.
    pub async fn arrivals_of(&self, reference: &str) -> Value {
        self.get(&format!("/control/arrivals?supplier={}&reference={reference}", self.subject.manifest.kind)).await
    }

    /// The sandbox's own rows about a reference.
    pub async fn deliveries(&self, reference: &Reference) -> Vec<Value> {
        let truth = self.get("/truth").await;
        let rows = truth.get("deliveries").and_then(Value::as_array).cloned().unwrap_or_default();
        rows.into_iter().filter(|row| text(row, "reference") == Some(reference.as_str())).collect()
    }

    /// What that number owes: `{"holder": …, "bills": [{"period", "amount", "penalty"}]}`.
    pub async fn owed(&self, biller: &str, number: &str) -> Value {
        let biller = biller.replace(' ', "%20");
        self.get(&format!("/control/bills?goods={biller}&number={number}")).await
    }

    /// All that number owes is paid at a counter.
    pub async fn pay_elsewhere(&self, biller: &str, number: &str) {
        self.post("/control/bills", &json!({ "goods": biller, "number": number })).await;
    }

    /// The supplier's whole list, by code.
    pub(crate) async fn read_lines(&self) -> BTreeMap<String, Line> {
        let goods = self.get("/goods").await;
        let goods = goods.get("goods").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut lines = BTreeMap::new();
        for goods in goods {
            let is_bill = matches!(text(&goods, "kind"), Some("pln_bill" | "bpjs" | "pdam" | "internet"));
            let offers = goods.get("offers").and_then(Value::as_array).cloned().unwrap_or_default();
            for offer in offers.iter().filter(|offer| text(offer, "supplier") == Some(self.subject.manifest.kind)) {
                let yes = |field| offer.get(field) == Some(&Value::Bool(true));
                let rupiah = offer.get("price").and_then(Value::as_i64).unwrap_or(0);
                let line = Line { rupiah, open: yes("open"), readable: yes("readable"), is_bill };
                lines.insert(text(offer, "code").unwrap_or_default().to_owned(), line);
            }
        }
        lines
    }

    /// Moves the sandbox's clock to [`Lab::now`]; it runs on from there.
    pub(crate) async fn set_clock(&self) {
        let ahead = self.now().timestamp_millis() - self.sandbox_time().await.timestamp_millis();
        let offset = self.offset_ms.fetch_add(ahead, Ordering::Relaxed) + ahead;
        let (new, clock) = (self.dir.path().join("clock.new"), self.dir.path().join("clock"));
        must("the clock is written", std::fs::write(&new, offset.to_string()));
        // Whoever reads meanwhile finds the old offset or the new one, never half of it.
        must("the clock is set", std::fs::rename(new, clock));
        // Asking makes every part of the sandbox look at the clock again.
        self.sandbox_time().await;
    }

    pub(crate) async fn sandbox_time(&self) -> Moment {
        let told = self.get("/control/pending").await;
        must("the sandbox's time", text(&told, "now").unwrap_or_default().parse())
    }

    async fn post(&self, path: &str, body: &Value) {
        let (status, said) = self.call(Method::Post, path, body.to_string()).await;
        must(path, if status < 400 { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned()) });
    }

    async fn get(&self, path: &str) -> Value {
        let (_, body) = self.call(Method::Get, path, String::new()).await;
        must(path, serde_json::from_slice(&body))
    }

    async fn call(&self, method: Method, path: &str, body: String) -> (u16, bytes::Bytes) {
        let request = Request {
            provider: "sandbox",
            call: "control",
            method,
            url: &format!("{}{path}", self.handle.base_url()),
            headers: Vec::new(),
            content_type: Some("application/json").filter(|_| !body.is_empty()),
            body: body.into_bytes(),
            deadline: PATIENCE,
            body_cap: LIST_CAP,
            redactor: &Redactor::new(&[], Vec::new()),
        };
        match self.http.call(request, self.now()).await.0 {
            Outcome::Reply { status, body } => (status, body),
            other => must(path, Err(other)),
        }
    }
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}
