//! Forms that were sent. There is no way to read one but through the check that it is ours.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use claviger_engine::SignedIn;

use super::error::PublicError;
use super::visit::Visit;
use crate::fields::Fields;
use crate::onward::Onward;
use crate::sent::{FormError, Unproven};

/// A form of a browser in which nobody has to be signed in. Of one without the right token only that is known where it
/// was on the way to; whoever takes it decides what to show then.
pub(crate) struct BrowserForm {
    pub(crate) visit: Arc<Visit>,
    pub(crate) fields: Result<Fields, Onward>,
}

impl BrowserForm {
    /// The form of a page to which a stale one is simply refused.
    pub(crate) fn fresh(self) -> Result<(Arc<Visit>, Fields), PublicError> {
        Ok((self.visit, self.fields.map_err(|_| FormError::Forged)?))
    }
}

/// A form of somebody who is signed in completely.
pub(crate) struct OwnerForm {
    pub(crate) visit: Arc<Visit>,
    pub(crate) who: SignedIn,
    pub(crate) fields: Fields,
}

/// A form of somebody who is signed in, whether or not a second factor is still due.
pub(crate) struct HalfwayForm {
    pub(crate) visit: Arc<Visit>,
    pub(crate) who: SignedIn,
    pub(crate) fields: Fields,
}

fn visit_of(request: &Request) -> Result<Arc<Visit>, PublicError> {
    request.extensions().get::<Arc<Visit>>().map(Arc::clone).ok_or(PublicError::NoPage)
}

impl<S: Send + Sync> FromRequest<S> for BrowserForm {
    type Rejection = PublicError;

    async fn from_request(request: Request, _: &S) -> Result<Self, PublicError> {
        let visit = visit_of(&request)?;
        let unproven = match Unproven::read(request, visit.is_secure).await {
            Ok(unproven) => unproven,
            Err(FormError::Forged) => return Ok(Self { visit, fields: Err(Onward::Account) }),
            Err(error) => return Err(error.into()),
        };
        let onward = unproven.onward();
        visit.speak_as_wished(&onward);
        let token = visit.form.as_ref().map(|cookie| visit.engine.form_token(cookie.as_bytes()));
        let fields = token.and_then(|token| unproven.prove(&token).ok()).ok_or(onward);
        Ok(Self { visit, fields })
    }
}

impl<S: Send + Sync> FromRequest<S> for HalfwayForm {
    type Rejection = PublicError;

    async fn from_request(request: Request, _: &S) -> Result<Self, PublicError> {
        let visit = visit_of(&request)?;
        let who = visit.who().await?;
        let unproven = Unproven::read(request, visit.is_secure).await?;
        visit.speak_as_wished(&unproven.onward());
        let Some(who) = who else { return Err(PublicError::NotSignedIn(unproven.onward())) };
        let fields = unproven.prove(who.form_token())?;
        Ok(Self { visit, who, fields })
    }
}

impl<S: Send + Sync> FromRequest<S> for OwnerForm {
    type Rejection = PublicError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PublicError> {
        let HalfwayForm { visit, who, fields } = HalfwayForm::from_request(request, state).await?;
        if who.awaits_second_factor() {
            return Err(PublicError::SecondFactorDue(Onward::read(&fields)));
        }
        Ok(Self { visit, who, fields })
    }
}
