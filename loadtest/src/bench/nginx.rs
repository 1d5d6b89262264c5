//! nginx, as a process of a bench; and the peer of a proxy: one that keeps connections to what stands behind open.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::Result;
use devstack::{
    Home,
    port::Port,
    probe,
    process::{Process, Program, Signal, which},
};

use super::measure;

/// A running nginx.
pub(super) struct Nginx {
    process: Process,
    port: Port,
    _home: Home,
}

/// Why there is no peer of a proxy, in words for the report.
pub(super) const MISSING: &str = "no peer: nginx is not here (`apt-get install nginx-light`)";

impl Nginx {
    /// Starts `file` with what `configuration` makes of its folder and its port; it answers `/ready` with 200. It is a process of
    /// ours where `is_ours`; elsewhere root hands it to an account without rights.
    pub(super) fn start(
        file: PathBuf,
        is_ours: bool,
        configuration: impl FnOnce(&str, u16) -> String,
    ) -> Result<Self> {
        let (home, port) = (Home::temporary()?, Port::any()?);
        let folder = home.folder("nginx")?;
        let config = folder.join("nginx.conf");
        std::fs::write(&config, configuration(&folder.display().to_string(), port.number()))?;
        let process = Process::start(Program {
            name: "nginx".to_owned(),
            file,
            arguments: vec!["-c".into(), config.into_os_string(), "-e".into(), "stderr".into()],
            environment: Vec::new(),
            log: folder.join("nginx.log"),
            folder,
            account: home.account().filter(|_| !is_ours).cloned(),
            stop: Signal::SIGTERM,
        })?;
        process
            .wait_until(Duration::from_secs(20), |_| probe::status(port.number(), "/ready") == Some(200))?;
        Ok(Self { process, port, _home: home })
    }

    /// Starts one that passes everything on to `upstream`, never as root; `None` where it is not installed. It has as many workers
    /// as a gate has threads.
    pub(super) fn before(upstream: SocketAddr) -> Result<Option<Self>> {
        let Some(file) = which("nginx") else { return Ok(None) };
        Self::start(file, false, |folder, port| configuration(folder, port, upstream)).map(Some)
    }

    /// Where it listens.
    pub(super) fn target(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port.number()))
    }

    /// Its workers.
    pub(super) fn pids(&self) -> Vec<i32> {
        measure::children(self.process.pid())
    }
}

fn configuration(folder: &str, port: u16, upstream: SocketAddr) -> String {
    format!(
        "daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  upstream behind {{
    server {upstream};
    keepalive 256;
    keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    location = /ready {{ return 200; }}
    location / {{
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"
    )
}
