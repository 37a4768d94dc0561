//! The engine: one value with few fields, made the same way in production and in tests.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    Actor, Api, ApiId, Clock, Decision, Entropy, Key, KeyId, KeyPatch, OperatorToken, OperatorTokenId, Page,
    PageRequest, Policy, Workspace, WorkspaceId,
};
use claviger_secrets::MasterKey;
use claviger_store::Store;

use crate::error::Error;
use crate::idempotency::IdempotencyKey;
use crate::keys::*;
use crate::operator_tokens::*;
use crate::verify::Question;
use crate::workspaces::*;

/// What an engine is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The master key, from which peppers and sealing keys are derived.
    pub master: MasterKey,
    /// Earlier master keys, which still open what they sealed.
    pub previous_masters: Vec<MasterKey>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Sizes and times.
    pub options: Options,
}

/// Sizes and times of an engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Credentials kept in memory.
    pub cached_credentials: usize,
    /// Unknown credentials remembered, so that a flood of one costs one lookup.
    pub cached_unknown: usize,
    /// How long a node trusts its cache without hearing from the database.
    pub lease: Duration,
    /// How often the database is asked for changes when nothing announces them.
    pub poll: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cached_credentials: 1_000_000,
            cached_unknown: 100_000,
            lease: Duration::from_secs(10),
            poll: Duration::from_millis(500),
        }
    }
}

/// Every use case of this server. Cheap to clone.
#[derive(Clone)]
pub struct Engine {}

#[expect(clippy::unimplemented, clippy::unused_async, unused_variables, missing_docs, reason = "skeleton while the rooms below are built")]
impl Engine {
    pub fn new(parts: Parts) -> Result<Self, Error> { unimplemented!() }

    // ---- background: feed of changes, last-used flushing, retention. Runs until `stop` resolves, then flushes.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) { unimplemented!() }

    // ---- APIs (policies come from contracts; loading one registers its API and forgets what was cached under the old)
    pub async fn install_policy(&self, policy: Arc<Policy>) -> Result<Api, Error> { unimplemented!() }
    /// By name or by id text.
    pub fn find_api(&self, name_or_id: &str) -> Option<(Api, Arc<Policy>)> { unimplemented!() }
    pub fn list_apis(&self) -> Vec<(Api, Arc<Policy>)> { unimplemented!() }
    pub async fn is_ready(&self) -> Result<(), Error> { unimplemented!() }

    // ---- verification
    /// The answer when it needs no database: junk, or a credential in memory. The hot path; takes no await.
    pub fn verify_now(&self, question: &Question<'_>) -> Option<Decision> { unimplemented!() }
    /// The answer. `Error` only when the database is needed and away.
    pub async fn verify(&self, question: &Question<'_>) -> Result<Decision, Error> { unimplemented!() }

    // ---- operator tokens
    /// Without await when the token is in memory.
    pub fn authenticate_operator_now(&self, text: &[u8]) -> Option<Result<AuthenticatedOperator, OperatorTokenError>> { unimplemented!() }
    pub async fn authenticate_operator(&self, text: &[u8]) -> Result<AuthenticatedOperator, OperatorTokenError> { unimplemented!() }
    pub async fn issue_operator_token(&self, actor: &Actor, new: NewOperatorToken) -> Result<IssuedOperatorToken, OperatorTokenError> { unimplemented!() }
    pub async fn list_operator_tokens(&self, page: PageRequest) -> Result<Page<OperatorToken>, OperatorTokenError> { unimplemented!() }
    pub async fn revoke_operator_token(&self, actor: &Actor, id: OperatorTokenId) -> Result<OperatorToken, OperatorTokenError> { unimplemented!() }

    // ---- workspaces
    pub async fn create_workspace(&self, actor: &Actor, new: NewWorkspace, once: Option<IdempotencyKey>) -> Result<Workspace, WorkspaceError> { unimplemented!() }
    pub async fn find_workspace(&self, id: WorkspaceId) -> Result<Workspace, WorkspaceError> { unimplemented!() }
    pub async fn list_workspaces(&self, page: PageRequest) -> Result<Page<Workspace>, WorkspaceError> { unimplemented!() }
    pub async fn update_workspace(&self, actor: &Actor, id: WorkspaceId, patch: WorkspacePatch) -> Result<Workspace, WorkspaceError> { unimplemented!() }
    pub async fn suspend_workspace(&self, actor: &Actor, id: WorkspaceId) -> Result<Workspace, WorkspaceError> { unimplemented!() }
    pub async fn resume_workspace(&self, actor: &Actor, id: WorkspaceId) -> Result<Workspace, WorkspaceError> { unimplemented!() }

    // ---- keys
    pub async fn issue_key(&self, actor: &Actor, new: NewKey, once: Option<IdempotencyKey>) -> Result<IssuedKey, KeyError> { unimplemented!() }
    pub async fn find_key(&self, id: KeyId) -> Result<Key, KeyError> { unimplemented!() }
    pub async fn list_keys(&self, filter: KeyFilter, page: PageRequest) -> Result<Page<Key>, KeyError> { unimplemented!() }
    pub async fn update_key(&self, actor: &Actor, id: KeyId, patch: KeyPatch) -> Result<Key, KeyError> { unimplemented!() }
    pub async fn disable_key(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> { unimplemented!() }
    pub async fn enable_key(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> { unimplemented!() }
    pub async fn rotate_key(&self, actor: &Actor, id: KeyId, overlap: Duration) -> Result<IssuedKey, KeyError> { unimplemented!() }
    pub async fn revoke_key(&self, actor: &Actor, id: KeyId, wait: Wait) -> Result<RevokedKey, KeyError> { unimplemented!() }
    /// Makes or replaces the secret of a pair; the old one ends at once.
    pub async fn replace_pair_secret(&self, actor: &Actor, id: KeyId) -> Result<IssuedSecret, KeyError> { unimplemented!() }
    pub async fn list_belongings(&self, id: KeyId) -> Result<Vec<BelongingView>, KeyError> { unimplemented!() }
    pub async fn add_belonging(&self, actor: &Actor, id: KeyId, request: BelongingRequest) -> Result<BelongingView, KeyError> { unimplemented!() }
    pub async fn verify_belonging(&self, actor: &Actor, id: KeyId, request: BelongingRequest) -> Result<BelongingView, KeyError> { unimplemented!() }

    // ---- idempotency and ids
    /// None when the text is not 1 to 255 printable ASCII characters. `request` is method, path and body.
    pub fn idempotency_key(&self, text: &str, request: &[u8]) -> Option<IdempotencyKey> { unimplemented!() }
    pub fn clock(&self) -> &dyn Clock { unimplemented!() }
    pub fn entropy(&self) -> &dyn Entropy { unimplemented!() }
}
