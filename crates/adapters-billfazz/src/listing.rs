//! BillFazz's price lists, line by line. Fields, and that `active && !problem` means it is sold, were seen in public client
//! code; which `operatorCode` is which kind of goods is specified by us, beyond the `…_data` codes seen.

use adapters_kit::listing::{Draft, Line, Listings, listings};
use adapters_kit::{fields, filled, is_line, naming, rupiah};
use domain::SupplierId;
use domain::catalogue::Category;
use serde_json::Value;

use crate::MANIFEST;
use crate::wire::PriceLine;

/// Longest words we show; a longer name is no name.
const NAME_LIMIT: usize = 80;

/// Reads the lines of both lists for `supplier`.
pub fn read(supplier: &SupplierId, prepaid: Vec<Value>, postpaid: Vec<Value>) -> Listings {
    let lines = prepaid.into_iter().map(|own| line(own, false)).chain(postpaid.into_iter().map(|own| line(own, true)));
    listings(MANIFEST.kind, supplier, lines)
}

fn line(line: Value, postpaid: bool) -> Line {
    if !line.is_object() {
        return Line::Broken;
    }
    let Some(line) = fields::<PriceLine>(line) else { return Line::Broken };
    match filled(Some(&line.kind)).as_deref() {
        Some("prepaid") if !postpaid => {}
        Some("postpaid") if postpaid => {}
        // It stands in the other list, too, should this one not be filtered.
        Some("prepaid" | "postpaid") => return Line::OtherKind,
        Some(_) | None => return Line::Broken,
    }
    let Some(operator) = filled(Some(&line.operator_code)) else { return Line::Broken };
    let Some(category) = category(&operator, postpaid) else { return Line::OtherKind };
    let name = filled(Some(&line.name)).filter(|name| is_line(name, NAME_LIMIT));
    let (Some(code), Some(name)) = (filled(Some(&line.code)), name) else { return Line::Broken };
    let price = if postpaid { &line.admin_price } else { &line.sell_price };
    Line::Draft(Draft {
        category,
        // There is another BPJS: the code is no more than the kind.
        brand: if category == Category::Bpjs { name.clone() } else { operator },
        name,
        said: filled(line.description.as_ref()).into_iter().collect(),
        article: code.clone(),
        code,
        // Of a bill its fee, which may be nothing.
        cost: price.as_ref().and_then(rupiah::money).filter(|cost| postpaid || !cost.is_zero()),
        active: line.active == Some(Value::Bool(true)) && line.problem == Some(Value::Bool(false)),
        closed: None,
    })
}

