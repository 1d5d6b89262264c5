//! `cargo xtask screenshots`: takes the pictures of `docs/` from a system of its own, in which `web/e2e/screenshots.mjs` plays a
//! small scene.

use std::process::Command;

use anyhow::Result;
use devstack::{Home, place, process::run};

use crate::{
    cargo, install, say,
    up::{Shape, Stack, Stopping},
    web,
};

/// Takes them.
///
/// # Errors
/// When servers or a browser are missing, or the scene cannot be played to its end.
pub(crate) fn take() -> Result<()> {
    install::must_have(&install::SERVERS)?;
    install::must_have(&install::BROWSER)?;
    say::step("npm ci in web/", web::packages)?;
    cargo::build_programs()?;
    let data = tempfile::tempdir_in(place::target())?;
    let stack = Stack::start(Home::temporary()?, Shape::thrown_away(data.path()), &Stopping::listen()?)?;
    let up = data.path().join("up.json");
    std::fs::write(&up, serde_json::to_string(stack.endpoints())?)?;
    let mut scene = Command::new(web::node()?);
    scene.arg("screenshots.mjs").current_dir(place::checkout().join("web/e2e")).env("USHER_UP", &up);
    let taken = say::step("the scene", || run(&mut scene));
    stack.stop();
    say::line(taken?);
    Ok(())
}
