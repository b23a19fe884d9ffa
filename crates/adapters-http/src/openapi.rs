//! The descriptions of both listeners (OpenAPI 3.1), made from the handlers and the permission table.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, Content, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required, ResponseBuilder, Type,
};
use utoipa::{Modify, OpenApi as _, ToSchema};

use crate::idempotency::HEADER;
use crate::problem::{FieldError, PROBLEM_JSON, ProblemBody};
use crate::routes::{Access, Rule, rule_for};

const BEARER: &str = "bearer";

/// The customers' and providers' API as JSON text.
pub fn openapi_public() -> String {
    text(crate::public::Api::openapi())
}

/// The staff's API as JSON text.
pub fn openapi_admin() -> String {
    text(crate::admin::Api::openapi())
}

fn text(mut api: OpenApi) -> String {
    api.info.version = "1".to_owned();
    // The crate's own licence and authors say nothing about the API.
    api.info.license = None;
    api.info.contact = None;
    match api.to_pretty_json() {
        Ok(text) => text + "\n",
        Err(error) => {
            tracing::error!(%error, "the description could not be written");
            String::new()
        }
    }
}

/// What holds for every route: who may use it, its Idempotency-Key, the form of its errors.
pub struct Conventions(pub &'static [Rule]);

impl Modify for Conventions {
    fn modify(&self, api: &mut OpenApi) {
        let components = api.components.get_or_insert_with(Components::new);
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme(BEARER, SecurityScheme::Http(scheme));
        let schemas = &mut components.schemas;
        schemas.insert(ProblemBody::name().into_owned(), <ProblemBody as utoipa::PartialSchema>::schema());
        schemas.insert(FieldError::name().into_owned(), <FieldError as utoipa::PartialSchema>::schema());
        schemas.insert(
            crate::dto::MoneyDto::name().into_owned(),
            <crate::dto::MoneyDto as utoipa::PartialSchema>::schema(),
        );
        for (path, item) in &mut api.paths.paths {
            for (method, operation) in operations(item) {
                let rule = rule_for(self.0, method, path);
                describe(operation, rule);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [("GET", &mut item.get), ("POST", &mut item.post), ("PUT", &mut item.put)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn describe(operation: &mut Operation, rule: Option<&Rule>) {
    let problem = ResponseBuilder::new()
        .description("A problem: see its `code`")
        .content(PROBLEM_JSON, Content::new(Some(Ref::from_schema_name("Problem"))))
        .build();
    operation.responses.responses.entry("default".to_owned()).or_insert(problem.into());
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            // The specification wants one; what is answered says the rest.
            response.description = "Done".to_owned();
        }
    }
    let Some(rule) = rule else { return };
    if let Access::Roles(roles) = rule.access {
        operation.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
        let names: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        let words = operation.description.take().unwrap_or_default();
        operation.description = Some(format!("{words}\n\nRoles: {}.", names.join(", ")).trim().to_owned());
    }
    if rule.key {
        let key = ParameterBuilder::new()
            .name(HEADER)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some("A fresh one for each thing wanted; the same again for a repeated request"))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(100))))
            .build();
        operation.parameters.get_or_insert_default().push(key.into());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use serde_json::Value;

    use super::*;
    use crate::routes::{ADMIN, PUBLIC};

    /// What describes the API is not part of it.
    fn is_description(path: &str) -> bool {
        path == "/openapi.json" || path.starts_with("/docs")
    }

    fn described(text: &str) -> BTreeSet<(String, String)> {
        let api: Value = serde_json::from_str(text).unwrap();
        let paths = api["paths"].as_object().unwrap();
        let of = |(path, item): (&String, &Value)| {
            let methods: Vec<_> = item.as_object().unwrap().keys().map(|m| m.to_uppercase()).collect();
            methods.into_iter().map(|method| (method, path.clone())).collect::<Vec<_>>()
        };
        paths.iter().flat_map(of).collect()
    }

    fn ruled(rules: &[Rule]) -> BTreeSet<(String, String)> {
        let rules = rules.iter().filter(|rule| !is_description(rule.path));
        rules.map(|rule| (rule.method.to_owned(), rule.path.to_owned())).collect()
    }

    #[test]
    fn every_route_described_is_in_the_permission_table_and_the_other_way_round() {
        assert_eq!(described(&openapi_public()), ruled(PUBLIC));
        assert_eq!(described(&openapi_admin()), ruled(ADMIN));
    }

    #[test]
    fn no_route_is_in_the_table_twice() {
        for rules in [PUBLIC, ADMIN] {
            let distinct: BTreeSet<_> = rules.iter().map(|rule| (rule.method, rule.path)).collect();
            assert_eq!(distinct.len(), rules.len());
        }
    }

    #[test]
    fn customers_have_no_route_at_the_staffs_listener_nor_staff_at_theirs() {
        let roles = |rules: &'static [Rule]| {
            rules.iter().filter_map(|rule| match rule.access {
                Access::Open => None,
                Access::Roles(roles) => Some(roles),
            })
        };
        use crate::auth::Role;
        assert!(roles(PUBLIC).flatten().all(|role| *role == Role::Customer));
        assert!(roles(ADMIN).flatten().all(|role| !matches!(role, Role::Customer | Role::Partner)));
    }

    #[test]
    fn every_reference_of_a_description_leads_somewhere() {
        for text in [openapi_public(), openapi_admin()] {
            let api: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(api["openapi"], "3.1.0");
            for part in text.split("\"$ref\": \"#").skip(1) {
                let pointer = part.split('"').next().unwrap();
                assert!(api.pointer(pointer).is_some(), "{pointer} is not described");
            }
        }
    }

    #[test]
    fn every_operation_is_summed_up_and_says_how_it_fails() {
        for text in [openapi_public(), openapi_admin()] {
            let api: Value = serde_json::from_str(&text).unwrap();
            let mut ids = BTreeSet::new();
            for operation in api["paths"].as_object().unwrap().values().flat_map(|i| i.as_object().unwrap().values()) {
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{id} twice");
                assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id}");
                let responses = operation["responses"].as_object().unwrap();
                assert!(responses.contains_key("default"), "{id}");
                assert!(responses.values().all(|r| r["description"].is_string()), "{id}");
            }
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test")]
    fn the_committed_descriptions_are_current() {
        let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        for (file, text) in [("openapi-public.json", openapi_public()), ("openapi-admin.json", openapi_admin())] {
            let path = docs.join(file);
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "docs/{file} is not current: run this test with UPDATE_EXPECT=1");
        }
    }
}
