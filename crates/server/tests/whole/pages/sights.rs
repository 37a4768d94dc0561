//! Every page there is, in one place: a page that is not here fails a test.

use claviger_pages::{PUBLIC_ROUTES, ROUTES};
use serde_json::json;

use crate::house::Demo;

/// Whoever looks at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Nobody,
    Operator,
    User,
    Member,
}

/// A page of the demo.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// Its route, as the router has it.
    pub(super) route: &'static str,
    /// What its picture is called; none for one that is worth none.
    pub(super) name: Option<&'static str>,
    pub(super) reader: Reader,
    /// Where it is, whole.
    pub(super) address: String,
}

/// What is fetched by pages, leads on at once, or is there before the first operator only.
const NO_SIGHTS: [&str; 17] = [
    "/language",
    "/static/claviger.css",
    "/static/logo/{digest}",
    "/static/brand.css",
    "/static/passkeys.js",
    "/static/post.js",
    "/sign-in/with/{provider}",
    "/sign-in/back",
    "/account/services/{provider}/link",
    "/oauth/logout",
    "/console/audit/export",
    "/portal/{workspace}/history/export",
    "/console/setup",
    "/console/second-factor",
    "/portal",
    "/portal/second-factor",
    "/portal/security",
];

/// The ids that pages need.
struct Things {
    key: String,
    client: String,
    user: String,
    refusal: String,
    finding: String,
    finding_workspace: String,
    workspace: String,
    /// The number of a row of the audit record about the key.
    row: String,
    client_workspace: String,
    access_request: String,
    webhook: String,
    message: String,
}

async fn first(demo: &Demo, path: &str) -> String {
    let listed = demo.manage(&format!("GET {path}")).send().await.json();
    listed["data"][0]["id"].as_str().unwrap_or_else(|| panic!("{path}: {listed}")).to_owned()
}

/// A key of the example API whose older version is still used; its id.
async fn rotated(demo: &Demo) -> String {
    let old = demo.fact("example", "test_key");
    let verdict = demo.post("/v1/verify", &json!({"api": "example", "credential": old})).await;
    let key = verdict["principal"]["credential"].as_str().unwrap_or_else(|| panic!("{verdict}")).to_owned();
    let new = demo.post(&format!("/v1/keys/{key}/rotate"), &json!({"overlap_seconds": 86_400})).await;
    let new = new["key"].as_str().unwrap_or_else(|| panic!("{new}"));
    let host = format!("example.localhost:{}", demo.address.port());
    for text in [old, new, new, new] {
        assert_eq!(demo.call(&format!("GET {host}/v1/users")).bearer(text).send().await.status, 200);
    }
    let overlap = format!("GET /v1/keys/{key}/overlap");
    let is_counted =
        async || demo.manage(&overlap).send().await.json()["data"][0]["all_requests"].as_u64() >= Some(4);
    crate::client::eventually("the uses of both versions are counted", is_counted).await;
    key
}

