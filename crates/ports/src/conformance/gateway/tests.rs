//! The suite itself, over a gateway in memory: a right one passes, and each broken rule is found.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use domain::{Account, Currency, GatewayId, Instructions, PayCode, Private};

use super::*;
use crate::conformance::report::Verdict;
use crate::gateway::{CheckoutRefused, GatewayNotice, GatewayNoticeSays, Issued, Method};
use crate::notice::{NoticeOutcome, NoticeRecord, NoticeRejected};

const SECRET: &str = "s3cret-key";
const MOST: i64 = 10_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    Nothing,
    UnclearIsUnpaid,
    ReportsTheAgreedAmount,
    AsksTwice,
    RoundsTheAmount,
    BelievesAnybody,
    OneKeyForAll,
    ReadsSimulatedAsPaid,
}

type Queries = Arc<Mutex<HashMap<Reference, u32>>>;

struct Fake {
    id: GatewayId,
    account: Account,
    situation: QuerySituation,
    broken: Broken,
    queries: Queries,
}

fn now() -> Moment {
    chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn twd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Twd)
}

/// FNV-1a: enough to notice a changed bit.
fn signature(secret: &str, text: &str) -> String {
    let hash = format!("{secret}|{text}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

impl Fake {
    fn report(&self, reference: &Reference, amount: Money, evidence: Evidence) -> PaidReport {
        PaidReport {
            gateway: self.id.clone(),
            account: self.account.clone(),
            reference: reference.clone(),
            transaction: "T1".to_owned(),
            amount,
            fee: None,
            simulated: false,
            evidence,
        }
    }
}

#[async_trait]
impl Gateway for Fake {
    fn id(&self) -> &GatewayId {
        &self.id
    }
    fn account(&self) -> &Account {
        &self.account
    }
    fn methods(&self, amount: Money) -> Vec<Method> {
        let rounds = self.broken == Broken::RoundsTheAmount;
        let whole = rounds || amount.whole_units().is_ok();
        let fits = amount.currency() == Currency::Twd && whole && (1..=MOST).contains(&amount.minor());
        let credit = Method { name: "credit".to_owned(), code_life: None, lag: chrono::TimeDelta::zero() };
        if fits { vec![credit] } else { Vec::new() }
    }
    fn checkout_form(&self, request: &CheckoutRequest) -> Result<CheckoutForm, CheckoutRefused> {
        if request.method != "credit" {
            return Err(CheckoutRefused::UnknownMethod);
        }
        if self.methods(request.amount).is_empty() {
            return Err(CheckoutRefused::NotWhole(Currency::Twd));
        }
        let amount = (request.amount.minor() / 100).to_string();
        let fields = vec![("ref".to_owned(), request.reference.to_string()), ("amount".to_owned(), amount)];
        Ok(CheckoutForm { action: "https://fake.example/pay".to_owned(), fields })
    }
    async fn query(&self, reference: &Reference, now: Moment) -> (GatewayAnswer, Exchange) {
        let must = self.situation.must();
        let sends = if self.broken == Broken::AsksTwice { 2 } else { 1 };
        *self.queries.lock().unwrap().entry(reference.clone()).or_default() += must.requests * sends;
        let agreed = self.broken == Broken::ReportsTheAgreedAmount || self.situation == QuerySituation::Paid;
        let answer = match must.word {
            QueryWord::Paid => {
                GatewayAnswer::Paid(self.report(reference, twd(if agreed { 500 } else { 400 }), Evidence::Query))
            }
            QueryWord::Unclear if self.broken == Broken::UnclearIsUnpaid => GatewayAnswer::Unpaid,
            QueryWord::Unclear => GatewayAnswer::Unclear { why: "silence".to_owned() },
            QueryWord::Unpaid => GatewayAnswer::Unpaid,
            QueryWord::Throttled => GatewayAnswer::Throttled { retry_after_s: 1_800 },
        };
        let sent = match must.word {
            QueryWord::Unclear if must.requests == 0 => Sent::No,
            QueryWord::Unclear => Sent::Maybe,
            _ => Sent::Replied,
        };
        let exchange = Exchange {
            provider: "fake".to_owned(),
            call: "query",
            at: now,
            elapsed_ms: 1,
            sent,
            request: "***".to_owned(),
            status: (sent == Sent::Replied).then_some(200),
            busy: false,
            response: String::new(),
        };
        (answer, exchange)
    }
    async fn instructions(&self, _: &Reference, _: Moment) -> (Option<Issued>, Exchange) {
        panic!("it issues nothing")
    }
    fn returned(&self, raw: &RawNotice) -> Result<Reference, NoticeRejected> {
        self.verify_notice("paid", raw).map(|notice| notice.reference)
    }
    fn verify_notice(&self, kind: &str, raw: &RawNotice) -> Result<GatewayNotice, NoticeRejected> {
        let text = std::str::from_utf8(&raw.body).map_err(|_utf8| NoticeRejected::Malformed)?;
        let (signed, sign) = text.rsplit_once('|').ok_or(NoticeRejected::Malformed)?;
        let trusting = self.broken == Broken::BelievesAnybody;
        if kind != "paid" || (!trusting && sign != signature(SECRET, signed)) {
            return Err(NoticeRejected::BadSignature);
        }
        let parts: Vec<&str> = signed.split('|').collect();
        let [account, reference, code, amount] = parts[..] else { return Err(NoticeRejected::Malformed) };
        if account != self.account.as_str() {
            return Err(NoticeRejected::OtherAccount);
        }
        let reference: Reference = reference.parse().map_err(|_id| NoticeRejected::Malformed)?;
        let amount = Money::parse(amount, Currency::Twd).map_err(|_money| NoticeRejected::Malformed)?;
        let says = match code {
            "1" => GatewayNoticeSays::Paid(self.report(&reference, amount, Evidence::Notice)),
            "sim" if self.broken == Broken::ReadsSimulatedAsPaid => {
                GatewayNoticeSays::Paid(self.report(&reference, amount, Evidence::Notice))
            }
            "sim" => GatewayNoticeSays::Simulated,
            "code" => {
                let code = PayCode::StoreCode(Private::new("LLL"));
                let lag = chrono::TimeDelta::zero();
                GatewayNoticeSays::Issued(Issued { instructions: Instructions { code, payable_until: now() }, lag })
            }
            code => GatewayNoticeSays::Declined { code: code.to_owned() },
        };
        let code = if self.broken == Broken::OneKeyForAll { "" } else { code };
        let record = NoticeRecord {
            key: format!("fake:{reference}:{code}"),
            provider: "fake".to_owned(),
            kind: kind.to_owned(),
            body: String::new(),
        };
        Ok(GatewayNotice { reference, says, record })
    }
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        let body = if outcome == NoticeOutcome::Stored { "ok" } else { "no" };
        NoticeReply { status: 200, content_type: "text/plain", body: body.to_owned() }
    }
}

struct World {
    broken: Broken,
    queries: Queries,
}

#[async_trait]
impl GatewayWorld for World {
    async fn arrange(&self, situation: QuerySituation) -> Result<GatewayStage, Unsupported> {
        let paid = |minor| Some(PaidTruth { transaction: "T1".to_owned(), amount: twd(minor) });
        let paid = match situation {
            QuerySituation::Paid => paid(500),
            QuerySituation::PaidOtherAmount => paid(400),
            _ => None,
        };
        let mut queries = self.queries.lock().unwrap();
        let reference = Reference::mint(now(), [u8::try_from(queries.len()).unwrap(); 8]);
        queries.insert(reference.clone(), 0);
        let gateway = Fake {
            id: "fake".parse().unwrap(),
            account: "2000132".parse().unwrap(),
            situation,
            broken: self.broken,
            queries: Arc::clone(&self.queries),
        };
        Ok(GatewayStage { gateway: Arc::new(gateway), reference, paid })
    }
    async fn queries(&self, reference: &Reference) -> u32 {
        self.queries.lock().unwrap()[reference]
    }
    fn now(&self) -> Moment {
        now()
    }
    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }
    fn checkout(&self) -> CheckoutRequest {
        CheckoutRequest {
            reference: Reference::mint(now(), [7; 8]),
            amount: twd(500),
            method: "credit".to_owned(),
            items: vec!["Pulsa".to_owned()],
            language: "id".to_owned(),
            now: now(),
        }
    }
    async fn open(&self, form: &CheckoutForm) -> Result<Opened, String> {
        let field = |name| form.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()).unwrap();
        let reference = field("ref").parse().unwrap();
        Ok(Opened { reference, amount: twd(field("amount").parse::<i64>().unwrap() * 100) })
    }
    async fn notices(&self, case: NoticeCase, stage: &GatewayStage) -> Result<Vec<(String, RawNotice)>, Unsupported> {
        let notice = |account: &str, code: &str, amount: &str, secret: &str| {
            let signed = format!("{account}|{}|{code}|{amount}", stage.reference);
            raw(format!("{signed}|{}", signature(secret, &signed)))
        };
        let paid = |secret| notice("2000132", "1", "5", secret);
        Ok(match case {
            NoticeCase::Paid | NoticeCase::PaidAgain => vec![paid(SECRET)],
            NoticeCase::Issued => vec![notice("2000132", "code", "5", SECRET)],
            NoticeCase::Declined => vec![notice("2000132", "10200058", "5", SECRET)],
            NoticeCase::Simulated => vec![notice("2000132", "sim", "5", SECRET)],
            NoticeCase::OtherAccount => vec![notice("2000133", "1", "5", SECRET)],
            NoticeCase::MissingField => {
                let signed = format!("2000132|{}|1", stage.reference);
                vec![raw(format!("{signed}|{}", signature(SECRET, &signed)))]
            }
            NoticeCase::BadAmount => {
                ["five", "+5", "5.001", "99999999999999999999"].map(|a| notice("2000132", "1", a, SECRET)).to_vec()
            }
            NoticeCase::NoSignature => vec![raw(format!("2000132|{}|1|5", stage.reference))],
            NoticeCase::EmptySignature => vec![raw(format!("2000132|{}|1|5|", stage.reference))],
            NoticeCase::OtherSecret => vec![paid("other")],
            NoticeCase::EmptySecret => vec![paid("")],
        })
    }
    fn built_with_empty_secrets(&self) -> Vec<(&'static str, Result<(), BadSetting>)> {
        vec![("KEY", Err(BadSetting { variable: "GATEWAY_FAKE_KEY".to_owned(), problem: "is empty".to_owned() }))]
    }
    fn stops_sending(&self, reply: &NoticeReply) -> bool {
        reply.body == "ok"
    }
}

