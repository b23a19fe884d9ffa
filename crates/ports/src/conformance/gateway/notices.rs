//! Notices of a gateway: they are money, so what is not signed says nothing.

use std::collections::BTreeSet;

use domain::DedupeKey;
use domain::payment::Evidence;

use super::{GatewayStage, GatewayWorld, QuerySituation, check_paid};
use crate::conformance::cases;
use crate::conformance::report::{Findings, Report, Unsupported};
use crate::conformance::tamper;
use crate::gateway::{GatewayNotice, GatewayNoticeSays};
use crate::notice::{NoticeOutcome, NoticeRejected, RawNotice};

cases! {
/// The notices a world must be able to write, about the paid stage it is given.
pub enum NoticeCase {
    /// "Paid", rightly signed.
    Paid,
    /// The same payment as the gateway words it when it sends again.
    PaidAgain,
    /// Something to pay into was issued for the same reference, rightly signed.
    Issued,
    /// A failed try of the same reference, rightly signed.
    Declined,
    /// The test button for the same reference, rightly signed.
    Simulated,
    /// "Paid" to another account, rightly signed by it or by us.
    OtherAccount,
    /// "Paid", rightly signed, without a field that is needed: one notice per field.
    MissingField,
    /// "Paid", rightly signed, with an amount that is no amount (a word, a sign, a fraction, far too large): one each.
    BadAmount,
    /// "Paid", with its signature left out.
    NoSignature,
    /// "Paid", with an empty signature.
    EmptySignature,
    /// "Paid", signed with other secrets.
    OtherSecret,
    /// "Paid", signed as if our secrets were empty.
    EmptySecret,
}
}

impl NoticeCase {
    /// A gateway without codes, test button, failure notice or account field cannot show these.
    const fn optional(self) -> bool {
        matches!(self, Self::Issued | Self::Declined | Self::Simulated | Self::OtherAccount | Self::PaidAgain)
    }
}

pub(super) async fn run(world: &dyn GatewayWorld, report: &mut Report) {
    for case in NoticeCase::ALL {
        report.run(format!("notice: {case:?}"), case.optional(), one(world, *case)).await;
    }
    report.run("notice: keys".to_owned(), false, keys(world)).await;
    report.run("notice: any changed bit".to_owned(), false, changed(world)).await;
    report.run("notice: garbage".to_owned(), false, garbage(world)).await;
    report.run("notice: replies".to_owned(), false, replies(world)).await;
}

struct Samples {
    stage: GatewayStage,
    notices: Vec<(String, RawNotice)>,
}

impl Samples {
    async fn of(world: &dyn GatewayWorld, case: NoticeCase) -> Result<Self, Unsupported> {
        let stage = world.arrange(QuerySituation::Paid).await?;
        let notices = world.notices(case, &stage).await?;
        if notices.is_empty() { Err(Unsupported("the world wrote no notice")) } else { Ok(Self { stage, notices }) }
    }

    fn verify(&self, kind: &str, raw: &RawNotice) -> Result<GatewayNotice, NoticeRejected> {
        self.stage.gateway.verify_notice(kind, raw)
    }
}

async fn one(world: &dyn GatewayWorld, case: NoticeCase) -> Result<Findings, Unsupported> {
    let samples = Samples::of(world, case).await?;
    let mut found = Findings::default();
    for (n, (kind, raw)) in samples.notices.iter().enumerate() {
        let read = samples.verify(kind, raw);
        if let Ok(notice) = &read {
            check_record(world, &mut found, &samples.stage, kind, notice);
        }
        judge(&mut found, &samples.stage, case, n, read);
    }
    Ok(found)
}

/// What must become of a case's notice no. `n`.
fn judge(
    found: &mut Findings,
    stage: &GatewayStage,
    case: NoticeCase,
    n: usize,
    read: Result<GatewayNotice, NoticeRejected>,
) {
    let says = read.map(|notice| notice.says);
    let rejected_as = |allowed: &[NoticeRejected]| says.as_ref().is_err_and(|error| allowed.contains(error));
    let holds = match case {
        NoticeCase::Paid | NoticeCase::PaidAgain => {
            if let Ok(GatewayNoticeSays::Paid(report)) = &says {
                check_paid(found, stage, report, Evidence::Notice);
            }
            matches!(says, Ok(GatewayNoticeSays::Paid(_)))
        }
        NoticeCase::Issued => {
            let told = match &says {
                Ok(GatewayNoticeSays::Issued(issued)) => Some(issued),
                _ => None,
            };
            let lag = told.is_none_or(|issued| issued.lag >= chrono::TimeDelta::zero());
            found.expect(lag, || format!("the lag is {told:?}"));
            told.is_some()
        }
        NoticeCase::Declined => matches!(says, Ok(GatewayNoticeSays::Declined { .. })),
        NoticeCase::Simulated => match &says {
            Ok(GatewayNoticeSays::Simulated) => true,
            Ok(GatewayNoticeSays::Paid(report)) => report.simulated,
            _ => false,
        },
        // A foreign account has foreign keys, so its signature may be what is wrong.
        NoticeCase::OtherAccount => rejected_as(&[NoticeRejected::OtherAccount, NoticeRejected::BadSignature]),
        NoticeCase::MissingField | NoticeCase::BadAmount => says.is_err(),
        NoticeCase::NoSignature | NoticeCase::EmptySignature => {
            rejected_as(&[NoticeRejected::Malformed, NoticeRejected::BadSignature])
        }
        NoticeCase::OtherSecret | NoticeCase::EmptySecret => rejected_as(&[NoticeRejected::BadSignature]),
    };
    found.expect(holds, || format!("{case:?} no. {n} is read as {says:?}"));
}

