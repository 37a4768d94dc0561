//! The closed list of problems this API answers with, each with a stable name and a help text.

use claviger_domain::ErrorKind;

macro_rules! codes {
    ($($name:ident = $text:literal, $kind:ident $(as $status:literal)?, $title:literal, $help:literal;)*) => {
        /// A problem's stable name. The table below is the whole catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every problem there is.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in the member `code`.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The kind of failure, from which log level and retry hint derive.
            pub(crate) const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind,)* }
            }

            /// The HTTP status: the kind's, unless HTTP has a finer one.
            pub(crate) const fn status(self) -> u16 {
                match self { $(Self::$name => codes!(@status $kind $($status)?),)* }
            }

            /// One short phrase, the same for every occurrence.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What the caller can do about it.
            pub(crate) const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)* }
            }
        }
    };
    (@status $kind:ident $status:literal) => { $status };
    (@status $kind:ident) => { ErrorKind::$kind.status() };
}

codes! {
    InvalidRequest = "invalid_request", InvalidRequest,
        "The request is not valid",
        "Read `detail` and `errors`, change the request and send it again.";
    MalformedJson = "malformed_json", InvalidRequest,
        "The body is not JSON",
        "Send one JSON document in UTF-8. `detail` names the line and column where it breaks off.";
    InvalidBody = "invalid_body", InvalidRequest,
        "The body does not fit its schema",
        "`errors` points at the member that has the wrong type or form, is unknown, missing or there twice.";
    InvalidParameter = "invalid_parameter", InvalidRequest,
        "A query parameter is not valid",
        "`errors` names the parameter. Cursors are only good for the list that gave them.";
    InvalidIdempotencyKey = "invalid_idempotency_key", InvalidRequest,
        "The Idempotency-Key is not valid",
        "Send one Idempotency-Key of 1 to 255 printable ASCII characters, for example a UUID.";
    UnknownApi = "unknown_api", InvalidRequest,
        "No such API",
        "Name an API by its id or its contract's name; GET /v1/apis lists them.";
    UnknownWorkspace = "unknown_workspace", InvalidRequest,
        "No such workspace",
        "Name a workspace by its id; GET /v1/workspaces lists them.";
    UnknownPlan = "unknown_plan", InvalidRequest,
        "No such plan",
        "Name a plan that at least one API's contract defines; GET /v1/apis lists them.";
    UnknownHost = "unknown_host", InvalidRequest,
        "The API has no such host",
        "Name one of the hosts in the API's contract, or leave the member out.";
    UndefinedScope = "undefined_scope", InvalidRequest,
        "The API has no such scope",
        "Use scopes that the API's contract defines; GET /v1/apis/{api} lists them.";
    UndefinedCollection = "undefined_collection", InvalidRequest,
        "The API has no such list of values",
        "Use a list that the API's contract defines; GET /v1/apis/{api} names them.";
    InvalidBelonging = "invalid_belonging", InvalidRequest,
        "The value cannot belong to a key",
        "Send a value of 1 to 200 printable characters.";
    NoKeyFormat = "no_key_format", InvalidRequest,
        "The API hands out no such keys",
        "Choose an environment and a kind for which the API's contract has a key format.";
    PairKeepsItsKey = "pair_keeps_its_key", InvalidRequest,
        "A pair keeps its key",
        "Replace the pair's secret with POST /v1/keys/{id}/secret instead.";
    InvalidLifetime = "invalid_lifetime", InvalidRequest,
        "The dates are not possible",
        "Choose an end in the future, after the start, and no later than the contract allows.";
    InvalidClientMetadata = "invalid_client_metadata", InvalidRequest,
        "The client cannot be like that",
        "Read `detail`; the names and values are those of RFC 7591, and grants and scopes those of the API's contract.";
    InvalidRedirectUri = "invalid_redirect_uri", InvalidRequest,
        "The redirect URI cannot be registered",
        "Use https, a loopback address, or a reversed domain name as scheme; no fragment, user or password.";
    ClientHasNoSecret = "client_has_no_secret", InvalidRequest,
        "The client has no secret",
        "A public client has none, and one with private_key_jwt proves itself by its key; change its keys instead.";
    SymmetricAlgorithm = "symmetric_algorithm", InvalidRequest,
        "The algorithm has no key pair",
        "Choose RS256, RS384, PS256, ES256, ES384 or EdDSA. The key of HS256 is derived from the master key.";
    OverlapTooLong = "overlap_too_long", InvalidRequest,
        "The overlap is too long",
        "Choose an overlap within what the API's contract allows.";
    TooMany = "too_many", InvalidRequest,
        "There are too many of them",
        "Send fewer; `detail` says how many are allowed.";
    InvalidWebhookUrl = "invalid_webhook_url", InvalidRequest,
        "The address cannot be a webhook's",
        "Use https and a public address; settings for development allow this machine itself.";
    Unauthenticated = "unauthenticated", Unauthenticated,
        "No valid operator token",
        "Send `Authorization: Bearer <operator token>` with a token that is neither expired nor revoked.";
    Forbidden = "forbidden", Forbidden,
        "Not allowed",
        "The operator token may not do this.";
    InsufficientScope = "insufficient_scope", Forbidden,
        "The operator token lacks a scope",
        "Use a token with the scope that `detail` and the WWW-Authenticate header name.";
    BeyondMaker = "beyond_maker", Forbidden,
        "A token cannot grant what its maker lacks",
        "Ask for scopes that the calling operator token has itself.";
    NotFound = "not_found", NotFound,
        "No such object",
        "Check the id. Objects are deleted some time after they end.";
    UnknownRoute = "unknown_route", NotFound,
        "No such endpoint",
        "GET /v1/openapi.json describes every endpoint there is.";
    MethodNotAllowed = "method_not_allowed", InvalidRequest as 405,
        "The endpoint does not take this method",
        "Use a method that the Allow header names.";
    RequestTimeout = "request_timeout", InvalidRequest as 408,
        "The body came too slowly",
        "Send the whole body at once.";
    Conflict = "conflict", Conflict,
        "It collides with the present state",
        "Read the object again and decide anew.";
    KeyRevoked = "key_revoked", Conflict,
        "The key is revoked",
        "Revocation is final. Make a new key.";
    KeyDisabled = "key_disabled", Conflict,
        "The key is disabled",
        "Enable the key first.";
    EmailTaken = "email_taken", Conflict,
        "The address is taken",
        "The API has a user with this address; GET /v1/users lists them.";
    LastOwner = "last_owner", Conflict,
        "A workspace keeps at least one owner",
        "Make somebody else an owner first.";
    AlreadyMember = "already_member", Conflict,
        "The address is a member's",
        "Change the member's role instead; GET /v1/workspaces/{id}/members lists them.";
    AlreadyInvited = "already_invited", Conflict,
        "The address is invited already",
        "Send that invitation again, or withdraw it first; GET /v1/workspaces/{id}/invitations lists them.";
    AccessDecided = "access_decided", Conflict,
        "The request was decided already",
        "A decision stays as it is; the contact can ask again.";
    StepChecked = "step_checked", Conflict,
        "The step was checked already",
        "There is nothing more to do for it; GET /v1/access-requests/{id} has the note.";
    StepsOpen = "steps_open", Conflict,
        "The review is not complete",
        "Check what is in `open_steps` of the request first.";
    WebhookDisabled = "webhook_disabled", Conflict,
        "The webhook is disabled",
        "Enable the webhook first with POST /v1/webhooks/{id}/enable.";
    MessageWaits = "message_waits", Conflict,
        "The message waits to be sent already",
        "Wait until it was delivered or given up; GET /v1/webhooks/{id}/messages/{message} shows its attempts.";
    ChargeDiffers = "charge_differs", Conflict,
        "A charge of this id took another amount",
        "Send the amount of the first charge, or choose another id.";
    ChargeSettled = "charge_settled", Conflict,
        "The charge has come too far for this",
        "What was given back can only be charged again under another id.";
    CreditsExhausted = "credits_exhausted", RateLimited,
        "The workspace has too few credits",
        "Give it more with POST /v1/workspaces/{id}/credits/grants, or wait for those of the next month.";
    ResetGoesOn = "reset_goes_on", Conflict,
        "A reset goes on already",
        "Wait until it has ended; `sandbox.last_reset` of GET /v1/apis/{id} shows it.";
    ChangedMeanwhile = "changed_meanwhile", Conflict,
        "Someone else changed it at the same time",
        "Read the object again and repeat the change.";
    BodyTooLarge = "body_too_large", InvalidRequest as 413,
        "The body is too large",
        "Send at most 65536 bytes.";
    UnsupportedMediaType = "unsupported_media_type", InvalidRequest as 415,
        "The body is not declared as JSON",
        "Send `Content-Type: application/json`.";
    IdempotencyMismatch = "idempotency_mismatch", InvalidRequest as 422,
        "The Idempotency-Key was used for another request",
        "Use a new Idempotency-Key for a new request; repeat the old one only with the same body.";
    RateLimited = "rate_limited", RateLimited,
        "Too many requests",
        "Wait as long as the Retry-After header says.";
    Internal = "internal", Internal,
        "The server failed",
        "Try again later; if it goes on, give the request_id to whoever runs this server.";
    Unavailable = "unavailable", Unavailable,
        "The server cannot do this now",
        "Wait as long as the Retry-After header says and try again.";
}

