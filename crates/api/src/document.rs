//! The OpenAPI document: its head, what all operations share, and its endpoint.

use axum::extract::State;
use axum::response::Response;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Content, Info, License, OpenApi, OpenApiBuilder, PathItem, Ref, Response as ResponseObject,
    ResponseBuilder,
};
use utoipa_axum::router::OpenApiRouter;

use crate::problem::PROBLEM_JSON;
use crate::reply::json;
use crate::state::Shared;
use crate::webhooks::described::webhooks;

/// The document's head.
pub(crate) fn head() -> OpenApi {
    let mut info = Info::new("Claviger management API", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Workspaces, members, access requests, keys, OAuth clients, users, grants, tokens, signing keys, webhooks, operator tokens, \
         the audit record, usage, nodes, unusual activity, verification and why a request was refused. Every call but the one for this document needs an \
         operator token; every refusal is a problem document (RFC 9457)."
            .to_owned(),
    );
    info.license = Some(License::new("MIT OR Apache-2.0"));
    OpenApiBuilder::new().info(info).build()
}

/// Adds what all operations share: the security scheme and the refusals that any of them can answer.
pub(crate) fn complete(mut routes: OpenApiRouter<Shared>) -> OpenApiRouter<Shared> {
    let document = routes.get_openapi_mut();
    let components = document.components.get_or_insert_default();
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An operator token with the scope that the operation names."))
        .build();
    document.webhooks = Some(webhooks(components));
    components.add_security_scheme("operator_token", SecurityScheme::Http(scheme));
    for refusal in REFUSALS {
        components.responses.insert(refusal.name.to_owned(), refusal.response().into());
    }
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item).into_iter().filter(|operation| operation.security.is_some()) {
            for refusal in REFUSALS {
                if !(refusal.applies)(path, operation) {
                    continue;
                }
                let reference = Ref::from_response_name(refusal.name);
                let responses = &mut operation.responses.responses;
                responses.entry(refusal.status.to_owned()).or_insert_with(|| reference.into());
            }
        }
    }
    routes
}

/// A refusal that many operations can answer.
struct Refusal {
    name: &'static str,
    status: &'static str,
    description: &'static str,
    applies: fn(&str, &Operation) -> bool,
}

const REFUSALS: &[Refusal] = &[
    Refusal {
        name: "InvalidRequest",
        status: "400",
        description: "The request is not valid; `errors` says where.",
        applies: |_, operation| operation.request_body.is_some() || operation.parameters.is_some(),
    },
    Refusal {
        name: "Unauthenticated",
        status: "401",
        description: "No valid operator token was sent; see the WWW-Authenticate header.",
        applies: |_, _| true,
    },
    Refusal {
        name: "Forbidden",
        status: "403",
        description: "The operator token lacks the scope that the WWW-Authenticate header names.",
        applies: |_, _| true,
    },
    Refusal {
        name: "NotFound",
        status: "404",
        description: "There is no such object.",
        applies: |path, _| path.contains('{'),
    },
    Refusal {
        name: "Conflict",
        status: "409",
        description: "The object's present state forbids it.",
        applies: |path, operation| {
            let is_of_key = path.starts_with("/v1/keys/{id}") && operation.request_body.is_some();
            let is_decision = path.starts_with("/v1/access-requests/{id}/");
            let is_of_webhook = path.starts_with("/v1/webhooks/{id}/") && operation.parameters.is_some();
            let is_of_member = path.starts_with("/v1/workspaces/{id}/members/{member}");
            let is_of_finding = path == "/v1/findings/{id}/lift";
            is_of_key || is_of_finding || is_decision || is_of_webhook || is_of_member
        },
    },
    Refusal {
        name: "BodyTooLarge",
        status: "413",
        description: "The body has more than 65536 bytes.",
        applies: |_, operation| operation.request_body.is_some(),
    },
    Refusal {
        name: "UnsupportedMediaType",
        status: "415",
        description: "The body is not declared as application/json.",
        applies: |_, operation| operation.request_body.is_some(),
    },
    Refusal { name: "Internal", status: "500", description: "The server failed.", applies: |_, _| true },
    Refusal {
        name: "Unavailable",
        status: "503",
        description: "The server cannot do this now; see the Retry-After header.",
        applies: |_, _| true,
    },
];

impl Refusal {
    fn response(&self) -> ResponseObject {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        ResponseBuilder::new().description(self.description).content(PROBLEM_JSON, content).build()
    }
}

fn operations(item: &mut PathItem) -> Vec<&mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten().collect()
}

/// This document.
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "document",
    responses((status = 200, description = "The OpenAPI document of this API.", body = Object)),
)]
pub(crate) async fn read_openapi(State(doors): State<Shared>) -> Response {
    let mut response = json(Vec::new());
    *response.body_mut() = doors.document.clone().into();
    response
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
