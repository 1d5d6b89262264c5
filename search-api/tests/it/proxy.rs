//! A way to a server that can be cut, silenced and healed.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use platform::lifecycle::Lifecycle;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use url::Url;

/// How the way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    /// Connections are closed at once.
    Cut,
    /// Connections are taken, and nothing comes back.
    Silent,
}

/// The proxy. It ends with the test.
pub(crate) struct Proxy {
    address: SocketAddr,
    way: watch::Sender<Way>,
    taken: Arc<AtomicUsize>,
    lifecycle: Lifecycle,
}

impl Proxy {
    /// A proxy to `target`.
    pub(crate) async fn start(target: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let target = (target.host_str().unwrap().to_owned(), target.port().unwrap());
        let (way, state) = watch::channel(Way::Open);
        let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
        let own = lifecycle.clone();
        let taken = Arc::new(AtomicUsize::default());
        let counted = taken.clone();
        lifecycle.spawn(async move {
            let stopping = own.stopping();
            while let Some(Ok((client, _))) = stopping.run_until_cancelled(listener.accept()).await {
                counted.fetch_add(1, Ordering::SeqCst);
                own.spawn(carry(client, target.clone(), state.clone()));
            }
        });
        Self { address, way, taken, lifecycle }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> Url {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// `url` with this way in the place of its host and port.
    pub(crate) fn instead(&self, url: &Url) -> Url {
        let mut url = url.clone();
        url.set_host(Some(&self.address.ip().to_string())).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url
    }

    /// How many connections came.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// Closes all connections and every new one.
    pub(crate) fn cut(&self) {
        self.way.send_replace(Way::Cut);
    }

    /// Carries nothing any more, without saying so.
    pub(crate) fn hush(&self) {
        self.way.send_replace(Way::Silent);
    }

    /// Carries again.
    pub(crate) fn heal(&self) {
        self.way.send_replace(Way::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

async fn carry(mut client: TcpStream, target: (String, u16), mut state: watch::Receiver<Way>) {
    let way = *state.borrow_and_update();
    if way == Way::Open
        && let Ok(mut server) = TcpStream::connect(target).await
    {
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
            _ = state.wait_for(|way| *way != Way::Open) => {}
        }
    }
    if *state.borrow() == Way::Silent {
        drop(state.wait_for(|way| *way != Way::Silent).await);
    }
}
