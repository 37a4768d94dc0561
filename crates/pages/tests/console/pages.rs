//! What is true of every page.

use std::collections::BTreeSet;

use claviger_pages::ROUTES;

use crate::browser::{attribute, tags};
use crate::house::{ACTOR, House};

/// What whoever is not signed in may see.
const OPEN: [&str; 13] = [
    "/",
    "/language",
    "/report-a-key",
    "/static/claviger.css",
    "/static/logo/{digest}",
    "/static/passkeys.js",
    "/console/sign-in",
    "/portal/sign-in",
    "/portal/invitation",
    "/portal/forgot-password",
    "/portal/reset-password",
    "/portal/request-access",
    "/portal/request-access/status",
];

/// Every page with something on it.
async fn addresses(house: &House) -> Vec<String> {
    let single = house.issue("sample", "server").await.key.id;
    let pair = house.issue("paired", "partner").await.key.id;
    let client = house.client("Inkwell").await.client.id;
    let user = house.user("grace@example.com", None).await.id;
    let (webhook, message) = house.webhook().await;
    let mut all: Vec<String> =
        ["/", "/console", "/console/keys", "/console/keys/new", "/console/workspaces", "/console/security"]
            .map(str::to_owned)
            .into();
    all.extend([
        "/console/keys/new?api=sample".to_owned(),
        "/console/keys/new?api=paired".to_owned(),
        "/console/keys?api=sample&state=active&environment=live&name=er".to_owned(),
        "/console/keys?name=nothing".to_owned(),
        format!("/console/keys/{single}?notice=enabled"),
        format!("/console/keys/{pair}"),
        "/console/clients".to_owned(),
        "/console/clients?name=nothing".to_owned(),
        "/console/clients/new".to_owned(),
        "/console/clients/new?api=example".to_owned(),
        format!("/console/clients/{client}"),
        format!("/console/clients/{client}/edit"),
        format!("/console/clients/{client}/consent"),
        "/console/users".to_owned(),
        "/console/users?api=example&email=nobody".to_owned(),
        format!("/console/users/{user}"),
        "/console/grants".to_owned(),
        format!("/console/tokens?of={client}"),
        "/console/webhooks".to_owned(),
        format!("/console/webhooks?workspace={}", house.workspace.id),
        "/console/webhooks/new".to_owned(),
        format!("/console/webhooks/{webhook}"),
        format!("/console/webhooks/{webhook}?state=dead"),
        format!("/console/webhooks/{webhook}/edit"),
        format!("/console/webhooks/{webhook}/messages/{message}"),
        "/console/apis".to_owned(),
        "/console/apis/example".to_owned(),
        "/console/apis/example/signing-keys".to_owned(),
        "/console/findings".to_owned(),
        "/console/findings?state=all&rule=new_network&subject=key_1".to_owned(),
        "/console/audit".to_owned(),
        format!("/console/audit?object={single}&from=2020-01-01&until=2030-01-01"),
        "/console/audit?who=nobody@example.com".to_owned(),
        "/console/audit/1".to_owned(),
        "/console/audit/100000".to_owned(),
        "/console/refusals".to_owned(),
        "/console/refusals?request=req_unknown".to_owned(),
        format!("/console/keys/{single}/edit"),
        "/console/keys/key_00000000000000000000000000".to_owned(),
        "/console/apis/example/file".to_owned(),
        "/console/nodes".to_owned(),
        "/console/settings".to_owned(),
        "/console/access-requests".to_owned(),
        "/console/access-requests?state=all".to_owned(),
        "/console/nowhere".to_owned(),
    ]);
    all
}

#[tokio::test]
async fn every_route_but_the_open_ones_sends_nobody_to_the_sign_in() {
    let house = House::new().await;
    let id = house.issue("sample", "server").await.key.id.to_string();
    let mut knocked = 0;
    for (method, path) in ROUTES {
        let is_open = OPEN.contains(path);
        let sign_in = if path.starts_with("/portal") { "/portal/sign-in" } else { "/console/sign-in" };
        let path = path
            .replace("{id}", &id)
            .replace("{workspace}", &house.workspace.id.to_string())
            .replace("{session}", "ses_00000000000000000000000000");
        let mut browser = house.browser();
        let reply = browser.send(&method.to_uppercase(), &path, "name=x&confirm=server".to_owned()).await;
        if is_open {
            assert_ne!(reply.status, 303, "{method} {path}");
            continue;
        }
        assert_eq!((reply.status, reply.location()), (303, sign_in), "{method} {path}");
        knocked += 1;
    }
    assert_eq!(knocked, ROUTES.len() - 20);
    let key = house.engine.find_key(id.parse().unwrap()).await.unwrap();
    assert_eq!(key.state.as_str(), "active");
}

#[tokio::test]
async fn the_session_of_an_apis_user_opens_no_page_of_console_or_portal() {
    let house = House::new().await;
    let user = house.user("grace@example.com", Some("nanoseconds of wire")).await;
    let attempt = claviger_engine::SignIn {
        pool: user.pool,
        email: user.email,
        password: claviger_engine::Password::typed("nanoseconds of wire".to_owned()).unwrap(),
        origin: claviger_domain::Origin::default(),
    };
    let cookie = house.engine.sign_in(attempt).await.unwrap().cookie;
    let mut browser = house.browser();
    for (method, path) in ROUTES.iter().filter(|(_, path)| !OPEN.contains(path)) {
        browser.cookies = ["claviger-session", "claviger-member"]
            .map(|name| (name.to_owned(), cookie.expose().to_owned()))
            .into();
        let sign_in = if path.starts_with("/portal") { "/portal/sign-in" } else { "/console/sign-in" };
        let path = path.replace("{id}", "x").replace("{session}", "x").replace("{workspace}", "x");
        let reply = browser.send(&method.to_uppercase(), &path, String::new()).await;
        assert_eq!((reply.status, reply.location()), (303, sign_in), "{method} {path}");
    }
}

