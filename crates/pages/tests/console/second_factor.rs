//! The second factor of operators.

use std::time::Duration;

use claviger_domain::{Clock, Role};
use claviger_engine::{NewInvitation, NewWorkspace};
use totp_rs::{Builder, Secret};

use crate::browser::{Browser, Reply};
use crate::house::{ACTOR, EMAIL, House, PASSWORD};

const CONFIRM: &str = "/console/security/authenticator/confirm";
const PROVE: &str = "/console/second-factor";

/// An operator with an authenticator: their browser, its secret and a recovery code.
pub(crate) async fn enrolled(house: &House) -> (Browser, String, String) {
    let mut browser = house.operator().await;
    browser.get("/console/security").await;
    let reply = browser.submit("/console/security/authenticator", &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let secret = browser.hidden(CONFIRM, "secret");
    let wrong = browser.submit(CONFIRM, &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("This code is wrong"), "{}", wrong.body);
    assert_eq!(browser.hidden(CONFIRM, "secret"), secret, "the same secret once more");
    let reply = browser.submit(CONFIRM, &[("code", &code(house, &secret))]).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (_, codes) = reply.body.split_once("id=\"codes\"").unwrap();
    let recovery = codes.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    house.clock.advance(Duration::from_secs(30));
    (browser, secret, recovery)
}

pub(crate) fn code(house: &House, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let now = u64::try_from(house.clock.now().seconds()).unwrap();
    Builder::new().with_secret(secret).build().unwrap().generate(now).to_string()
}

async fn prove(browser: &mut Browser, code: &str) -> Reply {
    browser.get(PROVE).await;
    browser.submit(PROVE, &[("code", code)]).await
}

#[tokio::test]
async fn an_operator_with_an_authenticator_is_asked_for_a_code() {
    let house = House::new().await;
    let (_, secret, _) = enrolled(&house).await;
    let mut browser = house.browser();
    let reply = browser.sign_in(EMAIL, PASSWORD).await;
    assert_eq!((reply.status, reply.location()), (303, PROVE));
    for closed in ["/console", "/console/keys", "/console/security"] {
        assert_eq!(browser.get(closed).await.location(), PROVE, "half a sign-in opens nothing: {closed}");
    }
    assert_eq!(browser.get("/console/sign-in").await.status, 200, "somebody else may sign in instead");
    let reply = prove(&mut browser, "000000").await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("This code is wrong"), "{}", reply.body);
    let good = code(&house, &secret);
    let reply = prove(&mut browser, &format!(" {good} ")).await;
    assert_eq!((reply.status, reply.location()), (303, "/console"), "{}", reply.body);
    assert_eq!(browser.get("/console").await.status, 200);
    assert_eq!(browser.get(PROVE).await.location(), "/console", "there is nothing left to prove");
    let mut thief = house.browser();
    thief.sign_in(EMAIL, PASSWORD).await;
    assert_eq!(prove(&mut thief, &good).await.status, 422, "a code works once");
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_a_lost_authenticator_once() {
    let house = House::new().await;
    let (_, _, recovery) = enrolled(&house).await;
    for (is_first, status) in [(true, 303), (false, 422)] {
        let mut browser = house.browser();
        browser.sign_in(EMAIL, PASSWORD).await;
        assert_eq!(prove(&mut browser, &recovery).await.status, status, "{is_first}");
    }
}

#[tokio::test]
async fn wrong_codes_are_slowed() {
    let house = House::new().await;
    let (_, secret, _) = enrolled(&house).await;
    house.clock.advance(Duration::from_secs(60 * 60));
    let mut browser = house.browser();
    browser.sign_in(EMAIL, PASSWORD).await;
    for _ in 0..10 {
        assert_eq!(prove(&mut browser, "000000").await.status, 422);
    }
    let reply = prove(&mut browser, &code(&house, &secret)).await;
    assert_eq!(reply.status, 429, "not even the right one is tried");
    assert!(!reply.header("retry-after").is_empty());
}

#[tokio::test]
async fn the_form_works_only_in_its_own_session() {
    let house = House::new().await;
    let (_, secret, _) = enrolled(&house).await;
    let (mut victim, mut attacker) = (house.browser(), house.browser());
    for browser in [&mut victim, &mut attacker] {
        browser.sign_in(EMAIL, PASSWORD).await;
        browser.get(PROVE).await;
    }
    let stolen = attacker.hidden(PROVE, "form_token");
    let fields = [("code", code(&house, &secret)), ("form_token", stolen)];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(victim.post(PROVE, &fields).await.status, 403);
    assert_eq!(attacker.post(PROVE, &fields).await.status, 303, "and there the code is still good");
}

#[tokio::test]
async fn an_authenticator_is_removed_by_a_code_and_new_recovery_codes_end_the_old_ones() {
    let house = House::new().await;
    let (mut browser, secret, old) = enrolled(&house).await;
    let page = browser.get("/console/security?notice=codes-stored").await;
    assert!(page.body.contains("you are asked for a code") && page.body.contains("10 recovery codes"));
    let reply = browser.submit("/console/security/recovery-codes", &[]).await;
    assert!(reply.status == 200 && !reply.body.contains(&old), "{}", reply.body);
    browser.get("/console/security").await;
    let reply = browser.submit("/console/security/authenticator/remove", &[("code", &old)]).await;
    assert_eq!(reply.status, 422, "{}", reply.body);
    let fresh = code(&house, &secret);
    let reply = browser.submit("/console/security/authenticator/remove", &[("code", &fresh)]).await;
    assert_eq!(reply.location(), "/console/security?notice=authenticator-removed", "{}", reply.body);
    assert_eq!(house.browser().sign_in(EMAIL, PASSWORD).await.location(), "/console");
}

#[tokio::test]
async fn a_member_with_an_authenticator_is_asked_for_a_code_also_on_the_way_to_an_invitation() {
    const GATE: &str = "/portal/second-factor";
    let house = House::new().await;
    let mut member = house.member("dev@example.com", Role::Viewer, house.workspace.id).await;
    let security = format!("/portal/{}/security", house.workspace.id);
    assert_eq!(member.get("/portal/security").await.location(), security);
    member.get(&security).await;
    let begun = member.submit(&format!("{security}/authenticator"), &[]).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let confirm = format!("{security}/authenticator/confirm");
    let secret = member.hidden(&confirm, "secret");
    let on = member.submit(&confirm, &[("code", &code(&house, &secret))]).await;
    assert!(on.body.contains("id=\"codes\""), "{}", on.body);
    house.clock.advance(Duration::from_secs(30));

    let mut browser = house.browser();
    browser.sign_in_to_portal("dev@example.com", PASSWORD).await;
    for closed in ["/portal", "/portal/workspaces", security.as_str()] {
        assert_eq!(browser.get(closed).await.location(), GATE, "half a sign-in opens nothing: {closed}");
    }
    browser.get(GATE).await;
    assert_eq!(browser.submit(GATE, &[("code", "000000")]).await.status, 422);
    let good = code(&house, &secret);
    assert_eq!(browser.submit(GATE, &[("code", &good)]).await.location(), "/portal");
    assert_eq!(browser.get(&security).await.status, 200);
    house.clock.advance(Duration::from_secs(30));

    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let other = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let email = "dev@example.com".parse().unwrap();
    let new = NewInvitation { workspace: other, email, role: Role::Viewer };
    house.engine.invite_member(&ACTOR, new).await.unwrap();
    house.engine.deliver_pending_mail().await;
    let mail = house.mailbox.take().remove(0).text.expose().to_owned();
    let link = mail.split_once("http://127.0.0.1:8080").unwrap().1.split('\n').next().unwrap();
    let mut guest = house.browser();
    guest.get(link).await;
    let half = guest.submit("/portal/invitation", &[("password", PASSWORD)]).await;
    assert!(half.location().starts_with(&format!("{GATE}?invitation=clv_join_")), "{}", half.body);
    guest.get(half.location()).await;
    let whole = guest.submit(GATE, &[("code", &code(&house, &secret))]).await;
    assert_eq!(whole.location(), link);
    let page = guest.get(link).await.body;
    assert!(!page.contains("type=\"password\""), "{page}");
    let joined = guest.submit("/portal/invitation", &[]).await;
    assert_eq!(joined.location(), format!("/portal/{other}?notice=joined"), "{}", joined.body);
}
