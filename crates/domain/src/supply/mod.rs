//! How suppliers fare, and what follows: hours in which one is closed, a breaker that spares one in trouble, its score, and how
//! long our deposit there lasts. Pure: what is seen comes in as arguments. Not here: which supplier an item goes to
//! (`fulfilment::route`).

mod breaker;
mod forecast;
mod score;
mod standing;
mod window;

pub use breaker::{Breaker, BreakerChange, BreakerState, CallNo, LONGEST_OPEN, Seen};
pub use forecast::{Spending, hours_left};
pub use score::{Score, Sums};
pub use standing::{Hold, Off, Standing};
pub use window::{BadWindow, Closed, DailyWindow, WIB, end_of_day};
