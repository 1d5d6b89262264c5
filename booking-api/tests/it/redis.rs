//! A Redis of one's own, to lose.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

pub(crate) struct PrivateRedis {
    port: u16,
    process: Child,
    _folder: TempDir,
}

impl PrivateRedis {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Free a moment ago; nobody else on this machine asks for this very one in between.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let redis = Self { port, process, _folder: folder };
        let up = tokio::time::timeout(Duration::from_secs(10), async {
            while redis.connect().await.is_none() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        up.await.expect("redis-server starts");
        redis
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// All that it knew is gone.
    pub(crate) async fn flush(&self) {
        let mut connection = self.connect().await.unwrap();
        let _: () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
    }

    /// Counts calls of scripts anew.
    pub(crate) async fn count_calls(&self) {
        let mut connection = self.connect().await.unwrap();
        let _: () = redis::cmd("CONFIG").arg("RESETSTAT").query_async(&mut connection).await.unwrap();
    }

    /// How many calls of scripts there were since.
    pub(crate) async fn calls(&self) -> u64 {
        let mut connection = self.connect().await.unwrap();
        let told: String = redis::cmd("INFO").arg("commandstats").query_async(&mut connection).await.unwrap();
        let calls = told.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
        calls.map_or(0, |calls| calls.split(',').next().unwrap().parse().unwrap())
    }

    /// It is not there any more.
    pub(crate) fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    async fn connect(&self) -> Option<redis::aio::MultiplexedConnection> {
        redis::Client::open(self.url()).unwrap().get_multiplexed_async_connection().await.ok()
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        // It may have been stopped by the test; then there is nothing to end.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
