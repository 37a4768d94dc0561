//! Who made or changed something, for people.

use claviger_engine::SignedIn;

use crate::words::say;

/// An actor's name, as this reader says it.
pub(crate) fn author(actor: &str, reader: &SignedIn) -> String {
    match actor {
        "local" => say("author-command-line").to_string(),
        "system" => say("author-server").to_string(),
        actor if actor == reader.actor().to_string() => say("word-you").to_string(),
        actor => actor.to_owned(),
    }
}
