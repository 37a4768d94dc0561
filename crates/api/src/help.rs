//! Answers that belong to no resource: help texts of problems, unknown paths, wrong methods.

use http::Extensions;
use serde::Serialize;

use crate::call::CallContext;
use crate::path::PathId;
use crate::problem::{Code, Problem, Refusal};
use crate::reply::Answer;

/// The answer to a path nothing is served at.
pub(crate) async fn refuse_unknown_route(extensions: Extensions) -> Refusal {
    CallContext::of(&extensions).refuse(Problem::new(Code::UnknownRoute, "nothing is served at this path"))
}

/// The answer to a method an endpoint does not take; the router adds `Allow`.
pub(crate) async fn refuse_method(extensions: Extensions) -> Refusal {
    CallContext::of(&extensions)
        .refuse(Problem::new(Code::MethodNotAllowed, "the endpoint does not take this method"))
}

/// The help text of one problem.
#[derive(Serialize)]
struct Help {
    #[serde(rename = "type")]
    kind: String,
    code: &'static str,
    title: &'static str,
    status: u16,
    help: &'static str,
}

/// What a problem's `type` leads to.
pub(crate) async fn explain_problem(PathId(slug): PathId<String>, extensions: Extensions) -> Answer {
    let Some(code) = Code::by_slug(&slug) else { return Err(refuse_unknown_route(extensions).await) };
    CallContext::of(&extensions).ok(&Help {
        kind: code.path(),
        code: code.as_str(),
        title: code.title(),
        status: code.status(),
        help: code.help(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::response::Response;
    use axum::routing::get;
    use http::Request;
    use http::header::ALLOW;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    async fn call(method: &str, path: &str) -> Response {
        let router = Router::new()
            .route("/problems/{id}", get(explain_problem))
            .fallback(refuse_unknown_route)
            .method_not_allowed_fallback(refuse_method);
        let context = CallContext { request_id: "req_1".into(), address: [127, 0, 0, 1].into() };
        let request = Request::builder().method(method).uri(path).extension(context);
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn document(response: Response) -> serde_json::Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_type_leads_to_its_help_text() {
        for code in Code::ALL {
            let response = call("GET", &code.path()).await;
            assert_eq!(response.status(), 200, "{code:?}");
            assert_eq!(document(response).await["help"], code.help());
        }
    }

    #[tokio::test]
    async fn unknown_paths_and_methods_are_problems_too() {
        for path in ["/nowhere", "/problems/none", "/problems/%ff"] {
            let response = call("GET", path).await;
            assert_eq!(response.status(), 404, "{path}");
            assert_eq!(document(response).await["request_id"], "req_1");
        }
        let response = call("DELETE", "/problems/internal").await;
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()[ALLOW], "GET,HEAD");
        assert_eq!(document(response).await["code"], "method_not_allowed");
    }
}
