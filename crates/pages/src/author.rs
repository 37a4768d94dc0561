//! Who made or changed something, for people.

use claviger_engine::SignedIn;

/// An actor's name, as this reader says it.
pub(crate) fn author(actor: &str, reader: &SignedIn) -> String {
    match actor {
        "local" => "the command line".to_owned(),
        "system" => "the server".to_owned(),
        actor if actor == reader.actor().to_string() => "you".to_owned(),
        actor => actor.to_owned(),
    }
}
