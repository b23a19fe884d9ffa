//! From the lines of a price list to products and offers. A line that cannot be read costs itself alone. How a line is read
//! is its adapter's; what its product is called is [`crate::naming`]'s.

use std::collections::{HashMap, HashSet};

use domain::catalogue::{Category, Offer, Product};
use domain::supply::DailyWindow;
use domain::{Money, ProductId, SupplierId};
use ports::supplier::{Listing, ReadFailed};

use crate::naming::{self, Known, own_id};

/// Longest code that is taken; real ones have some thirty characters.
const CODE_LIMIT: usize = 64;
/// The least an article may cost that is worth 100, and the most, beside [`FEE`]: wide enough for every real discount and
/// surcharge (a wallet code costs up to 40 % more), and narrow enough for a zero too many or too few.
const PERCENT: std::ops::RangeInclusive<i64> = 60..=150;
/// What a supplier takes besides, in rupiah: it weighs on small amounts.
const FEE: i64 = 5_000;

/// One line, as far as it could be read.
pub enum Line {
    Draft(Draft),
    Broken,
    /// Of a kind we do not sell.
    OtherKind,
}

/// A line that says what is bought, before its product has an id.
#[derive(Debug, Clone)]
pub struct Draft {
    pub category: Category,
    /// Operator, game or biller, in the supplier's words.
    pub brand: String,
    /// What people see, unless naming has a name for it.
    pub name: String,
    /// Everything else in the line that says what is bought; see [`crate::naming`].
    pub said: Vec<String>,
    /// The supplier's own, by which it is bought.
    pub code: String,
    /// What several codes have in common that are one article of several providers (Lapak: `ML78_8` of `ML78_8-S2`); else
    /// the code.
    pub article: String,
    /// Nothing, where the price cannot be read: such a line is not sold, but what it says still counts.
    pub cost: Option<Money>,
    pub active: bool,
    /// Hours in which the list says it is not sold.
    pub closed: Option<DailyWindow>,
}

/// What a list came to.
#[derive(Debug)]
pub struct Listings {
    pub listings: Vec<Listing>,
    /// Lines that could not be read, or repeated a code.
    pub broken: usize,
    /// Lines of kinds we do not sell.
    pub other_kinds: usize,
}

impl Listings {
    /// What is sold, with a word in the log about the rest.
    ///
    /// # Errors
    /// There is not one line we can read: that is no list, and must not switch everything off.
    pub fn checked(self, supplier: &SupplierId) -> Result<Vec<Listing>, ReadFailed> {
        let (broken, other_kinds, read) = (self.broken, self.other_kinds, self.listings.len());
        if broken > 0 {
            tracing::warn!(
                supplier.id = %supplier,
                lines.broken = broken,
                lines.read = read,
                "some lines of the price list cannot be read"
            );
        }
        tracing::debug!(supplier.id = %supplier, lines.other_kinds = other_kinds, "price list read");
        if self.listings.is_empty() {
            return Err(ReadFailed::Unavailable("the price list has no line we can read".to_owned()));
        }
        Ok(self.listings)
    }
}

/// Reads a whole list. `kind` is the supplier's kind (`iak`), `supplier` its account here. Of lines that say the same, those of
/// one article share an id: the store keeps the cheapest that is on. The outcome does not depend on the order of the lines,
/// but for a code that stands there twice.
pub fn listings(kind: &str, supplier: &SupplierId, lines: impl IntoIterator<Item = Line>) -> Listings {
    let mut list = Listings { listings: Vec::new(), broken: 0, other_kinds: 0 };
    let mut drafts: Vec<(Draft, Option<Known>)> = Vec::new();
    let mut codes = HashSet::new();
    for line in lines {
        match line {
            Line::Draft(draft) if is_code(&draft.code) && codes.insert(draft.code.clone()) => {
                let known = draft.known();
                drafts.push((draft, known));
            }
            Line::Draft(_) | Line::Broken => list.broken += 1,
            Line::OtherKind => list.other_kinds += 1,
        }
    }
    tell_apart(&mut drafts);
    for (draft, known) in drafts {
        match draft.listing(kind, supplier, known) {
            Some(listing) => list.listings.push(listing),
            None => list.broken += 1,
        }
    }
    list
}

/// What several articles of one list say (airtime, and airtime by transfer) is none of theirs any more: neither is taken for
/// what other suppliers sell. A line whose price cannot be read counts too: its twin is not alone because of that.
fn tell_apart(drafts: &mut [(Draft, Option<Known>)]) {
    let mut articles: HashMap<String, HashSet<String>> = HashMap::new();
    for (draft, known) in drafts.iter() {
        if let Some(known) = known {
            articles.entry(known.id()).or_default().insert(draft.article.clone());
        }
    }
    let is_alone = |known: &Known| articles.get(&known.id()).is_some_and(|articles| articles.len() == 1);
    for (_, known) in drafts {
        *known = known.take().filter(is_alone);
    }
}

fn is_code(code: &str) -> bool {
    (1..=CODE_LIMIT).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic())
}

impl Draft {
    fn known(&self) -> Option<Known> {
        let mut texts = vec![self.brand.as_str(), &self.name];
        texts.extend(self.said.iter().map(String::as_str));
        naming::read(self.category, &texts).filter(|known| self.costs_like(known))
    }

    /// A price far from what the line says it is worth makes the words doubtful, and the cheapest line of all would be the
    /// one whose words are wrong.
    fn costs_like(&self, known: &Known) -> bool {
        let (Some(cost), Some(worth)) = (self.cost, known.rupiah().map(i64::from)) else { return true };
        let Ok(cost) = cost.whole_units() else { return false };
        worth * PERCENT.start() <= cost * 100 && (cost - FEE) * 100 <= worth * PERCENT.end()
    }

    fn listing(self, kind: &str, supplier: &SupplierId, known: Option<Known>) -> Option<Listing> {
        let (id, brand, name) = match &known {
            Some(known) => (known.id(), known.brand().to_owned(), known.name()),
            None => {
                let id = own_id(self.category, kind, &self.brand, &self.name, &self.article);
                let brand = naming::brand(self.category, &self.brand).map(|brand| brand.name.to_owned());
                (id, brand.unwrap_or(self.brand), self.name)
            }
        };
        let id = ProductId::try_from(id).ok()?;
        Some(Listing {
            product: Product { id: id.clone(), category: self.category, brand, name },
            offer: Offer {
                product: id,
                supplier: supplier.clone(),
                code: self.code,
                cost: self.cost?,
                active: self.active,
                closed: self.closed,
            },
        })
    }
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
