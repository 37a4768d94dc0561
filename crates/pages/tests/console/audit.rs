//! The audit record in the console, and the part of it that members read.

use std::time::Duration;

use claviger_domain::{Action, Role};
use claviger_engine::{AuditFilter, NewInvitation, Wait};

use crate::browser::Reply;
use crate::house::{ACTOR, EMAIL, House};
use crate::pages::can_be_read_without_seeing_it;

/// The words of the rows on a page, first the newest.
fn actions(reply: &Reply) -> Vec<&str> {
    let rows = reply.body.split("<th scope=\"row\"><a href=\"").skip(1);
    rows.map(|row| row.split_once('>').unwrap().1.split_once('<').unwrap().0).collect()
}

/// The address of the newest row on a page.
fn newest(reply: &Reply) -> String {
    let (_, row) = reply.body.split_once("<th scope=\"row\"><a href=\"").unwrap();
    row.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn an_operator_reads_who_did_what_to_an_object_and_what_changed() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let key = house.issue("sample", "server").await.key.id;
    let path = format!("/console/keys/{key}");
    browser.get(&path).await;
    assert_eq!(browser.submit(&format!("{path}/disable"), &[]).await.status, 303);
    let shown = browser.get(&path).await.body;
    let history = format!("/console/audit?object={key}");
    assert!(shown.contains(&format!("<a href=\"{history}\">History</a>")), "{shown}");
    let list = browser.get(&history).await;
    assert_eq!(actions(&list), ["Key disabled", "Key issued"]);
    assert!(list.body.contains("you <span class=\"soft\">Operator</span>"), "{}", list.body);
    assert!(list.body.contains("the command line <span class=\"soft\">Server</span>"), "{}", list.body);
    let row = browser.get(&newest(&list)).await.body;
    assert!(row.contains("<code>req_test</code>") && row.contains("127.0.0.1"), "{row}");
    assert!(row.contains("disabled since <span class=\"badge rest\">Changed</span>"), "{row}");
    assert_eq!(row.matches(">Changed<").count(), 1, "{row}");
    can_be_read_without_seeing_it("a row", &row);
    let made = browser.get(&history).await.body;
    let (_, made) = made.rsplit_once("<th scope=\"row\"><a href=\"").unwrap();
    let made = browser.get(made.split_once('"').unwrap().0).await.body;
    assert!(made.contains("What it was made") && !made.contains(">Changed<"), "{made}");
}

#[tokio::test]
async fn rows_are_chosen_by_who_what_whose_and_when_and_come_in_pages() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    for name in ["a", "b"] {
        house.issue("sample", name).await;
    }
    let whose = house.workspace.id;
    for (filter, count) in [
        ("action=key.issued".to_owned(), 2),
        (format!("action=key.issued&workspace={whose}"), 2),
        ("action=key.issued&workspace=wsp_00000000000000000000000000".to_owned(), 0),
        ("action=key.issued&who=local".to_owned(), 2),
        (format!("who={EMAIL}"), 1),
        ("who=nobody@example.com".to_owned(), 0),
        ("who=nonsense".to_owned(), 0),
        ("action=key.issued&from=2027-01-15&until=2027-01-15".to_owned(), 2),
        ("action=key.issued&until=2027-01-14".to_owned(), 0),
        ("action=key.issued&from=2027-01-16".to_owned(), 0),
    ] {
        let list = browser.get(&format!("/console/audit?{filter}")).await;
        assert_eq!((list.status, actions(&list).len()), (200, count), "{filter}");
    }
    for wrong in ["action=key.forged", "object=x", "workspace=x", "from=x", "until=2027-02-30", "before=x"] {
        assert_eq!(browser.get(&format!("/console/audit?{wrong}")).await.status, 400, "{wrong}");
    }
    assert_eq!(browser.get("/console/audit/100000").await.status, 404);
    assert_eq!(browser.get("/console/audit/x").await.status, 404);
    let key = house.issue("sample", "busy").await.key.id;
    for _ in 0..30 {
        house.engine.disable_key(&ACTOR, key).await.unwrap();
        house.engine.enable_key(&ACTOR, key).await.unwrap();
    }
    let first = browser.get(&format!("/console/audit?object={key}")).await;
    let (_, next) = first.body.split_once("class=\"button quiet\" href=\"/console/audit?object=").unwrap();
    let next = format!("/console/audit?object={}", next.split_once('"').unwrap().0.replace("&#38;", "&"));
    let second = browser.get(&next).await;
    assert_eq!((actions(&first).len(), actions(&second).len()), (50, 11), "{next}");
    assert!(!second.body.contains("Older rows"));
}

