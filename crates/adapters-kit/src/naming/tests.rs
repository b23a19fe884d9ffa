//! What must hold of any line: two that differ in what is bought never share an id, and one unknown word is enough.

use std::collections::BTreeSet;

use domain::ProductId;
use proptest::prelude::*;

use super::brands::{Game, INTERNET};
use super::*;

/// An article, a category to read it in, and ways in which suppliers write it.
fn any_known() -> impl Strategy<Value = Known> {
    let operator = || prop::sample::select(OPERATORS.iter().collect::<Vec<_>>());
    let rupiah = || (1_u32..=2_000).prop_map(|thousands| thousands * 500).prop_filter("worth", |r| *r >= 1_000);
    let quota = prop_oneof![(1_u16..=999).prop_map(Quota::Mb), (10_u16..=500).prop_map(Quota::TenthsOfGb)];
    let games: Vec<(&'static Game, &'static Unit)> =
        GAMES.iter().flat_map(|game| game.units.iter().map(move |unit| (game, unit))).collect();
    prop_oneof![
        (operator(), rupiah()).prop_map(|(operator, rupiah)| Known::Airtime { operator, rupiah }),
        (operator(), quota, 1_u16..=90).prop_map(|(operator, quota, days)| Known::Data { operator, quota, days }),
        rupiah().prop_map(|rupiah| Known::PlnToken { rupiah }),
        (prop::sample::select(WALLETS.iter().collect::<Vec<_>>()), rupiah())
            .prop_map(|(brand, rupiah)| Known::EMoney { brand, rupiah }),
        (prop::sample::select(VOUCHERS.iter().collect::<Vec<_>>()), rupiah())
            .prop_map(|(brand, rupiah)| Known::Voucher { brand, rupiah }),
        (prop::sample::select(games), 1_u32..=20_000).prop_map(|((game, unit), amount)| Known::Game {
            game: &game.brand,
            amount,
            unit
        }),
    ]
}

fn category(known: &Known) -> Category {
    match known {
        Known::Airtime { .. } => Category::Airtime,
        Known::Data { .. } => Category::Data,
        Known::PlnToken { .. } => Category::PlnToken,
        Known::EMoney { .. } => Category::EMoney,
        Known::Voucher { .. } => Category::Voucher,
        Known::Game { .. } => Category::Game,
        Known::Bill(bill) => panic!("{bill:?}"),
    }
}

/// How a hasty clerk writes it; `style` picks among the ways.
fn written(known: &Known, style: usize) -> Vec<String> {
    let pick = |ways: &[String]| ways[style % ways.len()].clone();
    let alias = |brand: &Brand| {
        let alias = brand.aliases[style % brand.aliases.len()];
        if style.is_multiple_of(2) { alias.to_owned() } else { alias.to_uppercase() }
    };
    let money = |rupiah: u32| {
        let mut ways = vec![rupiah.to_string(), grouped(rupiah.into()), format!("Rp {}", grouped(rupiah.into()))];
        if rupiah.is_multiple_of(1_000) {
            ways.extend([format!("{}K", rupiah / 1_000), format!("{} ribu", rupiah / 1_000)]);
        }
        pick(&ways)
    };
    let name = match known {
        Known::Airtime { rupiah, .. } | Known::EMoney { rupiah, .. } | Known::Voucher { rupiah, .. } => money(*rupiah),
        Known::PlnToken { rupiah } => format!("Token {}", money(*rupiah)),
        Known::Data { quota, days, .. } => {
            let quota = match quota {
                Quota::Mb(mb) => format!("{mb}MB"),
                Quota::TenthsOfGb(tenths) if tenths % 10 == 0 => format!("{} GB", tenths / 10),
                Quota::TenthsOfGb(tenths) => {
                    pick(&[".", ","].map(|dot| format!("{}{dot}{}GB", tenths / 10, tenths % 10)))
                }
            };
            pick(&[format!("Data {quota} {days} Hari"), format!("{quota}/{days}hari"), format!("{days} days, {quota}")])
        }
        Known::Game { amount, unit, .. } => {
            let unit = unit.aliases[style % unit.aliases.len()];
            let bonus = amount / 10;
            pick(&[format!("{amount} {unit}"), format!("{amount} {unit} ({} + {bonus} Bonus)", amount - bonus)])
        }
        Known::Bill(bill) => panic!("{bill:?}"),
    };
    match known {
        Known::PlnToken { .. } => vec!["PLN".to_owned(), name],
        Known::Airtime { operator: brand, .. }
        | Known::Data { operator: brand, .. }
        | Known::EMoney { brand, .. }
        | Known::Voucher { brand, .. }
        | Known::Game { game: brand, .. } => {
            let brand = alias(brand);
            if style.is_multiple_of(3) { vec![format!("{brand} {name}")] } else { vec![brand, name] }
        }
        Known::Bill(bill) => panic!("{bill:?}"),
    }
}