#[tokio::test]
async fn every_page_weighs_less_than_100_kilobytes_with_its_style() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let style = browser.get("/static/claviger.css").await.body.len();
    for path in addresses(&house).await {
        let weight = browser.get(&path).await.body.len() + style;
        assert!(weight < 100_000, "{path} weighs {weight} bytes");
    }
}

#[tokio::test]
async fn the_section_of_a_page_is_marked_in_the_navigation() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    for path in addresses(&house).await.iter().filter(|path| path.starts_with("/console")) {
        let reply = browser.get(path).await;
        let marked = reply.body.matches("aria-current=\"page\"").count();
        let has_frame = reply.body.contains("<nav aria-label=\"Console\">");
        assert_eq!(marked, usize::from(has_frame), "{path}");
        assert!(has_frame || reply.status == 404, "{path}");
    }
}

#[tokio::test]
async fn every_answer_leaves_a_browser_no_room() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let mut addresses = addresses(&house).await;
    addresses.extend(["/static/claviger.css".to_owned(), "/console/sign-in".to_owned()]);
    for path in addresses {
        for is_signed_in in [true, false] {
            let reply =
                if is_signed_in { browser.get(&path).await } else { house.browser().get(&path).await };
            assert_eq!(
                reply.header("content-security-policy"),
                "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                 frame-ancestors 'none'; base-uri 'none'",
                "{path}"
            );
            assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
            let cache = if path.ends_with(".css") { "public, max-age=600" } else { "no-store" };
            assert_eq!(reply.header("cache-control"), cache, "{path}");
        }
    }
}

#[tokio::test]
async fn every_page_can_be_read_without_seeing_it() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    for path in addresses(&house).await {
        let body = browser.get(&path).await.body;
        can_be_read_without_seeing_it(&path, &body);
    }
}

/// One heading, labels, ids that are there once, no style and no script of its own.
pub(crate) fn can_be_read_without_seeing_it(path: &str, body: &str) {
    assert!(body.contains("<html lang=\"en\">"), "{path}");
    assert!(body.contains("href=\"#main\"") && body.contains("<main id=\"main\""), "{path}");
    assert_eq!(tags(body, "h1").len(), 1, "{path}");
    let ids: Vec<_> = body.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{path}: {ids:?}");
    for tag in tags(body, "input").into_iter().chain(tags(body, "select")).chain(tags(body, "textarea")) {
        let kind = attribute(tag, "type").unwrap_or_default();
        if !matches!(kind, "hidden" | "radio" | "checkbox") {
            let label = format!("<label for=\"{}\">", attribute(tag, "id").unwrap());
            assert!(body.contains(&label), "{path}: {tag}");
        }
    }
    assert!(!body.contains(" style=") && !body.contains("<script"), "{path}");
    for reference in body.split("aria-describedby=\"").skip(1) {
        for id in reference.split_once('"').unwrap().0.split(' ') {
            assert!(ids.contains(&id), "{path}: nothing has the id {id}");
        }
    }
}

#[tokio::test]
async fn names_are_text_wherever_they_are_shown() {
    const NAME: &str = "<script>alert(1)</script>\"'&";
    let house = House::new().await;
    let new = claviger_engine::NewWorkspace { name: NAME.parse().unwrap(), plan: None };
    let workspace = house.engine.create_workspace(&ACTOR, new, None).await.unwrap();
    let mut house = house;
    house.workspace = workspace;
    let key = house.issue("sample", NAME).await.key.id;
    let mut browser = house.operator().await;
    let quoted: String = form_urlencoded::byte_serialize(NAME.as_bytes()).collect();
    let paths = [
        "/console".to_owned(),
        "/console/keys".to_owned(),
        format!("/console/keys?name={quoted}"),
        format!("/console/keys/{key}"),
        "/console/keys/new?api=sample".to_owned(),
        format!("/console/keys/new?workspace={quoted}"),
        format!("/console/keys/{key}?notice={quoted}"),
        "/console/workspaces".to_owned(),
        format!("/console/workspaces/{}", house.workspace.id),
    ];
    for path in paths {
        let reply = browser.get(&path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(!reply.body.contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_page_with_the_requests_id() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let missing =
        ["/console/nowhere", "/console/keys/nonsense", "/console/keys/key_00000000000000000000000000"];
    for path in missing {
        let reply = browser.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.body.contains("Not found") && reply.body.contains("req_test"), "{path}");
    }
    for path in ["/console/keys?state=odd", "/console/keys?before=x", "/console/keys?api=none"] {
        assert_eq!(browser.get(path).await.status, 400, "{path}");
    }
    let reply = browser.get("/console/sign-out").await;
    assert_eq!((reply.status, reply.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn a_database_that_is_away_is_a_page_without_its_cause() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    house.store.close().await;
    for path in ["/console", "/console/keys"] {
        let reply = browser.get(path).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "1"), "{path}");
        assert!(reply.body.contains("Try again in a moment") && reply.body.contains("req_test"));
        assert!(!reply.body.contains("store"), "{}", reply.body);
    }
    assert_eq!(browser.get("/").await.status, 200, "what needs no database is there");
}
