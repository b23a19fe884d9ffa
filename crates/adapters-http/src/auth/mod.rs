//! Who is asking, and whether they may.

mod guard;
mod jwt;
mod keys;

pub use guard::{Caller, Guard, check};
pub use jwt::{Claims, Role, TOKEN_LIFE, TokenError};
pub use keys::{BadJwtKeys, JwtKeys};
