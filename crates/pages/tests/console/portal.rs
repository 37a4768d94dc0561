//! The portal: who may come where, keys of one's own workspace, members, invitations.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{Action, AnchorDay, ChargeId, PageRequest, Role, WorkspaceId};
use claviger_engine::{AuditFilter, FindingFilter, KeyFilter, NewCreditGrant, NewWorkspace};
use claviger_pages::ROUTES;

use crate::browser::{Browser, Reply};
use crate::house::{ACTOR, House, PASSWORD};
use crate::pages::can_be_read_without_seeing_it;

const ALL: PageRequest = PageRequest { before: None, limit: 200 };

async fn other_workspace(house: &House) -> WorkspaceId {
    house.clock.advance(Duration::from_millis(1));
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id
}

/// The secret that a page shows.
fn shown(page: &str) -> &str {
    page.split_once("<code class=\"secret\">").unwrap().1.split_once('<').unwrap().0
}

/// The address in the only letter that was sent.
async fn letter_link(house: &House) -> String {
    house.engine.deliver_pending_mail().await;
    let mails = house.mailbox.take();
    assert_eq!(mails.len(), 1);
    let (_, rest) = mails[0].text.expose().split_once("http://127.0.0.1:8080").unwrap();
    rest.split_once('\n').unwrap().0.to_owned()
}

/// What a role may do at a route of a workspace, by the last words of its path.
fn least_role(method: &str, path: &str) -> Role {
    let path = path.strip_prefix("/portal/{workspace}").unwrap();
    match (method, path) {
        ("post", "/members" | "/members/{id}/role") => Role::Admin,
        ("post", path) if path.starts_with("/invitations/") => Role::Admin,
        // One's own authenticator is nobody else's business.
        ("post", path) if path.starts_with("/security/") => Role::Viewer,
        // Everyone may leave; the core asks for more to remove somebody else.
        ("post", "/members/{id}/remove") => Role::Viewer,
        ("get", path) if path.starts_with("/history") => Role::Admin,
        ("post", _)
        | (
            _,
            "/keys/new"
            | "/keys/{id}/edit"
            | "/clients/new"
            | "/clients/{id}/edit"
            | "/docs/{id}/try"
            | "/webhooks/new"
            | "/webhooks/{id}/edit",
        ) => Role::Developer,
        _ => Role::Viewer,
    }
}

/// The row of the audit record in which a key was issued.
async fn row_of_issue(house: &House) -> String {
    let was_issued = AuditFilter { action: Some(Action::KeyIssued), ..AuditFilter::default() };
    house.engine.list_audit(&ACTOR, was_issued, (None, 1)).await.unwrap().rows[0].seq.to_string()
}

/// The finding that somebody reported this key.
async fn finding_about(house: &House, key: &str) -> String {
    house.engine.report_key(None, key).await.unwrap();
    let open = house.engine.list_findings(&ACTOR, FindingFilter::default(), ALL).await.unwrap();
    open.rows[0].id.to_string()
}

