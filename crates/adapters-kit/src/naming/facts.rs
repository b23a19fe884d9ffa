//! What the words of a line say, and whether all of them are understood. One word that is not makes the whole line unknown.

use super::brands::{Brand, GAMES, Unit};
use super::tokens::{Token, tokens};
use super::{MOST_RUPIAH, Quota, SMALLEST_RUPIAH};
use crate::rupiah;

/// The vocabulary of one kind of goods.
pub struct Vocabulary {
    pub brands: Vec<&'static Brand>,
    pub filler: &'static [&'static str],
    pub counts: Counts,
}

/// What its numbers count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    Nothing,
    Rupiah,
    QuotaAndDays,
    /// A game's diamonds, crystals, coins.
    Units,
}

/// What a line says. Each fact is said once in a text; another text may repeat it, but not contradict it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub brand: Option<&'static Brand>,
    pub rupiah: Option<u32>,
    pub quota: Option<Quota>,
    pub days: Option<u16>,
    pub units: Option<(u32, &'static Unit)>,
}

/// Longest validity that is read; longer ones are no prepaid package.
const MOST_DAYS: u16 = 365;
/// A GB that is no whole one has one digit behind the point. `1.500` may be a thousand and a half or one and a half.
const TENTHS: u16 = 10;

/// The facts of all texts of a line together. Nothing: a word is not understood, or one text contradicts another.
pub fn facts(vocabulary: &Vocabulary, texts: &[&str]) -> Option<Facts> {
    let mut all = Facts::default();
    for text in texts {
        let said = of_text(vocabulary, text)?;
        all = Facts {
            brand: agreed(all.brand, said.brand)?,
            rupiah: agreed(all.rupiah, said.rupiah)?,
            quota: agreed(all.quota, said.quota)?,
            days: agreed(all.days, said.days)?,
            units: agreed(all.units, said.units)?,
        };
    }
    Some(all)
}

/// One fact of two texts. Outer nothing: they contradict each other.
fn agreed<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<Option<T>> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => Some(one.or(other)),
    }
}

fn of_text(vocabulary: &Vocabulary, text: &str) -> Option<Facts> {
    let tokens = tokens(text);
    let mut rest = tokens.as_slice();
    let mut facts = Facts::default();
    while !rest.is_empty() {
        rest = after_brand(vocabulary, rest, &mut facts)
            .or_else(|| after_count(vocabulary.counts, rest, &mut facts))
            .or_else(|| after_filler(vocabulary, rest))?;
    }
    Some(facts)
}

/// A brand may be named again within a text; a second one may not.
fn after_brand<'t>(vocabulary: &Vocabulary, rest: &'t [Token], facts: &mut Facts) -> Option<&'t [Token]> {
    let named = vocabulary.brands.iter().filter_map(|brand| Some((longest(brand.aliases, rest)?, *brand)));
    let (length, brand) = named.max_by_key(|(length, _)| *length)?;
    facts.brand = agreed(facts.brand, Some(brand))?;
    rest.get(length..)
}

fn after_filler<'t>(vocabulary: &Vocabulary, rest: &'t [Token]) -> Option<&'t [Token]> {
    let (first, behind) = rest.split_first()?;
    vocabulary.filler.iter().any(|word| first.is(word)).then_some(behind)
}

fn after_count<'t>(counts: Counts, rest: &'t [Token], facts: &mut Facts) -> Option<&'t [Token]> {
    match counts {
        Counts::Nothing => None,
        Counts::Rupiah => {
            let (amount, behind) = rupiah_at(rest)?;
            once(&mut facts.rupiah, amount)?;
            Some(behind)
        }
        Counts::QuotaAndDays => {
            let (number, word, behind) = counted(rest)?;
            match quota(number, word) {
                Some(quota) => once(&mut facts.quota, quota)?,
                None => once(&mut facts.days, days(number, word)?)?,
            }
            Some(behind)
        }
        Counts::Units => {
            let (amount, unit, behind) = units_at(rest)?;
            once(&mut facts.units, (amount, unit))?;
            Some(behind)
        }
    }
}

/// A second number of the same kind in one text makes it doubtful, were it the same one: `1GB 1GB` may be two.
fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    if slot.is_some() {
        return None;
    }
    *slot = Some(value);
    Some(())
}

