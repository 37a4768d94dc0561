//! Clients' pictures: fetched by us, shown by us.

use claviger_testkit::upstream::Upstream;
use serde_json::json;

use crate::client::{Answer, eventually};
use crate::house::Demo;
use crate::oauth::application::Application;
use crate::oauth::person::Person;

/// The smallest picture.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\0;";

fn answer(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The consent page of a client whose picture is at this server.
async fn consent<'d>(demo: &'d Demo, server: &Upstream) -> (Application<'d>, Person<'d>) {
    let uri = format!("http://{}/logo", server.address());
    let members = json!({"client_name": "Ink Well", "logo_uri": uri});
    let client = Application::registered(demo, "example", &members).await;
    let mut person = Person::new(demo, "example");
    let page = person.open(&client.authorization(&[])).await.page();
    person.sign_in(&page, "example").await.page();
    (client, person)
}

fn picture_of(page: &Answer) -> Option<String> {
    let tag = page.text().split("<img class=\"tile\" src=\"").nth(1)?;
    Some(tag.split('"').next().unwrap().to_owned())
}

#[tokio::test]
async fn mcp_21_a_clients_picture_is_shown_from_our_own_origin() {
    let (demo, _house) = Demo::fresh().await;
    let server = Upstream::answering(answer("image/gif", GIF)).await.unwrap();
    let (client, mut person) = consent(&demo, &server).await;
    let mut found = None;
    let person_now = &mut person;
    eventually("the picture", async || {
        let page = person_now.open(&client.authorization(&[])).await.page();
        assert!(page.answer.text().contains("id=\"allow\""), "{}", page.answer.text());
        found = picture_of(&page.answer);
        found.is_some()
    })
    .await;
    let path = found.unwrap();
    assert!(path.starts_with("/static/logo/") && path.len() == "/static/logo/".len() + 64, "{path}");
    let picture = client.call(&format!("GET {path}"), "").await;
    assert_eq!((picture.status, picture.body.as_ref()), (200, GIF));
    assert_eq!(picture.header("content-type"), "image/gif");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert_eq!(picture.header("cache-control"), "public, max-age=31536000, immutable");
    let policy = picture.header("content-security-policy");
    assert_eq!(policy, "default-src 'none'; sandbox");
    person.authorize("example", &client.authorization(&[])).await;
    let account = person.open("/account/applications").await.page();
    assert_eq!(picture_of(&account.answer), Some(path.clone()));
    assert_eq!(server.connections(), 1, "asked once, whoever looks");
    let elsewhere = Application::of_demo(&demo, "propertybase");
    assert_eq!(elsewhere.call(&format!("GET {path}"), "").await.status, 404, "another API's");
    for bad in ["0".repeat(64), "..%2f..%2fetc%2fpasswd".to_owned(), "x".to_owned()] {
        assert_eq!(client.call(&format!("GET /static/logo/{bad}"), "").await.status, 404, "{bad}");
    }
}

#[tokio::test]
async fn mcp_21_what_is_no_picture_leaves_the_initials() {
    let (demo, _house) = Demo::fresh().await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let large = [GIF, &[0; 100_000]].concat();
    let redirect = b"HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n".to_vec();
    for bytes in
        [answer("image/png", svg), answer("image/svg+xml", svg), answer("image/gif", &large), redirect]
    {
        let server = Upstream::answering(bytes).await.unwrap();
        let (client, mut person) = consent(&demo, &server).await;
        let asked = || {
            demo.log().lines().any(|line| line.contains("no picture to show") && line.contains(&client.id))
        };
        eventually("a line that there is none", async || asked()).await;
        let page = person.open(&client.authorization(&[])).await.page();
        assert_eq!(picture_of(&page.answer), None);
        assert!(page.answer.text().contains("aria-hidden=\"true\">IW</span>"), "{}", page.answer.text());
    }
}