/// Somebody asks for access; the id of the request.
async fn asked(demo: &Demo) -> String {
    let form = demo.call("GET 127.0.0.1/portal/request-access").send().await;
    let cookie = form.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let page = form.text();
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap_or_else(|| panic!("{page}"));
    let fields = [
        ("form_token", rest.split('"').next().unwrap_or_default()),
        ("api", "example"),
        ("environment", "test"),
        ("use_case", "We show tenants what moving in costs, and need the fees of each listing."),
        ("company", "Harbour Lettings"),
        ("contact", "Nora Lind"),
        ("email", "nora@harbour.example"),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let call = demo.call("POST 127.0.0.1/portal/request-access").header("cookie", cookie);
    let sent = call.header("content-type", "application/x-www-form-urlencoded").body(body).send().await;
    assert_eq!(sent.status, 200, "{sent:?}");
    first(demo, "/v1/access-requests").await
}

impl Things {
    async fn of(demo: &Demo) -> Self {
        let host = format!("example.localhost:{}", demo.address.port());
        let refused =
            demo.call(&format!("GET {host}/v1/users")).bearer(demo.fact("example", "expired_token"));
        let refused = refused.send().await;
        assert!(refused.status >= 400, "{refused:?}");
        let host = demo.address;
        let form = format!("key={}", demo.fact("example", "live_key"));
        let report = demo
            .call(&format!("POST {host}/report-a-key"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        assert_eq!(report.send().await.status, 200);
        let key = rotated(demo).await;
        let shown = demo.manage(&format!("GET /v1/keys/{key}")).send().await.json();
        let workspace = shown["workspace"].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned();
        let rows = demo.manage(&format!("GET /v1/audit?object={key}")).send().await.json();
        let row = rows["data"][0]["seq"].to_string();
        let client = demo.fact("example", "client_id");
        let of_client = demo.manage(&format!("GET /v1/clients/{client}")).send().await.json();
        let client_workspace =
            of_client["workspace"].as_str().unwrap_or_else(|| panic!("{of_client}")).to_owned();
        let finding = first(demo, "/v1/findings").await;
        let found = demo.manage(&format!("GET /v1/findings/{finding}")).send().await.json();
        let finding_workspace = found["workspace"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned();
        let credits = json!({"amount": 1000, "note": "Order 4711"});
        demo.post(&format!("/v1/workspaces/{workspace}/credits/grants"), &credits).await;
        // Nobody listens there.
        let new = json!({"name": "Key inventory", "url": "http://127.0.0.1:9/hooks", "workspace": workspace});
        let made = demo.post("/v1/webhooks", &new).await;
        let webhook = made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        let sent = demo.post(&format!("/v1/webhooks/{webhook}/test"), &json!({})).await;
        let message = sent["id"].as_str().unwrap_or_else(|| panic!("{sent}")).to_owned();
        let path = format!("GET /v1/webhooks/{webhook}/messages/{message}");
        let is_tried = async || demo.manage(&path).send().await.json()["attempt_count"] == 1;
        crate::client::eventually("the message is tried", is_tried).await;
        Self {
            key,
            row,
            workspace,
            webhook,
            message,
            client_workspace,
            access_request: asked(demo).await,
            client: demo.fact("example", "client_id").to_owned(),
            user: first(demo, "/v1/users?api=example").await,
            refusal: refused.request_id().to_owned(),
            finding,
            finding_workspace,
        }
    }
}

/// Every page of the demo.
pub(super) async fn sights(demo: &Demo) -> Vec<Sight> {
    let things = Things::of(demo).await;
    let base = format!("http://{}", demo.address);
    let console = of_console(&things).into_iter().map(|(route, name, path)| Sight {
        route,
        name: Some(name),
        reader: if matches!(route, "/" | "/report-a-key" | "/console/sign-in") {
            Reader::Nobody
        } else {
            Reader::Operator
        },
        address: format!("{base}{path}"),
    });
    let site = format!("http://example.localhost:{}", demo.address.port());
    let public = OF_SITE.into_iter().map(|(route, name, reader)| Sight {
        route,
        name,
        reader,
        address: format!("{site}{route}"),
    });
    let portal = of_portal(&things).into_iter().map(|(route, name, reader, path)| Sight {
        route,
        name,
        reader,
        address: format!("{base}{path}"),
    });
    let all: Vec<Sight> = console.chain(public).chain(portal).collect();
    all_routes_are_there(&all);
    all
}

fn of_console(things: &Things) -> Vec<(&'static str, &'static str, String)> {
    let Things {
        key, client, user, refusal, access_request, finding, webhook, message, workspace, row, ..
    } = things;
    let same = |route: &'static str, name| (route, name, route.to_owned());
    vec![
        same("/", "landing"),
        same("/console/sign-in", "sign-in"),
        same("/console", "overview"),
        same("/console/workspaces", "workspaces"),
        same("/console/access-requests", "access-requests"),
        (
            "/console/access-requests/{id}",
            "access-request",
            format!("/console/access-requests/{access_request}"),
        ),
        ("/console/workspaces/{id}", "workspace", format!("/console/workspaces/{workspace}")),
        same("/console/keys", "keys"),
        ("/console/keys/new", "new-key", "/console/keys/new?api=example".to_owned()),
        ("/console/keys/{id}", "key", format!("/console/keys/{key}")),
        ("/console/keys/{id}/edit", "change-key", format!("/console/keys/{key}/edit")),
        same("/console/security", "security"),
        same("/console/clients", "applications"),
        ("/console/clients/new", "new-application", "/console/clients/new?api=example".to_owned()),
        ("/console/clients/{id}", "application", format!("/console/clients/{client}")),
        ("/console/clients/{id}/edit", "change-application", format!("/console/clients/{client}/edit")),
        ("/console/clients/{id}/consent", "consent-preview", format!("/console/clients/{client}/consent")),
        ("/console/users", "users", "/console/users?api=example".to_owned()),
        ("/console/users/{id}", "user", format!("/console/users/{user}")),
        same("/console/grants", "consents"),
        ("/console/tokens", "tokens", format!("/console/tokens?of={client}")),
        same("/console/webhooks", "webhooks"),
        same("/console/webhooks/new", "new-webhook"),
        ("/console/webhooks/{id}", "webhook", format!("/console/webhooks/{webhook}")),
        ("/console/webhooks/{id}/edit", "change-webhook", format!("/console/webhooks/{webhook}/edit")),
        (
            "/console/webhooks/{id}/messages/{message}",
            "webhook-message",
            format!("/console/webhooks/{webhook}/messages/{message}"),
        ),
        same("/console/apis", "apis"),
        ("/console/apis/{id}", "contract", "/console/apis/example".to_owned()),
        ("/console/apis/{id}/file", "contract-file", "/console/apis/example/file".to_owned()),
        ("/console/apis/{id}/sandbox", "sandbox", "/console/apis/propertybase/sandbox".to_owned()),
        ("/console/apis/{id}/signing-keys", "signing-keys", "/console/apis/example/signing-keys".to_owned()),
        same("/report-a-key", "report-a-key"),
        same("/console/findings", "findings"),
        ("/console/findings/{id}", "finding", format!("/console/findings/{finding}")),
        same("/console/nodes", "nodes"),
        same("/console/settings", "settings"),
        same("/console/audit", "audit"),
        ("/console/keys/{id}/at", "key-on-a-date", format!("/console/keys/{key}/at")),
        ("/console/audit/{id}", "audit-row", format!("/console/audit/{row}")),
        ("/console/refusals", "refusal", format!("/console/refusals?request={refusal}")),
    ]
}

/// A page as it is listed: its route, its picture's name, who looks at it, and its path.
type Listed = (&'static str, Option<&'static str>, Reader, String);

fn of_portal(things: &Things) -> Vec<Listed> {
    let Things { key, workspace, webhook, message, .. } = things;
    let open = |route: &'static str, name| (route, name, Reader::Nobody, route.to_owned());
    let own = |route: &'static str, name| {
        let id = if route.contains("/webhooks/") { webhook } else { key };
        let path = route.replace("{workspace}", workspace).replace("{id}", id).replace("{message}", message);
        (route, Some(name), Reader::Member, path)
    };
    let mut all = vec![
        open("/portal/sign-in", Some("portal-sign-in")),
        open("/portal/invitation", None),
        open("/portal/forgot-password", None),
        open("/portal/reset-password", None),
        open("/portal/request-access", Some("portal-request-access")),
        open("/portal/request-access/status", None),
        own("/portal/workspaces", "portal-workspaces"),
        own("/portal/{workspace}", "portal-overview"),
        own("/portal/{workspace}/keys", "portal-keys"),
        own("/portal/{workspace}/keys/{id}", "portal-key"),
        own("/portal/{workspace}/keys/{id}/edit", "portal-change-key"),
        own("/portal/{workspace}/clients", "portal-applications"),
        own("/portal/{workspace}/docs", "portal-docs"),
        own("/portal/{workspace}/refusals", "portal-refusal"),
        own("/portal/{workspace}/findings", "portal-findings"),
        own("/portal/{workspace}/credits", "portal-credits"),
        own("/portal/{workspace}/security", "portal-security"),
        own("/portal/{workspace}/test-clock", "portal-test-clock"),
        own("/portal/{workspace}/webhooks", "portal-webhooks"),
        own("/portal/{workspace}/webhooks/new", "portal-new-webhook"),
        own("/portal/{workspace}/webhooks/{id}", "portal-webhook"),
        own("/portal/{workspace}/webhooks/{id}/edit", "portal-change-webhook"),
        own("/portal/{workspace}/webhooks/{id}/messages/{message}", "portal-webhook-message"),
        own("/portal/{workspace}/members", "portal-members"),
        own("/portal/{workspace}/history", "portal-history"),
    ];
    all.extend(of_portal_about_others(things));
    all
}

/// The portal's pages that are about something else than the key or webhook of the list above.
fn of_portal_about_others(things: &Things) -> Vec<Listed> {
    let Things { key, client, client_workspace, workspace, row, finding, finding_workspace, .. } = things;
    let of_client = |route: &'static str, name| {
        let path = route.replace("{workspace}", client_workspace).replace("{id}", client);
        (route, Some(name), Reader::Member, path)
    };
    let at = |route: &'static str, name, path: String| {
        (route, Some(name), Reader::Member, format!("/portal/{workspace}{path}"))
    };
    vec![
        at("/portal/{workspace}/keys/new", "portal-new-key", "/keys/new?api=example".to_owned()),
        at(
            "/portal/{workspace}/clients/new",
            "portal-new-application",
            "/clients/new?api=example".to_owned(),
        ),
        at("/portal/{workspace}/history/{id}", "portal-history-row", format!("/history/{row}")),
        at("/portal/{workspace}/tokens", "portal-tokens", format!("/tokens?of={key}")),
        at("/portal/{workspace}/docs/{id}", "portal-contract", "/docs/example".to_owned()),
        at(
            "/portal/{workspace}/docs/{id}/try",
            "portal-trial",
            "/docs/example/try?route=GET+%2Fv1%2Fusers%2F%7Bid%7D".to_owned(),
        ),
        of_client("/portal/{workspace}/clients/{id}", "portal-application"),
        of_client("/portal/{workspace}/clients/{id}/edit", "portal-change-application"),
        of_client("/portal/{workspace}/clients/{id}/consent", "portal-consent-preview"),
        (
            "/portal/{workspace}/findings/{id}",
            Some("portal-finding"),
            Reader::Member,
            format!("/portal/{finding_workspace}/findings/{finding}"),
        ),
    ]
}

const OF_SITE: [(&str, Option<&str>, Reader); 15] = [
    ("/sign-in", Some("user-sign-in"), Reader::Nobody),
    ("/sign-up", None, Reader::Nobody),
    ("/forgot-password", None, Reader::Nobody),
    ("/reset-password", None, Reader::Nobody),
    ("/verify-email", None, Reader::Nobody),
    ("/second-factor", None, Reader::Nobody),
    ("/select-account", None, Reader::Nobody),
    ("/signed-out", None, Reader::Nobody),
    ("/device", Some("device"), Reader::User),
    ("/consent", None, Reader::User),
    ("/account", Some("account"), Reader::User),
    ("/account/email/confirm", None, Reader::User),
    ("/account/security", Some("account-security"), Reader::User),
    ("/account/sessions", None, Reader::User),
    ("/account/applications", None, Reader::User),
];

/// Of the pages that are made by forms, those that can be had without doing harm.
pub(super) fn consent_of(demo: &Demo) -> String {
    let fields = json!({"response_type": "code", "client_id": demo.fact("example", "client_id"),
        "redirect_uri": demo.fact("example", "redirect_uri"), "scope": "openid read write", "prompt": "consent",
        "state": "s", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256"});
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.as_object().into_iter().flatten() {
        query.append_pair(name, value.as_str().unwrap_or_default());
    }
    let query = query.finish();
    format!("http://example.localhost:{}/oauth/authorize?{query}", demo.address.port())
}

fn all_routes_are_there(sights: &[Sight]) {
    for (method, route) in ROUTES.iter().chain(PUBLIC_ROUTES) {
        let is_seen = sights.iter().any(|sight| sight.route == *route);
        assert!(*method != "get" || is_seen || NO_SIGHTS.contains(route), "nobody looks at {route}");
    }
}
