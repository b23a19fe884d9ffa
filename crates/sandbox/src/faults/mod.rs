//! Which faults hit which call: rules given by a test, drawn one call at a time. What a fault does is done elsewhere.

mod kinds;
mod rule;

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

pub use kinds::{AFTER, BEFORE, Call, FORMING, Kind, OUTBOUND};
pub use rule::Rule;

pub use crate::suppliers::Provider;

/// Rules kept at once; each call walks them all.
const MAX_RULES: usize = 1_000;

/// One call, as rules see it.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub provider: Provider,
    pub call: Call,
    pub account: &'a str,
    pub reference: &'a str,
    pub product: &'a str,
}

/// The faults of one call.
#[derive(Default)]
pub struct Drawn(Vec<Rule>);

impl Drawn {
    pub fn get(&self, kind: Kind) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.kind == kind)
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.get(kind).is_some()
    }

    /// The delay of that fault, if it hit, in milliseconds.
    pub fn delay_ms(&self, kind: Kind, default_ms: u64) -> Option<i64> {
        let delay = self.get(kind)?.delay_ms.unwrap_or(default_ms);
        Some(i64::try_from(delay).unwrap_or(i64::MAX))
    }
}

struct Active {
    rule: Rule,
    left: Option<u64>,
    skip: u64,
    dice: StdRng,
}

impl Active {
    /// Whether the rule hits this call; a hit is used up.
    fn hits(&mut self, at: &At<'_>) -> bool {
        if self.left == Some(0) || !matches(&self.rule, at) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if self.rule.probability.is_some_and(|p| !self.dice.random_bool(p)) {
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }
}

#[derive(Default)]
pub struct Faults {
    active: Vec<Active>,
    fired: BTreeMap<Kind, u64>,
}

impl Faults {
    /// Adds rules behind those there are; all or none.
    ///
    /// # Errors
    /// Words for the caller when a rule makes no sense or there are too many.
    pub fn add(&mut self, seed: u64, rules: Vec<Rule>) -> Result<(), String> {
        if self.active.len() + rules.len() > MAX_RULES {
            return Err(format!("more than {MAX_RULES} rules"));
        }
        if let Some(problem) = rules.iter().find_map(Rule::problem) {
            return Err(problem);
        }
        for rule in rules {
            // Each rule has its own dice, so that adding one does not change what the others do.
            let dice = StdRng::seed_from_u64(seed.wrapping_add(self.active.len() as u64));
            self.active.push(Active { left: rule.times, skip: rule.skip.unwrap_or(0), rule, dice });
        }
        Ok(())
    }

    /// Forgets all rules; the counts stay.
    pub fn clear(&mut self) {
        self.active.clear();
    }

    /// Draws the faults of one call among `kinds`, at most one of each kind.
    pub fn draw(&mut self, at: &At<'_>, kinds: &[Kind]) -> Drawn {
        let mut drawn = Drawn::default();
        for active in &mut self.active {
            if kinds.contains(&active.rule.kind) && !drawn.has(active.rule.kind) && active.hits(at) {
                *self.fired.entry(active.rule.kind).or_insert(0) += 1;
                drawn.0.push(active.rule.clone());
            }
        }
        drawn
    }

    /// Draws one fault among `kinds` that exclude each other: the first rule that hits.
    pub fn draw_one(&mut self, at: &At<'_>, kinds: &[Kind]) -> Option<Rule> {
        let mut candidates = self.active.iter_mut().filter(|active| kinds.contains(&active.rule.kind));
        let rule = candidates.find_map(|active| active.hits(at).then(|| active.rule.clone()))?;
        self.count(rule.kind);
        Some(rule)
    }

    pub fn count(&mut self, kind: Kind) {
        *self.fired.entry(kind).or_insert(0) += 1;
    }

