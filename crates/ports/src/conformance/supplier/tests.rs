//! The suite itself, over a supplier in memory: a right one passes, and each broken rule is found in its case.

mod broken;
mod fake;
mod paying;
mod world;

use super::*;
use crate::conformance::report::Verdict;
use crate::supplier::Proof;
use broken::Broken;
use world::{CLAIMS, World};

async fn report(broken: Broken) -> Report {
    supplier(&World::new(broken, CLAIMS)).await
}

/// Of one that is so and claims to be otherwise, perhaps.
async fn report_of(is: Claims, claims: Claims) -> Report {
    let mut world = World::new(Broken::Nothing, is);
    world.claims = claims;
    supplier(&world).await
}

/// What was found wrong in one case.
fn findings<'a>(report: &'a Report, case: &str) -> &'a [String] {
    match &report.cases.iter().find(|c| c.name == case).unwrap().verdict {
        Verdict::Failed(found) => found,
        Verdict::Passed | Verdict::Unsupported(_) => &[],
    }
}

fn unsupported(report: &Report) -> Vec<&str> {
    report.unsupported().map(|case| case.name.as_str()).collect()
}

#[tokio::test]
async fn a_right_adapter_passes_and_what_it_cannot_show_is_listed() {
    let report = report(Broken::Nothing).await;
    assert!(report.passed(), "{report}");
    assert_eq!(unsupported(&report), ["Repeat"]);
    assert!(report.to_string().contains("19 Repeat: it sells the same twice"), "{report}");
    assert!(report.to_string().contains("20 Throttled: Refused(Busy) then NotFound, 0 formed, 1 request"), "{report}");
}

#[tokio::test]
async fn there_are_eighty_four_cases_in_nine_groups() {
    let report = report(Broken::Nothing).await;
    let groups: Vec<(&str, usize)> =
        report.groups().into_iter().map(|(group, count)| (group, count.passed + count.not_possible)).collect();
    let expected = [
        ("outcomes", 12),
        ("refusals", 14),
        ("lost answers to a purchase", 14),
        ("lost answers to a question", 11),
        ("other", 7),
        ("bills", 11),
        ("reads", 5),
        ("notices", 8),
        ("settings", 2),
    ];
    assert_eq!(groups, expected);
    assert_eq!(report.cases.len(), 84);
}

#[tokio::test]
async fn each_broken_rule_is_found_in_its_case() {
    for (broken, case, words) in BROKEN {
        let report = report(*broken).await;
        let found = findings(&report, case);
        assert!(found.iter().any(|f| f.contains(words)), "{broken:?} in {case}: {found:?}\n{report}");
        assert!(!report.passed());
    }
}

