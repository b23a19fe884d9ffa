//! Which error of a use case becomes which problem: the whole table.

use actix_web::http::StatusCode;
use domain::Refusal;
use domain::catalogue::TargetError;
use engine::{ActError, InquireError, PlaceError, WatchRefused};
use ports::tasks::NotReady;

use crate::problem::Problem;

/// The store usually comes back within a failover.
const STORE_RETRY_S: u32 = 5;
/// Prices are set by a person.
const SELLING_RETRY_S: u32 = 60;
/// A supplier that is away for a moment is back by then; whoever waits longer asks again.
const INQUIRY_RETRY_S: u32 = 10;
/// Others finish with the order in a moment.
const CONFLICT_RETRY_S: u32 = 1;
/// Places come free with every order that ends, and with every connection that died.
const WATCH_RETRY_S: u32 = 15;

impl From<PlaceError> for Problem {
    fn from(error: PlaceError) -> Self {
        let words = error.to_string();
        match error {
            PlaceError::NoItems => {
                Self::invalid("items_required", "An order needs items").field("items", "required", words)
            }
            PlaceError::TooManyItems { .. } => {
                Self::invalid("too_many_items", "Too many items").field("items", "too_many", words)
            }
            PlaceError::UnknownProduct { index } => Self::invalid("unknown_product", "There is no such product").field(
                format!("items[{index}].product"),
                "unknown_product",
                "there is no such product",
            ),
            PlaceError::NotAvailable { index } => Self::invalid("not_available", "A product cannot be bought now")
                .field(format!("items[{index}].product"), "not_available", "it cannot be bought now"),
            PlaceError::BadTarget { index, reason } => Self::invalid("bad_target", "The goods cannot be sent there")
                .field(format!("items[{index}].target"), target_code(reason), reason.to_string()),
            PlaceError::TargetRequired { index } => Self::invalid("target_required", "These goods go to a target")
                .field(format!("items[{index}].target"), "required", "only a bill is ordered by an inquiry"),
            PlaceError::InquiryRequired { index } => {
                Self::invalid("inquiry_required", "A bill is asked about before it is ordered").field(
                    format!("items[{index}].inquiry"),
                    "required",
                    "ask what is owed and order it by the answer",
                )
            }
            PlaceError::UnknownInquiry { index } => Self::invalid("unknown_inquiry", "There is no such inquiry").field(
                format!("items[{index}].inquiry"),
                "unknown_inquiry",
                "this customer asked nothing like it about this product",
            ),
            PlaceError::InquiryExpired { index } => Self::conflict("inquiry_expired", "What is owed may have changed")
                .field(format!("items[{index}].inquiry"), "inquiry_expired", "ask again and order by the new answer"),
            PlaceError::BillInProgress => Self::conflict("bill_in_progress", "The bill is being paid already")
                .detail("another order pays it, or its payment may still arrive; it is ordered once"),
            PlaceError::PromoUnknown => {
                Self::invalid("promo_unknown", "The promo code is unknown").field("promo_code", "promo_unknown", words)
            }
            PlaceError::PromoSpent => {
                Self::conflict("promo_spent", "The promo code is used up").field("promo_code", "promo_spent", words)
            }
            PlaceError::TotalChanged { total } => Self {
                total: Some(total),
                ..Self::conflict("total_changed", "The total has changed").field(
                    "expected_total",
                    "total_changed",
                    words,
                )
            },
            PlaceError::NotPayable { total } => Self {
                total: Some(total),
                ..Self::invalid("total_not_payable", "No payment method takes this total").field(
                    "expected_total",
                    "total_not_payable",
                    words,
                )
            },
            PlaceError::RepeatNeedsConfirmation => Self::conflict(
                "repeat_needs_confirmation",
                "The same was ordered a few minutes ago",
            )
            .field("confirm_repeat", "required", "say true to order it again"),
            PlaceError::NotSelling(why) => {
                tracing::warn!(why, "nothing can be sold now");
                Self::unavailable("not_selling", "Nothing can be sold at the moment", SELLING_RETRY_S)
            }
            PlaceError::KeyReused => key_reused(),
            PlaceError::Rejected(why) => Self::internal(&why),
            PlaceError::Unavailable(why) => unavailable(&why.0),
        }
    }
}

