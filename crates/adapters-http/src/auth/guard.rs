//! The permission check. It runs behind the router, on the route that really answers, for every route there is.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use domain::{Actor, CustomerId, Moment};

use super::{JwtKeys, Role, TokenError};
use crate::errors::no_order;
use crate::idempotency::Key;
use crate::problem::Problem;
use crate::routes::{Access, Rule, allowed_methods, rule_for};

/// What the check needs to know.
pub struct Guard {
    pub keys: JwtKeys,
    /// Development: tokens may live as long as they like.
    pub dev: bool,
    pub rules: &'static [Rule],
    pub now: Box<dyn Fn() -> Moment + Send + Sync>,
    /// How long an answer may take.
    pub deadline: Duration,
}

/// What was too slow may be quick in a moment; whoever repeats it with the same key gets it done once.
const SLOW_RETRY_S: u32 = 5;

/// Who asks, after the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub role: Role,
    /// A customer's id or a login name.
    pub name: Arc<str>,
    /// The token's end.
    pub until: Moment,
}

impl Caller {
    /// The name under which Idempotency-Keys are kept apart.
    pub fn principal(&self) -> String {
        match self.role {
            Role::Customer | Role::Partner => format!("{}:{}", self.role, self.name),
            Role::Operator | Role::Finance | Role::Admin => format!("staff:{}", self.name),
        }
    }

    /// The customer, where the table lets only customers in.
    pub fn customer(&self) -> Result<CustomerId, Problem> {
        match (self.role, self.name.parse()) {
            (Role::Customer, Ok(id)) => Ok(id),
            _ => Err(no_order()),
        }
    }

    /// The member of staff as the history names them. Their login name is kept whatever their role.
    pub fn staff(&self) -> Actor {
        Actor::Operator(self.name.to_string())
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(caller.ok_or_else(|| Problem::internal(&"a route without a caller asks for one")))
    }
}

/// Looks up the route in the table, lets nobody pass whom it does not name, and lets nobody wait without end.
pub async fn check<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let deadline = match admit(&request) {
        Ok(deadline) => deadline,
        Err(problem) => return Ok(request.error_response(problem)),
    };
    let asked = request.request().clone();
    match tokio::time::timeout(deadline, next.call(request)).await {
        Ok(answered) => Ok(answered?.map_into_boxed_body()),
        Err(_elapsed) => Ok(ServiceResponse::from_err(too_slow(), asked)),
    }
}

/// What was begun may or may not have been done.
fn too_slow() -> Problem {
    Problem::unavailable("too_slow_here", "The answer took too long", SLOW_RETRY_S)
        .detail("ask again, with the same key")
}

/// How long the answer may take, for those who may have one.
fn admit(request: &ServiceRequest) -> Result<Duration, Problem> {
    let guard = request.app_data::<web::Data<Guard>>().ok_or_else(|| Problem::internal(&"no guard is set"))?;
    let pattern = request.match_pattern().unwrap_or_default();
    let Some(rule) = rule_for(guard.rules, request.method().as_str(), &pattern) else {
        let mut problem =
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address does not take that");
        problem.allow = Some(allowed_methods(guard.rules, &pattern).into());
        return Err(problem);
    };
    if let Access::Roles(roles) = rule.access {
        let caller = caller(request, guard)?;
        if !roles.contains(&caller.role) {
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "Your role may not do this"));
        }
        request.extensions_mut().insert(caller);
    }
    if rule.key {
        let key = Key::of(request.headers())?;
        request.extensions_mut().insert(key);
    }
    Ok(guard.deadline)
}

fn caller(request: &ServiceRequest, guard: &Guard) -> Result<Caller, Problem> {
    let header = request.headers().get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    let (scheme, token) = header.and_then(|h| h.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(unauthorised("token_required", "a Bearer token is needed"));
    }
    match guard.keys.verify(token.trim(), (guard.now)(), guard.dev) {
        Ok(claims) => Ok(Caller { role: claims.role, until: claims.until(), name: claims.sub.into() }),
        Err(TokenError::Expired) => Err(unauthorised("token_expired", "the token has expired")),
        Err(error) => Err(unauthorised("token_invalid", &error.to_string())),
    }
}

fn unauthorised(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, "You are not logged in").field("Authorization", code, detail)
}
