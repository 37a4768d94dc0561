//! Configuration: what an operator can set, where a value came from, and every mistake at once.
//!
//! Layers are the built-in `default.toml` (which is also the manual), a file, the environment and the
//! command line. This crate reads the one file it is given and no environment of its own accord:
//! the caller hands both in.

mod duration;
mod layer;
mod load;
mod origin;
mod pairs;
mod problem;
mod secret;
mod section;
mod shown;

pub use layer::Layer;
pub use load::{Loaded, Sources};
pub use origin::{HostName, HostNameError, Origin, OriginError, Upstream, UpstreamError};
pub use pairs::{Pairs, PairsError};
pub use problem::{LoadError, Problem, Problems};
pub use secret::Secret;
pub use section::{
    AccountSettings, ApiSettings, ContractSettings, DatabaseSettings, DatabaseUrl, FetchSettings,
    GatewaySettings, KeySource, LimitSettings, LogFormat, LogSettings, MailSettings, MailTransport,
    MasterKeySettings, ProviderSettings, ServerLimits, ServerSettings, ServerTimeouts, Settings,
    TelemetrySettings, TlsSettings, TokenSettings, UnusualActivitySettings, Upstreams, UsageSettings,
    VerifySettings, WebhookSettings,
};
pub use shown::ShownSetting;

/// The built-in settings with a comment on every key: the reference manual.
pub const MANUAL: &str = include_str!("default.toml");
