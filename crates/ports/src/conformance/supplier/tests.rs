//! The suite itself, over a supplier in memory: a right one passes, and each broken rule is found.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use domain::catalogue::{Category, Offer, Product};
use domain::fulfilment::{Cause, StatusTrust};
use domain::{Account, Currency, Money, Private, SupplierId};

use super::*;
use crate::conformance::report::Verdict;
use crate::inquiry::{Finding, Inquiry};
use crate::notice::{NoticeOutcome, NoticeRecord, NoticeRejected};
use crate::supplier::{Listing, Proof, ReadFailed, SupplierNotice};

const SECRET: &str = "s3cret-key";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    Nothing,
    SendsTwice,
    UnclearIsFailed,
    UnclearIsRefused,
    UnclearStatusIsNotFound,
    LeaksTheKey,
    BelievesAnybody,
    TellsEverybodyToStop,
    StartsWithoutSecret,
    BalanceStandsStill,
    CannotTellStrangers,
    SilenceIsAWrongNumber,
}

struct Memory {
    broken: Broken,
    references: Mutex<HashMap<Reference, (Situation, SupplierTruth)>>,
    reversed: Mutex<Vec<Reference>>,
    deposit: Mutex<Money>,
}

struct Fake {
    id: SupplierId,
    account: Account,
    situation: Situation,
    memory: Arc<Memory>,
}

fn now() -> Moment {
    chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn answer(word: Word) -> Answer {
    let code = "1".to_owned();
    match word {
        Word::Delivered => {
            Answer::Delivered { serial: Some(Private::new("SN-12345")), price: None, supplier_ref: None }
        }
        Word::Pending => Answer::Pending { supplier_ref: None, price: None },
        Word::Refused(cause) => Answer::Refused { cause, code },
        Word::Failed(cause) => Answer::Failed { cause, code },
        Word::Unclear => Answer::Unclear { why: "silence".to_owned() },
        Word::NotFound => Answer::NotFound,
    }
}

impl Fake {
    fn exchange(&self, answer: &Answer) -> Exchange {
        let sent = match answer {
            _ if self.situation == Situation::Unreachable => Sent::No,
            Answer::Unclear { .. } => Sent::Maybe,
            _ => Sent::Replied,
        };
        let request = if self.memory.broken == Broken::LeaksTheKey { SECRET } else { "***" };
        Exchange {
            provider: "fake".to_owned(),
            call: "top-up",
            at: now(),
            elapsed_ms: 1,
            sent,
            request: request.to_owned(),
            status: (sent == Sent::Replied).then_some(200),
            response: String::new(),
        }
    }
}

#[async_trait]
impl Supplier for Fake {
    fn id(&self) -> &SupplierId {
        &self.id
    }
    fn account(&self) -> &Account {
        &self.account
    }
    fn trust(&self) -> StatusTrust {
        StatusTrust { absence: true, request_timeout: chrono::TimeDelta::seconds(1) }
    }
    async fn purchase(&self, purchase: &Purchase, _now: Moment) -> (Answer, Exchange) {
        let must = self.situation.must();
        let sends = if self.memory.broken == Broken::SendsTwice { 2 } else { 1 };
        let mut references = self.memory.references.lock().unwrap();
        let (_, truth) = references.get_mut(&purchase.reference).unwrap();
        truth.requests += if must.requests == 0 { 0 } else { sends };
        truth.formed = must.formed.unwrap_or(0);
        if truth.formed > 0 && self.memory.broken != Broken::BalanceStandsStill {
            let mut deposit = self.memory.deposit.lock().unwrap();
            *deposit = deposit.checked_sub(purchase.cost).unwrap();
        }
        let word = match (must.buy[0], self.memory.broken) {
            (Word::Unclear, Broken::UnclearIsFailed) => Word::Failed(Cause::Supplier),
            (Word::Unclear, Broken::UnclearIsRefused) => Word::Refused(Cause::Supplier),
            (word, _) => word,
        };
        let answer = answer(word);
        let exchange = self.exchange(&answer);
        (answer, exchange)
    }
    async fn status(&self, query: &Purchase, _now: Moment) -> (Answer, Exchange) {
        let reversed = self.memory.reversed.lock().unwrap().contains(&query.reference);
        let word = match (*self.situation.must().status.last().unwrap(), self.memory.broken) {
            _ if reversed => Word::Failed(Cause::Supplier),
            (Word::Unclear, Broken::UnclearStatusIsNotFound) => Word::NotFound,
            (word, _) => word,
        };
        let answer = answer(word);
        let exchange = self.exchange(&answer);
        (answer, exchange)
    }
    async fn price_list(&self, _now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        self.balance(now()).await?;
        let id: domain::ProductId = "pulsa-x-1".parse().unwrap();
        let offer = Offer {
            product: id.clone(),
            supplier: self.id.clone(),
            code: "x1".to_owned(),
            cost: Money::from_minor(100, Currency::Idr),
            active: true,
            closed: None,
        };
        let product = Product { id, category: Category::Airtime, brand: "X".to_owned(), name: "X 1".to_owned() };
        Ok(vec![Listing { product, offer }])
    }
    async fn balance(&self, _now: Moment) -> Result<Money, ReadFailed> {
        match self.situation {
            Situation::Unreachable => Err(ReadFailed::Unavailable("refused".to_owned())),
            Situation::RefusedCredentials if self.memory.broken == Broken::CannotTellStrangers => {
                Err(ReadFailed::Unavailable("refused".to_owned()))
            }
            Situation::RefusedCredentials => Err(ReadFailed::Unauthorised("refused".to_owned())),
            Situation::RefusedLowDeposit => Ok(Money::zero(Currency::Idr)),
            _ => Ok(*self.memory.deposit.lock().unwrap()),
        }
    }
    fn answers(&self, inquiry: &Inquiry) -> bool {
        matches!(inquiry, Inquiry::Operator { .. })
    }
    async fn inquire(&self, inquiry: &Inquiry, now: Moment) -> Result<Finding, ReadFailed> {
        let Inquiry::Operator { number } = inquiry else { return Ok(Finding::NotOffered) };
        match self.balance(now).await {
            Err(_) if self.memory.broken == Broken::SilenceIsAWrongNumber => Ok(Finding::NoSuchTarget),
            Err(away) => Err(away),
            Ok(_) if number.expose() == "081234567890" => Ok(Finding::Operator("telkomsel".to_owned())),
            Ok(_) => Ok(Finding::NoSuchTarget),
        }
    }
    fn verify_notice(&self, kind: &str, raw: &RawNotice, _now: Moment) -> Result<SupplierNotice, NoticeRejected> {
        let text = std::str::from_utf8(&raw.body).map_err(|_utf8| NoticeRejected::Malformed)?;
        let mut parts = text.split('|');
        let (Some(reference), Some(says), Some(sign)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoticeRejected::Malformed);
        };
        let trusting = self.memory.broken == Broken::BelievesAnybody;
        if kind != "status" || (!trusting && sign != signature(SECRET, reference, says)) {
            return Err(NoticeRejected::BadSignature);
        }
        let claims = match says {
            "delivered" => answer(Word::Delivered),
            "failed" => answer(Word::Failed(Cause::Supplier)),
            _ => return Err(NoticeRejected::Malformed),
        };
        let record = NoticeRecord {
            key: format!("fake:{reference}:{says}"),
            provider: "fake".to_owned(),
            kind: kind.to_owned(),
            body: String::new(),
        };
        let reference = reference.parse().map_err(|_id| NoticeRejected::Malformed)?;
        Ok(SupplierNotice { reference, claims, proves: Proof::Outcome, record })
    }
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        let stop = outcome == NoticeOutcome::Stored || self.memory.broken == Broken::TellsEverybodyToStop;
        NoticeReply { status: if stop { 200 } else { 500 }, content_type: "text/plain", body: String::new() }
    }
}

