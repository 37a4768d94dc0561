//! The device authorization grant (RFC 8628).

use std::net::IpAddr;
use std::time::Duration;

use claviger_domain::{
    Client, Entropy, Environment, GrantId, GrantType, KeyFormat, KeyKind, KeyShape, ScopeSet,
};
use claviger_oauth::{ErrorCode, Refusal};
use claviger_secrets::{Plain, Purpose, generate_key};
use claviger_store::StoredDevice;
use serde::{Deserialize, Serialize};

use super::asking::{Ask, AuthenticatedClient};
use super::authorize::{
    Allowance, ConsentAnswer, allowed_scopes, describe, is_of, sign_in_details, wanted_scopes,
};
use super::error::OAuthError;
use super::issue::Issued;
use super::redeem::{Occasion, Purchase, invalid_grant};
use super::targets::targets_of;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::failures::{Source, Ticket};
use crate::sessions::SignedIn;
use crate::token_details::TokenDetails;

/// What people type: consonants alone, so that no code is a word, and none that are taken for each other.
const ALPHABET: [u8; 20] = *b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of a code: 34 bits, of which nobody gets more than a few guesses (RFC 8628 section 5.1).
const LETTERS: usize = 8;
/// How long codes live.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a device waits between two questions, and how much longer after it did not.
const INTERVAL: Duration = Duration::from_secs(5);
/// How often a new code is tried when another device has it.
const ATTEMPTS: usize = 3;

/// What a device shows and keeps.
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// What the device asks with.
    pub device_code: Plain,
    /// What a person types: eight consonants with a hyphen.
    pub user_code: Plain,
    /// How long both live.
    pub lifetime: Duration,
    /// How long the device waits between two questions.
    pub interval: Duration,
}

/// What a person who typed a code is asked.
#[derive(Clone, Debug)]
pub struct DeviceQuestion {
    /// Who asks.
    pub client: Client,
    /// What for: name and description of each scope.
    pub scopes: Vec<(String, String)>,
    /// Where the device asked from, where it is known.
    pub address: Option<IpAddr>,
}

/// What a device's code knows beside its columns.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct DeviceDetails {
    address: Option<IpAddr>,
    tokens: TokenDetails,
}

impl Engine {
    /// Begins for a device.
    ///
    /// # Errors
    /// With the registered code for whatever is not good; when the database fails.
    pub async fn start_device(
        &self,
        caller: &Caller<'_>,
        client: &AuthenticatedClient,
        scopes: Option<&ScopeSet>,
        resources: &[String],
    ) -> Result<DeviceAuthorization, OAuthError> {
        let client = client.client();
        if !client.may_use(GrantType::DeviceCode) || !caller.policy.tokens.has_users {
            let why = "the client is not registered for device codes";
            return Err(Refusal::new(ErrorCode::UnauthorizedClient, why).into());
        }
        let scopes = wanted_scopes(caller.policy, client, scopes)?;
        let resources = targets_of(caller, resources)?;
        let details = DeviceDetails {
            address: Some(caller.address),
            tokens: TokenDetails { resources, ..TokenDetails::default() },
        };
        let details = serde_json::to_string(&details).map_err(Error::from)?;
        for _ in 0..ATTEMPTS {
            if let Some(made) = self.make_device(caller, client, &scopes, &details).await? {
                return Ok(made);
            }
        }
        Err(claviger_store::Error::Busy.into())
    }

