//! Notices of a supplier: believed only when their sender signed what they say.

use domain::DedupeKey;
use domain::Moment;
use domain::fulfilment::Answer;

use super::{Situation, SupplierStage, SupplierWorld, Word};
use crate::conformance::cases;
use crate::conformance::report::{Findings, Report, Unsupported};
use crate::conformance::tamper;
use crate::notice::{NoticeOutcome, NoticeRejected, RawNotice};
use crate::supplier::{Proof, SupplierNotice};

cases! {
/// The notices a world must be able to write.
pub enum SupplierNoticeCase {
    /// "Delivered", rightly signed.
    Delivered,
    /// "Failed", rightly signed.
    Failed,
    /// "Delivered", with its signature left out.
    NoSignature,
    /// "Delivered", with an empty signature.
    EmptySignature,
    /// "Delivered", signed with another secret.
    OtherSecret,
    /// "Delivered", signed as if our secret were empty.
    EmptySecret,
    /// "Delivered", with the signature of another reference's notice.
    OtherSignature,
}
}

pub(super) async fn run(world: &dyn SupplierWorld, report: &mut Report) {
    for case in SupplierNoticeCase::ALL {
        let name = format!("notice: {case:?}");
        match case {
            SupplierNoticeCase::Delivered => report.run(name, true, genuine(world, *case, Word::Delivered)).await,
            SupplierNoticeCase::Failed => report.run(name, true, genuine_failure(world)).await,
            _ => report.run(name, true, forged(world, *case)).await,
        }
    }
    report.run("notice: any changed bit".to_owned(), true, changed(world)).await;
    report.run("notice: garbage".to_owned(), true, garbage(world)).await;
    report.run("notice: replies".to_owned(), true, replies(world)).await;
}

struct Sample {
    stage: SupplierStage,
    kind: String,
    raw: RawNotice,
    now: Moment,
}

impl Sample {
    async fn of(world: &dyn SupplierWorld, case: SupplierNoticeCase) -> Result<Self, Unsupported> {
        let stage = world.arrange(Situation::Delivers).await?;
        let (kind, raw) = world.notice(case, &stage.purchase).await?;
        Ok(Self { stage, kind, raw, now: world.now() })
    }

    fn verify(&self, raw: &RawNotice) -> Result<SupplierNotice, NoticeRejected> {
        self.stage.supplier.verify_notice(&self.kind, raw, self.now)
    }
}

async fn genuine(world: &dyn SupplierWorld, case: SupplierNoticeCase, claim: Word) -> Result<Findings, Unsupported> {
    let sample = Sample::of(world, case).await?;
    let mut found = Findings::default();
    match sample.verify(&sample.raw) {
        Err(error) => found.expect(false, || format!("a genuine notice is rejected: {error}")),
        Ok(notice) => {
            found.expect(notice.reference == sample.stage.purchase.reference, || "of another reference".to_owned());
            let word = Word::of(&notice.claims);
            found.expect(word == claim, || format!("it claims {claim:?}, but is read as {word:?}"));
            check_record(world, &mut found, &sample, &notice);
            let again = sample.verify(&sample.raw).map(|n| n.record.key);
            found.expect(again.as_ref() == Ok(&notice.record.key), || "its key changes when it comes again".to_owned());
        }
    }
    Ok(found)
}

/// A failure is read as one, and does not hide a delivery of the same reference.
async fn genuine_failure(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let sample = Sample::of(world, SupplierNoticeCase::Failed).await?;
    let (_, delivered) = world.notice(SupplierNoticeCase::Delivered, &sample.stage.purchase).await?;
    let mut found = Findings::default();
    match (sample.verify(&sample.raw), sample.verify(&delivered)) {
        (Ok(failed), Ok(delivered)) => {
            let is_failure = matches!(failed.claims, Answer::Failed { .. } | Answer::Refused { .. });
            found.expect(is_failure, || format!("it claims a failure, but is read as {:?}", failed.claims));
            check_record(world, &mut found, &sample, &failed);
            found.expect(failed.record.key != delivered.record.key, || {
                "the notices of a failure and of a delivery share a key: one hides the other".to_owned()
            });
        }
        other => found.expect(false, || format!("genuine notices are rejected: {other:?}")),
    }
    Ok(found)
}

fn check_record(world: &dyn SupplierWorld, found: &mut Findings, sample: &Sample, notice: &SupplierNotice) {
    let key = &notice.record.key;
    found.expect(key.parse::<DedupeKey>().is_ok(), || format!("{key:?} is no dedupe key"));
    found.expect(notice.record.kind == sample.kind, || "its record is of another kind".to_owned());
    found.expect(notice.record.body.len() <= crate::Exchange::BODY_LIMIT, || "its record is too large".to_owned());
    let mut secrets = world.secrets();
    secrets.push(sample.stage.purchase.target.expose().to_owned());
    if let Answer::Delivered { serial: Some(serial), .. } = &notice.claims {
        secrets.push(serial.expose().to_owned());
    }
    found.expect_no_secret(&secrets, "the notice's record or Debug", &format!("{notice:?}"));
}

async fn forged(world: &dyn SupplierWorld, case: SupplierNoticeCase) -> Result<Findings, Unsupported> {
    let sample = Sample::of(world, case).await?;
    let mut found = Findings::default();
    let accepted = sample.verify(&sample.raw);
    found.expect(accepted.is_err(), || format!("a forged notice is accepted: {accepted:?}"));
    Ok(found)
}

/// A changed notice is rejected, or says the same. What a signature does not cover may differ only if it proves nothing.
async fn changed(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let sample = Sample::of(world, SupplierNoticeCase::Delivered).await?;
    let mut found = Findings::default();
    let Ok(original) = sample.verify(&sample.raw) else {
        found.expect(false, || "the genuine notice is rejected".to_owned());
        return Ok(found);
    };
    for (change, raw) in tamper::bit_flips(&sample.raw) {
        let Ok(read) = sample.verify(&raw) else { continue };
        found.expect(read.reference == original.reference, || format!("{change}: accepted for another reference"));
        let proves_other = read.proves == Proof::Outcome && read.claims != original.claims;
        found.expect(!proves_other, || format!("{change}: accepted as proof of another outcome"));
    }
    Ok(found)
}

async fn garbage(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let sample = Sample::of(world, SupplierNoticeCase::Delivered).await?;
    let mut found = Findings::default();
    for (name, raw) in tamper::garbage(&sample.raw) {
        found.expect(sample.verify(&raw).is_err(), || format!("{name} is accepted"));
    }
    let elsewhere = sample.stage.supplier.verify_notice("no-such-kind", &sample.raw, sample.now);
    found.expect(elsewhere.is_err(), || "a kind this supplier does not send is accepted".to_owned());
    Ok(found)
}

/// Only what is stored may stop the sender.
async fn replies(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let sample = Sample::of(world, SupplierNoticeCase::Delivered).await?;
    let supplier = &sample.stage.supplier;
    let mut found = Findings::default();
    let stored = supplier.notice_reply(NoticeOutcome::Stored);
    found.expect(world.stops_sending(&stored), || format!("the supplier goes on sending after {stored:?}"));
    for outcome in [
        NoticeOutcome::TryAgain,
        NoticeOutcome::Rejected(NoticeRejected::Malformed),
        NoticeOutcome::Rejected(NoticeRejected::BadSignature),
        NoticeOutcome::Rejected(NoticeRejected::OtherAccount),
    ] {
        let reply = supplier.notice_reply(outcome);
        found.expect(!world.stops_sending(&reply), || format!("{outcome:?} stops the sender by {reply:?}"));
    }
    Ok(found)
}
