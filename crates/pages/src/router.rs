//! Every route, in one list.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;

use crate::error::{refuse_method, refuse_path};
use crate::frame::frame;
use crate::keys::{create, detail, lifecycle, list};
use crate::state::PagesState;
use crate::{landing, overview, second_factor, security, sign_in, style, workspaces};

/// The largest form.
const MOST_BYTES: usize = 64 * 1024;

/// Declares the routes, and lists them.
macro_rules! routes {
    ($($method:ident $path:literal => $handler:path;)*) => {
        fn routes() -> Router<PagesState> {
            Router::new()$(.route($path, axum::routing::$method($handler)))*
        }

        /// Every method and path, so that tests can knock at each of them.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];
    };
}

routes! {
    get "/" => landing::show_landing;
    get "/static/claviger.css" => style::send_style;
    get "/console/sign-in" => sign_in::show_sign_in;
    post "/console/sign-in" => sign_in::sign_in;
    post "/console/sign-out" => sign_in::sign_out;
    get "/console/second-factor" => second_factor::show_second_factor;
    post "/console/second-factor" => second_factor::prove;
    get "/console/security" => security::show_security;
    post "/console/security/authenticator" => security::begin;
    post "/console/security/authenticator/confirm" => security::confirm;
    post "/console/security/authenticator/remove" => security::remove;
    post "/console/security/recovery-codes" => security::renew_codes;
    get "/console" => overview::show_overview;
    get "/console/keys" => list::list_keys;
    get "/console/keys/new" => create::show_new_key;
    post "/console/keys/new" => create::create_key;
    get "/console/keys/{id}" => detail::show_key;
    post "/console/keys/{id}/disable" => lifecycle::disable_key;
    post "/console/keys/{id}/enable" => lifecycle::enable_key;
    post "/console/keys/{id}/rotate" => lifecycle::rotate_key;
    post "/console/keys/{id}/secret" => lifecycle::replace_secret;
    post "/console/keys/{id}/revoke" => lifecycle::revoke_key;
    get "/console/workspaces" => workspaces::list_workspaces;
    post "/console/workspaces" => workspaces::create_workspace;
    post "/console/workspaces/{id}/suspend" => workspaces::suspend_workspace;
    post "/console/workspaces/{id}/resume" => workspaces::resume_workspace;
}

/// The pages of the control origin: `/`, `/console` and below, `/static/claviger.css`.
///
/// The server puts a [`CallId`](crate::CallId) and a [`CallerAddress`](crate::CallerAddress) into each request's
/// extensions. The router has no fallback of its own, so that it can be merged with others.
pub fn router(state: PagesState) -> Router {
    routes()
        .route("/console/{*rest}", axum::routing::any(refuse_path))
        .method_not_allowed_fallback(refuse_method)
        .route_layer(from_fn(frame))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(state)
}
