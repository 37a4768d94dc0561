//! The files of contracts, in memory, and what the console shows of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claviger_contract::{Deployment, parse};
use claviger_domain::{Actor, ApiName};
use claviger_pages::{Checked, Comparison, ContractFiles, ContractFilesError, OnDisk};
use futures_util::future::BoxFuture;

use crate::house::{CONTRACT, House, PASSWORD};

/// The one file there is: what is in force, what stands in it, and who loaded it.
#[derive(Clone, Debug)]
pub(crate) struct Files(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    in_force: Arc<str>,
    on_disk: Option<Arc<str>>,
    deployment: Deployment,
    loaded_by: Vec<String>,
}

impl Files {
    pub(crate) fn new(text: &str, deployment: Deployment) -> Self {
        let text: Arc<str> = text.into();
        let on_disk = Some(Arc::clone(&text));
        Self(Arc::new(Mutex::new(State { in_force: text, on_disk, deployment, loaded_by: Vec::new() })))
    }

    fn write(&self, text: Option<&str>) {
        self.0.lock().unwrap().on_disk = text.map(Arc::from);
    }
}

impl ContractFiles for Files {
    fn compare<'f>(&'f self, _: &'f ApiName) -> BoxFuture<'f, Result<Comparison, ContractFilesError>> {
        let state = self.0.lock().unwrap();
        let check = |text: &Arc<str>| match parse("example.toml", text) {
            Ok(parsed) => {
                let contract = Box::new(parsed.contract.deployed(&state.deployment).unwrap());
                let warnings = parsed.warnings.iter().map(ToString::to_string).collect();
                Ok(Checked { contract, warnings })
            }
            Err(diagnostics) => Err(diagnostics.render(false)),
        };
        let on_disk = state.on_disk.as_ref();
        let on_disk = on_disk.map(|text| OnDisk { text: Arc::clone(text), checked: check(text) });
        let (file, in_force) = ("contracts/example.toml".to_owned(), Arc::clone(&state.in_force));
        Box::pin(std::future::ready(Ok(Comparison { file, in_force, on_disk })))
    }

    fn reload<'f>(&'f self, actor: &'f Actor) -> BoxFuture<'f, Result<usize, ContractFilesError>> {
        let mut state = self.0.lock().unwrap();
        state.loaded_by.push(actor.to_string());
        Box::pin(std::future::ready(Ok(1)))
    }
}

const PAGE: &str = "/console/apis/example/file";

#[tokio::test]
async fn a_file_that_says_what_is_in_force_has_nothing_to_show() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let page = browser.get(PAGE).await.body;
    assert!(page.contains("In force as it stands") && page.contains("contracts/example.toml"), "{page}");
    assert!(!page.contains("What loading it changes"));
    assert_eq!(browser.get("/console/apis/none/file").await.status, 404);
}

#[tokio::test]
async fn what_loading_a_changed_file_would_bring_is_shown_promise_by_promise() {
    let house = House::new().await;
    let title = house.installed.contract.title();
    let changed = CONTRACT.replacen(title, "Another title", 1);
    assert_ne!(changed, CONTRACT);
    house.files.write(Some(&changed));
    let mut browser = house.operator().await;
    let page = browser.get(PAGE).await.body;
    assert!(page.contains("Changed, not loaded"), "{page}");
    assert!(page.contains(&format!("No longer: </span>Title: {title}</del>")), "{page}");
    assert!(page.contains("New: </span>Title: Another title</ins>"), "{page}");
    assert!(page.contains("--- in force"), "the words of the file are there as well");
    house.files.write(Some(&format!("{CONTRACT}\n# Nothing but a comment.\n")));
    let page = browser.get(PAGE).await.body;
    assert!(page.contains("None of the promises that its page shows"), "{page}");
}

#[tokio::test]
async fn a_file_that_is_no_contract_is_shown_with_what_is_wrong() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    house.files.write(Some(&CONTRACT.replacen("title", "tilte", 1)));
    let page = browser.get(PAGE).await.body;
    assert!(page.contains("Cannot be loaded") && page.contains("tilte"), "{page}");
    house.files.write(None);
    assert!(browser.get(PAGE).await.body.contains("The file is gone."));
}

#[tokio::test]
async fn contracts_are_loaded_by_whoever_proved_lately_who_they_are() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    house.clock.advance(Duration::from_secs(20 * 60));
    browser.get(PAGE).await;
    let asked = browser.submit(PAGE, &[]).await;
    assert_eq!((asked.status, house.files.0.lock().unwrap().loaded_by.len()), (403, 0));
    let loaded = browser.submit(PAGE, &[("confirm_password", PASSWORD)]).await;
    assert_eq!(loaded.location(), format!("{PAGE}?notice=reloaded"), "{}", loaded.body);
    let by = house.files.0.lock().unwrap().loaded_by.clone();
    assert!(matches!(by.as_slice(), [one] if one.starts_with("acc_")), "{by:?}");
}
