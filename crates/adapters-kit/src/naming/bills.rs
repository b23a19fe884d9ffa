//! Who a bill is owed to. A waterworks is known by the whole of its name, since there are hundreds: `PDAM Kota Bandung` and
//! `PDAM Kab. Bandung` are two companies, and a name that does not say which is neither.

use super::brands::{Brand, INTERNET, filler};
use super::facts::{Counts, Vocabulary, facts};
use super::tokens::{Token, tokens};

/// One that can be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bill {
    Pln,
    BpjsKesehatan,
    /// Its words in lower case, the first of them `kota` or `kabupaten`.
    Pdam(Vec<String>),
    Internet(&'static Brand),
}

/// What a list says of whose bills it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Biller {
    Pln,
    Bpjs,
    Pdam,
    Internet,
}

/// Most words of a town's name behind `kota` or `kabupaten`.
const TOWN_WORDS: usize = 4;
/// Most letters of its whole name: an id must hold it.
const TOWN_LETTERS: usize = 50;

impl Bill {
    pub(super) fn id(&self) -> String {
        match self {
            Self::Pln => "pln-bill".to_owned(),
            Self::BpjsKesehatan => "bpjs-kesehatan".to_owned(),
            Self::Pdam(words) => format!("pdam-{}", words.join("-")),
            Self::Internet(brand) => format!("internet-{}", brand.slug),
        }
    }

    pub(super) const fn brand(&self) -> &str {
        match self {
            Self::Pln => super::PLN,
            Self::BpjsKesehatan => "BPJS Kesehatan",
            Self::Pdam(_) => "PDAM",
            Self::Internet(brand) => brand.name,
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Pln => "Tagihan PLN".to_owned(),
            Self::Pdam(words) => words.iter().fold("PDAM".to_owned(), |name, word| format!("{name} {}", capital(word))),
            Self::BpjsKesehatan | Self::Internet(_) => self.brand().to_owned(),
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// Reads a line of a list of bills, as [`super::read`] reads the others.
pub fn bill(biller: Biller, texts: &[&str]) -> Option<super::Known> {
    let named = |words, brands| facts(&Vocabulary { brands, filler: words, counts: Counts::Nothing }, texts);
    let bill = match biller {
        Biller::Pln => {
            named(filler::PLN_BILL, vec![&PLN])?.brand?;
            Bill::Pln
        }
        Biller::Bpjs => {
            named(filler::BPJS, vec![&KESEHATAN])?.brand?;
            Bill::BpjsKesehatan
        }
        Biller::Internet => Bill::Internet(named(filler::INTERNET, INTERNET.iter().collect())?.brand?),
        Biller::Pdam => Bill::Pdam(waterworks(texts)?),
    };
    Some(super::Known::Bill(bill))
}

const PLN: Brand = Brand { slug: "pln", name: super::PLN, aliases: &["pln"] };
/// There is another BPJS, for workers: the word alone says nothing.
const KESEHATAN: Brand =
    Brand { slug: "kesehatan", name: "BPJS Kesehatan", aliases: &["bpjs kesehatan", "bpjs kes", "bpjs ks", "bpjsks"] };

/// The one text that names a town; the others may say `PDAM` and nothing else.
fn waterworks(texts: &[&str]) -> Option<Vec<String>> {
    let mut town: Option<Vec<String>> = None;
    for text in texts {
        let words = letters(text)?;
        let named: Vec<String> = words.into_iter().skip_while(|word| word == "pdam").collect();
        if named.is_empty() {
            continue;
        }
        let named = with_rank(&named)?;
        if town.as_ref().is_some_and(|town| *town != named) {
            return None;
        }
        town = Some(named);
    }
    town.filter(|words| words.join("-").len() <= TOWN_LETTERS)
}

fn letters(text: &str) -> Option<Vec<String>> {
    let word = |token| match token {
        Token::Word(word) => Some(word),
        Token::Number(_) | Token::Plus | Token::Odd(_) => None,
    };
    tokens(text).into_iter().map(word).collect()
}

/// `kota x`, `kab. x`, `kabupaten x`; what it is must be said, and said once.
fn with_rank(named: &[String]) -> Option<Vec<String>> {
    let rank = |word: &str| match word {
        "kota" => Some("kota"),
        "kab" | "kabupaten" => Some("kabupaten"),
        _ => None,
    };
    let (first, town) = named.split_first()?;
    let plain = (1..=TOWN_WORDS).contains(&town.len()) && town.iter().all(|word| rank(word).is_none());
    let first = rank(first)?.to_owned();
    plain.then(|| [vec![first], town.to_vec()].concat())
}
