//! One action on many things at once: those that were ticked in a list.
//!
//! Each is a call of its use case with its own row in the audit record, and one that fails stops no other. What cannot be
//! taken back is asked about first: whoever does it types how many things it is about.

pub(crate) mod deeds;
mod offer;

use std::collections::BTreeSet;
use std::future::Future;
use std::str::FromStr;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use claviger_domain::Actor;
use http::StatusCode;

pub(crate) use self::offer::{Deed, Ticks};
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::permit::Need;
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// The most things at once.
const MOST: usize = 200;

/// A deed that can be done to many things of one kind.
pub(crate) trait Many: Send + Sync + 'static {
    /// What names such a thing.
    type Id: FromStr + ToString + Copy + Ord + Send + Sync;
    /// What it takes to do it.
    type Need: Need;
    /// The deed in words.
    const DEED: &'static Deed;
    /// Where such things are listed.
    const SECTION: Section;
    /// Where that is, below console or workspace.
    const LIST: &'static str;

    /// What people call the thing.
    fn name(
        state: &PagesState,
        actor: &Actor,
        id: Self::Id,
    ) -> impl Future<Output = Result<String, PageError>> + Send;

    /// Does it to one.
    fn act(
        state: &PagesState,
        actor: &Actor,
        id: Self::Id,
    ) -> impl Future<Output = Result<(), PageError>> + Send;
}

/// One of the things.
struct Thing {
    id: String,
    name: String,
    /// Why it was not done; none when it was.
    refusal: Option<Phrase>,
}

#[derive(Template)]
#[template(path = "many_asked.html")]
struct Asked<'p> {
    chrome: Chrome<'p>,
    deed: &'static Deed,
    /// How many things of which kind.
    noun: Phrase,
    things: Vec<Thing>,
    action: String,
    list: String,
    query: &'p str,
    complaints: Complaints,
}

#[derive(Template)]
#[template(path = "many_done.html")]
struct Done<'p> {
    chrome: Chrome<'p>,
    deed: &'static Deed,
    things: Vec<Thing>,
    /// To how many it was done.
    done: usize,
    list: String,
}

/// `POST …/selected/…`
pub(crate) async fn act_on_many<M: Many>(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<M::Need>,
) -> Answer {
    let reader = permit.reader();
    let ids = chosen::<M::Id>(&fields)?;
    let list = list_address::<M>(reader, &fields);
    if ids.is_empty() {
        let mark = if list.contains('?') { '&' } else { '?' };
        return Ok(
            Redirect::to(&format!("{list}{mark}notice={}", Notice::NothingChosen.word())).into_response()
        );
    }
    if M::DEED.is_asked_about && fields.get("confirm").trim() != ids.len().to_string() {
        return ask::<M>(&state, reader, &ids, &fields).await;
    }
    let actor = reader.actor();
    let mut things: Vec<Thing> = Vec::with_capacity(ids.len());
    let mut is_away = false;
    for id in ids {
        let name = M::name(&state, &actor, id).await.unwrap_or_else(|_| id.to_string());
        let refusal = match is_away {
            // Each would wait for the same part in vain.
            true => Some(say("many-not-tried")),
            false => match M::act(&state, &actor, id).await {
                Ok(()) => None,
                Err(error) => {
                    is_away = error.is_fault();
                    Some(error.in_words())
                }
            },
        };
        things.push(Thing { id: id.to_string(), name, refusal });
    }
    let done = things.iter().filter(|thing| thing.refusal.is_none()).count();
    let chrome = Chrome::at(reader, M::SECTION);
    page(StatusCode::OK, &Done { chrome, deed: M::DEED, things, done, list })
}

/// Shows what it is about, and asks how many that are.
async fn ask<M: Many>(state: &PagesState, reader: &Reader, ids: &[M::Id], fields: &Fields) -> Answer {
    let actor = reader.actor();
    let mut things = Vec::with_capacity(ids.len());
    for id in ids {
        let name = M::name(state, &actor, *id).await.unwrap_or_else(|_| id.to_string());
        things.push(Thing { id: id.to_string(), name, refusal: None });
    }
    let (status, complaints) = match fields.given("confirm") {
        None => (StatusCode::OK, Complaints::default()),
        Some(_) => {
            let wrong = say("many-type").count("count", ids.len());
            (StatusCode::UNPROCESSABLE_ENTITY, Complaints::one("confirm", wrong))
        }
    };
    let shown = Asked {
        chrome: Chrome::at(reader, M::SECTION),
        deed: M::DEED,
        noun: (M::DEED.noun)(things.len()),
        things,
        action: format!("{}{}/selected/{}", reader.base(), M::LIST, M::DEED.word),
        list: list_address::<M>(reader, fields),
        query: fields.get("query"),
        complaints,
    };
    page(status, &shown)
}

/// The ids that were ticked, each once, in their order.
fn chosen<I: FromStr + Ord>(fields: &Fields) -> Result<Vec<I>, PageError> {
    let ids: Result<BTreeSet<I>, _> = fields.all("id").take(MOST + 1).map(str::parse).collect();
    let ids = ids.map_err(|_| PageError::BadForm)?;
    if ids.len() > MOST {
        return Err(PageError::TooManyAtOnce);
    }
    Ok(ids.into_iter().collect())
}

/// The list as it was, with its filters.
fn list_address<M: Many>(reader: &Reader, fields: &Fields) -> String {
    let address = format!("{}{}", reader.base(), M::LIST);
    match fields.given("query") {
        None => address,
        // Written anew: what was sent is no address yet.
        Some(query) => {
            let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "notice");
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            format!("{address}?{query}")
        }
    }
}

#[cfg(test)]
mod tests {
    use claviger_domain::{KeyId, Timestamp};
    use claviger_testkit::SeededEntropy;

    use super::*;

    fn form(ids: usize) -> Fields {
        let entropy = SeededEntropy::new(1);
        let mut fields = Fields::default();
        for _ in 0..ids {
            fields.push("id", KeyId::generate_at(Timestamp::from_seconds(1), &entropy).to_string());
        }
        fields
    }

    #[test]
    fn no_more_than_two_hundred_are_taken_each_once() {
        assert_eq!(chosen::<KeyId>(&form(MOST)).unwrap().len(), MOST);
        assert!(matches!(chosen::<KeyId>(&form(MOST + 1)), Err(PageError::TooManyAtOnce)));
        let mut twice = form(2);
        let first = twice.get("id").to_owned();
        twice.push("id", first);
        assert_eq!(chosen::<KeyId>(&twice).unwrap().len(), 2);
        twice.push("id", "wsp_x");
        assert!(matches!(chosen::<KeyId>(&twice), Err(PageError::BadForm)));
    }
}
