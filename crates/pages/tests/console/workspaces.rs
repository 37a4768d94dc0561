//! Workspaces: made, suspended, resumed.

use claviger_domain::{PageRequest, WorkspaceState};

use crate::house::House;

const PATH: &str = "/console/workspaces";
const ALL: PageRequest = PageRequest { before: None, limit: 200 };

#[tokio::test]
async fn a_workspace_is_made_once_however_often_its_form_is_sent() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    browser.get(PATH).await;
    let (once, token) = (browser.hidden(PATH, "once"), browser.hidden(PATH, "form_token"));
    let fields = [("once", once.as_str()), ("form_token", token.as_str()), ("name", "Globex")];
    for _ in 0..2 {
        let reply = browser.post(PATH, &fields).await;
        assert_eq!((reply.status, reply.location()), (303, "/console/workspaces?notice=created"));
    }
    let page = browser.get("/console/workspaces?notice=created").await.body;
    assert!(page.contains("Globex") && page.contains("ready for its first key"));
    assert_eq!(house.engine.list_workspaces(ALL).await.unwrap().rows.len(), 2);
    let changed = browser.post(PATH, &[fields[0], fields[1], ("name", "Initech")]).await;
    assert_eq!(changed.status, 403, "a form that was used is used up");
}

#[tokio::test]
async fn an_empty_name_and_an_unknown_plan_are_told() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    browser.get(PATH).await;
    let reply = browser.submit(PATH, &[("name", "  ")]).await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("The name must not be empty."));
    let reply = browser.submit(PATH, &[("name", "Globex"), ("plan", "golden")]).await;
    assert_eq!(reply.status, 422);
}

#[tokio::test]
async fn a_workspace_is_suspended_and_resumed() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let id = house.workspace.id;
    for (act, is_active) in [("suspend", false), ("resume", true)] {
        browser.get(PATH).await;
        let reply = browser.submit(&format!("{PATH}/{id}/{act}"), &[]).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        let found = house.engine.find_workspace(id).await.unwrap();
        assert_eq!(found.state == WorkspaceState::Active, is_active);
        assert!(found.updated_by.starts_with("acc_"));
    }
    browser.get(PATH).await;
    let token = browser.hidden(PATH, "form_token");
    let unknown = format!("{PATH}/wsp_00000000000000000000000000/suspend");
    assert_eq!(browser.post(&unknown, &[("form_token", &token)]).await.status, 404);
}
