//! What a caller may do, as a type: no handler runs without the permit it names.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use claviger_domain::{Actor, OperatorScope};
use claviger_engine::{AuthenticatedOperator, Engine};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::call::CallContext;
use crate::problem::{Code, Place, Problem, Refusal};
use crate::state::Shared;

/// An operator scope as a type.
pub(crate) trait Needed: Send + Sync + 'static {
    /// The scope.
    const SCOPE: OperatorScope;
    /// The challenge of a token that lacks it (RFC 6750 section 3.1).
    const CHALLENGE: &'static str;
}

macro_rules! needed {
    ($($name:ident = $text:literal),* $(,)?) => {$(
        #[doc = concat!("The scope `", $text, "`.")]
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Needed for $name {
            const SCOPE: OperatorScope = OperatorScope::$name;
            const CHALLENGE: &'static str =
                concat!(r#"Bearer realm="claviger", error="insufficient_scope", scope=""#, $text, "\"");
        }
    )*};
}

needed! {
    Verify = "verify",
    WorkspacesRead = "workspaces:read",
    WorkspacesWrite = "workspaces:write",
    KeysRead = "keys:read",
    KeysWrite = "keys:write",
    ClientsRead = "clients:read",
    ClientsWrite = "clients:write",
    TokensWrite = "tokens:write",
    WebhooksRead = "webhooks:read",
    WebhooksWrite = "webhooks:write",
    Observe = "observe",
    AuditRead = "audit:read",
    FindingsRead = "findings:read",
    FindingsWrite = "findings:write",
}

/// The proof that the caller's operator token has the scope `S`, and the call it came with.
#[derive(Debug)]
pub(crate) struct Permit<S> {
    operator: AuthenticatedOperator,
    context: CallContext,
    scope: PhantomData<fn() -> S>,
}

impl<S> Permit<S> {
    /// Who acts.
    pub(crate) fn actor(&self) -> Actor {
        self.operator.actor(self.context.call())
    }

    /// Who calls.
    pub(crate) const fn operator(&self) -> &AuthenticatedOperator {
        &self.operator
    }

    /// The call.
    pub(crate) const fn context(&self) -> &CallContext {
        &self.context
    }

    /// Logs a problem and renders it for this call.
    pub(crate) fn refuse(&self, problem: impl Into<Problem>) -> Refusal {
        self.context.refuse(problem)
    }
}

impl<S: Needed> FromRequestParts<Shared> for Permit<S> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, doors: &Shared) -> Result<Self, Refusal> {
        let context = CallContext::of(&parts.extensions);
        match authenticate(&parts.headers, &doors.engine).await {
            Ok(operator) if operator.allows(S::SCOPE) => Ok(Self { operator, context, scope: PhantomData }),
            Ok(_) => Err(context.refuse(
                Problem::new(Code::InsufficientScope, format!("this needs the scope `{}`", S::SCOPE))
                    .challenged(S::CHALLENGE),
            )),
            Err(problem) => Err(context.refuse(problem)),
        }
    }
}

async fn authenticate(headers: &HeaderMap, engine: &Engine) -> Result<AuthenticatedOperator, Problem> {
    let token = bearer_token(headers)?;
    let answer = match engine.authenticate_operator_now(token) {
        Some(answer) => answer,
        None => engine.authenticate_operator(token).await,
    };
    answer.map_err(|error| {
        let problem = Problem::from(error);
        // A database that is away says nothing about the token.
        if problem.is_unauthenticated() { problem.challenged(INVALID_TOKEN) } else { problem }
    })
}

const NO_TOKEN: &str = r#"Bearer realm="claviger""#;
const INVALID_TOKEN: &str = r#"Bearer realm="claviger", error="invalid_token""#;
const INVALID_REQUEST: &str = r#"Bearer realm="claviger", error="invalid_request""#;

/// The token of `Authorization: Bearer` (RFC 6750 section 2.1); another scheme counts as none.
fn bearer_token(headers: &HeaderMap) -> Result<&[u8], Problem> {
    let none = || Problem::new(Code::Unauthenticated, "no operator token was sent").challenged(NO_TOKEN);
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let first = values.next().ok_or_else(none)?;
    if values.next().is_some() {
        return Err(Problem::new(Code::InvalidRequest, "the Authorization header came more than once")
            .at(Place::Header("Authorization".into()))
            .challenged(INVALID_REQUEST));
    }
    let (scheme, rest) = first.as_bytes().split_at_checked(7).ok_or_else(none)?;
    if scheme.eq_ignore_ascii_case(b"bearer ") { Ok(rest.trim_ascii()) } else { Err(none()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse as _;
    use http::HeaderValue;
    use http::header::WWW_AUTHENTICATE;

    fn headers(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).collect()
    }

    fn challenge(problem: Problem) -> (u16, String) {
        let context = CallContext { request_id: "req_1".into(), address: [127, 0, 0, 1].into() };
        let response = context.refuse(problem).into_response();
        let challenge = response.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
        (response.status().as_u16(), challenge)
    }

    #[test]
    fn the_scheme_is_read_without_regard_to_case() {
        for value in ["Bearer clv_x", "bearer clv_x", "BEARER   clv_x "] {
            assert_eq!(bearer_token(&headers(&[value])).unwrap(), b"clv_x");
        }
    }

    #[test]
    fn without_a_token_the_challenge_has_no_error_code() {
        for values in [&[][..], &["Basic eDp5"], &["Bearer"], &[""]] {
            let problem = bearer_token(&headers(values)).unwrap_err();
            assert_eq!(challenge(problem), (401, r#"Bearer realm="claviger""#.to_owned()));
        }
    }

    #[test]
    fn two_authorization_headers_are_refused() {
        let problem = bearer_token(&headers(&["Bearer a", "Bearer a"])).unwrap_err();
        let expected = r#"Bearer realm="claviger", error="invalid_request""#.to_owned();
        assert_eq!(challenge(problem), (400, expected));
    }

    fn named<S: Needed>() {
        assert!(S::CHALLENGE.ends_with(&format!("scope=\"{}\"", S::SCOPE)), "{}", S::CHALLENGE);
    }

    #[test]
    fn a_challenge_names_the_scope_it_asks_for() {
        named::<Verify>();
        named::<WorkspacesRead>();
        named::<WorkspacesWrite>();
        named::<KeysRead>();
        named::<KeysWrite>();
        named::<ClientsRead>();
        named::<ClientsWrite>();
        named::<TokensWrite>();
        named::<WebhooksRead>();
        named::<WebhooksWrite>();
        named::<Observe>();
        named::<AuditRead>();
        named::<FindingsRead>();
        named::<FindingsWrite>();
    }
}
