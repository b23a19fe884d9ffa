//! The table of `lines.txt`: what each supplier's lines are called. The functions here pick the fields as the adapters do.

use std::collections::BTreeMap;

use domain::catalogue::Category;

use super::*;

struct Row {
    supplier: &'static str,
    fields: BTreeMap<&'static str, &'static str>,
    line: &'static str,
    expected: &'static str,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut supplier = "";
    let mut columns: Vec<&'static str> = Vec::new();
    let separator = |supplier: &str| if supplier == "pulsaif" { ';' } else { '|' };
    for line in include_str!("lines.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(head) = line.strip_prefix('[') {
            let (name, names) = head.split_once(']').unwrap();
            supplier = name;
            columns = names.split(separator(name)).map(str::trim).collect();
            continue;
        }
        let (given, expected) = line.rsplit_once("=>").unwrap();
        let values: Vec<&str> = given.split(separator(supplier)).map(str::trim).collect();
        assert_eq!(values.len(), columns.len(), "{line}");
        let fields = columns.iter().copied().zip(values).collect();
        rows.push(Row { supplier, fields, line, expected: expected.trim() });
    }
    rows
}

impl Row {
    fn field(&self, name: &str) -> &'static str {
        self.fields[name]
    }

    /// What the adapter hands to naming.
    fn known(&self) -> Option<Known> {
        match self.supplier {
            "iak" => self.of_kind("product_type", &["product_description", "product_nominal", "product_details"]),
            "billfazz" => self.billfazz(),
            "redision" => self.of_kind("category", &["operator", "name"]),
            "lapak" => self.of_kind("kind", &["category name", "name"]),
            "pulsaif" => self.pulsaif(),
            "digiflazz" => self.digiflazz(),
            other => panic!("{other}"),
        }
    }

    fn of_kind(&self, kind: &str, names: &[&str]) -> Option<Known> {
        read(category(self.field(kind)), &self.texts(names))
    }

    /// What a field leaves out or fills with a hyphen says nothing.
    fn texts(&self, names: &[&str]) -> Vec<&'static str> {
        names.iter().map(|name| self.field(name)).filter(|text| !matches!(*text, "" | "-")).collect()
    }

    /// `operatorCode` is an operator, one with `_data`, or a biller.
    fn billfazz(&self) -> Option<Known> {
        let (code, postpaid) = (self.field("operatorCode"), self.field("type") == "postpaid");
        let texts = self.texts(&["operatorCode", "name", "description"]);
        match code {
            "pln" if postpaid => bill(Biller::Pln, &texts),
            // The code is no more than the kind.
            "bpjs" => bill(Biller::Bpjs, &texts[1..]),
            "pdam" => bill(Biller::Pdam, &texts),
            "pln" => read(Category::PlnToken, &texts),
            code if code.ends_with("_data") => read(Category::Data, &texts),
            _ => read(Category::Airtime, &texts),
        }
    }

    fn pulsaif(&self) -> Option<Known> {
        let (name, kind) = (self.field("NAME"), self.field("CATEGORY"));
        match kind.split(' ').next().unwrap() {
            "PULSA" => read(Category::Airtime, &[kind, name]),
            "DATA" => read(Category::Data, &[kind, name]),
            "TOKEN" => read(Category::PlnToken, &[kind, name]),
            "E-MONEY" => read(Category::EMoney, &[kind, name]),
            "TAGIHAN" if kind.ends_with("PLN") => bill(Biller::Pln, &[name]),
            "TAGIHAN" if kind.ends_with("BPJS") => bill(Biller::Bpjs, &[name]),
            "TAGIHAN" => bill(Biller::Pdam, &[name]),
            other => panic!("{other}"),
        }
    }

    fn digiflazz(&self) -> Option<Known> {
        let texts = self.texts(&["brand", "type", "product_name", "desc"]);
        match (self.field("category"), self.field("brand")) {
            ("Pascabayar", "PLN PASCABAYAR") => bill(Biller::Pln, &texts),
            ("Pascabayar", "BPJS KESEHATAN") => bill(Biller::Bpjs, &texts),
            ("Pascabayar", "PDAM") => bill(Biller::Pdam, &texts),
            ("Pascabayar", _) => bill(Biller::Internet, &texts),
            (kind, _) => read(category(kind), &texts),
        }
    }
}

fn category(kind: &str) -> Category {
    match kind {
        "pulsa" | "Pulsa" => Category::Airtime,
        "data" | "Data" => Category::Data,
        "pln" | "PLN" => Category::PlnToken,
        "etoll" | "emoney" | "E-Money" => Category::EMoney,
        "voucher" | "Voucher" => Category::Voucher,
        "game" | "Games" => Category::Game,
        other => panic!("{other}"),
    }
}

#[test]
fn every_line_is_called_what_the_table_says() {
    let wrong: Vec<String> = rows()
        .iter()
        .filter_map(|row| {
            let id = row.known().map_or_else(|| "own".to_owned(), |known| known.id());
            (id != row.expected).then(|| format!("[{}] {} but is {id}", row.supplier, row.line))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_lines_of_all_six_and_many_that_are_nobody_else_s() {
    let rows = rows();
    assert!(rows.len() >= 150, "{}", rows.len());
    for supplier in ["iak", "billfazz", "redision", "lapak", "pulsaif", "digiflazz"] {
        let mine: Vec<&Row> = rows.iter().filter(|row| row.supplier == supplier).collect();
        let own = mine.iter().filter(|row| row.expected == "own").count();
        assert!(mine.len() >= 15 && own >= 4 && own < mine.len(), "{supplier}: {} lines, {own} own", mine.len());
    }
}

#[test]
fn suppliers_meet_where_they_sell_the_same() {
    let rows = rows();
    let sellers = |id: &str| {
        let mut sellers: Vec<&str> = rows.iter().filter(|row| row.expected == id).map(|row| row.supplier).collect();
        sellers.dedup();
        sellers
    };
    assert_eq!(sellers("airtime-telkomsel-10000"), ["iak", "redision", "pulsaif", "digiflazz"]);
    assert_eq!(sellers("data-telkomsel-3gb-30d"), ["billfazz", "pulsaif", "digiflazz"]);
    assert_eq!(sellers("game-mobile-legends-86-diamonds"), ["lapak", "digiflazz"]);
    assert_eq!(sellers("pln-token-20000"), ["iak", "billfazz", "pulsaif", "digiflazz"]);
    assert_eq!(sellers("pdam-kota-surabaya"), ["billfazz", "digiflazz"]);
}
