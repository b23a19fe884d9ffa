//! The codes of goods, in each supplier's style: as its documents show them, or as the trade writes them. Pure.

use super::catalogue::{Amount, Goods, Kind};
use crate::faults::Provider;

/// A supplier's code. `provider` is the number behind the code of an article at Lapak.
pub fn code(seller: Provider, goods: &Goods, provider: u64) -> String {
    match seller {
        Provider::Iak => iak(goods),
        Provider::Lapak => format!("{}-S{provider}", lapak(goods)),
        Provider::Redision => short(goods, "-", false).to_uppercase(),
        Provider::Billfazz => billfazz(goods),
        Provider::Pulsaif => format!("{}{}", bill(goods, "BYR"), short(goods, "", true).to_uppercase()),
        Provider::Digiflazz => short(goods, "-", true).to_lowercase(),
        Provider::Ecpay => String::new(),
    }
}

fn iak(goods: &Goods) -> String {
    let brand = goods.brand.replace('_', "");
    match (goods.kind, goods.amount) {
        (Kind::Airtime, Amount::Rupiah(nominal)) if brand == "xl" => format!("xld{nominal}"),
        (Kind::Voucher, Amount::Rupiah(nominal)) if brand == "alfamart" || brand == "indomaret" => {
            format!("{brand}{}", nominal / 1_000)
        }
        (Kind::Voucher, Amount::Rupiah(nominal)) => format!("h{brand}{}", nominal / 1_000),
        (_, Amount::Quota { gb, days }) => format!("h{brand}data{gb}gb{days}d"),
        (_, Amount::Package(words)) => format!("h{brand}data{}", letters(words).to_lowercase()),
        (_, Amount::Rupiah(amount) | Amount::Units(amount, _)) => format!("h{brand}{amount}"),
        (Kind::PlnBill, Amount::Owed) => "PLNPOSTPAID".to_owned(),
        (Kind::Bpjs, Amount::Owed) => "BPJS".to_owned(),
        (Kind::Pdam, Amount::Owed) => {
            format!("PDAM{}", goods.name.replacen(' ', ".", 1).replace(' ', "").to_uppercase())
        }
        (_, Amount::Owed) if brand == "indihome" => "TELKOMPSTN".to_owned(),
        (_, Amount::Owed) => brand.to_uppercase(),
    }
}

/// `TLKM5` and `BPJSKS` are seen in public client code.
fn billfazz(goods: &Goods) -> String {
    if goods.kind == Kind::Bpjs {
        return "BPJSKS".to_owned();
    }
    let code = format!("{}{}", bill(goods, "PASCA"), short(goods, "", true).to_uppercase());
    code.strip_prefix("TSEL").map_or_else(|| code.clone(), |rest| format!("TLKM{rest}"))
}

fn lapak(goods: &Goods) -> String {
    let brand = if goods.brand == "mobile_legend" { "ML".to_owned() } else { letters(goods.brand).to_uppercase() };
    match goods.amount {
        // Two that its documents show: with a bonus of 8, and 330 of Garena's own money.
        Amount::Units(86, _) if brand == "ML" => "ML78_8".to_owned(),
        Amount::Rupiah(100_000) if brand == "GARENA" => "VCGS330".to_owned(),
        Amount::Rupiah(nominal) if goods.kind == Kind::Airtime => format!("{brand}{}", nominal / 1_000),
        Amount::Rupiah(nominal) => format!("VC{brand}{}", nominal / 1_000),
        Amount::Units(count, _) => format!("{brand}{count}"),
        Amount::Quota { gb, days } => format!("{brand}{gb}GB{days}D"),
        Amount::Package(words) => format!("{brand}{}", letters(words).to_uppercase()),
        Amount::Owed => brand,
    }
}

/// The owner's short name and the amount, `between` them: in thousands, where that is the custom.
fn short(goods: &Goods, between: &str, in_thousands: bool) -> String {
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
fn bill(goods: &Goods, word: &str) -> String {
    match goods.kind {
        Kind::Pdam => format!("{word}PDAM"),
        kind if kind.is_bill() => word.to_owned(),
        _ => String::new(),
    }
}

fn letters(words: &str) -> String {
    words.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::all;
    use super::*;

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
            assert_eq!(code(seller, goods, 2), expected);
        }
    }
}
