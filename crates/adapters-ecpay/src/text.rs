//! Texts for ECPay's page, made of what its form and its firewall let through. Not here: any other field.

/// `ItemName` takes 400, and what is cut at ECPay's side breaks the signature inside a character. Half of that, counted
/// in bytes, is on the safe side of every way to count.
const LONGEST_BYTES: usize = 199;
/// The firewall before ECPay takes words of a command line for an attack and refuses the order (code 10400011). Six are
/// known, the others are of their kind.
const FIREWALL_WORDS: &[&str] =
    &["bash", "cmd", "curl", "echo", "python", "wget", "chmod", "netcat", "perl", "powershell", "sudo"];
/// When nothing of the names is left.
const NAMELESS: &str = "Order";

/// The goods as `ItemName`: cleaned, joined by `#`, cut between characters.
pub fn item_name(items: &[String]) -> String {
    let names: Vec<String> = items.iter().map(|item| clean(item)).filter(|name| !name.is_empty()).collect();
    let all = names.join("#");
    let cut = all.get(..all.floor_char_boundary(LONGEST_BYTES)).unwrap_or_default();
    match cut.trim_end_matches(['#', ' ']) {
        "" => NAMELESS.to_owned(),
        name => name.to_owned(),
    }
}

/// Letters, digits and harmless punctuation; everything else is a space, so also markup and the separators of a
/// query reply. Words the firewall might mind are left out.
fn clean(text: &str) -> String {
    let plain: String = text.chars().map(|c| if is_harmless(c) { c } else { ' ' }).collect();
    plain.split_whitespace().filter(|word| !alarms(word)).collect::<Vec<_>>().join(" ")
}

fn is_harmless(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '.' | ',' | '(' | ')')
}

/// `curl-7` alarms, `curly` does not.
fn alarms(word: &str) -> bool {
    let word = word.to_lowercase();
    word.split(|c: char| !c.is_alphanumeric()).any(|part| FIREWALL_WORDS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(items: &[&str]) -> String {
        item_name(&items.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn goods_are_joined_by_a_hash() {
        assert_eq!(name(&["Telkomsel 10.000", "PLN token (20.000)"]), "Telkomsel 10.000#PLN token (20.000)");
        assert_eq!(name(&["儲值卡"]), "儲值卡");
    }

    #[test]
    fn markup_separators_and_alarming_words_go() {
        assert_eq!(name(&["<b>Pulsa</b> & data=5GB #1 'x' 100%25"]), "b Pulsa b data 5GB 1 x 100 25");
        assert_eq!(name(&["Echo dot, run CURL now", "a;b|c`d`"]), "dot, run now#a b c d");
        assert_eq!(name(&["Curly (bash-5.2) shipping", "(CMD)"]), "Curly shipping");
        assert_eq!(name(&["bash", "<>"]), "Order");
        assert_eq!(name(&[]), "Order");
    }

    #[test]
    fn a_long_list_is_cut_between_characters() {
        let long = name(&[&"儲".repeat(300)]);
        assert_eq!(long, "儲".repeat(66));
        let full = "x".repeat(198);
        assert_eq!(name(&[&full, "y"]), full, "no `#` stays at the end");
    }

    proptest! {
        #[test]
        fn no_name_breaks_the_form(items in prop::collection::vec(".{0,120}", 0..6)) {
            let name = item_name(&items);
            prop_assert!(!name.is_empty() && name.len() <= LONGEST_BYTES);
            prop_assert!(!name.contains(['&', '=', '<', '>', '%', '"', '\'', ';', '|', '`', '+']));
        }
    }
}
