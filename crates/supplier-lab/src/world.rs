//! The contract suite's world, once for all suppliers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Moment, Money, Private, Reference};
use ports::Supplier;
use ports::bill::BillQuery;
use ports::conformance::{
    BillSituation, BillStage, BillTruth, Claims, InquiryCase, Listed, OddSetting, Situation, SupplierNoticeCase,
    SupplierStage, SupplierTruth, SupplierWorld, Turn, Unsupported,
};
use ports::notice::{NoticeReply, RawNotice};
use ports::settings::BadSetting;
use ports::supplier::Purchase;
use serde_json::{Value, json};

use crate::driver::text;
use crate::fault::Fault;
use crate::lab::{Lab, http, idr, must, nobody_listens};
use crate::situations::{Plan, plan};
use crate::subject::{Goods, Need, Notice, Subject, Who};

/// Too little for anything, whole rupiah.
const POOR: i64 = 100;
/// To the same hour of the next day.
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// What was bought so long ago is no request of this moment that arrived twice, whatever clocks differ.
const A_WHILE: Duration = Duration::from_secs(3_600);

const NO_GOODS: Unsupported = Unsupported("it sells nothing of the kind");
const NO_WORD: Unsupported = Unsupported("the protocol has no word for it");
const NO_NOTICE: Unsupported = Unsupported("there is no such notice");

/// One supplier's sandbox and adapter, as the suite sees them.
pub struct World {
    pub lab: Lab,
    /// In whose account a reference was used.
    accounts: Mutex<HashMap<String, &'static str>>,
    numbers: AtomicU32,
}

impl World {
    pub async fn start(subject: &'static Subject) -> Self {
        let lab = Lab::start(subject).await;
        let [_, poor] = subject.accounts;
        lab.deposit(poor, POOR).await;
        Self { lab, accounts: Mutex::default(), numbers: AtomicU32::new(0) }
    }

    fn subject(&self) -> &'static Subject {
        self.lab.subject
    }

    fn account(&self, reference: &Reference) -> &'static str {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.get(reference.as_str()).copied().unwrap_or_default()
    }

    /// Its reference belongs to this account from now on.
    fn arranged(&self, reference: &Reference, who: Who) {
        let [first, poor] = self.subject().accounts;
        let account = if who == Who::Poor { poor } else { first };
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.insert(reference.as_str().to_owned(), account);
    }

    fn goods(&self, need: Need) -> Result<Goods, Unsupported> {
        (self.subject().goods)(need).ok_or(NO_GOODS)
    }

    /// What such a bill's number owes at its biller, after making it so.
    async fn owes(&self, situation: BillSituation, goods: &Goods) -> BillTruth {
        let biller = must("a bill's goods name their biller", goods.biller.ok_or(goods.code));
        if situation == BillSituation::AlreadyPaid {
            self.lab.pay_elsewhere(biller, &goods.target).await;
        }
        let owed = self.lab.owed(biller, &goods.target).await;
        let bills = owed.get("bills").and_then(Value::as_array).cloned().unwrap_or_default();
        let amount = |bill: &Value, field| bill.get(field).and_then(Value::as_i64).unwrap_or(0);
        let debt = bills.iter().map(|bill| amount(bill, "amount") + amount(bill, "penalty")).sum();
        BillTruth { bills: must("a number of bills", u16::try_from(bills.len())), debt: idr(debt) }
    }
}

#[async_trait]
impl SupplierWorld for World {
    fn name(&self) -> String {
        self.subject().manifest.kind.to_owned()
    }

    fn claims(&self) -> Claims {
        self.subject().claims
    }

    async fn arrange(&self, situation: Situation) -> Result<SupplierStage, Unsupported> {
        let subject = self.subject();
        if let Some(why) = (subject.cannot)(situation) {
            return Err(Unsupported(why));
        }
        let rupiah = |goods: &Goods| self.lab.lines.get(goods.code).map_or(0, |line| line.rupiah);
        let sold = self.goods(Need::Sold)?;
        let Plan { who, need, code, faults, rules } = plan(subject, situation, rupiah(&sold))?;
        let goods = self.goods(need)?;
        let purchase = self.lab.purchase(&Goods { code: code.unwrap_or(goods.code), ..goods });
        if situation == Situation::RefusedRepeat {
            self.lab.pass(A_WHILE).await;
        }
        // The faults of the stage before are over, whether or not this one has its own.
        let put = if rules.is_empty() {
            self.lab.try_faults(faults, &purchase.reference).await
        } else {
            self.lab.try_rules(rules).await
        };
        match put {
            Ok(()) => {}
            Err(words) if words.contains("has no word for") => return Err(NO_WORD),
            Err(words) => must("a fault", Err(words)),
        }
        let base_url = match situation {
            Situation::Unreachable => nobody_listens().await,
            _ => self.lab.base_url(),
        };
        let supplier = self.lab.supplier_at(who, &base_url);
        self.arranged(&purchase.reference, who);
        if situation == Situation::DuplicateReference {
            supplier.purchase(&purchase, self.now()).await;
        }
        Ok(SupplierStage { supplier, purchase })
    }

