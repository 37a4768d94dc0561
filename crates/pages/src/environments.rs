//! What people call the two worlds.

use claviger_domain::Environment;

use crate::words::{Phrase, say};

/// The word on the tag of what belongs to the environment of this name.
pub(crate) fn tag(name: impl AsRef<str>) -> Phrase {
    if name.as_ref() == Environment::Live.as_str() {
        say("environment-live")
    } else {
        say("environment-test")
    }
}
