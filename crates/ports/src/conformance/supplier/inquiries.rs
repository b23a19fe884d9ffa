//! Questions before a purchase: a definite answer where the supplier gave one, and silence is never a wrong number.

use std::sync::Arc;

use domain::Private;

use super::{Situation, SupplierWorld};
use crate::conformance::report::{Findings, Unsupported};
use crate::inquiry::{Finding, Inquiry};
use crate::supplier::{ReadFailed, Supplier};

/// Inquiries with known answers.
pub struct InquiryCase {
    /// Somebody the sandbox knows.
    pub known: Inquiry,
    /// Somebody it does not.
    pub unknown: Inquiry,
    /// What this supplier cannot answer.
    pub foreign: Inquiry,
}

pub(super) async fn told_and_not(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    if !world.claims().inquiries {
        let supplier = world.arrange(Situation::Delivers).await?.supplier;
        let answered: Vec<&str> = probes().iter().filter(|probe| supplier.answers(probe)).map(Inquiry::kind).collect();
        found.expect(answered.is_empty(), || format!("it claims no inquiries, and answers {answered:?}"));
        return if answered.is_empty() { Err(Unsupported("it answers no inquiries")) } else { Ok(found) };
    }
    told(world, &mut found).await?;
    not_told(world, &mut found).await?;
    Ok(found)
}

/// One of each kind.
fn probes() -> [Inquiry; 6] {
    let (brand, number) = (|| "Mobile Legends".to_owned(), || Private::new("081234567890"));
    [
        Inquiry::PlnMeter { number: Private::new("12345678901") },
        Inquiry::EWallet { brand: "OVO".to_owned(), number: number() },
        Inquiry::GamePlayer { brand: brand(), id: Private::new("156378300|8483") },
        Inquiry::GameServers { brand: brand() },
        Inquiry::GameFormat { brand: brand() },
        Inquiry::Operator { number: number() },
    ]
}

async fn told(world: &dyn SupplierWorld, found: &mut Findings) -> Result<(), Unsupported> {
    let InquiryCase { known, unknown, foreign } = world.inquiries()?;
    let stage = world.arrange(Situation::Delivers).await?;
    let (supplier, now) = (stage.supplier, world.now());
    found.expect(supplier.answers(&known) && supplier.answers(&unknown), || "it answers what it can".to_owned());
    let answer = supplier.inquire(&known, now).await;
    let definite = answer.as_ref().is_ok_and(|finding| finding.word() == "found");
    found.expect(definite, || format!("somebody known must be found, not {answer:?}"));
    check_secrets(world, found, &known, &format!("{answer:?}"));
    let answer = supplier.inquire(&unknown, now).await;
    found.expect(answer == Ok(Finding::NoSuchTarget), || format!("somebody unknown is no such target, not {answer:?}"));
    check_secrets(world, found, &unknown, &format!("{answer:?}"));
    let answer = supplier.inquire(&foreign, now).await;
    let passed_on = !supplier.answers(&foreign) && answer == Ok(Finding::NotOffered);
    found.expect(passed_on, || format!("what it cannot answer is not offered, not {answer:?}"));
    let formed = world.truth(&stage.purchase.reference).await;
    found.expect(formed.formed == 0 && formed.requests == 0, || "an inquiry bought something".to_owned());
    Ok(())
}

async fn not_told(world: &dyn SupplierWorld, found: &mut Findings) -> Result<(), Unsupported> {
    let known = world.inquiries()?.known;
    let ask = async |supplier: Arc<dyn Supplier>| supplier.inquire(&known, world.now()).await;
    let answer = ask(world.arrange(Situation::Unreachable).await?.supplier).await;
    found.expect(matches!(answer, Err(ReadFailed::Unavailable(_))), || {
        format!("an unreachable supplier must be unavailable, not {answer:?}")
    });
    check_secrets(world, found, &known, &format!("{answer:?}"));
    let answer = ask(world.arrange(Situation::RefusedCredentials).await?.supplier).await;
    found.expect(matches!(answer, Err(ReadFailed::Unauthorised(_))), || {
        format!("a refused credential must be unauthorised, not {answer:?}")
    });
    check_secrets(world, found, &known, &format!("{answer:?}"));
    Ok(())
}

fn check_secrets(world: &dyn SupplierWorld, found: &mut Findings, inquiry: &Inquiry, printed: &str) {
    let mut secrets = world.secrets();
    secrets.extend(inquiry.target().map(|target| target.expose().to_owned()));
    found.expect_no_secret(&secrets, "the answer to an inquiry", printed);
    found.expect_no_secret(&secrets, "the Debug of an inquiry", &format!("{inquiry:?}"));
}