impl From<InquireError> for Problem {
    fn from(error: InquireError) -> Self {
        let words = error.to_string();
        match error {
            InquireError::BadTarget(reason) => Self::invalid("bad_target", "The goods cannot be sent there").field(
                "target",
                target_code(reason),
                words,
            ),
            InquireError::NotOffered => {
                Self::invalid("inquiry_not_offered", "This cannot be asked here").field("kind", "not_offered", words)
            }
            InquireError::TooMany { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_inquiries", "You have asked too much")
            }
            .detail(words),
            InquireError::UnknownProduct => {
                Self::invalid("unknown_product", "There is no such product").field("product", "unknown_product", words)
            }
            InquireError::NotABill => {
                Self::invalid("not_a_bill", "Nothing is owed for this product").field("product", "not_a_bill", words)
            }
            InquireError::BadMonths => Self::invalid("bad_months", "The months cannot be chosen so").field(
                "months",
                "bad_months",
                "1 to 12, and only for BPJS",
            ),
            InquireError::NotSelling(why) => PlaceError::NotSelling(why).into(),
            InquireError::Store(why) => unavailable(&why.0),
            InquireError::Unavailable => {
                Self::unavailable("inquiry_unavailable", "Nobody answered clearly", INQUIRY_RETRY_S)
                    .detail("nothing is known about this target; it may well be right")
            }
        }
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        let words = error.to_string();
        match error {
            ActError::NotFound => no_order(),
            ActError::Refused(refusal) => refused(refusal),
            ActError::KeyReused => key_reused(),
            ActError::Conflict => Self {
                retry_after_s: Some(CONFLICT_RETRY_S),
                ..Self::conflict("busy", "The order is being changed by others").detail("try again in a moment")
            },
            ActError::NotOffered(_) => {
                Self::invalid("not_offered", "This way to pay is not offered").field("method", "not_offered", words)
            }
            ActError::AmountOutOfRange { .. } => Self::invalid(
                "amount_out_of_range",
                "This way to pay does not take this amount",
            )
            .field("method", "amount_out_of_range", words),
            ActError::Corrupt(why) | ActError::Rejected(why) => Self::internal(&why),
            ActError::Unavailable(why) => unavailable(&why),
        }
    }
}

impl From<WatchRefused> for Problem {
    fn from(refused: WatchRefused) -> Self {
        let (status, code, title) = match refused {
            WatchRefused::Full => {
                (StatusCode::SERVICE_UNAVAILABLE, "watching_full", "Nobody more can watch here at the moment")
            }
            WatchRefused::TooMany => {
                (StatusCode::TOO_MANY_REQUESTS, "watching_too_often", "You watch with too many connections")
            }
        };
        let problem = Self::new(status, code, title).detail("read the order instead, or come again later");
        Self { retry_after_s: Some(WATCH_RETRY_S), ..problem }
    }
}

fn refused(refusal: Refusal) -> Problem {
    let words = refusal.to_string();
    match refusal {
        Refusal::NoSuch(_) => Problem::not_found("no_such_part", "The order has no such part").detail(words),
        Refusal::NotNow(_) | Refusal::Simulated => {
            Problem::conflict("not_now", "Not possible as the order stands").detail(words)
        }
        Refusal::Missing(field) => {
            Problem::invalid("missing_field", "Something is missing").field(field, "required", words)
        }
        Refusal::Invalid(field) => {
            Problem::invalid("invalid_field", "A field cannot be taken").field(field, "invalid", words)
        }
        Refusal::SecondPersonNeeded => {
            Problem::conflict("second_person_needed", "A second person must decide this too").detail(words)
        }
        Refusal::Money(_) => Problem::invalid("money_out_of_range", "The money would not add up").detail(words),
        Refusal::Invariant(rule) => Problem::internal(&rule),
    }
}

pub fn no_order() -> Problem {
    Problem::not_found("no_such_order", "There is no such order")
}

fn key_reused() -> Problem {
    Problem::invalid("idempotency_key_reused", "This Idempotency-Key belongs to another request").field(
        "Idempotency-Key",
        "reused",
        "it was used with another body; take a fresh one",
    )
}

