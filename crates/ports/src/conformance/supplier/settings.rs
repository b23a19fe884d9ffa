//! Settings that must stop the start, or at least the first byte.

use domain::fulfilment::Cause;

use super::{Situation, SupplierWorld, Word};
use crate::conformance::report::{Findings, Report, Unsupported};
use crate::exchange::Sent;
use crate::settings::BadSetting;

/// A setting that nobody should start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddSetting {
    /// This secret is empty.
    Empty(&'static str),
    /// One of this name, which no supplier has.
    Unknown(&'static str),
    /// The address is no `https`, and nobody allowed that.
    PlainHttp,
}

const NO_SUCH_SETTING: &str = "NO_SUCH_SETTING";

pub(super) async fn run(world: &dyn SupplierWorld, report: &mut Report) {
    report.begin("settings");
    report.run("EmptySecretsRefused".to_owned(), false, empty_secrets(world)).await;
    report.run("PlainHttpAndUnknownSettingRefused".to_owned(), false, odd(world)).await;
}

#[expect(clippy::unused_async, reason = "every case is a future")]
async fn empty_secrets(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let built: Vec<_> = world
        .secret_settings()
        .into_iter()
        .map(|setting| (setting, world.built(OddSetting::Empty(setting)).map(drop)))
        .collect();
    expect_refused(&mut found, &built);
    found.saw(world.secret_settings().join(", "));
    Ok(found)
}

/// Each secret setting, emptied, stops the start with a line that names it.
pub(in crate::conformance) fn expect_refused(found: &mut Findings, built: &[(&'static str, Result<(), BadSetting>)]) {
    found.expect(!built.is_empty(), || "no secret setting was tried".to_owned());
    for (setting, result) in built {
        let named = result.as_ref().is_err_and(|bad| bad.variable.ends_with(setting));
        found.expect(named, || format!("an empty {setting} must be refused by its name, not {result:?}"));
    }
}

/// A mistyped name is not silent, and nothing is sent in clear: the start says so, or the call does before a byte leaves.
async fn odd(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let unknown = world.built(OddSetting::Unknown(NO_SUCH_SETTING)).map(drop);
    let named = unknown.as_ref().is_err_and(|bad| bad.variable.ends_with(NO_SUCH_SETTING));
    found.expect(named, || format!("an unknown setting must be refused by its name, not {unknown:?}"));

    let stage = world.arrange(Situation::Delivers).await?;
    if let Ok(plain) = world.built(OddSetting::PlainHttp) {
        let (answer, exchange) = plain.purchase(&stage.purchase, world.now()).await;
        let unsent = Word::of(&answer) == Word::Refused(Cause::NotFormed) && exchange.sent == Sent::No;
        found.expect(unsent, || format!("a purchase was sent in clear: {answer:?}"));
        let read = plain.balance(world.now()).await;
        found.expect(read.is_err(), || "the balance was asked for in clear".to_owned());
    }
    let requests = world.truth(&stage.purchase.reference).await.requests;
    found.expect(requests == 0, || format!("{requests} purchase requests arrived in clear"));
    Ok(found)
}
