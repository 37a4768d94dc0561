//! The list of an API's users.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{Account, AccountId, PageRequest, Timestamp};
use claviger_engine::RegisteredApi;
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::{Choice, next_page};
use crate::many::Ticks;
use crate::many::deeds::OF_USERS;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{ClientsRead, Permit};
use crate::state::PagesState;

const PATH: &str = "/console/users";

struct UserRow {
    id: String,
    email: String,
    name: Option<String>,
    is_disabled: bool,
    is_verified: bool,
    created: Moment,
}

#[derive(Template)]
#[template(path = "users.html")]
struct Users<'p> {
    chrome: Chrome<'p>,
    rows: Vec<UserRow>,
    /// The address of the next page.
    next: Option<String>,
    /// Whether the page ends before it is full.
    is_cut_short: bool,
    apis: Vec<Choice>,
    /// Whose users they are.
    title: String,
    text: &'p str,
    /// What can be done with many of them.
    ticks: Ticks,
}

/// `GET /console/users`
pub(crate) async fn list_users(
    State(state): State<PagesState>,
    permit: Permit<ClientsRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let chrome = Chrome::new(permit.signed_in(), Section::Users).saying(Notice::read(&query));
    let with_users = apis_with_users(&state);
    let chosen = match query.given("api") {
        Some(name) => Some(find(&with_users, name)?),
        None => with_users.first(),
    };
    let text = query.get("email");
    let ticks = Ticks::of(permit.reader(), "/users", &query, OF_USERS);
    let Some(entry) = chosen else {
        let nobody = (Vec::new(), None, Vec::new(), String::new());
        let (rows, next, apis, title) = nobody;
        return page(
            StatusCode::OK,
            &Users { chrome, rows, next, is_cut_short: false, apis, title, text, ticks },
        );
    };
    let before = query.given("before").map(str::parse::<AccountId>).transpose();
    let before = before.map_err(|_| PageError::Parameter("page"))?.map(AccountId::uuid);
    let wanted = PageRequest { before, limit: PageRequest::DEFAULT_LIMIT };
    let listed = match query.given("email") {
        Some(text) => {
            let text: String = text.chars().take(254).collect();
            state.engine.search_users(entry.api.id, &text, wanted).await?
        }
        None => state.engine.list_users(entry.api.id, wanted).await?,
    };
    let now = state.engine.clock().now();
    let next = |id| next_page((PATH, &["api", "email"]), &query, &AccountId::from_uuid(id));
    let users = Users {
        chrome,
        rows: listed.rows.iter().map(|user| row(user, now)).collect(),
        is_cut_short: listed.is_cut_short(PageRequest::DEFAULT_LIMIT),
        next: listed.next.map(next),
        apis: choices(&state, &with_users, entry),
        title: state.title_of(&entry.api.name),
        text,
        ticks,
    };
    page(StatusCode::OK, &users)
}

/// The APIs that have users at all.
fn apis_with_users(state: &PagesState) -> Vec<RegisteredApi> {
    let mut apis = state.engine.list_apis();
    apis.retain(|entry| entry.policy.tokens.has_accounts());
    apis
}

fn find<'a>(apis: &'a [RegisteredApi], name: &str) -> Result<&'a RegisteredApi, PageError> {
    apis.iter().find(|entry| entry.api.name.as_str() == name).ok_or(PageError::Parameter("API"))
}

fn choices(state: &PagesState, apis: &[RegisteredApi], chosen: &RegisteredApi) -> Vec<Choice> {
    let choice = |entry: &RegisteredApi| Choice {
        value: entry.api.name.to_string(),
        text: state.title_of(&entry.api.name),
        is_chosen: entry.api.id == chosen.api.id,
    };
    apis.iter().map(choice).collect()
}

fn row(user: &Account, now: Timestamp) -> UserRow {
    UserRow {
        id: user.id.to_string(),
        email: user.email.to_string(),
        name: user.profile.name.clone(),
        is_disabled: user.disabled_at.is_some(),
        is_verified: user.email_verified_at.is_some(),
        created: Moment::ago(user.created_at, now),
    }
}
