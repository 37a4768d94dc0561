//! What is true of every page of an API's host.

use claviger_pages::{PUBLIC_ROUTES, PublicPages};
use http::Method;

use super::site::Site;

/// What other sites may post to: nothing is done there before somebody has looked.
const FROM_ANYWHERE: [&str; 1] = ["/oauth/logout"];

fn path_of(pattern: &str) -> String {
    pattern.replace("{id}", "ses_00000000000000000000000000").replace("{provider}", "acme")
}

#[tokio::test]
async fn no_form_works_without_its_token_for_nobody_and_for_users() {
    let site = Site::new().await;
    let mut knocked = 0;
    for (method, pattern) in PUBLIC_ROUTES {
        if *method != "post" || FROM_ANYWHERE.contains(pattern) {
            continue;
        }
        let path = path_of(pattern);
        let reply = site.user().await.post(&path, &[("answer", "allow"), ("email", "a@example.com")]).await;
        assert_eq!(reply.status, 403, "{path}");
        let reply = site.browser().post(&path, &[]).await;
        assert!(reply.status == 403 || reply.location() == "/sign-in", "{path}: {}", reply.status);
        let mut browser = site.user().await;
        browser.get("/account").await;
        let token = browser.hidden("/sign-out", "form_token");
        browser.headers = vec![("origin", "https://evil.example".to_owned())];
        let reply = browser.post(&path, &[("form_token", &token)]).await;
        assert_eq!(reply.status, 403, "{path}: from another site, with the token");
        knocked += 1;
    }
    assert!(knocked > 15, "{knocked}");
}

#[tokio::test]
async fn bcp_15_bcp_16_every_answer_leaves_a_browser_no_room() {
    let site = Site::new().await;
    let mut all: Vec<(&str, String)> =
        PUBLIC_ROUTES.iter().map(|(method, pattern)| (*method, path_of(pattern))).collect();
    all.extend([("get", "/oauth/authorize?client_id=x".to_owned()), ("post", "/oauth/authorize".to_owned())]);
    for (method, path) in all {
        for mut browser in [site.browser(), site.user().await] {
            let reply = browser.send(&method.to_uppercase(), &path, String::new()).await;
            let policy = reply.header("content-security-policy");
            for wanted in
                ["default-src 'none'; ", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
            {
                assert!(policy.contains(wanted), "{method} {path}: {policy}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains('*'), "{method} {path}: {policy}");
            assert_eq!(reply.header("x-frame-options"), "DENY", "{method} {path}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{method} {path}");
            assert_eq!(reply.header("referrer-policy"), "same-origin", "{method} {path}");
            let is_file = path.starts_with("/static/") && reply.status == 200;
            let cache = if is_file { "public, max-age=600" } else { "no-store" };
            assert_eq!(reply.header("cache-control"), cache, "{method} {path}");
            assert!(reply.status < 500 && reply.status != 307 && reply.status != 308, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_page_of_an_account_sends_nobody_to_the_sign_in() {
    let site = Site::new().await;
    for (method, pattern) in PUBLIC_ROUTES {
        if pattern.starts_with("/account") {
            let reply = site.browser().send(&method.to_uppercase(), &path_of(pattern), String::new()).await;
            assert_eq!((reply.status, reply.location()), (303, "/sign-in"), "{method} {pattern}");
        }
    }
}

#[tokio::test]
async fn bcp_11_the_authorization_endpoint_has_no_cors_headers() {
    let site = Site::new().await;
    for method in ["GET", "POST", "OPTIONS"] {
        let mut browser = site.browser();
        browser.headers = vec![
            ("origin", "https://app.example".to_owned()),
            ("access-control-request-method", "GET".to_owned()),
        ];
        let reply = browser.send(method, "/oauth/authorize", String::new()).await;
        assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{method}");
        assert!((400..500).contains(&reply.status), "{method}: {}", reply.status);
    }
}

#[tokio::test]
async fn bcp_03_a_request_of_an_unknown_client_is_a_page_and_no_way_to_its_address() {
    let site = Site::new().await;
    let query =
        "response_type=code&client_id=nobody&redirect_uri=https%3A%2F%2Fevil.example%2Fcb&state=%3Cscript%3E";
    for mut browser in [site.browser(), site.user().await] {
        let reply = browser.get(&format!("/oauth/authorize?{query}")).await;
        assert_eq!((reply.status, reply.location()), (400, ""));
        assert!(reply.body.contains("This request does not work") && reply.body.contains("req_test"));
        assert!(!reply.body.contains("evil.example") && !reply.body.contains("<script>"));
        let reply = browser.send("POST", "/oauth/authorize", query.to_owned()).await;
        assert_eq!((reply.status, reply.location()), (400, ""));
    }
}

#[tokio::test]
async fn bcp_63_nonsense_is_refused_and_never_a_fault() {
    let site = Site::new().await;
    let long = "x".repeat(20_000);
    for query in ["%00", "client_id=%ff", "client_id=a&client_id=b", "flow=%00%0d%0a", "flow=x&flow=y", &long]
    {
        for path in ["/oauth/authorize", "/sign-in", "/consent", "/second-factor", "/device", "/oauth/logout"]
        {
            for mut browser in [site.browser(), site.user().await] {
                let reply = browser.get(&format!("{path}?{query}")).await;
                assert!(reply.status < 500, "{path}?{query}: {}", reply.status);
            }
        }
    }
    let mut browser = site.browser();
    browser.headers = vec![("content-type", "application/json".to_owned())];
    assert_eq!(browser.send("PUT", "/sign-in", "{}".to_owned()).await.status, 405);
}

#[tokio::test]
async fn pages_are_only_where_users_sign_in_and_never_in_place_of_an_endpoint() {
    let site = Site::new().await;
    let serves = |method: &Method, path: &str| {
        let endpoint = site.installed.contract.find_endpoint(method, path, "");
        PublicPages::serves(&site.installed, endpoint, path)
    };
    for path in ["/sign-in", "/oauth/authorize", "/account/security", "/oauth/logout", "/static/brand.css"] {
        assert!(serves(&Method::GET, path) && serves(&Method::POST, path), "{path}");
    }
    for path in ["/oauth/token", "/v1/users", "/", "/oauth", "/accounts", "/static/x.css"] {
        assert!(!serves(&Method::GET, path) && !serves(&Method::POST, path), "{path}");
    }
    let brifle = include_str!("../../../../../contracts/brifle.toml");
    let contract = claviger_contract::parse("brifle.toml", brifle).unwrap().contract;
    let brifle = claviger_contract::Installed { api: site.installed.api, contract };
    assert!(!PublicPages::serves(&brifle, None, "/sign-in"), "it has no users");
}

#[tokio::test]
async fn a_page_wears_the_colour_and_the_name_of_its_api() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let sheet = browser.get("/static/brand.css").await;
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert!(sheet.body.contains("--accent: #4f46e5;") && sheet.body.contains("prefers-color-scheme: dark"));
    let page = browser.get("/sign-in").await.body;
    assert!(page.contains("<title>Sign in · Example API</title>"));
    assert!(!page.contains("Claviger"));
    for script in ["/static/passkeys.js", "/static/post.js"] {
        assert_eq!(browser.get(script).await.header("content-type"), "text/javascript; charset=utf-8");
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_a_page_without_its_cause() {
    let site = Site::new().await;
    let mut browser = site.user().await;
    site.house.store.close().await;
    let reply = browser.get("/account").await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
    assert!(reply.body.contains("Try again in a moment") && reply.body.contains("req_test"));
    assert!(!reply.body.contains("store"), "{}", reply.body);
}
