//! The messages to webhooks as the OpenAPI document describes them.
//!
//! The messages themselves are the engine's; a test holds the two together.

use claviger_domain::EventType;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{
    Components, Content, HttpMethod, Object, Paths, PathsBuilder, Ref, RefOr, Required, ResponseBuilder,
    Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::parts::{
    AccessRequestParts, ClientParts, GrantParts, KeyHintParts, KeyParts, KeyTextParts, ReachedLimitParts,
    SandboxParts, SessionParts, UnusualActivityParts, WebhookParts,
};

/// Declares what the messages about one kind of object hold.
macro_rules! payloads {
    ($($payload:ident, $occasion:ident, $about:literal, $member:ident: $parts:ident;)*) => {
        $(
            #[doc = concat!("A message about ", $about, ".")]
            #[derive(ToSchema)]
            #[schema(description = concat!("A message about ", $about, "."))]
            #[expect(dead_code, reason = "describes what the engine sends")]
            pub(crate) struct $payload {
                /// What happened.
                r#type: String,
                /// When it happened. The header `webhook-timestamp` says when this attempt was made.
                #[schema(format = DateTime)]
                timestamp: String,
                /// What it happened to.
                data: $occasion,
            }

            #[doc = concat!("What happened to ", $about, ".")]
            #[derive(ToSchema)]
            #[schema(description = concat!("What happened to ", $about, "."))]
            #[expect(dead_code, reason = "describes what the engine sends")]
            pub(crate) struct $occasion {
                /// Its id.
                id: String,
                /// The id of the workspace it belongs to; null when it belongs to none.
                workspace: Option<String>,
                /// Who did it: an id, `local`, `visitor` or `system`.
                by: String,
                /// Its public parts; of what was deleted, those it had. Left out where the id says all.
                #[schema(required = false)]
                $member: $parts,
            }
        )*

        fn schemas(components: &mut Components) {
            $(
                add::<$payload>(components);
                add::<$occasion>(components);
                add::<$parts>(components);
            )*
            add::<KeyTextParts>(components);
            add::<KeyHintParts>(components);
        }

        fn schema_of(kind: &str) -> String {
            match kind {
                $(stringify!($member) => <$payload>::name().into_owned(),)*
                // Every kind has its line above, or the test that follows references fails.
                _ => String::new(),
            }
        }
    };
}

payloads! {
    KeyPayload, KeyOccasion, "a key", key: KeyParts;
    ClientPayload, ClientOccasion, "an application", client: ClientParts;
    GrantPayload, GrantOccasion, "what a user allowed an application", grant: GrantParts;
    SessionPayload, SessionOccasion, "a session, or an account whose sessions all ended", session: SessionParts;
    LimitPayload, LimitOccasion, "a limit; the id is of whose requests it counts, or the API's", limit: ReachedLimitParts;
    UnusualActivityPayload, UnusualActivityOccasion, "a finding", unusual_activity: UnusualActivityParts;
    AccessRequestPayload, AccessRequestOccasion, "a request for access", access_request: AccessRequestParts;
    SandboxPayload, SandboxOccasion, "the test environment of an API, whose id it has", sandbox: SandboxParts;
    WebhookPayload, WebhookOccasion, "a webhook", webhook: WebhookParts;
}

fn add<T: ToSchema + PartialSchema>(components: &mut Components) {
    components.schemas.insert(T::name().into_owned(), T::schema());
}

/// The member `webhooks`: one request for each type of event.
pub(crate) fn webhooks(components: &mut Components) -> Paths {
    schemas(components);
    let mut paths = PathsBuilder::new();
    for event in EventType::ALL {
        let content = Content::new(Some(Ref::from_schema_name(schema_of(event.kind()))));
        let body = RequestBodyBuilder::new().content("application/json", content);
        let taken = ResponseBuilder::new().description("The receiver took the message.");
        let gone = ResponseBuilder::new().description("The webhook is disabled at once.");
        let mut operation = OperationBuilder::new()
            .summary(Some(event.about()))
            .request_body(Some(body.required(Some(Required::True)).build()))
            .response("2XX", taken.build())
            .response("410", gone.build());
        for (name, about) in HEADERS {
            let schema: RefOr<Schema> = Object::with_type(Type::String).into();
            let header = ParameterBuilder::new()
                .name(*name)
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some(*about))
                .schema(Some(schema));
            operation = operation.parameter(header);
        }
        paths = paths.path(event.as_str(), PathItem::new(HttpMethod::Post, operation));
    }
    paths.build()
}

/// The fields by which a message is told from another and from a forged one (Standard Webhooks 1.0).
const HEADERS: &[(&str, &str)] = &[
    ("webhook-id", "The message's id, the same however often it is sent."),
    ("webhook-timestamp", "When this attempt was made, in seconds since 1970."),
    (
        "webhook-signature",
        "`v1,` and the base64 of the HMAC-SHA-256 over id, timestamp and body with dots between them; several with \
         spaces between them while a secret is changed.",
    ),
];