fn raw(body: String) -> (String, RawNotice) {
    let raw = RawNotice { body: Bytes::from(body), ..RawNotice::default() };
    ("paid".to_owned(), raw)
}

async fn report(broken: Broken) -> Report {
    gateway(&World { broken, queries: Queries::default() }).await
}

#[tokio::test]
async fn a_right_adapter_passes() {
    let report = report(Broken::Nothing).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.unsupported().count(), 0);
}

#[tokio::test]
async fn each_broken_rule_is_found_in_its_case() {
    for (broken, case, words) in [
        (Broken::UnclearIsUnpaid, "query: Truncated", "must say Unclear"),
        (Broken::ReportsTheAgreedAmount, "query: PaidOtherAmount", "but took"),
        (Broken::AsksTwice, "query: Unpaid", "2 query requests"),
        (Broken::RoundsTheAmount, "checkout: amounts", "the page must ask for"),
        (Broken::BelievesAnybody, "notice: EmptySecret", "is read as Ok"),
        (Broken::BelievesAnybody, "notice: any changed bit", "accepted saying"),
        (Broken::OneKeyForAll, "notice: keys", "shares its key"),
        (Broken::ReadsSimulatedAsPaid, "notice: Simulated", "is read as Ok"),
    ] {
        let report = report(broken).await;
        let verdict = &report.cases.iter().find(|c| c.name == case).unwrap().verdict;
        let found = matches!(verdict, Verdict::Failed(found) if found.iter().any(|f| f.contains(words)));
        assert!(found && !report.passed(), "{broken:?}: {verdict:?}");
    }
}
