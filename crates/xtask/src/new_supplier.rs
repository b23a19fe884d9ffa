//! `cargo xtask new-supplier`: a crate for one more supplier that compiles and believes nothing, its line in the registry and its
//! line in the program's manifest, in the repository it is called in. Nothing else is touched but what is generated.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::cargo::{cargo, succeed, typed};

pub(crate) const ABOUT: &str = "\
Make the crate of a new supplier: `crates/adapters-<name>`, with its line in `crates/app/src/registry.rs` and one in \
`crates/app/Cargo.toml`; `.env.example` is written anew, which compiles it all, unless `--no-env` says no. It compiles at once, and every reply is unclear to it until its tables \
are filled. What to do then is in docs/ADDING_A_SUPPLIER.md.";

pub(crate) const EXAMPLES: &str = "\
Example:
  cargo xtask new-supplier foo
  cargo xtask new-supplier foo --no-env";

const REGISTRY: &str = "app/src/registry.rs";
const MANIFEST: &str = "app/Cargo.toml";
/// With `SUPPLIER_` before and a setting behind it, it must still be a readable variable; ids of suppliers have at most 32.
const NAME_LIMIT: usize = 24;

/// Files of the new crate, by their place in it.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../templates/supplier/Cargo.toml.in")),
    ("src/lib.rs", include_str!("../templates/supplier/src/lib.rs.in")),
    ("src/config.rs", include_str!("../templates/supplier/src/config.rs.in")),
    ("src/wire.rs", include_str!("../templates/supplier/src/wire.rs.in")),
    ("src/sign.rs", include_str!("../templates/supplier/src/sign.rs.in")),
    ("src/codes.rs", include_str!("../templates/supplier/src/codes.rs.in")),
    ("src/map.rs", include_str!("../templates/supplier/src/map.rs.in")),
    ("src/client.rs", include_str!("../templates/supplier/src/client.rs.in")),
    ("src/notice.rs", include_str!("../templates/supplier/src/notice.rs.in")),
    ("src/listing.rs", include_str!("../templates/supplier/src/listing.rs.in")),
    ("src/error.rs", include_str!("../templates/supplier/src/error.rs.in")),
    ("tests/sockets/main.rs", include_str!("../templates/supplier/tests/sockets/main.rs.in")),
    ("tests/sockets/subject.rs", include_str!("../templates/supplier/tests/sockets/subject.rs.in")),
    ("examples/{{kind}}_smoke.rs", include_str!("../templates/supplier/examples/smoke.rs.in")),
];

pub(crate) fn run(name: &str, no_env: bool) -> Result<(), String> {
    let crates = crates_folder()?;
    check(name, &crates)?;
    // What can fail is done before anything is written.
    let registry = with_line(&read(&crates.join(REGISTRY))?, Place::Registry, name)?;
    let manifest = with_line(&read(&crates.join(MANIFEST))?, Place::Manifest, name)?;
    for (file, template) in FILES {
        write(&crates.join(format!("adapters-{name}")).join(filled(file, name)), &filled(template, name))?;
    }
    write(&crates.join(REGISTRY), &registry)?;
    write(&crates.join(MANIFEST), &manifest)?;

    let package = format!("adapters-{name}");
    run_cargo(&crates, &["fmt", "-p", &package])?;
    if !no_env {
        // As in `cargo xtask test`, so that nothing is compiled with other features than there.
        run_cargo(&crates, &["test", "--quiet", "--workspace", "--all-features", "--test", "env_example"])?;
    }
    println!("{}", filled(LEFT, name));
    Ok(())
}

/// What to do by hand.
const LEFT: &str = "\
crates/adapters-{{kind}} is there, and believes nothing yet. What is left (docs/ADDING_A_SUPPLIER.md):
1. sign and wire: how they are asked and what they answer, with their published vectors as tests
2. codes, listing: each word of theirs with what it means; lines of their list in adapters-kit/src/naming/lines.txt
3. config and lib: settings, limits, hours; `UPDATE_EXPECT=1 cargo test -p app` writes .env.example
4. crates/sandbox plays them; then tests/sockets/subject.rs, and `cargo xtask conformance {{kind}}`
5. docs: its row in ARCHITECTURE.md, what its operators must know in OPERATIONS.md";

fn run_cargo(crates: &Path, args: &[&str]) -> Result<(), String> {
    let mut command = cargo(args);
    command.env("UPDATE_EXPECT", "1").current_dir(crates);
    succeed(command, &typed(args))
}

/// A name is a word in identifiers, file names and variables.
fn check(name: &str, crates: &Path) -> Result<(), String> {
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_word = (2..=NAME_LIMIT).contains(&name.len()) && name.bytes().all(letters);
    if !is_word || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(format!("`{name}` is no name: 2 to {NAME_LIMIT} of a-z and 0-9, beginning with a letter"));
    }
    // Gateways are crates of the same family, and no two of it share a name.
    let taken = crates.join(format!("adapters-{name}"));
    if taken.exists() { Err(format!("{} exists already", taken.display())) } else { Ok(()) }
}

/// `{{kind}}` is the name, `{{Name}}` the same for people, `{{KIND}}` for variables.
fn filled(template: &str, name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let shown: String = first.into_iter().chain(letters).collect();
    template.replace("{{kind}}", name).replace("{{Name}}", &shown).replace("{{KIND}}", &name.to_uppercase())
}

