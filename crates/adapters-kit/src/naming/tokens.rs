//! A line's text as words, numbers and plus signs. What separates them is lost, so a sign that could change the meaning of
//! what stands beside it is no separator but a word nobody knows.

/// One piece of a text, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// ASCII letters.
    Word(String),
    /// Digits, with points and commas between them; not yet read as anything.
    Number(String),
    Plus,
    /// Letters of other scripts, and signs.
    Odd(char),
}

impl Token {
    /// Whether it is this word, or this number written without points.
    pub fn is(&self, text: &str) -> bool {
        matches!(self, Self::Word(own) | Self::Number(own) if own == text)
    }
}

/// Splits a text. Letters and digits that touch are two pieces: `3GB`, `Rp10.000`, `IM3`.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let digit_at = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let mut tokens: Vec<Token> = Vec::new();
    // Whether the piece before ends here.
    let mut cut = true;
    for (at, c) in chars.iter().enumerate() {
        let between_digits = digit_at(at.checked_sub(1)) && digit_at(Some(at + 1));
        let kind = match c {
            'a'..='z' | 'A'..='Z' => Kind::Letter,
            '0'..='9' => Kind::Digit,
            '.' | ',' if between_digits => Kind::Digit,
            '+' => Kind::Plus,
            '.' | ',' | '/' | '(' | ')' | '[' | ']' | ':' | ';' | '|' | '_' | '-' => Kind::Between,
            c if c.is_whitespace() => Kind::Between,
            _ => Kind::Odd,
        };
        match (kind, tokens.last_mut()) {
            (Kind::Letter, Some(Token::Word(word))) if !cut => word.push(c.to_ascii_lowercase()),
            (Kind::Digit, Some(Token::Number(number))) if !cut => number.push(*c),
            (Kind::Letter, _) => tokens.push(Token::Word(c.to_ascii_lowercase().to_string())),
            (Kind::Digit, _) => tokens.push(Token::Number(c.to_string())),
            (Kind::Plus, _) => tokens.push(Token::Plus),
            (Kind::Odd, _) => tokens.push(Token::Odd(*c)),
            (Kind::Between, _) => {}
        }
        cut = kind == Kind::Between;
    }
    tokens
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Plus,
    Odd,
    Between,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let shown = |token| match token {
            Token::Word(word) => word,
            Token::Number(number) => format!("#{number}"),
            Token::Plus => "+".to_owned(),
            Token::Odd(c) => format!("?{c}"),
        };
        tokens(text).into_iter().map(shown).collect()
    }

    #[test]
    fn letters_and_digits_part_and_points_stay_inside_numbers() {
        assert_eq!(split("3GB/30hr"), ["#3", "gb", "#30", "hr"]);
        assert_eq!(split("Rp10.000,- (by.U)"), ["rp", "#10.000", "by", "u"]);
        assert_eq!(split("LinkAja Rp 10.000. - Admin"), ["linkaja", "rp", "#10.000", "admin"]);
        assert_eq!(split("1,5 GB telkomsel_data"), ["#1,5", "gb", "telkomsel", "data"]);
        assert_eq!(split("1454 Diamonds ( 1288 + 166 Bonus )"), ["#1454", "diamonds", "#1288", "+", "#166", "bonus"]);
    }

    #[test]
    fn signs_and_other_scripts_are_not_lost() {
        assert_eq!(split("\u{445}l 3GB"), ["?\u{445}", "l", "#3", "gb"]);
        assert_eq!(split("50% K&V *"), ["#50", "?%", "k", "?&", "v", "?*"]);
        assert_eq!(split("\u{661}0"), ["?\u{661}", "#0"]);
    }

    #[test]
    fn nothing_says_nothing() {
        assert!(split("").is_empty() && split(" - / .,").is_empty());
    }
}
