//! How the trade writes the codes of goods; which way is a supplier's own, it says itself. Pure.

use super::catalogue::{Amount, Goods, Kind};

/// The owner's short name and the amount, `between` them: in thousands, where that is the custom.
pub fn short(goods: &Goods, between: &str, in_thousands: bool) -> String {
    let brand = match (goods.kind, goods.brand) {
        (Kind::Pdam, _) => letters(goods.name),
        (_, "telkomsel") => "tsel".to_owned(),
        (_, "indosat") => "isat".to_owned(),
        (_, "three") => "tri".to_owned(),
        (_, brand) => letters(brand),
    };
    match goods.amount {
        Amount::Rupiah(nominal) if in_thousands => format!("{brand}{between}{}", nominal / 1_000),
        Amount::Rupiah(nominal) => format!("{brand}{between}{nominal}"),
        Amount::Quota { gb, days } => format!("{brand}{between}d{gb}gb{between}{days}d"),
        Amount::Package(words) => format!("{brand}{between}p{}", letters(words)),
        Amount::Units(count, _) => format!("{brand}{between}{count}"),
        Amount::Owed => brand,
    }
}

/// What stands before the code of a bill.
pub fn bill(goods: &Goods, word: &str) -> String {
    match goods.kind {
        Kind::Pdam => format!("{word}PDAM"),
        kind if kind.is_bill() => word.to_owned(),
        _ => String::new(),
    }
}

pub fn letters(words: &str) -> String {
    words.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::all;
    use crate::suppliers::Provider;

    #[test]
    fn each_supplier_has_its_style() {
        let goods = |id: &str| all().iter().find(|goods| goods.id() == id).unwrap_or_else(|| panic!("no {id}"));
        let airtime = goods("airtime/telkomsel/10000");
        let data = goods("data/xl/3gb/30d");
        let legends = goods("game/mobile_legend/12 Diamonds");
        let water = goods("pdam/Kota Surabaya");
        for (seller, goods, expected) in [
            (Provider::Iak, airtime, "htelkomsel10000"),
            (Provider::Iak, data, "hxldata3gb30d"),
            (Provider::Iak, water, "PDAMKOTA.SURABAYA"),
            (Provider::Billfazz, airtime, "TLKM10"),
            (Provider::Billfazz, goods("bpjs/bpjs"), "BPJSKS"),
            (Provider::Billfazz, water, "PASCAPDAMKOTASURABAYA"),
            (Provider::Redision, data, "XL-D3GB-30D"),
            (Provider::Redision, airtime, "TSEL-10000"),
            (Provider::Lapak, legends, "ML12-S2"),
            (Provider::Pulsaif, airtime, "TSEL10"),
            (Provider::Pulsaif, water, "BYRPDAMKOTASURABAYA"),
            (Provider::Digiflazz, data, "xl-d3gb-30d"),
        ] {
            assert_eq!(crate::suppliers::seller(seller).unwrap().code(goods, 2), expected);
        }
    }
}