/// FNV-1a: enough to notice a changed bit.
fn signature(secret: &str, reference: &str, says: &str) -> String {
    let hash = format!("{secret}|{reference}|{says}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

struct World {
    memory: Arc<Memory>,
}

#[async_trait]
impl SupplierWorld for World {
    async fn arrange(&self, situation: Situation) -> Result<SupplierStage, Unsupported> {
        if situation == Situation::RefusedRepeat {
            return Err(Unsupported("it sells the same twice"));
        }
        let mut references = self.memory.references.lock().unwrap();
        let n = u8::try_from(references.len()).unwrap();
        let reference = Reference::mint(now(), [n; 8]);
        let earlier = u32::from(situation == Situation::DuplicateReference);
        let truth = SupplierTruth { requests: earlier, ..SupplierTruth::default() };
        references.insert(reference.clone(), (situation, truth));
        let supplier = Fake {
            id: "fake".parse().unwrap(),
            account: "acc".parse().unwrap(),
            situation,
            memory: Arc::clone(&self.memory),
        };
        let purchase = Purchase {
            reference,
            code: "x1".to_owned(),
            target: Private::new("081234567890"),
            cost: Money::from_minor(100, Currency::Idr),
            category: Category::Airtime,
            bill: None,
        };
        Ok(SupplierStage { supplier: Arc::new(supplier), purchase })
    }
    async fn settle(&self, reference: &Reference) {
        let mut references = self.memory.references.lock().unwrap();
        let (situation, truth) = references.get_mut(reference).unwrap();
        truth.delivered = situation.must().delivered.unwrap_or(0);
    }
    async fn reverse(&self, reference: &Reference) {
        self.memory.reversed.lock().unwrap().push(reference.clone());
    }
    async fn truth(&self, reference: &Reference) -> SupplierTruth {
        self.memory.references.lock().unwrap()[reference].1
    }
    fn now(&self) -> Moment {
        now()
    }
    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }
    fn inquiries(&self) -> Result<InquiryCase, Unsupported> {
        let operator = |number: &str| Inquiry::Operator { number: Private::new(number) };
        let foreign = Inquiry::GameFormat { brand: "Free Fire".to_owned() };
        Ok(InquiryCase { known: operator("081234567890"), unknown: operator("080000000000"), foreign })
    }
    async fn notice(&self, case: SupplierNoticeCase, purchase: &Purchase) -> Result<(String, RawNotice), Unsupported> {
        let (reference, says) = (
            purchase.reference.as_str(),
            match case {
                SupplierNoticeCase::Failed => "failed",
                _ => "delivered",
            },
        );
        let sign = match case {
            SupplierNoticeCase::Delivered | SupplierNoticeCase::Failed => signature(SECRET, reference, says),
            SupplierNoticeCase::NoSignature => return Ok(raw(format!("{reference}|{says}"))),
            SupplierNoticeCase::EmptySignature => String::new(),
            SupplierNoticeCase::OtherSecret => signature("other", reference, says),
            SupplierNoticeCase::EmptySecret => signature("", reference, says),
            SupplierNoticeCase::OtherSignature => signature(SECRET, "AAAAAAAAAAAAAAAAAAAA", says),
        };
        Ok(raw(format!("{reference}|{says}|{sign}")))
    }
    fn built_with_empty_secrets(&self) -> Vec<(&'static str, Result<(), BadSetting>)> {
        let bad = BadSetting { variable: "SUPPLIER_FAKE_KEY".to_owned(), problem: "is empty".to_owned() };
        let started = self.memory.broken == Broken::StartsWithoutSecret;
        vec![("KEY", if started { Ok(()) } else { Err(bad) })]
    }
    fn stops_sending(&self, reply: &NoticeReply) -> bool {
        reply.status == 200
    }
}

fn raw(body: String) -> (String, RawNotice) {
    let raw = RawNotice { body: Bytes::from(body), ..RawNotice::default() };
    ("status".to_owned(), raw)
}

async fn report(broken: Broken) -> Report {
    let memory = Memory {
        broken,
        references: Mutex::new(HashMap::new()),
        reversed: Mutex::new(Vec::new()),
        deposit: Mutex::new(Money::from_minor(1_000_000, Currency::Idr)),
    };
    supplier(&World { memory: Arc::new(memory) }).await
}

#[tokio::test]
async fn a_right_adapter_passes_and_what_it_cannot_show_is_listed() {
    let report = report(Broken::Nothing).await;
    assert!(report.passed(), "{report}");
    let unsupported: Vec<&str> = report.unsupported().map(|case| case.name.as_str()).collect();
    assert_eq!(unsupported, ["purchase: RefusedRepeat"]);
    assert!(report.to_string().contains("it sells the same twice"));
}

#[tokio::test]
async fn each_broken_rule_is_found_in_its_case() {
    for (broken, case, words) in [
        (Broken::SendsTwice, "purchase: Delivers", "2 purchase requests"),
        (Broken::UnclearIsFailed, "purchase: SlowDrip", "must say one of [Unclear]"),
        (Broken::UnclearIsRefused, "purchase: DropAfterForming", "a fallback buys twice"),
        (Broken::UnclearStatusIsNotFound, "purchase: StatusDrop", "NotFound, but the supplier formed it"),
        (Broken::LeaksTheKey, "purchase: Delivers", "secret no. 0"),
        (Broken::BelievesAnybody, "notice: OtherSecret", "a forged notice is accepted"),
        (Broken::BelievesAnybody, "notice: any changed bit", "accepted for another reference"),
        (Broken::TellsEverybodyToStop, "notice: replies", "stops the sender"),
        (Broken::BalanceStandsStill, "balance", "the balance went from"),
        (Broken::CannotTellStrangers, "reading without credentials or connection", "must be unauthorised"),
        (Broken::SilenceIsAWrongNumber, "inquiries without credentials or connection", "must be unavailable"),
        (Broken::StartsWithoutSecret, "an empty secret does not start", "KEY"),
    ] {
        let report = report(broken).await;
        let verdict = &report.cases.iter().find(|c| c.name == case).unwrap().verdict;
        let found = matches!(verdict, Verdict::Failed(found) if found.iter().any(|f| f.contains(words)));
        assert!(found && !report.passed(), "{broken:?}: {verdict:?}");
    }
}

#[tokio::test]
async fn a_case_every_provider_must_show_cannot_be_declared_unsupported() {
    let mut report = Report::default();
    report.run("must".to_owned(), false, async { Err(Unsupported("too hard")) }).await;
    assert!(!report.passed() && report.to_string().contains("too hard"), "{report}");
}
