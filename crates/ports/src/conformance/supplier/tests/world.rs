//! What the suite is told of that supplier.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use domain::catalogue::Category;
use domain::{Currency, Moment, Money, Private, Reference};

use super::broken::Broken;
use super::fake::{Fake, given};
use crate::bill::BillQuery;
use crate::conformance::report::Unsupported;
use crate::conformance::supplier::{
    BillClaims, BillSituation, BillStage, BillTruth, Claims, CutOff, InquiryCase, Listed, OddSetting, Situation,
    SupplierNoticeCase, SupplierStage, SupplierTruth, SupplierWorld, Turn,
};
use crate::inquiry::Inquiry;
use crate::notice::{NoticeReply, RawNotice};
use crate::settings::BadSetting;
use crate::supplier::{Proof, Purchase, Supplier};

pub const SECRET: &str = "s3cret-key";
pub const SECOND_SECRET: &str = "s3cond-key";
pub const HOLDER: &str = "BUDI SANTOSO";
pub const TOKEN: &str = "12345678901234567890";

pub const CLAIMS: Claims = Claims {
    bills: Some(BillClaims { tells_paid: true, same_day: true }),
    inquiries: true,
    notices: Some(Proof::Outcome),
    cut_off: Some(CutOff::Refused),
    price_guard: true,
    absence: true,
    asking_may_buy: false,
    names_reference: true,
};

/// One reference as the supplier knows it.
pub struct Bought {
    pub situation: Situation,
    pub bill: Option<BillSituation>,
    pub owes: BillTruth,
    pub truth: SupplierTruth,
    pub turns: Vec<Turn>,
    pub asked: u32,
}

impl Bought {
    /// What it costs there, and, where it is over at once, what it gave.
    pub fn form(&mut self, situation: Situation, cost: Money) {
        let dearer = situation == Situation::PriceAboveList;
        self.truth.price = Some(if dearer { idr(cost.minor() * 2) } else { cost });
        if situation == Situation::DeliveredAtOnce {
            self.deliver();
        }
    }

    fn deliver(&mut self) {
        self.truth.delivered = 1;
        let (serial, pin) = given(self.situation);
        (self.truth.serial, self.truth.pin) = (Some(serial), pin);
    }
}

pub struct Memory {
    pub broken: Broken,
    /// How it is, whatever it claims.
    pub is: Claims,
    references: Mutex<HashMap<Reference, Bought>>,
    deposit: Mutex<Money>,
    days: AtomicU64,
    counted: AtomicU64,
}

impl Memory {
    pub fn on<T>(&self, reference: &Reference, act: impl FnOnce(&mut Bought) -> T) -> T {
        act(self.references.lock().unwrap().get_mut(reference).unwrap())
    }
    pub fn take(&self, cost: Money) {
        let mut deposit = self.deposit.lock().unwrap();
        *deposit = deposit.checked_sub(cost).unwrap();
    }
    pub fn bills(&self) -> BillClaims {
        self.is.bills.unwrap()
    }
    pub fn deposit(&self) -> Money {
        *self.deposit.lock().unwrap()
    }
    pub fn now(&self) -> Moment {
        let days = i64::try_from(self.days.load(Ordering::Relaxed)).unwrap();
        now() + chrono::TimeDelta::days(days)
    }
    pub fn count(&self) -> u64 {
        self.counted.fetch_add(1, Ordering::Relaxed)
    }
}

pub struct World {
    memory: Arc<Memory>,
    pub claims: Claims,
    /// Declares not possible whatever only some suppliers can do.
    pub shows_nothing_special: bool,
}

pub fn now() -> Moment {
    chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

pub fn idr(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Idr)
}

