//! IAK's codes of games (IAK docs, "game code"), by the brand of our catalogue. A game that is missing here is sold without a
//! check.

/// Brands as lower-case words, and IAK's code.
const GAMES: &[(&str, &str)] = &[
    ("mobile-legend", "103"),
    ("mobile-legends", "103"),
    ("mobile-legends-bang-bang", "103"),
    ("ragnarok", "127"),
    ("ragnarok-m-eternal-love", "127"),
    ("point-blank", "130"),
    ("free-fire", "135"),
    ("garena-free-fire", "135"),
    ("speed-drifters", "136"),
    ("aov", "139"),
    ("arena-of-valor", "139"),
    ("bleach", "140"),
    ("bleach-mobile-3d", "140"),
    ("era-of-celestials", "141"),
    ("dragon-nest", "142"),
    ("dragon-nest-m", "142"),
    ("call-of-duty-mobile", "146"),
    ("cod-mobile", "146"),
    ("marvel-super-war", "150"),
    ("light-of-thel", "152"),
    ("lords-mobile", "153"),
    ("lifeafter", "154"),
    ("life-after", "154"),
    ("genshin-impact", "172"),
    ("wild-rift", "176"),
    ("league-of-legends-wild-rift", "176"),
];

/// The code of a brand, however it is written.
pub fn code(brand: &str) -> Option<&'static str> {
    let word = adapters_kit::slug(brand);
    GAMES.iter().find(|(name, _)| *name == word).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_known_in_any_writing() {
        for brand in ["Mobile Legends", "mobile-legends", "MOBILE  LEGENDS: Bang Bang", "Mobile Legend"] {
            assert_eq!(code(brand), Some("103"), "{brand}");
        }
        for unknown in ["", "Steam Wallet", "103", "моbile legends"] {
            assert_eq!(code(unknown), None, "{unknown}");
        }
    }
}