fn unavailable(why: &str) -> Problem {
    tracing::warn!(why, "the store is unavailable");
    Problem::unavailable("unavailable", "The service is unavailable at the moment", STORE_RETRY_S)
}

/// Why this instance should get no traffic, for the prober and for people.
pub fn not_ready(error: &NotReady) -> Problem {
    let code = match error {
        NotReady::SchemaBehind => "schema_behind",
        NotReady::PartitionMissing => "partition_missing",
        NotReady::Unavailable(_) => "store_unavailable",
    };
    tracing::warn!(%error, "not ready");
    Problem::unavailable(code, "Not ready for traffic", STORE_RETRY_S)
}

const fn target_code(reason: TargetError) -> &'static str {
    match reason {
        TargetError::TaiwaneseNumber => "taiwanese_number",
        TargetError::NotAMobileNumber => "not_a_mobile_number",
        TargetError::NotAMeterNumber => "not_a_meter_number",
        TargetError::NotAnAccount => "not_an_account",
        TargetError::NotABpjsNumber => "not_a_bpjs_number",
        TargetError::NotACustomerNumber => "not_a_customer_number",
    }
}

#[cfg(test)]
mod tests {
    use domain::{Currency, Money, MoneyError};
    use ports::store::Unavailable;

    use super::*;

    fn line(problem: &Problem) -> String {
        let fields: Vec<_> = problem.errors.iter().map(|e| format!("{}={}", e.field, e.code)).collect();
        format!("{} {} {}", problem.status.as_u16(), problem.code, fields.join(",")).trim_end().to_owned()
    }

    #[test]
    fn every_error_of_placing_has_its_status_code_and_field() {
        let total = Money::from_minor(12_300, Currency::Twd);
        let target = |reason| PlaceError::BadTarget { index: 2, reason };
        let table = [
            (PlaceError::NoItems, "422 items_required items=required"),
            (PlaceError::TooManyItems { max: 10 }, "422 too_many_items items=too_many"),
            (PlaceError::UnknownProduct { index: 1 }, "422 unknown_product items[1].product=unknown_product"),
            (PlaceError::NotAvailable { index: 0 }, "422 not_available items[0].product=not_available"),
            (target(TargetError::TaiwaneseNumber), "422 bad_target items[2].target=taiwanese_number"),
            (target(TargetError::NotAMobileNumber), "422 bad_target items[2].target=not_a_mobile_number"),
            (target(TargetError::NotAMeterNumber), "422 bad_target items[2].target=not_a_meter_number"),
            (target(TargetError::NotAnAccount), "422 bad_target items[2].target=not_an_account"),
            (PlaceError::TargetRequired { index: 1 }, "422 target_required items[1].target=required"),
            (PlaceError::InquiryRequired { index: 1 }, "422 inquiry_required items[1].inquiry=required"),
            (PlaceError::UnknownInquiry { index: 1 }, "422 unknown_inquiry items[1].inquiry=unknown_inquiry"),
            (PlaceError::InquiryExpired { index: 1 }, "409 inquiry_expired items[1].inquiry=inquiry_expired"),
            (PlaceError::BillInProgress, "409 bill_in_progress"),
            (PlaceError::PromoUnknown, "422 promo_unknown promo_code=promo_unknown"),
            (PlaceError::PromoSpent, "409 promo_spent promo_code=promo_spent"),
            (PlaceError::TotalChanged { total }, "409 total_changed expected_total=total_changed"),
            (PlaceError::NotPayable { total }, "422 total_not_payable expected_total=total_not_payable"),
            (PlaceError::RepeatNeedsConfirmation, "409 repeat_needs_confirmation confirm_repeat=required"),
            (PlaceError::NotSelling("old".into()), "503 not_selling"),
            (PlaceError::KeyReused, "422 idempotency_key_reused Idempotency-Key=reused"),
            (PlaceError::Rejected("check".into()), "500 internal"),
            (PlaceError::Unavailable(Unavailable("x".into())), "503 unavailable"),
        ];
        for (error, expected) in table {
            assert_eq!(line(&Problem::from(error)), expected);
        }
    }

