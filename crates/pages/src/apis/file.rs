//! The file of a contract: whether it is good, and what loading it would change.

use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_contract::Contract;
use claviger_domain::Timestamp;
use http::StatusCode;
use similar::{ChangeTag, TextDiff};

use super::find;
use super::promises::promises;
use crate::chrome::{Chrome, Section, page};
use crate::contract_files::{Checked, Comparison};
use crate::error::Answer;
use crate::fields::Fields;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{Permit, Recent, WorkspacesRead, WorkspacesWrite};
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

/// The longest that looking for the shortest difference may take; a longer one is as true.
const PATIENCE: Duration = Duration::from_millis(200);
/// Lines of the file shown around each that differs.
const AROUND: usize = 3;

/// A line that would come or go.
struct Changed {
    is_added: bool,
    text: String,
}

/// What stands in the file.
enum Standing {
    /// What is in force.
    Same,
    /// Something else that is good.
    Changed,
    /// Something that is no contract, or none that fits here.
    Bad(String),
    /// There is no file any more.
    Gone,
}

#[derive(Template)]
#[template(path = "contract_file.html")]
struct FilePage<'p> {
    chrome: Chrome<'p>,
    name: String,
    title: &'p str,
    file: String,
    standing: Standing,
    warnings: Vec<String>,
    /// The promises that would come or go.
    promises: Vec<Changed>,
    /// The same in the words of the file; empty where nothing differs.
    lines: String,
}

/// `GET /console/apis/{id}/file`
pub(crate) async fn show_contract_file(
    State(state): State<PagesState>,
    permit: Permit<WorkspacesRead>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let installed = find(&state, &name)?;
    let contract = &installed.contract;
    let Comparison { file, in_force, on_disk } = state.contracts.compare(contract.name()).await?;
    let (standing, warnings, promises, lines) = match on_disk {
        None => (Standing::Gone, Vec::new(), Vec::new(), String::new()),
        Some(found) => {
            let lines = differing_lines(&in_force, &found.text);
            match found.checked {
                Err(wrong) => (Standing::Bad(wrong), Vec::new(), Vec::new(), lines),
                Ok(Checked { contract: next, warnings }) => {
                    let is_same = in_force == found.text;
                    let changed = differing_promises(contract, &next, state.engine.clock().now());
                    (if is_same { Standing::Same } else { Standing::Changed }, warnings, changed, lines)
                }
            }
        }
    };
    let shown = FilePage {
        chrome: Chrome::new(permit.signed_in(), Section::Apis).saying(Notice::read(&query)),
        name: contract.name().to_string(),
        title: contract.title(),
        file,
        standing,
        warnings,
        promises,
        lines,
    };
    page(StatusCode::OK, &shown)
}

/// `POST /console/apis/{id}/file`: loads whatever has changed, of this contract and of every other.
pub(crate) async fn reload_contracts(
    State(state): State<PagesState>,
    Path(name): Path<String>,
    Sent { permit, .. }: Sent<Recent<WorkspacesWrite>>,
) -> Answer {
    let installed = find(&state, &name)?;
    let changed = state.contracts.reload(&permit.actor()).await?;
    let notice = if changed == 0 { Notice::NothingReloaded } else { Notice::ContractsReloaded };
    // A contract that was loaded may be called otherwise: its API is still the same.
    let directory = state.directory.load();
    let target = match directory.by_name_or_id(&installed.api.to_string()) {
        Some(now) => format!("/console/apis/{}/file", now.contract.name()),
        None => "/console/apis".to_owned(),
    };
    Ok(Redirect::to(&format!("{target}?notice={}", notice.word())).into_response())
}

fn differing_promises(before: &Contract, after: &Contract, now: Timestamp) -> Vec<Changed> {
    let [before, after] = [before, after].map(|contract| promises(contract, now).join("\n") + "\n");
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&before, &after);
    let changed = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    changed
        .map(|change| Changed {
            is_added: change.tag() == ChangeTag::Insert,
            text: change.value().trim_end().to_owned(),
        })
        .collect()
}

fn differing_lines(before: &str, after: &str) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    let [in_force, in_file] = [say("file-in-force"), say("file-in-file")].map(|side| side.to_string());
    diff.unified_diff().context_radius(AROUND).header(&in_force, &in_file).to_string()
}
