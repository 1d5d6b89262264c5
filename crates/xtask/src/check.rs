//! `cargo xtask check`: what needs no server. Format, lints, documentation, and cargo-deny where it is installed.

use anyhow::Result;
use devstack::{place, process::which};

use crate::{
    cargo::{cargo, run},
    say,
    total::Total,
};

/// Runs all checks, goes on after a failure, and counts.
pub(crate) fn all(total: &mut Total) {
    total.count("format", say::step("format", || run(cargo(&["fmt", "--all", "--check"]))));
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    total.count("clippy", say::step("clippy", || run(cargo(&clippy))));
    total.count("documentation", say::step("documentation", document));
    if which("cargo-deny").is_some() && place::checkout().join("deny.toml").is_file() {
        let deny = ["deny", "--offline", "check", "bans", "licenses", "sources"];
        total.count("cargo-deny", say::step("cargo-deny", || run(cargo(&deny))));
    }
}

fn document() -> Result<()> {
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    run(doc)
}
