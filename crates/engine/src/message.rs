//! What a mail says, without its words.

use claviger_domain::{DisabledFor, Finding, Reminder, Response, Role, Timestamp};
use claviger_secrets::Plain;

use crate::letter::Letter;

/// What a mail says. Its words are chosen where it is sent, in its reader's language.
#[derive(Clone, Debug)]
pub enum Message {
    /// To somebody with an account, or to an address that an account is to have.
    Account {
        /// About what.
        letter: Letter,
        /// Whose account it is: what people call the API, or the portal.
        title: String,
        /// What to follow; empty where there is nothing.
        link: Plain,
    },
    /// An invitation to a workspace.
    Invitation {
        /// What the workspace is called.
        workspace: String,
        /// As what one joins.
        role: Role,
        /// What to follow.
        link: Plain,
    },
    /// That a request for access came.
    AccessReceived {
        /// To the request's page.
        link: Plain,
    },
    /// That a request for access was turned down.
    AccessDeclined {
        /// Why, in the words of those who did. What strangers wrote is not repeated, so that nobody can have words of
        /// theirs mailed by us.
        reason: String,
        /// To the request's page.
        link: Plain,
    },
    /// That something unusual was found.
    Finding {
        /// What.
        finding: Box<Finding>,
        /// What was done about it.
        response: Response,
        /// Whether it goes to somebody who looks after the key's workspace, not to the provider.
        is_for_caretaker: bool,
        /// To the page of the key, or of the finding.
        link: String,
    },
    /// That a webhook was disabled.
    WebhookDisabled {
        /// What it is called.
        name: String,
        /// The host of its address.
        host: String,
        /// Why.
        cause: DisabledFor,
        /// To its page.
        link: String,
    },
    /// That keys of a workspace end soon.
    KeysEnding {
        /// What the workspace is called.
        workspace: String,
        /// What people call the API.
        api: String,
        /// How soon.
        reminder: Reminder,
        /// The first of them.
        keys: Vec<NamedKey>,
        /// How many there are.
        count: usize,
    },
}

/// A key in a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    /// What it is called.
    pub name: String,
    /// When it ends.
    pub ends_at: Timestamp,
    /// To its page.
    pub link: String,
}
