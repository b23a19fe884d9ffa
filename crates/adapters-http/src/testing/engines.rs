//! Engines over stores that answer only what a test asks of them.

use std::sync::{Arc, Mutex};

use domain::pricing::Promo;
use domain::{Account, Currency, GatewayId, Money, Order};
use engine::{Engine, Limits, Stores};
use ports::catalogue::{MockCatalogue, PromoRow};
use ports::gateway::{GatewayNotice, GatewayNoticeSays, MockGateway};
use ports::notice::{NoticeOutcome, NoticeRecord, NoticeRejected, NoticeReply};
use ports::store::{MockOrderStore, StaffAct, Story, StoryNotice};
use ports::supply::MockSupplyStore;
use ports::tasks::{MockTaskStore, MockUpkeep};

use super::down::Down;
use super::{Noon, order};

/// An engine whose database does not answer, with one gateway.
pub fn engine_without_store() -> Arc<Engine> {
    engine_with(|_| {})
}

/// The same with some stores that do answer.
fn engine_with(change: impl FnOnce(&mut Stores)) -> Arc<Engine> {
    let down = Arc::new(Down);
    let mut stores = Stores {
        orders: down.clone(),
        tasks: down.clone(),
        schedules: down.clone(),
        upkeep: down.clone(),
        catalogue: down.clone(),
        bills: down.clone(),
        supply: down,
    };
    change(&mut stores);
    let clock = Arc::new(Noon);
    Arc::new(Engine::new(stores, vec![Arc::new(gateway())], Vec::new(), clock.clone(), clock, Limits::default()))
}

/// Its store takes notices of references nobody made.
pub fn engine_that_takes_notices() -> Arc<Engine> {
    let mut orders = MockOrderStore::new();
    orders.expect_holder_of().returning(|_| Ok(None));
    orders.expect_park().returning(|_, _, _, _| Ok(()));
    let mut upkeep = MockUpkeep::new();
    upkeep.expect_counted().returning(Vec::new);
    engine_with(|stores| {
        stores.orders = Arc::new(orders);
        stores.upkeep = Arc::new(upkeep);
    })
}

/// Its store has these acts, newest first.
pub fn engine_with_acts(acts: Vec<StaffAct>) -> Arc<Engine> {
    let mut upkeep = MockUpkeep::new();
    upkeep.expect_staff_acts().returning(move |before, limit| {
        let older = acts.iter().filter(|act| before.is_none_or(|before| act.id < before));
        Ok(older.take(usize::from(limit)).cloned().collect())
    });
    engine_with(|stores| stores.upkeep = Arc::new(upkeep))
}

/// Its store tells these stories about one order, one after the other.
pub fn engine_with_stories(stories: Vec<Story>) -> Arc<Engine> {
    let mut orders = MockOrderStore::new();
    orders.expect_load().returning(|_| Ok(order()));
    let mut stories = stories.into_iter();
    orders.expect_story().returning(move |_| Ok(stories.next().unwrap()));
    engine_with(|stores| stores.orders = Arc::new(orders))
}

/// Its store has one order that moves on: every load finds the next of these states, and the last one for ever.
pub fn engine_with_order(states: Vec<Order>) -> Arc<Engine> {
    let mut orders = MockOrderStore::new();
    let newest = states.last().unwrap().version;
    orders.expect_versions().returning(move |ids| Ok(ids.iter().map(|id| (*id, newest)).collect()));
    let (mut states, mut last) = (states.into_iter(), None);
    orders.expect_load().returning(move |_| {
        last = states.next().or(last.take());
        Ok(last.clone().unwrap())
    });
    engine_with(|stores| stores.orders = Arc::new(orders))
}

