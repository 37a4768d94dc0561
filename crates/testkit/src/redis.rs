//! A real Valkey or Redis for one test.

use std::net::SocketAddr;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::{Process, StartError, find_program, start_somewhere};

/// A running Valkey or Redis that keeps nothing on disk; gone when dropped.
#[derive(Debug)]
pub struct Redis {
    address: SocketAddr,
    process: Process,
    _folder: TempDir,
}

impl Redis {
    /// Starts one on a free loopback port and waits until it answers.
    ///
    /// # Errors
    /// When neither is installed, or it does not start.
    pub async fn start() -> Result<Self, StartError> {
        let program = find_program(&["valkey-server", "redis-server"], "redis-server")?;
        start_somewhere(async |address| {
            let folder = tempfile::tempdir()?;
            let (port, path) = (address.port().to_string(), folder.path().display().to_string());
            let arguments = ["--bind", "127.0.0.1", "--port", &port, "--dir", &path];
            let unsaved = ["--save", "", "--appendonly", "no", "--daemonize", "no"];
            let process =
                Process::start(&program, &[&arguments[..], &unsaved].concat(), &folder.path().join("log"))?;
            process.wait_until(|| is_served_by(address, process.id())).await?;
            Ok(Self { address, process, _folder: folder })
        })
        .await
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    /// Kills it at once, as a crash would; its address stays free of it.
    ///
    /// # Errors
    /// When the system cannot tell how it ended.
    pub fn kill(self) -> std::io::Result<()> {
        self.process.kill().map(drop)
    }
}

/// Whether the server on `address` is our own process: another may have taken the port first.
async fn is_served_by(address: SocketAddr, process: u32) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"INFO server\r\nQUIT\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    ask.await.is_ok_and(|answer| answer.lines().any(|line| line == format!("process_id:{process}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_answers_and_is_gone_when_dropped() {
        let redis = Redis::start().await.unwrap();
        let address = redis.address();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"SET a 1\r\nGET a\r\nQUIT\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "+OK\r\n$1\r\n1\r\n+OK\r\n");
        drop(redis);
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn two_of_them_share_nothing() {
        let (one, two) = tokio::join!(Redis::start(), Redis::start());
        assert_ne!(one.unwrap().url(), two.unwrap().url());
    }
}
