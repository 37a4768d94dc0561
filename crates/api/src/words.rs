//! The closed lists of words on the wire, described for the OpenAPI document.
//!
//! The words themselves are `domain`'s; a test holds the two together.

use utoipa::ToSchema;

/// Which world a thing belongs to.
#[derive(ToSchema)]
#[schema(as = Environment, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Environment`")]
pub(crate) enum EnvironmentWord {
    /// Real data.
    Live,
    /// Sandbox data.
    Test,
}

/// Whether a key is presented by itself or is the public half of a pair.
#[derive(ToSchema)]
#[schema(as = KeyKind, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::KeyKind`")]
pub(crate) enum KeyKindWord {
    /// The key alone is the credential.
    Single,
    /// The key names, a separate secret proves.
    Pair,
}

/// Who shares one quota.
#[derive(ToSchema)]
#[schema(as = Partition, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Partition`")]
pub(crate) enum PartitionWord {
    /// Each credential has its own.
    Credential,
    /// All credentials of a workspace share one.
    Workspace,
    /// All credentials of an OAuth client share one; a credential without a client has its own.
    Client,
    /// All credentials of a user share one; a credential without a user has its own.
    User,
    /// All requests from one address share one: an IPv4 address, or the /64 that is one IPv6 customer's.
    Address,
    /// All requests share one.
    Everyone,
}

/// How a quota comes back.
#[derive(ToSchema)]
#[schema(as = Pace, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Pace`")]
pub(crate) enum PaceWord {
    /// Evenly, request by request.
    Even,
    /// As the requests grow older: never more than the quota in any stretch of its time.
    Rolling,
    /// Whole, at midnight UTC.
    Day,
    /// Whole, at the first midnight UTC of a month.
    Month,
}

/// What becomes of a request while the counter that nodes share does not answer.
#[derive(ToSchema)]
#[schema(as = WhenUnavailable, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::WhenUnavailable`")]
pub(crate) enum WhenUnavailableWord {
    /// Each node counts for itself.
    Local,
    /// It passes uncounted.
    Open,
    /// It is refused.
    Closed,
}

/// How far a charge of credits has come.
#[derive(ToSchema)]
#[schema(as = ChargeState, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::ChargeState`")]
pub(crate) enum ChargeStateWord {
    /// Taken from the balance, and given back when nobody says in time what became of it.
    Reserved,
    /// Spent.
    Committed,
    /// Given back.
    Refunded,
}

/// What an operator token may do. Writing implies reading the same thing.
#[derive(ToSchema)]
#[schema(as = OperatorScope)]
#[expect(dead_code, reason = "describes the words of `claviger_domain::OperatorScope`")]
pub(crate) enum OperatorScopeWord {
    /// Call `POST /v1/verify`.
    #[schema(rename = "verify")]
    Verify,
    /// Read workspaces and APIs.
    #[schema(rename = "workspaces:read")]
    WorkspacesRead,
    /// Make and change workspaces.
    #[schema(rename = "workspaces:write")]
    WorkspacesWrite,
    /// Read keys; never their text.
    #[schema(rename = "keys:read")]
    KeysRead,
    /// Make, change, rotate and revoke keys.
    #[schema(rename = "keys:write")]
    KeysWrite,
    /// Read OAuth clients, users, grants, signing keys, and what tokens were bought.
    #[schema(rename = "clients:read")]
    ClientsRead,
    /// Make and change OAuth clients, users, grants and signing keys, and end tokens.
    #[schema(rename = "clients:write")]
    ClientsWrite,
    /// Make, list and revoke operator tokens.
    #[schema(rename = "tokens:write")]
    TokensWrite,
    /// Read, export and check the audit record.
    #[schema(rename = "audit:read")]
    AuditRead,
    /// Read webhooks, their messages and attempts; never their secrets.
    #[schema(rename = "webhooks:read")]
    WebhooksRead,
    /// Make and change webhooks, and send messages again.
    #[schema(rename = "webhooks:write")]
    WebhooksWrite,
    /// Read metrics and the state of nodes.
    #[schema(rename = "observe")]
    Observe,
    /// Read what was found unusual.
    #[schema(rename = "findings:read")]
    FindingsRead,
    /// Acknowledge findings, and lift what was done about them.
    #[schema(rename = "findings:write")]
    FindingsWrite,
}

