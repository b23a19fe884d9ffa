//! Redision's price list, line by line (specified by us).

use adapters_kit::listing::{Draft, Line, Listings, listings};
use adapters_kit::{Scalar, fields, filled, is_line, rupiah};
use domain::SupplierId;
use domain::catalogue::Category;
use domain::supply::DailyWindow;
use serde_json::Value;

use crate::MANIFEST;
use crate::wire::PriceLine;

/// Longest words we show.
const WORDS_LIMIT: usize = 80;

/// Reads all lines for `supplier`.
pub fn read(supplier: &SupplierId, lines: Vec<Value>) -> Listings {
    listings(MANIFEST.kind, supplier, lines.into_iter().map(line))
}

fn line(line: Value) -> Line {
    if !line.is_object() {
        return Line::Broken;
    }
    let Some(line) = fields::<PriceLine>(line) else { return Line::Broken };
    let Some(kind) = filled(Some(&line.category)) else { return Line::Broken };
    let Some(category) = category(&kind) else { return Line::OtherKind };
    let words = |field| filled(Some(field)).filter(|text| is_line(text, WORDS_LIMIT));
    let (brand, name, code) = (words(&line.operator), words(&line.name), filled(Some(&line.sku)));
    let hours = hours(line.cutoff_start.as_ref(), line.cutoff_end.as_ref());
    let (Some(brand), Some(name), Some(code), Some(closed)) = (brand, name, code, hours) else { return Line::Broken };
    Line::Draft(Draft {
        category,
        brand,
        name,
        said: Vec::new(),
        article: code.clone(),
        code,
        cost: line.price.as_ref().and_then(rupiah::money).filter(|cost| !cost.is_zero()),
        // What is closed or disrupted is off; so is what stands in another word.
        active: filled(line.status.as_ref()).is_some_and(|status| status == "open"),
        closed,
    })
}

fn category(kind: &str) -> Option<Category> {
    match kind.to_ascii_lowercase().as_str() {
        "pulsa" | "airtime" => Some(Category::Airtime),
        "data" => Some(Category::Data),
        "emoney" => Some(Category::EMoney),
        _ => None,
    }
}

