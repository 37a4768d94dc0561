//! Every route, in one list.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

use crate::error::{refuse_method, refuse_path};
use crate::frame::frame;
use crate::keys::{create, detail, edit, lifecycle, list};
use crate::portal;
use crate::state::PagesState;
use crate::{
    access, apis, audit, clients, findings, grants, landing, language, many, nodes, overview, pictures,
    refusals, report, scripts, second_factor, security, settings, setup, sign_in, style, tokens, try_it,
    users, webhooks, workspace, workspaces,
};

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
    get "/language" => language::choose_language;
    get "/report-a-key" => report::show_report;
    post "/report-a-key" => report::report_key;
    get "/static/claviger.css" => style::send_style;
    get "/static/logo/{digest}" => pictures::send_picture;
    get "/static/passkeys.js" => scripts::send_passkeys_script;
    get "/console/sign-in" => sign_in::show_sign_in;
    post "/console/sign-in" => sign_in::sign_in;
    post "/console/sign-out" => sign_in::sign_out;
    get "/console/setup" => setup::show_setup;
    post "/console/setup" => setup::set_up;
    get "/console/second-factor" => second_factor::show_second_factor;
    post "/console/second-factor" => second_factor::prove;
    get "/console/security" => security::show_security;
    post "/console/security/authenticator" => security::begin;
    post "/console/security/authenticator/confirm" => security::confirm;
    post "/console/security/authenticator/remove" => security::remove;
    post "/console/security/recovery-codes" => security::renew_codes;
    post "/console/security/passkeys" => security::add_passkey;
    post "/console/security/passkeys/{id}/remove" => security::remove_passkey;
    get "/console" => overview::show_overview;
    get "/console/keys" => list::list_keys;
    get "/console/keys/new" => create::show_new_key;
    post "/console/keys/new" => create::create_key;
    get "/console/keys/{id}" => detail::show_key;
    get "/console/keys/{id}/at" => audit::key_at::show_key_at;
    get "/console/keys/{id}/edit" => edit::show_edit_key;
    post "/console/keys/{id}/edit" => edit::update_key;
    post "/console/keys/{id}/disable" => lifecycle::disable_key;
    post "/console/keys/{id}/enable" => lifecycle::enable_key;
    post "/console/keys/{id}/rotate" => lifecycle::rotate_key;
    post "/console/keys/{id}/end-overlap" => lifecycle::end_overlap;
    post "/console/keys/{id}/secret" => lifecycle::replace_secret;
    post "/console/keys/{id}/end-tokens" => tokens::end_tokens_of_key;
    post "/console/keys/{id}/revoke" => lifecycle::revoke_key;
    get "/console/workspaces" => workspaces::list_workspaces;
    post "/console/workspaces" => workspaces::create_workspace;
    get "/console/workspaces/{id}" => workspace::show_workspace;
    post "/console/workspaces/{id}/plan" => workspace::set_plan;
    post "/console/workspaces/{id}/credits" => workspace::give_credits;
    post "/console/workspaces/{id}/refill" => workspace::set_refill;
    post "/console/workspaces/{id}/suspend" => workspaces::suspend_workspace;
    post "/console/workspaces/{id}/resume" => workspaces::resume_workspace;
    get "/console/access-requests" => access::list_access_requests;
    get "/console/access-requests/{id}" => access::show_access_request;
    post "/console/access-requests/{id}/check" => access::check;
    post "/console/access-requests/{id}/approve" => access::approve;
    post "/console/access-requests/{id}/decline" => access::decline;
    get "/console/clients" => clients::list::list_clients;
    get "/console/clients/new" => clients::create::show_new_client;
    post "/console/clients/new" => clients::create::create_client;
    get "/console/clients/{id}" => clients::detail::show_client;
    get "/console/clients/{id}/edit" => clients::change::show_client_form;
    post "/console/clients/{id}/edit" => clients::change::change_client;
    get "/console/clients/{id}/consent" => clients::preview::show_consent;
    post "/console/clients/{id}/picture" => clients::picture::give_picture;
    post "/console/clients/{id}/picture/remove" => clients::picture::remove_picture;
    post "/console/clients/{id}/rotate" => clients::lifecycle::rotate_secret;
    post "/console/clients/{id}/disable" => clients::lifecycle::disable_client;
    post "/console/clients/{id}/enable" => clients::lifecycle::enable_client;
    post "/console/clients/{id}/delete" => clients::lifecycle::delete_client;
    get "/console/users" => users::list::list_users;
    get "/console/users/{id}" => users::detail::show_user;
    post "/console/users/{id}/disable" => users::lifecycle::disable_user;
    post "/console/users/{id}/enable" => users::lifecycle::enable_user;
    post "/console/users/{id}/sign-out" => users::lifecycle::sign_user_out;
    post "/console/users/{id}/sessions/{session}/end" => users::lifecycle::end_user_session;
    post "/console/users/{id}/reset" => users::lifecycle::send_reset;
    post "/console/users/{id}/delete" => users::lifecycle::delete_user;
    get "/console/grants" => grants::list_grants;
    post "/console/grants/{id}/revoke" => grants::revoke_grant;
    get "/console/tokens" => tokens::list_tokens;
    post "/console/tokens/{id}/end" => tokens::end_token;
    get "/console/apis" => apis::list::list_apis;
    get "/console/apis/{id}" => apis::contract::show_contract;
    get "/console/apis/{id}/file" => apis::file::show_contract_file;
    post "/console/apis/{id}/file" => apis::file::reload_contracts;
    get "/console/apis/{id}/signing-keys" => apis::signing_keys::list_signing_keys;
    post "/console/apis/{id}/signing-keys" => apis::signing_keys::rotate_signing_key;
    get "/console/apis/{id}/sandbox" => apis::sandbox::show_sandbox;
    post "/console/apis/{id}/sandbox" => apis::sandbox::reset_sandbox;
    get "/console/findings" => findings::list::list_findings;
    get "/console/findings/{id}" => findings::detail::show_finding;
    post "/console/findings/{id}/acknowledge" => findings::detail::acknowledge_finding;
    post "/console/findings/{id}/lift" => findings::detail::lift_finding;
    get "/console/webhooks" => webhooks::list::list_webhooks;
    get "/console/webhooks/new" => webhooks::create::show_new_webhook;
    post "/console/webhooks/new" => webhooks::create::create_webhook;
    get "/console/webhooks/{id}" => webhooks::detail::show_webhook;
    get "/console/webhooks/{id}/edit" => webhooks::edit::show_edit_webhook;
    post "/console/webhooks/{id}/edit" => webhooks::edit::update_webhook;
    post "/console/webhooks/{id}/test" => webhooks::lifecycle::test_webhook;
    post "/console/webhooks/{id}/replay" => webhooks::lifecycle::replay_dead;
    post "/console/webhooks/{id}/secret" => webhooks::lifecycle::rotate_secret;
    post "/console/webhooks/{id}/disable" => webhooks::lifecycle::disable_webhook;
    post "/console/webhooks/{id}/enable" => webhooks::lifecycle::enable_webhook;
    post "/console/webhooks/{id}/delete" => webhooks::lifecycle::delete_webhook;
    get "/console/webhooks/{id}/messages/{message}" => webhooks::message::show_message;
    post "/console/webhooks/{id}/messages/{message}/replay" => webhooks::message::replay_message;
    post "/console/keys/selected/disable" => many::act_on_many::<many::deeds::DisableKeys>;
    post "/console/keys/selected/enable" => many::act_on_many::<many::deeds::EnableKeys>;
    post "/console/keys/selected/revoke" => many::act_on_many::<many::deeds::RevokeKeys>;
    post "/console/clients/selected/disable" => many::act_on_many::<many::deeds::DisableClients>;
    post "/console/clients/selected/enable" => many::act_on_many::<many::deeds::EnableClients>;
    post "/console/users/selected/sign-out" => many::act_on_many::<many::deeds::SignUsersOut>;
    post "/console/users/selected/disable" => many::act_on_many::<many::deeds::DisableUsers>;
    post "/console/users/selected/enable" => many::act_on_many::<many::deeds::EnableUsers>;
    post "/console/tokens/selected/end" => many::act_on_many::<many::deeds::EndTokens>;
    get "/console/nodes" => nodes::show_nodes;
    get "/console/settings" => settings::show_settings;
    get "/console/refusals" => refusals::explain_refusal;
    get "/console/audit" => audit::list::list_audit;
    get "/console/audit/export" => audit::export::export_audit;
    post "/console/audit/verify" => audit::check::verify_audit;
    get "/console/audit/{id}" => audit::detail::show_audit_entry;
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
    get "/portal/request-access" => portal::access::show_request_form;
    post "/portal/request-access" => portal::access::request_access;
    get "/portal/request-access/status" => portal::access::show_access_status;
    get "/portal/second-factor" => second_factor::show_member_second_factor;
    post "/portal/second-factor" => second_factor::prove_member;
    get "/portal/security" => portal::workspaces::show_own_security;
    get "/portal/{workspace}" => portal::overview::show_workspace;
    post "/portal/{workspace}/first-keys/{id}" => portal::access::reveal_first_key;
    get "/portal/{workspace}/test-clock" => portal::test_clock::show_test_clock;
    post "/portal/{workspace}/test-clock" => portal::test_clock::set_test_clock;
    get "/portal/{workspace}/keys" => list::list_keys;
    get "/portal/{workspace}/keys/new" => create::show_new_key;
    post "/portal/{workspace}/keys/new" => create::create_key;
    get "/portal/{workspace}/keys/{id}" => detail::show_key;
    get "/portal/{workspace}/keys/{id}/edit" => edit::show_edit_key;
    post "/portal/{workspace}/keys/{id}/edit" => edit::update_key;
    post "/portal/{workspace}/keys/{id}/disable" => lifecycle::disable_key;
    post "/portal/{workspace}/keys/{id}/enable" => lifecycle::enable_key;
    post "/portal/{workspace}/keys/{id}/rotate" => lifecycle::rotate_key;
    post "/portal/{workspace}/keys/{id}/end-overlap" => lifecycle::end_overlap;
    post "/portal/{workspace}/keys/{id}/secret" => lifecycle::replace_secret;
    post "/portal/{workspace}/keys/{id}/end-tokens" => tokens::end_tokens_of_key;
    post "/portal/{workspace}/keys/{id}/revoke" => lifecycle::revoke_key;
    get "/portal/{workspace}/history" => audit::list::list_audit;
    get "/portal/{workspace}/history/export" => audit::export::export_audit;
    get "/portal/{workspace}/history/{id}" => audit::detail::show_audit_entry;
    get "/portal/{workspace}/clients" => clients::list::list_clients;
    get "/portal/{workspace}/clients/new" => clients::create::show_new_client;
    post "/portal/{workspace}/clients/new" => clients::create::create_client;
    get "/portal/{workspace}/clients/{id}" => clients::detail::show_client;
    get "/portal/{workspace}/clients/{id}/edit" => clients::change::show_client_form;
    post "/portal/{workspace}/clients/{id}/edit" => clients::change::change_client;
    get "/portal/{workspace}/clients/{id}/consent" => clients::preview::show_consent;
    post "/portal/{workspace}/clients/{id}/picture" => clients::picture::give_picture;
    post "/portal/{workspace}/clients/{id}/picture/remove" => clients::picture::remove_picture;
    post "/portal/{workspace}/clients/{id}/rotate" => clients::lifecycle::rotate_secret;
    post "/portal/{workspace}/clients/{id}/disable" => clients::lifecycle::disable_client;
    post "/portal/{workspace}/clients/{id}/enable" => clients::lifecycle::enable_client;
    post "/portal/{workspace}/clients/{id}/delete" => clients::lifecycle::delete_client;
    get "/portal/{workspace}/tokens" => tokens::list_tokens;
    post "/portal/{workspace}/tokens/{id}/end" => tokens::end_token;
    post "/portal/{workspace}/keys/selected/disable" => many::act_on_many::<many::deeds::DisableKeys>;
    post "/portal/{workspace}/keys/selected/enable" => many::act_on_many::<many::deeds::EnableKeys>;
    post "/portal/{workspace}/keys/selected/revoke" => many::act_on_many::<many::deeds::RevokeKeys>;
    post "/portal/{workspace}/clients/selected/disable" => many::act_on_many::<many::deeds::DisableClients>;
    post "/portal/{workspace}/clients/selected/enable" => many::act_on_many::<many::deeds::EnableClients>;
    post "/portal/{workspace}/tokens/selected/end" => many::act_on_many::<many::deeds::EndTokens>;
    get "/portal/{workspace}/security" => security::show_security;
    post "/portal/{workspace}/security/authenticator" => security::begin;
    post "/portal/{workspace}/security/authenticator/confirm" => security::confirm;
    post "/portal/{workspace}/security/authenticator/remove" => security::remove;
    post "/portal/{workspace}/security/recovery-codes" => security::renew_codes;
    post "/portal/{workspace}/security/passkeys" => security::add_passkey;
    post "/portal/{workspace}/security/passkeys/{id}/remove" => security::remove_passkey;
    get "/portal/{workspace}/credits" => portal::credits::show_credits;
    get "/portal/{workspace}/docs" => apis::list::list_apis;
    get "/portal/{workspace}/docs/{id}" => apis::contract::show_contract;
    get "/portal/{workspace}/docs/{id}/try" => try_it::page::show_trial;
    post "/portal/{workspace}/docs/{id}/try" => try_it::page::send_trial;
    get "/portal/{workspace}/findings" => findings::list::list_findings;
    get "/portal/{workspace}/findings/{id}" => findings::detail::show_finding;
    post "/portal/{workspace}/findings/{id}/acknowledge" => findings::detail::acknowledge_finding;
    get "/portal/{workspace}/refusals" => refusals::explain_refusal;
    get "/portal/{workspace}/webhooks" => webhooks::list::list_webhooks;
    get "/portal/{workspace}/webhooks/new" => webhooks::create::show_new_webhook;
    post "/portal/{workspace}/webhooks/new" => webhooks::create::create_webhook;
    get "/portal/{workspace}/webhooks/{id}" => webhooks::detail::show_webhook;
    get "/portal/{workspace}/webhooks/{id}/edit" => webhooks::edit::show_edit_webhook;
    post "/portal/{workspace}/webhooks/{id}/edit" => webhooks::edit::update_webhook;
    post "/portal/{workspace}/webhooks/{id}/test" => webhooks::lifecycle::test_webhook;
    post "/portal/{workspace}/webhooks/{id}/replay" => webhooks::lifecycle::replay_dead;
    post "/portal/{workspace}/webhooks/{id}/secret" => webhooks::lifecycle::rotate_secret;
    post "/portal/{workspace}/webhooks/{id}/disable" => webhooks::lifecycle::disable_webhook;
    post "/portal/{workspace}/webhooks/{id}/enable" => webhooks::lifecycle::enable_webhook;
    post "/portal/{workspace}/webhooks/{id}/delete" => webhooks::lifecycle::delete_webhook;
    get "/portal/{workspace}/webhooks/{id}/messages/{message}" => webhooks::message::show_message;
    post "/portal/{workspace}/webhooks/{id}/messages/{message}/replay" => webhooks::message::replay_message;
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
        .route_layer(from_fn_with_state(state.is_secure, frame))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(state)
}
