//! What the providers' documents leave open or contradict, in both readings. A test runs in each; whichever is right, a
//! client must end right.
//!
//! | open question | `likely` | `other` |
//! |---|---|---|
//! | how long ECPay resends a notice nobody acknowledged | four times, then never | four times a day, three days |
//! | what `0\|…` to a notice means to ECPay | not taken: sent again | taken: never sent again |
//! | QueryTradeInfo after the console's "simulate paid" | unpaid | paid |
//! | `'` and `~` in the text under CheckMacValue | encoded (PHP, Node) | left as they are (other kits) |
//! | ECPay's code for a number that was used before | 10300028 | 10200047, and 10200095 once paid |
//! | Content-Type of QueryTradeInfo | `text/html` | `application/x-www-form-urlencoded` |
//! | IAK's price list | under `data.pricelist` | straight under `data` |
//! | IAK's callback that was not accepted | three more | no more |
//! | IAK's rate limit | none | ten requests a second of an account, then HTTP 429 |
//! | IAK's electricity serial | groups of four, `R1 /000001300` | twenty digits, `R1M/900VA`, as another seller's |
//! | the API IAK's callbacks are of | the second: `product_code`, `customer_id` | the first: `code`, `hp` |
//! | IAK's prefixes 0811, 0833, 0889 | known | of no operator |
//! | BillFazz's orders | bare, status 201 when made, `success` | under `data` (a list, when asked for by reference), 200, `SUCCESS` |
//! | BillFazz's balance | bare | under `data` |
//! | whose name BillFazz's `prepaid/info` says | `customerName` | `name` |
//! | a month of BPJS at BillFazz when nothing is owed | paid already | the next month can be paid |
//! | what Pulsa IF puts under a signature | member and product in upper case | as they were sent |
//! | what a balance at Pulsa IF signs | `OtomaX\|CheckBalance\|…` | `OtomaX\|member\|\|\|\|…` |
//! | the balance behind Pulsa IF's reasons to refuse | there | not there |
//! | how Pulsa IF says what became of a purchase | as it said it first | as a repetition: `sdh pernah …` |
//! | Pulsa IF's "not on this day" | said of what never was | said of all that is of another day, too |
//! | a bill asked about twice on one day at Pulsa IF | two questions | one: `sdh pernah …`, with the first answer |
//! | Pulsa IF's callback that was not accepted | three more | no more |
//! | IAK's fee for several bills | for each bill | for each payment |
//! | what IAK calls the biller's receipt | `noref` | `no_ref` |
//! | IAK's word for a bill that was asked and not paid | 42 | 06 |
//! | a payment at IAK that was answered with 91, 92, 103 or 105 by its number | failed | paid |
//! | health insurance at IAK, when nothing is owed | paid already | the next month can be paid |
//! | what a reference protects from at Lapak Gaming | an order sent twice is one | nothing: it is two |
//! | the HTTP status of Lapak Gaming's refusals | 400 | 200 |
//! | what an order of a voucher at Lapak Gaming says of its user | nothing | something |
//! | Lapak Gaming's callback that was not accepted | three more | no more |
//! | what Digiflazz looks at first, sent the same with a lower `max_price` | the reference | the price |
//! | Digiflazz's code for pending | 03 | 99 |
//! | the HTTP status of what Digiflazz did not form | 200 | 400 |
//! | how often Digiflazz gives out a list | always | once a minute |
//! | Digiflazz's electricity serial | twenty digits, `R1M/900VA` | groups of four, `R1 /000001300` |
//! | Digiflazz's webhook that was not accepted | three more | no more |
//!
//! Open questions of flows that are not played (refunds by DoAction) are not here. Whether a code is ever told at ReturnURL
//! is open too; a shop that reads both addresses alike need not know.

use serde::Deserialize;

/// Which of two readings a provider follows, in all its open questions at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// What most sources say, or what was seen.
    #[default]
    Likely,
    /// What the rest says.
    Other,
}

impl Reading {
    /// One of two values.
    pub(crate) fn pick<T>(self, likely: T, other: T) -> T {
        match self {
            Self::Likely => likely,
            Self::Other => other,
        }
    }
}

impl std::str::FromStr for Reading {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "likely" => Ok(Self::Likely),
            "other" => Ok(Self::Other),
            _ => Err(format!("{word} is neither likely nor other")),
        }
    }
}
