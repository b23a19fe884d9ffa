//! Digiflazz's two price lists (Digiflazz docs): which lines we sell, what they say, and when.

use adapters_kit::listing::{Draft, Line, Listings, listings};
use adapters_kit::{Scalar, fields, filled, is_line, rupiah};
use domain::catalogue::Category;
use domain::supply::{BadWindow, DailyWindow};
use domain::{Currency, Money, SupplierId};
use serde_json::Value;

use crate::MANIFEST;
use crate::wire::ProductLine;

/// Longest words we show; theirs are shorter.
const NAME_LIMIT: usize = 100;
/// The hours of what is always sold end when they begin.
const NO_HOURS: &str = "00:00";
/// Their category of all bills.
const BILLS: &str = "Pascabayar";

/// Reads the lines of both lists for `supplier`.
pub fn read(supplier: &SupplierId, lines: Vec<Value>) -> Listings {
    listings(MANIFEST.kind, supplier, lines.into_iter().map(line))
}

fn line(line: Value) -> Line {
    let Some(line) = fields::<ProductLine>(line) else { return Line::Broken };
    let text = |field: &Scalar| filled(Some(field)).filter(|text| is_line(text, NAME_LIMIT));
    let (Some(kind), Some(brand), Some(name), Some(code)) =
        (text(&line.category), text(&line.brand), text(&line.product_name), text(&line.buyer_sku_code))
    else {
        return Line::Broken;
    };
    let Some(category) = category(&kind, &brand) else { return Line::OtherKind };
    let Ok(closed) = hours(line.start_cut_off.as_deref(), line.end_cut_off.as_deref()) else { return Line::Broken };
    Line::Draft(Draft {
        category,
        brand,
        said: said(&line),
        article: code.clone(),
        code,
        cost: if category.is_bill() { fee(&line) } else { price(&line) },
        active: line.buyer_product_status && line.seller_product_status && in_stock(&line),
        closed,
        name,
    })
}

/// Nothing: of a kind we do not sell.
fn category(kind: &str, brand: &str) -> Option<Category> {
    Some(match kind {
        "Pulsa" => Category::Airtime,
        "Data" => Category::Data,
        "PLN" => Category::PlnToken,
        "E-Money" => Category::EMoney,
        "Games" => Category::Game,
        "Voucher" => Category::Voucher,
        BILLS => match brand.to_uppercase().as_str() {
            "PLN PASCABAYAR" => Category::PlnBill,
            "BPJS KESEHATAN" => Category::Bpjs,
            "PDAM" => Category::Pdam,
            "INTERNET PASCABAYAR" => Category::Internet,
            _ => return None,
        },
        _ => return None,
    })
}

/// What is filled with a hyphen says nothing.
fn said(line: &ProductLine) -> Vec<String> {
    [&line.kind, &line.desc].into_iter().filter_map(|field| filled(field.as_ref())).filter(|text| text != "-").collect()
}

fn price(line: &ProductLine) -> Option<Money> {
    line.price.as_ref().and_then(rupiah::money).filter(|cost| !cost.is_zero())
}

/// What a bill costs beside the debt: their fee without our share, which may be all of it.
fn fee(line: &ProductLine) -> Option<Money> {
    let fee = rupiah::money(line.admin.as_ref()?)?;
    let none = Money::zero(Currency::Idr);
    let ours = line.commission.as_ref().map_or(Some(none), rupiah::money)?;
    fee.checked_sub(ours).ok().map(|left| if left.is_negative() { none } else { left })
}

/// A line that speaks of no stock has enough.
fn in_stock(line: &ProductLine) -> bool {
    let some =
        || filled(line.stock.as_ref()).and_then(|stock| stock.parse::<i64>().ok()).is_some_and(|stock| stock > 0);
    line.unlimited_stock.is_none_or(|unlimited| unlimited || some())
}