#[tokio::test]
async fn an_export_has_the_rows_that_are_chosen() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let key = house.issue("sample", "server").await.key.id;
    let list = browser.get(&format!("/console/audit?object={key}")).await.body;
    let link = format!("/console/audit/export?format=jsonl&amp;object={key}");
    assert!(list.contains(&format!("href=\"{link}\"")), "{list}");
    let lines = browser.get(&link.replace("&amp;", "&")).await;
    assert_eq!(lines.header("content-type"), "application/jsonl");
    assert_eq!(lines.header("content-disposition"), "attachment; filename=\"audit.jsonl\"");
    assert_eq!(lines.body.lines().count(), 1);
    assert!(lines.body.contains("\"action\":\"key.issued\""), "{}", lines.body);
    let csv = browser.get("/console/audit/export?format=csv").await;
    assert!(csv.body.starts_with("seq,at,actor_kind,actor,action"), "{}", csv.body);
    assert_eq!(browser.get("/console/audit/export?format=xml").await.status, 400);
}

#[tokio::test]
async fn a_check_says_in_words_whether_the_record_is_whole() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let path = "/console/audit/verify";
    browser.get("/console/audit").await;
    let whole = browser.submit(path, &[]).await;
    assert!(whole.body.contains("Yes. All ") && whole.body.contains("without a gap."), "{}", whole.body);
    let (_, end) = whole.body.split_once("<code class=\"secret\">").unwrap();
    let end = end.split_once('<').unwrap().0.to_owned();
    house.issue("sample", "later").await;
    let again = browser.submit(path, &[("pin", &end)]).await.body;
    assert!(again.contains("The row that you noted is there."), "{again}");
    let (number, _) = end.split_once(':').unwrap();
    let other = format!("{number}:{}", "00".repeat(32));
    let found = browser.submit(path, &[("pin", &other)]).await;
    let said = format!("No. Row {number} is not the one that you noted");
    assert!(found.status == 200 && found.body.contains(&said), "{}", found.body);
    can_be_read_without_seeing_it(path, &found.body);
    let wrong = browser.submit(path, &[("pin", "7")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("This is no note of an earlier check"), "{}", wrong.body);
    assert_eq!(browser.post(path, &[]).await.status, 403, "without the form's token");
}