#[tokio::test]
async fn every_route_of_a_workspace_takes_the_role_it_names_and_nobody_of_another_workspace() {
    let house = House::new().await;
    let issued = house.issue("sample", "server").await;
    let key = issued.key.id.to_string();
    let row = row_of_issue(&house).await;
    let client = house.client("Inkwell").await.client.id.to_string();
    let (webhook, message) = house.webhook().await;
    let (webhook, message) = (webhook.to_string(), message.to_string());
    let finding = finding_about(&house, issued.text.expose()).await;
    let stranger_at = other_workspace(&house).await;
    let mut stranger = house.member("stranger@example.com", Role::Owner, stranger_at).await;
    let mut operator = house.operator().await;
    let mut browsers = Vec::new();
    for role in Role::ALL {
        let email = format!("{role}@example.com");
        browsers.push((role, house.member(&email, role, house.workspace.id).await));
    }
    let mut walked = 0;
    for (method, route) in ROUTES.iter().filter(|(_, route)| route.starts_with("/portal/{workspace}")) {
        let path = route.replace("{workspace}", &house.workspace.id.to_string());
        let id = match route.split('/').nth(3) {
            Some("members") => "acc_00000000000000000000000000",
            Some("history") => row.as_str(),
            Some("clients") => client.as_str(),
            Some("webhooks") => webhook.as_str(),
            Some("docs") => "example",
            Some("findings") => finding.as_str(),
            Some("first-keys") => "acr_00000000000000000000000000",
            _ => key.as_str(),
        };
        let query = match route.rsplit('/').next() {
            Some("tokens") => format!("?of={key}"),
            Some("export") => "?format=jsonl".to_owned(),
            _ => String::new(),
        };
        let path = path.replace("{id}", id).replace("{message}", &message) + &query;
        let reply = knock(&mut stranger, method, &path).await;
        assert_eq!(reply.status, 404, "a stranger at {method} {path}");
        let reply = knock(&mut operator, method, &path).await;
        assert_eq!((reply.status, reply.location()), (303, "/portal/sign-in"), "an operator at {path}");
        for (role, browser) in &mut browsers {
            let reply = knock(browser, method, &path).await;
            let is_let_in = *role >= least_role(method, route);
            // A form without its token is refused only after the role was looked at.
            let expected = match (*method, is_let_in) {
                (_, false) => "Your role does not allow this",
                ("post", true) => "out of date",
                _ if route.ends_with("/export") => "\"key.issued\"",
                (_, true) => "<main",
            };
            assert!(
                reply.body.contains(expected),
                "{role} at {method} {path}: {} {}",
                reply.status,
                reply.body
            );
            assert_eq!(reply.status == 200, is_let_in && *method == "get", "{role} at {method} {path}");
        }
        walked += 1;
    }
    assert_eq!(walked, 77);
    assert_eq!(house.engine.find_key(key.parse().unwrap()).await.unwrap().state.as_str(), "active");
}

async fn knock(browser: &mut Browser, method: &str, path: &str) -> Reply {
    browser.send(&method.to_uppercase(), path, "name=x&confirm=server".to_owned()).await
}

#[tokio::test]
async fn a_developer_makes_stores_edits_rotates_and_revokes_a_key_of_the_workspace() {
    let house = House::new().await;
    let mut browser = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    assert_eq!(browser.get("/portal").await.location(), base);
    let overview = browser.get(&base).await.body;
    assert!(overview.contains("There is no active key.") && overview.contains("developer"), "{overview}");

    let new = format!("{base}/keys/new");
    let form = browser.get(&format!("{new}?api=sample")).await.body;
    assert!(!form.contains("name=\"workspace\""), "there is nothing to choose");
    let fields = [
        ("name", "Billing"),
        ("format", "live-single"),
        ("life", "90"),
        ("scope", "read"),
        ("addresses", "home"),
    ];
    let wrong = browser.submit(&new, &fields).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("“home” is no address or network."), "{}", wrong.body);
    let fields =
        fields.map(|(name, value)| (name, if name == "addresses" { "192.0.2.0/24\n::1" } else { value }));
    let made = browser.submit(&new, &fields).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{}", made.body);
    let text = shown(&made.body).to_owned();
    let key = house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.remove(0);
    assert_eq!((key.workspace, key.addresses.len()), (house.workspace.id, 2));
    let page = format!("{base}/keys/{}", key.id);
    assert!(made.body.contains(&format!("href=\"{page}\">I have stored it")), "{}", made.body);

    let shown_page = browser.get(&page).await.body;
    assert!(!shown_page.contains(&text) && !shown_page.contains("Acme</a>"), "{shown_page}");
    browser.get(&format!("{page}/edit")).await;
    let edited = browser.submit(&format!("{page}/edit"), &[("name", "Invoices"), ("scope", "write")]).await;
    assert_eq!(edited.location(), format!("{page}?notice=changed"));
    let after = house.engine.find_key(key.id).await.unwrap();
    assert_eq!((after.name.as_str(), after.scopes.to_string().as_str()), ("Invoices", "write"));
    assert!(after.addresses.is_empty());

    browser.get(&page).await;
    let rotated = browser.submit(&format!("{page}/rotate"), &[("overlap", "3600")]).await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    assert_ne!(shown(&rotated.body), text);
    assert_eq!(house.engine.find_key(key.id).await.unwrap().generations.len(), 2);
    browser.get(&page).await;
    let revoked = browser.submit(&format!("{page}/revoke"), &[("confirm", "Invoices")]).await;
    assert!(revoked.location().starts_with(&page), "{}", revoked.body);
    assert_eq!(house.engine.find_key(key.id).await.unwrap().state.as_str(), "revoked");
}