    #[test]
    fn every_error_of_asking_has_its_status_code_and_field() {
        let table = [
            (InquireError::BadTarget(TargetError::NotAMeterNumber), "422 bad_target target=not_a_meter_number"),
            (InquireError::NotOffered, "422 inquiry_not_offered kind=not_offered"),
            (InquireError::TooMany { retry_after_s: 7 }, "429 too_many_inquiries"),
            (InquireError::Unavailable, "503 inquiry_unavailable"),
            (InquireError::UnknownProduct, "422 unknown_product product=unknown_product"),
            (InquireError::NotABill, "422 not_a_bill product=not_a_bill"),
            (InquireError::BadMonths, "422 bad_months months=bad_months"),
            (InquireError::NotSelling("old".into()), "503 not_selling"),
            (InquireError::Store(Unavailable("x".into())), "503 unavailable"),
        ];
        for (error, expected) in table {
            assert_eq!(line(&Problem::from(error)), expected);
        }
    }

    #[test]
    fn every_error_of_acting_has_its_status_and_code() {
        let twd = |minor| Money::from_minor(minor, Currency::Twd);
        let table = [
            (ActError::NotFound, "404 no_such_order"),
            (ActError::Refused(Refusal::NoSuch("item")), "404 no_such_part"),
            (ActError::Refused(Refusal::NotNow("x")), "409 not_now"),
            (ActError::Refused(Refusal::Simulated), "409 not_now"),
            (ActError::Refused(Refusal::Missing("evidence")), "422 missing_field evidence=required"),
            (ActError::Refused(Refusal::Invalid("serial")), "422 invalid_field serial=invalid"),
            (ActError::Refused(Refusal::SecondPersonNeeded), "409 second_person_needed"),
            (ActError::Refused(Refusal::Money(MoneyError::OutOfRange)), "422 money_out_of_range"),
            (ActError::Refused(Refusal::Invariant("rule".into())), "500 internal"),
            (ActError::KeyReused, "422 idempotency_key_reused Idempotency-Key=reused"),
            (ActError::Conflict, "409 busy"),
            (ActError::NotOffered("x".into()), "422 not_offered method=not_offered"),
            (
                ActError::AmountOutOfRange { min: twd(100), max: twd(200) },
                "422 amount_out_of_range method=amount_out_of_range",
            ),
            (ActError::Corrupt("row".into()), "500 internal"),
            (ActError::Rejected("check".into()), "500 internal"),
            (ActError::Unavailable("db".into()), "503 unavailable"),
        ];
        for (error, expected) in table {
            assert_eq!(line(&Problem::from(error)), expected);
        }
    }

    #[test]
    fn whoever_may_not_watch_is_told_whose_fault_it_is() {
        assert_eq!(line(&Problem::from(WatchRefused::Full)), "503 watching_full");
        assert_eq!(line(&Problem::from(WatchRefused::TooMany)), "429 watching_too_often");
    }

    #[test]
    fn a_changed_total_is_told_so_that_the_customer_can_agree_to_it() {
        let total = Money::from_minor(12_300, Currency::Twd);
        assert_eq!(Problem::from(PlaceError::TotalChanged { total }).total, Some(total));
    }

    #[test]
    fn what_may_pass_by_itself_says_when_to_come_again() {
        for problem in [
            Problem::from(ActError::Unavailable(String::new())),
            Problem::from(ActError::Conflict),
            Problem::from(InquireError::Unavailable),
            Problem::from(InquireError::TooMany { retry_after_s: 60 }),
            Problem::from(PlaceError::NotSelling(String::new())),
            not_ready(&NotReady::SchemaBehind),
            Problem::from(WatchRefused::Full),
            Problem::from(WatchRefused::TooMany),
        ] {
            assert!(problem.retry_after_s.is_some(), "{problem}");
        }
    }

    #[test]
    fn the_inner_words_of_a_failing_store_stay_inside() {
        let problem = Problem::from(ActError::Unavailable("connection to 10.0.0.1 refused".into()));
        assert!(!format!("{problem:?}").contains("10.0.0.1"));
    }
}
