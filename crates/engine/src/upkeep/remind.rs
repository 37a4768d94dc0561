//! Telling the owners and admins of a workspace by mail that keys of theirs end soon, and its webhooks.
//!
//! That a reminder is sent is noted before it is handed to the queue of mails, so that no two rounds and no two nodes send
//! it twice. The queue is emptied before a server stops; what a node that is killed had in it is lost, and the next
//! reminder of the key comes all the same.

use std::collections::BTreeMap;

use claviger_domain::{Actor, Audited as _, Entropy, EventType, Occasion, Reminder, Timestamp, WorkspaceId};
use claviger_store::{EndingKey, Tx};

use crate::engine::Engine;
use crate::error::Error;
use crate::mailer::{Mail, Place};
use crate::message::{Message, NamedKey};
use crate::outbox;
use crate::registry::RegisteredApi;

/// Keys of an API of which one round speaks, for each reminder.
const MOST_KEYS: u32 = 500;
/// Letters of one round: no more than a mail server that others use, too, takes at once.
const MOST_LETTERS: usize = 200;
/// Keys that a letter names.
const MOST_NAMED: usize = 50;

impl Engine {
    /// Answers how many letters were handed over.
    pub(super) async fn send_reminders(&self, now: Timestamp) -> Result<usize, Error> {
        let mut letters = 0;
        for entry in self.list_apis() {
            for reminder in Reminder::ALL {
                let mut read = self.store().read().await?;
                let due = read.list_ending_keys(entry.api.id, reminder, now, MOST_KEYS).await?;
                drop(read);
                let mut by_workspace: BTreeMap<WorkspaceId, Vec<EndingKey>> = BTreeMap::new();
                for key in due {
                    by_workspace.entry(key.workspace).or_default().push(key);
                }
                for keys in by_workspace {
                    if letters >= MOST_LETTERS {
                        return Ok(letters);
                    }
                    let Some(sent) = self.remind((&entry, reminder), keys, now).await? else {
                        // The queue of mails is full: the next round goes on.
                        return Ok(letters);
                    };
                    letters += sent;
                }
            }
        }
        Ok(letters)
    }

    /// Writes to the people of one workspace. Answers how many letters; `None` when there is no room for them.
    async fn remind(
        &self,
        (entry, reminder): (&RegisteredApi, Reminder),
        (workspace, keys): (WorkspaceId, Vec<EndingKey>),
        now: Timestamp,
    ) -> Result<Option<usize>, Error> {
        let found = self.store().read().await?.find_workspace(workspace).await?;
        let Some(found) = found else { return Ok(Some(0)) };
        let people = self.list_caretakers(workspace).await?;
        // Before anything is noted, so that what was noted is also sent.
        let places: Result<Vec<Place<'_>>, _> = people.iter().map(|_| self.post().reserve()).collect();
        let Ok(places) = places else { return Ok(None) };
        let entropy = self.shared_entropy();
        let keys: Vec<EndingKey> = self
            .store()
            .write(move |tx| {
                let keys = keys.clone();
                Box::pin(async move {
                    let mut news = Vec::new();
                    for key in keys {
                        if tx.insert_reminder((key.id, key.ends_at), reminder, now).await? {
                            tell(tx, &key, (reminder, now), &*entropy).await?;
                            news.push(key);
                        }
                    }
                    Ok::<_, claviger_store::Error>(news)
                })
            })
            .await?;
        if keys.is_empty() {
            return Ok(Some(0));
        }
        let title = &entry.policy.tokens.title;
        let api = if title.is_empty() { entry.policy.name.as_str() } else { title.as_str() };
        let place = format!("{}/{workspace}", self.portal_sender().issuer);
        let message = Message::KeysEnding {
            workspace: found.name.to_string(),
            api: api.to_owned(),
            reminder,
            keys: keys.iter().take(MOST_NAMED).map(|key| named(key, &place)).collect(),
            count: keys.len(),
        };
        let letters = places.len();
        for (room, to) in places.into_iter().zip(people) {
            room.post(Mail { to, language: None, message: message.clone() });
        }
        tracing::info!(%workspace, api = %entry.api.name, keys = keys.len(), letters, days = reminder.days(), "reminds of ends");
        Ok(Some(letters))
    }
}

/// Tells webhooks that a key ends soon.
async fn tell(
    tx: &mut Tx,
    key: &EndingKey,
    (reminder, now): (Reminder, Timestamp),
    entropy: &dyn Entropy,
) -> Result<(), claviger_store::Error> {
    let Some(found) = tx.find_key(key.id, None).await? else { return Ok(()) };
    let object = found.snapshot().with("expires_within_days", reminder.days());
    let occasion = Occasion {
        event: EventType::KeyExpiring,
        subject: key.id.to_string(),
        workspace: Some(key.workspace),
        by: Actor::SYSTEM.to_string(),
        object: Some(object.to_value()),
    };
    outbox::tell(tx, &occasion, now, entropy).await
}

fn named(key: &EndingKey, place: &str) -> NamedKey {
    let link = format!("{place}/keys/{}", key.id);
    NamedKey { name: key.name.to_string(), ends_at: key.ends_at, link }
}