#[tokio::test]
async fn keys_of_other_workspaces_do_not_exist_in_the_portal() {
    let house = House::new().await;
    let own = house.issue("sample", "mine").await.key.id;
    let other = other_workspace(&house).await;
    let mut browser = house.member("stranger@example.com", Role::Owner, other).await;
    let list = browser.get(&format!("/portal/{other}/keys?workspace={}", house.workspace.id)).await;
    assert_eq!(list.status, 200);
    assert!(!list.body.contains("mine"));
    for path in ["", "/edit"] {
        assert_eq!(browser.get(&format!("/portal/{other}/keys/{own}{path}")).await.status, 404, "{path}");
    }
    browser.get(&format!("/portal/{other}/keys/new?api=sample")).await;
    let token = browser.hidden(&format!("/portal/{other}/keys/new"), "form_token");
    for act in ["disable", "rotate", "revoke", "secret", "edit"] {
        let fields =
            [("form_token", token.as_str()), ("overlap", "0"), ("confirm", "mine"), ("name", "taken")];
        let reply = browser.post(&format!("/portal/{other}/keys/{own}/{act}"), &fields).await;
        assert_eq!(reply.status, 404, "{act}: {}", reply.body);
    }
    let key = house.engine.find_key(own).await.unwrap();
    assert_eq!((key.state.as_str(), key.name.as_str()), ("active", "mine"));
}

#[tokio::test]
async fn a_workspace_in_the_form_does_not_move_a_key() {
    let house = House::new().await;
    let other = other_workspace(&house).await.to_string();
    let mut browser = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    let new = format!("/portal/{}/keys/new", house.workspace.id);
    browser.get(&format!("{new}?api=sample")).await;
    let fields = [("name", "K"), ("format", "live-single"), ("life", "90"), ("workspace", other.as_str())];
    assert_eq!(browser.submit(&new, &fields).await.status, 200);
    let key = house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.remove(0);
    assert_eq!(key.workspace, house.workspace.id);
}

#[tokio::test]
async fn after_a_quarter_of_an_hour_the_password_is_asked_before_a_secret_is_made() {
    let house = House::new().await;
    let mut browser = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    let new = format!("/portal/{}/keys/new", house.workspace.id);
    house.clock.advance(Duration::from_secs(15 * 60));
    browser.get(&format!("{new}?api=sample")).await;
    let fields = [("name", "Billing"), ("format", "live-single"), ("life", "90"), ("scope", "read")];
    let asked = browser.submit(&new, &fields).await;
    assert_eq!(asked.status, 403);
    assert!(asked.body.contains("Is it you?") && asked.body.contains("value=\"Billing\""), "{}", asked.body);
    assert!(house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.is_empty());
    let wrong = browser.submit(&new, &[("confirm_password", "wrong")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("This is not your password."));
    let made = browser.submit(&new, &[("confirm_password", PASSWORD)]).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert!(!made.body.contains(PASSWORD));
    assert!(asked.body.contains("keys\" aria-current=\"page\""), "it is asked where it was wanted");
    let key = house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.remove(0);
    assert_eq!((key.name.as_str(), key.scopes.to_string().as_str()), ("Billing", "read"));
    browser.get(&format!("{new}?api=sample")).await;
    let once_more = browser.submit(&new, &fields).await;
    assert_eq!(once_more.status, 200, "asked once, not each time");
}

#[tokio::test]
async fn somebody_is_invited_joins_with_a_new_account_and_is_removed() {
    let house = House::new().await;
    let members = format!("/portal/{}/members", house.workspace.id);
    let mut owner = house.member("owner@example.com", Role::Owner, house.workspace.id).await;
    owner.get(&members).await;
    let invited = owner.submit(&members, &[("email", "New@example.com"), ("role", "viewer")]).await;
    assert_eq!(invited.location(), format!("{members}?notice=invited"), "{}", invited.body);
    let page = owner.get(&members).await.body;
    assert!(page.contains("New@example.com") && page.contains("Waiting"));
    let again = owner.submit(&members, &[("email", "new@example.com"), ("role", "viewer")]).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("invited already"), "{}", again.body);

    let link = letter_link(&house).await;
    let mut guest = house.browser();
    let page = guest.get(&link).await;
    assert!(
        page.body.contains("Join Acme") && page.body.contains("value=\"New@example.com\""),
        "{}",
        page.body
    );
    let weak = guest.submit("/portal/invitation", &[("name", "Nora"), ("password", "short")]).await;
    assert_eq!(weak.status, 422);
    let joined = guest.submit("/portal/invitation", &[("name", "Nora"), ("password", PASSWORD)]).await;
    let workspace = format!("/portal/{}", house.workspace.id);
    assert_eq!(joined.location(), format!("{workspace}?notice=joined"), "{}", joined.body);
    let home = guest.get(&workspace).await.body;
    assert!(home.contains("viewer") && !home.contains("New key"), "{home}");
    assert_eq!(house.browser().get(&link).await.status, 400, "the link is spent");

    let row = house.engine.list_members(&ACTOR, house.workspace.id).await.unwrap();
    let nora = row.iter().find(|member| member.email.as_str() == "New@example.com").unwrap();
    owner.get(&members).await;
    let path = format!("{members}/{}", nora.membership.account);
    let raised = owner.submit(&format!("{path}/role"), &[("role", "developer")]).await;
    assert_eq!(raised.location(), format!("{members}?notice=role"), "{}", raised.body);
    assert!(guest.get(&workspace).await.body.contains("New key"));
    owner.get(&members).await;
    owner.submit(&format!("{path}/remove"), &[]).await;
    assert_eq!(guest.get(&workspace).await.status, 404);
    assert!(guest.get("/portal/workspaces").await.body.contains("not a member of any workspace"));
}