const BROKEN: &[(Broken, &str, &str)] = &[
    (Broken::SendsTwice, "Delivers", "2 purchase requests"),
    (Broken::UnclearIsFailed, "SlowDrip", "must say one of [Unclear]"),
    (Broken::UnclearIsRefused, "DropAfterForming", "a fallback buys twice"),
    (Broken::UnclearStatusIsNotFound, "StatusDrop", "NotFound, but the supplier formed it"),
    (Broken::LeaksTheKey, "Delivers", "secret no. 0"),
    // Outcomes.
    (Broken::TellsASerialTooEarly, "SerialLater", "before there is one"),
    (Broken::NeverTellsTheSerial, "SerialLater", "and is not told"),
    (Broken::LosesThePin, "SerialOfTwoParts", "a code or its pin is missing"),
    (Broken::MakesUpSerials, "Delivers", "not the one that was given"),
    (Broken::HalfATokenIsOne, "PlnToken", "lacks a digit"),
    (Broken::TellsTheListsPrice, "PriceAboveList", "the price told is"),
    (Broken::ReadsNoPrice, "PriceAsText", "written otherwise"),
    (Broken::RoundsFractions, "PriceAsText", "must say one of [Unclear]"),
    (Broken::IgnoresTheGuard, "PriceGuard", "must say one of [Refused(Price)]"),
    // Refusals.
    (Broken::EveryRefusalIsTheSuppliers, "Credentials", "must say one of [Refused(Account)]"),
    (Broken::EveryRefusalIsTheSuppliers, "AddressNotAllowed", "must say one of [Refused(Account)]"),
    (Broken::EveryRefusalIsTheSuppliers, "LowDeposit", "must say one of [Refused(Deposit)]"),
    (Broken::EveryRefusalIsTheSuppliers, "Throttled", "must say one of [Refused(Busy), Unclear]"),
    (Broken::EveryRefusalIsTheSuppliers, "BlockedNumber", "must say one of [Refused(Customer)"),
    (Broken::EveryRefusalIsTheSuppliers, "MalformedRequest", "must say one of [Refused(Us)]"),
    (Broken::FormsWhileBusy, "Throttled", "a fallback buys twice"),
    (Broken::FormsWhileBusy, "Maintenance", "a fallback buys twice"),
    (Broken::FormsWhileBusy, "CutOff", "a fallback buys twice"),
    (Broken::ForgetsARefusal, "RefusedThenAskedSaysSo", "and asked again"),
    (Broken::ForgetsARefusal, "UnknownProduct", "the status question must say"),
    (Broken::NeverHearsOfRefusals, "RefusedInStatusOnly", "the status question must say"),
    // Questions and others.
    (Broken::UnclearIsFailed, "ErrorBeforeForming", "must say one of [Unclear]"),
    (Broken::UnclearIsFailed, "WrongTypes", "must say one of [Unclear]"),
    (Broken::UnclearIsFailed, "OtherCharset", "must say one of [Unclear]"),
    (Broken::TurnedAwayIsFailed, "StatusCredentials", "must say one of [Unclear]"),
    (Broken::TurnedAwayIsFailed, "StatusThrottled", "failed, but the supplier delivered it"),
    (Broken::HidesThatItIsBusy, "StatusThrottled", "nobody is told to leave it alone"),
    (Broken::UnclearStatusIsNotFound, "StatusWrongTypes", "NotFound, but the supplier formed it"),
    (Broken::BelievesContradictions, "ContradictoryWords", "must say one of [Unclear]"),
    (Broken::IsStrictAboutFields, "UnknownFields", "must say one of [Pending, Delivered]"),
    (Broken::FailedIsFinal, "LateSuccess", "the question after that"),
    (Broken::HidesWhatIsNotFound, "NotFoundOfAFormedOne", "the status question must say"),
    (Broken::TrustsAbsenceOtherwise, "NotFoundOfAFormedOne", "may be believed"),
    (Broken::BuysByAsking, "AskingNeverBuys", "2 purchase requests"),
    (Broken::SaysThatAskingBuys, "AskingNeverBuys", "whether asking may buy"),
    // Bills.
    (Broken::MisreadsTheDebt, "OneBill", "are owed, and told are"),
    (Broken::ForgetsTheRest, "SeveralBillsWithRest", "left over"),
    (Broken::NothingOwedIsUnclear, "AlreadyPaid", "the inquiry must say"),
    (Broken::NothingOwedIsUnclear, "NoSuchCustomer", "the inquiry must say"),
    (Broken::SilenceOwesNothing, "InquiryTimeout", "no whole reply came"),
    (Broken::PaysByAsking, "InquiredNotPaid", "an inquiry paid something"),
    (Broken::AsksWhilePaying, "PaysOnce", "the payment asked what is owed"),
    (Broken::SendsTwice, "PaysOnce", "2 payments reached the supplier"),
    (Broken::HidesPendingPayments, "PaymentPendingThenDone", "the payment must say"),
    (Broken::FailedPaymentsArePending, "PaymentFails", "the status question must say"),
    (Broken::UnclearIsFailed, "PaymentLostAnswer", "must say one of [Unclear]"),
    (Broken::UnpaidIsPending, "InquiredNotPaid", "the status question must say"),
    (Broken::PaysStaleHandles, "StaleHandle", "the payment must say"),
    (Broken::LeaksTheHolder, "OneBill", "in clear in the exchange of the inquiry"),
    // Reads.
    (Broken::MisreadsPrices, "PriceList", "and is read as"),
    (Broken::SellsWhatIsOff, "PriceList", "is switched off, and on sale here"),
    (Broken::LosesLines, "PriceListWithBrokenLines", "the line of x1 is lost"),
    (Broken::InventsPrices, "PriceListWithBrokenLines", "x3 has no price, and is on sale"),
    (Broken::ReadsWhateverComes, "PriceListWithBrokenLines", "ListHuge: it must be unavailable"),
    (Broken::ReadsWhateverComes, "PriceListWithBrokenLines", "ListEmpty: it must be unavailable"),
    (Broken::BalanceStandsStill, "Balance", "the balance went from"),
    (Broken::CannotTellStrangers, "WithoutCredentialsOrConnection", "must be unauthorised"),
    (Broken::SilenceIsAWrongNumber, "Inquiries", "must be unavailable"),
    // Notices.
    (Broken::KeyOfTheMoment, "DuplicateAndReordered", "has two keys"),
    (Broken::OneKeyForAll, "DuplicateAndReordered", "one hides the other"),
    (Broken::BelievesAnybody, "Forged", "OtherSecret: a forged notice is accepted"),
    (Broken::BelievesTheOld, "Forged", "OldTimestamp: a forged notice is accepted"),
    (Broken::KnowsOneSecret, "Forged", "the other live secret is not accepted"),
    (Broken::BelievesAnybody, "AnyChangedBit", "accepted for another reference"),
    (Broken::BelievesAnyAddress, "AnyChangedBit", "accepted at another address"),
    (Broken::ReadsWhateverComes, "Garbage", "a megabyte is accepted"),
    (Broken::ProvesLess, "ProofIsWhatIsClaimed", "a genuine notice proves"),
    (Broken::TellsEverybodyToStop, "Replies", "stops the sender"),
    // Settings.
    (Broken::StartsWithoutSecret, "EmptySecretsRefused", "KEY"),
    (Broken::IgnoresUnknownSettings, "PlainHttpAndUnknownSettingRefused", "an unknown setting"),
    (Broken::SendsInClear, "PlainHttpAndUnknownSettingRefused", "was sent in clear"),
];

