//! The body of any answer, whichever door gave it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use pin_project_lite::pin_project;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

pin_project! {
    /// A body of one of the doors, or of the front itself.
    #[project = Projected]
    pub(crate) enum FrontBody {
        /// Of the gateway.
        Gateway {
            #[pin] body: claviger_gateway::Body,
        },
        /// Of the control origin.
        Control {
            #[pin] body: axum::body::Body,
        },
        /// Of the front.
        Own {
            #[pin] body: Full<Bytes>,
        },
    }
}

/// An answer of the front itself.
pub(super) fn own(response: Response<Bytes>) -> Response<FrontBody> {
    response.map(|body| FrontBody::Own { body: Full::new(body) })
}

impl Body for FrontBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.project() {
            Projected::Gateway { body } => body.poll_frame(context).map_err(Into::into),
            Projected::Control { body } => body.poll_frame(context).map_err(Into::into),
            Projected::Own { body } => body.poll_frame(context).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Gateway { body } => body.is_end_stream(),
            Self::Control { body } => body.is_end_stream(),
            Self::Own { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Gateway { body } => body.size_hint(),
            Self::Control { body } => body.size_hint(),
            Self::Own { body } => body.size_hint(),
        }
    }
}