#[tokio::test]
async fn an_invitation_to_an_address_with_an_account_takes_its_password() {
    let house = House::new().await;
    let other = other_workspace(&house).await;
    house.member("ada@partner.example", Role::Viewer, other).await;
    let mut owner = house.member("owner@example.com", Role::Owner, house.workspace.id).await;
    let members = format!("/portal/{}/members", house.workspace.id);
    owner.get(&members).await;
    owner.submit(&members, &[("email", "ada@partner.example"), ("role", "admin")]).await;
    let link = letter_link(&house).await;
    let mut ada = house.browser();
    let page = ada.get(&link).await.body;
    assert!(page.contains("You have an account") && !page.contains("name=\"name\""), "{page}");
    let wrong = ada.submit("/portal/invitation", &[("password", "not this one")]).await;
    assert_eq!(wrong.status, 422);
    assert!(!ada.cookies.contains_key("claviger-member"), "no session comes of it");
    let joined = ada.submit("/portal/invitation", &[("password", PASSWORD)]).await;
    assert_eq!(joined.location(), format!("/portal/{}?notice=joined", house.workspace.id), "{}", joined.body);
    let choice = ada.get("/portal/workspaces").await.body;
    assert!(choice.contains("Acme") && choice.contains("Bolt"));
}

#[tokio::test]
async fn the_last_owner_is_told_and_stays() {
    let house = House::new().await;
    let mut owner = house.member("owner@example.com", Role::Owner, house.workspace.id).await;
    let members = format!("/portal/{}/members", house.workspace.id);
    let row = house.engine.list_members(&ACTOR, house.workspace.id).await.unwrap().remove(0);
    let path = format!("{members}/{}", row.membership.account);
    for (act, fields) in [("remove", &[][..]), ("role", &[("role", "viewer")])] {
        owner.get(&members).await;
        let reply = owner.submit(&format!("{path}/{act}"), fields).await;
        assert_eq!(reply.status, 422, "{act}");
        assert!(reply.body.contains("keeps at least one owner"), "{}", reply.body);
    }
    let rows = house.engine.list_members(&ACTOR, house.workspace.id).await.unwrap();
    assert_eq!(rows.first().unwrap().membership.role, Role::Owner);
}

#[tokio::test]
async fn a_member_and_an_operator_do_not_share_a_session() {
    let house = House::new().await;
    let mut member = house.member("dev@example.com", Role::Owner, house.workspace.id).await;
    assert_eq!(member.get("/console").await.location(), "/console/sign-in");
    let stolen = member.cookies.remove("claviger-member").unwrap();
    member.cookies.insert("claviger-session".to_owned(), stolen);
    assert_eq!(member.get("/console").await.location(), "/console/sign-in");
    let mut operator = house.operator().await;
    let stolen = operator.cookies.remove("claviger-session").unwrap();
    operator.cookies.insert("claviger-member".to_owned(), stolen);
    assert_eq!(operator.get("/portal").await.location(), "/portal/sign-in");
    let mut guest = house.browser();
    assert_eq!(guest.sign_in_to_portal(crate::house::EMAIL, PASSWORD).await.status, 422);
}

