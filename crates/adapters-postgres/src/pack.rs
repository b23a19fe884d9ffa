//! Texts nobody searches for, packed: what was said to providers and by them, an order's terms, kept answers. PostgreSQL itself
//! packs no row below 2 KB, and most of what an order writes is texts of some hundred bytes that say nearly the same each time.
//! So LZ4 is told beforehand what they look like. Not here: which columns hold such texts.
//!
//! A packed text is the number of the list of known texts it was made with (one byte), its length in bytes (four, least first)
//! and one LZ4 block; or the number 0, the length, and the text itself. A list never changes once it was used: another one gets
//! another number, every program can read it one release before the first one writes it, and the old one stays.

use lz4_flex::block::{compress_with_dict, decompress_with_dict};

/// What such texts look like; the more often a text comes, the later it stands. Any text is packed right, a known one best.
const KNOWN: &[u8] = include_bytes!("pack/known_1.txt");
const KNOWN_NO: u8 = 1;
/// The text as it is.
const PLAIN_NO: u8 = 0;
/// No stored text comes near: bodies are cut at 32 KB before they are kept, and masking cannot multiply them by this.
const TEXT_LIMIT: usize = 1 << 20;

/// `None`: longer than any text of ours. The column is then left empty, and the database takes no row with an empty one.
pub(crate) fn pack(text: &str) -> Option<Vec<u8>> {
    let length = u32::try_from(text.len()).ok().filter(|_| text.len() <= TEXT_LIMIT)?;
    let numbered = |no: u8, body: &[u8]| [&[no], length.to_le_bytes().as_slice(), body].concat();
    let packed = numbered(KNOWN_NO, &compress_with_dict(text.as_bytes(), KNOWN));
    // An order whose terms could not be read again would be lost to its customer, so nothing is believed.
    Some(if unpack(&packed).as_deref() == Some(text) { packed } else { numbered(PLAIN_NO, text.as_bytes()) })
}

/// The text that was packed. `None`: these bytes are none.
pub fn unpack(packed: &[u8]) -> Option<String> {
    let (no, rest) = packed.split_first()?;
    let (length, block) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= TEXT_LIMIT)?;
    let text = match *no {
        KNOWN_NO => decompress_with_dict(block, length, KNOWN).ok()?,
        PLAIN_NO => block.to_vec(),
        _ => return None,
    };
    String::from_utf8(text).ok().filter(|text| text.len() == length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "POST https://prepaid.iak.id/api/check-status\ncontent-type: application/json\n\n\
                        {\"ref_id\":\"UIBJYBVXBL26VL3QDKB4\",\"sign\":\"***\",\"username\":\"***\"}";

    #[test]
    fn every_text_comes_back_as_it_was() {
        let long = "long ".repeat(6_000);
        let noise: String =
            (0..5_000_u32).map(|n| char::from_u32(n.wrapping_mul(2_654_435_761) >> 16).unwrap_or('x')).collect();
        for text in ["", "x", CALL, "nul \0 and \u{6f22}\u{5b57}", &long, &noise] {
            assert_eq!(unpack(&pack(text).unwrap()).as_deref(), Some(text));
        }
        assert_eq!(pack(&"x".repeat(TEXT_LIMIT + 1)), None);
    }

    #[test]
    fn what_is_said_each_time_is_a_third() {
        let packed = pack(CALL).unwrap();
        assert!(packed.len() * 3 <= CALL.len() + 60, "{} of {} bytes", packed.len(), CALL.len());
    }

    #[test]
    fn what_was_never_packed_is_no_text() {
        let packed = pack(CALL).unwrap();
        let (_, cut) = packed.split_last().unwrap();
        assert_eq!(unpack(&[0, 2, 0, 0, 0, b'o', b'k']).as_deref(), Some("ok"), "a plain one is read, too");
        for bad in [
            &[] as &[u8],
            &[1],
            &[0, 3, 0, 0, 0, b'o', b'k'],
            &[2, 0, 0, 0, 0],
            &[1, 255, 255, 255, 255, 0],
            cut,
            CALL.as_bytes(),
        ] {
            assert_eq!(unpack(bad), None, "{bad:?}");
        }
        for at in 0..packed.len() {
            let mut bent = packed.clone();
            bent[at] ^= 0x55;
            let _never_a_panic = unpack(&bent);
        }
    }

    #[test]
    fn the_known_texts_are_those_that_stored_rows_were_packed_with() {
        let mut sum = 0_u32;
        KNOWN.iter().for_each(|byte| sum = sum.rotate_left(5) ^ u32::from(*byte));
        assert_eq!(
            (KNOWN.len(), sum),
            (2951, 4_005_553_526),
            "another list needs another number, and this one must stay"
        );
    }
}
