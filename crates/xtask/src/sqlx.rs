//! `cargo xtask sqlx`: the cached answers of the database to every checked query, one folder `.sqlx` for each crate that
//! has SQL. A build reads them, so that it needs no database.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use devstack::{place, postgres, process};

use crate::{
    cargo::{cargo, run},
    say, servers,
};

/// Writes `.sqlx` of `packages` anew, or of every crate that has one, against a private database.
pub(crate) fn write(packages: &[String]) -> Result<()> {
    let servers = servers::for_queries()?;
    let is_wanted =
        |folder: &PathBuf| packages.is_empty() || packages.iter().any(|package| folder.ends_with(package));
    let folders: Vec<_> = crates_with_queries()?.into_iter().filter(is_wanted).collect();
    if folders.is_empty() {
        bail!("no crate with checked queries is called {}", packages.join(" or "));
    }
    freshen(&servers.url)?;
    for folder in folders {
        let cached = folder.join(".sqlx");
        let fresh = prepare(&folder, &servers.url)?;
        std::fs::remove_dir_all(&cached)?;
        std::fs::create_dir_all(&cached)?;
        for (name, text) in &fresh {
            std::fs::write(cached.join(name), text)?;
        }
        say::line(format_args!("  {} queries in {}", fresh.len(), cached.display()));
    }
    Ok(())
}

/// Compares `.sqlx` of every crate with what the database at `url`, migrated already, says today.
pub(crate) fn compare(url: &str) -> Result<()> {
    let mut stale = Vec::new();
    freshen(url)?;
    for folder in crates_with_queries()? {
        let fresh = prepare(&folder, url)?;
        if fresh != read(&folder.join(".sqlx"))? {
            stale.push(folder.display().to_string());
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "the cached queries of {} are not those of the code: run `cargo xtask sqlx` and commit",
        stale.join(", ")
    )
}

/// Compiles what has changed in any crate, so that afterwards only the crate that is asked about is compiled and writes.
fn freshen(url: &str) -> Result<()> {
    let out = tempfile::tempdir_in(place::target())?;
    run(ask(url, out.path()))
}

/// A check of the workspace that asks the database at `url` and writes its answers to `out`.
fn ask(url: &str, out: &Path) -> Command {
    let mut check = cargo(&["check", "--workspace", "--all-targets", "--quiet"]);
    check.env("SQLX_OFFLINE", "false").env("DATABASE_URL", url).env("SQLX_OFFLINE_DIR", out);
    check
}

/// Lets the compiler ask the database about every query of one crate.
fn prepare(folder: &Path, url: &str) -> Result<BTreeMap<String, String>> {
    let out = tempfile::tempdir_in(place::target())?;
    let root = folder.join("src/lib.rs");
    let file = File::open(&root).with_context(|| format!("{} is missing", root.display()))?;
    let changed = file.metadata()?.modified()?;
    // An unchanged crate is not compiled and writes nothing, so it has to look changed for a moment.
    process::run(Command::new("touch").arg(&root))?;
    let outcome = run(ask(url, out.path()));
    // What was built before is as fresh as it was.
    File::options().write(true).open(&root)?.set_modified(changed)?;
    outcome?;
    read(out.path())
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut queries = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            queries.insert(name, std::fs::read_to_string(&path)?);
        }
    }
    Ok(queries)
}

fn crates_with_queries() -> Result<Vec<PathBuf>> {
    let root = place::checkout();
    let mut found = Vec::new();
    for parent in [root.clone(), root.join("crates")] {
        for entry in std::fs::read_dir(parent)? {
            let folder = entry?.path();
            if folder.join(".sqlx").is_dir() && folder.join("Cargo.toml").is_file() {
                found.push(folder);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Makes a database with the whole schema, and returns its URL.
pub(crate) fn migrated(server: &str, name: &str) -> Result<String> {
    postgres::make_database(server, name)?;
    let url = postgres::with_database(server, name)?;
    servers::migrate(&url)?;
    Ok(url)
}