/// What a member may do in a workspace. Each role may do what the ones after it may.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Role`")]
pub(crate) enum RoleWord {
    /// Everything, owners included.
    Owner,
    /// Invites and removes members that are no owners.
    Admin,
    /// Makes and changes keys and applications.
    Developer,
    /// Looks at everything, changes nothing.
    Viewer,
}

/// What is checked before anybody gets access.
#[derive(ToSchema)]
#[schema(as = ReviewStep, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::ReviewStep`")]
pub(crate) enum ReviewStepWord {
    /// The company exists, and the contact speaks for it.
    Identity,
    /// The use case is one that the API is for.
    UseCase,
    /// What becomes of the data is known and agreed upon.
    DataProtection,
    /// How credentials will be kept, and who answers for them, is known.
    Handling,
    /// Environments and scopes are no more than the use case needs.
    LeastPrivilege,
}

/// How a token is signed (RFC 7518 section 3.1, RFC 8037).
#[derive(ToSchema)]
#[schema(as = Algorithm)]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Algorithm`")]
pub(crate) enum AlgorithmWord {
    /// HMAC with SHA-256. It has no key pair, so none that could be rotated.
    #[schema(rename = "HS256")]
    Hs256,
    /// RSA PKCS#1 with SHA-256.
    #[schema(rename = "RS256")]
    Rs256,
    /// RSA PKCS#1 with SHA-384.
    #[schema(rename = "RS384")]
    Rs384,
    /// RSA-PSS with SHA-256.
    #[schema(rename = "PS256")]
    Ps256,
    /// P-256 with SHA-256.
    #[schema(rename = "ES256")]
    Es256,
    /// P-384 with SHA-384.
    #[schema(rename = "ES384")]
    Es384,
    /// Ed25519.
    #[schema(rename = "EdDSA")]
    EdDsa,
}

/// Where in its life a signing key is.
#[derive(ToSchema)]
#[schema(as = SigningKeyState, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::SigningKeyState`")]
pub(crate) enum SigningKeyStateWord {
    /// In the JWK set, so that verifiers know it before it is needed.
    Announced,
    /// It signs.
    Active,
    /// It signs no more; what it signed is still good.
    Retired,
    /// Nothing that it signed can be good any more.
    Removed,
}

/// A check that a request has to pass, in the order in which they are made.
#[derive(ToSchema)]
#[schema(as = CheckName, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Check`")]
pub(crate) enum CheckWord {
    /// One credential stands where the contract looks.
    Place,
    /// It has the form of one of the API's: prefix, length, checksum.
    Form,
    /// Somebody has it, at this API.
    Owner,
    /// Neither it nor its workspace is revoked or switched off.
    Standing,
    /// It has not ended.
    End,
    /// It has begun.
    Start,
    /// The request proves the key that it is bound to (RFC 9449).
    Possession,
    /// The route takes its kind.
    Kind,
    /// The host takes its environment.
    Environment,
    /// It may be used from the caller's address.
    Address,
    /// The workspace that the request names is its own.
    Workspace,
    /// It has every scope that is needed.
    Scopes,
    /// The contract has such a route.
    Route,
    /// No limit is reached.
    Limits,
    /// The request keeps the rules of its route.
    Rules,
}

/// What came of a check.
#[derive(ToSchema)]
#[schema(as = CheckVerdict, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Verdict`")]
pub(crate) enum VerdictWord {
    /// The request passed.
    Passed,
    /// It was refused here.
    Failed,
    /// It had been refused before.
    NotReached,
}

