//! The portal's applications, pairs and tokens: a workspace's own, as a role allows.

use claviger_domain::{KeyKind, PageRequest, Role};
use claviger_engine::{ClientFilter, KeyFilter, NewWorkspace};

use crate::house::{ACTOR, House};

const ALL: PageRequest = PageRequest { before: None, limit: 200 };

/// The secrets that a page shows.
fn shown(page: &str) -> Vec<&str> {
    page.split("<code class=\"secret\"").skip(1).map(|rest| rest.split(['>', '<']).nth(1).unwrap()).collect()
}

#[tokio::test]
async fn a_developer_registers_changes_rotates_and_deletes_an_application() {
    let house = House::new().await;
    let mut browser = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    let base = format!("/portal/{}/clients", house.workspace.id);
    assert!(browser.get(&base).await.body.contains("Register the first one."));
    let new = format!("{base}/new");
    let form = browser.get(&format!("{new}?api=example")).await.body;
    assert!(!form.contains("name=\"workspace\""), "there is nothing to choose");
    let fields = [
        ("client_name", "Inkwell"),
        ("environment", "test"),
        ("application_type", "web"),
        ("grant_types", "authorization_code"),
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("redirect_uris", "https://app.example/cb"),
        ("scope", "read"),
        ("workspace", "wsp_00000000000000000000000000"),
    ];
    let made = browser.submit(&new, &fields).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{}", made.body);
    let texts: Vec<String> = shown(&made.body).into_iter().map(str::to_owned).collect();
    let page = format!("{base}/{}", texts[0]);
    assert!(made.body.contains(&format!("href=\"{page}\">I have stored it")), "{}", made.body);
    let client = house.engine.find_client(texts[0].parse().unwrap()).await.unwrap();
    assert_eq!(client.workspace, house.workspace.id, "a workspace in the form moves nothing");

    let detail = browser.get(&page).await.body;
    assert!(
        !detail.contains(&texts[1]) && detail.contains("aria-current=\"page\">Applications</a>"),
        "{detail}"
    );
    assert!(!detail.contains("/console"), "nothing leads to where a member may not go: {detail}");
    let consent = browser.get(&format!("{page}/consent")).await.body;
    assert!(consent.contains("Allow access to your account?") && consent.contains("by Acme"), "{consent}");
    browser.get(&format!("{page}/edit")).await;
    let changed = fields.map(|(name, value)| (name, if value == "Inkwell" { "Quill" } else { value }));
    let edited = browser.submit(&format!("{page}/edit"), &changed).await;
    assert_eq!(edited.location(), format!("{page}?notice=client-changed"), "{}", edited.body);
    browser.get(&page).await;
    let rotated = browser.submit(&format!("{page}/rotate"), &[("overlap", "3600")]).await;
    assert!(rotated.body.contains("Earlier secrets work until"), "{}", rotated.body);
    assert_ne!(shown(&rotated.body)[1], texts[1]);
    browser.get(&page).await;
    let wrong = browser.submit(&format!("{page}/delete"), &[("confirm", "quill")]).await;
    assert!(wrong.status == 422 && wrong.body.contains("Type “Quill”"), "{}", wrong.body);
    let gone = browser.submit(&format!("{page}/delete"), &[("confirm", "Quill")]).await;
    assert_eq!(gone.location(), format!("{base}?notice=client-deleted"));
    assert_eq!(browser.get(&page).await.status, 404);
}

#[tokio::test]
async fn applications_of_other_workspaces_do_not_exist_in_the_portal() {
    let house = House::new().await;
    let own = house.client("Inkwell").await.client.id;
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let other = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let mut browser = house.member("stranger@example.com", Role::Owner, other).await;
    let base = format!("/portal/{other}/clients");
    let list = browser.get(&format!("{base}?workspace={}", house.workspace.id)).await;
    assert!(list.status == 200 && !list.body.contains("Inkwell"), "{}", list.body);
    for path in ["", "/edit", "/consent"] {
        assert_eq!(browser.get(&format!("{base}/{own}{path}")).await.status, 404, "{path}");
    }
    assert_eq!(browser.get(&format!("/portal/{other}/tokens?of={own}")).await.status, 404);
    browser.get(&format!("{base}/new?api=example")).await;
    let token = browser.hidden(&format!("{base}/new"), "form_token");
    for act in ["edit", "rotate", "disable", "enable", "delete"] {
        let fields =
            [("form_token", token.as_str()), ("overlap", "0"), ("confirm", "Inkwell"), ("client_name", "x")];
        let reply = browser.post(&format!("{base}/{own}/{act}"), &fields).await;
        assert_eq!(reply.status, 404, "{act}: {}", reply.body);
    }
    let kept = house.engine.list_clients(ClientFilter::default(), ALL).await.unwrap().rows;
    assert!(kept.len() == 1 && kept[0].disabled_at.is_none());
}

