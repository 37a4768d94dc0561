//! Pictures of applications: given with a form that has a file, shown from our own origin, refused beside the field.

use claviger_domain::Role;

use crate::browser::{Browser, Reply};
use crate::house::House;

/// The start of a WebP picture; all of it can be read as text.
const WEBP: &[u8] = b"RIFF\0\0\0\0WEBPVP8 picture";

/// Sends the form of the page that the browser is on with a file.
async fn upload(browser: &mut Browser, path: &str, (name, bytes): (&str, &[u8])) -> Reply {
    let token = browser.hidden(path, "form_token");
    upload_with(browser, path, &token, (name, bytes)).await
}

async fn upload_with(browser: &mut Browser, path: &str, token: &str, (name, bytes): (&str, &[u8])) -> Reply {
    let head = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n--cut\r\n\
         Content-Disposition: form-data; name=\"picture\"; filename=\"{name}\"\r\n\
         Content-Type: image/png\r\n\r\n"
    );
    let body = [head.as_bytes(), bytes, b"\r\n--cut--\r\n"].concat();
    browser.send_as("POST", path, "multipart/form-data; boundary=cut", body).await
}

#[tokio::test]
async fn an_application_is_given_a_picture_that_lists_and_the_consent_show() {
    let house = House::new().await;
    let client = house.client("Inkwell").await.client.id;
    let member = house.member("ada@partner.example", Role::Developer, house.workspace.id).await;
    let places = [
        (house.operator().await, "/console".to_owned()),
        (member, format!("/portal/{}", house.workspace.id)),
    ];
    for (mut browser, base) in places {
        let page = format!("{base}/clients/{client}");
        let give = format!("{page}/picture");
        browser.get(&page).await;
        let reply = upload(&mut browser, &give, ("logo.webp", WEBP)).await;
        assert_eq!((reply.status, reply.location()), (303, format!("{page}?notice=picture").as_str()));
        let mut shown = Vec::new();
        for path in [page.clone(), format!("{base}/clients"), format!("{page}/consent")] {
            let body = browser.get(&path).await.body;
            let (_, rest) =
                body.split_once("src=\"/static/logo/").unwrap_or_else(|| panic!("{path}: {body}"));
            shown.push(rest.split('"').next().unwrap().to_owned());
        }
        assert!(shown.iter().all(|digest| *digest == shown[0]));
        let picture = format!("/static/logo/{}", shown[0]);
        let reply = house.browser().get(&picture).await;
        assert_eq!((reply.status, reply.body.as_bytes()), (200, WEBP));
        assert_eq!(reply.header("content-type"), "image/webp");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable");
        browser.get(&page).await;
        let gone = browser.submit(&format!("{give}/remove"), &[]).await;
        assert_eq!((gone.status, gone.location()), (303, format!("{page}?notice=picture-removed").as_str()));
        assert_eq!(house.browser().get(&picture).await.status, 404);
        let body = browser.get(&page).await.body;
        assert!(!body.contains("/static/logo/") && !body.contains("picture/remove"), "{body}");
    }
    for other in ["nothing", &"0".repeat(64), ".."] {
        assert_eq!(house.browser().get(&format!("/static/logo/{other}")).await.status, 404, "{other}");
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_picture_is_refused_beside_the_field() {
    let house = House::new().await;
    let client = house.client("Inkwell").await.client;
    let mut browser = house.operator().await;
    let page = format!("/console/clients/{}", client.id);
    let give = format!("{page}/picture");
    let large = [WEBP, &[0; 65_536]].concat();
    let huge = [WEBP, &[0; 3_000_000]].concat();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".as_slice();
    for (name, bytes, said) in [
        ("large.webp", large.as_slice(), "This picture has more than 64 kB."),
        ("huge.webp", huge.as_slice(), "This picture has more than 64 kB."),
        ("drawing.png", svg, "This is neither a PNG, JPEG nor WebP picture"),
        ("page.png", b"<!doctype html>", "This is neither a PNG, JPEG nor WebP picture"),
        ("moves.gif", b"GIF89a\0", "This is neither a PNG, JPEG nor WebP picture"),
        ("", b"", "Choose a picture first."),
    ] {
        browser.get(&page).await;
        let reply = upload(&mut browser, &give, (name, bytes)).await;
        assert_eq!(reply.status, 422, "{name}: {}", reply.body);
        let (_, complaint) = reply.body.split_once("id=\"picture-error\">").unwrap();
        assert!(complaint.starts_with(said), "{name}: {complaint}");
    }
    browser.get(&page).await;
    let reply = browser.submit(&give, &[]).await;
    assert!(reply.status == 422 && reply.body.contains("Choose a picture first."), "{}", reply.body);
    assert!(house.engine.find_given_picture(&client).await.unwrap().is_none());
}

#[tokio::test]
async fn a_file_needs_the_forms_token_and_a_page_of_ours() {
    let house = House::new().await;
    let client = house.client("Inkwell").await.client;
    let mut browser = house.operator().await;
    let page = format!("/console/clients/{}", client.id);
    let give = format!("{page}/picture");
    browser.get(&page).await;
    let token = browser.hidden(&give, "form_token");
    assert_eq!(upload_with(&mut browser, &give, "guess", ("a.webp", WEBP)).await.status, 403);
    let kind = "multipart/form-data; boundary=cut";
    for broken in ["", "--cut\r\n", "nonsense", "--cut\r\nContent-Disposition: form-data; name=\"a\""] {
        let reply = browser.send_as("POST", &give, kind, broken.as_bytes().to_vec()).await;
        assert!([400, 403].contains(&reply.status), "{broken:?}: {}", reply.status);
    }
    browser.headers.push(("sec-fetch-site", "cross-site".to_owned()));
    assert_eq!(upload_with(&mut browser, &give, &token, ("a.webp", WEBP)).await.status, 403);
    assert!(house.engine.find_given_picture(&client).await.unwrap().is_none());
}
