//! Everything the handlers share, behind one lock that is never held over an await.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::books::Books;
use crate::clock::ClockReader;
use crate::config::{Account, EcpayMerchant};
use crate::faults::{At, Drawn, Faults, Kind, Provider};
use crate::fronts::Switch;
use crate::goods::arrivals::Arrivals;
use crate::goods::inquiries::Inquiries;
use crate::journal::{Journal, JournalBroken};
use crate::reading::Reading;
use crate::schedule::Schedule;
use crate::truth::Event;

/// Who is known to whom.
pub struct Accounts {
    pub ecpay: Vec<EcpayMerchant>,
    pub suppliers: HashMap<Provider, Vec<Account>>,
}

pub struct Sandbox {
    pub accounts: Accounts,
    pub http: reqwest::Client,
    clock: ClockReader,
    journal: Journal,
    switch: mpsc::Sender<Switch>,
    state: Mutex<State>,
}

/// What a driver may change while the server runs.
pub struct Settings {
    pub suppliers: HashMap<Provider, SupplierSettings>,
    /// Of a provider that is no supplier.
    pub nobody: SupplierSettings,
    /// Sends IAK's price list as the documents' sample does, straight under `data`.
    pub iak_pricelist_bare: bool,
    /// Queries of one trade within ten minutes before ECPay blocks the merchant; never when absent.
    pub ecpay_pacing: Option<u32>,
    pub notice_copies: usize,
    pub notice_targets: Vec<String>,
    pub ecpay_reading: Reading,
}

/// What a driver may change of one supplier.
#[derive(Default)]
pub struct SupplierSettings {
    /// From accepted to final, virtual; by hand only when absent.
    pub final_delay_ms: Option<i64>,
    /// Refuses the same number and product twice a day. At IAK an account's switch, "multiple transactions"; at Pulsa IF the rule.
    pub once_a_day: bool,
    /// Where callbacks go, by account.
    pub callback_url: HashMap<String, String>,
    pub reading: Reading,
    /// Test numbers mean what they mean; else they are numbers like others.
    pub endings: bool,
}

impl Settings {
    pub fn supplier(&self, supplier: Provider) -> &SupplierSettings {
        self.suppliers.get(&supplier).unwrap_or(&self.nobody)
    }
}

/// Who asked for what how often; only filled while somebody counts.
#[derive(Default)]
pub struct Pacing {
    pub asked_ms: HashMap<(String, String), VecDeque<i64>>,
    /// The latest requests at suppliers, by what they are counted for.
    supplier_asked_ms: HashMap<(Provider, String), VecDeque<i64>>,
    pub blocked_until_ms: HashMap<String, i64>,
}

impl Pacing {
    /// Counts a request, unless it is one more than a supplier takes of this kind within `window_ms`: then it is too much.
    pub fn is_too_much(&mut self, supplier: Provider, kind: &str, most: usize, window_ms: i64, now_ms: i64) -> bool {
        let asked = self.supplier_asked_ms.entry((supplier, kind.to_owned())).or_default();
        asked.retain(|at_ms| *at_ms > now_ms - window_ms);
        if asked.len() >= most {
            return true;
        }
        asked.push_back(now_ms);
        false
    }
}

pub struct State {
    pub books: Books,
    pub schedule: Schedule,
    pub faults: Faults,
    pub settings: Settings,
    pub pacing: Pacing,
    /// Requests seen since the start, by `provider.call`.
    pub requests: BTreeMap<&'static str, u64>,
    pub arrivals: Arrivals,
    pub inquiries: Inquiries,
    /// Suppliers whose own listener is closed.
    pub down: BTreeSet<Provider>,
    /// Provider requests being answered now.
    pub answering: usize,
    /// Round robin over the notice targets.
    pub next_target: usize,
}

impl Sandbox {
    pub fn new(
        accounts: Accounts,
        clock: ClockReader,
        journal: Journal,
        http: reqwest::Client,
        switch: mpsc::Sender<Switch>,
        state: State,
    ) -> Self {
        Self { accounts, http, clock, journal, switch, state: Mutex::new(state) }
    }

    /// Virtual milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Virtual milliseconds since 1970, with the clock file read afresh.
    pub fn fresh_now_ms(&self) -> i64 {
        self.clock.refresh();
        self.clock.now_ms()
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        // A handler that panicked leaves whole events behind, never half of one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The only way the books change: one event, applied and queued for the file in one order.
    pub fn record(&self, state: &mut State, event: Event) {
        match serde_json::to_vec(&event) {
            Ok(line) => self.journal.append(line),
            Err(error) => tracing::error!(%error, "an event could not be written"),
        }
        state.books.apply(event);
    }

    /// Waits until everything recorded so far is on the disk.
    pub async fn durable(&self) -> Result<(), JournalBroken> {
        self.journal.durable().await
    }

    pub fn close(&self) {
        self.journal.close();
    }

    /// Takes a supplier's own listener down or up, and returns when it is.
    ///
    /// # Errors
    /// When its port cannot be listened on, or nobody plays it.
    pub async fn switch(&self, supplier: Provider, down: bool) -> std::io::Result<()> {
        let (done, wait) = oneshot::channel();
        let gone = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        self.switch.send(Switch { supplier, down, done }).await.ok().ok_or_else(gone)?;
        wait.await.ok().ok_or_else(gone)??;
        let mut state = self.state();
        if down {
            state.down.insert(supplier)
        } else {
            state.down.remove(&supplier)
        };
        Ok(())
    }

    pub fn draw(&self, at: &At<'_>, kinds: &[Kind]) -> Drawn {
        self.state().faults.draw(at, kinds)
    }

    pub fn ecpay_reading(&self) -> Reading {
        self.state().settings.ecpay_reading
    }

    pub fn merchant(&self, id: &str) -> Option<&EcpayMerchant> {
        self.accounts.ecpay.iter().find(|merchant| merchant.merchant_id == id)
    }

    pub fn accounts_of(&self, supplier: Provider) -> &[Account] {
        self.accounts.suppliers.get(&supplier).map_or(&[], Vec::as_slice)
    }

    pub fn account(&self, supplier: Provider, name: &str) -> Option<&Account> {
        self.accounts_of(supplier).iter().find(|account| account.name == name)
    }

    /// Counts a request, and the time it is being answered, until the guard goes. It is answered at its own time: a client
    /// that saw the clock move first must not meet yesterday's sandbox.
    pub fn answering(&self, call: &'static str) -> Answering<'_> {
        self.clock.refresh();
        let mut state = self.state();
        *state.requests.entry(call).or_insert(0) += 1;
        state.answering += 1;
        Answering(self)
    }
}

pub struct Answering<'a>(&'a Sandbox);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.0.state().answering -= 1;
    }
}
