//! Masks the rest of a line behind a marker, for protocols of plain text, whose serial is in no field.

use super::MASK;

/// `SN: value` becomes `SN: ***`.
pub fn mask(markers: &[&str], text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = markers.iter().filter_map(|marker| spelled(marker, rest)).max();
        let Some((length, encoded)) = found else {
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        };
        let (marker, value) = rest.split_at(length);
        out.push_str(marker);
        out.push_str(MASK);
        let is_end = |c: char| matches!(c, '\r' | '\n') || (encoded && c == '&');
        rest = value.find(is_end).map_or("", |end| value.split_at(end).1);
    }
    out
}

/// The length of what a marker is spelled like at the start of this text, and whether it stands in a query there.
fn spelled(marker: &str, text: &str) -> Option<(usize, bool)> {
    let (mut rest, mut encoded) = (text.as_bytes(), false);
    for wanted in marker.bytes() {
        let (byte, behind) = match rest {
            [b'%', high, low, behind @ ..] => (hex_byte(*high, *low)?, behind),
            [b'+', behind @ ..] if wanted == b' ' => (b' ', behind),
            [byte, behind @ ..] => (*byte, behind),
            [] => return None,
        };
        if !byte.eq_ignore_ascii_case(&wanted) {
            return None;
        }
        encoded |= rest.first() != Some(&byte);
        rest = behind;
    }
    Some((text.len() - rest.len(), encoded))
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn serial(text: &str) -> String {
        mask(&["SN/Ref: ", "SN: "], text)
    }

    #[test]
    fn the_rest_of_the_line_is_masked() {
        assert_eq!(
            serial(
                "R#R1 S10.0812 SUKSES. SN/Ref: 0123-4567/PT SUKSES. Hrg 1/33.7. Hrg 10.345. Saldo 5\r\nsn: 77\nnext"
            ),
            "R#R1 S10.0812 SUKSES. SN/Ref: ***\r\nsn: ***\nnext"
        );
        assert_eq!(serial("SUKSES. SN: "), "SUKSES. SN: ***");
        assert_eq!(serial("SUKSES. Saldo 5"), "SUKSES. Saldo 5");
    }

    #[test]
    fn in_a_query_a_marker_is_known_however_it_is_encoded_and_the_next_field_stays() {
        for spelled in ["SN%2FRef%3A+", "sn%2fref%3a%20", "SN/Ref:%20", "SN/Ref:+"] {
            let kept = serial(&format!("t=7&message=SUKSES.+{spelled}0123%2F4567&status=20"));
            assert_eq!(kept, format!("t=7&message=SUKSES.+{spelled}***&status=20"));
        }
    }

    #[test]
    fn what_only_looks_like_an_escape_ends_nothing() {
        for odd in ["SN%2", "SN%", "SN%zz", "SN%\u{e9}", "%", "\u{e9}SN"] {
            assert_eq!(serial(odd), odd);
        }
        assert_eq!(serial("\u{e9} SN: \u{e9}"), "\u{e9} SN: ***");
    }

    proptest! {
        #[test]
        fn nothing_behind_a_marker_stays_and_everything_before_it_does(before in "[a-z .&=\u{e9}]{0,12}", value in "[^\r\n]{1,20}") {
            let kept = serial(&format!("{before}SN: {value}\nend"));
            prop_assert_eq!(kept, format!("{before}SN: ***\nend"));
        }
    }
}