impl Code {
    /// The general problem of a kind, for failures that need no finer name.
    pub(crate) const fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidRequest => Self::InvalidRequest,
            ErrorKind::Unauthenticated => Self::Unauthenticated,
            ErrorKind::Forbidden => Self::Forbidden,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::RateLimited => Self::RateLimited,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Internal => Self::Internal,
        }
    }

    /// The problem's `type`: the path of its help text on the control origin.
    pub(crate) fn path(self) -> String {
        format!("/problems/{}", self.as_str().replace('_', "-"))
    }

    /// The problem whose help text stands at `/problems/{slug}`.
    pub(crate) fn by_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().replace('_', "-") == slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_general_problem_has_its_kinds_status() {
        for kind in ErrorKind::ALL {
            assert_eq!(Code::of(kind).kind(), kind);
            assert_eq!(Code::of(kind).status(), kind.status());
        }
    }

    #[test]
    fn every_help_text_is_found_under_its_type() {
        for &code in Code::ALL {
            let slug = code.path().trim_start_matches("/problems/").to_owned();
            assert_eq!(Code::by_slug(&slug), Some(code));
        }
        assert_eq!(Code::by_slug("undefined_scope"), None);
    }

    #[test]
    fn a_finer_status_stays_in_its_kinds_class() {
        for code in Code::ALL {
            assert_eq!(code.status() / 100, code.kind().status() / 100, "{code:?}");
        }
    }
}
