//! Questions to a supplier before anything is bought: whose meter, whose wallet, which player, what a game wants to know.
//! They form nothing and are kept nowhere; a supplier answers those it can (`Supplier::answers`).

use domain::Private;

/// One question. Targets are personal; brands are as the catalogue shows them, in any letter case and punctuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inquiry {
    /// Whose electricity meter or customer number this is.
    PlnMeter { number: Private },
    /// Whose e-money wallet this is.
    EWallet { brand: String, number: Private },
    /// Which player this is: the parts of the id joined with `|`, as the game's format says.
    GamePlayer { brand: String, id: Private },
    /// The servers a player may choose from.
    GameServers { brand: String },
    /// The parts a player's id is made of.
    GameFormat { brand: String },
    /// Which operator serves a mobile number.
    Operator { number: Private },
}

impl Inquiry {
    /// A stable word for the API and metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PlnMeter { .. } => "pln_meter",
            Self::EWallet { .. } => "e_wallet",
            Self::GamePlayer { .. } => "game_player",
            Self::GameServers { .. } => "game_servers",
            Self::GameFormat { .. } => "game_format",
            Self::Operator { .. } => "operator",
        }
    }

    /// Whom it asks about, if about somebody.
    pub const fn target(&self) -> Option<&Private> {
        match self {
            Self::PlnMeter { number } | Self::EWallet { number, .. } | Self::Operator { number } => Some(number),
            Self::GamePlayer { id, .. } => Some(id),
            Self::GameServers { .. } | Self::GameFormat { .. } => None,
        }
    }
}

/// What a supplier answered. All of it is definite: a supplier that says nothing clear found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Meter(Meter),
    /// The owner of a wallet or the name of a player, masked as far as the supplier masks it.
    Name(Private),
    /// None: the player types it.
    Servers(Vec<GameServer>),
    /// Names of the parts in their order: `userid`, `zoneid`. At least one.
    Format(Vec<String>),
    /// The supplier's word for it: `telkomsel`.
    Operator(String),
    /// The supplier knows nobody of this number or id.
    NoSuchTarget,
    /// This game is bought without a check.
    NoCheckNeeded,
    /// Not by this supplier, whatever it said before: its own list has changed.
    NotOffered,
}

impl Finding {
    /// A stable word for the API and metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Meter(_) | Self::Name(_) | Self::Servers(_) | Self::Format(_) | Self::Operator(_) => "found",
            Self::NoSuchTarget => "no_such_target",
            Self::NoCheckNeeded => "no_check_needed",
            Self::NotOffered => "not_offered",
        }
    }
}

/// An electricity customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    pub name: Private,
    /// Eleven digits.
    pub meter: Option<Private>,
    /// Twelve digits.
    pub subscriber: Option<Private>,
    /// Tariff and power as the supplier writes them: `R1 /000001300`.
    pub segment: Option<String>,
}

/// A server of a game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GameServer {
    pub name: String,
    /// What goes into the player's id.
    pub value: String,
}
