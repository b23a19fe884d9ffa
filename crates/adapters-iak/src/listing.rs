//! From IAK's price list to products and offers. A line that cannot be read costs itself alone.

use std::collections::{HashMap, HashSet};

use adapters_kit::{filled, is_line, rupiah, slug};
use domain::catalogue::{Category, Offer, Product};
use domain::{Money, ProductId, SupplierId};
use ports::supplier::Listing;
use serde_json::Value;

use crate::wire::Line;

/// Longest words we show or send; IAK's are far shorter.
const CODE_LIMIT: usize = 64;
const BRAND_LIMIT: usize = 60;
const NOMINAL_LIMIT: usize = 200;
/// IAK's details are a short name, a hyphen for none, or a page of conditions.
const NAME_LIMIT: usize = 80;
/// The longest product id.
const ID_LIMIT: usize = 80;

/// What a list came to.
pub struct Listings {
    pub listings: Vec<Listing>,
    /// Lines that could not be read, or repeated a code.
    pub broken: usize,
    /// Lines of kinds we do not sell (international, E-SIM).
    pub other_kinds: usize,
}

/// Reads all lines for `supplier`.
pub fn read(supplier: &SupplierId, lines: Vec<Value>) -> Listings {
    let mut broken = 0;
    let mut other_kinds = 0;
    let mut drafts: Vec<Draft> = Vec::new();
    let mut codes = HashSet::new();
    for line in lines {
        match draft(line) {
            Read::Draft(draft) if codes.insert(draft.code.clone()) => drafts.push(draft),
            Read::Draft(_) | Read::Broken => broken += 1,
            Read::OtherKind => other_kinds += 1,
        }
    }
    let mut wanted: HashMap<String, usize> = HashMap::new();
    for draft in &drafts {
        *wanted.entry(draft.stem()).or_default() += 1;
    }
    let mut taken = HashSet::new();
    let mut listings = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let alone = wanted.get(&draft.stem()).is_none_or(|count| *count == 1);
        match product_id(&draft, alone).filter(|id| taken.insert(id.clone())) {
            Some(id) => listings.push(draft.listing(supplier, id)),
            None => broken += 1,
        }
    }
    Listings { listings, broken, other_kinds }
}

enum Read {
    Draft(Draft),
    Broken,
    OtherKind,
}

/// A readable line, before its product has an id.
struct Draft {
    category: Category,
    brand: String,
    nominal: String,
    name: String,
    code: String,
    cost: Money,
    active: bool,
}

fn draft(line: Value) -> Read {
    let Ok(line) = serde_json::from_value::<Line>(line) else { return Read::Broken };
    let kinds = [line.product_type.as_ref(), line.product_category.as_ref()];
    let Some(category) = kinds.into_iter().find_map(|kind| category(&filled(kind)?)) else { return Read::OtherKind };
    let code = filled(Some(&line.product_code)).filter(|code| is_code(code));
    let brand = filled(Some(&line.product_description)).filter(|brand| is_line(brand, BRAND_LIMIT));
    let cost = rupiah::money(&line.product_price).filter(|cost| !cost.is_zero());
    let (Some(code), Some(brand), Some(cost)) = (code, brand, cost) else { return Read::Broken };
    let nominal = filled(line.product_nominal.as_ref()).filter(|nominal| is_line(nominal, NOMINAL_LIMIT));
    let nominal = nominal.unwrap_or_else(|| code.clone());
    let details = filled(line.product_details.as_ref()).filter(|text| text != "-" && is_line(text, NAME_LIMIT));
    let name = details.unwrap_or_else(|| format!("{brand} {nominal}"));
    let active = filled(line.status.as_ref()).is_some_and(|status| status == "active");
    Read::Draft(Draft { category, brand, nominal, name, code, cost, active })
}

/// IAK's product types (IAK docs, "product type").
fn category(kind: &str) -> Option<Category> {
    match kind.to_ascii_lowercase().as_str() {
        "pulsa" => Some(Category::Airtime),
        "data" => Some(Category::Data),
        "etoll" => Some(Category::EMoney),
        "voucher" => Some(Category::Voucher),
        "game" => Some(Category::Game),
        "pln" => Some(Category::PlnToken),
        _ => None,
    }
}

