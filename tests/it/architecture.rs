//! The arrows between crates, read from the manifests. A new arrow is a decision: change the table here, in
//! docs/ARCHITECTURE.md, and say why in an ADR.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// What a crate may name of the workspace. Whatever those may name is allowed too.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ports", &["domain"]),
    ("engine", &["ports"]),
    ("adapters-kit", &["ports"]),
    ("adapters-*", &["adapters-kit"]),
    ("adapters-postgres", &["ports"]),
    ("adapters-http", &["engine"]),
    ("app", &["adapters-http", "adapters-*"]),
    ("sandbox", &[]),
    ("supplier-lab", &["adapters-kit", "sandbox"]),
    ("pgbox", &[]),
    ("xtask", &[]),
    ("demo", &["sandbox", "pgbox"]),
    ("bench", &["demo"]),
    ("it", &["*"]),
];

/// What tests inside a crate may name beyond that.
const TEST_ARROWS: &[(&str, &[&str])] =
    &[("adapters-*", &["sandbox", "supplier-lab"]), ("adapters-postgres", &["pgbox"])];

/// Libraries that have one home each.
const HOMES: &[(&str, &[&str])] = &[
    ("diesel", &["adapters-postgres"]),
    ("diesel-async", &["adapters-postgres"]),
    ("diesel_migrations", &["adapters-postgres"]),
    ("reqwest", &["adapters-kit", "sandbox", "demo", "bench", "it"]),
    ("actix-web", &["adapters-http", "sandbox"]),
    ("tokio-postgres", &["adapters-postgres", "bench", "it"]),
];

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().expect("cargo metadata")
}

/// The row of the table for a crate: its own, or that of its family.
fn row<'a>(table: &'a [(&'a str, &'a [&'a str])], name: &str) -> Option<&'a [&'a str]> {
    let own = table.iter().find(|(n, _)| *n == name);
    let family = || table.iter().find(|(n, _)| n.strip_suffix('*').is_some_and(|f| name.starts_with(f)));
    own.or_else(family).map(|(_, may)| *may)
}

/// Everything a crate may name: its row, and the rows of what stands there.
fn allowed(name: &str, crates: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        for pattern in row(ARROWS, &next).unwrap_or_default() {
            for other in crates.iter().filter(|c| matches_pattern(pattern, c)) {
                if other != name && found.insert(other.clone()) {
                    open.push(other.clone());
                }
            }
        }
    }
    found
}

fn matches_pattern(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => pattern == name,
    }
}

fn named(package: &Package, crates: &BTreeSet<String>, kind: DependencyKind) -> BTreeSet<String> {
    let ours = package.dependencies.iter().filter(|d| d.kind == kind && crates.contains(&d.name));
    ours.map(|d| d.name.clone()).collect()
}

#[test]
fn every_arrow_between_crates_is_in_the_table() {
    let metadata = metadata();
    let crates: BTreeSet<String> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        assert!(row(ARROWS, name).is_some(), "crate `{name}` has no row in the table of arrows");
        let may = allowed(name, &crates);
        for other in named(package, &crates, DependencyKind::Normal) {
            if !may.contains(&other) {
                wrong.push(format!("{name} -> {other}"));
            }
        }
        let mut tests_may = may.clone();
        tests_may.extend(row(TEST_ARROWS, name).unwrap_or_default().iter().map(|n| (*n).to_owned()));
        for other in named(package, &crates, DependencyKind::Development) {
            if !tests_may.contains(&other) {
                wrong.push(format!("{name} -> {other} (in tests)"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that are not in the table: {wrong:#?}");
}

#[test]
fn adapters_never_name_each_other_nor_the_engine() {
    let metadata = metadata();
    for package in metadata.packages.iter().filter(|p| p.name.starts_with("adapters-")) {
        for dependency in &package.dependencies {
            let other = dependency.name.as_str();
            let adapter = other.starts_with("adapters-") && other != "adapters-kit";
            let engine = other == "engine" && package.name.as_str() != "adapters-http";
            assert!(!adapter && !engine, "{} names {other}", package.name);
        }
    }
}

#[test]
fn a_library_with_a_home_is_named_only_there() {
    let metadata = metadata();
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            if let Some((library, homes)) = HOMES.iter().find(|(n, _)| *n == dependency.name) {
                assert!(homes.contains(&package.name.as_str()), "{} names {library}", package.name);
            }
        }
    }
}

#[test]
fn the_domain_is_pure() {
    let metadata = metadata();
    let impure = ["tokio", "reqwest", "diesel", "rand", "getrandom", "async-trait", "tracing", "actix-web"];
    let pure = metadata.packages.iter().find(|p| p.name.as_str() == "domain").expect("domain");
    for dependency in pure.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
        assert!(!impure.contains(&dependency.name.as_str()), "domain names {}", dependency.name);
    }
    let ports = metadata.packages.iter().find(|p| p.name.as_str() == "ports").expect("ports");
    let tokio = ports.dependencies.iter().find(|d| d.name == "tokio" && d.kind == DependencyKind::Normal);
    assert!(tokio.is_none_or(|d| d.optional), "ports may name tokio only behind `conformance`");
}

#[test]
fn versions_stand_in_one_place() {
    let metadata = metadata();
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            versions.entry(dependency.name.clone()).or_default().insert(dependency.req.to_string());
        }
    }
    let several: Vec<_> = versions.iter().filter(|(_, reqs)| reqs.len() > 1).collect();
    assert!(several.is_empty(), "asked for in several versions: {several:#?}");
}
