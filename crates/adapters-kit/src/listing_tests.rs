//! What becomes of the lines of one list, and of two lists.

use std::collections::BTreeSet;

use domain::Currency;
use proptest::prelude::*;

use super::*;

fn draft(category: Category, code: &str, brand: &str, name: &str, rupiah: i64) -> Draft {
    Draft {
        category,
        brand: brand.to_owned(),
        name: name.to_owned(),
        said: Vec::new(),
        code: code.to_owned(),
        article: code.to_owned(),
        cost: Some(Money::from_units(rupiah, Currency::Idr).unwrap()),
        active: true,
        closed: None,
    }
}

fn airtime(code: &str, name: &str, rupiah: i64) -> Draft {
    draft(Category::Airtime, code, "Telkomsel", name, rupiah)
}

fn list_of(kind: &str, drafts: impl IntoIterator<Item = Draft>) -> Listings {
    listings(kind, &"iak".parse().unwrap(), drafts.into_iter().map(Line::Draft))
}

fn list(drafts: impl IntoIterator<Item = Draft>) -> Listings {
    list_of("iak", drafts)
}

fn ids(list: &Listings) -> Vec<&str> {
    list.listings.iter().map(|listing| listing.product.id.as_str()).collect()
}

/// The id of the one line of a list.
fn id(draft: Draft) -> String {
    ids(&list([draft]))[0].to_owned()
}

#[test]
fn a_known_line_has_our_names_and_the_supplier_s_code_and_price() {
    let mut line = airtime("S10", "TSEL 10K", 10_250);
    line.active = false;
    let list = list([line]);
    let Listing { product, offer } = &list.listings[0];
    assert_eq!(product.id.as_str(), "airtime-telkomsel-10000");
    assert_eq!((product.brand.as_str(), product.name.as_str()), ("Telkomsel", "Telkomsel 10.000"));
    assert_eq!((offer.code.as_str(), offer.cost.whole_units(), offer.active), ("S10", Ok(10_250), false));
    assert_eq!((offer.supplier.as_str(), &offer.product), ("iak", &product.id));
}

#[test]
fn a_line_nobody_else_means_keeps_its_supplier_s_words_under_the_brand_s_one_name() {
    let combo = draft(Category::Data, "tc10", "TELKOMSEL", "Telkomsel Combo Sakti 10GB 30 Hari", 60_000);
    let list = list([combo]);
    let Listing { product, .. } = &list.listings[0];
    assert!(product.id.as_str().starts_with("data-telkomsel-combo-sakti-10gb-30-hari--"), "{}", product.id);
    assert_eq!((product.brand.as_str(), product.name.as_str()), ("Telkomsel", "Telkomsel Combo Sakti 10GB 30 Hari"));
    let zone = draft(Category::Data, "tz", "Telkomsel Zona 3", "Data 1GB 7 Hari", 10_000);
    assert_eq!(self::list([zone]).listings[0].product.brand, "Telkomsel Zona 3");
}

#[test]
fn whatever_else_a_line_says_counts_as_much_as_its_name() {
    let said = |said: &[&str]| {
        let said = said.iter().map(|text| (*text).to_owned()).collect();
        id(Draft { said, ..draft(Category::Data, "d12", "TRI", "Tri Data 12 GB / 30 Hari", 54_275) })
    };
    assert_eq!(said(&[]), "data-three-12gb-30d");
    assert_eq!(said(&["Kuota 12GB", "berlaku 30 hari"]), "data-three-12gb-30d");
    for other in ["10GB Regular + 2GB Youtube/Netflix, 30 Hari", "12 GB / 28 Hari", "khusus malam"] {
        assert!(said(&["Kuota 12GB", other]).contains("--"), "{other}");
    }
}

#[test]
fn own_articles_of_two_suppliers_never_meet_and_of_two_accounts_always_do() {
    let combo = || draft(Category::Data, "tc10", "Telkomsel", "Combo 10GB", 60_000);
    let one = list_of("iak", [combo()]);
    assert_ne!(ids(&one), ids(&list_of("billfazz", [combo()])));
    let second_account = listings("iak", &"iak-b".parse().unwrap(), [Line::Draft(combo())]);
    assert_eq!(ids(&second_account), ids(&one));
}

#[test]
fn codes_that_differ_by_a_sign_or_a_letter_s_case_are_different_articles() {
    let codes = ["tc.10", "tc-10", "TC.10", "tc 10", "tc10"];
    let list = list(codes.map(|code| draft(Category::Data, code, "XL", "Combo", 9_000)));
    // One has a space and is no code.
    assert_eq!((ids(&list).into_iter().collect::<BTreeSet<_>>().len(), list.broken), (4, 1));
}

#[test]
fn two_lines_that_say_the_same_are_told_apart_in_any_order() {
    let regular = || airtime("hTSEL5", "5000", 5_500);
    let transfer = || airtime("tf.tsel5", "5.000", 5_900);
    let there = list([regular(), transfer()]);
    let back = list([transfer(), regular()]);
    let [one, other] = ids(&there)[..] else { panic!("{there:?}") };
    assert_eq!(ids(&back), [other, one]);
    assert!(one.starts_with("airtime-telkomsel-5000--") && other.starts_with("airtime-telkomsel-5-000--"), "{there:?}");
}

#[test]
fn a_twin_whose_price_is_broken_is_not_sold_and_still_a_twin() {
    let regular = Draft { cost: None, ..airtime("hTSEL5", "5000", 1) };
    let list = list([regular, airtime("tf.tsel5", "5000", 5_900)]);
    assert_eq!((list.listings.len(), list.broken), (1, 1));
    assert!(ids(&list)[0].contains("--"), "{list:?}");
}

