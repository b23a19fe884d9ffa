//! The rounds of a process that works: it looks for calls that hang, asks suppliers in trouble whether they answer again, and
//! writes down what other processes must know. Beside the orders' path: no order waits for it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::supply::{BreakerChange, CallNo, Hold, Seen, Standing};
use domain::{AlertKind, SupplierId};
use ports::store::Unavailable;
use ports::supplier::ReadFailed;
use ports::supply::{Held, SupplierState};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::health::{News, least};
use crate::setup::SupplierSlot;
use crate::supply::Shrunk;
use crate::{ActError, Engine};

/// Between two rounds when nothing happened; less where the process looks into its queue more often than usual.
const ROUND: Duration = Duration::from_secs(1);
/// So many looks into the queue are a round at most: of the usual quarter of a second, that is [`ROUND`].
const LOOKS_IN_A_ROUND: u32 = 4;
const SHORTEST_ROUND: Duration = Duration::from_millis(80);
/// Between two times that what happened at the suppliers is added up in the store.
const ADD_UP: Duration = Duration::from_secs(10);
/// Tries to write a state that others write at the same moment; then it waits for the next round.
const STATE_TRIES: u32 = 5;

/// What there is to do on the next round.
#[derive(Default)]
pub(crate) struct Rounds {
    called: Notify,
    old_lists: Mutex<BTreeSet<SupplierId>>,
}

impl Rounds {
    /// Something happened that others must know at once.
    pub(crate) fn call(&self) {
        self.called.notify_one();
    }

    pub(crate) fn read_list_of(&self, supplier: SupplierId) {
        self.old_lists.lock().unwrap_or_else(PoisonError::into_inner).insert(supplier);
    }