    /// `None` when another device has the typed code.
    async fn make_device(
        &self,
        caller: &Caller<'_>,
        client: &Client,
        scopes: &ScopeSet,
        details: &str,
    ) -> Result<Option<DeviceAuthorization>, OAuthError> {
        let now = self.now();
        let device_code = generate_key(&device_format(), self.entropy());
        let letters = random_letters(self.entropy());
        let device = StoredDevice {
            lookup: self.device_lookup(device_code.expose()),
            user_code: self.user_code_lookup(caller, &letters),
            client: client.id,
            scopes: scopes.clone(),
            details: details.to_owned(),
            patience: INTERVAL,
            asked_at: None,
            allowed: None,
            decided_at: None,
            created_at: now,
            expires_at: now.plus(LIFETIME),
            consumed_at: None,
        };
        let inserted = self
            .store()
            .write::<_, claviger_store::Error, _>(move |tx| {
                Box::pin(async move { tx.insert_device_code(&device).await })
            })
            .await;
        match inserted {
            Ok(()) => Ok(Some(DeviceAuthorization {
                device_code,
                user_code: shown(&letters),
                lifetime: LIFETIME,
                interval: INTERVAL,
            })),
            Err(claviger_store::Error::Conflict { constraint }) if constraint.contains("user_code") => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What a person who typed this code is asked. Case, spaces and hyphens do not matter.
    ///
    /// # Errors
    /// `invalid_grant` for a code that is unknown, decided or too old; when too many were wrong.
    pub async fn find_device(
        &self,
        caller: &Caller<'_>,
        user_code: &str,
        who: &SignedIn,
    ) -> Result<DeviceQuestion, OAuthError> {
        let (device, client) = self.seek_device(caller, user_code, who).await?;
        let details: DeviceDetails = serde_json::from_str(&device.details).map_err(Error::from)?;
        let scopes = allowed_scopes(caller.policy, who.account(), &device.scopes);
        Ok(DeviceQuestion { client, scopes: describe(caller.policy, &scopes), address: details.address })
    }

    /// Takes their answer.
    ///
    /// # Errors
    /// As for [`Engine::find_device`].
    pub async fn answer_device(
        &self,
        caller: &Caller<'_>,
        user_code: &str,
        who: &SignedIn,
        answer: ConsentAnswer,
    ) -> Result<(), OAuthError> {
        let (device, client) = self.seek_device(caller, user_code, who).await?;
        let mut details: DeviceDetails = serde_json::from_str(&device.details).map_err(Error::from)?;
        let now = self.now();
        let allowance = (answer == ConsentAnswer::Allow).then(|| Allowance {
            id: GrantId::generate_at(now, self.entropy()),
            api: caller.api,
            issuer: caller.issuer.to_owned(),
            account: who.account().id,
            client: device.client,
            scopes: allowed_scopes(caller.policy, who.account(), &device.scopes),
            resources: details.tokens.resources.clone(),
            now,
        });
        details.tokens = TokenDetails {
            subject: self.pairwise_subject(&client, who.account()),
            resources: details.tokens.resources,
            ..sign_in_details(who)
        };
        let details = serde_json::to_string(&details).map_err(Error::from)?;
        let lookup = device.lookup;
        let audit = self.auditor(&who.actor(), now);
        let change = self
            .store()
            .write::<_, OAuthError, _>(move |tx| {
                Box::pin(async move {
                    let (mut allowed, mut kept) = (None, None);
                    if let Some(allowance) = &allowance {
                        let grant = allowance.keep(tx).await?;
                        allowed = Some((allowance.account, grant.grant));
                        kept = Some(grant);
                    }
                    if !tx.decide_device(&lookup, allowed, &details, now).await? {
                        return Err(wrong_code());
                    }
                    match kept {
                        Some(kept) => Ok(kept.announce(tx, &audit, now).await?),
                        None => Ok(None),
                    }
                })
            })
            .await?;
        if let Some(change) = change {
            self.apply(&change);
        }
        tracing::info!(account = %who.account().id, client = %client.id, ?answer, "a device was decided on");
        Ok(())
    }

    /// The undecided device of a typed code. Who guesses is slowed, by address and by account.
    async fn seek_device(
        &self,
        caller: &Caller<'_>,
        user_code: &str,
        who: &SignedIn,
    ) -> Result<(StoredDevice, Client), OAuthError> {
        let now = self.now();
        if who.session().awaits_second_factor {
            return Err(Refusal::new(ErrorCode::AccessDenied, "the second factor is still due").into());
        }
        let per_window = self.options().accounts.failed_sign_ins_per_minute;
        let slowed = |wait| OAuthError::TooMany { retry_at: now.plus(wait) };
        let of_address = Source::address(Some(caller.address));
        let by_address =
            self.failures().admit(&of_address, per_window, self.clock()).await.map_err(slowed)?;
        let of_account = Source::DeviceCodes(who.account().id);
        let by_account = match self.failures().admit(&of_account, per_window, self.clock()).await {
            Ok(ticket) => ticket,
            Err(wait) => {
                by_address.give_back();
                return Err(slowed(wait));
            }
        };
        let letters = typed(user_code).ok_or_else(wrong_code)?;
        let lookup = self.user_code_lookup(caller, &letters);
        let device = self.store().read().await?.find_device_by_user_code(&lookup).await?;
        let device = device.filter(|device| device.decided_at.is_none() && now < device.expires_at);
        let device = device.ok_or_else(wrong_code)?;
        let client = self.known_client(device.client).await?;
        let client = client.filter(|client| is_of(client, caller) && client.disabled_at.is_none());
        let client = client.ok_or_else(wrong_code)?;
        [by_address, by_account].into_iter().for_each(Ticket::give_back);
        Ok((device, client.as_ref().clone()))
    }

    /// Trades a device code, once somebody has allowed it.
    pub(super) async fn redeem_device(&self, ask: &Ask<'_>, device_code: &str) -> Result<Issued, OAuthError> {
        let lookup = self.device_lookup(device_code);
        let device = self.store().read().await?.find_device_code(&lookup).await?;
        let device = device
            .filter(|device| device.client == ask.client.client().id && device.consumed_at.is_none())
            .ok_or_else(|| invalid_grant("the device code is unknown, used, or another client's"))?;
        let now = self.now();
        if now >= device.expires_at {
            return Err(
                Refusal::new(ErrorCode::ExpiredToken, "the device code is too old; begin again").into()
            );
        }
        let is_patient = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move { Ok(tx.note_device_question(&lookup, INTERVAL, now).await?) })
            })
            .await?;
        if !is_patient {
            return Err(Refusal::new(ErrorCode::SlowDown, "wait five seconds longer from now on").into());
        }
        let (account, grant) = match (device.decided_at, device.allowed) {
            (None, _) => {
                let why = "nobody has typed the code yet";
                return Err(Refusal::new(ErrorCode::AuthorizationPending, why).into());
            }
            (Some(_), None) => return Err(Refusal::new(ErrorCode::AccessDenied, "the user refused").into()),
            (Some(_), Some(allowed)) => allowed,
        };
        let account = self.living_account(account).await?;
        let details: DeviceDetails = serde_json::from_str(&device.details).map_err(Error::from)?;
        let details = TokenDetails { jkt: ask.jkt.map(str::to_owned), ..details.tokens };
        let scopes = allowed_scopes(ask.caller.policy, &account, &device.scopes);
        let purchase = Purchase { account: &account, grant, scopes: &scopes, details: &details };
        let (family, issued) = Box::pin(self.make_purchase(ask, &purchase, Occasion::default())).await?;
        let is_first = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    if !tx.hold_grant(grant).await? || !tx.consume_device_code(&lookup, now).await? {
                        return Ok(false);
                    }
                    tx.insert_family(&family).await?;
                    Ok(true)
                })
            })
            .await?;
        if !is_first {
            return Err(invalid_grant("the device code was used, or what was allowed taken back").into());
        }
        Ok(issued)
    }

    fn device_lookup(&self, text: &str) -> [u8; 32] {
        self.vault().hash(Purpose::DeviceCode, text.as_bytes()).bytes()
    }

    fn user_code_lookup(&self, caller: &Caller<'_>, letters: &[u8; LETTERS]) -> [u8; 32] {
        let named = [caller.api.uuid().as_bytes().as_slice(), letters].concat();
        self.vault().hash(Purpose::UserCode, &named).bytes()
    }
}