#[tokio::test]
async fn members_read_the_history_of_their_workspace_and_nothing_of_the_providers_people() {
    let house = House::new().await;
    let mut operator = house.operator().await;
    let key = house.issue("sample", "server").await.key.id;
    let path = format!("/console/keys/{key}");
    operator.get(&path).await;
    operator.submit(&format!("{path}/disable"), &[]).await;
    let new = claviger_engine::NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let elsewhere = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let mut owner = house.member("owner@partner.example", Role::Owner, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    owner.get(&format!("{base}/keys/{key}")).await;
    assert_eq!(owner.submit(&format!("{base}/keys/{key}/enable"), &[]).await.status, 303);

    let shown = owner.get(&format!("{base}/keys/{key}")).await.body;
    let link = format!("{base}/history?object={key}");
    assert!(shown.contains(&format!("href=\"{link}\"")) && shown.contains(">History</a>"), "{shown}");
    let list = owner.get(&link).await;
    assert_eq!(actions(&list), ["Key enabled", "Key disabled", "Key issued"]);
    assert!(list.body.contains("you <span class=\"soft\">Member</span>"), "{}", list.body);
    assert_eq!(list.body.matches("the provider <span").count(), 2, "{}", list.body);
    can_be_read_without_seeing_it("history", &list.body);

    let disabled = AuditFilter { action: Some(Action::KeyDisabled), ..AuditFilter::default() };
    let row = house.engine.list_audit(&ACTOR, disabled, (None, 1)).await.unwrap().rows.remove(0);
    let export = format!("{base}/history/export?format=csv");
    for address in [link, format!("{base}/history"), format!("{base}/history/{}", row.seq), export] {
        let body = owner.get(&address).await.body;
        assert!(!body.contains(&row.actor) && !body.contains(EMAIL), "{address}: {body}");
        assert!(!body.contains("127.0.0.1\"") || address.ends_with("csv"), "{address}");
        assert!(!body.contains(&elsewhere.to_string()) && !body.contains("Bolt"), "{address}");
    }
    let asked = owner.get(&format!("{base}/history?who={}", row.actor)).await;
    assert!(actions(&asked).is_empty(), "{}", asked.body);
    let foreign = owner.get(&format!("{base}/history?workspace={elsewhere}")).await;
    assert!(!foreign.body.contains("Workspace created</a>") || !foreign.body.contains("Bolt"));
    assert_eq!(owner.get("/console/audit").await.location(), "/console/sign-in");
}

#[tokio::test]
async fn a_row_of_another_workspace_is_none() {
    let house = House::new().await;
    house.clock.advance(Duration::from_millis(1));
    let new = claviger_engine::NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let elsewhere = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let invitation = NewInvitation {
        workspace: elsewhere,
        email: "max@partner.example".parse().unwrap(),
        role: Role::Viewer,
    };
    house.engine.invite_member(&ACTOR, invitation).await.unwrap();
    let made = AuditFilter { action: Some(Action::InvitationMade), ..AuditFilter::default() };
    let row = house.engine.list_audit(&ACTOR, made, (None, 1)).await.unwrap().rows.remove(0);
    let mut owner = house.member("owner@partner.example", Role::Owner, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    assert_eq!(owner.get(&format!("{base}/history/{}", row.seq)).await.status, 404);
    let mut there = house.member("chief@partner.example", Role::Admin, elsewhere).await;
    assert_eq!(there.get(&format!("/portal/{elsewhere}/history/{}", row.seq)).await.status, 200);
}

#[tokio::test]
async fn a_developer_sees_no_way_to_the_history() {
    let house = House::new().await;
    let key = house.issue("sample", "server").await.key.id;
    house.engine.revoke_key(&ACTOR, key, Wait::No).await.unwrap();
    let mut developer = house.member("dev@partner.example", Role::Developer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    for address in [base.clone(), format!("{base}/keys/{key}")] {
        let body = developer.get(&address).await.body;
        assert!(!body.contains("/history"), "{address}: {body}");
    }
    assert_eq!(developer.get(&format!("{base}/history")).await.status, 403);
}

#[tokio::test]
async fn a_key_is_shown_as_it_was_on_a_date() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let key = house.issue("sample", "server").await.key;
    let path = format!("/console/keys/{}", key.id);
    let shown = browser.get(&path).await.body;
    assert!(shown.contains(&format!("<a href=\"{path}/at\">On a date</a>")), "{shown}");
    // Less than a session lasts unused.
    house.clock.advance(Duration::from_secs(600));
    assert_eq!(browser.submit(&format!("{path}/disable"), &[]).await.status, 303);
    let now = browser.get(&format!("{path}/at")).await;
    assert!(now.status == 200 && now.body.contains("It did not work: it was switched off."), "{}", now.body);
    can_be_read_without_seeing_it("a key on a date", &now.body);
    let at = |seconds: u64| {
        let instant = key.created_at.plus(Duration::from_secs(seconds)).to_string();
        format!("{path}/at?instant={instant}")
    };
    let then = browser.get(&at(60)).await.body;
    assert!(then.contains("It worked.") && then.contains("of the record</a>"), "{then}");
    let before = browser.get(&format!("{path}/at?instant=2001-01-01T00%3A00")).await.body;
    assert!(before.contains("It was not made yet."), "{before}");
    let wrong = browser.get(&format!("{path}/at?instant=yesterday")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("This is no date and time."), "{}", wrong.body);
    let unknown = "/console/keys/key_00000000000000000000000000/at";
    assert_eq!(browser.get(unknown).await.status, 404);
}