    pub fn fired(&self) -> &BTreeMap<Kind, u64> {
        &self.fired
    }
}

fn matches(rule: &Rule, at: &At<'_>) -> bool {
    let same = |wanted: &Option<String>, got: &str| wanted.as_deref().is_none_or(|wanted| wanted == got);
    rule.provider == at.provider
        && rule.call == at.call
        && same(&rule.account, at.account)
        && same(&rule.reference, at.reference)
        && same(&rule.product, at.product)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: At<'_> = At { provider: Provider::Iak, call: Call::Topup, account: "a", reference: "r", product: "p" };

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_rule_with_skip_lets_the_first_matching_calls_by() {
        let mut faults = Faults::default();
        let json = r#"{"provider":"iak","call":"topup","kind":"drop_after","skip":2,"times":1}"#;
        faults.add(1, vec![rule(json)]).unwrap();
        let other = At { call: Call::Status, ..AT };
        assert!(!faults.draw(&other, AFTER).has(Kind::DropAfter));
        let hits: Vec<bool> = (0..4).map(|_| faults.draw(&AT, AFTER).has(Kind::DropAfter)).collect();
        assert_eq!(hits, [false, false, true, false]);
    }

    #[test]
    fn a_rule_with_times_hits_that_often_and_is_counted() {
        let mut faults = Faults::default();
        let rules = vec![rule(r#"{"provider":"iak","call":"topup","kind":"drop_after","times":2}"#)];
        faults.add(1, rules).unwrap();
        let hits = (0..5).filter(|_| faults.draw(&AT, AFTER).has(Kind::DropAfter)).count();
        assert_eq!(hits, 2);
        assert_eq!(serde_json::to_string(faults.fired()).unwrap(), r#"{"drop_after":2}"#);
    }

    #[test]
    fn the_same_seed_gives_the_same_hits() {
        let run = |seed| {
            let mut faults = Faults::default();
            let rules = vec![rule(r#"{"provider":"iak","call":"topup","kind":"redirect_307","probability":0.3}"#)];
            faults.add(seed, rules).unwrap();
            (0..200).map(|_| faults.draw(&AT, BEFORE).has(Kind::Redirect307)).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let hits = run(7).into_iter().filter(|hit| *hit).count();
        assert!((30..90).contains(&hits), "{hits} of 200 at 0.3");
    }

    #[test]
    fn of_faults_that_exclude_each_other_one_is_used_up() {
        let mut faults = Faults::default();
        let rules = ["drop_after", "error_after"]
            .map(|kind| rule(&format!(r#"{{"provider":"iak","call":"topup","kind":"{kind}","times":1}}"#)));
        faults.add(1, rules.into()).unwrap();
        let kinds: Vec<_> = (0..3).map(|_| faults.draw_one(&AT, AFTER).map(|rule| rule.kind)).collect();
        assert_eq!(kinds, [Some(Kind::DropAfter), Some(Kind::ErrorAfter), None]);
    }

    #[test]
    fn rules_only_hit_what_they_name() {
        let mut faults = Faults::default();
        let other = rule(r#"{"provider":"iak","call":"topup","kind":"html","reference":"other"}"#);
        faults.add(1, vec![other]).unwrap();
        assert!(!faults.draw(&AT, AFTER).has(Kind::Html));
        assert!(faults.draw(&At { reference: "other", ..AT }, AFTER).has(Kind::Html));
    }

    #[test]
    fn senseless_rules_are_refused_in_words() {
        let mut faults = Faults::default();
        for (json, word) in [
            (r#"{"provider":"ecpay","call":"topup","kind":"html"}"#, "no call"),
            (r#"{"provider":"iak","call":"topup","kind":"wrong_amount"}"#, "cannot happen"),
            (r#"{"provider":"iak","call":"topup","kind":"refuse"}"#, "needs rc or why"),
            (r#"{"provider":"iak","call":"topup","kind":"refuse","why":"price"}"#, "no word"),
            (r#"{"provider":"ecpay","call":"checkout","kind":"refuse","why":"busy"}"#, "no word"),
            (r#"{"provider":"iak","call":"topup","kind":"html","probability":1.5}"#, "between 0 and 1"),
            (r#"{"provider":"iak","call":"topup","kind":"rewrite","from":"","to":"x"}"#, "needs from and to"),
        ] {
            assert!(faults.add(1, vec![rule(json)]).unwrap_err().contains(word), "{json}");
        }
    }
}
