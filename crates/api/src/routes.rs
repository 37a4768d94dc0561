//! Every route there is. The router and the OpenAPI document are made from this one list.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::github::receive_github_report;
use crate::help::{explain_problem, refuse_method, refuse_unknown_route};
use crate::metrics::show_metrics;
use crate::state::{ApiState, Doors, Shared};
use crate::{
    access_requests, apis, audit, belongings, clients, credits, document, findings, grants, keys, members,
    nodes, operator_tokens, refusals, sandbox, signing_keys, test_clock, tokens, usage, users, verify,
    webhooks, workspaces,
};

/// The management API: `/v1/…`, the numbers under `/metrics`, and the help texts under `/problems/…`.
///
/// It answers every other path with a 404 problem, so it is merged into a router without a fallback.
/// The server in front puts a [`crate::CallContext`] into each request's extensions.
pub fn router(state: ApiState) -> Router {
    let (routes, document) = document::complete(routes()).split_for_parts();
    // A document of plain maps and texts cannot fail to serialize.
    let document = document.to_json().map(Bytes::from).unwrap_or_default();
    let ApiState { engine, directory, telemetry } = state;
    let doors = Doors { engine, directory, telemetry, document };
    routes
        .route("/metrics", get(show_metrics))
        .route("/leaks/github", post(receive_github_report))
        .route("/problems/{id}", get(explain_problem))
        .fallback(refuse_unknown_route)
        .method_not_allowed_fallback(refuse_method)
        .with_state(Arc::new(doors))
}

/// The OpenAPI 3.1 document of `/v1`.
pub fn openapi() -> OpenApi {
    document::complete(routes()).into_openapi()
}

fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(document::head())
        .routes(routes!(document::read_openapi))
        .routes(routes!(verify::verify_credential))
        .routes(routes!(workspaces::create_workspace, workspaces::list_workspaces))
        .routes(routes!(workspaces::get_workspace, workspaces::update_workspace))
        .routes(routes!(workspaces::suspend_workspace))
        .routes(routes!(workspaces::resume_workspace))
        .routes(routes!(test_clock::get_test_clock, test_clock::set_test_clock))
        .merge(of_credits())
        .merge(of_members())
        .routes(routes!(apis::list_apis))
        .routes(routes!(apis::get_api))
        .routes(routes!(apis::export_leak_patterns))
        .routes(routes!(sandbox::reset_sandbox))
        .merge(of_keys())
        .routes(routes!(clients::create::create_client, clients::read::list_clients))
        .routes(routes!(
            clients::read::get_client,
            clients::update::update_client,
            clients::update::replace_client,
            clients::lifecycle::delete_client
        ))
        .routes(routes!(clients::lifecycle::rotate_client_secret))
        .routes(routes!(clients::lifecycle::disable_client))
        .routes(routes!(clients::lifecycle::enable_client))
        .routes(routes!(users::write::create_user, users::read::list_users))
        .routes(routes!(users::read::get_user, users::write::update_user, users::lifecycle::delete_user))
        .routes(routes!(users::lifecycle::disable_user))
        .routes(routes!(users::lifecycle::enable_user))
        .routes(routes!(users::lifecycle::sign_user_out))
        .routes(routes!(users::sessions::list_user_sessions))
        .routes(routes!(users::sessions::end_user_session))
        .routes(routes!(grants::list_grants))
        .routes(routes!(grants::get_grant))
        .routes(routes!(grants::revoke_grant))
        .routes(routes!(tokens::list_tokens))
        .routes(routes!(tokens::get_token_tree))
        .routes(routes!(tokens::end_tokens))
        .routes(routes!(signing_keys::list_signing_keys, signing_keys::rotate_signing_key))
        .routes(routes!(refusals::explain_refusal))
        .merge(of_findings())
        .routes(routes!(usage::read_usage))
        .routes(routes!(nodes::list_nodes))
        .merge(of_webhooks())
        .routes(routes!(operator_tokens::create_operator_token, operator_tokens::list_operator_tokens))
        .routes(routes!(operator_tokens::revoke_operator_token))
        .routes(routes!(audit::list::list_audit))
        .routes(routes!(audit::export::export_audit))
        .routes(routes!(audit::verify::verify_audit))
        .routes(routes!(audit::key_at::get_key_at))
}

fn of_keys() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(keys::create::create_key, keys::read::list_keys))
        .routes(routes!(keys::read::get_key, keys::update::update_key))
        .routes(routes!(keys::lifecycle::rotate_key))
        .routes(routes!(keys::overlap::list_replaced_versions))
        .routes(routes!(keys::overlap::end_key_overlap))
        .routes(routes!(keys::lifecycle::revoke_key))
        .routes(routes!(keys::lifecycle::disable_key))
        .routes(routes!(keys::lifecycle::enable_key))
        .routes(routes!(keys::lifecycle::replace_key_secret))
        .routes(routes!(belongings::list_belongings, belongings::add_belonging))
        .routes(routes!(belongings::verify_belonging))
}

fn of_credits() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(credits::get_credits))
        .routes(routes!(credits::grant_credits))
        .routes(routes!(credits::set_credit_refill, credits::remove_credit_refill))
        .routes(routes!(credits::reserve_credits))
        .routes(routes!(credits::commit_charge))
        .routes(routes!(credits::refund_charge))
}

fn of_members() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(members::people::list_members))
        .routes(routes!(members::people::update_member, members::people::remove_member))
        .routes(routes!(members::invitations::create_invitation, members::invitations::list_invitations))
        .routes(routes!(members::invitations::withdraw_invitation))
        .routes(routes!(members::invitations::resend_invitation))
        .routes(routes!(access_requests::read::list_access_requests))
        .routes(routes!(access_requests::read::get_access_request))
        .routes(routes!(access_requests::decide::check_access_request))
        .routes(routes!(access_requests::decide::approve_access_request))
        .routes(routes!(access_requests::decide::decline_access_request))
}

fn of_findings() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(findings::list_findings))
        .routes(routes!(findings::get_finding))
        .routes(routes!(findings::acknowledge_finding))
        .routes(routes!(findings::lift_finding))
}

fn of_webhooks() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::create::create_webhook, webhooks::read::list_webhooks))
        .routes(routes!(
            webhooks::read::get_webhook,
            webhooks::update::update_webhook,
            webhooks::lifecycle::delete_webhook
        ))
        .routes(routes!(webhooks::lifecycle::rotate_webhook_secret))
        .routes(routes!(webhooks::lifecycle::enable_webhook))
        .routes(routes!(webhooks::lifecycle::disable_webhook))
        .routes(routes!(webhooks::lifecycle::test_webhook))
        .routes(routes!(webhooks::messages::replay_dead_webhook_messages))
        .routes(routes!(webhooks::messages::list_webhook_messages))
        .routes(routes!(webhooks::messages::get_webhook_message))
        .routes(routes!(webhooks::messages::replay_webhook_message))
}
