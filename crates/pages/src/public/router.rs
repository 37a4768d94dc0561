//! Every route, in one list, and the value that serves them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::MethodRouter;
use claviger_contract::{Installed, Purpose, TokenEndpoint};
use claviger_engine::Engine;
use http::{Method, Request, Response, StatusCode};
use tower::ServiceExt;

use super::account::{
    applications, authenticator, email, passkeys, password, profile, security, services, sessions,
};
use super::frame::frame;
use super::render::refuse_method;
use super::visit::{PageCall, Visit};
use super::{
    authorize, brand, consent, device, language, logo, recover, second_factor, select_account, sign_in,
    sign_out, sign_up, upstream, verify_email,
};
use crate::scripts;

/// The largest form: an authorization request with everything in it.
const MOST_BYTES: usize = 128 * 1024;

/// Declares the routes, and lists them.
macro_rules! routes {
    ($($method:ident $path:literal => $handler:path;)*) => {
        fn routes() -> Router {
            Router::new()$(.route($path, axum::routing::$method($handler)))*
        }

        /// Every method and path beside the contract's authorization endpoint, so that tests can knock at each.
        pub const PUBLIC_ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];
    };
}

routes! {
    get "/sign-in" => sign_in::show_sign_in;
    post "/sign-in" => sign_in::sign_in;
    get "/sign-in/with/{provider}" => upstream::start;
    get "/sign-in/back" => upstream::finish;
    get "/language" => language::choose_language;
    get "/sign-up" => sign_up::show_sign_up;
    post "/sign-up" => sign_up::sign_up;
    get "/second-factor" => second_factor::show_second_factor;
    post "/second-factor" => second_factor::prove;
    get "/select-account" => select_account::show_accounts;
    post "/select-account" => select_account::select;
    get "/consent" => consent::show_consent;
    post "/consent" => consent::answer;
    get "/device" => device::show_device;
    post "/device" => device::look_up;
    post "/device/answer" => device::answer;
    get "/oauth/logout" => sign_out::begin_logout;
    post "/oauth/logout" => sign_out::begin_posted_logout;
    post "/sign-out" => sign_out::sign_out;
    get "/signed-out" => sign_out::show_signed_out;
    get "/verify-email" => verify_email::show_link;
    post "/verify-email" => verify_email::verify;
    get "/forgot-password" => recover::show_request;
    post "/forgot-password" => recover::request;
    get "/reset-password" => recover::show_reset;
    post "/reset-password" => recover::reset;
    get "/account" => profile::show_profile;
    post "/account" => profile::change_profile;
    post "/account/verify-email" => profile::send_verification;
    post "/account/email" => email::request;
    get "/account/email/confirm" => email::show_link;
    post "/account/email/confirm" => email::confirm;
    get "/account/services/{provider}/link" => services::link;
    post "/account/services/{provider}/unlink" => services::unlink;
    get "/account/security" => security::show_security;
    post "/account/password" => password::change_password;
    post "/account/authenticator" => authenticator::begin;
    post "/account/authenticator/confirm" => authenticator::confirm;
    post "/account/authenticator/remove" => authenticator::remove;
    post "/account/recovery-codes" => authenticator::renew_codes;
    post "/account/passkeys" => passkeys::register;
    post "/account/passkeys/{id}/remove" => passkeys::remove;
    get "/account/sessions" => sessions::show_sessions;
    post "/account/sessions/end-others" => sessions::end_others;
    post "/account/sessions/{id}/end" => sessions::end;
    get "/account/applications" => applications::show_applications;
    post "/account/applications/{id}/revoke" => applications::revoke;
    get "/static/claviger.css" => brand::send_style;
    get "/static/brand.css" => brand::send_brand;
    get "/static/logo/{digest}" => logo::send_logo;
    get "/static/passkeys.js" => scripts::send_passkeys_script;
    get "/static/post.js" => scripts::send_post_script;
}

/// The pages of every API's own host. Cheap to clone.
#[derive(Clone)]
pub struct PublicPages {
    engine: Engine,
    router: Router,
}

impl PublicPages {
    /// Pages over this engine.
    pub fn new(engine: Engine) -> Self {
        let authorize: MethodRouter =
            axum::routing::get(authorize::begin).post(authorize::begin_posted).fallback(refuse_method);
        let router = routes()
            .method_not_allowed_fallback(refuse_method)
            // Whatever comes here and is none of the above is the contract's own authorization endpoint.
            .fallback_service(authorize)
            .layer(from_fn(frame))
            .layer(DefaultBodyLimit::max(MOST_BYTES));
        Self { engine, router }
    }

    /// Whether a request to a host of this contract with the role `auth` is for a page: only where users sign in, and
    /// never where the contract has another `endpoint` of its own at this address.
    pub fn serves(installed: &Installed, endpoint: Option<&TokenEndpoint>, path: &str) -> bool {
        if !installed.contract.tokens().has_users {
            return false;
        }
        match endpoint {
            Some(endpoint) => matches!(endpoint.purpose, Purpose::Authorize | Purpose::SignOutPage),
            // The endpoint is declared for GET; forms may be posted there, too (RFC 6749 section 3.1).
            None => is_page(path) || is_authorize(installed, path),
        }
    }

    /// Answers a request that [`PublicPages::serves`].
    pub async fn serve(&self, call: PageCall<'_>, mut request: Request<Body>) -> Response<Body> {
        let visit = Visit::new(&self.engine, call, request.headers());
        request.extensions_mut().insert(Arc::new(visit));
        let served: Result<Response<Body>, Infallible> = self.router.clone().oneshot(request).await;
        served.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

/// Whether the contract's authorization endpoint is here.
fn is_authorize(installed: &Installed, path: &str) -> bool {
    let found = installed.contract.find_endpoint(&Method::GET, path, "");
    found.is_some_and(|endpoint| endpoint.purpose == Purpose::Authorize)
}

/// Whether a page is here. Segments in braces stand for anything but nothing.
fn is_page(path: &str) -> bool {
    PUBLIC_ROUTES.iter().any(|(_, known)| {
        let (mut known, mut asked) = (known.split('/'), path.split('/'));
        loop {
            match (known.next(), asked.next()) {
                (None, None) => return true,
                (Some(known), Some(asked)) if known == asked => {}
                (Some(known), Some(asked)) if known.starts_with('{') && !asked.is_empty() => {}
                _ => return false,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::is_page;

    #[test]
    fn pages_are_known_by_their_whole_path() {
        for page in ["/sign-in", "/account", "/account/passkeys/psk_1/remove", "/static/brand.css"] {
            assert!(is_page(page), "{page}");
        }
        for other in
            ["/", "/sign-in/", "/accounts", "/account/x", "/static/other.css", "/sign-in/with/", "//account"]
        {
            assert!(!is_page(other), "{other}");
        }
    }
}
