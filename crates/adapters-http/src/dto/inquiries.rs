//! An inquiry and its answer. Both are about people: neither has a Debug.

use domain::Private;
use ports::inquiry::{Finding, Inquiry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Line;
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
}

impl InquiryBody {
    pub fn into_inquiry(self) -> Result<Inquiry, Problem> {
        let Self { kind, target, brand, server } = self;
        Ok(match kind {
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
        })
    }
}

fn needed<const MAX: usize>(field: &'static str, given: Option<Line<MAX>>) -> Result<String, Problem> {
    let missing = || invalid(field, "required", "an inquiry of this kind needs it");
    given.map(Line::into_string).ok_or_else(missing)
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
    /// `found`; `no_such_target`: there is nobody of this number or id; `no_check_needed`: this game is bought without.
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
}

#[derive(Serialize, ToSchema)]
pub struct ServerView {
    pub name: String,
    /// What goes into the player's id.
    pub value: String,
}

impl InquiryView {
    pub fn new(inquiry: &Inquiry, finding: &Finding) -> Self {
        let shown = |text: &Private| text.expose().to_owned();
        let mut view = Self {
            kind: inquiry.kind(),
            result: finding.word(),
            target: inquiry.target().map(shown),
            name: None,
            meter: None,
            subscriber: None,
            segment: None,
            operator: None,
            servers: None,
            parts: None,
        };
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
        body.into_inquiry().map_err(|p| format!("{} {}={}", p.status.as_u16(), p.errors[0].field, p.errors[0].code))
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