    async fn arrange_bill(&self, situation: BillSituation) -> Result<BillStage, Unsupported> {
        let n = self.numbers.fetch_add(1, Ordering::Relaxed);
        let goods = self.goods(match situation {
            BillSituation::SeveralBillsWithRest => Need::ManyBills(n),
            BillSituation::NoSuchCustomer => Need::NobodysBill,
            _ => Need::OneBill(n),
        })?;
        let owes = self.owes(situation, &goods).await;
        let query = BillQuery {
            reference: self.lab.reference(),
            code: goods.code.to_owned(),
            target: Private::new(goods.target.as_str()),
            category: goods.category,
            months: None,
        };
        let faults = match situation {
            BillSituation::InquiryTimeout => vec![Fault::new("bill_inquiry", "latency")],
            // Until somebody settles it, an hour later by itself.
            BillSituation::PaymentPendingThenDone => {
                vec![Fault::new("topup", "pending_for").with("delay_ms", json!(3_600_000))]
            }
            BillSituation::PaymentFails => vec![Fault::new("topup", "fail")],
            BillSituation::PaymentLostAnswer => vec![Fault::new("topup", "drop_after")],
            _ => Vec::new(),
        };
        // An inquiry may be asked under a reference made of this one.
        let put = match situation {
            BillSituation::InquiryTimeout => self.lab.try_rules(faults).await,
            _ => self.lab.try_faults(faults, &query.reference).await,
        };
        must("a fault", put);
        self.arranged(&query.reference, Who::First);
        Ok(BillStage { supplier: self.lab.supplier(Who::First), query, owes })
    }

    async fn turn(&self, reference: &Reference, turn: Turn) {
        let act = match turn {
            Turn::NextDay => return self.lab.pass(DAY).await,
            Turn::Settles => "settle",
            Turn::Reverses => "reverse",
            Turn::Recovers => "recover",
        };
        self.lab.act(self.account(reference), reference, act).await;
    }

    async fn truth(&self, reference: &Reference) -> SupplierTruth {
        let rows = self.lab.deliveries(reference).await;
        let given = |row: &&Value| matches!(text(row, "state"), Some("delivered" | "reversed"));
        let arrivals = self.lab.arrivals(reference).await;
        let arrived = |call| arrivals.get(call).and_then(Value::as_u64).unwrap_or(0);
        let told = |field: &'static str| rows.first().and_then(|row| text(row, field)).map(str::to_owned);
        let minor = rows.first().and_then(|row| row.get("price_minor")).and_then(Value::as_i64);
        SupplierTruth {
            formed: must("a count", u32::try_from(rows.len())),
            delivered: must("a count", u32::try_from(rows.iter().filter(given).count())),
            requests: must("a count", u32::try_from(arrived("topup"))),
            bill_inquiries: must("a count", u32::try_from(arrived("bill_inquiry"))),
            price: minor.map(|minor| Money::from_minor(minor, domain::Currency::Idr)),
            serial: told("serial"),
            pin: told("pin"),
        }
    }

    async fn listed(&self) -> Vec<Listed> {
        let lines = self.lab.lines.iter().filter(|(_, line)| !line.is_bill);
        let listed = |(code, line): (&String, &crate::driver::Line)| Listed {
            code: code.clone(),
            price: line.readable.then(|| idr(line.rupiah)),
            open: line.open,
        };
        lines.map(listed).collect()
    }

    fn now(&self) -> Moment {
        self.lab.now()
    }

    fn secrets(&self) -> Vec<String> {
        let subject = self.subject();
        let settings = [Who::First, Who::Poor, Who::Stranger].into_iter().flat_map(|who| (subject.settings)(who));
        let secret = settings.filter(|(name, _)| subject.secrets.contains(name));
        // Several live secrets are one setting.
        let mut secrets: Vec<String> =
            secret.flat_map(|(_, value)| value.split(',').map(str::to_owned).collect::<Vec<_>>()).collect();
        secrets.sort_unstable();
        secrets.dedup();
        secrets
    }

    fn inquiries(&self) -> Result<InquiryCase, Unsupported> {
        self.subject().inquiries.map(|cases| cases()).ok_or(Unsupported("it answers no inquiries"))
    }

    async fn notice(&self, case: SupplierNoticeCase, purchase: &Purchase) -> Result<(String, RawNotice), Unsupported> {
        let written = (self.subject().notice)(&Notice { case, purchase, now: self.now() });
        written.map(|(kind, raw)| (kind.to_owned(), raw)).ok_or(NO_NOTICE)
    }

    fn secret_settings(&self) -> Vec<&'static str> {
        self.subject().secrets.to_vec()
    }

    fn built(&self, odd: OddSetting) -> Result<Arc<dyn Supplier>, BadSetting> {
        let mut settings = self.lab.settings_at(Who::First, "https://supplier.example");
        match odd {
            OddSetting::Empty(name) => {
                settings.iter_mut().filter(|(given, _)| *given == name).for_each(|(_, value)| value.clear());
            }
            OddSetting::Unknown(name) => settings.push((name, "1".to_owned())),
            OddSetting::PlainHttp => settings = self.lab.settings_at(Who::First, &self.lab.base_url()),
        }
        self.lab.build(&settings, &http(false))
    }

    fn stops_sending(&self, reply: &NoticeReply) -> bool {
        (self.subject().stops_on)(reply)
    }
}
