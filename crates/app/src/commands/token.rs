//! `seberang token`: an access token for development. In production tokens come from signing in.

use adapters_http::{Claims, Role};
use chrono::TimeDelta;
use clap::Args;

use super::CommandError;
use crate::config::{self, Stage};
use crate::settings::Environment;
use crate::wiring;

/// A development token may live long, so that a newcomer's curl keeps working for a day.
const LONGEST_MINUTES: i64 = 60 * 24 * 365;

#[derive(Debug, Args)]
pub struct TokenArgs {
    /// customer, partner, operator, finance or admin
    #[arg(long, default_value = "customer")]
    pub role: Role,
    /// A customer's UUID, or a member of staff's login name.
    #[arg(long)]
    pub sub: String,
    /// How long it is valid.
    #[arg(long, default_value_t = 15)]
    pub minutes: i64,
}

pub fn run(env: &Environment, args: &TokenArgs) -> Result<(), CommandError> {
    let stage = config::stage(env)?;
    if stage != Stage::Dev {
        return Err(CommandError::Refused("tokens are minted only where SEBERANG_ENV is `dev`".to_owned()));
    }
    if !(1..=LONGEST_MINUTES).contains(&args.minutes) {
        return Err(CommandError::Refused(format!("--minutes must be 1 to {LONGEST_MINUTES}")));
    }
    let keys = config::jwt_keys(env, stage)?;
    let now = wiring::clock(&config::clock(env, stage)?).now();
    let claims = Claims::new(&args.sub, args.role, now, TimeDelta::minutes(args.minutes));
    let token = keys.issue(&claims).map_err(|error| CommandError::Refused(error.to_string()))?;
    // A token that the server would not take helps nobody.
    if keys.verify(&token, now, true).is_err() {
        let words = "--sub must be a UUID for a customer or partner, else 1 to 64 letters, digits and any of ._@-";
        return Err(CommandError::Refused(words.to_owned()));
    }
    println!("{token}");
    Ok(())
}