fn read_of(known: &Known, texts: &[String]) -> Option<Known> {
    read(category(known), &texts.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The one way in which a writing may be lost: a day of 24 hours, or digits that stand beside digits.
fn is_lost(texts: &[String], known: &Known) -> bool {
    matches!(known, Known::Airtime { operator, .. } | Known::Data { operator, .. } if operator.slug == "three")
        && texts.iter().any(|text| text.to_lowercase().contains("3 t"))
}

proptest! {
    #[test]
    fn whoever_writes_an_article_in_whatever_way_means_that_article(known in any_known(), style in 0_usize..60) {
        let texts = written(&known, style);
        let read = read_of(&known, &texts);
        prop_assert!(read == Some(known.clone()) || (read.is_none() && is_lost(&texts, &known)), "{:?} {:?}", texts, read);
    }

    #[test]
    fn two_lines_that_differ_in_quota_days_operator_unit_or_worth_never_share_an_id(
        one in any_known(), other in any_known(), styles in (0_usize..60, 0_usize..60)
    ) {
        let ids = [(&one, styles.0), (&other, styles.1)]
            .map(|(known, style)| read_of(known, &written(known, style)).map(|known| known.id()));
        if let [Some(one_id), Some(other_id)] = ids {
            prop_assert_eq!(one == other, one_id == other_id);
        }
    }

    #[test]
    fn a_neighbour_of_an_article_has_another_id(
        operators in (0..OPERATORS.len(), 0..OPERATORS.len()), gb in (10_u16..40, 10_u16..40), days in (1_u16..8, 1_u16..8)
    ) {
        let of = |operator: usize, gb, days| Known::Data {
            operator: &OPERATORS[operator], quota: Quota::TenthsOfGb(gb), days,
        };
        let (one, other) = (of(operators.0, gb.0, days.0), of(operators.1, gb.1, days.1));
        prop_assert_eq!(one == other, one.id() == other.id());
    }

    #[test]
    fn one_word_nobody_knows_makes_it_its_supplier_s_own(
        known in any_known(), style in 0_usize..60, at in any::<prop::sample::Index>(),
        word in prop::sample::select(vec![
            "malam", "Combo", "Weekly", "Transfer", "Promo", "Zona", "Driver", "Admin", "Lokal", "Unlimited", "x", "+", "%",
            "Global", "Bonus", "Max", "\u{445}", "&", "24", "7", "1GB 2GB", "Pass", "Flash", "GB", "Hari",
        ])
    ) {
        let mut texts = written(&known, style);
        let text = texts.last_mut().unwrap();
        let words: Vec<&str> = text.split(' ').collect();
        let (before, behind) = words.split_at(at.index(words.len() + 1));
        *text = [before, &[word], behind].concat().join(" ");
        let read = read_of(&known, &texts);
        prop_assert_eq!(read, None, "{:?}", texts);
    }

    #[test]
    fn a_second_text_that_says_another_number_makes_it_doubtful(one in any_known(), other in any_known(), style in 0_usize..60) {
        let texts = [written(&one, style), written(&other, style)].concat();
        if one != other {
            let read = read_of(&one, &texts);
            prop_assert!(read.is_none(), "{:?} {:?}", texts, read);
        }
    }

    #[test]
    fn any_texts_are_read_without_a_fall_and_what_is_known_has_an_id(
        texts in prop::collection::vec("(XL|Telkomsel|3|1GB|30 Hari|10\\.000|Rp|86|Diamonds|ML|\\+|bonus| |[0-9.,]{1,5}|\\PC{0,2}){0,8}", 0..4)
    ) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for category in
            [Category::Airtime, Category::Data, Category::PlnToken, Category::EMoney, Category::Game, Category::Voucher]
        {
            if let Some(known) = read(category, &texts) {
                prop_assert!(ProductId::try_from(known.id()).is_ok());
                prop_assert!(!known.id().contains("--"));
            }
        }
        for biller in [Biller::Pln, Biller::Bpjs, Biller::Pdam, Biller::Internet] {
            let known = bill(biller, &texts);
            prop_assert!(known.is_none_or(|known| ProductId::try_from(known.id()).is_ok()));
        }
    }

    #[test]
    fn a_waterworks_is_known_by_every_word_of_its_name(
        one in "(kota|kab\\.?|Kabupaten) [a-z]{1,8}( [a-z]{1,8}){0,2}", other in "(kota|kabupaten) [a-z]{1,8}"
    ) {
        let id = |name: &str| bill(Biller::Pdam, &["PDAM", name]).map(|known| known.id());
        let whole = one.to_lowercase().replace("kab ", "kabupaten ").replace("kab. ", "kabupaten ");
        if let (Some(first), Some(second)) = (id(&one), id(&other)) {
            prop_assert_eq!(first == second, whole == other);
        }
    }
}

#[test]
fn ids_of_all_there_is_differ_and_are_product_ids() {
    let mut all: Vec<Known> = Vec::new();
    for rupiah in [1_000, 5_000, 10_000, 50_000, 1_000_000] {
        all.push(Known::PlnToken { rupiah });
        all.extend(OPERATORS.iter().map(|operator| Known::Airtime { operator, rupiah }));
        all.extend(WALLETS.iter().map(|brand| Known::EMoney { brand, rupiah }));
        all.extend(VOUCHERS.iter().map(|brand| Known::Voucher { brand, rupiah }));
        let units = GAMES.iter().flat_map(|game| game.units.iter().map(move |unit| (&game.brand, unit)));
        all.extend(units.map(|(game, unit)| Known::Game { game, amount: rupiah, unit }));
    }
    for operator in OPERATORS {
        for quota in [Quota::Mb(15), Quota::TenthsOfGb(15), Quota::TenthsOfGb(10), Quota::TenthsOfGb(150)] {
            all.extend([1, 5, 15, 30].map(|days| Known::Data { operator, quota, days }));
        }
    }
    all.extend(INTERNET.iter().map(|brand| Known::Bill(Bill::Internet(brand))));
    all.extend([Bill::Pln, Bill::BpjsKesehatan, Bill::Pdam(vec!["kota".into(), "medan".into()])].map(Known::Bill));
    let ids: BTreeSet<String> = all.iter().map(Known::id).collect();
    assert_eq!(ids.len(), all.len());
    assert!(ids.iter().all(|id| ProductId::try_from(id.clone()).is_ok() && !id.contains("--")));
}

#[test]
fn a_number_that_could_be_read_in_two_ways_is_not_read() {
    let id = |category, text| read(category, &[text]).map(|known| known.id());
    for (text, days) in
        [("XL 999MB 30 Hari", "999mb-30d"), ("XL 1.0GB 1 Hari", "1gb-1d"), ("XL 1.9 GB 365 Hari", "1-9gb-365d")]
    {
        assert_eq!(id(Category::Data, text), Some(format!("data-xl-{days}")));
    }
    for doubtful in [
        "XL 1000MB 30 Hari",
        "XL 1500 MB 30 Hari",
        "XL 1.500MB 30 Hari",
        "XL 0.5GB 30 Hari",
        "XL 1.25GB 30 Hari",
        "XL 1.500GB 30 Hari",
        "XL 03GB 30 Hari",
        "XL 3GB 030 Hari",
        "XL 3GB 0 Hari",
        "XL 3GB 366 Hari",
        "XL 3GB 30.0 Hari",
        "XL 3GB 24hr",
        "XL 3GB 24 D",
        "XL 3G 30 Hari",
        "XL 3GB 1 Bulan",
        "XL 3GB",
        "XL 30 Hari",
        "3GB 30 Hari",
    ] {
        assert_eq!(id(Category::Data, doubtful), None, "{doubtful}");
    }
    for doubtful in
        ["XL 999", "XL 0K", "XL 10.00", "XL 10,000", "XL 010.000", "XL 20.000.000", "XL 10.000K", "XL 10 10.000"]
    {
        assert_eq!(id(Category::Airtime, doubtful), None, "{doubtful}");
    }
    for doubtful in
        ["ML 0 Diamonds", "ML 1,454 Diamonds", "ML 1.5 Diamonds", "ML 086 Diamonds", "ML Diamonds", "86 Diamonds"]
    {
        assert_eq!(id(Category::Game, doubtful), None, "{doubtful}");
    }
}

#[test]
fn names_are_ours_whoever_lists_them() {
    let name = |category, text| {
        let known = read(category, &[text]).unwrap();
        (known.brand().to_owned(), known.name())
    };
    let named = |brand: &str, name: &str| (brand.to_owned(), name.to_owned());
    assert_eq!(name(Category::Airtime, "TSEL 10K"), named("Telkomsel", "Telkomsel 10.000"));
    assert_eq!(name(Category::Data, "XL DATA 1.5GB 30HR"), named("XL", "XL 1,5 GB 30 Hari"));
    assert_eq!(name(Category::Data, "XL 500 MB 1 day"), named("XL", "XL 500 MB 1 Hari"));
    assert_eq!(name(Category::PlnToken, "PLN 1.000.000"), named("PLN", "Token PLN 1.000.000"));
    assert_eq!(name(Category::Game, "MLBB 86 diamond"), named("Mobile Legends", "Mobile Legends 86 Diamonds"));
    let bill = |biller, text| bill(biller, &[text]).unwrap().name();
    assert_eq!(bill(Biller::Pdam, "PDAM KAB. BANDUNG BARAT"), "PDAM Kabupaten Bandung Barat");
    assert_eq!(bill(Biller::Pln, "pln pascabayar"), "Tagihan PLN");
    assert_eq!(bill(Biller::Internet, "INDIHOME"), "IndiHome");
}

#[test]
fn an_operator_is_known_by_all_its_names_and_by_nothing_more() {
    for (text, slug) in [
        ("telkomsel", "telkomsel"),
        ("TSEL", "telkomsel"),
        ("TLKM", "telkomsel"),
        ("telkomsel_data", "telkomsel"),
        ("XL Paket Internet", "xl"),
        ("im3", "indosat"),
        ("Indosat Ooredoo", "indosat"),
        ("3 (Tri)", "three"),
        ("by.U", "byu"),
        ("PULSA AXIS", "axis"),
    ] {
        assert_eq!(operator(text).map(|brand| brand.slug), Some(slug), "{text}");
    }
    for text in ["", "telkom", "3", "telkomsel orbit", "xl axis", "smart", "x l", "telkomsel 10.000"] {
        assert_eq!(operator(text), None, "{text}");
    }
}

#[test]
fn an_alias_is_written_as_it_is_split_and_belongs_to_one_brand() {
    let games: Vec<&Brand> = GAMES.iter().map(|game| &game.brand).collect();
    let all = |brands: &'static [Brand]| brands.iter().collect::<Vec<_>>();
    for brands in [all(OPERATORS), all(WALLETS), all(VOUCHERS), all(INTERNET), games] {
        let mut seen = BTreeSet::new();
        for alias in brands.iter().flat_map(|brand| brand.aliases) {
            let split: Vec<String> = tokens::tokens(alias)
                .into_iter()
                .map(|token| match token {
                    tokens::Token::Word(text) | tokens::Token::Number(text) => text,
                    other => panic!("{alias}: {other:?}"),
                })
                .collect();
            assert_eq!(split.join(" "), **alias);
            assert!(seen.insert(*alias), "{alias} is two brands'");
        }
    }
    for unit in GAMES.iter().flat_map(|game| game.units) {
        assert!(unit.aliases.iter().all(|alias| tokens::tokens(alias).len() == alias.split(' ').count()), "{unit:?}");
    }
}
