//! A browser: it keeps cookies, follows nothing by itself, and sends the hidden fields of the page it is on.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use claviger_engine::{Mail, MailError, Mailer};
use claviger_pages::{CallId, CallerAddress, MailLanguage, WrittenMail, write_mail};
use futures_util::future::BoxFuture;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, REFERER, SET_COOKIE};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// Keeps what was sent.
#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Vec<WrittenMail>>>);

impl Mailbox {
    /// What was sent since the last look.
    pub(crate) fn take(&self) -> Vec<WrittenMail> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Mailer for Mailbox {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), MailError>> {
        self.0.lock().unwrap().push(write_mail(&mail, MailLanguage::default()));
        Box::pin(std::future::ready(Ok(())))
    }
}

pub(crate) struct Browser {
    router: Router,
    /// The host that its requests are for.
    pub(crate) host: &'static str,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Sent with every request from now on.
    pub(crate) headers: Vec<(&'static str, String)>,
    page: String,
    /// Where that page was.
    address: String,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            host: "127.0.0.1:8080",
            cookies: BTreeMap::new(),
            headers: Vec::new(),
            page: String::new(),
            address: String::new(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, String::new()).await
    }

    /// Sends a form with the hidden fields that the page before had for this address.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(hidden_fields(&self.page, path));
        form.extend_pairs(fields);
        self.send("POST", path, form.finish()).await
    }

    /// Sends a form with these fields and no others.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, form).await
    }

    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Reply {
        self.get("/console/sign-in").await;
        self.submit("/console/sign-in", &[("email", email), ("password", password)]).await
    }

    pub(crate) async fn sign_in_to_portal(&mut self, email: &str, password: &str) -> Reply {
        self.get("/portal/sign-in").await;
        self.submit("/portal/sign-in", &[("email", email), ("password", password)]).await
    }

    /// A hidden field of the page the browser is on.
    pub(crate) fn hidden(&self, path: &str, name: &str) -> String {
        let fields = hidden_fields(&self.page, path);
        fields.into_iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name}")).1
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, body: String) -> Reply {
        self.send_as(method, path, "application/x-www-form-urlencoded", body.into_bytes()).await
    }

    /// Sends a body of this kind.
    pub(crate) async fn send_as(&mut self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Reply {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.host)
            .extension(CallId("req_test".into()))
            .extension(CallerAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if method == "POST" {
            request = request.header(CONTENT_TYPE, kind);
        }
        request = request.header(REFERER, format!("http://{}{}", self.host, self.address));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().into()).unwrap();
        self.page.clone_from(&body);
        path.clone_into(&mut self.address);
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// The value of an attribute in the text of a tag.
pub(crate) fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"').unwrap().0)
}

/// The tags of one kind, each up to its end.
pub(crate) fn tags<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let starts = page
        .match_indices(name)
        .map(|(at, _)| at)
        .filter(|at| page[..*at].ends_with('<') && page[at + name.len()..].starts_with([' ', '>', '\n']));
    starts.map(|at| page[at..].split_once('>').unwrap().0).collect()
}

fn hidden_fields(page: &str, path: &str) -> Vec<(String, String)> {
    let Some((_, form)) = page.split_once(&format!("action=\"{path}\"")) else { return Vec::new() };
    let form = form.split_once("</form>").unwrap().0;
    tags(form, "input")
        .into_iter()
        .filter(|tag| attribute(tag, "type") == Some("hidden"))
        .map(|tag| (attribute(tag, "name").unwrap().to_owned(), attribute(tag, "value").unwrap().to_owned()))
        .collect()
}
