//! Notices of a supplier: believed only when their sender signed what they say.

use domain::DedupeKey;
use domain::Moment;
use domain::fulfilment::Answer;

use super::claims::{Capability, Duty};
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
    /// "Delivered", with its signature, or the secret part of its address, left out.
    NoSignature,
    /// "Delivered", with an empty signature.
    EmptySignature,
    /// "Delivered", signed with another secret.
    OtherSecret,
    /// "Delivered", signed as if our secret were empty.
    EmptySecret,
    /// "Delivered", with the signature of another reference's notice.
    OtherSignature,
    /// "Delivered", rightly signed an hour ago, where the time is signed.
    OldTimestamp,
    /// "Delivered", signed with the other of two live secrets, where there may be two: genuine.
    SecondLiveSecret,
}
}

/// What must not be believed.
const FORGED: &[SupplierNoticeCase] = &[
    SupplierNoticeCase::NoSignature,
    SupplierNoticeCase::EmptySignature,
    SupplierNoticeCase::OtherSecret,
    SupplierNoticeCase::EmptySecret,
    SupplierNoticeCase::OtherSignature,
    SupplierNoticeCase::OldTimestamp,
];

/// Larger than any notice, small enough to pass a listener.
const LARGE: usize = 1024 * 1024;

pub(super) async fn run(world: &dyn SupplierWorld, report: &mut Report) {
    report.begin("notices");
    let may_skip = world.claims().may_skip(Duty::Claims(Capability::Notices));
    let delivered = genuine(world, SupplierNoticeCase::Delivered, Word::Delivered);
    report.run("Delivered".to_owned(), may_skip, claimed(world, delivered)).await;
    report.run("Failed".to_owned(), may_skip, claimed(world, genuine_failure(world))).await;
    report.run("DuplicateAndReordered".to_owned(), may_skip, claimed(world, reordered(world))).await;
    report.run("Forged".to_owned(), may_skip, claimed(world, forged(world))).await;
    report.run("AnyChangedBit".to_owned(), may_skip, claimed(world, changed(world))).await;
    report.run("Garbage".to_owned(), may_skip, claimed(world, garbage(world))).await;
    report.run("ProofIsWhatIsClaimed".to_owned(), may_skip, claimed(world, proof(world))).await;
    report.run("Replies".to_owned(), may_skip, claimed(world, replies(world))).await;
}

/// Who claims to send no notices must not be believed when one comes.
async fn claimed(
    world: &dyn SupplierWorld,
    case: impl Future<Output = Result<Findings, Unsupported>>,
) -> Result<Findings, Unsupported> {
    if world.claims().notices.is_some() {
        return case.await;
    }
    let mut found = Findings::default();
    let written = match Sample::of(world, SupplierNoticeCase::Delivered).await {
        Ok(sample) => sample.verify(&sample.raw).is_ok(),
        Err(Unsupported(_)) => false,
    };
    found.expect(!written, || "it claims to send no notices, and accepts one".to_owned());
    if written { Ok(found) } else { Err(Unsupported("it sends no notices")) }
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

/// However often and in whatever order they come, each has its own key, and the same one each time.
async fn reordered(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let sample = Sample::of(world, SupplierNoticeCase::Delivered).await?;
    let (_, failed) = world.notice(SupplierNoticeCase::Failed, &sample.stage.purchase).await?;
    // The same news, written once more: a sender that comes again may sign anew.
    let (_, again) = world.notice(SupplierNoticeCase::Delivered, &sample.stage.purchase).await?;
    let mut found = Findings::default();
    let keys: Vec<_> = [&failed, &sample.raw, &failed, &again, &sample.raw]
        .into_iter()
        .map(|raw| sample.verify(raw).map(|notice| notice.record.key))
        .collect();
    found.expect(keys.iter().all(Result::is_ok), || format!("a notice that comes again is rejected: {keys:?}"));
    let same = |one: usize, other: usize| keys.get(one) == keys.get(other);
    found.expect(same(0, 2) && same(1, 3) && same(1, 4), || format!("the same notice has two keys: {keys:?}"));
    found.expect(!same(0, 1), || "a failure and a delivery share a key: one hides the other".to_owned());
    Ok(found)
}

/// None of what anybody could have written is believed; what the other live secret signed is.
async fn forged(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let (mut tried, mut not_possible) = (0_u32, Vec::new());
    for case in FORGED {
        let sample = match Sample::of(world, *case).await {
            Ok(sample) => sample,
            Err(Unsupported(_)) => {
                not_possible.push(format!("{case:?}"));
                continue;
            }
        };
        tried += 1;
        let accepted = sample.verify(&sample.raw);
        found.expect(accepted.is_err(), || format!("{case:?}: a forged notice is accepted: {accepted:?}"));
    }
    found.expect(tried > 0, || "no forgery was tried".to_owned());
    match Sample::of(world, SupplierNoticeCase::SecondLiveSecret).await {
        Ok(sample) => {
            let accepted = sample.verify(&sample.raw);
            found.expect(accepted.is_ok(), || format!("the other live secret is not accepted: {accepted:?}"));
        }
        Err(Unsupported(_)) => not_possible.push("SecondLiveSecret".to_owned()),
    }
    if !not_possible.is_empty() {
        found.saw(format!("not possible: {}", not_possible.join(", ")));
    }
    Ok(found)
}

/// How far a notice reaches is what is claimed, no further.
async fn proof(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let sample = Sample::of(world, SupplierNoticeCase::Delivered).await?;
    let mut found = Findings::default();
    let proves = sample.verify(&sample.raw).map(|notice| notice.proves);
    found.expect(proves.as_ref().ok() == world.claims().notices.as_ref(), || {
        format!("a genuine notice proves {proves:?}, and claimed is {:?}", world.claims().notices)
    });
    found.saw(format!("{proves:?}"));
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
        let same = read.reference == original.reference || read.proves == Proof::Nothing;
        found.expect(same, || format!("{change}: accepted for another reference"));
        found.expect(!change.starts_with("token"), || format!("{change}: accepted at another address"));
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
    let large = RawNotice { body: vec![b'x'; LARGE].into(), query: "x".repeat(LARGE), ..sample.raw.clone() };
    found.expect(sample.verify(&large).is_err(), || "a megabyte is accepted".to_owned());
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
