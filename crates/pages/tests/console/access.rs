//! Access on request: asked for without an account, reviewed in the console, the first key shown once.

use claviger_domain::{PageRequest, ReviewStep};
use claviger_engine::KeyFilter;

use crate::browser::Browser;
use crate::house::{ACTOR, House, PASSWORD};

const FORM: &str = "/portal/request-access";
const ALL: PageRequest = PageRequest { before: None, limit: 200 };
const ASKED: [(&str, &str); 6] = [
    ("api", "sample"),
    ("environment", "live"),
    ("use_case", "Fees <b>for</b> all"),
    ("company", "Bolt"),
    ("contact", "Ada"),
    ("email", "ada@bolt.example"),
];

/// The link in the only mail that waits.
async fn link(house: &House) -> String {
    house.engine.deliver_pending_mail().await;
    let mails = house.mailbox.take();
    assert_eq!(mails.len(), 1);
    let (_, rest) = mails[0].text.expose().split_once("http://127.0.0.1:8080").unwrap();
    rest.split_once('\n').unwrap().0.to_owned()
}

async fn asked(house: &House, guest: &mut Browser) -> String {
    guest.get(FORM).await;
    let reply = guest.submit(FORM, &ASKED).await;
    assert!(reply.status == 200 && reply.body.contains("Thank you"), "{}", reply.body);
    let all = house.engine.list_access_requests(&ACTOR, true, ALL).await.unwrap().rows;
    format!("/console/access-requests/{}", all[0].id)
}

#[tokio::test]
async fn a_partner_asks_is_approved_and_sees_the_first_key_once() {
    let house = House::new().await;
    let mut guest = house.browser();
    let page = asked(&house, &mut guest).await;
    let status = link(&house).await;
    assert!(guest.get(&status).await.body.contains("We are looking at it."));
    let mut operator = house.operator().await;
    let queue = operator.get("/console/access-requests").await.body;
    assert!(queue.contains("Bolt") && queue.contains("Waiting"), "{queue}");
    let review = operator.get(&page).await.body;
    assert!(
        review.contains("Fees &#60;b&#62;for") && review.contains("<button disabled>Approve"),
        "{review}"
    );
    let early = operator.submit(&format!("{page}/approve"), &[("scope", "read")]).await;
    assert!(early.status == 422 && early.body.contains("5 of the review"), "{}", early.body);
    for step in ReviewStep::ALL {
        operator.get(&page).await;
        let token = operator.hidden(&format!("{page}/check"), "form_token");
        let fields = [("form_token", token.as_str()), ("step", step.as_str()), ("note", "Called them.")];
        let reply = operator.post(&format!("{page}/check"), &fields).await;
        assert_eq!(reply.location(), format!("{page}?notice=step-checked"), "{}", reply.body);
    }
    operator.get(&page).await;
    let approved = operator.submit(&format!("{page}/approve"), &[("scope", "read")]).await;
    assert_eq!(approved.location(), format!("{page}?notice=approved"), "{}", approved.body);
    let log = operator.get(&page).await.body;
    assert!(log.contains("Checked: Who they are") && log.contains("First keys may: read"), "{log}");
    assert!(!log.contains("<h2>Decide</h2>"), "it is decided");

    let invitation = link(&house).await;
    assert!(guest.get(&status).await.body.contains("It was approved."));
    guest.get(&invitation).await;
    let joined = guest.submit("/portal/invitation", &[("name", "Ada"), ("password", PASSWORD)]).await;
    let base = joined.location().split_once('?').unwrap().0.to_owned();
    let home = guest.get(&base).await.body;
    assert!(home.contains("Show it to me, once"), "{home}");
    let reveal = format!("{base}/first-keys/{}", page.rsplit_once('/').unwrap().1);
    let token = guest.hidden(&reveal, "form_token");
    let fields = [("form_token", token.as_str()), ("environment", "live")];
    let shown = guest.post(&reveal, &fields).await;
    assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"), "{}", shown.body);
    assert!(shown.body.contains("<code class=\"secret\">sk_live_"), "{}", shown.body);
    assert_eq!(guest.post(&reveal, &fields).await.status, 409, "once");
    assert!(!guest.get(&base).await.body.contains("Show it to me"));
    assert_eq!(house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn a_declined_partner_reads_why() {
    let house = House::new().await;
    let mut guest = house.browser();
    let page = asked(&house, &mut guest).await;
    link(&house).await;
    let mut operator = house.operator().await;
    operator.get(&page).await;
    let empty = operator.submit(&format!("{page}/decline"), &[("reason", " ")]).await;
    assert!(empty.status == 422 && empty.body.contains("The reason must not be empty."), "{}", empty.body);
    let declined = operator.submit(&format!("{page}/decline"), &[("reason", "Not <now>.")]).await;
    assert_eq!(declined.location(), format!("{page}?notice=declined"), "{}", declined.body);
    let status = link(&house).await;
    let told = guest.get(&status).await.body;
    assert!(told.contains("It was declined.") && told.contains("Not &#60;now&#62;."), "{told}");
    assert_eq!(guest.get("/portal/request-access/status?token=clv_ask_none").await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept() {
    let house = House::new().await;
    let mut guest = house.browser();
    for (field, value, message) in [
        ("email", "nowhere", "The e-mail address"),
        ("company", " ", "The company must not be empty."),
        ("use_case", " ", "The use case must not be empty."),
        ("environment", "", "Choose at least one environment"),
        ("api", "none", "Choose an API."),
    ] {
        guest.get(FORM).await;
        let fields = ASKED.map(|(name, kept)| (name, if name == field { value } else { kept }));
        let reply = guest.submit(FORM, &fields).await;
        assert!(reply.status == 422 && reply.body.contains(message), "{field}: {}", reply.body);
        assert!(field == "contact" || reply.body.contains("value=\"Ada\""), "{field}");
    }
    assert!(house.engine.list_access_requests(&ACTOR, true, ALL).await.unwrap().rows.is_empty());
    let forged = guest.post(FORM, &ASKED).await;
    assert_eq!(forged.status, 403);
}
