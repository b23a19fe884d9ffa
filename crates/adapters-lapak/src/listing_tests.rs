//! Stories of Lapak's list, with lines as its docs print them.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn category(code: &str, name: &str, forms: &[&str]) -> Value {
    let forms: Vec<Value> = forms.iter().map(|name| json!({ "name": name, "type": "text", "options": [] })).collect();
    json!({ "code": code, "name": name, "variant": "", "check_id": true, "country_code": "id", "forms": forms, "servers": [] })
}

fn categories() -> Categories {
    Categories::read(vec![
        category("ML", "Mobile Legends", &["user_id", "additional_id"]),
        category("TOF", "Tower of Fantasy", &["user_id"]),
        category("GI", "Genshin Impact", &["user_id", "additional_id"]),
        category("VSTEAM", "Steam Wallet", &[]),
        category("XL", "XL", &["user_id"]),
        category("DANA", "DANA", &["user_id"]),
        category("MLL", "Mobile Legends Via Login", &["user_id", "password"]),
        category("SRV", "Somewhere", &["additional_id"]),
    ])
}

fn product(code: &str, category: &str, name: &str, price: Value) -> Value {
    let provider = code.rsplit('-').next();
    json!({
        "code": code, "category_code": category, "name": name, "provider_code": provider, "price": price,
        "process_time": 0, "country_code": "id", "status": "available",
    })
}

fn read_all(lines: Vec<Value>) -> Listings {
    read(&"lapak".parse().unwrap(), &categories(), lines, false)
}

fn ids(list: &Listings) -> Vec<&str> {
    list.listings.iter().map(|listing| listing.product.id.as_str()).collect()
}

#[test]
fn each_kind_has_its_category_and_the_ids_others_use() {
    let list = read_all(vec![
        product("ML78_8-S2", "ML", "86 Diamonds ( 78 + 8 Bonus )", json!(20_000)),
        product("STEAM12-S22", "VSTEAM", "IDR 12.000 STEAM", json!(12_400)),
        product("XL10-S15", "XL", "XL 10.000", json!(10_881)),
        product("XL100-S15", "XL", "XL 100.000", json!("99.743")),
        product("DANA20-S1", "DANA", "DANA 20.000", json!("Rp20.150")),
    ]);
    let expected = [
        ("game-mobile-legends-86-diamonds", Category::Game, "ML78_8-S2", 20_000),
        ("voucher-steam-wallet-12000", Category::Voucher, "STEAM12-S22", 12_400),
        ("airtime-xl-10000", Category::Airtime, "XL10-S15", 10_881),
        ("airtime-xl-100000", Category::Airtime, "XL100-S15", 99_743),
        ("e-money-dana-20000", Category::EMoney, "DANA20-S1", 20_150),
    ];
    assert_eq!(list.listings.len(), expected.len());
    for (listing, (id, category, code, cost)) in list.listings.iter().zip(expected) {
        assert_eq!((listing.product.id.as_str(), listing.product.category), (id, category));
        assert_eq!((listing.offer.code.as_str(), listing.offer.cost.whole_units()), (code, Ok(cost)));
        assert!(listing.offer.active);
    }
}

#[test]
fn one_article_of_several_providers_is_one_product() {
    let list = read_all(vec![
        product("ML78_8-S2", "ML", "86 Diamonds ( 78 + 8 Bonus )", json!(20_000)),
        product("ML78_8-S50A", "ML", "86 Diamonds ( 78 + 8 Bonus )", json!(19_900)),
        product("129600DM-S25", "TOF", "6480 Tanium + Dark Crystal 1300 x 20", json!(21_562_800)),
        product("129600DM-S46", "TOF", "6480 Tanium + Dark Crystal 1300 x 20", json!(21_207_800)),
    ]);
    let ids = ids(&list);
    assert_eq!(ids[0], "game-mobile-legends-86-diamonds");
    assert_eq!(ids[0], ids[1]);
    assert!(ids[2].contains("--"), "{}", ids[2]);
    assert_eq!(ids[2], ids[3]);
}

