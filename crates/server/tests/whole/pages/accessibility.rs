//! axe-core over every page, in light, in dark and on a phone.

use claviger_testkit::chromium::Chromium;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::formed::{self, Formed};
use super::sights::{Reader, consent_of, sights};
use crate::house::House;
use crate::oauth::libraries::{install, kept};
use crate::window::{Look, Window};

/// What is installed, exactly.
const AXE: &str = "axe-core@4.14.1";

/// axe-core's text.
async fn axe() -> String {
    static ONCE: OnceCell<()> = OnceCell::const_new();
    let folder = kept("axe-core");
    let words = ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", AXE];
    let words = words.map(str::to_owned).to_vec();
    ONCE.get_or_init(async || install(&folder, AXE, &[("npm", words)]).await).await;
    std::fs::read_to_string(folder.join("node_modules/axe-core/axe.min.js")).unwrap()
}

/// What axe-core finds wrong with the page, a line each: WCAG 2.2 AA, and what it calls best practice.
async fn violations(window: &Window, axe: &str) -> Vec<String> {
    const RUN: &str = "const done = arguments[arguments.length - 1];
        axe.run(document, {preload: false}).then(found => done(found.violations), error => done(String(error)));";
    window.client.execute(axe, Vec::new()).await.unwrap();
    let found = window.client.execute_async(RUN, Vec::new()).await.unwrap();
    let Value::Array(found) = found else { panic!("axe-core failed: {found}") };
    let node = |node: &Value| format!("{} {}", node["html"], node["any"][0]["message"]);
    let line = |violation: &Value| {
        let nodes = violation["nodes"].as_array().into_iter().flatten();
        format!("{}: {}", violation["id"], nodes.map(node).collect::<Vec<_>>().join("\n    "))
    };
    found.iter().map(line).collect()
}

/// Looks at the page in every way.
async fn look_at(window: &Window, axe: &str, what: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for look in Look::ALL {
        window.look(look).await;
        let found = violations(window, axe).await;
        wrong.extend(found.into_iter().map(|violation| format!("{what} ({look:?}) {violation}")));
        let width = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
        if window.client.execute(width, Vec::new()).await.unwrap() != json!(0) {
            wrong.push(format!("{what} ({look:?}) is wider than its window"));
        }
    }
    wrong
}

async fn look_at_all(readers: &[Reader]) {
    let (demo, _house) = formed::demo().await;
    let axe = axe().await;
    let chromium = Chromium::start().await.unwrap();
    let mut wrong = Vec::new();
    let all = sights(&demo).await;
    for reader in readers {
        let window = Window::open(&chromium, demo.address, &format!("{reader:?}")).await;
        match reader {
            Reader::Nobody => {}
            Reader::Operator => window.sign_in(&demo).await,
            Reader::Member => window.sign_in_member(&demo).await,
            Reader::User => {
                window.sign_in_user(&demo, "example").await;
                window.go(&consent_of(&demo)).await;
                window.expect("id=\"allow\"").await;
                wrong.extend(look_at(&window, &axe, "the consent").await);
            }
        }
        for sight in all.iter().filter(|sight| sight.reader == *reader) {
            window.go(&sight.address).await;
            assert!(window.says("<main id=\"main\"").await, "{} is no page", sight.address);
            wrong.extend(look_at(&window, &axe, sight.route).await);
        }
        for formed in Formed::ALL.into_iter().filter(|_| *reader == Reader::Member) {
            formed.make(&window, &demo).await;
            wrong.extend(look_at(&window, &axe, formed.name()).await);
        }
        window.client.close().await.unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_wrong_with_any_page_of_the_console() {
    look_at_all(&[Reader::Operator]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_wrong_with_any_page_of_the_portal() {
    look_at_all(&[Reader::Member]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_wrong_with_any_page_of_an_api() {
    look_at_all(&[Reader::Nobody, Reader::User]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_wrong_with_the_first_start() {
    let house = House::new("127.0.0.1:9".parse().unwrap()).await;
    let server = house.serve().await;
    let axe = axe().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, server.address, "one").await;
    window.go("/console/setup").await;
    window.expect("First start").await;
    let wrong = look_at(&window, &axe, "/console/setup").await;
    window.client.close().await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