    pub(crate) fn old_lists(&self) -> BTreeSet<SupplierId> {
        std::mem::take(&mut *self.old_lists.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Engine {
    /// Goes its rounds until told to stop.
    pub(crate) async fn go_rounds(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let round = (self.limits.poll * LOOKS_IN_A_ROUND).clamp(SHORTEST_ROUND, ROUND);
        let mut asking = JoinSet::new();
        let mut added_up = Instant::now();
        // A process that has just begun knows nothing of what the others saw.
        let mut told = false;
        while !*stop.borrow() {
            told = told || self.hear_of_suppliers().await;
            self.look_at_suppliers().await;
            for (id, call) in self.to_be_probed() {
                asking.spawn(Arc::clone(&self).probe(id, call));
            }
            let old = self.rounds.old_lists();
            if !old.is_empty() {
                asking.spawn(Arc::clone(&self).read_old_lists(old));
            }
            while asking.try_join_next().is_some() {}
            if added_up.elapsed() >= ADD_UP {
                self.add_up().await;
                added_up = Instant::now();
            }
            tokio::select! {
                () = self.rounds.called.notified() => {}
                () = tokio::time::sleep(round) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        self.look_at_suppliers().await;
        self.add_up().await;
    }

    /// `false`: the store did not say.
    async fn hear_of_suppliers(&self) -> bool {
        let Ok(states) = self.stores.supply.states().await else { return false };
        let now = self.clock.now();
        for (id, slot) in &self.suppliers {
            let state = states.iter().find(|state| state.supplier == *id);
            slot.health.told(state.map(standing).as_ref(), now);
        }
        true
    }

    async fn look_at_suppliers(&self) {
        for (id, slot) in &self.suppliers {
            let now = self.clock.now();
            self.say(id, slot.health.look(now));
            if let Some(news) = slot.health.news() {
                match self.write_down(id, &news).await {
                    Ok(()) => slot.health.written(&news),
                    Err(why) => tracing::warn!(supplier = %id, %why, "what others must know could not be written yet"),
                }
            }
            if let Some(since) = slot.health.worth_a_call(now) {
                let minutes = (now - since).num_minutes();
                let detail = format!("in trouble for {minutes} min; others are tried, and it is asked again and again");
                if let Err(why) = self.raise(AlertKind::SupplierTrouble, id.to_string(), detail).await {
                    tracing::warn!(supplier = %id, %why, "nobody could be called about a supplier");
                }
            }
        }
    }

    /// In words, for whoever reads the log; and the others are told on the next round.
    pub(crate) fn say(&self, id: &SupplierId, change: Option<BreakerChange>) {
        let Some(change) = change else { return };
        match change {
            BreakerChange::Opened => tracing::warn!(supplier = %id, "in trouble: nothing is bought there for a while"),
            BreakerChange::Closed => tracing::info!(supplier = %id, "out of trouble"),
        }
        self.counters.add("seberang_supplier_breaker_total", &[("supplier", id.as_str()), ("change", change.as_str())]);
        self.rounds.call();
    }

    async fn write_down(&self, id: &SupplierId, news: &News) -> Result<(), Unavailable> {
        let now = self.clock.now();
        self.alter(id, |state| {
            match news.broken_until {
                Some(Some(until)) => {
                    state.broken_until = state.broken_until.max(Some(until));
                    state.broken_since = state.broken_since.or(Some(now));
                }
                Some(None) => (state.broken_until, state.broken_since) = (None, None),
                None => {}
            }
            if let Some((hold, needed)) = news.refused {
                let before = state.held.and_then(|held| held.needed);
                // Each refusal for the deposit is news of it; of who refuses our account the first one counts.
                let first = state.held.filter(|held| held.hold == hold && hold == Hold::Account);
                let since = first.map_or(now, |held| held.since);
                state.held = Some(Held { hold, since, needed: least(before, needed) });
                if news.untold {
                    (state.balance, state.hours_left) = (None, None);
                }
            }
        })
        .await?;
        if let Some((hold, _)) = news.refused {
            tracing::error!(supplier = %id, hold = hold.as_str(), "what it refused is not bought there until it is mended");
        }
        self.memory.forget_products();
        Ok(())
    }

    /// Changes what is stored of a supplier, whoever else does so at the same moment.
    pub(crate) async fn alter(
        &self,
        id: &SupplierId,
        change: impl Fn(&mut SupplierState),
    ) -> Result<SupplierState, Unavailable> {
        for _ in 0..STATE_TRIES {
            let stored = self.stores.supply.states().await?.into_iter().find(|state| state.supplier == *id);
            let before = stored.unwrap_or_else(|| SupplierState::unknown(id.clone()));
            let mut after = before.clone();
            change(&mut after);
            if after == before || self.stores.supply.put_state(&after).await? {
                return Ok(after);
            }
        }
        Err(Unavailable("others write this supplier's state all the time".to_owned()))
    }

    fn to_be_probed(&self) -> Vec<(SupplierId, CallNo)> {
        let now = self.clock.now();
        let probes = self.suppliers.iter().filter_map(|(id, slot)| Some((id.clone(), slot.health.probe(now)?)));
        probes.collect()
    }

    /// Asks a supplier in trouble for our balance. That it refuses us is an answer, too, and says what the trouble is: not all of them say it
    /// clearly of a purchase, and order after order would be spent on it.
    async fn probe(self: Arc<Self>, id: SupplierId, call: CallNo) {
        let Some(slot) = self.suppliers.get(&id) else { return };
        let seen = match self.balance_of(slot).await {
            Ok(_) => Seen::Answered,
            Err(ReadFailed::Unauthorised(_)) if slot.health.is_held_for(Hold::Account) => Seen::Answered,
            Err(why @ ReadFailed::Unauthorised(_)) => {
                slot.health.refuse_to_tell();
                self.rounds.call();
                self.mind_silence(&id, "balance", why).await;
                Seen::Answered
            }
            Err(ReadFailed::Busy(_) | ReadFailed::Unavailable(_)) => Seen::Trouble,
        };
        self.say(&id, slot.health.probed(call, seen, self.clock.now()));
    }

    /// And when it was asked.
    pub(crate) async fn balance_of(&self, slot: &SupplierSlot) -> Result<(domain::Money, domain::Moment), ReadFailed> {
        let _permit = slot.permits.take(self.clock.as_ref()).await;
        let asked_at = self.clock.now();
        let told = slot.heed(slot.adapter.balance(asked_at).await, self.clock.as_ref())?;
        Ok((told, asked_at))
    }

    async fn read_old_lists(self: Arc<Self>, suppliers: BTreeSet<SupplierId>) {
        tracing::info!(?suppliers, "refuses what its list offers: the list is read");
        if let Err(error) = self.read_lists(suppliers.iter(), Shrunk::Refused).await {
            tracing::warn!(%error, "a list could not be read");
        }
    }

    /// Of what cannot be stored nobody knows whether it was: it is rather missing than there twice.
    async fn add_up(&self) {
        let minutes = self.sightings.take();
        if minutes.is_empty() {
            return;
        }
        if let Err(error) = self.stores.supply.observed(minutes).await {
            tracing::warn!(%error, "what happened at the suppliers was not added up");
        }
    }

    /// Suppliers this process knows to be held.
    pub(crate) fn any_held(&self) -> bool {
        self.suppliers.values().any(|slot| slot.health.is_held())
    }

    /// Asks the suppliers that are held whether they are mended.
    ///
    /// # Errors
    /// When the store did not answer.
    pub(crate) async fn look_at_held(&self) -> Result<(), ActError> {
        let states = self.stores.supply.states().await?;
        let held: BTreeSet<&SupplierId> =
            states.iter().filter(|state| state.held.is_some()).map(|state| &state.supplier).collect();
        let asked = self.read_balances_of(|id| held.contains(id)).await;
        self.hear_of_suppliers().await;
        asked
    }
}

fn standing(state: &SupplierState) -> Standing {
    Standing {
        supplier: state.supplier.clone(),
        off: None,
        hold: state.held.map(|held| held.hold),
        needed: state.held.and_then(|held| held.needed),
        broken_until: state.broken_until,
    }
}
