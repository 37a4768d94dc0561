//! The HTML doors: landing page, console and portal of the control origin, and the pages of each API's own host
//! ([`PublicPages`]), where its users sign in, consent and look after their accounts.
//!
//! Pages are rendered on the server and need no script, but for passkeys. They hold no rules: each form makes the same engine call as
//! the management API. What somebody may do stands in the type of the permit that a handler takes, and a form can
//! only be read together with the proof that it is one of ours ([`sent`]).

mod access;
mod apis;
mod audit;
mod author;
mod chrome;
mod clients;
mod complaints;
mod confirm;
mod contract_files;
mod cookie;
mod credit_rows;
mod enrolment;
mod environments;
mod error;
mod explain;
mod fields;
mod findings;
mod frame;
mod grants;
mod keys;
mod landing;
mod language;
mod mails;
mod many;
mod meanings;
mod moment;
mod naming;
mod nodes;
mod notice;
mod onward;
mod overview;
mod passkeys;
mod path;
mod permit;
mod picture;
mod pictures;
mod policy;
mod portal;
mod provenance;
mod public;
mod reader;
mod refusals;
mod report;
mod router;
mod samples;
mod scripts;
mod second_factor;
mod security;
mod sent;
mod settings;
mod setup;
mod sign_in;
mod site;
mod state;
mod style;
mod tokens;
mod trials;
mod try_it;
mod upload;
mod usage;
mod users;
mod webhooks;
mod words;
mod workspace;
mod workspaces;

pub use contract_files::{Checked, Comparison, ContractFiles, ContractFilesError, OnDisk};
use words::{rich, say};

pub use mails::{MailLanguage, UnknownLanguage, WrittenMail, write_mail};
pub use public::{PUBLIC_ROUTES, PageCall, PublicPages};
pub use router::{ROUTES, router};
pub use state::{CallId, CallerAddress, PagesState, SettingRow};
pub use trials::{Trial, TrialFailure, Trials, Tried};
