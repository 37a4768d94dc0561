//! SQL, migrations, pools, transactions and the feed of changes: the only room that knows a database.
//!
//! Every statement stands once, in SQL that SQLite and PostgreSQL both take, and is run by one body against either
//! driver. [`Store::read`] gives a [`Conn`], whose methods find and list; [`Store::write`] gives a [`Tx`], which can
//! also insert and change. Secrets never get here: only hashes and
//! sealed blobs do.

mod access_requests;
mod accounts;
mod apis;
mod audit;
mod authorization_codes;
mod belongings;
mod changes;
mod client_logos;
mod client_origins;
mod client_secrets;
mod clients;
mod conn;
mod device_codes;
mod dialect;
mod ended_tokens;
mod error;
mod feed;
mod generations;
mod grants;
mod idempotency;
mod invitations;
mod jobs;
mod key_lists;
mod key_rows;
mod keys;
mod mail_tokens;
mod members;
mod migration;
mod nodes;
mod operator_tokens;
mod options;
mod passkeys;
mod postgres;
mod pushed_requests;
mod row_counts;
mod second_factors;
mod seen_once;
mod sessions;
mod settings;
mod signing_keys;
mod statements;
mod store;
mod token_parents;
mod token_rows;
mod token_trees;
mod tokens;
mod tx;
mod upstream_identities;
mod usage;
mod workspaces;
mod writer;

pub use accounts::AccountRecord;
pub use audit::{AuditFilter, AuditHead};
pub use authorization_codes::StoredCode;
pub use belongings::Belonging;
pub use client_logos::{LogoRecord, StoredPicture};
pub use clients::{ClientFilter, ClientRecord};
pub use conn::Conn;
pub use device_codes::StoredDevice;
pub use error::{Cause, Error};
pub use generations::Touch;
pub use grants::GrantFilter;
pub use idempotency::{Idempotency, IdempotencyKey};
pub use key_lists::{KeyFilter, StateFilter};
pub use key_rows::KeyRecord;
pub use mail_tokens::MailToken;
pub use migration::{Migrated, MigrationError};
pub use nodes::NodeLease;
pub use options::{DatabaseUrl, DatabaseUrlError, StoreOptions};
pub use passkeys::StoredPasskey;
pub use pushed_requests::PushedRequest;
pub use second_factors::StoredTotp;
pub use signing_keys::StoredSigningKey;
pub use store::Store;
pub use token_parents::{FamilyRecord, HolderRecord, ParentRecord, TokenRecord, UserRecord};
pub use token_rows::{NewFamily, SessionRecord, StoredSession, StoredToken};
pub use token_trees::BranchRecord;
pub use tx::Tx;
pub use upstream_identities::UpstreamIdentity;
pub use usage::{MinuteTally, UsageFilter, UsagePart, UsageSum};
