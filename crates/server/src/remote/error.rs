//! Why a command did not get what it asked for.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// Why a command did not get what it asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum RemoteError {
    /// Nothing says where the server is.
    #[error(
        "which server? Give --url or CLAVIGER_URL, or run this beside claviger.toml or the demo's directory"
    )]
    NoUrl,
    /// Nothing says who asks.
    #[error("no operator token for {url}: give --token-file, CLAVIGER_TOKEN_FILE or CLAVIGER_TOKEN")]
    NoToken {
        /// The server that was to be asked.
        url: String,
    },
    /// The server's address is none.
    #[error("`{0}` is not an http or https URL without path")]
    Url(String),
    /// The token cannot stand in a header.
    #[error("the operator token has characters that no token has")]
    TokenForm,
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{} is not what it should be: {detail}", path.display())]
    FileForm {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The credential or password cannot be read.
    #[error("cannot read the secret")]
    Credential(#[source] std::io::Error),
    /// The server cannot be reached.
    #[error("cannot reach {url}")]
    Unreachable {
        /// The server.
        url: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was answered cannot be written.
    #[error("cannot write the answer")]
    Output(#[source] std::io::Error),
    /// The server took too long.
    #[error("{url} did not answer within {seconds} s")]
    Silent {
        /// The server.
        url: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The server said no.
    #[error("{0}")]
    Refused(Problem),
    /// What answered is not this server's management API.
    #[error("{url} answered {status} with something that is not this API's JSON; is the URL right?")]
    Foreign {
        /// The server.
        url: String,
        /// The status.
        status: http::StatusCode,
    },
}

/// A refusal in the management API's words (RFC 9457).
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    title: String,
    detail: Option<String>,
    code: Option<String>,
    request_id: Option<String>,
    #[serde(default)]
    errors: Vec<ProblemPart>,
}

/// One thing that was wrong with the request: a member of its body, a parameter of its query, or a header.
#[derive(Debug, Deserialize)]
struct ProblemPart {
    pointer: Option<String>,
    parameter: Option<String>,
    header: Option<String>,
    detail: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or(&self.title))?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        for part in &self.errors {
            let place = part.pointer.as_deref().or(part.parameter.as_deref()).or(part.header.as_deref());
            write!(f, "\n  at {}: {}", place.unwrap_or("/"), part.detail.as_deref().unwrap_or("refused"))?;
        }
        match &self.request_id {
            Some(id) => write!(f, "\n  request id: {id}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_where_and_under_which_id() {
        let problem: Problem = serde_json::from_str(
            r#"{"type": "/problems/undefined-scope", "title": "Undefined scope", "status": 400,
                "detail": "the API has no scope `fly`", "code": "undefined_scope", "request_id": "req_1",
                "errors": [{"pointer": "/scopes", "detail": "did you mean `fry`?"}]}"#,
        )
        .unwrap();
        assert_eq!(
            problem.to_string(),
            "the API has no scope `fly` (undefined_scope)\n  at /scopes: did you mean `fry`?\n  request id: req_1"
        );
    }
}
