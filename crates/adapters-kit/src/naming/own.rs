//! Ids of articles that only their supplier means. They meet no other: behind two hyphens, which no common id has, stands a
//! digest of whose article it is. Its code itself would not do: `S.10` and `s-10` are two, and two suppliers may both have a `TC10`.

use domain::catalogue::Category;
use sha2::{Digest, Sha256};

use crate::words::slug;

/// The longest id.
const ID_LIMIT: usize = 80;
/// Of the digest, in hex: 40 bits. Of a hundred thousand articles with the very same words before it two meet once in two
/// hundred times; a list has a few.
const DIGEST_LETTERS: usize = 10;

/// `data-telkomsel-combo-sakti-10gb--3f9a2c81d0`. `kind` is the supplier's kind, not its account here: the same line of
/// two accounts is the same article.
pub fn own_id(category: Category, kind: &str, brand: &str, name: &str, article: &str) -> String {
    let digest: String =
        hex::encode(Sha256::digest(format!("{kind}\0{article}"))).chars().take(DIGEST_LETTERS).collect();
    let (prefix, brand, name) = (category.as_str().replace('_', "-"), slug(brand), slug(name));
    // Most names begin with their brand.
    let name = if name == brand { "" } else { name.strip_prefix(&format!("{brand}-")).unwrap_or(&name) };
    let parts = [prefix.as_str(), &brand, name];
    let words = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let words = if words.len() + DIGEST_LETTERS + 2 <= ID_LIMIT { words } else { prefix };
    format!("{words}--{digest}")
}