/// The hours in which it is not sold, WIB. Outer nothing: they cannot be read. The same time twice is no hours at all, as
/// lists write it.
fn hours(from: Option<&Scalar>, until: Option<&Scalar>) -> Option<Option<DailyWindow>> {
    match (filled(from), filled(until)) {
        (None, None) => Some(None),
        (Some(from), Some(until)) if from == until => Some(None),
        (Some(from), Some(until)) => format!("{from}-{until}").parse().ok().map(Some),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn one(changes: &Value) -> Value {
        let mut line = json!({
            "sku": "TS10", "name": "Telkomsel 10.000", "category": "pulsa", "operator": "TELKOMSEL", "price": 10_350,
            "status": "open", "cutoff_start": null, "cutoff_end": null,
        });
        for (name, value) in changes.as_object().unwrap() {
            line[name] = value.clone();
        }
        line
    }

    fn read_all(lines: Vec<Value>) -> Listings {
        read(&SupplierId::from_str("redision").unwrap(), lines)
    }

    #[test]
    fn a_line_becomes_a_product_and_its_offer() {
        let hours = json!({"cutoff_start": "23:45", "cutoff_end": "00:15"});
        let listing = read_all(vec![one(&hours)]).listings.remove(0);
        assert_eq!(listing.product.id.as_str(), "airtime-telkomsel-10000");
        assert_eq!((listing.product.brand.as_str(), listing.product.name.as_str()), ("Telkomsel", "Telkomsel 10.000"));
        assert_eq!(listing.offer.code, "TS10");
        assert_eq!(listing.offer.cost.whole_units(), Ok(10_350));
        assert_eq!(listing.offer.closed, Some("23:45-00:15".parse().unwrap()));
        assert!(listing.offer.active);
    }

    #[test]
    fn each_kind_has_its_category_and_what_is_of_another_kind_is_not_sold() {
        let list = read_all(vec![
            one(&json!({"sku": "A", "category": "airtime"})),
            one(&json!({"sku": "D", "category": "data", "operator": "XL", "name": "Paket Internet 1.5 GB / 3 Hari"})),
            one(
                &json!({"sku": "E", "category": "emoney", "operator": "GOPAY", "name": "GoPay 20.000", "price": 20_500}),
            ),
            one(&json!({"sku": "O", "category": "other"})),
        ]);
        let ids: Vec<&str> = list.listings.iter().map(|listing| listing.product.id.as_str()).collect();
        assert_eq!(ids, ["airtime-telkomsel-10000", "data-xl-1-5gb-3d", "e-money-gopay-20000"]);
        assert_eq!((list.broken, list.other_kinds), (0, 1));
    }

    #[test]
    fn only_what_is_open_is_on() {
        for (status, active) in [
            (json!("open"), true),
            (json!("closed"), false),
            (json!("disrupted"), false),
            (json!("OPEN"), false),
            (json!(null), false),
        ] {
            assert_eq!(read_all(vec![one(&json!({ "status": status }))]).listings[0].offer.active, active, "{status}");
        }
    }

    #[test]
    fn hours_are_read_or_the_line_is_broken() {
        let closed = |from: Value, until: Value| {
            let list = read_all(vec![one(&json!({"cutoff_start": from, "cutoff_end": until}))]);
            list.listings.first().map(|listing| listing.offer.closed.map(|hours| hours.to_string()))
        };
        assert_eq!(closed(json!("23:30"), json!("00:30")), Some(Some("23:30-00:30".to_owned())));
        assert_eq!(closed(json!(""), json!(null)), Some(None));
        assert_eq!(closed(json!("00:00"), json!("00:00")), Some(None));
        for (from, until) in
            [(json!("23:30"), json!(null)), (json!("24:00"), json!("01:00")), (json!(2330), json!("00:30"))]
        {
            assert_eq!(closed(from.clone(), until), None, "{from}");
        }
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        let mut lines = vec![one(&json!({})), one(&json!({})), json!(null), json!("x"), json!({"category": "pulsa"})];
        lines.push(json!(["L", "Telkomsel 10.000", "pulsa", "TELKOMSEL", 10_350, "open", null, null]));
        for (field, value) in [
            ("price", json!(0)),
            ("price", json!(-5)),
            ("price", json!(1.5)),
            ("price", json!("1,100")),
            ("price", json!(null)),
            ("sku", json!("")),
            ("sku", json!("T S")),
            ("name", json!("")),
            ("name", json!("a\nb")),
            ("operator", json!(" ")),
            ("category", json!("")),
        ] {
            lines.push(one(&json!({ "sku": "X", field: value })));
        }
        let broken = lines.len() - 1;
        let list = read_all(lines);
        assert_eq!((list.listings.len(), list.broken), (1, broken));
    }

    proptest! {
        #[test]
        fn any_list_is_read_with_every_line_counted(
            lines in prop::collection::vec(("\\PC{0,8}", "\\PC{0,8}", any::<i64>(), "[0-9:]{0,6}"), 0..30)
        ) {
            let count = lines.len();
            let lines = lines.into_iter().map(|(sku, name, price, from)| {
                one(&json!({"sku": sku, "name": name, "price": price, "cutoff_start": from, "cutoff_end": "01:00"}))
            });
            let list = read_all(lines.collect());
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, count);
        }

        #[test]
        fn anything_in_any_field_costs_its_line_alone(
            field in "sku|name|category|operator|price|status|cutoff_start|cutoff_end",
            value in supplier_lab::any_json("pulsa|open|[0-9]{1,2}:[0-9]{2}|Rp[0-9]{1,3}", "sku|status"),
        ) {
            let odd = one(&json!({ (field): value }));
            let well = one(&json!({ "sku": "XL25", "name": "XL 25.000", "operator": "XL", "price": 25_350 }));
            let list = read_all(vec![odd, value, well]);
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, 3);
            prop_assert!(list.listings.iter().any(|listing| listing.offer.code == "XL25"));
        }
    }
}