/// What a rule of unusual activity finds.
#[derive(ToSchema)]
#[schema(as = Rule, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Rule`")]
pub(crate) enum RuleWord {
    /// Refusals of one credential burst, or unknown keys from one network.
    RefusalsBursting,
    /// A key came from a network it never came from.
    NewNetwork,
    /// A key came from a country it never came from.
    NewCountry,
    /// A key is used from many networks within a minute.
    ManyPlacesAtOnce,
    /// A key was used that had not been used for 90 days.
    DormantKeyWoken,
    /// A key is used more than ten times as much as in its busiest minute.
    VolumeFarFromHistory,
    /// Passwords are tried at many accounts.
    CredentialStuffing,
    /// A refresh token or an authorization code was used again.
    RefreshReplayed,
    /// A key was found where it does not belong.
    LeakedKey,
    /// A secret key is used in a browser.
    SecretKeyInBrowser,
    /// A key came over plain HTTP.
    KeyOverPlainHttp,
    /// A key was used that was made for nobody to use.
    CanaryKeyUsed,
}

/// What is done about a finding.
#[derive(ToSchema)]
#[schema(as = Response, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Response`")]
pub(crate) enum ResponseWord {
    /// It is listed and told.
    Notify,
    /// The key is slowed down.
    Throttle,
    /// The key only reads.
    QuarantineReadOnly,
    /// The key is revoked.
    Revoke,
}

/// What a key may no longer do until an operator lifts it.
#[derive(ToSchema)]
#[schema(as = Restriction, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::Restriction`")]
pub(crate) enum RestrictionWord {
    /// It is slowed down to one request a second.
    Throttled,
    /// It opens only what reads.
    ReadOnly,
}

/// What a webhook can be told of.
#[derive(ToSchema)]
#[schema(as = EventType)]
#[expect(dead_code, reason = "describes the words of `claviger_domain::EventType`")]
pub(crate) enum EventTypeWord {
    /// A key was made.
    #[schema(rename = "key.created")]
    KeyCreated,
    /// A key's name, scopes, dates, addresses, limits or secret were changed, or its older text was ended.
    #[schema(rename = "key.changed")]
    KeyChanged,
    /// A key was given a new text; the old one may go on for a while.
    #[schema(rename = "key.rotated")]
    KeyRotated,
    /// A key was switched off.
    #[schema(rename = "key.disabled")]
    KeyDisabled,
    /// A key was switched on again.
    #[schema(rename = "key.enabled")]
    KeyEnabled,
    /// A key was ended for ever.
    #[schema(rename = "key.revoked")]
    KeyRevoked,
    /// A key ends soon: told 30, 7 and 1 days before.
    #[schema(rename = "key.expiring")]
    KeyExpiring,
    /// A key's end came.
    #[schema(rename = "key.expired")]
    KeyExpired,
    /// A key was found where it does not belong.
    #[schema(rename = "key.exposed")]
    KeyExposed,
    /// An application was registered.
    #[schema(rename = "client.created")]
    ClientCreated,
    /// An application's metadata was changed, or it was switched off or on.
    #[schema(rename = "client.changed")]
    ClientChanged,
    /// An application was given a new secret.
    #[schema(rename = "client.secret_rotated")]
    ClientSecretRotated,
    /// An application was deleted, with its grants and tokens.
    #[schema(rename = "client.deleted")]
    ClientDeleted,
    /// A user allowed an application something.
    #[schema(rename = "grant.created")]
    GrantCreated,
    /// A user allowed an application more than before.
    #[schema(rename = "grant.changed")]
    GrantChanged,
    /// What a user allowed an application was taken back.
    #[schema(rename = "grant.revoked")]
    GrantRevoked,
    /// One browser session was ended by hand, or all of an account's at once.
    #[schema(rename = "session.ended")]
    SessionEnded,
    /// Requests were refused because a limit was used up.
    #[schema(rename = "limit.reached")]
    LimitReached,
    /// Something unusual was found, or found again after it had been acknowledged and quiet.
    #[schema(rename = "unusual_activity.found")]
    UnusualActivityFound,
    /// Somebody outside asked for access.
    #[schema(rename = "access_request.made")]
    AccessRequestMade,
    /// A request for access was approved or declined.
    #[schema(rename = "access_request.decided")]
    AccessRequestDecided,
    /// A reset of an API's test environment began: its own data may be reset now.
    #[schema(rename = "sandbox.reset_begun")]
    SandboxResetBegun,
    /// The test environment of an API was reset.
    #[schema(rename = "sandbox.reset")]
    SandboxReset,
    /// Somebody asked for a message to try an endpoint.
    #[schema(rename = "webhook.test")]
    WebhookTest,
}

