//! search-api as a process of its own, which can be killed.

use std::path::PathBuf;

use devstack::{
    Home,
    process::{Process, Program, Signal},
};
use url::Url;

use crate::world::World;

/// The process. Killed when dropped.
pub(crate) struct Child {
    process: Process,
    // Where its log is.
    _home: Home,
}

impl Child {
    /// Starts one that serves the index of `world`, with Elasticsearch at `elasticsearch`.
    pub(crate) fn serve(world: &World, elasticsearch: &Url) -> Self {
        Self::start(world, elasticsearch, &[])
    }

    /// The same with more arguments.
    pub(crate) fn serve_with(world: &World, elasticsearch: &Url, more: &[&str]) -> Self {
        Self::start(world, elasticsearch, more)
    }

    /// Starts `search-api rebuild` for the index of `world`.
    pub(crate) fn rebuild(world: &World, elasticsearch: &Url) -> Self {
        Self::start(world, elasticsearch, &["rebuild"])
    }

    fn start(world: &World, elasticsearch: &Url, first: &[&str]) -> Self {
        let home = Home::temporary().unwrap();
        let usual = [
            ("--elasticsearch", elasticsearch.to_string()),
            ("--postgres-url", world.postgres_url().to_string()),
            ("--postgres-connections", "4".to_owned()),
            ("--index", world.index.clone()),
        ];
        let usual = usual.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
        let arguments = first.iter().map(|word| (*word).to_owned()).chain(usual).map(Into::into).collect();
        let process = Process::start(Program {
            name: "search-api".to_owned(),
            file: PathBuf::from(env!("CARGO_BIN_EXE_search-api")),
            arguments,
            environment: vec![("NO_COLOR".to_owned(), "1".to_owned())],
            folder: home.path().to_path_buf(),
            account: None,
            stop: Signal::SIGTERM,
            log: home.path().join("search-api.log"),
        })
        .unwrap();
        Self { process, _home: home }
    }

    /// `kill -9`.
    pub(crate) fn kill(&self) {
        self.process.kill();
    }

    /// Stops it where it stands, as a machine that hangs does.
    pub(crate) fn stand_still(&self) {
        self.process.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub(crate) fn wake_up(&self) {
        self.process.signal(Signal::SIGCONT);
    }

    /// Whether it has ended well; none while it runs.
    pub(crate) fn ended_well(&self) -> Option<bool> {
        self.process.ended().map(|status| status.success())
    }

    /// What it wrote.
    pub(crate) fn said(&self) -> String {
        self.process.said()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.process.kill();
    }
}
