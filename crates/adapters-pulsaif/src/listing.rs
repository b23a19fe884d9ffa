//! Pulsa IF's price list, line by line: `CODE;NAME;CATEGORY;PRICE;OPEN`. Specified by us; in the trade lists come as messages.

use std::collections::BTreeMap;

use adapters_kit::listing::{Draft, Line, Listings, listings};
use adapters_kit::{is_line, rupiah};
use domain::catalogue::Category;
use domain::{Currency, Money, SupplierId};

use crate::MANIFEST;
use crate::bill::{ASK, PAY};

/// Longest words we show.
const NAME_LIMIT: usize = 100;

/// Reads all lines for `supplier`. A line that is no text costs itself alone.
pub fn read(supplier: &SupplierId, body: &[u8]) -> Listings {
    listings(MANIFEST.kind, supplier, lines(body).map(|fields| fields.map_or(Line::Broken, line)))
}

/// What a payment costs us beside the debt, by the code that pays.
pub fn fees(body: &[u8]) -> BTreeMap<String, Money> {
    let pays = |[code, _, _, price, _]: [&str; 5]| {
        let fee = code.starts_with(PAY).then(|| money(price)).flatten()?;
        Some((code.to_owned(), fee))
    };
    lines(body).flatten().filter_map(pays).collect()
}

/// The five fields of each line.
fn lines(body: &[u8]) -> impl Iterator<Item = Option<[&str; 5]>> {
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    lines.map(|line| {
        let fields: Vec<&str> = std::str::from_utf8(line).ok()?.split(';').map(str::trim).collect();
        <[&str; 5]>::try_from(fields).ok()
    })
}

fn line([code, name, kind, price, state]: [&str; 5]) -> Line {
    let (family, owner) = kind.split_once(' ').map_or((kind, ""), |(family, owner)| (family, owner.trim()));
    let Some(category) = category(family, owner) else { return Line::OtherKind };
    if category.is_bill() && !code.starts_with(PAY) {
        // What asks is bought by asking; anything else we would not know how to ask for.
        return if code.starts_with(ASK) { Line::OtherKind } else { Line::Broken };
    }
    let shown = |text: &str| !text.is_empty() && is_line(text, NAME_LIMIT);
    if !shown(name) || !is_line(kind, NAME_LIMIT) {
        return Line::Broken;
    }
    // Who a bill is owed to stands in its name: the category says no more than its kind.
    let brand = match category {
        Category::EMoney => wallet(name),
        _ if category.is_bill() || owner.is_empty() => name,
        _ => owner,
    };
    Line::Draft(Draft {
        category,
        brand: brand.to_owned(),
        name: name.to_owned(),
        said: Vec::new(),
        article: code.to_owned(),
        code: code.to_owned(),
        cost: money(price).filter(|cost| category.is_bill() || !cost.is_zero()),
        active: state == "OPEN",
        closed: None,
    })
}

/// What stands before the amount.
fn wallet(name: &str) -> &str {
    let words = name.split(|c: char| c.is_ascii_digit()).next().map(str::trim);
    words.filter(|words| !words.is_empty()).unwrap_or(name)
}

fn category(family: &str, owner: &str) -> Option<Category> {
    match (family, owner) {
        ("PULSA", _) => Some(Category::Airtime),
        ("DATA", _) => Some(Category::Data),
        ("TOKEN", "PLN") => Some(Category::PlnToken),
        ("E-MONEY", _) => Some(Category::EMoney),
        ("TAGIHAN", "PLN") => Some(Category::PlnBill),
        ("TAGIHAN", "BPJS") => Some(Category::Bpjs),
        ("TAGIHAN", "PDAM") => Some(Category::Pdam),
        _ => None,
    }
}

