//! Sizes and times of an engine, and what they are unless set otherwise.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{ApiName, Email, Grain, Responses, SigningSchedule};
use claviger_secrets::ReportKeys;

use crate::countries::Countries;
use crate::limits::SharedCounter;
use crate::providers::UpstreamRegistration;
use crate::webhook_options::WebhookOptions;

/// Failed proofs of clients a minute, unless set otherwise: a burst of a hundred gets its answers.
const FAILED_CLIENT_PROOFS: NonZeroU32 = match NonZeroU32::new(120) {
    Some(number) => number,
    None => NonZeroU32::MIN,
};

/// Clients that may register themselves a minute, unless set otherwise.
const REGISTRATIONS: NonZeroU32 = match NonZeroU32::new(20) {
    Some(number) => number,
    None => NonZeroU32::MIN,
};

/// Requests a minute from one address, unless set otherwise.
const REQUESTS: NonZeroU32 = match NonZeroU32::new(60_000) {
    Some(number) => number,
    None => NonZeroU32::MIN,
};

/// Failed logins a minute, unless set otherwise.
const FAILED_LOGINS: NonZeroU32 = match NonZeroU32::new(60) {
    Some(number) => number,
    None => NonZeroU32::MIN,
};

/// Sizes and times of an engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Credentials kept in memory.
    pub cached_credentials: usize,
    /// Unknown credentials remembered, so that a flood of one costs one lookup.
    pub cached_unknown: usize,
    /// How long a node trusts its memory without hearing from the database.
    pub lease: Duration,
    /// Whether requests are counted.
    pub counts_usage: bool,
    /// How long usage is kept.
    pub usage: UsageKeeps,
    /// How often the database is asked for changes when nothing announces them.
    pub poll: Duration,
    /// Failed logins a minute from one address, or at one key, beyond which they are slowed; the keys of one workspace
    /// allow ten times as many together.
    pub failed_logins_per_minute: NonZeroU32,
    /// Failed proofs a minute of clients at one address, or of one client, beyond which those that fail are slowed.
    pub failed_client_proofs_per_minute: NonZeroU32,
    /// Clients a minute that may register themselves from one address.
    pub registrations_per_minute: NonZeroU32,
    /// Requests a minute from one address to the endpoints that are ours.
    pub requests_per_minute: NonZeroU32,
    /// Sign-ins and sessions.
    pub accounts: AccountOptions,
    /// Where the portal is, for the links of invitations: an origin without a path.
    pub control_origin: String,
    /// When signing keys change.
    pub signing: SigningSchedule,
    /// What is done about unusual activity.
    pub unusual: UnusualOptions,
    /// How messages to webhooks are sent and kept.
    pub webhooks: WebhookOptions,
    /// What counts limits for all nodes together; without it, each node counts for itself.
    pub shared_counter: Option<Arc<dyn SharedCounter>>,
    /// Other OpenID providers that the people of an API may sign in with.
    pub upstreams: BTreeMap<ApiName, Vec<UpstreamRegistration>>,
}

/// What is done about unusual activity.
#[derive(Clone, Debug)]
pub struct UnusualOptions {
    /// Whether credentials and networks are watched at all.
    pub is_on: bool,
    /// By rule, where an API's contract does not say otherwise.
    pub responses: Responses,
    /// Whom findings are told by mail.
    pub mail_to: Vec<Email>,
    /// How long findings are kept after they were last found.
    pub keep: Duration,
    /// The keys by which GitHub signs what it tells of leaked keys.
    pub github_keys: ReportKeys,
    /// What tells countries by addresses; without it, no key comes from a new one.
    pub countries: Option<Arc<dyn Countries>>,
}

impl Default for UnusualOptions {
    fn default() -> Self {
        Self {
            is_on: true,
            responses: Responses::default(),
            mail_to: Vec::new(),
            keep: Duration::from_secs(400 * 24 * 60 * 60),
            github_keys: ReportKeys::default(),
            countries: None,
        }
    }
}

/// How long usage is kept, by grain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageKeeps {
    /// By the minute.
    pub minutes: Duration,
    /// By the hour.
    pub hours: Duration,
    /// By the day.
    pub days: Duration,
}

impl Default for UsageKeeps {
    fn default() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        Self { minutes: day, hours: day * 31, days: day * 400 }
    }
}

impl UsageKeeps {
    /// How long this grain is kept.
    pub const fn of(&self, grain: Grain) -> Duration {
        match grain {
            Grain::Minute => self.minutes,
            Grain::Hour => self.hours,
            Grain::Day => self.days,
        }
    }
}

/// Sizes and times of sign-ins and sessions.
#[derive(Clone, Debug)]
pub struct AccountOptions {
    /// Failed sign-ins a minute from one address before it is slowed; one account allows ten times as many from all
    /// addresses together.
    pub failed_sign_ins_per_minute: NonZeroU32,
    /// How long a session lasts however much it is used.
    pub session_lifetime: Duration,
    /// How long a session lasts unused.
    pub session_idle: Duration,
    /// Passwords hashed at once; each takes a core and 19 MiB for tens of milliseconds.
    pub hashers: NonZeroUsize,
    /// Sign-ins that may wait for a hasher; more are told to come back.
    pub hash_queue: usize,
}

impl Default for AccountOptions {
    fn default() -> Self {
        Self {
            failed_sign_ins_per_minute: NonZeroU32::MIN.saturating_add(9),
            session_lifetime: Duration::from_secs(12 * 60 * 60),
            session_idle: Duration::from_secs(30 * 60),
            hashers: NonZeroUsize::MIN,
            hash_queue: 64,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cached_credentials: 1_000_000,
            cached_unknown: 100_000,
            lease: Duration::from_secs(10),
            poll: Duration::from_millis(500),
            counts_usage: true,
            usage: UsageKeeps::default(),
            failed_logins_per_minute: FAILED_LOGINS,
            failed_client_proofs_per_minute: FAILED_CLIENT_PROOFS,
            registrations_per_minute: REGISTRATIONS,
            requests_per_minute: REQUESTS,
            accounts: AccountOptions::default(),
            control_origin: "http://127.0.0.1:8080".to_owned(),
            signing: SigningSchedule::default(),
            unusual: UnusualOptions::default(),
            webhooks: WebhookOptions::default(),
            shared_counter: None,
            upstreams: BTreeMap::new(),
        }
    }
}
