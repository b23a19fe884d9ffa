//! Which arms of the machines the walk has reached, and why it cannot reach the others.

use domain::arms::{name, reached};
use domain::fulfilment::{AttemptState, ItemState};
use domain::machine::Machine;
use domain::payment::PaymentState;
use domain::refund::RefundState;

/// Arms that no event can lead to, because `order::decide` asks the machine only where its guards allow: `(machine, event,
/// states, reason)`.
const UNREACHED: &[(&str, &str, &[&str], &str)] = &[
    (
        "Payment",
        "LateMoneyFulfil",
        &["Pending", "Paid", "Success", "Failed", "Cancelled", "Review"],
        "money is late only for a closed payment; a cancelled order is not bought",
    ),
    (
        "Payment",
        "LateMoneyReturn",
        &["Pending", "Paid", "Success", "Failed", "Review"],
        "money is late only for a closed payment",
    ),
    (
        "Payment",
        "ItemsSettledSome",
        &["Pending", "Success", "Failed", "Expired", "Cancelled", "Review"],
        "items are settled only while the payment is paid",
    ),
    (
        "Payment",
        "ItemsSettledNone",
        &["Pending", "Success", "Failed", "Expired", "Cancelled", "Review"],
        "items are settled only while the payment is paid",
    ),
    (
        "Payment",
        "ItemDeliveredLate",
        &["Pending", "Paid", "Success", "Expired", "Cancelled", "Review"],
        "told only to a failed payment",
    ),
    ("Payment", "ChargedBack", &["Pending", "Expired", "Cancelled"], "refused before: no checkout brought money"),
    ("Payment", "ChargedBack", &["Review"], "beside a review a dispute is booked and not told to the payment"),
    (
        "Payment",
        "OtherTransaction",
        &["Pending", "Expired", "Cancelled"],
        "a checkout with a transaction belongs to a paid payment",
    ),
    (
        "Payment",
        "OperatorAccepts",
        &["Pending", "Paid", "Success", "Failed", "Expired", "Cancelled"],
        "refused before: the payment is not in review",
    ),
    (
        "Payment",
        "OperatorReturns",
        &["Pending", "Paid", "Success", "Failed", "Expired", "Cancelled"],
        "refused before: the payment is not in review",
    ),
    (
        "Payment",
        "OperatorWritesOff",
        &["Pending", "Paid", "Success", "Failed", "Expired", "Cancelled"],
        "refused before: the payment is not in review",
    ),
    (
        "Payment",
        "PaidMatching",
        &["Paid", "Success", "Failed", "Expired", "Cancelled", "Review"],
        "later money has its own path: late, or second",
    ),
    ("Payment", "PaidMismatch", &["Paid", "Success", "Failed", "Review"], "later money has its own path: second"),
    (
        "Payment",
        "DeadlineAllUnpaid",
        &["Paid", "Success", "Failed", "Expired", "Cancelled", "Review"],
        "a gateway's answer about a settled payment is dropped before",
    ),
    (
        "Payment",
        "DeadlineUnsure",
        &["Paid", "Success", "Failed", "Expired", "Cancelled", "Review"],
        "a gateway's answer about a settled payment is dropped before",
    ),
    ("Payment", "CheckoutOpened", &["Expired"], "refused before: an order expires after its price window"),
    (
        "Item",
        "TryNext",
        &["Queued", "Delivered", "Failed", "Review", "Cancelled", "Reversed"],
        "an item is tried again only from in_progress",
    ),
    (
        "Item",
        "CustomerFault",
        &["Queued", "Delivered", "Failed", "Review", "Cancelled", "Reversed"],
        "said only by the attempt that decides an item in progress",
    ),
    (
        "Item",
        "NeedsPerson",
        &["Queued", "Delivered", "Failed", "Cancelled", "Reversed"],
        "said only by the attempt that decides an item in progress",
    ),
    (
        "Item",
        "PaymentReopened",
        &["Queued", "InProgress", "Delivered", "Failed", "Review", "Reversed"],
        "only cancelled items are reopened",
    ),
    (
        "Item",
        "TakenBack",
        &["Queued", "InProgress", "Failed", "Review", "Cancelled", "Reversed"],
        "only a delivered item's own delivery is taken back",
    ),
    (
        "Item",
        "OperatorDelivered",
        &["Queued", "InProgress", "Delivered", "Failed", "Cancelled", "Reversed"],
        "refused before: the item is not in review",
    ),
    (
        "Item",
        "OperatorFailed",
        &["Queued", "InProgress", "Delivered", "Failed", "Cancelled", "Reversed"],
        "refused before: the item is not in review",
    ),
    (
        "Item",
        "OperatorRetry",
        &["Queued", "InProgress", "Delivered", "Failed", "Cancelled", "Reversed"],
        "refused before: the item is not in review",
    ),
    (
        "Item",
        "AttemptReserved",
        &["InProgress", "Cancelled", "Reversed", "Delivered", "Failed"],
        "refused before: an attempt is alive, or the payment does not buy",
    ),
    (
        "Item",
        "PaymentClosed",
        &["InProgress", "Delivered", "Failed", "Review", "Cancelled", "Reversed"],
        "only queued items are closed",
    ),
    (
        "Item",
        "Delivered",
        &["Delivered", "Cancelled"],
        "another delivery of a delivered or closed item is a loss and never told to the item",
    ),
    (
        "Attempt",
        "NotFoundBelieved",
        &["Reserved", "Pending", "Done", "Refused", "Failed", "Reversed"],
        "absence is believed only of an attempt whose outcome is unknown",
    ),
    (
        "Refund",
        "DueSending",
        &["Requested", "Sending", "Manual", "Succeeded", "Failed", "Cancelled"],
        "no rail calls a gateway yet: finance pays every refund",
    ),
    (
        "Refund",
        "DueManual",
        &["Sending", "Manual", "Succeeded", "Failed", "Cancelled"],
        "due again, a refund under way only reminds",
    ),
    ("Refund", "Confirmed", &["Sending"], "no rail sends yet"),
    ("Refund", "Rejected", &["Sending"], "no rail sends yet"),
    ("Refund", "Retry", &["Sending"], "no rail sends yet"),
    ("Refund", "GoodsCame", &["Manual", "Sending", "Succeeded", "Cancelled"], "only an unsent refund is taken back"),
    ("Refund", "TakenByBank", &["Manual", "Sending", "Succeeded", "Cancelled"], "only an unsent refund is taken back"),
];

fn all<M: Machine>() -> Vec<String> {
    M::STATES.iter().flat_map(|state| M::EVENTS.iter().map(|event| name(*state, *event))).collect()
}

/// Prints how many arms were reached and fails for each that was neither reached nor excused, or excused and reached.
pub fn all_reached() {
    let reached = reached();
    let mut missing = Vec::new();
    for (machine, arms) in [
        (PaymentState::NAME, all::<PaymentState>()),
        (ItemState::NAME, all::<ItemState>()),
        (AttemptState::NAME, all::<AttemptState>()),
        (RefundState::NAME, all::<RefundState>()),
    ] {
        let hits = arms.iter().filter(|arm| reached.contains(*arm)).count();
        println!("{machine}: {hits} of {} arms reached", arms.len());
        for arm in arms {
            let excused = UNREACHED.iter().any(|(machine, event, states, _why)| {
                states.iter().any(|state| arm == format!("{machine}: {state}, {event}"))
            });
            if reached.contains(&arm) == excused {
                missing.push(arm);
            }
        }
    }
    assert!(missing.is_empty(), "neither reached nor excused, or both: {missing:#?}");
}