#[tokio::test]
async fn a_member_signs_out_for_good() {
    let house = House::new().await;
    let mut member = house.member("dev@example.com", Role::Viewer, house.workspace.id).await;
    let kept = member.cookies.clone();
    member.get("/portal/workspaces").await;
    let out = member.submit("/portal/sign-out", &[]).await;
    assert_eq!((out.status, out.location()), (303, "/portal/sign-in"));
    member.cookies = kept;
    assert_eq!(member.get("/portal").await.location(), "/portal/sign-in");
}

#[tokio::test]
async fn a_form_of_the_portal_without_its_token_changes_nothing() {
    let house = House::new().await;
    let mut owner = house.member("owner@example.com", Role::Owner, house.workspace.id).await;
    let members = format!("/portal/{}/members", house.workspace.id);
    let reply = owner.post(&members, &[("email", "eve@example.com"), ("role", "owner")]).await;
    assert_eq!(reply.status, 403);
    owner.get(&members).await;
    owner.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    let reply = owner.submit(&members, &[("email", "eve@example.com"), ("role", "owner")]).await;
    assert_eq!(reply.status, 403);
    assert!(house.engine.list_invitations(&ACTOR, house.workspace.id).await.unwrap().is_empty());
    assert!(reply.body.contains("href=\"/portal\""), "the way back is the portal");
}