#[test]
fn the_same_words_under_another_article_code_are_nobody_else_s() {
    // As the docs have it: a region that stands in the code alone.
    let list = read_all(vec![
        product("ML86-S2", "ML", "86 Diamonds", json!(20_000)),
        product("ML86US-S2", "ML", "86 Diamonds", json!(30_000)),
    ]);
    let ids = ids(&list);
    assert!(ids.iter().all(|id| id.contains("--")) && ids[0] != ids[1], "{ids:?}");
}

#[test]
fn what_a_category_varies_by_counts_as_much_as_its_name() {
    let mut brazil = category("MLBR", "Mobile Legends", &["user_id", "additional_id"]);
    brazil["variant"] = json!("Brazil");
    let sold = Categories::read(vec![brazil]);
    let lines = vec![product("MLBR86-S2", "MLBR", "86 Diamonds", json!(20_000))];
    let list = read(&"lapak".parse().unwrap(), &sold, lines, false);
    assert!(ids(&list)[0].contains("--"), "{:?}", ids(&list));
}

#[test]
fn a_variant_that_says_what_is_counted_says_nothing_more() {
    for (variant, known) in [("Diamonds", true), ("Diamond", true), ("-", true), ("Brazil", false), ("Диаманты", false)]
    {
        let mut legends = category("ML", "Mobile Legends", &["user_id", "additional_id"]);
        legends["variant"] = json!(variant);
        let lines = vec![product("ML86-S2", "ML", "86 Diamonds", json!(20_000))];
        let list = read(&"lapak".parse().unwrap(), &Categories::read(vec![legends]), lines, false);
        assert_eq!(ids(&list)[0] == "game-mobile-legends-86-diamonds", known, "{variant}: {:?}", ids(&list));
    }
}

#[test]
fn a_form_we_cannot_fill_and_another_country_sell_nothing_to_us() {
    let mut foreign = product("ML86MY-S2", "ML", "86 Diamonds", json!(20_000));
    foreign["country_code"] = json!("my");
    let list = read_all(vec![
        product("MLL86-S2", "MLL", "86 Diamonds", json!(20_000)),
        product("SRV1-S2", "SRV", "1 Key", json!(20_000)),
        product("ABC1-S2", "NOBODY", "1 Key", json!(20_000)),
        foreign,
    ]);
    assert_eq!((list.listings.len(), list.broken, list.other_kinds), (0, 0, 4));
}

#[test]
fn hoyoverse_titles_are_off_unless_we_tell_an_address() {
    let lines = || vec![product("GI60-S2", "GI", "60 Genesis Crystals", json!(14_900))];
    let active = |tells| read(&"lapak".parse().unwrap(), &categories(), lines(), tells).listings[0].offer.active;
    assert!(active(true));
    assert!(!active(false));
    for (name, theirs) in [("Honkai: Star Rail", true), ("Zenless Zone Zero", true), ("Mobile Legends", false)] {
        assert_eq!(is_hoyoverse(name), theirs, "{name}");
    }
}

#[test]
fn only_the_word_available_is_active() {
    for (status, active) in
        [(json!("available"), true), (json!("empty"), false), (json!("AVAILABLE"), false), (json!(null), false)]
    {
        let mut one = product("XL10-S15", "XL", "XL 10.000", json!(10_881));
        one["status"] = status.clone();
        assert_eq!(read_all(vec![one]).listings[0].offer.active, active, "{status}");
    }
}

#[test]
fn a_broken_line_costs_itself_alone() {
    let good = product("XL10-S15", "XL", "XL 10.000", json!(10_881));
    let mut lines = vec![good.clone(), good, json!(null), json!("x"), json!({ "code": "XL15-S15" })];
    for price in [json!(0), json!(-5), json!(1.5), json!("1,100"), json!(null)] {
        lines.push(product(&format!("XL2{price}-S15").replace(' ', ""), "XL", "XL 20.000", price));
    }
    lines.push(product("", "XL", "XL 25.000", json!(25_000)));
    lines.push(product("XL 25-S15", "XL", "XL 25.000", json!(25_000)));
    lines.push(product("XL26-S15", "XL", "XL\u{7}", json!(25_000)));
    lines.push(product("XL27-S15", "XL", "", json!(25_000)));
    let broken = lines.len() - 1;
    let list = read_all(lines);
    assert_eq!(ids(&list), ["airtime-xl-10000"]);
    assert_eq!(list.broken, broken);
}