fn is_code(code: &str) -> bool {
    code.len() <= CODE_LIMIT && code.bytes().all(|b| b.is_ascii_graphic())
}

impl Draft {
    /// The id as it should be: `airtime-telkomsel-10000`, `pln-token-20000`. The same line makes the same id in every
    /// account's list.
    fn stem(&self) -> String {
        let nominal = rupiah::units(&self.nominal).map_or_else(|| slug(&self.nominal), |units| units.to_string());
        let nominal = if nominal.is_empty() { slug(&self.code) } else { nominal };
        match self.category {
            // There is one electricity company.
            Category::PlnToken => format!("pln-token-{nominal}"),
            Category::Airtime | Category::Data | Category::EMoney | Category::Game | Category::Voucher => {
                format!("{}-{}-{nominal}", prefix(self.category), slug(&self.brand))
            }
        }
    }

    fn listing(self, supplier: &SupplierId, id: ProductId) -> Listing {
        Listing {
            product: Product { id: id.clone(), category: self.category, brand: self.brand, name: self.name },
            offer: Offer {
                product: id,
                supplier: supplier.clone(),
                code: self.code,
                cost: self.cost,
                active: self.active,
            },
        }
    }
}

const fn prefix(category: Category) -> &'static str {
    match category {
        Category::Airtime => "airtime",
        Category::Data => "data",
        Category::PlnToken => "pln-token",
        Category::EMoney => "e-money",
        Category::Game => "game",
        Category::Voucher => "voucher",
    }
}

