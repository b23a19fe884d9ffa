//! Lapak's categories and products (Lapak docs, "get categories", "get all products"): what a category sells, and its lines.

use std::collections::BTreeMap;

use adapters_kit::listing::{Draft, Line, Listings, listings};
use adapters_kit::{Scalar, fields, filled, is_line, naming, rupiah, slug};
use domain::SupplierId;
use domain::catalogue::Category;
use serde_json::Value;

use crate::MANIFEST;
use crate::wire::{COUNTRY, CategoryLine, ProductLine};

/// Longest words we show; Lapak's are shorter.
const NAME_LIMIT: usize = 100;
/// Titles whose maker wants to know where the player is (Lapak docs v1.6), as words of their names.
const HOYOVERSE: &[&str] = &["genshin", "honkai", "zenless"];

/// What Lapak sells, by its own category code.
#[derive(Clone, Default)]
pub struct Categories(BTreeMap<String, Sold>);

#[derive(Clone)]
struct Sold {
    category: Category,
    name: String,
    variant: Option<String>,
    /// A player can be asked about.
    checks: bool,
}

impl Categories {
    /// One that cannot be read, or whose form we cannot fill, sells nothing to us.
    pub fn read(lines: Vec<Value>) -> Self {
        Self(lines.into_iter().filter_map(sold).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The code by which players of this brand are asked about, however it is written.
    pub fn check(&self, brand: &str) -> Option<&str> {
        let known = naming::brand(Category::Game, brand);
        let is_it = |sold: &Sold| {
            let same = known.is_some() && naming::brand(Category::Game, &sold.name) == known;
            sold.checks && sold.category == Category::Game && (same || slug(&sold.name) == slug(brand))
        };
        self.0.iter().find(|(_, sold)| is_it(sold)).map(|(code, _)| code.as_str())
    }
}

fn sold(line: Value) -> Option<(String, Sold)> {
    let line = fields::<CategoryLine>(line)?;
    let name = filled(Some(&line.name)).filter(|name| is_line(name, NAME_LIMIT))?;
    if !is_ours(line.country_code.as_ref()) {
        return None;
    }
    let forms: Vec<&str> = line.forms.iter().map(|form| form.0.name.as_str()).collect();
    let category = category(&name, &forms)?;
    let variant = filled(line.variant.as_ref()).filter(|variant| variant != "-");
    let checks = line.check_id.as_ref().is_some_and(is_yes);
    Some((filled(Some(&line.code))?, Sold { category, name, variant, checks }))
}

/// Lapak names no kinds: an operator or wallet is known by its name, a game asks for a player, and what asks for nothing
/// is a code. Specified by us. A form that wants more than a player (a password, a nickname) is none we can fill.
fn category(name: &str, forms: &[&str]) -> Option<Category> {
    if !forms.iter().all(|form| matches!(*form, "user_id" | "additional_id")) {
        return None;
    }
    let named = |category: &Category| naming::brand(*category, name).is_some();
    let by_number = [Category::Airtime, Category::Data, Category::EMoney].into_iter().find(named);
    match by_number {
        Some(category) => Some(category),
        None if forms.contains(&"user_id") => Some(Category::Game),
        None if forms.is_empty() => Some(Category::Voucher),
        None => None,
    }
}

fn is_yes(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => matches!(text.as_str(), "1" | "true"),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_ours(country: Option<&Scalar>) -> bool {
    filled(country).is_none_or(|country| country.eq_ignore_ascii_case(COUNTRY))
}

/// Reads all lines for `supplier`. The same article is sold by several of Lapak's providers, at several prices.
/// `tells_address`: orders say where the customer is.
pub fn read(supplier: &SupplierId, categories: &Categories, lines: Vec<Value>, tells_address: bool) -> Listings {
    listings(MANIFEST.kind, supplier, lines.into_iter().map(|one| line(categories, one, tells_address)))
}

fn line(categories: &Categories, line: Value, tells_address: bool) -> Line {
    let Some(line) = fields::<ProductLine>(line) else { return Line::Broken };
    let Some(category_code) = filled(Some(&line.category_code)) else { return Line::Broken };
    let sold = categories.0.get(&category_code);
    let Some(sold) = sold.filter(|_| is_ours(line.country_code.as_ref())) else { return Line::OtherKind };
    let name = filled(Some(&line.name)).filter(|name| is_line(name, NAME_LIMIT));
    let (Some(code), Some(name)) = (filled(Some(&line.code)), name) else { return Line::Broken };
    let may_be_sold = tells_address || !is_hoyoverse(&sold.name);
    Line::Draft(Draft {
        category: sold.category,
        brand: sold.name.clone(),
        said: sold.variant.iter().filter(|variant| says_more(variant, &[&sold.name, &name])).cloned().collect(),
        article: article(&code, filled(line.provider_code.as_ref()).as_deref()),
        code,
        cost: line.price.as_ref().and_then(rupiah::money).filter(|cost| !cost.is_zero()),
        active: may_be_sold && filled(line.status.as_ref()).is_some_and(|status| status == "available"),
        closed: None,
        name,
    })
}

/// Whether a word of it stands in none of these texts. A variant may be no more than what is counted (`Diamonds`).
fn says_more(variant: &str, texts: &[&str]) -> bool {
    let words = |text: &str| -> Vec<String> {
        slug(text).split('-').map(|word| word.strip_suffix('s').unwrap_or(word).to_owned()).collect()
    };
    let said: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
    words(variant).iter().any(|word| !said.contains(word)) || !variant.is_ascii()
}

/// `ML78_8` of `ML78_8-S2`, the second half being the provider.
fn article(code: &str, provider: Option<&str>) -> String {
    let article = provider.and_then(|provider| code.strip_suffix(provider)?.strip_suffix('-'));
    article.filter(|article| !article.is_empty()).unwrap_or(code).to_owned()
}

fn is_hoyoverse(name: &str) -> bool {
    let words = slug(name);
    words.split('-').any(|word| HOYOVERSE.contains(&word))
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
