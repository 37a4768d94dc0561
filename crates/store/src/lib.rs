//! SQL, migrations, pools, transactions and the feed of changes: the only room that knows a database.
//!
//! Every statement stands once, in SQL that SQLite and PostgreSQL both take, and is run by one body against either
//! driver. [`Store::read`] gives a [`Conn`], whose methods find and list; [`Store::write`] gives a [`Tx`], which can
//! also insert and change. Secrets never get here: only hashes and
//! sealed blobs do.

mod accounts;
mod apis;
mod belongings;
mod changes;
mod client_origins;
mod conn;
mod dialect;
mod error;
mod feed;
mod generations;
mod idempotency;
mod jobs;
mod key_lists;
mod key_rows;
mod keys;
mod migration;
mod nodes;
mod operator_tokens;
mod options;
mod postgres;
mod sessions;
mod settings;
mod statements;
mod store;
mod token_rows;
mod tokens;
mod tx;
mod workspaces;
mod writer;

pub use accounts::AccountRecord;
pub use belongings::Belonging;
pub use conn::Conn;
pub use error::{Cause, Error};
pub use generations::Touch;
pub use idempotency::{Idempotency, IdempotencyKey};
pub use key_lists::{KeyFilter, StateFilter};
pub use key_rows::KeyRecord;
pub use migration::{Migrated, MigrationError};
pub use nodes::NodeLease;
pub use options::{DatabaseUrl, DatabaseUrlError, StoreOptions};
pub use store::Store;
pub use token_rows::{NewFamily, SessionRecord, StoredSession, StoredToken, TokenRecord};
pub use tx::Tx;
