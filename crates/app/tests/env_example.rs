//! `.env.example` is made from the settings the code reads. `UPDATE_EXPECT=1 cargo test -p app` writes it anew.

#![cfg(test)]

use std::fmt::Write;

use app::{registry, settings};
use ports::settings::SettingDoc;

fn entry(out: &mut String, prefix: &str, doc: &SettingDoc) {
    writeln!(out, "\n# {}\n{prefix}{}={}", doc.about, doc.name, doc.example).unwrap();
}

fn generated() -> String {
    let mut out = String::from(
        "# Every setting, with its value for development. The program reads variables, not files: copy this to `.env`, change\n\
         # it, and load it with `set -a; . ./.env; set +a` (README, \"Run it against your own database\").\n\
         # Made from the code: `UPDATE_EXPECT=1 cargo test -p app` writes it anew.\n",
    );
    for doc in settings::ALL {
        entry(&mut out, "", doc);
    }
    for manifest in registry::GATEWAYS {
        writeln!(out, "\n# --- {}", manifest.about).unwrap();
        for doc in manifest.settings {
            entry(&mut out, &format!("GATEWAY_{}_", manifest.kind.to_uppercase()), doc);
        }
    }
    for manifest in registry::SUPPLIERS {
        writeln!(out, "\n# --- {}", manifest.about).unwrap();
        for doc in manifest.settings.iter().chain(settings::OF_EVERY_SUPPLIER) {
            entry(&mut out, &format!("SUPPLIER_{}_", manifest.kind.to_uppercase()), doc);
        }
    }
    out
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test")]
fn env_example_has_every_setting() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env.example");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, generated()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == generated(), ".env.example is out of date: run `UPDATE_EXPECT=1 cargo test -p app`");
}