/// What a reset does to the keys of the test environment.
#[derive(ToSchema)]
#[schema(as = KeysAtReset, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::KeysAtReset`")]
pub(crate) enum KeysAtResetWord {
    /// They go on working.
    Keep,
    /// They are revoked.
    Revoke,
}

/// What made a reset begin.
#[derive(ToSchema)]
#[schema(as = ResetCause, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::ResetCause`")]
pub(crate) enum ResetCauseWord {
    /// Its time had come.
    Schedule,
    /// Somebody asked for it.
    Request,
}

/// Why a webhook is disabled.
#[derive(ToSchema)]
#[schema(as = WebhookDisabledFor, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::DisabledFor`")]
pub(crate) enum DisabledForWord {
    /// Somebody switched it off.
    Hand,
    /// For days it took no message.
    Failures,
    /// It answered 410: it is gone for good.
    Gone,
}

/// Where a message to a webhook stands.
#[derive(ToSchema)]
#[schema(as = WebhookMessageState, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::MessageState`")]
pub(crate) enum MessageStateWord {
    /// It is sent when it is due.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// It was tried often enough, or its webhook was disabled; it can be sent again.
    Dead,
}

#[cfg(test)]
mod tests {
    use claviger_domain::{
        Algorithm, Check, DisabledFor, Environment, EventType, KeyKind, KeysAtReset, MessageState,
        OperatorScope, Partition, ResetCause, Response, Restriction, ReviewStep, Role, Rule, SigningKeyState,
        Verdict,
    };
    use serde_json::{Value, json};
    use utoipa::PartialSchema;

    use super::*;

    fn words<S: PartialSchema>() -> Value {
        serde_json::to_value(S::schema()).unwrap()["enum"].clone()
    }

    #[test]
    fn the_document_has_the_words_of_the_domain() {
        assert_eq!(words::<EnvironmentWord>(), json!(Environment::ALL));
        assert_eq!(words::<KeyKindWord>(), json!([KeyKind::Single, KeyKind::Pair]));
        assert_eq!(
            words::<PartitionWord>(),
            json!([
                Partition::Credential,
                Partition::Workspace,
                Partition::Client,
                Partition::User,
                Partition::Address,
                Partition::Everyone
            ])
        );
        assert_eq!(words::<OperatorScopeWord>(), json!(OperatorScope::ALL.map(OperatorScope::as_str)));
        assert_eq!(words::<RoleWord>(), json!(Role::ALL));
        assert_eq!(words::<ReviewStepWord>(), json!(ReviewStep::ALL.map(ReviewStep::as_str)));
        assert_eq!(words::<CheckWord>(), json!(Check::ALL.map(Check::as_str)));
        assert_eq!(words::<VerdictWord>(), json!(Verdict::ALL.map(Verdict::as_str)));
        let rules: Vec<_> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
        assert_eq!(words::<RuleWord>(), json!(rules));
        assert_eq!(words::<ResponseWord>(), json!(Response::ALL.map(Response::as_str)));
        assert_eq!(words::<RestrictionWord>(), json!(Restriction::ALL.map(Restriction::as_str)));
        assert_eq!(words::<AlgorithmWord>(), json!(Algorithm::ALL.map(Algorithm::as_str)));
        assert_eq!(words::<EventTypeWord>(), json!(EventType::ALL));
        assert_eq!(words::<KeysAtResetWord>(), json!(KeysAtReset::ALL));
        assert_eq!(words::<ResetCauseWord>(), json!(ResetCause::ALL));
        assert_eq!(words::<DisabledForWord>(), json!(DisabledFor::ALL.map(DisabledFor::as_str)));
        assert_eq!(words::<MessageStateWord>(), json!(MessageState::ALL.map(MessageState::as_str)));
        let states = [
            SigningKeyState::Announced,
            SigningKeyState::Active,
            SigningKeyState::Retired,
            SigningKeyState::Removed,
        ];
        assert_eq!(words::<SigningKeyStateWord>(), json!(states.map(SigningKeyState::as_str)));
    }
}
