//! IAK's list of bills, line by line (IAK docs, "price list postpaid"). The price of a bill is in its inquiry; the list knows what
//! is taken beyond the debt.

use adapters_kit::listing::{Draft, Line, Listings, listings};
use adapters_kit::{Scalar, fields, filled, is_line, rupiah};
use domain::catalogue::Category;
use domain::{Currency, Money, SupplierId};
use serde_json::Value;

use super::wire::BillLine;
use crate::MANIFEST;

/// Longest name that is shown; IAK's have some forty letters.
const NAME_LIMIT: usize = 80;

/// Reads all lines for `supplier`.
pub fn read(supplier: &SupplierId, lines: Vec<Value>) -> Listings {
    listings(MANIFEST.kind, supplier, lines.into_iter().map(line))
}

fn line(line: Value) -> Line {
    let Some(line) = fields::<BillLine>(line) else { return Line::Broken };
    let Some(category) = filled(line.r#type.as_ref()).and_then(|kind| category(&kind)) else { return Line::OtherKind };
    let name = filled(Some(&line.name)).filter(|name| is_line(name, NAME_LIMIT));
    let (Some(code), Some(name)) = (filled(Some(&line.code)), name) else { return Line::Broken };
    let biller = match category {
        Category::PlnBill => "PLN",
        Category::Pdam => "PDAM",
        _ => &name,
    };
    Line::Draft(Draft {
        category,
        brand: biller.to_owned(),
        name,
        // The province says where a company is, and not which.
        said: Vec::new(),
        article: code.clone(),
        code,
        cost: beyond_the_debt(&line.fee, line.komisi.as_ref()),
        active: filled(line.status.as_ref()).is_some_and(|status| status == "1"),
        closed: None,
    })
}

/// The fee without our commission; nothing where that is larger.
fn beyond_the_debt(fee: &Scalar, commission: Option<&Scalar>) -> Option<Money> {
    let nothing = Money::zero(Currency::Idr);
    let commission = commission.map_or(Some(nothing), rupiah::money)?;
    Some(rupiah::money(fee)?.checked_sub(commission).ok()?.max(nothing))
}

/// IAK's postpaid types that we sell (IAK docs, "postpaid types").
fn category(kind: &str) -> Option<Category> {
    match kind.to_ascii_lowercase().as_str() {
        "pln" => Some(Category::PlnBill),
        "bpjs" => Some(Category::Bpjs),
        "pdam" => Some(Category::Pdam),
        "internet" => Some(Category::Internet),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn line(code: &str, name: &str, kind: &str, fee: Value, komisi: Value) -> Value {
        json!({
            "code": code, "name": name, "status": 1, "fee": fee, "komisi": komisi, "type": kind, "category": "postpaid",
            "province": "JAWA TIMUR",
        })
    }

    fn read_all(lines: Vec<Value>) -> Listings {
        read(&"iak".parse().unwrap(), lines)
    }

    fn costs(list: &Listings) -> Vec<(&str, i64)> {
        list.listings.iter().map(|l| (l.product.id.as_str(), l.offer.cost.whole_units().unwrap())).collect()
    }

    #[test]
    fn bills_have_the_names_that_other_suppliers_bills_have() {
        let list = read_all(vec![
            line("PLNPOSTPAID", "PLN POSTPAID", "pln", json!(2_500), json!(600)),
            line("BPJS", "BPJS KESEHATAN", "bpjs", json!("2500"), json!("200")),
            line("PDAMKOTA.SURABAYA", "PDAM KOTA SURABAYA", "pdam", json!(2_000), json!(2_700)),
            line("TELKOMPSTN", "TELKOM SPEEDY INDIHOME", "internet", json!(0), json!(null)),
            line("HPTHREE", "THREE POSTPAID", "hp", json!(0), json!(0)),
        ]);
        let expected =
            [("pln-bill", 1_900), ("bpjs-kesehatan", 2_300), ("pdam-kota-surabaya", 0), ("internet-indihome", 0)];
        assert_eq!(costs(&list), expected);
        assert_eq!((list.broken, list.other_kinds), (0, 1));
        let categories: Vec<Category> = list.listings.iter().map(|l| l.product.category).collect();
        assert_eq!(categories, [Category::PlnBill, Category::Bpjs, Category::Pdam, Category::Internet]);
    }

    #[test]
    fn what_is_not_understood_stays_iaks_own_bill() {
        let list = read_all(vec![
            line("BPJSTKPU", "BPJS KETENAGAKERJAAN", "bpjs", json!(2_500), json!(0)),
            line("AETRA", "PDAM AETRA", "pdam", json!(2_500), json!(0)),
        ]);
        assert!(costs(&list).iter().all(|(id, _)| id.contains("--")), "{:?}", costs(&list));
    }

    #[test]
    fn only_status_one_is_on_and_a_broken_line_costs_itself_alone() {
        let mut off = line("PLNPOSTPAID", "PLN POSTPAID", "pln", json!(2_500), json!(600));
        off["status"] = json!(4);
        let list = read_all(vec![
            off,
            json!(null),
            json!(["P0", "PDAM KOTA JAMBI", 1, 2_500, 0, "pdam"]),
            json!({"type": "pln"}),
            line("", "PLN", "pln", json!(1), json!(0)),
            line("P1", "PDAM KOTA MEDAN", "pdam", json!(1.5), json!(0)),
            line("P2", "PDAM KOTA BINJAI", "pdam", json!(1), json!(-1)),
            line("P3", "A\nB", "pdam", json!(1), json!(0)),
        ]);
        assert_eq!(list.listings.len(), 1);
        assert!(!list.listings[0].offer.active);
        assert_eq!(list.broken, 7);
    }

    proptest! {
        #[test]
        fn anything_in_any_field_costs_its_line_alone(
            field in "code|name|status|fee|komisi|type",
            value in supplier_lab::any_json("pln|bpjs|pdam|1|[0-9.]{1,6}", "code|name|fee"),
        ) {
            let mut odd = line("BPJS", "BPJS KESEHATAN", "bpjs", json!(2_500), json!(200));
            odd[&field] = value.clone();
            let list = read_all(vec![odd, value, line("PLNPOSTPAID", "PLN POSTPAID", "pln", json!(2_500), json!(600))]);
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, 3);
            prop_assert!(list.listings.iter().all(|listing| !listing.offer.cost.is_negative()));
            prop_assert!(costs(&list).iter().any(|(_, cost)| *cost == 1_900), "{:?}", costs(&list));
        }

        #[test]
        fn any_bytes_are_no_list(body in any::<Vec<u8>>()) {
            prop_assert!(super::super::wire::bills(&body).is_err());
        }
    }
}
