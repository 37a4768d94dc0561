//! Logging in: a key, a client's secret or a user's password for a token.

use claviger_domain::{Environment, Parent, Reuse, SessionName, Terms, TokenFamily, TokenPart};
use claviger_secrets::{Lookup, Purpose};
use claviger_store::StoredToken;

use super::buy::{Order, Place};
use super::failure::Unproven;
use super::prove::{Needs, Proven};
use super::{ExchangeError, Proof, Wish};
use crate::bought::Bought;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::families::Texts;
use crate::load::earlier;
use crate::oauth::issue::shortened;
use crate::sold::{Sale, Ware};
use crate::standing::parents_of;
use crate::token_details::{TokenDetails, holder_of, is_living};

/// A login that loses this many races in a row gives up; each lost race means that someone else's token was sold.
const ATTEMPTS: usize = 4;

/// What was sold for the same before.
enum Earlier {
    /// It is good: here it is again.
    Again(Bought),
    /// Nothing that is good. The keyed hash is that of a token which lives, but whose text cannot be made any more.
    Gone(Option<[u8; 32]>),
}

impl Engine {
    /// Sells a token for a key, a client's secret or a user's password. Where the terms say so, the same credential,
    /// session and scopes get the same token while it is valid, whichever node is asked and however many ask at once;
    /// that writes nothing.
    ///
    /// # Errors
    /// When the credential or its secret is not good, too many attempts failed, too much is being hashed, a scope
    /// cannot be had, the credential holds too many sessions, or the database fails.
    pub async fn log_in<'p>(
        &self,
        caller: &Caller<'_>,
        proof: impl Into<Proof<'p>> + Send,
        wish: &Wish,
        terms: &Terms,
    ) -> Result<Bought, ExchangeError> {
        let proof = proof.into();
        self.check_address(caller)?;
        let proven = match self.prove(caller, proof).await {
            Ok(proven) => proven,
            Err(unproven) => {
                // The read that a good login makes next, unless memory has its token: a refusal is never the faster one.
                let nothing = self.vault().hash(Purpose::Reuse, &[]);
                self.store().read().await?.find_reusable(&nothing.bytes()).await?;
                return Err(self.count_failure(caller, proof, unproven));
            }
        };
        let scopes = proven.scopes_for(caller, wish.scopes.as_ref())?;
        let terms = &*shortened(terms, proven.lifetime);
        let order = Order { caller, terms, proven: &proven, session: wish.session.as_ref(), scopes: &scopes };
        let bought = match terms.reuse {
            // Boxed, because what writes the database is a large future.
            Reuse::Never => Box::pin(self.buy(&order, None)).await?,
            Reuse::Session => self.buy_or_repeat(&order).await?,
        };
        self.note_login(caller, &proven);
        Ok(bought)
    }

    async fn prove(&self, caller: &Caller<'_>, proof: Proof<'_>) -> Result<Proven, Unproven> {
        match proof {
            Proof::Key(proof) => self.prove_key(caller, proof, Needs::Secret).await,
            Proof::Client { id, secret } => self.prove_client(caller, (id, secret)).await,
            // Boxed, so that logins by key do not carry the largest of the three with them.
            Proof::User { name, password } => Box::pin(self.prove_user(caller, (name, password))).await,
        }
    }

    async fn buy_or_repeat(&self, order: &Order<'_>) -> Result<Bought, ExchangeError> {
        let ware = order.ware();
        if let Some(bought) = self.repeat_from_memory(order, &ware).await? {
            return Ok(bought);
        }
        // Boxed like that which buys, and most logins do without.
        Box::pin(self.repeat_or_buy(order, &ware)).await
    }

    async fn repeat_or_buy(&self, order: &Order<'_>, ware: &Ware) -> Result<Bought, ExchangeError> {
        let reuse = self.reuse_of(order)?;
        let mut attempt = 0;
        let mut turn = None;
        loop {
            let place = match self.repeat_from_store(order, (ware, reuse)).await? {
                Earlier::Again(bought) => return Ok(bought),
                Earlier::Gone(stale) => Place { reuse, stale },
            };
            if turn.is_none() {
                turn = self.purchases().take_free(reuse);
            }
            if turn.is_none() {
                // Whoever is buying on this node may be buying it for us.
                turn = Some(self.purchases().take(reuse).await);
                if let Some(bought) = self.repeat_from_memory(order, ware).await? {
                    return Ok(bought);
                }
                continue;
            }
            attempt += 1;
            match self.buy(order, Some(place)).await {
                // Someone else sold it meanwhile: theirs is the token.
                Err(ExchangeError::Failed(Error::Store(claviger_store::Error::Conflict { .. })))
                    if attempt < ATTEMPTS => {}
                result => return result,
            }
        }
    }

    async fn repeat_from_memory(
        &self,
        order: &Order<'_>,
        ware: &Ware,
    ) -> Result<Option<Bought>, ExchangeError> {
        let now = self.now();
        // What a test clock is over is looked at each time.
        let is_test = order.proven.environment == Environment::Test;
        if is_test || order.terms.refresh.is_some() || !self.feed().is_alone(now) {
            return Ok(None);
        }
        let Some(sale) = self.sold().find(ware, self.parents()) else { return Ok(None) };
        let bought = if is_living(sale.access.expires_at, now) {
            self.made_again(order, &sale.family, std::slice::from_ref(&sale.access)).await?
        } else {
            None
        };
        if bought.is_none() {
            self.sold().forget(ware);
        }
        Ok(bought)
    }

    /// The token that was sold for the same before, if it is still good.
    async fn repeat_from_store(
        &self,
        order: &Order<'_>,
        (ware, reuse): (&Ware, Lookup),
    ) -> Result<Earlier, ExchangeError> {
        let now = self.now();
        let read_at = self.sold().moment(self.parents());
        let found = self.store().read().await?.find_reusable(&reuse.bytes()).await?;
        let Some((family, access)) = found.filter(|(_, access)| is_living(access.expires_at, now)) else {
            return Ok(Earlier::Gone(None));
        };
        let environment = order.proven.environment;
        let clock = self.clock_over(environment, order.proven.workspace).await?;
        let made_at = access.issued_at.max(family.created_at);
        let at = clock.map_or(now, |clock| clock.judged_at(environment, made_at, now));
        if !is_living(access.expires_at, at) {
            return Ok(Earlier::Gone(Some(access.lookup)));
        }
        let rows = match &order.terms.refresh {
            None => vec![access],
            Some(_) => match self.store().read().await?.find_family(family.id).await? {
                Some((_, rows)) => rows,
                None => return Ok(Earlier::Gone(None)),
            },
        };
        let stale = rows.iter().find(|row| row.part == TokenPart::Access).map(|row| row.lookup);
        let Some(bought) = self.made_again(order, &family, &rows).await? else {
            return Ok(Earlier::Gone(stale));
        };
        if environment == Environment::Live
            && let (None, Ok([access])) = (&order.terms.refresh, <[StoredToken; 1]>::try_from(rows))
        {
            let mut stands_on = parents_of(family.parent);
            stands_on.push(family.id.uuid());
            self.sold().keep(ware.clone(), Sale { family, access, stands_on, read_at });
        }
        Ok(Earlier::Again(bought))
    }

    /// The tokens of these rows, whose texts are made again. None when they cannot be.
    async fn made_again(
        &self,
        order: &Order<'_>,
        family: &TokenFamily,
        rows: &[StoredToken],
    ) -> Result<Option<Bought>, ExchangeError> {
        let details = TokenDetails::default();
        let made =
            self.repeat_generation((order.caller, order.terms.into()), (family, &details), rows).await?;
        Ok(made.map(|texts| {
            // A rotation may have set the key's text an end since.
            let ends_at = earlier(Some(texts.expires_at), order.proven.ends_at);
            let expires_at = ends_at.unwrap_or(texts.expires_at);
            Texts { expires_at, ..texts }.bought(family.scopes.clone(), self.now())
        }))
    }

    /// The keyed hash of a [`Ware`], by which the database knows it.
    fn reuse_of(&self, order: &Order<'_>) -> Result<Lookup, Error> {
        let Order { proven, session, scopes, .. } = order;
        let secret = match proven.parent {
            Parent::Key { secret, .. } => Some(secret),
            _ => None,
        };
        let session = session.map(SessionName::expose);
        // JSON keeps the parts apart, whatever is in them.
        let text = serde_json::to_string(&(holder_of(proven.parent), secret, session, scopes))?;
        Ok(self.vault().hash(Purpose::Reuse, text.as_bytes()))
    }
}
