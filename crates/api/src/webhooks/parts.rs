//! What messages to webhooks show of the objects that they are about.

use utoipa::ToSchema;

/// Declares the public parts of an object, each with its type in the document.
macro_rules! parts {
    ($($(#[doc = $about:literal])* $name:ident { $($(#[doc = $part_about:literal])* $part:ident: $type:ty,)* })*) => {$(
        $(#[doc = $about])*
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes what the engine sends")]
        pub(crate) struct $name {
            $($(#[doc = $part_about])* $part: $type,)*
        }
    )*};
}

parts! {
    /// The public parts of a key.
    KeyParts {
        /// The id of the API it opens.
        api: String,
        /// The id of the workspace it belongs to.
        workspace: String,
        /// `live` or `test`.
        environment: String,
        /// `single` or `pair`.
        kind: String,
        /// What people call it.
        name: String,
        /// What it may do.
        scopes: Vec<String>,
        /// What it may no longer do until an operator lifts it: `throttled` or `read_only`.
        restriction: Option<String>,
        /// Whether it opens nothing and only tells who uses it.
        canary: bool,
        /// Since when it is switched off (RFC 3339).
        disabled_since: Option<String>,
        /// When it was ended for ever (RFC 3339).
        revoked_at: Option<String>,
        /// It does not work before (RFC 3339).
        not_before: Option<String>,
        /// It does not work from then on (RFC 3339).
        expires_at: Option<String>,
        /// Where it may be used from; empty for anywhere.
        addresses: Vec<String>,
        /// Its own limits.
        limits: Vec<serde_json::Value>,
        /// Whether it has a secret.
        has_secret: bool,
        /// Its texts, newest first; of each only what may be shown.
        texts: Vec<KeyTextParts>,
        /// When it was made (RFC 3339).
        created_at: String,
        /// In `key.expiring` only: 30, 7 or 1.
        expires_within_days: Option<u8>,
    }

    /// One of a key's texts.
    KeyTextParts {
        /// Its id.
        id: String,
        /// What may be shown of it.
        hint: KeyHintParts,
        /// When it was made (RFC 3339).
        created_at: String,
        /// When it ends because a newer one took its place (RFC 3339).
        retires_at: Option<String>,
    }

    /// What may be shown of a key's text.
    KeyHintParts {
        /// How it begins.
        prefix: String,
        /// How it ends.
        last_four: String,
    }

    /// The public parts of an application.
    ClientParts {
        /// The id of the API whose tokens it gets.
        api: String,
        /// `live` or `test`.
        environment: String,
        /// Whether it was registered by somebody with permission, or by itself.
        origin: String,
        /// What people call it.
        name: String,
        /// How it proves itself, as RFC 7591 says it.
        authentication: String,
        /// `inline`, the address of its keys, or null.
        keys: Option<String>,
        /// The grants it may use.
        grant_types: Vec<String>,
        /// Where browsers may be sent.
        redirect_uris: Vec<String>,
        /// What it may ask for; null for whatever the API has.
        scopes: Option<Vec<String>>,
        /// Whether its tokens are bound to a key (RFC 9449).
        requires_dpop: bool,
        /// Whether it has to push its requests (RFC 9126).
        requires_pushed_requests: bool,
        /// Since when it is switched off (RFC 3339).
        disabled_at: Option<String>,
    }

    /// The public parts of what a user allowed an application.
    GrantParts {
        /// The API's id.
        api: String,
        /// The user's id.
        account: String,
        /// The application's id.
        client: String,
        /// What it may do.
        scopes: Vec<String>,
        /// What it may do it to (RFC 8707).
        resources: Vec<String>,
        /// When it was taken back (RFC 3339).
        revoked_at: Option<String>,
    }

    /// The public parts of a session.
    SessionParts {
        /// Whose it is: an account's id.
        account: String,
    }

    /// A limit that was used up.
    ReachedLimitParts {
        /// The id of the API whose requests it counts.
        api: String,
        /// Its name, as headers show it.
        name: String,
        /// How many requests it allows.
        requests: u32,
        /// The time in which they come back, in seconds; of a month, the longest.
        per_seconds: u32,
        /// Whose requests are counted together: `credential`, `workspace`, `client`, `user` or `everyone`.
        partition: String,
        /// When a request may be allowed again (RFC 3339).
        retry_at: String,
    }

    /// Something unusual that was found.
    UnusualActivityParts {
        /// The rule that found it.
        rule: String,
        /// What people call that.
        title: String,
        /// What it is about: a credential's id, a network, or `*` for many networks together.
        subject: String,
        /// The id of the API, where there is one.
        api: Option<String>,
        /// What it rests on, as `GET /v1/findings` has it.
        evidence: serde_json::Value,
        /// The same in words, a sentence without its full stop.
        explanation: String,
    }

    /// The public parts of a request for access.
    AccessRequestParts {
        /// The id of the API.
        api: String,
        /// Which of `live` and `test` are asked for.
        environments: Vec<String>,
        /// `waiting`, `approved` or `declined`.
        state: String,
        /// The id of the workspace that was made for it, once it is approved.
        workspace: Option<String>,
        /// What its first keys may do, once it is approved.
        scopes: Option<Vec<String>>,
    }

    /// The public parts of a reset of a test environment.
    SandboxParts {
        /// The reset's id, the same when it begins and when it has ended.
        reset: String,
        /// The API's id.
        api: String,
        /// What made it begin: `schedule` or `request`.
        cause: String,
        /// What it does to keys: `keep` or `revoke`.
        keys: String,
        /// When it was due (RFC 3339).
        due_at: String,
        /// When it began (RFC 3339).
        begun_at: String,
        /// When all was done (RFC 3339); null while it goes on.
        ended_at: Option<String>,
    }

    /// The public parts of a webhook.
    WebhookParts {
        /// What people call it.
        name: String,
    }
}
