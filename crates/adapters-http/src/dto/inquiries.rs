//! An inquiry and its answer. Both are about people: neither has a Debug.

use chrono::{DateTime, Utc};
use domain::{Private, ProductId};
use engine::{AskBill, Billed};
use ports::inquiry::{Finding, Inquiry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::bills::BillView;
use super::{Line, MoneyDto};
use crate::problem::Problem;

/// What to ask. Each kind takes some of the fields and refuses the others.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InquiryBody {
    pub kind: InquiryKind,
    /// The meter, phone number or player's id. Not for `game_servers` and `game_format`.
    #[schema(value_type = Option<String>, max_length = 64)]
    pub target: Option<Line<64>>,
    /// The `brand` of the wallet's or game's products. Not for `pln_meter` and `operator`.
    #[schema(value_type = Option<String>, max_length = 60, example = "Mobile Legends")]
    pub brand: Option<Line<60>>,
    /// A player's server or zone, for `game_player`: put behind the id with a `|`.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub server: Option<Line<40>>,
    /// A bill's, for `bill`.
    #[schema(value_type = Option<String>, example = "pln-bill")]
    pub product: Option<ProductId>,
    /// How many months of BPJS to pay, 1 to 12, for `bill`; one if absent.
    pub months: Option<u8>,
}

/// What is asked.
pub enum Asked {
    Inquiry(Inquiry),
    Bill(AskBill),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InquiryKind {
    /// Whose electricity meter.
    PlnMeter,
    /// Whose wallet.
    EWallet,
    /// Which player.
    GamePlayer,
    /// The servers of a game.
    GameServers,
    /// The parts of a player's id.
    GameFormat,
    /// Which operator serves a number.
    Operator,
    /// What is owed, so that it can be ordered.
    Bill,
}

impl InquiryBody {
    pub fn into_asked(self) -> Result<Asked, Problem> {
        let Self { kind, target, brand, server, product, months } = self;
        if kind != InquiryKind::Bill {
            refuse([("product", product.is_some()), ("months", months.is_some())])?;
        }
        Ok(Asked::Inquiry(match kind {
            InquiryKind::Bill => {
                refuse([("brand", brand.is_some()), ("server", server.is_some())])?;
                let product = product.ok_or_else(|| missing("product"))?;
                return Ok(Asked::Bill(AskBill { product, target: private(target)?, months }));
            }
            InquiryKind::PlnMeter => {
                refuse([("brand", brand.is_some()), ("server", server.is_some())])?;
                Inquiry::PlnMeter { number: private(target)? }
            }
            InquiryKind::EWallet => {
                refuse([("server", server.is_some())])?;
                Inquiry::EWallet { brand: needed("brand", brand)?, number: private(target)? }
            }
            InquiryKind::GamePlayer => {
                let mut id = needed("target", target)?;
                if let Some(server) = server {
                    id = format!("{id}|{}", server.as_str());
                }
                Inquiry::GamePlayer { brand: needed("brand", brand)?, id: Private::new(id) }
            }
            InquiryKind::GameServers => {
                refuse([("target", target.is_some()), ("server", server.is_some())])?;
                Inquiry::GameServers { brand: needed("brand", brand)? }
            }
            InquiryKind::GameFormat => {
                refuse([("target", target.is_some()), ("server", server.is_some())])?;
                Inquiry::GameFormat { brand: needed("brand", brand)? }
            }
            InquiryKind::Operator => {
                refuse([("brand", brand.is_some()), ("server", server.is_some())])?;
                Inquiry::Operator { number: private(target)? }
            }
        }))
    }
}

fn needed<const MAX: usize>(field: &'static str, given: Option<Line<MAX>>) -> Result<String, Problem> {
    given.map(Line::into_string).ok_or_else(|| missing(field))
}

fn missing(field: &'static str) -> Problem {
    invalid(field, "required", "an inquiry of this kind needs it")
}

fn private(target: Option<Line<64>>) -> Result<Private, Problem> {
    needed("target", target).map(Private::new)
}

fn refuse<const N: usize>(fields: [(&'static str, bool); N]) -> Result<(), Problem> {
    match fields.into_iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(invalid(field, "unknown", "an inquiry of this kind does not take it")),
        None => Ok(()),
    }
}

fn invalid(field: &str, code: &str, words: &str) -> Problem {
    Problem::invalid("invalid_field", "A field cannot be taken").field(field, code, words)
}

/// What was found. Fields that the kind has not are absent, and those the supplier did not tell.
#[derive(Serialize, ToSchema)]
pub struct InquiryView {
    pub kind: &'static str,
    /// `found`; `no_such_target`: there is nobody of this number or id; `no_check_needed`: this game is bought without. Of a bill
    /// also `bill_paid`, `bill_not_yet` (the next one is not out) and `bill_not_payable` (only at the biller's).
    pub result: &'static str,
    /// As an order takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Of the meter's owner, the wallet's owner or the player, masked as far as their provider masks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
    /// The electricity customer's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscriber: Option<String>,
    /// Tariff and power of a meter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "R1 /000001300")]
    pub segment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "telkomsel")]
    pub operator: Option<String>,
    /// None: the player types it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servers: Option<Vec<ServerView>>,
    /// The parts of a player's id in their order, to be joined with `|`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["userid", "zoneid"]))]
    pub parts: Option<Vec<String>>,
    /// What is owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<BillView>,
    /// Of a bill: an order names it instead of a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub inquiry: Option<Uuid>,
    /// Of a bill: from then on ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Of a bill, bought alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<MoneyDto>,
}