/// How many tokens the longest of these takes that stands here.
fn longest(aliases: &[&str], rest: &[Token]) -> Option<usize> {
    let taken = aliases.iter().filter_map(|alias| {
        let words: Vec<&str> = alias.split(' ').collect();
        let here = rest.get(..words.len())?;
        here.iter().zip(&words).all(|(token, word)| token.is(word)).then_some(words.len())
    });
    taken.max()
}

/// `10.000`, `Rp 10.000`, `10.000 IDR`, `10K`, `10 ribu`.
fn rupiah_at(rest: &[Token]) -> Option<(u32, &[Token])> {
    let currency = |token: &Token| ["rp", "idr", "rupiah"].iter().any(|word| token.is(word));
    let (named, rest) = match rest.split_first()? {
        (first, behind) if currency(first) => (true, behind),
        _ => (false, rest),
    };
    let (Token::Number(number), behind) = rest.split_first()? else { return None };
    let units = rupiah::units(number)?;
    let (units, behind) = match behind.split_first() {
        Some((word, behind)) if ["k", "rb", "ribu"].iter().any(|thousand| word.is(thousand)) => {
            // `10.000K` is ten million in nobody's list.
            let few = !number.contains('.') && number.len() <= 4;
            (few.then(|| units * 1_000)?, behind)
        }
        _ => (units, behind),
    };
    let behind = match behind.split_first() {
        Some((word, behind)) if !named && currency(word) => behind,
        _ => behind,
    };
    let units = u32::try_from(units).ok()?;
    (SMALLEST_RUPIAH..=MOST_RUPIAH).contains(&units).then_some((units, behind))
}

/// A number and the word behind it.
fn counted(rest: &[Token]) -> Option<(&str, &str, &[Token])> {
    match rest {
        [Token::Number(number), Token::Word(word), behind @ ..] => Some((number, word, behind)),
        _ => None,
    }
}

/// MB below a thousand and GB from one on: what is written in the other unit may be counted by 1000 or by 1024.
fn quota(number: &str, word: &str) -> Option<Quota> {
    match word {
        "mb" => plain(number, 999).map(Quota::Mb),
        "gb" => {
            let (whole, tenth) = number.split_once(['.', ',']).unwrap_or((number, "0"));
            let tenth = if tenth.len() == 1 { tenth.parse::<u16>().ok()? } else { return None };
            Some(Quota::TenthsOfGb(plain(whole, 999)? * TENTHS + tenth))
        }
        _ => None,
    }
}

fn days(number: &str, word: &str) -> Option<u16> {
    let days = plain(number, MOST_DAYS)?;
    match word {
        "hari" | "day" | "days" => Some(days),
        // `24hr` are hours somewhere.
        "hr" | "d" if days != 24 => Some(days),
        _ => None,
    }
}

/// A number from 1 on, without any sign in it.
fn plain(number: &str, most: u16) -> Option<u16> {
    let read = number.parse::<u16>().ok().filter(|n| (1..=most).contains(n))?;
    (read.to_string() == number).then_some(read)
}

/// `86 Diamonds`, or `86 Diamonds (78 + 8 Bonus)` where the sum is right.
fn units_at(rest: &[Token]) -> Option<(u32, &'static Unit, &[Token])> {
    let (amount, behind) = amount_at(rest)?;
    let (unit, behind) = unit_at(behind)?;
    let Some((first, behind_first)) = amount_at(behind) else { return Some((amount, unit, behind)) };
    let skip = |rest| unit_at(rest).filter(|(own, _)| *own == unit).map_or(rest, |(_, behind)| behind);
    let (Token::Plus, second) = skip(behind_first).split_first()? else { return None };
    let (second, behind) = amount_at(second)?;
    let (word, behind) = skip(behind).split_first()?;
    (word.is("bonus") && first.checked_add(second) == Some(amount)).then_some((amount, unit, behind))
}

fn amount_at(rest: &[Token]) -> Option<(u32, &[Token])> {
    let (Token::Number(number), behind) = rest.split_first()? else { return None };
    Some((u32::try_from(rupiah::units(number)?).ok()?, behind))
}

fn unit_at(rest: &[Token]) -> Option<(&'static Unit, &[Token])> {
    let units = GAMES.iter().flat_map(|game| game.units);
    let (length, unit) =
        units.filter_map(|unit| Some((longest(unit.aliases, rest)?, unit))).max_by_key(|(length, _)| *length)?;
    Some((unit, rest.get(length..)?))
}