fn wrong_code() -> OAuthError {
    invalid_grant("the code is wrong, used or too old").into()
}

fn random_letters(entropy: &dyn Entropy) -> [u8; LETTERS] {
    let mut letters = [0; LETTERS];
    for letter in &mut letters {
        *letter = loop {
            let mut byte = [0];
            entropy.fill(&mut byte);
            let [byte] = byte;
            // The highest bytes would make some letters likelier than others.
            let index = (byte < 240).then(|| usize::from(byte) % ALPHABET.len());
            if let Some(letter) = index.and_then(|index| ALPHABET.get(index)) {
                break *letter;
            }
        };
    }
    letters
}

/// As people read it: `XXXX-XXXX`.
fn shown(letters: &[u8; LETTERS]) -> Plain {
    let text: String = letters.iter().map(|letter| char::from(*letter)).collect();
    let (first, second) = text.split_at_checked(LETTERS / 2).unwrap_or((&text, ""));
    Plain::new(format!("{first}-{second}"))
}

/// The letters of a typed code, whatever stands between them.
fn typed(text: &str) -> Option<[u8; LETTERS]> {
    if text.len() > 64 {
        return None;
    }
    let letters: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'-' | b'\t'))
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    let letters: [u8; LETTERS] = letters.try_into().ok()?;
    letters.iter().all(|letter| ALPHABET.contains(letter)).then_some(letters)
}

fn device_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_dev_".into(),
        shape: KeyShape::Checked { random: 32 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_testkit::SeededEntropy;

    #[test]
    fn a_typed_code_is_read_as_people_write_it() {
        assert_eq!(typed("bcdf-ghjk"), Some(*b"BCDFGHJK"));
        assert_eq!(typed(" BC DF GH JK "), Some(*b"BCDFGHJK"));
        for bad in ["", "BCDF", "BCDFGHJKL", "ABCDEFGH", "BCDF\0GHJ", "ÄBCDFGHJ", &"-".repeat(99)] {
            assert_eq!(typed(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_code_is_shown_as_two_groups_that_can_be_typed_back() {
        let entropy = SeededEntropy::new(7);
        for _ in 0..100 {
            let letters = random_letters(&entropy);
            let text = shown(&letters);
            assert_eq!((text.expose().len(), text.expose().chars().nth(4)), (9, Some('-')));
            assert_eq!(typed(text.expose()), Some(letters));
        }
    }
}
