//! Passkeys of operators and members on pages. What an authenticator answers is tried in a real browser.

use std::time::Duration;

use claviger_domain::Role;

use crate::browser::{Browser, Reply};
use crate::house::{House, PASSWORD};

const HOST: &str = "localhost:8080";
const SCRIPT: &str = "<script src=\"/static/passkeys.js\" defer></script>";

/// Whether a page offers passkeys: the script, the policy that lets it run, and what is asked of the browser.
fn offers(reply: &Reply, what: &str) -> bool {
    let lets = reply.header("content-security-policy").contains("script-src 'self'");
    let asks = reply.body.contains(&format!("data-passkey=\"{what}\""));
    assert_eq!((lets, asks), (reply.body.contains(SCRIPT), lets), "{}", reply.body);
    asks
}

async fn people(house: &House) -> [(Browser, String, &'static str); 2] {
    let member = house.member("ada@partner.example", Role::Viewer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    [(house.operator().await, "/console".to_owned(), "/console/sign-in"), (member, base, "/portal/sign-in")]
}

#[tokio::test]
async fn passkeys_are_offered_where_the_host_has_a_name_and_a_script_runs_nowhere_else() {
    let house = House::new().await;
    for (mut browser, base, sign_in) in people(&house).await {
        let page = browser.get(&format!("{base}/security")).await;
        assert!(!offers(&page, "create"), "a bare address has none");
        assert!(page.body.contains("No passkey can be added here."), "{}", page.body);
        assert!(!offers(&house.browser().get(sign_in).await, "get"));
        browser.host = HOST;
        let page = browser.get(&format!("{base}/security")).await;
        assert!(offers(&page, "create") && !page.body.contains("No passkey can be added here."));
        assert!(page.body.contains("&#34;rp&#34;:{&#34;name&#34;:&#34;localhost&#34;"), "{}", page.body);
        let mut nobody = house.browser();
        nobody.host = HOST;
        assert!(offers(&nobody.get(sign_in).await, "get"));
        assert!(!offers(&browser.get(&base).await, "get"), "another page has no script");
    }
    assert_eq!(house.browser().get("/static/passkeys.js").await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_none_is_refused_beside_the_field() {
    let house = House::new().await;
    for (mut browser, base, sign_in) in people(&house).await {
        browser.host = HOST;
        let (security, add) = (format!("{base}/security"), format!("{base}/security/passkeys"));
        for (answer, said) in [
            ("", "Your browser has not made a passkey."),
            ("{}", "This passkey cannot be used here."),
            ("nonsense", "This passkey cannot be used here."),
        ] {
            browser.get(&security).await;
            let hidden = |name: &str| browser.hidden(&add, name);
            let (token, state) = (hidden("form_token"), hidden("passkey_state"));
            let fields =
                [("form_token", token.as_str()), ("passkey_state", &state), ("passkey_answer", answer)];
            let reply = browser.post(&add, &fields).await;
            assert!(reply.status == 422 && reply.body.contains(said), "{said}: {}", reply.body);
            assert!(reply.body.contains("id=\"name-error\""), "{}", reply.body);
        }
        let gone = format!("{add}/psk_00000000000000000000000000/remove");
        let token = browser.hidden(&add, "form_token");
        let reply = browser.post(&gone, &[("form_token", &token)]).await;
        assert_eq!(reply.status, 303, "twice is fine: {}", reply.body);
        let mut nobody = house.browser();
        nobody.host = HOST;
        nobody.get(sign_in).await;
        let token = nobody.hidden(sign_in, "form_token");
        let state = nobody.hidden(sign_in, "passkey_state");
        for (state, said) in [(state.as_str(), "does not belong to an account"), ("", "took too long")] {
            let fields = [("form_token", token.as_str()), ("passkey_state", state), ("passkey_answer", "{}")];
            let reply = nobody.post(sign_in, &fields).await;
            assert!(reply.status == 422 && reply.body.contains(said), "{said}: {}", reply.body);
        }
    }
}

#[tokio::test]
async fn whoever_signed_in_a_while_ago_adds_a_passkey_for_the_password_only() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    browser.host = HOST;
    for _ in 0..3 {
        house.clock.advance(Duration::from_secs(5 * 60));
        assert_eq!(browser.get("/console").await.status, 200);
    }
    browser.get("/console/security").await;
    let add = "/console/security/passkeys";
    let asked = browser.submit(add, &[("name", "laptop")]).await;
    assert!(asked.status == 403 && asked.body.contains("Is it you?"), "{}", asked.body);
    assert!(!offers(&asked, "get"), "who has no passkey is asked for none");
    let guess = [("confirm_passkey_answer", "{}"), ("confirm_passkey_state", "")];
    let wrong = browser.submit(add, &guess).await;
    assert!(wrong.status == 422 && wrong.body.contains("That took too long."), "{}", wrong.body);
    let reply = browser.submit(add, &[("confirm_password", PASSWORD)]).await;
    assert!(reply.body.contains("Your browser has not made a passkey."), "{}", reply.body);
}
