//! An address that leads to one server or another, or nowhere: what a failover looks like to a gate.

use std::net::Ipv4Addr;

use platform::lifecycle::Lifecycle;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// The address; it leads somewhere until it is dropped.
pub(crate) struct Relay {
    pub(crate) port: u16,
    leads_to: watch::Sender<Option<u16>>,
}

impl Relay {
    /// An address that leads to `port`.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (leads_to, led) = watch::channel(Some(port));
        let own = listener.local_addr().unwrap().port();
        let tasks = Lifecycle::new(std::time::Duration::from_secs(1));
        let more = tasks.clone();
        tasks.spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let mut led = led.clone();
                let Some(port) = *led.borrow_and_update() else { continue };
                more.spawn(async move {
                    let Ok(mut to) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut from, &mut to) => {}
                        _ = led.changed() => {}
                    }
                });
            }
        });
        Self { port: own, leads_to }
    }

    /// From now on it leads there, or nowhere; connections are cut.
    pub(crate) fn lead_to(&self, port: Option<u16>) {
        self.leads_to.send_replace(port);
    }
}
