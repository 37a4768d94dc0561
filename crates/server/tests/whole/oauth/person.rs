//! Somebody with a browser that has no script: cookies, forms, redirects.

use std::collections::BTreeMap;

use http::header::SET_COOKIE;

use crate::client::{Answer, Call};
use crate::house::Demo;

/// A browser with its cookies, of one origin.
pub(crate) struct Person<'d> {
    demo: &'d Demo,
    host: String,
    cookies: BTreeMap<String, String>,
}

/// A page, and where it was found.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) answer: Answer,
}

/// Where a browser ends up.
#[derive(Debug)]
pub(crate) enum Landing {
    /// At a page of ours.
    Page(Page),
    /// Elsewhere: at a client, with the answer in the address.
    Away(String),
}

impl Landing {
    pub(crate) fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Away(location) => panic!("sent away to {location}"),
        }
    }

    pub(crate) fn away(self) -> String {
        match self {
            Self::Away(location) => location,
            Self::Page(page) => panic!("still at {}: {}", page.path, page.answer.text()),
        }
    }
}

impl<'d> Person<'d> {
    /// A fresh browser, going to this contract's origin.
    pub(crate) fn new(demo: &'d Demo, contract: &str) -> Self {
        let host = format!("{contract}.localhost:{}", demo.address.port());
        Self { demo, host, cookies: BTreeMap::new() }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    /// Opens an address of the origin and follows every redirect that stays there.
    pub(crate) async fn open(&mut self, address: &str) -> Landing {
        let path = address.strip_prefix(&self.origin()).unwrap_or(address).to_owned();
        let answer = self.send("GET", &path, None).await;
        self.follow(path, answer).await
    }

    /// Fills in the first form of a page, over what it has already, and sends it with its first button.
    pub(crate) async fn submit(&mut self, page: &Page, values: &[(&str, &str)]) -> Landing {
        self.submit_with(page, values, None).await
    }

    /// The same with the button of this id.
    pub(crate) async fn submit_with(
        &mut self,
        page: &Page,
        values: &[(&str, &str)],
        button: Option<&str>,
    ) -> Landing {
        let html = page.answer.text();
        let form = first_form(html, values, button);
        let tag = form.split('>').next().unwrap();
        let action = attribute(tag, "action").filter(|action| !action.is_empty());
        let path = action.map_or_else(
            || page.path.clone(),
            |action| action.strip_prefix(&self.origin()).unwrap_or(&action).to_owned(),
        );
        let mut fields: Vec<(String, String)> = fields_of(form, button);
        for (name, value) in values {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some((_, old)) => *old = (*value).to_owned(),
                None => fields.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        let answer = self.send("POST", &path, Some(encode(&fields))).await;
        self.follow(path, answer).await
    }

    /// Sends a request with the cookies of this browser.
    pub(crate) async fn send(&mut self, method: &str, path: &str, form: Option<String>) -> Answer {
        let mut call = Call::new(self.demo.address, &format!("{method} {}{path}", self.host));
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            call = call.header("cookie", pairs.join("; "));
        }
        if let Some(form) = form {
            call = call
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", self.origin())
                .header("sec-fetch-site", "same-origin")
                .body(form);
        }
        let answer = call.send().await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let (pair, rules) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rules.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    async fn follow(&mut self, mut path: String, mut answer: Answer) -> Landing {
        for _ in 0..10 {
            if !(300..400).contains(&answer.status) {
                return Landing::Page(Page { path, answer });
            }
            assert!(answer.status != 307 && answer.status != 308, "bcp_10: {answer:?}");
            let location = answer.header("location").to_owned();
            let local = location.strip_prefix(&self.origin()).unwrap_or(&location);
            if !local.starts_with('/') {
                return Landing::Away(location);
            }
            path = local.to_owned();
            answer = self.send("GET", &path, None).await;
        }
        panic!("redirected for ever, last to {path}");
    }

    /// Signs in at whatever sign-in page this is.
    pub(crate) async fn sign_in(&mut self, page: &Page, contract: &str) -> Landing {
        let user = &self.demo.facts["contracts"][contract]["user"];
        let (email, password) = (user["email"].as_str().unwrap(), user["password"].as_str().unwrap());
        self.submit(page, &[("email", email), ("password", password)]).await
    }

    /// Goes through an authorization request: signs in where asked, allows where asked, and answers where the
    /// browser was sent.
    pub(crate) async fn authorize(&mut self, contract: &str, address: &str) -> String {
        let mut landing = self.open(address).await;
        for _ in 0..6 {
            let page = match landing {
                Landing::Away(location) => return location,
                Landing::Page(page) => page,
            };
            let html = page.answer.text();
            landing = if html.contains("name=\"password\"") {
                self.sign_in(&page, contract).await
            } else {
                assert!(html.contains("<form"), "no way on: {} {html}", page.answer.status);
                self.submit(&page, &[]).await
            };
        }
        panic!("asked for ever");
    }
}

/// The form that has these fields and this button, from its tag on.
fn first_form<'h>(html: &'h str, values: &[(&str, &str)], button: Option<&str>) -> &'h str {
    let has = |form: &&str| {
        values.iter().all(|(name, _)| form.contains(&format!("name=\"{name}\"")))
            && button.is_none_or(|id| form.contains(&format!("id=\"{id}\"")))
    };
    let mut forms = html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap_or_default());
    forms.find(|form| has(form)).unwrap_or_else(|| panic!("no such form: {html}"))
}

/// What the form sends: its inputs, and the button's name and value.
fn fields_of(form: &str, button: Option<&str>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for rest in form.split("<input").skip(1) {
        let tag = rest.split('>').next().unwrap();
        let is_chosen =
            !(tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"")) || tag.contains("checked");
        if let (Some(name), true) = (attribute(tag, "name"), is_chosen) {
            fields.push((name, attribute(tag, "value").unwrap_or_default()));
        }
    }
    let mut buttons = form.split("<button").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let pressed = match button {
        Some(id) => buttons.find(|tag| attribute(tag, "id").as_deref() == Some(id)),
        None => buttons.find(|tag| !tag.contains("type=\"button\"")),
    };
    if let Some(name) = pressed.and_then(|tag| attribute(tag, "name")) {
        fields.push((name, pressed.and_then(|tag| attribute(tag, "value")).unwrap_or_default()));
    }
    fields
}

/// An attribute's value, unescaped.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    let text = value.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#39;", "'");
    Some(
        text.replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&#38;", "&")
            .replace("&amp;", "&"),
    )
}

/// A form's text.
pub(crate) fn encode<N: AsRef<str>, V: AsRef<str>>(fields: &[(N, V)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&escape(name.as_ref()));
        text.push('=');
        text.push_str(&escape(value.as_ref()));
    }
    text
}

fn escape(text: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|b| if is_plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The parameters in an address.
pub(crate) fn query_of(address: &str) -> BTreeMap<String, String> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(name), unescape(value))
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let bytes = text.replace('+', " ").into_bytes();
    let mut out = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            out.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    String::from_utf8(out).unwrap()
}