#[derive(Serialize, ToSchema)]
pub struct ServerView {
    pub name: String,
    /// What goes into the player's id.
    pub value: String,
}

impl InquiryView {
    fn bare(kind: &'static str, result: &'static str, target: Option<&Private>) -> Self {
        Self {
            kind,
            result,
            target: target.map(|target| target.expose().to_owned()),
            name: None,
            meter: None,
            subscriber: None,
            segment: None,
            operator: None,
            servers: None,
            parts: None,
            bill: None,
            inquiry: None,
            expires_at: None,
            price: None,
        }
    }

    pub fn of_bill(billed: &Billed) -> Self {
        match billed {
            Billed::NotOwed { target, .. } => Self::bare("bill", billed.word(), Some(target)),
            Billed::Owed { inquiry, price } => Self {
                bill: Some((&inquiry.bill).into()),
                inquiry: Some(inquiry.id),
                expires_at: Some(inquiry.expires_at),
                price: Some((*price).into()),
                ..Self::bare("bill", billed.word(), Some(&inquiry.target))
            },
        }
    }

    pub fn new(inquiry: &Inquiry, finding: &Finding) -> Self {
        let shown = |text: &Private| text.expose().to_owned();
        let mut view = Self::bare(inquiry.kind(), finding.word(), inquiry.target());
        match finding {
            Finding::Meter(meter) => {
                view.name = Some(shown(&meter.name));
                view.meter = meter.meter.as_ref().map(shown);
                view.subscriber = meter.subscriber.as_ref().map(shown);
                view.segment = meter.segment.clone();
            }
            Finding::Name(name) => view.name = Some(shown(name)),
            Finding::Servers(servers) => {
                let server =
                    |s: &ports::inquiry::GameServer| ServerView { name: s.name.clone(), value: s.value.clone() };
                view.servers = Some(servers.iter().map(server).collect());
            }
            Finding::Format(parts) => view.parts = Some(parts.clone()),
            Finding::Operator(operator) => view.operator = Some(operator.clone()),
            Finding::NoSuchTarget | Finding::NoCheckNeeded | Finding::NotOffered => {}
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use ports::inquiry::{GameServer, Meter};
    use serde_json::{Value, json};

    use super::*;

    fn asked(body: Value) -> Result<Inquiry, String> {
        let body: InquiryBody = serde_json::from_value(body).map_err(|error| error.to_string())?;
        match body.into_asked() {
            Ok(Asked::Inquiry(inquiry)) => Ok(inquiry),
            Ok(Asked::Bill(AskBill { product, target, months })) => {
                Err(format!("{product} {} {months:?}", target.expose()))
            }
            Err(p) => Err(format!("{} {}={}", p.status.as_u16(), p.errors[0].field, p.errors[0].code)),
        }
    }

    #[test]
    fn a_bill_is_asked_about_by_its_product_and_number() {
        let whole = json!({"kind": "bill", "product": "bpjs-kesehatan", "target": "1", "months": 3});
        assert_eq!(asked(whole), Err("bpjs-kesehatan 1 Some(3)".to_owned()));
        let least = json!({"kind": "bill", "product": "pln-bill", "target": "1"});
        assert_eq!(asked(least), Err("pln-bill 1 None".to_owned()));
    }

    #[test]
    fn what_is_owed_is_told_with_the_id_an_order_takes_and_what_is_not_owed_with_why() {
        let idr = |units| domain::Money::from_units(units, domain::Currency::Idr).unwrap();
        let at = crate::testing::noon();
        let line = domain::BillLine { period: "202610".into(), amount: idr(300_000), penalty: idr(0) };
        let inquiry = ports::bills::BillInquiry {
            id: Uuid::from_u128(7),
            customer: crate::testing::CUSTOMER.parse().unwrap(),
            product: "pln-bill".parse().unwrap(),
            target: Private::new("530000000001"),
            bill: domain::Bill {
                holder: Private::new("BUDI"),
                lines: vec![line],
                debt: idr(300_000),
                admin: idr(2_500),
                count: 1,
                remaining: Some(0),
                months: None,
            },
            cost: idr(301_900),
            supplier: "iak".parse().unwrap(),
            asked_at: at,
            expires_at: at + chrono::TimeDelta::minutes(30),
        };
        let price = domain::Money::from_minor(64_100, domain::Currency::Twd);
        let told = |billed: &Billed| serde_json::to_value(InquiryView::of_bill(billed)).unwrap();
        let owed = told(&Billed::Owed { inquiry: Box::new(inquiry), price });
        let money = |amount: &str, currency: &str| json!({"amount": amount, "currency": currency});
        assert_eq!(
            owed,
            json!({"kind": "bill", "result": "found", "target": "530000000001",
                "inquiry": "00000000-0000-0000-0000-000000000007", "expires_at": "2026-11-21T12:30:00Z",
                "price": money("641.00", "TWD"),
                "bill": {"holder": "BUDI", "count": 1, "remaining": 0,
                    "debt": money("300000.00", "IDR"), "admin": money("2500.00", "IDR"),
                    "lines": [{"period": "202610", "amount": money("300000.00", "IDR"), "penalty": money("0.00", "IDR")}]}})
        );
        assert!(!owed.to_string().contains("301900"), "what it costs us is nobody's business");
        let paid = Billed::NotOwed { target: Private::new("530000000001"), why: ports::bill::NotOwed::Paid };
        assert_eq!(told(&paid), json!({"kind": "bill", "result": "bill_paid", "target": "530000000001"}));
    }

    #[test]
    fn each_kind_takes_its_fields_and_names_what_is_missing_or_too_much() {
        let number = Private::new("1");
        assert_eq!(
            asked(json!({"kind": "pln_meter", "target": "1"})),
            Ok(Inquiry::PlnMeter { number: number.clone() })
        );
        assert_eq!(asked(json!({"kind": "operator", "target": " 1 "})), Ok(Inquiry::Operator { number }));
        let player = |id: &str| Ok(Inquiry::GamePlayer { brand: "ML".into(), id: Private::new(id) });
        assert_eq!(asked(json!({"kind": "game_player", "brand": "ML", "target": "1|2"})), player("1|2"));
        assert_eq!(asked(json!({"kind": "game_player", "brand": "ML", "target": "1", "server": "2"})), player("1|2"));
        for (body, wrong) in [
            (json!({"kind": "pln_meter"}), "target=required"),
            (json!({"kind": "pln_meter", "target": "1", "brand": "PLN"}), "brand=unknown"),
            (json!({"kind": "e_wallet", "target": "1"}), "brand=required"),
            (json!({"kind": "e_wallet", "brand": "OVO"}), "target=required"),
            (json!({"kind": "e_wallet", "brand": "OVO", "target": "1", "server": "2"}), "server=unknown"),
            (json!({"kind": "game_player", "target": "1"}), "brand=required"),
            (json!({"kind": "game_player", "brand": "ML", "server": "2"}), "target=required"),
            (json!({"kind": "game_servers"}), "brand=required"),
            (json!({"kind": "game_servers", "brand": "ML", "target": "1"}), "target=unknown"),
            (json!({"kind": "game_format", "brand": "ML", "server": "1"}), "server=unknown"),
            (json!({"kind": "operator", "target": "1", "brand": "XL"}), "brand=unknown"),
            (json!({"kind": "operator", "target": "1", "product": "pln-bill"}), "product=unknown"),
            (json!({"kind": "pln_meter", "target": "1", "months": 1}), "months=unknown"),
            (json!({"kind": "bill", "target": "1"}), "product=required"),
            (json!({"kind": "bill", "product": "pln-bill"}), "target=required"),
            (json!({"kind": "bill", "product": "pln-bill", "target": "1", "brand": "PLN"}), "brand=unknown"),
        ] {
            assert_eq!(asked(body.clone()), Err(format!("422 {wrong}")), "{body}");
        }
    }

    #[test]
    fn what_was_found_is_told_with_what_was_asked() {
        let told =
            |inquiry: &Inquiry, finding: Finding| serde_json::to_value(InquiryView::new(inquiry, &finding)).unwrap();
        let text = Private::new;
        let meter = Inquiry::PlnMeter { number: text("12345678901") };
        let found = Meter {
            name: text("PT X"),
            meter: Some(text("12345678901")),
            subscriber: None,
            segment: Some("R1".into()),
        };
        assert_eq!(
            told(&meter, Finding::Meter(found)),
            json!({"kind": "pln_meter", "result": "found", "target": "12345678901", "name": "PT X", "meter": "12345678901",
                "segment": "R1"})
        );
        let nobody = json!({"kind": "pln_meter", "result": "no_such_target", "target": "12345678901"});
        assert_eq!(told(&meter, Finding::NoSuchTarget), nobody);
        let servers = Inquiry::GameServers { brand: "ML".into() };
        let lotus = GameServer { name: "Lotus".into(), value: "10002".into() };
        assert_eq!(
            told(&servers, Finding::Servers(vec![lotus])),
            json!({"kind": "game_servers", "result": "found", "servers": [{"name": "Lotus", "value": "10002"}]})
        );
        assert_eq!(told(&servers, Finding::Servers(Vec::new()))["servers"], json!([]), "told that there is no choice");
        let format = Inquiry::GameFormat { brand: "ML".into() };
        assert_eq!(told(&format, Finding::Format(vec!["userid".into()]))["parts"], json!(["userid"]));
        assert_eq!(told(&format, Finding::NoCheckNeeded)["result"], "no_check_needed");
    }
}
