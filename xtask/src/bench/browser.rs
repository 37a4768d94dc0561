//! As much of a browser as a page's answer needs: it keeps its connection and its cookies.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::Failure;

/// The longest an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Cookies by name.
pub(super) type Cookies = BTreeMap<String, String>;

/// A browser that talks to one server.
#[derive(Debug)]
pub(super) struct Browser {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
    cookies: Cookies,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Reply {
    /// Where the link to the next page leads.
    pub(super) fn next(&self) -> Option<String> {
        let (before, _) = self.body.split_once("\" rel=\"next\"")?;
        let (_, address) = before.rsplit_once("href=\"")?;
        Some(unescaped(address))
    }

    /// The value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split_once('"').map(|(value, _)| unescaped(value))
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&#38;", "&").replace("&amp;", "&")
}

impl Browser {
    /// One that knows nothing yet.
    pub(super) fn new(address: SocketAddr) -> Self {
        Self::with_cookies(address, Cookies::new())
    }

    /// One that was at this server before.
    pub(super) fn with_cookies(address: SocketAddr, cookies: Cookies) -> Self {
        Self { address, connection: None, cookies }
    }

    /// What it keeps.
    pub(super) fn into_cookies(self) -> Cookies {
        self.cookies
    }

    /// Asks for a page.
    pub(super) fn get(&mut self, path: &str) -> Result<Reply, Failure> {
        self.ask("GET", path, None)
    }

    /// Sends a form.
    pub(super) fn post(&mut self, path: &str, form: &str) -> Result<Reply, Failure> {
        self.ask("POST", path, Some(form))
    }

    fn ask(&mut self, method: &str, path: &str, form: Option<&str>) -> Result<Reply, Failure> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        if !cookies.is_empty() {
            request += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        if let Some(form) = form {
            let length = form.len();
            request += &format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\nOrigin: http://{}\r\n",
                self.address
            );
        }
        request += "\r\n";
        request += form.unwrap_or_default();
        self.exchange(&request).map_err(Failure::file(self.address.to_string()))
    }

    fn exchange(&mut self, request: &str) -> std::io::Result<Reply> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        connection.get_mut().write_all(request.as_bytes())?;
        let reply = self.read(&mut connection)?;
        self.connection = Some(connection);
        Ok(reply)
    }

    /// Reads an answer that says how long it is, as those of pages do.
    fn read(&mut self, connection: &mut BufReader<TcpStream>) -> std::io::Result<Reply> {
        let bad = || std::io::Error::from(std::io::ErrorKind::InvalidData);
        let mut line = String::new();
        connection.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(bad)?;
        let mut length = 0;
        loop {
            line.clear();
            connection.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().map_err(|_| bad())?,
                "transfer-encoding" => return Err(bad()),
                "set-cookie" => self.keep(value),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body)?;
        Ok(Reply { status, body: String::from_utf8(body).map_err(|_| bad())? })
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_and_hidden_fields_are_found_in_a_page() {
        let body = "<a href=\"/one\">1</a><a class=\"button\" href=\"/keys?a=1&#38;before=key_1\" rel=\"next\">\
                    <input type=\"hidden\" name=\"form_token\" value=\"abc\">";
        let reply = Reply { status: 200, body: body.to_owned() };
        assert_eq!(reply.next().unwrap(), "/keys?a=1&before=key_1");
        assert_eq!(reply.hidden("form_token").unwrap(), "abc");
        assert_eq!(reply.hidden("once"), None);
        assert_eq!(Reply { status: 200, body: String::new() }.next(), None);
    }

    #[test]
    fn cookies_are_kept_until_they_are_taken_back() {
        let mut browser = Browser::new(([127, 0, 0, 1], 1).into());
        browser.keep("session=a; Path=/; HttpOnly");
        browser.keep("form=b; Path=/");
        browser.keep("form=; Max-Age=0");
        assert_eq!(browser.into_cookies(), Cookies::from([("session".to_owned(), "a".to_owned())]));
    }
}
