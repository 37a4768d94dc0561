//! Every form of an API's pages: that it works without a script, and is called as it always was.

use super::gallery_tests::{Sample, attribute, gallery, tags};
use super::router::PUBLIC_ROUTES;

/// The forms of a page, each from its tag on.
fn forms(page: &str) -> impl Iterator<Item = &str> {
    page.split("<form ").skip(1).filter_map(|rest| Some(rest.split_once("</form>")?.0))
}

/// Names of what people fill in or press, in their order; what only carries something on is left out.
fn names(form: &str) -> Vec<&str> {
    let is_control = |tag: &&str| {
        (tag.starts_with("input ") || tag.starts_with("button ")) && attribute(tag, "type") != Some("hidden")
    };
    tags(form).into_iter().filter(is_control).filter_map(|tag| attribute(tag, "name")).collect()
}

/// Whether there is a page for what is posted there. Segments in braces stand for anything.
fn is_posted_to(path: &str) -> bool {
    PUBLIC_ROUTES.iter().filter(|(method, _)| *method == "post").any(|(_, route)| {
        let (mut route, mut path) = (route.split('/'), path.split('/'));
        loop {
            match (route.next(), path.next()) {
                (None, None) => return true,
                (Some(known), Some(asked)) if known == asked || known.starts_with('{') => {}
                _ => return false,
            }
        }
    })
}

#[test]
fn every_form_works_without_a_script() {
    let mut seen = 0;
    for (name, page) in gallery(&Sample::nice()) {
        for form in forms(&page) {
            let tag = format!("form {}", form.split('>').next().unwrap());
            assert_eq!(attribute(&tag, "method"), Some("post"), "{name}: {tag}");
            let action = attribute(&tag, "action").unwrap();
            // What cannot work without a script is not there before one has run.
            if tag.ends_with(" hidden") {
                continue;
            }
            let needs_script = |tag: &&str| attribute(tag, "type") == Some("button");
            assert!(
                tags(form).iter().filter(|tag| needs_script(tag)).all(|tag| tag.ends_with(" hidden")),
                "{name}"
            );
            let is_submit =
                |tag: &&str| tag.starts_with("button") && attribute(tag, "type") != Some("button");
            assert!(tags(form).iter().any(is_submit), "{name}: nothing sends the form to {action}");
            if name == "form-post" {
                assert!(action.starts_with("https://inkwell.example/"), "{action}");
                continue;
            }
            assert!(is_posted_to(action), "{name}: {action}");
            assert!(form.contains("name=\"form_token\""), "{name}: {action}");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn names_of_forms_stay_as_they_are() {
    let pages = gallery(&Sample::nice());
    for (name, action, wanted) in [
        ("sign-in", "/sign-in", &["email", "password"][..]),
        ("sign-up", "/sign-up", &["name", "email", "password"]),
        ("second-factor", "/second-factor", &["code"]),
        ("forgot-password", "/forgot-password", &["email"]),
        ("reset-password", "/reset-password", &["new_password"]),
        ("verify-email", "/verify-email", &[]),
        ("select-account", "/select-account", &[]),
        ("consent", "/consent", &["answer", "answer"]),
        ("device", "/device", &["user_code"]),
        ("device-question", "/device/answer", &["answer", "answer"]),
        ("sign-out", "/sign-out", &[]),
        ("profile", "/account", &["name"]),
        ("security", "/account/password", &["username", "password", "new_password"]),
        ("security", "/account/authenticator", &[]),
        ("authenticator", "/account/authenticator/confirm", &["code"]),
        ("sessions", "/account/sessions/end-others", &[]),
        ("applications", "/account/applications/grt_1/revoke", &[]),
    ] {
        let page = &pages.iter().find(|(known, _)| *known == name).unwrap().1;
        let form = forms(page).find(|form| form.contains(&format!("action=\"{action}\"")));
        assert_eq!(names(form.unwrap_or_else(|| panic!("{name}: {action}"))), wanted, "{name}: {action}");
    }
}
