//! BillFazz's `/prepaid/info`: whose meter or wallet a number is. The call was seen in public client code, its words for what is
//! asked and the field of the answer are specified by us. A reply that is not whole, not about the number asked for, or not
//! documented says nothing, above all not that a number is wrong.

use adapters_kit::{SHOWN_LIMIT, filled, is_line, naming, word};
use domain::Private;
use domain::catalogue::Category;
use domain::fulfilment::Cause;
use ports::inquiry::{Finding, Inquiry, Meter};
use ports::supplier::ReadFailed;

use crate::codes::Meaning;
use crate::error::Doubt;
use crate::map;
use crate::wire::{self, Info};

/// Whom it asks about, and BillFazz's word for what that is. Nothing: it has no such question.
pub fn question(inquiry: &Inquiry) -> Option<(&Private, &'static str)> {
    match inquiry {
        Inquiry::PlnMeter { number } => Some((number, "pln")),
        Inquiry::EWallet { brand, number } => Some((number, naming::brand(Category::EMoney, brand)?.slug)),
        Inquiry::GamePlayer { .. }
        | Inquiry::GameServers { .. }
        | Inquiry::GameFormat { .. }
        | Inquiry::Operator { .. } => None,
    }
}

/// What a whole reply says.
pub fn read(inquiry: &Inquiry, http: u16, body: &[u8]) -> Result<Finding, ReadFailed> {
    if matches!(http, 200 | 201) {
        return wire::content::<Info>(body).and_then(|info| found(inquiry, &info)).map_err(unavailable);
    }
    let (meaning, refusal) = map::error(http, body).map_err(unavailable)?;
    let code = word(&refusal.code);
    match meaning {
        Meaning::WrongNumber => Ok(Finding::NoSuchTarget),
        Meaning::TurnedAway(Cause::Supplier) if http == 404 => Ok(Finding::NotOffered),
        Meaning::TurnedAway(Cause::Account) => Err(ReadFailed::Unauthorised(code)),
        Meaning::TurnedAway(Cause::Busy) => Err(ReadFailed::Busy(code)),
        _ => Err(ReadFailed::Unavailable(code)),
    }
}

fn found(inquiry: &Inquiry, info: &Info) -> Result<Finding, Doubt> {
    // A number that came as a JSON number has lost its zeros.
    let bare = |number: &str| number.trim_start_matches('0').to_owned();
    let named = filled(info.destination_no.as_ref());
    let ours = inquiry.target().is_some_and(|asked| named.is_none_or(|named| bare(&named) == bare(asked.expose())));
    if !ours {
        return Err(Doubt::OtherTarget);
    }
    let name = match (filled(info.customer_name.as_ref()), filled(info.name.as_ref())) {
        (Some(one), Some(other)) if one != other => return Err(Doubt::Contradiction("the name".to_owned())),
        (one, other) => one.or(other),
    };
    let name = name.filter(|name| is_line(name, SHOWN_LIMIT)).map(Private::new).ok_or(Doubt::Unreadable)?;
    Ok(match inquiry {
        Inquiry::PlnMeter { .. } => Finding::Meter(Meter { name, meter: None, subscriber: None, segment: None }),
        _ => Finding::Name(name),
    })
}

fn unavailable(doubt: Doubt) -> ReadFailed {
    ReadFailed::Unavailable(doubt.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn meter() -> Inquiry {
        Inquiry::PlnMeter { number: Private::new("12345678901") }
    }

    fn wallet(brand: &str) -> Inquiry {
        Inquiry::EWallet { brand: brand.to_owned(), number: Private::new("082179374708") }
    }

    fn told(inquiry: &Inquiry, body: &Value) -> Result<Finding, ReadFailed> {
        read(inquiry, 200, body.to_string().as_bytes())
    }

    #[test]
    fn meters_and_wallets_are_asked_about_and_nothing_else() {
        let word = |inquiry: &Inquiry| question(inquiry).map(|(_, word)| word);
        assert_eq!(word(&meter()), Some("pln"));
        assert_eq!(word(&wallet("OVO")), Some("ovo"));
        assert_eq!(word(&wallet("GO-PAY")), Some("gopay"));
        assert_eq!(word(&wallet("Steam")), None);
        assert_eq!(word(&Inquiry::Operator { number: Private::new("081234567890") }), None);
        assert_eq!(word(&Inquiry::GameFormat { brand: "Mobile Legends".into() }), None);
    }

    #[test]
    fn a_name_is_read_in_every_place_it_may_stand_in() {
        let name = Private::new("BUDI SANTOSO");
        for body in [
            json!({"customerName": "BUDI SANTOSO", "destinationNo": "082179374708"}),
            json!({"name": "BUDI SANTOSO"}),
            json!({"data": {"customerName": "BUDI SANTOSO", "name": "BUDI SANTOSO"}}),
            json!({"data": {"name": " BUDI SANTOSO ", "destinationNo": 82_179_374_708_u64}}),
        ] {
            assert_eq!(told(&wallet("ovo"), &body), Ok(Finding::Name(name.clone())), "{body}");
        }
        let found = Meter { name, meter: None, subscriber: None, segment: None };
        assert_eq!(told(&meter(), &json!({"customerName": "BUDI SANTOSO"})), Ok(Finding::Meter(found)));
    }

    #[test]
    fn what_is_not_whole_or_of_somebody_else_says_nothing() {
        for body in [
            json!({}),
            json!({"customerName": ""}),
            json!({"customerName": null}),
            json!({"customerName": ["BUDI"]}),
            json!({"customerName": "x".repeat(101)}),
            json!({"customerName": "two\nlines"}),
            json!({"customerName": "BUDI", "name": "SITI"}),
            json!({"customerName": "BUDI", "destinationNo": "12345678902"}),
            json!({"data": []}),
            json!([{"customerName": "BUDI"}]),
        ] {
            assert!(matches!(told(&meter(), &body), Err(ReadFailed::Unavailable(_))), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_say_nothing(http in any::<u16>(), body in any::<Vec<u8>>()) {
            let told = read(&meter(), http, &body);
            prop_assert!(matches!(told, Err(ReadFailed::Unavailable(_))), "{:?}", told);
        }

        #[test]
        fn any_name_is_read_without_panic(name in any::<String>(), other in any::<f64>()) {
            for body in [json!({"customerName": name}), json!({"name": other}), json!({"data": name})] {
                let told = told(&meter(), &body);
                prop_assert!(!matches!(told, Ok(Finding::NoSuchTarget)));
            }
        }
    }
}
