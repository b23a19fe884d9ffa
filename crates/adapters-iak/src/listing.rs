//! IAK's price list, line by line (IAK docs, "price list").

use adapters_kit::listing::{Draft, Line, Listings, listings};
use adapters_kit::{fields, filled, is_line, rupiah};
use domain::SupplierId;
use domain::catalogue::Category;
use serde_json::Value;

use crate::MANIFEST;
use crate::wire::PriceLine;

/// Longest words we show; IAK's are far shorter.
const BRAND_LIMIT: usize = 60;
/// IAK's details are a short name, a hyphen for none, or a page of conditions.
const NAME_LIMIT: usize = 80;

/// Reads all lines for `supplier`. Each code is an article: IAK sells airtime by transfer beside the regular one, told apart
/// by the code alone.
pub fn read(supplier: &SupplierId, lines: Vec<Value>) -> Listings {
    listings(MANIFEST.kind, supplier, lines.into_iter().map(line))
}

fn line(line: Value) -> Line {
    let Some(line) = fields::<PriceLine>(line) else { return Line::Broken };
    let kinds = [line.product_type.as_ref(), line.product_category.as_ref()];
    let Some(category) = kinds.into_iter().find_map(|kind| category(&filled(kind)?)) else { return Line::OtherKind };
    let brand = filled(Some(&line.product_description)).filter(|brand| is_line(brand, BRAND_LIMIT));
    let (Some(code), Some(brand)) = (filled(Some(&line.product_code)), brand) else { return Line::Broken };
    let said = |field| filled(field).filter(|text| text != "-");
    let (nominal, details) = (said(line.product_nominal.as_ref()), said(line.product_details.as_ref()));
    let own_name = details.clone().filter(|text| is_line(text, NAME_LIMIT));
    let name = own_name.unwrap_or_else(|| {
        let nominal = nominal.as_ref().filter(|text| is_line(text, NAME_LIMIT));
        format!("{brand} {}", nominal.unwrap_or(&code))
    });
    // The plain nominal of a package is its price, not what is in it.
    let nominal = nominal.filter(|text| category != Category::Data || rupiah::units(text).is_none());
    Line::Draft(Draft {
        category,
        brand,
        name,
        said: [nominal, details].into_iter().flatten().collect(),
        article: code.clone(),
        code,
        cost: rupiah::money(&line.product_price).filter(|cost| !cost.is_zero()),
        active: filled(line.status.as_ref()).is_some_and(|status| status == "active"),
        closed: None,
    })
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
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
        assert_eq!((listing.product.brand.as_str(), listing.product.name.as_str()), ("Telkomsel", "Telkomsel 10.000"));
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
            line("hml12", "Mobile Legend", "12 Diamonds", json!(3_500), "game"),
            line("alfamart100", "Alfamart Voucher", "Voucher Alfamart Rp 100.000", json!(100_000), "voucher"),
            line("altel10", "Malaysia Topup", "10", json!(39_750), "malaysia"),
        ]);
        let expected = [
            "pln-token-20000",
            "data-xl-5gb-30d",
            "e-money-ovo-10000",
            "game-mobile-legends-12-diamonds",
            "voucher-alfamart-100000",
        ];
        assert_eq!(ids(&list), expected);
        assert_eq!((list.broken, list.other_kinds), (0, 1));
    }

    #[test]
    fn airtime_that_is_there_twice_is_two_articles_of_iak_alone() {
        let list = read_all(vec![
            line("hTSEL5", "Telkomsel", "5000", json!(5_500), "pulsa"),
            line("tf.tsel5", "Telkomsel", "5.000", json!(5_900), "pulsa"),
        ]);
        for id in ids(&list) {
            assert!(id.starts_with("airtime-telkomsel-5") && id.contains("--"), "{id}");
        }
    }

    #[test]
    fn the_details_say_what_is_in_a_package_whose_nominal_is_its_price() {
        let read = |nominal: &str, details: &str| {
            let mut one = line("x1", "XL", nominal, json!(13_850), "data");
            one["product_details"] = json!(details);
            let listing = read_all(vec![one]).listings.remove(0);
            (listing.product.id.as_str().to_owned(), listing.product.name)
        };
        let known = ("data-xl-1gb-7d".to_owned(), "XL 1 GB 7 Hari".to_owned());
        assert_eq!(read("13500", "XL 1 GB 7 Hari"), known);
        assert_eq!(read("1GB / 7 Hari", "-"), known);
        // However long, and wherever it stands: what is not understood makes it another article.
        for (nominal, details) in [
            ("1GB / 7 Hari", "XL 1 GB 7 Hari khusus malam"),
            ("1GB / 7 Hari malam", "XL 1 GB 7 Hari"),
            ("1GB / 7 Hari", &"Berlaku di Jawa.\n".repeat(900)),
        ] {
            assert!(read(nominal, details).0.contains("--"), "{nominal} {details}");
        }
    }

    #[test]
    fn details_are_the_name_when_they_are_one() {
        let name = |details: Value| {
            let mut one = line("x1", "XL", "Combo Flex", json!(13_850), "data");
            one["product_details"] = details;
            read_all(vec![one]).listings[0].product.name.clone()
        };
        assert_eq!(name(json!("XL Combo Flex S")), "XL Combo Flex S");
        for none in [json!("-"), json!(""), json!(null), json!("x".repeat(81)), json!("a\nb")] {
            assert_eq!(name(none), "XL Combo Flex");
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
        let list = json!(["x9", "XL", "2000", "-", 1, "pulsa", null, "active"]);
        let mut lines = vec![good.clone(), good, list, json!(null), json!("x"), json!({"product_type": "pulsa"})];
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

        #[test]
        fn anything_in_any_field_costs_its_line_alone(
            field in "product_(code|description|nominal|details|price|type|category)|status",
            value in supplier_lab::any_json("pulsa|pln|active|Rp[0-9]{1,3}", "product_code|status"),
        ) {
            let mut odd = line("xld10000", "XL", "10000", json!(10_250), "pulsa");
            odd[&field] = value.clone();
            let list = read_all(vec![odd, value, line("xld25000", "XL", "25000", json!(25_250), "pulsa")]);
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, 3);
            prop_assert!(ids(&list).contains(&"airtime-xl-25000"), "{:?}", ids(&list));
        }
    }
}
