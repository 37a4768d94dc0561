//! The way of a user from a client's request through the pages and back.

use claviger_domain::{
    Algorithm, ApplicationType, Client, ClientAuthentication, ClientMetadata, ClientPresentation,
    Environment, GrantType, RedirectUri, SubjectType,
};
use claviger_engine::NewClient;

use super::site::{ISSUER, PASSWORD, Site, USER};
use crate::browser::Browser;
use crate::house::ACTOR;

const CALLBACK: &str = "https://app.example/cb?kept=1";

async fn client(site: &Site) -> Client {
    let metadata = ClientMetadata {
        name: "Inkwell <b>".parse().unwrap(),
        presentation: ClientPresentation {
            description: Some("Notes & <i>files</i>".to_owned()),
            ..ClientPresentation::default()
        },
        application_type: ApplicationType::Web,
        authentication: ClientAuthentication::SecretBasic,
        keys: None,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        redirect_uris: vec![RedirectUri::parse(CALLBACK).unwrap()],
        post_logout_redirect_uris: Vec::new(),
        scopes: None,
        id_token_algorithm: Algorithm::Rs256,
        subject_type: SubjectType::Public,
        default_max_age: None,
        requires_pushed_requests: false,
        requires_dpop: false,
        access_lifetime: None,
    };
    let new = NewClient {
        api: site.installed.api,
        workspace: site.house.workspace.id,
        environment: Environment::Live,
        metadata,
    };
    site.house.engine.create_client(&ACTOR, new, None).await.unwrap().client
}

fn request_of(client: &Client, more: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.id.to_string())
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("scope", "read write")
        .append_pair("state", "a b\"<")
        .append_pair("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        .append_pair("code_challenge_method", "S256")
        .finish();
    format!("/oauth/authorize?{query}{more}")
}

/// As far as the consent.
async fn sign_in(browser: &mut Browser, request: &str) -> String {
    let reply = browser.get(request).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let sign_in = reply.location().to_owned();
    assert!(sign_in.starts_with("/sign-in?flow="), "{sign_in}");
    let page = browser.get(&sign_in).await;
    assert!(page.header("content-security-policy").contains("form-action 'self' https://app.example;"));
    let reply = browser.submit("/sign-in", &[("email", USER), ("password", PASSWORD)]).await;
    assert_eq!(reply.status, 303, "bcp_10: {}", reply.body);
    reply.location().to_owned()
}

#[tokio::test]
async fn a_user_allows_and_is_sent_back_with_a_code() {
    let site = Site::new().await;
    let client = client(&site).await;
    let mut browser = site.browser();
    let consent = sign_in(&mut browser, &request_of(&client, "")).await;
    assert!(consent.starts_with("/consent?flow="), "{consent}");
    let page = browser.get(&consent).await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy").contains("form-action 'self' https://app.example;"),
        "bcp_16"
    );
    for shown in ["Inkwell", "by Acme", ">app.example<", "Read data", "Create and change data", USER] {
        assert!(page.body.contains(shown), "bcp_19: {shown}");
    }
    assert!(!page.body.contains("<b>") && !page.body.contains("<i>"), "bcp_17");
    let reply = browser.submit("/consent", &[("answer", "allow")]).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let location = reply.location();
    assert!(location.starts_with("https://app.example/cb?kept=1&"), "bcp_05: {location}");
    let fields: Vec<(String, String)> =
        form_urlencoded::parse(location.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert!(field("code").is_some());
    assert_eq!((field("state"), field("iss")), (Some("a b\"<"), Some(ISSUER)));
    let applications = browser.get("/account/applications").await.body;
    assert!(applications.contains("Inkwell"), "bcp_20");
    let again = browser.get(&request_of(&client, "")).await;
    assert!(again.location().starts_with("https://app.example/cb?kept=1&"), "{}", again.location());
}

