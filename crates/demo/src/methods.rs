//! The ways to pay: how they are dealt to the orders of a run, and which must have brought money in a run that is long enough. Pure.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::outside::Charge;
use crate::view::PaymentMethod;

/// The customer's own choice on the gateway's page, as we name it and as the gateway does.
const ALL: &str = "all";
const CHOSEN_THERE: &str = "ALL";

/// One way to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// In the report.
    pub name: &'static str,
    /// As it is asked for.
    pub method: &'static str,
    /// The gateway's word for the code that is taken on a page that lets choose.
    pub chosen: Option<&'static str>,
}

/// On the gateway's page, by card.
pub const CARD: Way = plain("credit");
/// By a transfer to an account that is issued.
pub const TRANSFER: Way = plain("atm");

/// All of them; whoever may choose on the page chooses each kind.
pub const WAYS: [Way; 11] = [
    CARD,
    plain("webatm"),
    plain("applepay"),
    plain("twqr"),
    TRANSFER,
    plain("cvs"),
    plain("barcode"),
    Way { name: "all_credit", method: ALL, chosen: None },
    Way { name: "all_atm", method: ALL, chosen: Some("ATM") },
    Way { name: "all_cvs", method: ALL, chosen: Some("CVS") },
    Way { name: "all_barcode", method: ALL, chosen: Some("BARCODE") },
];

const fn plain(name: &'static str) -> Way {
    Way { name, method: name, chosen: None }
}

impl Way {
    /// Whether something is taken on the page and paid elsewhere.
    pub fn by_code(self) -> bool {
        self.chosen.is_some() || matches!(self.method, "atm" | "cvs" | "barcode")
    }

    /// This one where it takes the amount, else a card. `None`: not even that.
    pub fn or_card(self, offered: &[PaymentMethod]) -> Option<Self> {
        let takes = |name: &str| offered.iter().any(|one| one.method == name);
        let fits = |way: &Self| takes(way.method) && way.chosen.is_none_or(|kind| takes(&kind.to_lowercase()));
        [self, CARD].into_iter().find(fits)
    }
}

/// Deals the ways like a deck of cards that is shuffled again whenever it is used up.
pub fn deal() -> impl FnMut(&mut StdRng) -> Way {
    let mut deck = Vec::new();
    move |dice| {
        if deck.is_empty() {
            deck.extend(WAYS);
            deck.shuffle(dice);
        }
        deck.pop().unwrap_or(CARD)
    }
}

/// How often each way brought money, by what the gateway says it charged.
pub fn counted(charges: &[Charge]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for charge in charges.iter().filter(|charge| !charge.simulated) {
        let way = charge.way.to_lowercase();
        let name = if charge.choose == CHOSEN_THERE { format!("{ALL}_{way}") } else { way };
        *counts.entry(name).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn offered(names: &[&str]) -> Vec<PaymentMethod> {
        names.iter().map(|name| PaymentMethod { method: (*name).to_owned() }).collect()
    }

    #[test]
    fn every_way_is_dealt_before_any_comes_again() {
        let (mut dice, mut next) = (StdRng::seed_from_u64(3), deal());
        for _ in 0..3 {
            let dealt: Vec<Way> = WAYS.iter().map(|_| next(&mut dice)).collect();
            assert!(WAYS.iter().all(|way| dealt.contains(way)), "{dealt:?}");
        }
    }

    #[test]
    fn who_cannot_pay_so_pays_by_card() {
        let [store, choice] = [plain("cvs"), Way { name: "all_cvs", method: ALL, chosen: Some("CVS") }];
        let all = offered(&["credit", "atm", "cvs", "all"]);
        assert_eq!((store.or_card(&all), choice.or_card(&all)), (Some(store), Some(choice)));
        let little = offered(&["credit", "atm", "all"]);
        assert_eq!((store.or_card(&little), choice.or_card(&little)), (Some(CARD), Some(CARD)));
        assert_eq!(store.or_card(&offered(&["atm"])), None);
    }

    #[test]
    fn money_is_counted_under_the_name_of_its_way() {
        let charge = |choose: &str, way: &str, simulated| Charge {
            reference: String::new(),
            transaction: String::new(),
            way: way.to_owned(),
            choose: choose.to_owned(),
            amount_minor: 100,
            currency: "TWD".to_owned(),
            simulated,
            refunded_minor: 0,
        };
        // The gateway's words.
        let plain = ["Credit", "WebATM", "ApplePay", "TWQR", "ATM", "CVS", "BARCODE"];
        let plain = plain.iter().map(|way| charge(way, way, false));
        let chosen = ["Credit", "ATM", "CVS", "BARCODE"].iter().map(|way| charge("ALL", way, false));
        let mut charges: Vec<Charge> = plain.chain(chosen).collect();
        charges.push(charge("CVS", "CVS", true));
        assert_eq!(counted(&charges), WAYS.map(|way| (way.name.to_owned(), 1)).into());
    }
}