#[tokio::test]
async fn an_old_key_says_that_it_is_to_be_rotated() {
    let house = House::new().await;
    let key = house.issue("sample", "server").await.key.id;
    house.clock.advance(Duration::from_secs(91 * 86_400));
    let mut viewer = house.member("viewer@example.com", Role::Viewer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    let overview = viewer.get(&base).await.body;
    let link = format!("href=\"{base}/keys?api=sample&#38;care=overdue\">1 key<");
    assert!(overview.contains("Better rotated") && overview.contains(&link), "{overview}");
    assert!(viewer.get(&format!("{base}/keys")).await.body.contains(">Rotate</span>"));
    let page = viewer.get(&format!("{base}/keys/{key}")).await.body;
    assert!(page.contains("has not been replaced for over 90 days"));
    assert!(!page.contains("Revoke for good"), "a viewer is offered nothing to press");
}

#[tokio::test]
async fn every_page_of_the_portal_can_be_read_without_seeing_it_and_needs_no_script() {
    let house = House::new().await;
    let single = house.issue("sample", "server").await.key.id;
    let pair = house.issue("paired", "partner").await.key.id;
    let client = house.client("Inkwell").await.client.id;
    let mut owner = house.member("owner@example.com", Role::Owner, house.workspace.id).await;
    house.member("viewer@example.com", Role::Viewer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    let members = format!("{base}/members");
    owner.get(&members).await;
    owner.submit(&members, &[("email", "new@example.com"), ("role", "viewer")]).await;
    let link = letter_link(&house).await;
    let mut paths = vec![base.clone(), members, "/portal/workspaces".to_owned(), link];
    paths.extend(
        ["keys", "keys?state=active", "keys/new", "keys/new?api=sample", "keys/new?api=paired", "nowhere"]
            .map(|path| format!("{base}/{path}")),
    );
    paths.extend([
        format!("{base}/keys/{single}"),
        format!("{base}/keys/{pair}"),
        format!("{base}/keys/{single}/edit"),
        format!("{base}/tokens?of={pair}"),
    ]);
    paths.extend(
        [
            "docs",
            "docs/example",
            "security",
            "clients",
            "clients?name=nothing",
            "clients/new",
            "clients/new?api=example",
        ]
        .map(|path| format!("{base}/{path}")),
    );
    paths.extend(["", "/edit", "/consent"].map(|path| format!("{base}/clients/{client}{path}")));
    for path in paths {
        let reply = owner.get(&path).await;
        assert_eq!(
            reply.header("content-security-policy").split(';').next(),
            Some("default-src 'none'"),
            "{path}"
        );
        assert!(reply.body.len() < 60_000, "{path} weighs {}", reply.body.len());
        can_be_read_without_seeing_it(&path, &reply.body);
    }
    for path in [
        "/portal/sign-in",
        "/portal/forgot-password",
        "/portal/reset-password?token=x",
        "/portal/request-access",
    ] {
        can_be_read_without_seeing_it(path, &house.browser().get(path).await.body);
    }
}

#[tokio::test]
async fn a_member_who_forgot_the_password_chooses_another_by_a_link() {
    const OTHER: &str = "another good pass phrase";
    let house = House::new().await;
    let mut member = house.member("dev@example.com", Role::Viewer, house.workspace.id).await;
    let mut browser = house.browser();
    for address in ["nobody@example.com", "dev@example.com"] {
        browser.get("/portal/forgot-password").await;
        let asked = browser.submit("/portal/forgot-password", &[("email", address)]).await;
        assert!(asked.body.contains("a link is on its way"), "{address}");
    }
    let link = letter_link(&house).await;
    browser.get(&link).await;
    let weak = browser.submit("/portal/reset-password", &[("password", "short")]).await;
    assert_eq!(weak.status, 422);
    let saved = browser.submit("/portal/reset-password", &[("password", OTHER)]).await;
    assert_eq!(saved.location(), "/portal/sign-in?notice=password", "{}", saved.body);
    assert_eq!(member.get("/portal").await.location(), "/portal/sign-in", "every session ended");
    assert_eq!(browser.sign_in_to_portal("dev@example.com", PASSWORD).await.status, 422);
    assert_eq!(browser.sign_in_to_portal("dev@example.com", OTHER).await.status, 303);
    let mut late = house.browser();
    late.get(&link).await;
    let again = late.submit("/portal/reset-password", &[("password", OTHER)]).await;
    assert_eq!(again.status, 400, "the link is spent");
}

#[tokio::test]
async fn a_workspace_sees_its_credits_what_it_spent_and_when_more_come() {
    let house = House::new().await;
    let mut viewer = house.member("view@example.com", Role::Viewer, house.workspace.id).await;
    let (base, own) = (format!("/portal/{}", house.workspace.id), house.workspace.id);
    assert!(!viewer.get(&base).await.body.contains("<dt>Credits</dt>"), "nobody ever gave any");
    let amount = |number: u32| NonZeroU32::new(number).unwrap();
    let new = NewCreditGrant { amount: amount(100), note: None, expires_at: None };
    house.engine.grant_credits(&ACTOR, own, new, None).await.unwrap();
    let monthly = (amount(50), AnchorDay::try_from(1).unwrap());
    house.engine.set_credit_refill(&ACTOR, own, monthly).await.unwrap();
    let spent: ChargeId = "spent".parse().unwrap();
    for id in [spent.clone(), "open".parse().unwrap()] {
        let wanted = (amount(8), Duration::from_secs(60));
        house.engine.reserve_credits(own, id, wanted).await.unwrap();
    }
    house.engine.commit_charge(own, &spent).await.unwrap();
    assert!(viewer.get(&base).await.body.contains(&format!("{base}/credits\">84</a>")));
    let page = viewer.get(&format!("{base}/credits")).await.body;
    can_be_read_without_seeing_it("a page of the portal", &page);
    for said in [
        "<dt>To spend now</dt><dd>84</dd>",
        "<dt>Reserved by requests under way</dt><dd>8</dd>",
        "<dt>Spent in the last 30 days</dt><dd>8</dd>",
        "50 come each month, on day 1",
        "<td data-label=\"Spent\">8</td>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn a_new_key_comes_with_samples_that_run_and_the_docs_show_its_ends() {
    let house = House::new().await;
    let mut browser = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    let new = format!("{base}/keys/new");
    browser.get(&format!("{new}?api=example")).await;
    let fields = [("name", "Tests"), ("format", "test-single"), ("life", "90"), ("scope", "read")];
    let made = browser.submit(&new, &fields).await.body;
    let text = shown(&made).to_owned();
    assert_eq!(made.matches(&format!("Bearer {text}")).count(), 5, "in each language: {made}");
    assert!(made.contains("http://example.localhost:8080/v1/users"), "{made}");
    let docs = browser.get(&format!("{base}/docs/example")).await.body;
    assert!(!docs.contains(&text), "the whole key was shown once");
    let key = house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.remove(0);
    let hint = key.generations[0].hint.to_string();
    assert_eq!(docs.matches(&format!("Bearer {hint}")).count(), 5, "{docs}");
}
