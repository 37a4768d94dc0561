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
    folder: TempDir,
}

/// One that was killed, whose address nobody serves.
#[derive(Debug)]
pub struct KilledRedis {
    address: SocketAddr,
    folder: TempDir,
}

impl Redis {
    /// Starts one on a free loopback port and waits until it answers.
    ///
    /// # Errors
    /// When neither is installed, or it does not start.
    pub async fn start() -> Result<Self, StartError> {
        start_somewhere(async |address| Self::start_at(address, tempfile::tempdir()?).await).await
    }

    async fn start_at(address: SocketAddr, folder: TempDir) -> Result<Self, StartError> {
        let program = find_program(&["valkey-server", "redis-server"], "redis-server")?;
        let (port, path) = (address.port().to_string(), folder.path().display().to_string());
        let arguments = ["--bind", "127.0.0.1", "--port", &port, "--dir", &path];
        let unsaved = ["--save", "", "--appendonly", "no", "--daemonize", "no"];
        let process =
            Process::start(&program, &[&arguments[..], &unsaved].concat(), &folder.path().join("log"))?;
        process.wait_until(|| is_served_by(address, process.id())).await?;
        Ok(Self { address, process, folder })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    /// Its answer to a command, such as `CLIENT KILL TYPE normal`, asked on a connection of its own.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn ask(&self, command: &str) -> std::io::Result<String> {
        ask(self.address, command).await
    }

    /// Kills it at once, as a crash would; its address stays free of it.
    ///
    /// # Errors
    /// When the system cannot tell how it ended.
    pub fn kill(self) -> std::io::Result<KilledRedis> {
        let Self { address, process, folder } = self;
        process.kill()?;
        Ok(KilledRedis { address, folder })
    }
}

impl KilledRedis {
    /// Starts it where it was, with nothing of what it knew, and waits until it answers.
    ///
    /// # Errors
    /// When it does not start, perhaps because another process took its address.
    pub async fn start_again(self) -> Result<Redis, StartError> {
        Redis::start_at(self.address, self.folder).await
    }
}

async fn ask(address: SocketAddr, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Whether the server on `address` is our own process: another may have taken the port first.
async fn is_served_by(address: SocketAddr, process: u32) -> bool {
    let answer = ask(address, "INFO server").await;
    answer.is_ok_and(|answer| answer.lines().any(|line| line == format!("process_id:{process}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_answers_and_is_gone_when_dropped() {
        let redis = Redis::start().await.unwrap();
        let address = redis.address();
        assert_eq!(redis.ask("SET a 1").await.unwrap(), "+OK\r\n+OK\r\n");
        assert_eq!(redis.ask("GET a").await.unwrap(), "$1\r\n1\r\n+OK\r\n");
        drop(redis);
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn one_that_was_killed_begins_again_where_it_was_and_knows_nothing() {
        let redis = Redis::start().await.unwrap();
        let url = redis.url();
        redis.ask("SET a 1").await.unwrap();
        let redis = redis.kill().unwrap().start_again().await.unwrap();
        assert_eq!((redis.url(), redis.ask("GET a").await.unwrap()), (url, "$-1\r\n+OK\r\n".to_owned()));
    }

    #[tokio::test]
    async fn two_of_them_share_nothing() {
        let (one, two) = tokio::join!(Redis::start(), Redis::start());
        assert_ne!(one.unwrap().url(), two.unwrap().url());
    }
}