/// Its store has one order, known by its checkout's reference and its transaction, and a notice about each reference.
pub fn engine_with_names() -> Arc<Engine> {
    let mut orders = MockOrderStore::new();
    orders.expect_load().returning(|_| Ok(order()));
    orders.expect_holder_of().returning(|key| {
        let known = ["ref:ecpay:3002607:AAAAAAAAAAAAAAAAAAAA", "money:ecpay:3002607:2611211200001"];
        Ok(known.contains(&key.as_str()).then(|| order().id))
    });
    orders.expect_notices_about().returning(|reference, limit| {
        let notice = StoryNotice {
            at: super::noon(),
            provider: "ecpay".into(),
            kind: "return".into(),
            key: format!("ecpay:return:{reference}:1:1:0"),
            body: format!("limit={limit}"),
        };
        Ok(vec![notice])
    });
    engine_with(|stores| stores.orders = Arc::new(orders))
}

/// The acts a store was told of.
#[derive(Clone, Default)]
pub struct Acted(Arc<Mutex<Vec<StaffAct>>>);

impl Acted {
    pub fn told(&self) -> Vec<StaffAct> {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, act: &StaffAct) {
        self.0.lock().unwrap().push(act.clone());
    }

    /// An engine whose store takes every act.
    pub fn engine(&self) -> Arc<Engine> {
        let (mut upkeep, mut tasks) = (MockUpkeep::new(), MockTaskStore::new());
        let mut catalogue = MockCatalogue::new();
        let told = self.clone();
        upkeep.expect_close_alert().returning(move |_, act| {
            told.add(act);
            Ok(true)
        });
        let told = self.clone();
        upkeep.expect_record_act().returning(move |act| {
            told.add(act);
            Ok(())
        });
        let told = self.clone();
        tasks.expect_revive().returning(move |_, _, act| {
            told.add(act);
            Ok(true)
        });
        let told = self.clone();
        catalogue.expect_set_price_book().returning(move |_, act| {
            told.add(act);
            Ok(())
        });
        let told = self.clone();
        catalogue.expect_put_promo().returning(move |_, _, act| {
            told.add(act);
            Ok(true)
        });
        let mut supply = MockSupplyStore::new();
        let told = self.clone();
        supply.expect_release().returning(move |_, act| {
            told.add(act);
            Ok(true)
        });
        let told = self.clone();
        supply.expect_switch_off().returning(move |switch, act| {
            told.add(act);
            Ok(switch.id)
        });
        let told = self.clone();
        supply.expect_switch_on().returning(move |_, act| {
            told.add(act);
            Ok(true)
        });
        catalogue.expect_promo().returning(|code| {
            let discount = Money::from_minor(1_000, Currency::Twd);
            Ok(Some(PromoRow { promo: Promo { code: code.to_owned(), discount }, max_uses: 5, used: 0 }))
        });
        engine_with(|stores| {
            stores.upkeep = Arc::new(upkeep);
            stores.tasks = Arc::new(tasks);
            stores.catalogue = Arc::new(catalogue);
            stores.supply = Arc::new(supply);
        })
    }
}

fn gateway() -> MockGateway {
    let mut gateway = MockGateway::new();
    gateway.expect_id().return_const("ecpay".parse::<GatewayId>().unwrap());
    gateway.expect_account().return_const("3002607".parse::<Account>().unwrap());
    gateway.expect_methods().returning(|_| Vec::new());
    gateway.expect_verify_notice().returning(|_, raw| match &*raw.body {
        b"genuine" => Ok(genuine()),
        _ => Err(NoticeRejected::BadSignature),
    });
    gateway.expect_returned().returning(|raw| match &*raw.body {
        b"genuine" => Ok("AAAAAAAAAAAAAAAAAAAA".parse().unwrap()),
        _ => Err(NoticeRejected::BadSignature),
    });
    gateway.expect_notice_reply().returning(|outcome| {
        let (status, body) = match outcome {
            NoticeOutcome::Stored => (200, "1|OK".to_owned()),
            other => (400, format!("0|{other:?}")),
        };
        NoticeReply { status, content_type: "text/plain", body }
    });
    gateway
}

fn genuine() -> GatewayNotice {
    let record = NoticeRecord {
        key: "ecpay:return:1".into(),
        provider: "ecpay".into(),
        kind: "return".into(),
        body: String::new(),
    };
    let reference = "AAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    GatewayNotice { reference, says: GatewayNoticeSays::Declined { code: "0".into() }, record }
}
