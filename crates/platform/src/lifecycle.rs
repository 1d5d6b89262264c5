//! Start, stop, wait. Stopping: unready → stop accepting → finish requests → end the loops → close the pools.

use std::{future::Future, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::MissedTickBehavior,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::ServiceConfig,
    cores::{self, Cores},
    health::Health,
    telemetry,
};

/// The life of one service: every task is spawned on it, and ends within the grace.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    stopping: CancellationToken,
    tasks: TaskTracker,
    cores: Cores,
    grace: Duration,
    /// What `/readyz` answers.
    pub health: Health,
}

impl Lifecycle {
    /// A life that ends by [`Lifecycle::stop`].
    pub fn new(grace: Duration) -> Self {
        Self {
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            cores: Cores::default(),
            grace,
            health: Health::default(),
        }
    }

    /// The same life, on these cores.
    #[must_use]
    pub fn on(self, cores: Cores) -> Self {
        Self { cores, ..self }
    }

    /// The cores that it has for itself, beside the threads that all share.
    pub fn cores(&self) -> &Cores {
        &self.cores
    }

    /// Fires when the service should end.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Runs `task` until it ends by itself; it must watch [`Lifecycle::stopping`].
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// The same on the core whose turn it is, where it stays. What it reads and writes is best opened there: `task` is what makes it.
    pub fn spawn_on_a_core<F>(&self, task: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        match self.cores.next() {
            Some(core) => drop(self.tasks.spawn_on(async move { task().await }, core)),
            None => self.spawn(task()),
        }
    }

    /// Tells everything to end.
    pub fn stop(&self) {
        self.health.set_ready(false);
        self.stopping.cancel();
    }

    /// Waits until all tasks have ended, at most the grace. `false` when some had not.
    pub async fn wait(&self) -> bool {
        self.tasks.close();
        tokio::time::timeout(self.grace, self.tasks.wait()).await.is_ok()
    }

    /// Returns at SIGINT, SIGTERM, or when something called [`Lifecycle::stop`].
    ///
    /// # Errors
    /// When the process cannot listen for signals.
    pub async fn until_told(&self) -> std::io::Result<()> {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = self.stopping.cancelled() => {}
        }
        Ok(())
    }
}

/// Calls `tick` every `period` until told to stop. A tick that takes longer than a period delays the next one.
pub async fn every(stopping: CancellationToken, period: Duration, mut tick: impl AsyncFnMut()) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        tick().await;
    }
}

/// What the `main` of every service is: crypto, log, metrics, then `service` until a signal, then a tidy end.
///
/// `service` starts everything (it spawns on the lifecycle) and returns once requests are served.
///
/// # Errors
/// Whatever stopped the service from starting.
pub fn run<E, F>(
    config: &ServiceConfig,
    name: &'static str,
    service: impl FnOnce(Lifecycle) -> F,
) -> Result<(), E>
where
    E: From<std::io::Error>,
    F: Future<Output = Result<(), E>>,
{
    run_on(config, name, 0, service)
}

/// The same, with `cores` threads beside those that all tasks share, for [`Lifecycle::spawn_on_a_core`].
///
/// # Errors
/// Whatever stopped the service from starting.
pub fn run_on<E, F>(
    config: &ServiceConfig,
    name: &'static str,
    cores: usize,
    service: impl FnOnce(Lifecycle) -> F,
) -> Result<(), E>
where
    E: From<std::io::Error>,
    F: Future<Output = Result<(), E>>,
{
    install_crypto();
    telemetry::init(config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Ended after everything else: a connection to a store is moved by the core on which it was opened.
    let cores = cores::start(cores)?;
    runtime.block_on(async {
        telemetry::serve_metrics(config)?;
        let lifecycle = Lifecycle::new(config.grace).on(Cores::of(&cores));
        service(lifecycle.clone()).await?;
        lifecycle.health.set_ready(true);
        tracing::info!(service.name = name, "{name} is ready");
        lifecycle.until_told().await?;
        tracing::info!(service.name = name, "{name} is stopping");
        lifecycle.stop();
        if !lifecycle.wait().await {
            tracing::warn!(service.name = name, "{name} stopped before all its tasks had ended");
        }
        Ok(())
    })
}

/// Says which cryptography TLS uses. A program that does without [`run`] calls it first.
pub fn install_crypto() {
    // Two providers are compiled in (jsonwebtoken brings the other): rustls wants to be told which.
    // An error says that a provider was installed before, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
}