fn money(text: &str) -> Option<Money> {
    Money::from_units(rupiah::units(text)?, Currency::Idr).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIST: &str = "S10;TSEL 10.000;PULSA TELKOMSEL;10.250;OPEN\r
S5T;Telkomsel Transfer 5K;PULSA TELKOMSEL;5.050;OPEN
SD3;TSEL DATA 3GB/30HR;DATA TELKOMSEL;31.000;TROUBLE
PLN20;TOKEN PLN 20.000;TOKEN PLN;20.150;OPEN
OVO50;OVO 50.000;E-MONEY;51.000;CLOSED

CEKPLN;CEK PLN;TAGIHAN PLN;0;OPEN
BYRPLN;PLN PASCABAYAR;TAGIHAN PLN;2.500;OPEN
BYRBPJS;BPJS KESEHATAN;TAGIHAN BPJS;0;OPEN
BYRPDAMKOTASURABAYA;PDAM KOTA SURABAYA;TAGIHAN PDAM;2.000;OPEN
BYRINDI;INDIHOME;TAGIHAN INTERNET;2.500;OPEN
ML86;86 DIAMONDS;GAME ML;20.000;OPEN
";

    fn read_all(text: &str) -> Listings {
        read(&"pulsaif".parse().unwrap(), text.as_bytes())
    }

    fn ids(list: &Listings) -> Vec<&str> {
        list.listings.iter().map(|listing| listing.product.id.as_str()).collect()
    }

    #[test]
    fn each_line_has_its_kind_and_the_id_others_use() {
        let list = read_all(LIST);
        let own = &ids(&list)[1];
        assert!(own.starts_with("airtime-telkomsel-transfer-5k--"), "{own}");
        let expected = [
            "airtime-telkomsel-10000",
            own,
            "data-telkomsel-3gb-30d",
            "pln-token-20000",
            "e-money-ovo-50000",
            "pln-bill",
            "bpjs-kesehatan",
            "pdam-kota-surabaya",
        ];
        assert_eq!(ids(&list), expected);
        assert_eq!((list.broken, list.other_kinds), (0, 3));
        let active: Vec<bool> = list.listings.iter().map(|listing| listing.offer.active).collect();
        assert_eq!(active, [true, true, false, true, false, true, true, true]);
        let first = &list.listings[0];
        assert_eq!((first.offer.code.as_str(), first.offer.cost.whole_units()), ("S10", Ok(10_250)));
        assert_eq!(list.listings[4].product.brand, "OVO");
        assert_eq!(list.listings[5].offer.code, "BYRPLN");
        assert_eq!(list.listings[5].offer.cost.whole_units(), Ok(2_500), "the fee");
    }

    #[test]
    fn fees_are_those_of_what_pays() {
        let fees = fees(LIST.as_bytes());
        let told: Vec<(&str, i64)> =
            fees.iter().map(|(code, fee)| (code.as_str(), fee.whole_units().unwrap())).collect();
        assert_eq!(told, [("BYRBPJS", 0), ("BYRINDI", 2_500), ("BYRPDAMKOTASURABAYA", 2_000), ("BYRPLN", 2_500)]);
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        let good = "X10;XL 10rb;PULSA XL;10.900;OPEN\n";
        let mut text = good.as_bytes().to_vec();
        let mut broken = 0;
        for line in [
            &b"X10;XL 10rb;PULSA XL;10.900;OPEN"[..],
            b"X15;XL 15rb;PULSA XL;15.900",
            b"X15;XL 15rb;PULSA XL;15.900;OPEN;more",
            b"X15;;PULSA XL;15.900;OPEN",
            b";XL 15rb;PULSA XL;15.900;OPEN",
            b"X 15;XL 15rb;PULSA XL;15.900;OPEN",
            b"X15;XL 15\xe9;PULSA XL;15.900;OPEN",
            b"X21;XL 15rb;PULSA XL;0;OPEN",
            b"X22;XL 15rb;PULSA XL;15,900;OPEN",
            b"X23;XL 15rb;PULSA XL;null;OPEN",
            b"PLN;PLN PASCABAYAR;TAGIHAN PLN;2.500;OPEN",
            b"<html>",
        ] {
            text.extend_from_slice(line);
            text.push(b'\n');
            broken += 1;
        }
        let list = read(&"pulsaif".parse().unwrap(), &text);
        assert_eq!(ids(&list), ["airtime-xl-10000"]);
        assert_eq!(list.broken, broken);
    }

    #[test]
    fn only_the_word_open_is_open() {
        for (state, active) in [("OPEN", true), ("open", false), ("TROUBLE", false), ("", false)] {
            let list = read_all(&format!("X10;XL 10rb;PULSA XL;10.900;{state}"));
            assert_eq!(list.listings[0].offer.active, active, "{state}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(body in any::<Vec<u8>>()) {
            let _ = fees(&body);
            read(&"pulsaif".parse().unwrap(), &body);
        }

        #[test]
        fn every_line_is_counted(lines in prop::collection::vec(("[A-Z0-9]{1,4}", "\\PC{1,12}", "PULSA XL|[A-Z ]{0,12}", "[0-9.]{0,6}"), 0..30)) {
            let text: String = lines
                .iter()
                .map(|(code, name, kind, price)| format!("{code};{};{kind};{price};OPEN\n", name.replace(';', ",")))
                .collect();
            let list = read_all(&text);
            prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, lines.len());
        }
    }
}