#[test]
fn a_broken_category_costs_itself_alone() {
    let mut lines = vec![json!(null), json!({ "code": "X" }), category("XL", "XL", &["user_id"])];
    let mut formless = category("VX", "Voucher X", &[]);
    formless.as_object_mut().unwrap().remove("forms");
    lines.push(formless);
    let read = Categories::read(lines);
    assert_eq!(read.0.keys().collect::<Vec<_>>(), ["XL"], "without its form a game would be sold as a code");
    assert!(Categories::read(vec![]).is_empty());
}

#[test]
fn a_player_is_asked_about_where_lapak_checks() {
    let sold = categories();
    for brand in ["Mobile Legends", "mobile-legends", "MLBB"] {
        assert_eq!(sold.check(brand), Some("ML"), "{brand}");
    }
    assert_eq!(sold.check("tower of fantasy"), Some("TOF"));
    for none in ["", "XL", "Steam Wallet", "Mobile Legends Via Login", "Free Fire"] {
        assert_eq!(sold.check(none), None, "{none}");
    }
    for (yes, value) in
        [(true, json!(1)), (true, json!("1")), (false, json!(0)), (false, json!("no")), (false, json!(null))]
    {
        let mut one = category("ML", "Mobile Legends", &["user_id"]);
        one["check_id"] = value.clone();
        assert_eq!(Categories::read(vec![one]).check("Mobile Legends").is_some(), yes, "{value}");
    }
}

#[test]
fn an_article_is_its_code_without_the_provider() {
    for (code, provider, expected) in [
        ("ML78_8-S2", Some("S2"), "ML78_8"),
        ("WS35-S50A", Some("S50A"), "WS35"),
        ("WGDEVTSGP-CODA1", Some("CODA1"), "WGDEVTSGP"),
        ("ML78_8-S2", Some("S3"), "ML78_8-S2"),
        ("ML78_8-S2", None, "ML78_8-S2"),
        ("-S2", Some("S2"), "-S2"),
    ] {
        assert_eq!(article(code, provider), expected);
    }
}

proptest! {
    #[test]
    fn any_list_is_read_with_every_line_counted(
        lines in prop::collection::vec(("\\PC{0,8}", "ML|XL|TOF|\\PC{0,3}", "\\PC{0,12}", any::<i64>()), 0..30)
    ) {
        let lines: Vec<Value> = lines
            .into_iter()
            .map(|(code, category, name, price)| product(&code, &category, &name, json!(price)))
            .collect();
        let count = lines.len();
        let list = read_all(lines);
        prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, count);
    }

    #[test]
    fn anything_in_any_field_costs_its_line_alone(
        field in "code|category_code|name|provider_code|price|country_code|status",
        value in supplier_lab::any_json("ML|XL|S2|id|available|Rp[0-9]{1,3}", "code|status"),
    ) {
        let mut odd = product("ML78_8-S2", "ML", "86 Diamonds", json!(20_000));
        odd[&field] = value.clone();
        let list = read_all(vec![odd, value, product("XL100-S15", "XL", "XL 100.000", json!("99.743"))]);
        prop_assert_eq!(list.listings.len() + list.broken + list.other_kinds, 3);
        prop_assert!(list.listings.iter().any(|listing| listing.offer.code == "XL100-S15"));
    }

    #[test]
    fn anything_in_any_field_costs_its_category_alone(
        field in "code|name|variant|check_id|country_code|forms",
        value in supplier_lab::any_json("ML|user_id|id|-|1", "name|code"),
    ) {
        let mut odd = category("ML", "Mobile Legends", &["user_id", "additional_id"]);
        odd[&field] = value.clone();
        let categories = Categories::read(vec![odd, value, category("XL", "XL", &["user_id"])]);
        let line = product("XL100-S15", "XL", "XL 100.000", json!("99.743"));
        let list = read(&"lapak".parse().unwrap(), &categories, vec![line], false);
        prop_assert_eq!(list.listings.len(), 1);
    }
}
