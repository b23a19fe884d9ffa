//! Pulsa IF's requests (OtomaX family; price list specified by us): everything is a GET with a query. A purchase and a check of
//! it differ by one field, so they are made by two functions into two types: whoever asks cannot buy by forgetting it.

use form_urlencoded::Serializer;

use crate::config::Config;
use crate::sign;

/// What is bought or asked about.
#[derive(Clone, Copy)]
pub struct Trx<'a> {
    pub product: &'a str,
    pub dest: &'a str,
    pub reference: &'a str,
}

/// An address that buys when it is called.
pub struct BuyUrl(String);

/// An address that only asks.
pub struct AskUrl(String);

impl BuyUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AskUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Buys, once per call.
pub fn buy(config: &Config, trx: &Trx<'_>) -> BuyUrl {
    BuyUrl(url(config, "trx", &trx_fields(config, trx, &sign::trx(config, trx))))
}

/// Asks what became of a purchase.
pub fn check(config: &Config, trx: &Trx<'_>) -> AskUrl {
    let sign = sign::trx(config, trx);
    let mut fields = trx_fields(config, trx, &sign);
    fields.push(("check", "1"));
    AskUrl(url(config, "trx", &fields))
}

pub fn balance(config: &Config) -> AskUrl {
    AskUrl(url(config, "balance", &[("memberID", &config.member), ("sign", &sign::balance(config))]))
}

pub fn price_list(config: &Config) -> AskUrl {
    AskUrl(url(config, "pricelist", &[("memberID", &config.member), ("sign", &sign::price_list(config))]))
}

fn trx_fields<'a>(config: &'a Config, trx: &Trx<'a>, sign: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("product", trx.product),
        ("qty", "1"),
        ("dest", trx.dest),
        ("refID", trx.reference),
        ("memberID", &config.member),
        ("sign", sign),
    ]
}

fn url(config: &Config, path: &str, fields: &[(&str, &str)]) -> String {
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{}/{path}?{query}", config.base_url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::tests::settings;

    fn config() -> Config {
        Config::read(&settings(&[])).unwrap()
    }

    #[test]
    fn requests_carry_exactly_the_documented_fields() {
        let s10 = Trx { product: "S10", dest: "081234567890", reference: "R1" };
        let bought = "https://otomax.example/api/trx?product=S10&qty=1&dest=081234567890&refID=R1&memberID=TW0001&sign=VXKwiIamR3mAQf4RNs0hthOKVOo";
        assert_eq!(buy(&config(), &s10).as_str(), bought);
        assert_eq!(check(&config(), &s10).as_str(), format!("{bought}&check=1"));
        let base = "https://otomax.example/api";
        assert_eq!(
            balance(&config()).as_str(),
            format!("{base}/balance?memberID=TW0001&sign=Lbbz1gV_CigDXX3H-7kPcek9yzc")
        );
        assert_eq!(
            price_list(&config()).as_str(),
            format!("{base}/pricelist?memberID=TW0001&sign=cIbac2wENEr0JDaTh6c1xGQ3JTs")
        );
    }

    proptest! {
        #[test]
        fn whatever_is_asked_about_a_question_has_its_flag_and_a_number_stays_one_field(
            product in "\\PC{0,8}", dest in "\\PC{0,20}", reference in "[A-Z2-7]{20}C?"
        ) {
            let trx = Trx { product: &product, dest: &dest, reference: &reference };
            let fields = |url: &str| -> Vec<(String, String)> {
                let query = url.split_once('?').unwrap().1.to_owned();
                form_urlencoded::parse(query.as_bytes()).into_owned().collect()
            };
            let asked = fields(check(&config(), &trx).as_str());
            let bought = fields(buy(&config(), &trx).as_str());
            prop_assert_eq!(asked.last().cloned(), Some(("check".to_owned(), "1".to_owned())));
            prop_assert_eq!(&asked[..asked.len() - 1], &bought[..]);
            prop_assert_eq!(bought.len(), 6);
            prop_assert_eq!(&bought[2].1, &dest);
        }
    }
}