fn check_record(
    world: &dyn GatewayWorld,
    found: &mut Findings,
    stage: &GatewayStage,
    kind: &str,
    notice: &GatewayNotice,
) {
    found.expect(notice.reference == stage.reference, || "it is read for another reference".to_owned());
    let key = &notice.record.key;
    found.expect(key.parse::<DedupeKey>().is_ok(), || format!("{key:?} is no dedupe key"));
    found.expect(notice.record.kind == kind, || format!("its record is of kind {:?}", notice.record.kind));
    found.expect(notice.record.body.len() <= crate::Exchange::BODY_LIMIT, || "its record is too large".to_owned());
    found.expect_no_secret(&world.secrets(), "the notice's record or Debug", &format!("{notice:?}"));
}

/// A notice that comes again has the same key; notices that say different things of one reference hide nothing.
async fn keys(world: &dyn GatewayWorld) -> Result<Findings, Unsupported> {
    let paid = Samples::of(world, NoticeCase::Paid).await?;
    let mut found = Findings::default();
    let mut keys = BTreeSet::new();
    for case in [NoticeCase::Paid, NoticeCase::Issued, NoticeCase::Declined, NoticeCase::Simulated] {
        let Ok(notices) = world.notices(case, &paid.stage).await else { continue };
        for (kind, raw) in &notices {
            let Ok(notice) = paid.verify(kind, raw) else { continue };
            found.expect(keys.insert(notice.record.key), || format!("{case:?} shares its key with another notice"));
        }
    }
    let again = world.notices(NoticeCase::PaidAgain, &paid.stage).await.unwrap_or_else(|_| paid.notices.clone());
    for (kind, raw) in &again {
        let key = paid.verify(kind, raw).map(|notice| notice.record.key);
        let known = key.as_ref().is_ok_and(|key| keys.contains(key));
        found.expect(known, || format!("the same payment, sent again, has another key: {key:?}"));
    }
    Ok(found)
}

/// A changed notice is rejected, or says the same of the same reference under the same key.
async fn changed(world: &dyn GatewayWorld) -> Result<Findings, Unsupported> {
    let samples = Samples::of(world, NoticeCase::Paid).await?;
    let mut found = Findings::default();
    let issued = world.notices(NoticeCase::Issued, &samples.stage).await.unwrap_or_default();
    for (kind, raw) in samples.notices.iter().chain(&issued) {
        let Ok(original) = samples.verify(kind, raw) else {
            found.expect(false, || "the genuine notice is rejected".to_owned());
            continue;
        };
        for (change, tampered) in tamper::bit_flips(raw) {
            let Ok(read) = samples.verify(kind, &tampered) else { continue };
            found.expect(read.reference == original.reference, || format!("{change}: accepted for another reference"));
            found.expect(read.says == original.says, || format!("{change}: accepted saying {:?}", read.says));
            found.expect(read.record.key == original.record.key, || format!("{change}: accepted under another key"));
        }
    }
    Ok(found)
}

async fn garbage(world: &dyn GatewayWorld) -> Result<Findings, Unsupported> {
    let samples = Samples::of(world, NoticeCase::Paid).await?;
    let mut found = Findings::default();
    for (kind, genuine) in &samples.notices {
        for (name, raw) in tamper::garbage(genuine) {
            found.expect(samples.verify(kind, &raw).is_err(), || format!("{name} is accepted"));
        }
        let elsewhere = samples.verify("no-such-kind", genuine);
        found.expect(elsewhere.is_err(), || "a kind this gateway does not send is accepted".to_owned());
    }
    Ok(found)
}

/// Only what is stored may stop the sender.
async fn replies(world: &dyn GatewayWorld) -> Result<Findings, Unsupported> {
    let gateway = world.arrange(QuerySituation::NotFound).await?.gateway;
    let mut found = Findings::default();
    let stored = gateway.notice_reply(NoticeOutcome::Stored);
    found.expect(world.stops_sending(&stored), || format!("the gateway goes on sending after {stored:?}"));
    for outcome in [
        NoticeOutcome::TryAgain,
        NoticeOutcome::Rejected(NoticeRejected::Malformed),
        NoticeOutcome::Rejected(NoticeRejected::BadSignature),
        NoticeOutcome::Rejected(NoticeRejected::OtherAccount),
    ] {
        let reply = gateway.notice_reply(outcome);
        found.expect(!world.stops_sending(&reply), || format!("{outcome:?} stops the sender by {reply:?}"));
    }
    Ok(found)
}
