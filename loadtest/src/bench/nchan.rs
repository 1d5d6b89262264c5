//! The peer: nginx with nchan, one frame for all its subscribers.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result};
use devstack::process::which;

use super::{measure, nginx::Nginx, wire};

/// A running nginx with the module.
pub(super) struct Nchan(Nginx);

/// Where Debian's package puts the module.
const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// Why there is none, in words for the report.
pub(super) const MISSING: &str =
    "no peer: nginx with nchan is not installed (`apt-get install nginx libnginx-mod-nchan`)";

impl Nchan {
    /// Starts it with this many workers; `None` where it is not installed.
    pub(super) fn start(workers: u16) -> Result<Option<Self>> {
        let Some(file) = which("nginx").filter(|_| PathBuf::from(MODULE).is_file()) else { return Ok(None) };
        let nginx = Nginx::start(file, true, |folder, port| configuration(folder, port, workers))?;
        Ok(Some(Self(nginx)))
    }

    /// Where it listens.
    pub(super) fn target(&self) -> SocketAddr {
        self.0.target()
    }

    /// Its processes that serve sockets.
    pub(super) fn pids(&self) -> Vec<i32> {
        self.0.pids()
    }

    /// Publishes a round; when it began.
    pub(super) async fn publish(&self, http: &reqwest::Client, round: u64) -> Result<i64> {
        let mut frame = Vec::new();
        wire::position(&mut frame, round, 1_000_000);
        let text = frame.split_off(if frame[1] < 126 { 2 } else { 4 });
        let began = measure::micros();
        let answer = http.post(format!("http://{}/publish", self.target())).body(text).send().await?;
        answer.error_for_status().context("nchan did not take the frame")?;
        Ok(began)
    }
}

fn configuration(folder: &str, port: u16, workers: u16) -> String {
    format!(
        "load_module {MODULE};
user root;
daemon off;
worker_processes {workers};
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
events {{ worker_connections 19900; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  nchan_shared_memory_size 64M;
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    location = /ready {{ return 200; }}
    location = /live {{ nchan_subscriber websocket; nchan_channel_id line; nchan_subscriber_first_message newest; }}
    location = /publish {{ nchan_publisher http; nchan_channel_id line; nchan_message_buffer_length 1; }}
  }}
}}
"
    )
}