/// Hours in which it is not sold, WIB. Not readable: nobody knows when.
fn hours(from: Option<&str>, until: Option<&str>) -> Result<Option<DailyWindow>, BadWindow> {
    let (from, until) = (time(from), time(until));
    if from == until { Ok(None) } else { format!("{from}-{until}").parse().map(Some) }
}

/// A time of the day as lists write it: `0:15` is `00:15`, and an empty one is midnight.
fn time(text: Option<&str>) -> String {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(NO_HOURS);
    if text.find(':') == Some(1) { format!("0{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn prepaid() -> Value {
        json!({
            "product_name": "PLN 20.000", "category": "PLN", "brand": "PLN", "type": "Umum", "seller_name": "X", "price": 20_150,
            "buyer_sku_code": "pln-20", "buyer_product_status": true, "seller_product_status": true, "unlimited_stock": true,
            "stock": 0, "multi": true, "start_cut_off": "23:45", "end_cut_off": "00:15", "desc": "-",
        })
    }

    fn bill(brand: &str, name: &str) -> Value {
        json!({
            "product_name": name, "category": BILLS, "brand": brand, "admin": 2_500, "commission": 1_800, "seller_name": "X",
            "buyer_sku_code": name.to_lowercase().replace(' ', "-"), "buyer_product_status": true, "seller_product_status": true,
            "start_cut_off": "0:00", "end_cut_off": "0:00", "desc": "-",
        })
    }

    fn with(mut line: Value, field: &str, value: Value) -> Value {
        line[field] = value;
        line
    }

    fn list(lines: &[Value]) -> Listings {
        read(&"digiflazz".parse().unwrap(), lines.to_vec())
    }

    #[test]
    fn a_line_is_named_priced_and_has_its_hours() {
        let list = list(&[prepaid()]);
        let (product, offer) = (&list.listings[0].product, &list.listings[0].offer);
        assert_eq!((product.id.as_str(), product.category), ("pln-token-20000", Category::PlnToken));
        assert_eq!((offer.code.as_str(), offer.cost.whole_units(), offer.active), ("pln-20", Ok(20_150), true));
        assert_eq!(offer.closed.map(|hours| hours.to_string()).as_deref(), Some("23:45-00:15"));
    }

    /// Their documents write `0:00` beside `23:45`; what is left out is the same as empty.
    #[test]
    fn hours_have_one_digit_or_two_and_an_empty_pair_is_none() {
        let closed = |from: Value, until: Value| {
            let list = list(&[with(with(prepaid(), "start_cut_off", from), "end_cut_off", until)]);
            list.listings.first().map(|listing| listing.offer.closed.map(|hours| hours.to_string()))
        };
        for (from, until, hours) in [
            ("23:45", "0:15", "23:45-00:15"),
            ("23:45", "0:00", "23:45-00:00"),
            ("0:00", "1:30", "00:00-01:30"),
            ("9:00", "10:00", "09:00-10:00"),
            ("", "1:30", "00:00-01:30"),
            ("23:00", "", "23:00-00:00"),
        ] {
            assert_eq!(closed(json!(from), json!(until)), Some(Some(hours.to_owned())), "{from}-{until}");
        }
        let never = [("", ""), ("0:00", ""), ("", "0:00"), ("00:00", "0:00"), ("0:00", "0:00"), (" ", "00:00")];
        for (from, until) in never {
            assert_eq!(closed(json!(from), json!(until)), Some(None), "{from}-{until}");
        }
        assert_eq!(closed(json!(null), json!(null)), Some(None));
        for bad in ["24:00", ":15", "0:7", "+1:00", "000:15", "0", "late"] {
            assert_eq!(closed(json!("12:00"), json!(bad)), None, "{bad}");
        }
    }

    #[test]
    fn bills_of_four_kinds_cost_their_fee_without_our_share() {
        for (brand, name, id) in [
            ("PLN PASCABAYAR", "Pln Postpaid", "pln-bill"),
            ("BPJS KESEHATAN", "BPJS Kesehatan", "bpjs-kesehatan"),
            ("PDAM", "PDAM Kota Surabaya", "pdam-kota-surabaya"),
            ("INTERNET PASCABAYAR", "Indihome", "internet-indihome"),
        ] {
            let list = list(&[bill(brand, name)]);
            assert_eq!((list.listings.len(), list.broken), (1, 0), "{name}");
            assert_eq!(list.listings[0].product.id.as_str(), id);
            assert_eq!(list.listings[0].offer.cost.whole_units(), Ok(700));
            assert_eq!(list.listings[0].offer.closed, None);
        }
        let all_ours = list(&[with(bill("PDAM", "PDAM Kota Surabaya"), "commission", json!(3_000))]);
        assert!(all_ours.listings[0].offer.cost.is_zero());
        assert_eq!(list(&[bill("GAS NEGARA", "Gas"), bill("HP PASCABAYAR", "Halo")]).other_kinds, 2);
    }

    #[test]
    fn what_one_side_switched_off_or_has_not_in_stock_is_off() {
        let sold = |line| list(&[line]).listings[0].offer.active;
        assert!(!sold(with(prepaid(), "buyer_product_status", json!(false))));
        assert!(!sold(with(prepaid(), "seller_product_status", json!(false))));
        let counted = with(prepaid(), "unlimited_stock", json!(false));
        assert!(!sold(counted.clone()) && sold(with(counted, "stock", json!(3))));
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        let lines = [
            prepaid(),
            with(with(prepaid(), "buyer_sku_code", json!("pln-21")), "price", json!(null)),
            with(with(prepaid(), "buyer_sku_code", json!("pln-22")), "start_cut_off", json!("late")),
            with(prepaid(), "product_name", json!("a\nb")),
            json!(["x"]),
        ];
        let list = list(&lines);
        assert_eq!((list.listings.len(), list.broken), (1, 4));
    }

    proptest! {
        #[test]
        fn no_line_breaks_a_list(field in "[a-z_]{1,20}", value in "\\PC{0,20}", number in any::<i64>()) {
            let list = list(&[json!({ field.clone(): value }), with(prepaid(), &field, json!(number)), json!(value)]);
            prop_assert!(list.listings.len() <= 1);
        }

        #[test]
        fn anything_in_any_field_costs_its_line_alone(
            field in "category|brand|product_name|buyer_sku_code|type|desc|price|(buyer|seller)_product_status|(unlimited_)?stock|(start|end)_cut_off",
            value in supplier_lab::any_json("Pulsa|Pascabayar|PDAM|[0-9]{1,2}:[0-9]{2}|Rp[0-9]{1,3}", "category|brand"),
        ) {
            let odd = [prepaid(), bill("PDAM", "PDAM Kota Surabaya")].map(|line| with(line, &field, value.clone()));
            let [odd_token, odd_bill] = odd;
            let list = list(&[odd_token, odd_bill, value, bill("PLN PASCABAYAR", "Pln Postpaid")]);
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, 4);
            prop_assert!(list.listings.iter().any(|listing| listing.offer.code == "pln-postpaid"));
            prop_assert!(list.listings.iter().all(|listing| !listing.offer.cost.is_negative()));
        }

        #[test]
        fn any_hours_are_a_window_none_or_not_read(from in "\\PC{0,6}|[0-9]{0,2}:[0-9]{0,2}", until in "[0-9]{0,3}:?[0-9]{0,3}") {
            let padded = |text: &str| if text.len() == 4 { format!("0{text}") } else { text.to_owned() };
            if let Ok(Some(window)) = hours(Some(&from), Some(&until)) {
                let said = [&from, &until].map(|text| if text.trim().is_empty() { NO_HOURS.to_owned() } else { padded(text.trim()) });
                prop_assert_eq!(window.to_string(), said.join("-"));
            }
        }
    }
}