fn category(operator: &str, postpaid: bool) -> Option<Category> {
    let operator = operator.to_ascii_lowercase();
    let biller = operator.split('_').next().unwrap_or_default();
    match (biller, postpaid) {
        ("pln", false) => Some(Category::PlnToken),
        ("pln", true) => Some(Category::PlnBill),
        ("bpjs", true) => Some(Category::Bpjs),
        ("pdam", true) => Some(Category::Pdam),
        (_, true) => None,
        (_, false) if operator.ends_with("_data") => Some(Category::Data),
        (_, false) => naming::brand(Category::Airtime, &operator).map(|_| Category::Airtime),
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn prepaid(changes: &Value) -> Value {
        changed(
            json!({
                "code": "TLKM5", "name": "Telkomsel 5.000", "description": "Pulsa Telkomsel Rp 5.000", "type": "prepaid",
                "operatorCode": "telkomsel", "adminPrice": 0, "sellPrice": 5_250, "active": true, "problem": false,
            }),
            changes,
        )
    }

    fn postpaid(changes: &Value) -> Value {
        changed(
            json!({
                "code": "PLNPASCA", "name": "PLN Pascabayar", "description": "Tagihan listrik", "type": "postpaid",
                "operatorCode": "pln", "adminPrice": 2_500, "sellPrice": 0, "active": true, "problem": false,
            }),
            changes,
        )
    }

    fn changed(mut line: Value, changes: &Value) -> Value {
        for (name, value) in changes.as_object().unwrap() {
            line[name] = value.clone();
        }
        line
    }

    fn read_all(prepaid: Vec<Value>, postpaid: Vec<Value>) -> Listings {
        read(&SupplierId::from_str("billfazz").unwrap(), prepaid, postpaid)
    }

    fn ids(list: &Listings) -> Vec<&str> {
        list.listings.iter().map(|listing| listing.product.id.as_str()).collect()
    }

    #[test]
    fn a_line_becomes_a_product_and_its_offer() {
        let list = read_all(vec![prepaid(&json!({}))], vec![postpaid(&json!({}))]);
        let [airtime, bill] = list.listings.as_slice() else { panic!("{list:?}") };
        assert_eq!(airtime.product.id.as_str(), "airtime-telkomsel-5000");
        assert_eq!((airtime.product.brand.as_str(), airtime.product.name.as_str()), ("Telkomsel", "Telkomsel 5.000"));
        assert_eq!((airtime.offer.code.as_str(), airtime.offer.cost.whole_units()), ("TLKM5", Ok(5_250)));
        assert_eq!(bill.product.id.as_str(), "pln-bill");
        assert_eq!((bill.product.category, bill.product.brand.as_str()), (Category::PlnBill, "PLN"));
        assert_eq!(bill.offer.cost.whole_units(), Ok(2_500), "the fee");
        assert!(airtime.offer.active && bill.offer.active);
    }

    #[test]
    fn each_operator_code_has_its_kind() {
        let list = read_all(
            vec![
                prepaid(
                    &json!({"code": "A", "operatorCode": "three", "name": "3 (Three) 10.000", "description": "", "sellPrice": 10_400}),
                ),
                prepaid(
                    &json!({"code": "D", "operatorCode": "xl_data", "name": "XL Kuota 6GB 30 hari", "description": null}),
                ),
                prepaid(
                    &json!({"code": "T", "operatorCode": "pln", "name": "Token Listrik 20.000", "description": "", "sellPrice": 20_500}),
                ),
                prepaid(&json!({"code": "G", "operatorCode": "mobile_legends"})),
                prepaid(&json!({"code": "M", "operatorCode": "bpjs"})),
            ],
            vec![
                postpaid(&json!({"code": "B", "operatorCode": "bpjs", "name": "BPJS Kesehatan", "description": ""})),
                postpaid(
                    &json!({"code": "W", "operatorCode": "pdam", "name": "PDAM Kota Surabaya", "description": ""}),
                ),
                postpaid(&json!({"code": "C", "operatorCode": "telkomsel", "name": "Halo"})),
            ],
        );
        let expected =
            ["airtime-three-10000", "data-xl-6gb-30d", "pln-token-20000", "bpjs-kesehatan", "pdam-kota-surabaya"];
        assert_eq!(ids(&list), expected);
        assert_eq!((list.broken, list.other_kinds), (0, 3));
    }

    #[test]
    fn a_list_that_is_not_filtered_gives_every_line_once() {
        let all = || vec![prepaid(&json!({})), postpaid(&json!({}))];
        let list = read_all(all(), all());
        assert_eq!(ids(&list), ["airtime-telkomsel-5000", "pln-bill"]);
        assert_eq!((list.broken, list.other_kinds), (0, 2));
    }

    #[test]
    fn only_what_is_active_and_without_problem_is_on() {
        for (active, problem, on) in [
            (json!(true), json!(false), true),
            (json!(true), json!(true), false),
            (json!(false), json!(false), false),
            (json!("true"), json!(false), false),
            (json!(1), json!(0), false),
            (json!(true), json!(null), false),
            (json!(null), json!(false), false),
        ] {
            let line = prepaid(&json!({"active": active, "problem": problem}));
            assert_eq!(read_all(vec![line], Vec::new()).listings[0].offer.active, on, "{active} {problem}");
        }
    }

    #[test]
    fn a_bill_may_have_no_fee_and_goods_always_have_a_price() {
        let free = read_all(Vec::new(), vec![postpaid(&json!({"adminPrice": 0}))]);
        assert!(free.listings[0].offer.cost.is_zero());
        for price in [json!(0), json!(-5), json!(1.5), json!("5,250"), json!(null), json!([])] {
            let list = read_all(vec![prepaid(&json!({"sellPrice": price}))], Vec::new());
            assert_eq!((list.listings.len(), list.broken), (0, 1), "{price}");
        }
        let unpriced = read_all(Vec::new(), vec![postpaid(&json!({"adminPrice": null}))]);
        assert_eq!((unpriced.listings.len(), unpriced.broken), (0, 1));
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        let mut lines =
            vec![prepaid(&json!({})), prepaid(&json!({})), json!(null), json!("x"), json!({"type": "prepaid"})];
        lines.push(json!(["X", "Telkomsel 5.000", null, "prepaid", "TELKOMSEL", null, 5_250, true, null]));
        for (field, value) in [
            ("code", json!("")),
            ("code", json!("T 5")),
            ("name", json!(" ")),
            ("name", json!("a\nb")),
            ("operatorCode", json!("")),
            ("operatorCode", json!([])),
            ("type", json!("")),
            ("type", json!("both")),
            ("type", json!(true)),
        ] {
            lines.push(prepaid(&changed(json!({"code": "X"}), &json!({ field: value }))));
        }
        let broken = lines.len() - 1;
        let list = read_all(lines, Vec::new());
        assert_eq!((ids(&list), list.broken), (vec!["airtime-telkomsel-5000"], broken));
    }

    proptest! {
        #[test]
        fn any_list_is_read_with_every_line_counted(
            lines in prop::collection::vec(("\\PC{0,8}", "\\PC{0,8}", "[a-z_]{0,8}", any::<i64>()), 0..30)
        ) {
            let count = lines.len();
            let lines = lines.into_iter().map(|(code, name, operator, price)| {
                prepaid(&json!({"code": code, "name": name, "operatorCode": operator, "sellPrice": price}))
            });
            let list = read_all(lines.collect(), Vec::new());
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, count);
        }

        #[test]
        fn anything_in_any_field_costs_its_line_alone(
            field in "code|name|description|type|operatorCode|adminPrice|sellPrice|active|problem",
            value in supplier_lab::any_json("prepaid|postpaid|xl|pln|Rp[0-9]{1,3}", "code|active"),
        ) {
            let odd = |line: fn(&Value) -> Value| line(&json!({ (field.clone()): value, "other": 1 }));
            let well = prepaid(&json!({ "code": "XL25", "operatorCode": "xl", "name": "XL 25.000", "description": "" }));
            let list = read_all(vec![odd(prepaid), value.clone(), well], vec![odd(postpaid), value.clone()]);
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, 5);
            prop_assert!(list.listings.iter().any(|listing| listing.offer.code == "XL25"), "{:?}", ids(&list));
            let sold = list.listings.iter().filter(|listing| listing.offer.active);
            prop_assert!(sold.clone().all(|listing| !listing.offer.cost.is_negative()));
        }
    }
}
