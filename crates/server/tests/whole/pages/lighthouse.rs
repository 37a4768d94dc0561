//! What Lighthouse says of pages, and what each page weighs.

use std::process::Stdio;
use std::time::Duration;

use claviger_testkit::chromium::Chromium;
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::sights::{Reader, Sight, sights};
use crate::house::Demo;
use crate::oauth::libraries::{install, kept};
use crate::window::Window;

/// What is installed, exactly: the newest that runs on the node of Debian.
const LIGHTHOUSE: &str = "lighthouse@12.8.2";
/// The longest that it may look at a page.
const PATIENCE: Duration = Duration::from_secs(240);
/// What a page with all that it loads may weigh, as it is sent.
const MOST_BYTES: u64 = 100_000;

/// Where Lighthouse is.
async fn lighthouse() -> std::path::PathBuf {
    static ONCE: OnceCell<()> = OnceCell::const_new();
    let folder = kept("lighthouse");
    let words = ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", LIGHTHOUSE];
    let words = words.map(str::to_owned).to_vec();
    ONCE.get_or_init(async || install(&folder, LIGHTHOUSE, &[("npm", words)]).await).await;
    folder.join("node_modules/.bin/lighthouse")
}

/// The report on a page, as whoever has this cookie sees it.
async fn report(address: &str, cookie: &str, chromium: &Chromium) -> Value {
    let headers = serde_json::json!({ "Cookie": cookie }).to_string();
    let mut command = Command::new(lighthouse().await);
    command.arg(address).args(["--output=json", "--output-path=stdout", "--quiet"]);
    command.arg("--only-categories=accessibility,best-practices");
    command.arg("--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu");
    command.arg(format!("--extra-headers={headers}")).env("CHROME_PATH", chromium.browser());
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(PATIENCE, output).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{address}: {error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// What keeps a page from a hundred in either category.
fn complaints(report: &Value) -> Vec<String> {
    let mut found = Vec::new();
    assert!(report["runtimeError"].is_null(), "{}", report["runtimeError"]);
    for category in ["accessibility", "best-practices"] {
        let category = &report["categories"][category];
        if category["score"] == 1.0 || category["score"] == 1 {
            continue;
        }
        let failed = category["auditRefs"].as_array().into_iter().flatten().filter_map(|part| {
            let audit = &report["audits"][part["id"].as_str()?];
            let is_wrong = audit["score"].as_f64().is_some_and(|score| score < 1.0);
            (is_wrong && part["weight"] != 0).then(|| format!("{}: {}", audit["title"], audit["details"]))
        });
        found.push(format!("{} {}: {:?}", category["title"], category["score"], failed.collect::<Vec<_>>()));
    }
    found
}

/// The cookies of a window, as a request sends them.
async fn cookies(window: &Window) -> String {
    let cookies = window.client.get_all_cookies().await.unwrap();
    cookies
        .iter()
        .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
        .collect::<Vec<_>>()
        .join("; ")
}

#[tokio::test(flavor = "multi_thread")]
async fn lighthouse_gives_a_hundred_for_accessibility_and_best_practices() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let staff = Window::open(&chromium, demo.address, "staff").await;
    staff.sign_in(&demo).await;
    let member = Window::open(&chromium, demo.address, "member").await;
    member.sign_in_member(&demo).await;
    let (staff_cookie, member_cookie) = (cookies(&staff).await, cookies(&member).await);
    let all = sights(&demo).await;
    let mut wrong = Vec::new();
    for route in ["/", "/console/sign-in", "/console", "/portal/{workspace}/keys", "/console/keys/{id}"] {
        let sight = all.iter().find(|sight| sight.route == route).unwrap();
        let cookie = match sight.reader {
            Reader::Operator => &staff_cookie,
            Reader::Member => &member_cookie,
            Reader::Nobody | Reader::User => "",
        };
        let report = report(&sight.address, cookie, &chromium).await;
        let shown = report["finalDisplayedUrl"].as_str().unwrap_or_default();
        assert_eq!(shown, sight.address, "nobody was sent elsewhere");
        wrong.extend(complaints(&report).into_iter().map(|complaint| format!("{route} {complaint}")));
    }
    staff.client.close().await.unwrap();
    member.client.close().await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_weighs_less_than_100_kilobytes_with_all_that_it_loads() {
    // As a browser counts what came over the wire; what came from its memory counts as if it had.
    const WEIGH: &str = "return performance.getEntriesByType('navigation')
        .concat(performance.getEntriesByType('resource'))
        .map(entry => Math.max(entry.encodedBodySize, entry.transferSize))
        .reduce((sum, bytes) => sum + bytes, 0);";
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let all = sights(&demo).await;
    let mut wrong = Vec::new();
    for reader in [Reader::Nobody, Reader::Operator, Reader::User, Reader::Member] {
        let window = Window::open(&chromium, demo.address, &format!("{reader:?}")).await;
        match reader {
            Reader::Nobody => {}
            Reader::Operator => window.sign_in(&demo).await,
            Reader::Member => window.sign_in_member(&demo).await,
            Reader::User => window.sign_in_user(&demo, "example").await,
        }
        for Sight { address, .. } in all.iter().filter(|sight| sight.reader == reader) {
            window.go(address).await;
            let weight = window.client.execute(WEIGH, Vec::new()).await.unwrap().as_f64().unwrap() as u64;
            assert!(weight > 1_000, "{address} weighs {weight} bytes: nothing was measured");
            if weight >= MOST_BYTES {
                wrong.push(format!("{address} weighs {weight} bytes"));
            }
        }
        window.client.close().await.unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
