//! Where things are: the checkout, its target folder, and folders that a server's account can reach.

use std::path::{Path, PathBuf};

/// The root of the checkout that this program was built in.
pub fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Cargo's target folder: the one that the running program lies in, else `target` of the checkout.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let found = program.ancestors().skip(1).find(|folder| folder.join("CACHEDIR.TAG").is_file());
    found.map_or_else(|| checkout().join("target"), Path::to_path_buf)
}
