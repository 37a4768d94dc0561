//! A real nginx for one test.

use std::net::SocketAddr;
use std::path::Path;

use tempfile::TempDir;

use crate::process::{Process, StartError, find_program, start_somewhere};

/// A running nginx; gone when dropped.
#[derive(Debug)]
pub struct Nginx {
    address: SocketAddr,
    process: Process,
    _folder: TempDir,
}

impl Nginx {
    /// Starts one on a free loopback port with this text inside its `http` block and waits until it listens.
    /// `http` is given the address to `listen` on.
    ///
    /// # Errors
    /// When it is not installed or refuses the configuration.
    pub async fn start(http: impl Fn(SocketAddr) -> String) -> Result<Self, StartError> {
        let program = find_program(&["nginx"], "nginx-light")?;
        start_somewhere(async |address| {
            let folder = tempfile::tempdir()?;
            let path = folder.path();
            let file = path.join("nginx.conf");
            std::fs::write(&file, configuration(path, &http(address)))?;
            let (prefix, file) = (path.display().to_string(), file.display().to_string());
            let process =
                Process::start(&program, &["-p", &prefix, "-e", "stderr", "-c", &file], &path.join("log"))?;
            // nginx writes its process id after it has opened its listening sockets.
            let pid_file = path.join("pid");
            let id = process.id().to_string();
            process
                .wait_until(async || std::fs::read_to_string(&pid_file).is_ok_and(|text| text.trim() == id))
                .await?;
            Ok(Self { address, process, _folder: folder })
        })
        .await
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// Everything nginx would write elsewhere goes to the test's folder.
fn configuration(folder: &Path, http: &str) -> String {
    let folder = folder.display();
    // Root's workers would become `www-data`, which cannot read the folder.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    format!(
        "{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr notice;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/client_body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{http}
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn it_serves_what_its_configuration_says() {
        let nginx =
            Nginx::start(|address| format!("server {{ listen {address}; location / {{ return 204; }} }}"))
                .await
                .unwrap();
        let mut stream = TcpStream::connect(nginx.address()).await.unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }

    #[tokio::test]
    async fn a_bad_configuration_is_reported_in_nginx_own_words() {
        let error = Nginx::start(|_| "no_such_directive on;".into()).await.unwrap_err();
        assert!(error.to_string().contains("unknown directive"), "{error}");
    }
}