#[test]
fn one_article_of_several_providers_is_one_product_known_or_not() {
    let of = |code: &str, name: &str, price| {
        let article = code.split_once("-S").unwrap().0.to_owned();
        Draft { article, ..draft(Category::Game, code, "Mobile Legends", name, price) }
    };
    let diamonds = [of("ML78_8-S2", "86 Diamonds ( 78 + 8 Bonus )", 20_000), of("ML78_8-S10", "86 Diamonds", 19_500)];
    assert_eq!(ids(&list(diamonds.clone())), ["game-mobile-legends-86-diamonds"; 2]);

    let pass = list([of("MLWDP-S2", "Weekly Pass", 28_000), of("MLWDP-S10", "Weekly Pass", 27_500)]);
    let [one, other] = ids(&pass)[..] else { panic!("{pass:?}") };
    assert!(one == other && one.starts_with("game-mobile-legends-weekly-pass--"), "{pass:?}");

    // The same words under another article's code may be another region.
    let [first, second] = diamonds;
    let two = list([first, second, of("MLB78_8-S2", "86 Diamonds", 9_000)]);
    assert!(ids(&two).iter().all(|id| id.contains("--")), "{two:?}");
}

#[test]
fn a_price_far_from_what_the_words_say_makes_the_words_doubtful() {
    let shared = |worth: &str, rupiah: i64| !id(airtime("x", worth, rupiah)).contains("--");
    for (worth, rupiah) in [
        ("1.000", 1_950),
        ("5.000", 5_234),
        ("10.000", 10_881),
        ("100.000", 95_770),
        ("100.000", 60_000),
        ("1.000.000", 1_005_000),
    ] {
        assert!(shared(worth, rupiah), "{worth} for {rupiah}");
    }
    // A zero too many, a zero too few, a price in another unit.
    for (worth, rupiah) in [
        ("100.000", 10_250),
        ("10.000", 99_743),
        ("10.000", 1_025),
        ("1.000", 10_250),
        ("100.000", 59_999),
        ("5.000", 5),
    ] {
        assert!(!shared(worth, rupiah), "{worth} for {rupiah}");
    }
    // What is worth no amount of rupiah has no such price.
    assert_eq!(id(draft(Category::Data, "d", "XL", "1GB 7 Hari", 1)), "data-xl-1gb-7d");
}

#[test]
fn an_id_that_would_be_too_long_is_made_of_kind_and_code() {
    let long = id(draft(Category::EMoney, "x", "OVO", &"lama ".repeat(30), 1_100));
    assert!(long.starts_with("e-money--") && long.len() == 19, "{long}");
    let brand_alone = id(draft(Category::Game, "x", "Ragnarok", "Ragnarok", 1_100));
    assert!(brand_alone.starts_with("game-ragnarok--"), "{brand_alone}");
    let no_letters = id(draft(Category::Game, "x", "\u{539f}\u{795e}", "60 \u{5275}\u{4e16}", 1_100));
    assert!(no_letters.starts_with("game-60--"), "{no_letters}");
}

#[test]
fn broken_lines_lines_of_other_kinds_and_repeated_codes_are_counted() {
    let id: SupplierId = "iak".parse().unwrap();
    let lines = [
        Line::Draft(airtime("a", "5000", 5_500)),
        Line::Draft(airtime("a", "10000", 10_500)),
        Line::Draft(airtime("", "10000", 10_500)),
        Line::Draft(airtime(&"x".repeat(65), "10000", 10_500)),
        Line::Broken,
        Line::OtherKind,
    ];
    let list = listings("iak", &id, lines);
    assert_eq!((ids(&list), list.broken, list.other_kinds), (vec!["airtime-telkomsel-5000"], 4, 1));
}

prop_compose! {
    fn any_draft()(
        category in prop::sample::select(vec![Category::Airtime, Category::Data, Category::Game, Category::EMoney]),
        brand in prop::sample::select(vec!["Telkomsel", "XL", "OVO", "Free Fire", ""]),
        name in "(5\\.000|10\\.000|1GB|3 GB| 7 Hari| 30 Hari|12 Diamonds| Combo|\\PC{0,3}){0,3}",
        code in "[ -~]{0,5}",
        cost in prop::option::of(1_i64..200_000),
        active in any::<bool>(),
    ) -> Draft {
        let cost = cost.map(|units| Money::from_units(units, Currency::Idr).unwrap());
        Draft { cost, active, article: code.clone(), ..draft(category, &code, brand, &name, 1) }
    }
}

proptest! {
    #[test]
    fn every_line_is_counted_once_and_no_two_that_are_told_apart_share_an_id(
        drafts in prop::collection::vec(any_draft(), 0..30)
    ) {
        let count = drafts.len();
        let list = list(drafts);
        prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, count);
        let distinct: BTreeSet<&str> = ids(&list).into_iter().collect();
        prop_assert_eq!(distinct.len(), list.listings.len());
    }

    #[test]
    fn the_order_of_lines_changes_no_id(drafts in prop::collection::vec(any_draft(), 0..12)) {
        let by_code = |list: Listings| -> BTreeSet<(String, String)> {
            let pairs = list.listings.into_iter().map(|l| (l.offer.code, l.product.id.as_str().to_owned()));
            pairs.collect()
        };
        let mut codes = BTreeSet::new();
        let once: Vec<Draft> = drafts.into_iter().filter(|draft| codes.insert(draft.code.clone())).collect();
        let back: Vec<Draft> = once.iter().rev().cloned().collect();
        prop_assert_eq!(by_code(list(once)), by_code(list(back)));
    }
}