#[tokio::test]
async fn a_viewer_looks_at_applications_and_tokens_and_is_offered_nothing_to_press() {
    let house = House::new().await;
    let client = house.client("Inkwell").await.client.id;
    let mut viewer = house.member("viewer@example.com", Role::Viewer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    for path in [format!("clients/{client}"), "clients".to_owned(), format!("tokens?of={client}")] {
        let page = viewer.get(&format!("{base}/{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        let main = page.body.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
        assert!(
            !main.contains("method=\"post\"") && !main.contains("/edit") && !main.contains("/new"),
            "{main}"
        );
    }
}

#[tokio::test]
async fn a_pair_is_made_its_secret_shown_once_and_made_anew_at_once() {
    let house = House::new().await;
    let mut browser = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    let new = format!("{base}/keys/new");
    browser.get(&format!("{new}?api=paired")).await;
    let fields = [("name", "Hospital"), ("format", "live-pair"), ("life", "90"), ("scope", "read")];
    let made = browser.submit(&new, &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let key = house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.remove(0);
    assert_eq!((key.kind, key.secret.is_some()), (KeyKind::Pair, false));
    let secret = format!("{base}/keys/{}/secret", key.id);
    let first = browser.submit(&secret, &[]).await;
    assert!(first.body.contains("The new secret"), "{}", first.body);
    let first = shown(&first.body)[0].to_owned();
    house.clock.advance(std::time::Duration::from_secs(1));
    let page = browser.get(&format!("{base}/keys/{}", key.id)).await.body;
    assert!(page.contains("Replace the secret") && !page.contains(&first), "{page}");
    let second = browser.submit(&secret, &[]).await;
    assert_eq!(second.header("cache-control"), "no-store");
    assert_ne!(shown(&second.body)[0], first);
}

#[tokio::test]
async fn the_docs_show_how_an_api_is_called_and_nothing_of_what_lies_behind_it() {
    let house = House::new().await;
    let mut viewer = house.member("viewer@example.com", Role::Viewer, house.workspace.id).await;
    let docs = format!("/portal/{}/docs", house.workspace.id);
    let list = viewer.get(&docs).await.body;
    assert!(list.contains(&format!("href=\"{docs}/example\"")) && !list.contains("/console"), "{list}");
    let page = viewer.get(&format!("{docs}/example")).await.body;
    for said in ["Authorization: Bearer", "sk_test_", "Refusals, as callers see them", "rate_limit_exceeded"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    for unsaid in ["Behind it", "X-Auth-Workspace", "/console", "your own test key"] {
        assert!(!page.contains(unsaid), "{unsaid}: {page}");
    }
    let new = claviger_engine::NewKey {
        api: house.installed.api,
        workspace: house.workspace.id,
        environment: claviger_domain::Environment::Test,
        kind: KeyKind::Single,
        name: "mine".parse().unwrap(),
        is_canary: false,
        scopes: claviger_domain::ScopeSet::default(),
        not_before: None,
        expires_at: None,
        addresses: Vec::new(),
        limits: Vec::new(),
        metadata: claviger_domain::Metadata::default(),
    };
    let issued = house.engine.issue_key(&ACTOR, new, None).await.unwrap();
    let page = viewer.get(&format!("{docs}/example")).await.body;
    let hint = issued.key.generations[0].hint.to_string();
    assert!(page.contains(&hint) && !page.contains(issued.text.expose()), "{page}");
    assert_eq!(viewer.get(&format!("{docs}/none")).await.status, 404);
}

#[tokio::test]
async fn a_developer_puts_the_test_clock_ahead_and_returns_it_and_every_reader_is_told() {
    let house = House::new().await;
    let workspace = house.workspace.id;
    let [overview, page] = ["", "/test-clock"].map(|path| format!("/portal/{workspace}{path}"));
    let mut developer = house.member("dev@example.com", Role::Developer, workspace).await;
    let mut viewer = house.member("view@example.com", Role::Viewer, workspace).await;
    assert!(developer.get(&page).await.body.contains("It shows the real time."));
    let offered = viewer.get(&page).await.body;
    assert!(
        offered.contains("A developer of this workspace can put it ahead.") && !offered.contains("<select")
    );
    let set = developer.submit(&page, &[("ahead", "604800")]).await;
    assert_eq!(set.location(), format!("{page}?notice=clock-set"), "{}", set.body);
    let clock = house.engine.find_test_clock(&ACTOR, workspace).await.unwrap().unwrap();
    assert_eq!(clock.ahead.get(), std::time::Duration::from_secs(604_800));
    for path in [&overview, &page] {
        let body = viewer.get(path).await.body;
        assert!(body.contains("is 7 days ahead"), "{path}: {body}");
    }
    developer.get(&page).await;
    for bad in ["", "-1", "99999999999", "soon"] {
        let token = developer.hidden(&page, "form_token");
        let refused = developer.post(&page, &[("ahead", bad), ("form_token", &token)]).await;
        assert_eq!(refused.status, 400, "{bad}");
        developer.get(&page).await;
    }
    let token = developer.hidden(&page, "form_token");
    let returned = developer.post(&page, &[("ahead", "0"), ("form_token", &token)]).await;
    assert_eq!(returned.location(), format!("{page}?notice=clock-returned"));
    assert_eq!(house.engine.find_test_clock(&ACTOR, workspace).await.unwrap(), None);
    assert!(!viewer.get(&overview).await.body.contains("is 7 days ahead"));
}