#[tokio::test]
async fn every_broken_supplier_is_tried() {
    for broken in Broken::ALL.iter().filter(|broken| **broken != Broken::Nothing) {
        assert!(BROKEN.iter().any(|(tried, ..)| tried == broken), "{broken:?}");
    }
}

#[tokio::test]
async fn what_is_claimed_must_be_shown() {
    let mut world = World::new(Broken::Nothing, CLAIMS);
    world.shows_nothing_special = true;
    let report = supplier(&world).await;
    for case in ["PriceGuard", "CutOff", "OneBill", "StaleHandle", "Inquiries", "Delivered"] {
        let found = findings(&report, case);
        assert!(found.iter().any(|f| f.contains("this case must be shown")), "{case}: {found:?}");
    }
}

#[tokio::test]
async fn what_is_not_claimed_must_not_be_there() {
    let nothing = Claims { bills: None, inquiries: false, notices: None, cut_off: None, price_guard: false, ..CLAIMS };
    let report = report_of(CLAIMS, nothing).await;
    for (case, words) in [
        ("OneBill", "it claims to pay no bills"),
        ("Inquiries", "it claims no inquiries, and answers [\"operator\"]"),
        ("Delivered", "it claims to send no notices"),
        ("PriceList", "it has hours, and claims none"),
    ] {
        let found = findings(&report, case);
        assert!(found.iter().any(|f| f.contains(words)), "{case}: {found:?}");
    }
    assert!(unsupported(&report).contains(&"PriceGuard"), "nobody can see a guard that is not used");
}

#[tokio::test]
async fn who_differs_must_claim_it_and_who_claims_it_must_differ() {
    let billing = |tells_paid, same_day| Claims { bills: Some(BillClaims { tells_paid, same_day }), ..CLAIMS };
    let differing: [(Claims, &[&str]); 4] = [
        (Claims { cut_off: Some(CutOff::Failed), ..CLAIMS }, &["CutOff"]),
        (billing(false, true), &["AlreadyPaid"]),
        (billing(true, false), &["StaleHandle"]),
        (Claims { names_reference: false, ..CLAIMS }, &["OtherReference", "StatusOtherReference"]),
    ];
    for (differs, cases) in differing {
        let report = report_of(differs, differs).await;
        assert!(report.passed(), "{report}");
        for (is, claims) in [(differs, CLAIMS), (CLAIMS, differs)] {
            let report = report_of(is, claims).await;
            for case in cases {
                let found = findings(&report, case);
                assert!(
                    found.iter().any(|f| f.contains("must say")),
                    "{case} of {is:?}, claiming {claims:?}: {found:?}"
                );
            }
        }
    }
    let report = report_of(CLAIMS, Claims { names_reference: false, ..CLAIMS }).await;
    let found = findings(&report, "Delivers");
    assert!(found.iter().any(|f| f.contains("the reply names the reference")), "{found:?}");
}

#[tokio::test]
async fn where_asking_may_buy_a_question_forms_at_most_the_one_purchase() {
    let claims = Claims { asking_may_buy: true, ..CLAIMS };
    let report = supplier(&World::new(Broken::Nothing, claims)).await;
    assert!(report.passed(), "{report}");
    let report = supplier(&World::new(Broken::BuysByAsking, claims)).await;
    let found = findings(&report, "AskingNeverBuys");
    assert!(found.iter().any(|f| f.contains("the supplier formed 2 purchases")), "{found:?}");
}

#[tokio::test]
async fn how_far_notices_reach_is_claimed_and_nothing_is_no_proof() {
    let claims = Claims { notices: Some(Proof::Nothing), ..CLAIMS };
    let report = report_of(CLAIMS, claims).await;
    assert!(!findings(&report, "ProofIsWhatIsClaimed").is_empty(), "it proves more than it claims");
}

#[tokio::test]
async fn a_case_every_provider_must_show_cannot_be_declared_unsupported() {
    let mut report = Report::default();
    report.run("must".to_owned(), false, async { Err(Unsupported("too hard")) }).await;
    assert!(!report.passed() && report.to_string().contains("too hard"), "{report}");
}
