//! The permission table: every route, who may use it, and whether it needs an Idempotency-Key.
//! A route that is not in the table answers nobody; the API's description takes its security from here.

use actix_web::Route;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use crate::auth::Role::{self, Admin, Customer, Finance, Operator};
use crate::auth::check;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: what providers sign themselves, probes, descriptions.
    Open,
    Roles(&'static [Role]),
}

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
    /// An Idempotency-Key is needed.
    pub key: bool,
}

const fn open(method: &'static str, path: &'static str) -> Rule {
    Rule { method, path, access: Access::Open, key: false }
}

const fn to(roles: &'static [Role], method: &'static str, path: &'static str) -> Rule {
    Rule { method, path, access: Access::Roles(roles), key: false }
}

/// For what creates or moves something in an order.
const fn once(roles: &'static [Role], path: &'static str) -> Rule {
    Rule { method: "POST", path, access: Access::Roles(roles), key: true }
}

const CUSTOMER: &[Role] = &[Customer];
/// Looking, and closing alerts.
const STAFF: &[Role] = &[Operator, Finance, Admin];
/// Goods and the machinery.
const GOODS: &[Role] = &[Operator, Admin];
/// Money and prices.
const MONEY: &[Role] = &[Finance, Admin];
/// Who looks at what the others did.
const OVERSEERS: &[Role] = &[Admin];

pub const PUBLIC: &[Rule] = &[
    open("GET", "/healthz"),
    open("GET", "/readyz"),
    open("GET", "/openapi.json"),
    open("GET", "/docs"),
    open("GET", "/docs/{file:.*}"),
    // The sender proves itself by its signature.
    open("POST", "/webhooks/{provider}/{kind}"),
    // Of providers that sign nothing, by the secret end of the address.
    open("GET", "/webhooks/{provider}/{kind}/{token}"),
    open("POST", "/webhooks/{provider}/{kind}/{token}"),
    // What the browser brings proves itself, too; the link of a checkout cannot be guessed and shows nothing personal.
    open("POST", "/pay/{gateway}/return"),
    open("GET", "/pay/{gateway}/{reference}"),
    to(CUSTOMER, "GET", "/v1/catalogue"),
    to(CUSTOMER, "POST", "/v1/quotes"),
    to(CUSTOMER, "POST", "/v1/inquiries"),
    to(CUSTOMER, "GET", "/v1/orders"),
    once(CUSTOMER, "/v1/orders"),
    to(CUSTOMER, "GET", "/v1/orders/{id}"),
    to(CUSTOMER, "GET", "/v1/orders/{id}/events"),
    once(CUSTOMER, "/v1/orders/{id}/cancel"),
    once(CUSTOMER, "/v1/orders/{id}/checkouts"),
    to(CUSTOMER, "GET", "/v1/orders/{id}/payment-methods"),
];

pub const ADMIN: &[Rule] = &[
    open("GET", "/healthz"),
    open("GET", "/metrics"),
    open("GET", "/openapi.json"),
    open("GET", "/docs"),
    open("GET", "/docs/{file:.*}"),
    to(STAFF, "GET", "/v1/admin/orders"),
    to(STAFF, "GET", "/v1/admin/orders/{id}"),
    once(GOODS, "/v1/admin/orders/{id}/items/{n}/resolve"),
    once(MONEY, "/v1/admin/orders/{id}/payments/{n}/resolve"),
    once(GOODS, "/v1/admin/orders/{id}/payments/{n}/cancel"),
    once(MONEY, "/v1/admin/orders/{id}/disputes"),
    once(MONEY, "/v1/admin/orders/{id}/refunds/{n}/confirm"),
    once(MONEY, "/v1/admin/orders/{id}/refunds/{n}/reject"),
    once(MONEY, "/v1/admin/orders/{id}/refunds/{n}/retry"),
    // These are the same however often they are asked for: no key.
    to(GOODS, "POST", "/v1/admin/orders/{id}/tasks/revive"),
    to(STAFF, "GET", "/v1/admin/alerts"),
    to(STAFF, "POST", "/v1/admin/alerts/{id}/close"),
    to(STAFF, "GET", "/v1/admin/price-book"),
    to(MONEY, "PUT", "/v1/admin/price-book"),
    to(STAFF, "GET", "/v1/admin/promos/{code}"),
    to(MONEY, "PUT", "/v1/admin/promos/{code}"),
    to(GOODS, "POST", "/v1/admin/catalogue/sync"),
    to(STAFF, "GET", "/v1/admin/suppliers"),
    to(GOODS, "POST", "/v1/admin/suppliers/{id}/release"),
    to(STAFF, "GET", "/v1/admin/products/{id}/sellers"),
    to(GOODS, "POST", "/v1/admin/switches"),
    to(GOODS, "POST", "/v1/admin/switches/{id}/end"),
    to(STAFF, "GET", "/v1/admin/notices"),
    to(STAFF, "GET", "/v1/admin/notices/rejected"),
    to(OVERSEERS, "GET", "/v1/admin/staff-acts"),
];

/// Of a process that only works: what a prober and a collector ask.
pub const PROBES: &[Rule] = &[open("GET", "/healthz"), open("GET", "/readyz"), open("GET", "/metrics")];

pub fn rule_for(rules: &'static [Rule], method: &str, path: &str) -> Option<&'static Rule> {
    rules.iter().find(|rule| rule.method == method && rule.path == path)
}

/// For the `Allow` header.
pub fn allowed_methods(rules: &[Rule], path: &str) -> String {
    let methods: Vec<&str> = rules.iter().filter(|rule| rule.path == path).map(|rule| rule.method).collect();
    methods.join(", ")
}

/// Registers a path behind the permission check.
pub fn mount(config: &mut ServiceConfig, path: &'static str, routes: Vec<Route>) {
    let resource = routes.into_iter().fold(web::resource(path), |resource, route| resource.route(route));
    config.service(resource.wrap(from_fn(check::<actix_web::body::BoxBody>)));
}
