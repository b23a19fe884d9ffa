//! Questions before a purchase: a definite answer where the supplier gave one, and silence is never a wrong number.

use crate::conformance::report::{Findings, Report, Unsupported};
use crate::inquiry::{Finding, Inquiry};
use crate::supplier::ReadFailed;

use super::{Situation, SupplierWorld};

/// Inquiries with known answers.
pub struct InquiryCase {
    /// Somebody the sandbox knows.
    pub known: Inquiry,
    /// Somebody it does not.
    pub unknown: Inquiry,
    /// What this supplier cannot answer.
    pub foreign: Inquiry,
}

pub(super) async fn run(world: &dyn SupplierWorld, report: &mut Report) {
    report.run("inquiries".to_owned(), true, told(world)).await;
    report.run("inquiries without credentials or connection".to_owned(), true, not_told(world)).await;
}

async fn told(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let InquiryCase { known, unknown, foreign } = world.inquiries()?;
    let stage = world.arrange(Situation::Delivers).await?;
    let (supplier, now) = (stage.supplier, world.now());
    let mut found = Findings::default();
    found.expect(supplier.answers(&known) && supplier.answers(&unknown), || "it answers what it can".to_owned());
    let answer = supplier.inquire(&known, now).await;
    let definite = answer.as_ref().is_ok_and(|finding| finding.word() == "found");
    found.expect(definite, || format!("somebody known must be found, not {answer:?}"));
    check_secrets(world, &mut found, &known, &format!("{answer:?}"));
    let answer = supplier.inquire(&unknown, now).await;
    found.expect(answer == Ok(Finding::NoSuchTarget), || format!("somebody unknown is no such target, not {answer:?}"));
    check_secrets(world, &mut found, &unknown, &format!("{answer:?}"));
    let answer = supplier.inquire(&foreign, now).await;
    let passed_on = !supplier.answers(&foreign) && answer == Ok(Finding::NotOffered);
    found.expect(passed_on, || format!("what it cannot answer is not offered, not {answer:?}"));
    let formed = world.truth(&stage.purchase.reference).await;
    found.expect(formed.formed == 0 && formed.requests == 0, || "an inquiry bought something".to_owned());
    Ok(found)
}

async fn not_told(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let known = world.inquiries()?.known;
    let mut found = Findings::default();
    let away = world.arrange(Situation::Unreachable).await?.supplier;
    let answer = away.inquire(&known, world.now()).await;
    found.expect(matches!(answer, Err(ReadFailed::Unavailable(_))), || {
        format!("an unreachable supplier must be unavailable, not {answer:?}")
    });
    check_secrets(world, &mut found, &known, &format!("{answer:?}"));
    let stranger = world.arrange(Situation::RefusedCredentials).await?.supplier;
    let answer = stranger.inquire(&known, world.now()).await;
    found.expect(matches!(answer, Err(ReadFailed::Unauthorised(_))), || {
        format!("a refused credential must be unauthorised, not {answer:?}")
    });
    check_secrets(world, &mut found, &known, &format!("{answer:?}"));
    Ok(found)
}

fn check_secrets(world: &dyn SupplierWorld, found: &mut Findings, inquiry: &Inquiry, printed: &str) {
    let mut secrets = world.secrets();
    secrets.extend(inquiry.target().map(|target| target.expose().to_owned()));
    found.expect_no_secret(&secrets, "the answer to an inquiry", printed);
    found.expect_no_secret(&secrets, "the Debug of an inquiry", &format!("{inquiry:?}"));
}