#[tokio::test]
async fn a_user_refuses_and_is_sent_back_without_a_code() {
    let site = Site::new().await;
    let client = client(&site).await;
    let mut browser = site.browser();
    let consent = sign_in(&mut browser, &request_of(&client, "")).await;
    browser.get(&consent).await;
    let reply = browser.submit("/consent", &[]).await;
    assert_eq!(reply.status, 400, "neither answer is assumed");
    browser.get(&consent).await;
    let reply = browser.submit("/consent", &[("answer", "refuse")]).await;
    assert!(reply.location().contains("error=access_denied") && !reply.location().contains("code="));
    assert!(!browser.get("/account/applications").await.body.contains("Inkwell"));
}

#[tokio::test]
async fn an_answer_may_be_posted_back() {
    let site = Site::new().await;
    let client = client(&site).await;
    let mut browser = site.browser();
    let consent = sign_in(&mut browser, &request_of(&client, "&response_mode=form_post")).await;
    browser.get(&consent).await;
    let reply = browser.submit("/consent", &[("answer", "allow")]).await;
    assert_eq!(reply.status, 200, "{}", reply.location());
    assert!(reply.body.contains("action=\"https://app.example/cb?kept=1\""));
    assert!(reply.body.contains("name=\"code\"") && reply.body.contains("name=\"iss\""));
    let policy = reply.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' https://app.example;") && policy.contains("script-src 'self'")
    );
}

#[tokio::test]
async fn another_account_can_be_chosen_in_the_middle() {
    let site = Site::new().await;
    let client = client(&site).await;
    let mut browser = site.browser();
    let consent = sign_in(&mut browser, &request_of(&client, "")).await;
    let page = browser.get(&consent).await.body;
    let (_, other) = page.split_once("id=\"other\" href=\"").unwrap();
    let other = other.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&");
    assert!(other.starts_with("/sign-in?flow=") && other.ends_with("&other=yes"), "{other}");
    assert_eq!(browser.get(&other).await.status, 200);
    let reply = browser.submit("/sign-in", &[("email", USER), ("password", PASSWORD)]).await;
    assert!(reply.location().starts_with("/consent?flow="));
}

#[tokio::test]
async fn a_flow_that_is_none_of_ours_is_a_page_of_refusal() {
    let site = Site::new().await;
    for path in ["/sign-in", "/consent", "/select-account"] {
        let mut browser = site.user().await;
        let reply = browser.get(&format!("{path}?flow=bm9uZXNlbnNl")).await;
        assert_eq!((reply.status, reply.location()), (400, ""), "{path}");
    }
}

#[tokio::test]
async fn a_user_is_asked_in_the_language_that_the_client_wishes_unless_they_chose_one() {
    let site = Site::new().await;
    let client = client(&site).await;
    let mut browser = site.browser();
    browser.headers = vec![("accept-language", "en-US,en;q=0.9".to_owned())];
    let consent = sign_in(&mut browser, &request_of(&client, "&ui_locales=fr-CA%20de-CH%20en")).await;
    let page = browser.get(&consent).await;
    assert_eq!((page.status, page.header("content-language")), (200, "de"));
    for text in [
        "<html lang=\"de\">",
        "Zugriff auf Ihr Konto erlauben?",
        ">Erlauben</button>",
        "Leitet Sie weiter zu",
    ] {
        assert!(page.body.contains(text), "{text}");
    }
    let stale = browser.post("/sign-in", &[("flow", consent.split_once("flow=").unwrap().1)]).await;
    assert_eq!((stale.status, stale.header("content-language")), (403, "de"), "also when a form is refused");

    browser.get(&consent).await;
    let back = browser.get("/language?language=en").await;
    assert_eq!((back.status, back.location()), (303, consent.as_str()));
    let page = browser.get(&consent).await;
    assert_eq!(page.header("content-language"), "en", "the user's own choice counts more");
    assert!(page.body.contains("Allow access to your account?"));
}
