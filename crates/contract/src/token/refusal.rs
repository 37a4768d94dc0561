//! What a token endpoint answers when it refuses.

use crate::wire::cause::Cause;
use crate::wire::refusal::Refusal;

/// How an endpoint says that it failed.
#[derive(Clone, Debug)]
pub(crate) enum ErrorStyle {
    /// RFC 6749 section 5.2.
    OAuth,
    /// The contract's envelope, by the place of a cause in [`ExchangeCause::ALL`].
    Envelope(Vec<Refusal>),
}

/// A login that failed, for whatever reason. What a contract says of refused credentials holds here too, as the
/// groups of the other causes also begin with those of a contract's own.
const LOGIN: &[&str] = &["any", "unauthorized", "login_failed"];

macro_rules! exchange_causes {
    ($($variant:ident = $name:literal, $groups:expr, $status:literal, $message:literal;)*) => {
        /// Why an endpoint refuses; the codes of RFC 6749 section 5.2 and what goes beyond them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ExchangeCause {
            $(#[doc = $message] $variant,)*
        }

        impl ExchangeCause {
            /// The causes as a contract file names them.
            pub(crate) const CAUSES: &'static [Cause] =
                &[$(Cause { name: $name, groups: $groups, status: $status, message: $message }),*];

            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code of RFC 6749 section 5.2, or its like.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

exchange_causes! {
    InvalidRequest = "invalid_request", &["any", "bad_request"], 400, "The request is not understood";
    InvalidClient = "invalid_client", LOGIN, 401, "The client is unknown or did not prove itself";
    InvalidGrant = "invalid_grant", LOGIN, 400, "What was traded in is not valid";
    UnauthorizedClient = "unauthorized_client", &["any", "bad_request"], 400, "The client may not use this grant";
    UnsupportedGrantType = "unsupported_grant_type", &["any", "bad_request"], 400, "There is no such grant here";
    InvalidScope = "invalid_scope", &["any", "bad_request"], 400, "A scope is unknown or may not be had";
    InvalidToken = "invalid_token", &["any", "unauthorized", "invalid"], 401, "The token is missing, not valid or expired";
    InsufficientScope = "insufficient_scope", &["any", "forbidden"], 403, "The credential lacks a scope";
    CrossSite = "cross_site", &["any", "forbidden"], 403, "The request does not come from a page of this API";
    NotFound = "not_found", &["any", "unknown_route"], 404, "There is nothing here";
    SlowDown = "slow_down", &["any", "too_many", "rate_limited"], 429, "Too many attempts; try again later";
    TemporarilyUnavailable = "temporarily_unavailable", &["any", "failure", "unavailable"], 503, "The service is not available for now";
    ServerError = "server_error", &["any", "failure", "internal"], 500, "Something went wrong on our side";
}

impl ExchangeCause {
    /// What a contract can say something about.
    pub(crate) fn cause(self) -> Cause {
        let fallback = Cause { name: "server_error", groups: &["any"], status: 500, message: "" };
        Self::CAUSES.get(self as usize).copied().unwrap_or(fallback)
    }
}

/// A refusal of a token endpoint.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeRefusal<'c> {
    /// Why.
    pub cause: ExchangeCause,
    /// What exactly, for the caller; used where the contract has no sentence of its own.
    pub detail: Option<&'c str>,
    /// Seconds to wait, for the causes that are about waiting.
    pub retry_after: Option<u64>,
    /// The request's id.
    pub request_id: &'c str,
}

/// What a refusal challenges the caller to do (RFC 9110 section 11.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summons<'c> {
    /// Nothing.
    None,
    /// To authenticate as a client.
    Client,
    /// To send a token.
    Token {
        /// `Bearer` or `DPoP`.
        scheme: &'static str,
        /// Whether one was sent.
        was_sent: bool,
        /// Further parameters by name, such as `scope` and `algs`.
        parameters: &'c [(&'c str, &'c str)],
    },
}

/// A refusal of an OAuth endpoint in the words of the standards.
#[derive(Clone, Copy, Debug)]
pub struct StandardRefusal<'c> {
    /// The registered code.
    pub code: &'c str,
    /// The status.
    pub status: u16,
    /// What exactly, for the caller.
    pub detail: &'c str,
    /// What the caller is challenged to do.
    pub summons: Summons<'c>,
    /// Seconds to wait, for the statuses that are about waiting.
    pub retry_after: Option<u64>,
    /// The request's id.
    pub request_id: &'c str,
}
