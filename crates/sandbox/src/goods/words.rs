//! Numbers as Indonesians write them. Pure.

/// `1.250.000`
pub fn dotted(rupiah: i64) -> String {
    let digits = rupiah.unsigned_abs().to_string();
    let mut text = if rupiah < 0 { "-".to_owned() } else { String::new() };
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_stands_before_every_three_digits() {
        for (rupiah, text) in
            [(0, "0"), (999, "999"), (1_000, "1.000"), (10_881, "10.881"), (1_250_000, "1.250.000"), (-5_000, "-5.000")]
        {
            assert_eq!(dotted(rupiah), text);
        }
    }
}
