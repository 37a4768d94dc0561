//! Every route, in one list.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;

use crate::error::{refuse_method, refuse_path};
use crate::frame::frame;
use crate::keys::{create, detail, edit, lifecycle, list};
use crate::portal;
use crate::state::PagesState;
use crate::{landing, overview, sign_in, style, workspaces};

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
    get "/console" => overview::show_overview;
    get "/console/keys" => list::list_keys;
    get "/console/keys/new" => create::show_new_key;
    post "/console/keys/new" => create::create_key;
    get "/console/keys/{id}" => detail::show_key;
    get "/console/keys/{id}/edit" => edit::show_edit_key;
    post "/console/keys/{id}/edit" => edit::update_key;
    post "/console/keys/{id}/disable" => lifecycle::disable_key;
    post "/console/keys/{id}/enable" => lifecycle::enable_key;
    post "/console/keys/{id}/rotate" => lifecycle::rotate_key;
    post "/console/keys/{id}/secret" => lifecycle::replace_secret;
    post "/console/keys/{id}/revoke" => lifecycle::revoke_key;
    get "/console/workspaces" => workspaces::list_workspaces;
    post "/console/workspaces" => workspaces::create_workspace;
    post "/console/workspaces/{id}/suspend" => workspaces::suspend_workspace;
    post "/console/workspaces/{id}/resume" => workspaces::resume_workspace;
    get "/portal" => portal::workspaces::show_portal;
    get "/portal/workspaces" => portal::workspaces::show_workspaces;
    get "/portal/sign-in" => portal::sign_in::show_member_sign_in;
    post "/portal/sign-in" => portal::sign_in::sign_member_in;
    post "/portal/sign-out" => portal::sign_in::sign_member_out;
    get "/portal/invitation" => portal::invitation::show_invitation;
    post "/portal/invitation" => portal::invitation::accept_invitation;
    get "/portal/forgot-password" => portal::password::show_forgot_password;
    post "/portal/forgot-password" => portal::password::request_member_reset;
    get "/portal/reset-password" => portal::password::show_reset_password;
    post "/portal/reset-password" => portal::password::reset_member_password;
    get "/portal/{workspace}" => portal::overview::show_workspace;
    get "/portal/{workspace}/keys" => list::list_keys;
    get "/portal/{workspace}/keys/new" => create::show_new_key;
    post "/portal/{workspace}/keys/new" => create::create_key;
    get "/portal/{workspace}/keys/{id}" => detail::show_key;
    get "/portal/{workspace}/keys/{id}/edit" => edit::show_edit_key;
    post "/portal/{workspace}/keys/{id}/edit" => edit::update_key;
    post "/portal/{workspace}/keys/{id}/disable" => lifecycle::disable_key;
    post "/portal/{workspace}/keys/{id}/enable" => lifecycle::enable_key;
    post "/portal/{workspace}/keys/{id}/rotate" => lifecycle::rotate_key;
    post "/portal/{workspace}/keys/{id}/secret" => lifecycle::replace_secret;
    post "/portal/{workspace}/keys/{id}/revoke" => lifecycle::revoke_key;
    get "/portal/{workspace}/members" => portal::members::show_members;
    post "/portal/{workspace}/members" => portal::members::invite_member;
    post "/portal/{workspace}/members/{id}/role" => portal::members::change_member_role;
    post "/portal/{workspace}/members/{id}/remove" => portal::members::remove_member;
    post "/portal/{workspace}/invitations/{id}/send" => portal::members::resend_invitation;
    post "/portal/{workspace}/invitations/{id}/withdraw" => portal::members::withdraw_invitation;
}

/// The pages of the control origin: `/`, `/console` and `/portal` and below, `/static/claviger.css`.
///
/// The server puts a [`CallId`](crate::CallId) and a [`CallerAddress`](crate::CallerAddress) into each request's
/// extensions. The router has no fallback of its own, so that it can be merged with others.
pub fn router(state: PagesState) -> Router {
    routes()
        .route("/console/{*rest}", axum::routing::any(refuse_path))
        .route("/portal/{workspace}/{*rest}", axum::routing::any(refuse_path))
        .method_not_allowed_fallback(refuse_method)
        .route_layer(from_fn(frame))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(state)
}
