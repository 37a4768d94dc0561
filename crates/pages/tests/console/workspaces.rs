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

#[tokio::test]
async fn a_workspace_is_given_another_plan() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let page = format!("{PATH}/{}", house.workspace.id);
    // No API of this house has a plan, so there is no form for one.
    let shown = browser.get(&page).await;
    assert!(!shown.body.contains("Change plan"));
    let token = browser.hidden(&format!("{page}/credits"), "form_token");
    for plan in ["golden", "Not a name"] {
        let reply = browser.post(&format!("{page}/plan"), &[("form_token", &token), ("plan", plan)]).await;
        assert_eq!(reply.status, 422, "{plan}");
    }
    let reply = browser.post(&format!("{page}/plan"), &[("form_token", &token), ("plan", "")]).await;
    assert_eq!((reply.status, reply.location()), (303, format!("{page}?notice=plan").as_str()));
}

#[tokio::test]
async fn credits_are_given_once_however_often_the_form_is_sent() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let page = format!("{PATH}/{}", house.workspace.id);
    let (form, id) = (format!("{page}/credits"), house.workspace.id);
    browser.get(&page).await;
    for (field, value) in [("amount", "0"), ("amount", "many"), ("until", "soon"), ("until", "2020-01-01")] {
        let fields = [
            ("amount", if field == "amount" { value } else { "5" }),
            ("until", if field == "until" { value } else { "" }),
        ];
        let reply = browser.submit(&form, &fields).await;
        assert_eq!(reply.status, 422, "{field} {value}");
        assert!(reply.body.contains(&format!("id=\"{field}-error\"")), "{}", reply.body);
    }
    browser.get(&page).await;
    let (once, token) = (browser.hidden(&form, "once"), browser.hidden(&form, "form_token"));
    let fields =
        [("once", once.as_str()), ("form_token", token.as_str()), ("amount", "1200"), ("note", "Order 4711")];
    for _ in 0..2 {
        let reply = browser.post(&form, &fields).await;
        assert_eq!((reply.status, reply.location()), (303, format!("{page}?notice=credits").as_str()));
    }
    let credits = house.engine.show_credits(id).await.unwrap();
    assert_eq!((credits.available, credits.grants.len()), (1_200, 1));
    assert!(credits.grants[0].created_by.starts_with("acc_"));
    let shown = browser.get(&page).await.body;
    assert!(shown.contains("1200") && shown.contains("Order 4711"));
}

#[tokio::test]
async fn credits_of_each_month_are_set_and_removed() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let page = format!("{PATH}/{}", house.workspace.id);
    let (form, id) = (format!("{page}/refill"), house.workspace.id);
    browser.get(&page).await;
    assert_eq!(browser.submit(&form, &[("monthly", "50"), ("day", "32")]).await.status, 422);
    browser.get(&page).await;
    assert_eq!(browser.submit(&form, &[("monthly", "50"), ("day", "31")]).await.status, 303);
    let refill = house.engine.show_credits(id).await.unwrap().refill.unwrap();
    assert_eq!((refill.amount.get(), u8::from(refill.anchor_day)), (50, 31));
    browser.get(&page).await;
    assert_eq!(browser.submit(&form, &[("monthly", ""), ("day", "31")]).await.status, 303);
    assert_eq!(house.engine.show_credits(id).await.unwrap().refill, None);
    browser.get(&page).await;
    let token = browser.hidden(&form, "form_token");
    let unknown = format!("{PATH}/wsp_00000000000000000000000000/refill");
    assert_eq!(browser.post(&unknown, &[("form_token", &token)]).await.status, 404);
}
