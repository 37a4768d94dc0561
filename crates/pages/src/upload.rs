//! Forms with a file (`multipart/form-data`, RFC 7578) of somebody who is signed in.

use axum::extract::{FromRequest, FromRequestParts, Request};
use claviger_engine::MOST_PICTURE_BYTES;
use http::header::CONTENT_TYPE;
use multer::{Constraints, Field, Multipart, SizeLimit, parse_boundary};

use crate::error::PageError;
use crate::fields::Fields;
use crate::permit::{Need, Permit};
use crate::provenance::is_ours;
use crate::sent::{FormError, Unproven};
use crate::state::PagesState;

/// The most of a form that is read: a browser is told what is wrong with a photograph, too, and not cut off.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// The largest field beside the file.
const MOST_TEXT: usize = 4 * 1024;

/// A form that came with a file, with the permit for what it asks.
pub(crate) struct Upload<N> {
    pub(crate) permit: Permit<N>,
    /// The file, up to one byte more than a picture may have; empty where none was chosen.
    pub(crate) file: Vec<u8>,
}

impl<N: Need> FromRequest<PagesState> for Upload<N> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &PagesState) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let permit = Permit::<N>::from_request_parts(&mut parts, state).await?;
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let Ok(boundary) = parse_boundary(kind) else {
            // Any other form has no file in it.
            let unproven = Unproven::from_request(Request::from_parts(parts, body), state).await?;
            unproven.prove(permit.signed_in().form_token())?;
            return Ok(Self { permit, file: Vec::new() });
        };
        if !is_ours(&parts.headers, &parts.uri, state.is_secure) {
            return Err(FormError::Forged.into());
        }
        let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(MOST_BYTES));
        let form = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
        let (fields, file) = read(form).await?;
        Unproven::of(fields).prove(permit.signed_in().form_token())?;
        Ok(Self { permit, file })
    }
}

/// The texts of a form, and its file.
async fn read(mut form: Multipart<'_>) -> Result<(Fields, Vec<u8>), FormError> {
    let unreadable = |_: multer::Error| FormError::Unreadable;
    let (mut fields, mut file) = (Fields::default(), Vec::new());
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            file = start_of(&mut field, MOST_PICTURE_BYTES + 1).await.map_err(unreadable)?;
        } else {
            let text = start_of(&mut field, MOST_TEXT).await.map_err(unreadable)?;
            fields.push(&name, String::from_utf8_lossy(&text));
        }
    }
    Ok((fields, file))
}

/// The first bytes of a field. The rest is read as well and forgotten.
async fn start_of(field: &mut Field<'_>, most: usize) -> Result<Vec<u8>, multer::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let room = most.saturating_sub(bytes.len());
        bytes.extend(chunk.iter().take(room));
    }
    Ok(bytes)
}
