//! Reporting a key that was found where it does not belong. For everybody: whoever has the key proves enough.

use askama::Template;
use axum::Extension;
use axum::extract::{Request, State};
use claviger_engine::LeakError;
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};

use crate::chrome::page;
use crate::complaints::Complaints;
use crate::error::Answer;
use crate::explain::Explain;
use crate::fields::Fields;
use crate::sent::read_from_anywhere;
use crate::state::{CallerAddress, PagesState};
use crate::words::say;

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    is_taken: bool,
    complaints: Complaints,
}

/// `GET /report-a-key`
pub(crate) async fn show_report() -> Answer {
    page(StatusCode::OK, &ReportPage { is_taken: false, complaints: Complaints::default() })
}

/// `POST /report-a-key`. The answer is the same whether or not there is such a key. Forms of other sites and scripts are
/// welcome: nothing but the key itself counts.
pub(crate) async fn report_key(
    State(state): State<PagesState>,
    address: Option<Extension<CallerAddress>>,
    request: Request,
) -> Answer {
    let fields = Fields::parse(&read_from_anywhere(request).await?);
    let Some(key) = fields.given("key") else {
        let complaints = Complaints::one("key", say("report-paste-whole-key"));
        return page(StatusCode::UNPROCESSABLE_ENTITY, &ReportPage { is_taken: false, complaints });
    };
    let address = address.map(|Extension(CallerAddress(address))| address);
    match state.engine.report_key(address, key).await {
        Ok(()) => page(StatusCode::OK, &ReportPage { is_taken: true, complaints: Complaints::default() }),
        Err(LeakError::Failed(error)) => Err(error.into()),
        Err(error @ LeakError::TooMany { retry_after }) => {
            let complaints = Complaints::one("key", error.explain());
            let mut response =
                page(StatusCode::TOO_MANY_REQUESTS, &ReportPage { is_taken: false, complaints })?;
            let seconds = HeaderValue::from(retry_after.as_secs() + 1);
            response.headers_mut().insert(RETRY_AFTER, seconds);
            Ok(response)
        }
    }
}