/// Lines that want the same id all get their code behind it, so the outcome does not depend on their order. Too long
/// an id becomes category and code.
fn product_id(draft: &Draft, alone: bool) -> Option<ProductId> {
    let code = slug(&draft.code);
    let stem = draft.stem();
    let id = if alone { stem } else { format!("{stem}-{code}") };
    let id = if id.len() <= ID_LIMIT { id } else { format!("{}-{code}", prefix(draft.category)) };
    ProductId::try_from(id).ok()
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn line(code: &str, brand: &str, nominal: &str, price: Value, kind: &str) -> Value {
        json!({
            "product_code": code, "product_description": brand, "product_nominal": nominal, "product_details": "-",
            "product_price": price, "product_type": kind, "active_period": "7", "status": "active",
            "icon_url": "-", "product_category": kind,
        })
    }

    fn read_all(lines: Vec<Value>) -> Listings {
        read(&SupplierId::from_str("iak").unwrap(), lines)
    }

    fn ids(list: &Listings) -> Vec<&str> {
        list.listings.iter().map(|listing| listing.product.id.as_str()).collect()
    }

    #[test]
    fn a_line_becomes_a_product_and_its_offer() {
        let list = read_all(vec![line("htelkomsel10000", "Telkomsel", "10000", json!(10_350), "pulsa")]);
        let listing = &list.listings[0];
        assert_eq!(listing.product.id.as_str(), "airtime-telkomsel-10000");
        assert_eq!(listing.product.category, Category::Airtime);
        assert_eq!((listing.product.brand.as_str(), listing.product.name.as_str()), ("Telkomsel", "Telkomsel 10000"));
        assert_eq!(listing.offer.product, listing.product.id);
        assert_eq!(listing.offer.code, "htelkomsel10000");
        assert_eq!(listing.offer.cost.whole_units(), Ok(10_350));
        assert!(listing.offer.active);
    }

    #[test]
    fn each_kind_has_its_category_and_speaking_ids() {
        let list = read_all(vec![
            line("hpln20000", "PLN", "20.000", json!(20_500), "pln"),
            line("xdata5", "XL Paket Internet", "5 GB / 30 Hari", json!("Rp51.000"), "data"),
            line("hovo10", "OVO", "10000", json!("11.500"), "etoll"),
            line("hml12", "Mobile Legends", "12 Diamonds", json!(3_500), "game"),
            line("alfamart100", "Alfamart Voucher", "-", json!(100_000), "voucher"),
            line("altel10", "Malaysia Topup", "10", json!(39_750), "malaysia"),
        ]);
        let expected = [
            "pln-token-20000",
            "data-xl-paket-internet-5-gb-30-hari",
            "e-money-ovo-10000",
            "game-mobile-legends-12-diamonds",
            "voucher-alfamart-voucher-alfamart100",
        ];
        assert_eq!(ids(&list), expected);
        assert_eq!((list.broken, list.other_kinds), (0, 1));
    }

    #[test]
    fn products_that_want_one_id_are_told_apart_by_code_in_any_order() {
        let regular = line("hTSEL5", "Telkomsel", "5000", json!(5_500), "pulsa");
        let transfer = line("tf.tsel5", "Telkomsel", "5.000", json!(5_900), "pulsa");
        let there = read_all(vec![regular.clone(), transfer.clone()]);
        let back = read_all(vec![transfer, regular]);
        assert_eq!(ids(&there), ["airtime-telkomsel-5000-htsel5", "airtime-telkomsel-5000-tf-tsel5"]);
        assert_eq!(ids(&back), ["airtime-telkomsel-5000-tf-tsel5", "airtime-telkomsel-5000-htsel5"]);
    }

    #[test]
    fn details_are_the_name_when_they_are_one() {
        let name = |details: Value| {
            let mut one = line("x1", "XL", "13500", json!(13_850), "data");
            one["product_details"] = details;
            read_all(vec![one]).listings[0].product.name.clone()
        };
        assert_eq!(name(json!("XL 1 GB 7 Hari")), "XL 1 GB 7 Hari");
        for none in [json!("-"), json!(""), json!(null), json!("x".repeat(81))] {
            assert_eq!(name(none), "XL 13500");
        }
    }

    #[test]
    fn only_the_word_active_is_active() {
        for (status, active) in
            [(json!("active"), true), (json!("non active"), false), (json!("ACTIVE"), false), (json!(null), false)]
        {
            let mut one = line("x1", "XL", "1000", json!(1_100), "pulsa");
            one["status"] = status.clone();
            assert_eq!(read_all(vec![one]).listings[0].offer.active, active, "{status}");
        }
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        let good = line("x1", "XL", "1000", json!(1_100), "pulsa");
        let mut lines = vec![good.clone(), good, json!(null), json!("x"), json!({"product_type": "pulsa"})];
        for price in [json!(0), json!(-5), json!(1.5), json!("1,100"), json!(null), json!([])] {
            lines.push(line("x2", "XL", "2000", price, "pulsa"));
        }
        lines.push(line("", "XL", "2000", json!(1), "pulsa"));
        lines.push(line("x 2", "XL", "2000", json!(1), "pulsa"));
        lines.push(line("x3", " ", "2000", json!(1), "pulsa"));
        lines.push(line("x4", "X\u{7}L", "2000", json!(1), "pulsa"));
        let broken = lines.len() - 1;
        let list = read_all(lines);
        assert_eq!(ids(&list), ["airtime-xl-1000"]);
        assert_eq!(list.broken, broken);
    }

    #[test]
    fn an_id_that_would_be_too_long_is_made_of_the_code() {
        let list = read_all(vec![line("xlong", "XL", &"lama ".repeat(30), json!(1_100), "data")]);
        assert_eq!(ids(&list), ["data-xlong"]);
    }

    proptest! {
        #[test]
        fn any_list_is_read_with_every_line_counted_and_every_id_once(
            lines in prop::collection::vec(("\\PC{0,8}", "\\PC{0,8}", "\\PC{0,8}", any::<i64>()), 0..30)
        ) {
            let lines: Vec<Value> = lines
                .into_iter()
                .map(|(code, brand, nominal, price)| line(&code, &brand, &nominal, json!(price), "pulsa"))
                .collect();
            let count = lines.len();
            let list = read_all(lines);
            let distinct: HashSet<_> = ids(&list).into_iter().map(str::to_owned).collect();
            prop_assert_eq!(distinct.len(), list.listings.len());
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, count);
        }
    }
}