/// Where a supplier has its one line.
#[derive(Clone, Copy)]
enum Place {
    Registry,
    Manifest,
}

impl Place {
    /// The lines of the list begin behind the first text and end before the second.
    const fn bounds(self) -> (&'static str, &'static str) {
        match self {
            Self::Registry => ("pub const SUPPLIERS", "\n];"),
            Self::Manifest => ("[dependencies]", "\n[dev-dependencies]"),
        }
    }

    fn line(self, name: &str) -> String {
        match self {
            Self::Registry => format!("    adapters_{name}::MANIFEST,"),
            Self::Manifest => format!("adapters-{name} = {{ path = \"../adapters-{name}\" }}"),
        }
    }

    /// Whose line it is.
    fn name(self, line: &str) -> Option<&str> {
        let begins = match self {
            Self::Registry => "    adapters_",
            Self::Manifest => "adapters-",
        };
        line.strip_prefix(begins)?.split(|c: char| !c.is_ascii_alphanumeric()).next()
    }
}

/// The text with one line more, before the first that comes after it by the alphabet, or behind the last.
fn with_line(text: &str, place: Place, name: &str) -> Result<String, String> {
    let (from, until) = place.bounds();
    let unknown = || format!("cannot find where `{}` belongs", place.line(name));
    let from = text.find(from).ok_or_else(unknown)?;
    let list = text.get(from..).ok_or_else(unknown)?;
    let list = list.get(..list.find(until).unwrap_or(list.len())).ok_or_else(unknown)?;
    let (mut at, mut last) = (from, None);
    for line in list.split_inclusive('\n') {
        match place.name(line) {
            Some(other) if other > name => {
                last = Some(at);
                break;
            }
            Some(_) => last = Some(at + line.len()),
            None => {}
        }
        at += line.len();
    }
    let (before, after) = text.split_at_checked(last.ok_or_else(unknown)?).ok_or_else(unknown)?;
    // Behind the last line of a list, whose end of line belongs to what follows.
    let (gap, end) = if before.ends_with('\n') { ("", "\n") } else { ("\n", "") };
    Ok(format!("{before}{gap}{}{end}{after}", place.line(name)))
}

/// Of the repository this is called in, wherever in it: not of the one this program was built from.
fn crates_folder() -> Result<PathBuf, String> {
    let here = env::current_dir().map_err(|error| format!("cannot tell which folder this is: {error}"))?;
    let mut crates = here.ancestors().map(|folder| folder.join("crates"));
    let found = crates.find(|crates| crates.join(REGISTRY).is_file());
    found.ok_or_else(|| format!("{} is in no folder that has crates/{REGISTRY}", here.display()))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text)).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "use x;\n\npub const SUPPLIERS: &[X] = &[\n    adapters_bar::MANIFEST, //\n    adapters_iak::MANIFEST,\n];\n\n\
                        pub const GATEWAYS: &[X] = &[\n    adapters_zoo::MANIFEST, //\n];\n";

    fn order(text: &str) -> Vec<&str> {
        text.lines().filter_map(|line| Place::Registry.name(line)).collect()
    }

    #[test]
    fn a_line_stands_at_its_place_by_the_alphabet_and_in_its_own_list() {
        for (name, expected) in [
            ("aaa", ["aaa", "bar", "iak", "zoo"]),
            ("foo", ["bar", "foo", "iak", "zoo"]),
            ("tee", ["bar", "iak", "tee", "zoo"]),
        ] {
            let text = with_line(LIST, Place::Registry, name).unwrap();
            assert_eq!(order(&text), expected);
            let kept: Vec<&str> = text.lines().filter(|line| !line.contains(name)).collect();
            assert_eq!(kept, LIST.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_manifest_gets_a_path_and_keeps_its_features() {
        let text =
            "[features]\nx = [\"adapters-http/x\"]\n\n[dependencies]\nadapters-http.workspace = true\nchrono = \"1\"\n";
        let text = with_line(text, Place::Manifest, "iak").unwrap();
        let line = "adapters-http.workspace = true\nadapters-iak = { path = \"../adapters-iak\" }\nchrono";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn a_list_that_is_not_there_is_not_guessed() {
        assert!(with_line("fn main() {}", Place::Registry, "foo").is_err());
    }

    #[test]
    fn a_name_is_a_word_and_new() {
        let crates = crates_folder().unwrap();
        for name in ["foo", "h2h"] {
            assert_eq!(check(name, &crates), Ok(()));
        }
        for name in
            ["", "f", "Foo", "foo-bar", "foo_bar", "2foo", "../foo", "a234567890123456789012345", "iak", "ecpay", "kit"]
        {
            assert!(check(name, &crates).is_err(), "{name}");
        }
    }

    #[test]
    fn no_template_keeps_a_hole_or_leaves_something_for_later() {
        for (file, template) in FILES {
            let text = filled(template, "foo");
            assert!(!text.contains("{{") && !filled(file, "foo").contains('{'), "{file}");
            assert!(!text.to_uppercase().contains("TODO") && !text.contains("unimplemented"), "{file}");
        }
    }
}