/// FNV-1a: enough to notice a changed bit.
pub fn signature(secret: &str, reference: &str, says: &str, at: i64) -> String {
    let hash = format!("{secret}|{reference}|{says}|{at}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

impl World {
    /// One that is as it claims.
    pub fn new(broken: Broken, is: Claims) -> Self {
        let memory = Memory {
            broken,
            is,
            references: Mutex::default(),
            deposit: Mutex::new(idr(1_000_000)),
            days: AtomicU64::new(0),
            counted: AtomicU64::new(0),
        };
        Self { memory: Arc::new(memory), claims: is, shows_nothing_special: false }
    }

    fn supplier(&self, situation: Situation) -> Arc<dyn Supplier> {
        let (id, account) = ("fake".parse().unwrap(), "acc".parse().unwrap());
        Arc::new(Fake { id, account, situation, memory: Arc::clone(&self.memory) })
    }

    fn put(&self, situation: Situation, bill: Option<BillSituation>, owes: BillTruth) -> Reference {
        let reference = Reference::mint(now(), self.memory.count().to_be_bytes());
        let requests = u32::from(situation == Situation::DuplicateReference);
        let truth = SupplierTruth { requests, ..SupplierTruth::default() };
        let bought = Bought { situation, bill, owes, truth, turns: Vec::new(), asked: 0 };
        self.memory.references.lock().unwrap().insert(reference.clone(), bought);
        reference
    }

    fn special<T>(&self, value: T) -> Result<T, Unsupported> {
        if self.shows_nothing_special { Err(Unsupported("too hard")) } else { Ok(value) }
    }
}

#[async_trait]
impl SupplierWorld for World {
    fn name(&self) -> String {
        "fake".to_owned()
    }
    fn claims(&self) -> Claims {
        self.claims
    }
    async fn arrange(&self, situation: Situation) -> Result<SupplierStage, Unsupported> {
        match situation {
            Situation::RefusedRepeat => return Err(Unsupported("it sells the same twice")),
            Situation::PriceGuard | Situation::CutOff => self.special(())?,
            _ => {}
        }
        let purchase = Purchase {
            reference: self.put(situation, None, BillTruth { bills: 0, debt: idr(0) }),
            code: "x1".to_owned(),
            target: Private::new("081234567890"),
            cost: idr(100),
            category: Category::Airtime,
            bill: None,
        };
        Ok(SupplierStage { supplier: self.supplier(situation), purchase })
    }
    async fn arrange_bill(&self, situation: BillSituation) -> Result<BillStage, Unsupported> {
        let bills = if situation == BillSituation::SeveralBillsWithRest { 8 } else { 1 };
        let owes = self.special(BillTruth { bills, debt: idr(8_000) })?;
        let query = BillQuery {
            reference: self.put(Situation::Delivers, Some(situation), owes),
            code: "PDAM".to_owned(),
            target: Private::new("10202001"),
            category: Category::Pdam,
            months: None,
        };
        Ok(BillStage { supplier: self.supplier(Situation::Delivers), query, owes })
    }
    async fn turn(&self, reference: &Reference, turn: Turn) {
        if turn == Turn::NextDay {
            self.memory.days.fetch_add(1, Ordering::Relaxed);
        }
        self.memory.on(reference, |bought| {
            bought.turns.push(turn);
            let must = bought.situation.must(&self.memory.is);
            let delivers = match (turn, bought.bill) {
                (Turn::Settles, Some(bill)) => bill.must(self.memory.bills()).delivered > 0,
                (Turn::Settles, None) => {
                    must.delivered == Some(1) && must.then.is_none_or(|(turn, _)| turn != Turn::Recovers)
                }
                (Turn::Recovers, _) => true,
                (Turn::Reverses | Turn::NextDay, _) => false,
            };
            if delivers {
                bought.deliver();
            }
            if bought.bill.is_some() && bought.truth.serial.is_some() {
                bought.truth.serial = Some("RECEIPT-1".to_owned());
            }
        });
    }
    async fn truth(&self, reference: &Reference) -> SupplierTruth {
        self.memory.on(reference, |bought| bought.truth.clone())
    }
    async fn listed(&self) -> Vec<Listed> {
        let line = |code: &str, price: Option<i64>, open| Listed { code: code.to_owned(), price: price.map(idr), open };
        vec![line("x1", Some(100), true), line("x2", Some(200), false), line("x3", None, true)]
    }
    fn now(&self) -> Moment {
        self.memory.now()
    }
    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }
    fn inquiries(&self) -> Result<InquiryCase, Unsupported> {
        let operator = |number: &str| Inquiry::Operator { number: Private::new(number) };
        let foreign = Inquiry::GameFormat { brand: "Free Fire".to_owned() };
        self.special(InquiryCase { known: operator("081234567890"), unknown: operator("080000000000"), foreign })
    }
    async fn notice(&self, case: SupplierNoticeCase, purchase: &Purchase) -> Result<(String, RawNotice), Unsupported> {
        use SupplierNoticeCase as C;
        let reference = purchase.reference.as_str();
        let says = if case == C::Failed { "failed" } else { "delivered" };
        let now = self.now().timestamp();
        let at = if case == C::OldTimestamp { now - 3_600 } else { now };
        let sign = match case {
            C::Delivered | C::Failed | C::OldTimestamp => signature(SECRET, reference, says, at),
            C::SecondLiveSecret => signature(SECOND_SECRET, reference, says, at),
            C::NoSignature => return self.special(raw(format!("{reference}|{says}|{at}"))),
            C::EmptySignature => String::new(),
            C::OtherSecret => signature("other", reference, says, at),
            C::EmptySecret => signature("", reference, says, at),
            C::OtherSignature => signature(SECRET, "AAAAAAAAAAAAAAAAAAAA", says, at),
        };
        self.special(raw(format!("{reference}|{says}|{at}|{sign}")))
    }
    fn secret_settings(&self) -> Vec<&'static str> {
        vec!["KEY"]
    }
    fn built(&self, odd: OddSetting) -> Result<Arc<dyn Supplier>, BadSetting> {
        let (name, broken) = match odd {
            OddSetting::Empty(name) => (name, Broken::StartsWithoutSecret),
            OddSetting::Unknown(name) => (name, Broken::IgnoresUnknownSettings),
            OddSetting::PlainHttp => ("BASE_URL", Broken::SendsInClear),
        };
        if self.memory.broken == broken {
            return Ok(self.supplier(Situation::Delivers));
        }
        Err(BadSetting { variable: format!("SUPPLIER_FAKE_{name}"), problem: "is wrong".to_owned() })
    }
    fn stops_sending(&self, reply: &NoticeReply) -> bool {
        reply.status == 200
    }
}

fn raw(body: String) -> (String, RawNotice) {
    let raw = RawNotice { body: Bytes::from(body), token: Some("door".into()), ..RawNotice::default() };
    ("status".to_owned(), raw)
}
