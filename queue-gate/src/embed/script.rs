//! The script that a site of the organizer's own loads, under two addresses: one that is always the newest, and one of just this
//! version, with its hash.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::digest::{SHA384, digest};

use crate::pages::{lean, version};

/// Where the newest is.
pub const ADDRESS: &str = "/embed/usher.js";

/// What is in it.
pub static TEXT: LazyLock<String> = LazyLock::new(|| lean(include_str!("usher.js")));

/// Where just this version is.
pub fn pinned() -> String {
    format!("/embed/{}", pinned_name())
}

/// What the file of just this version is called.
pub fn pinned_name() -> String {
    format!("usher-{}.js", version(&TEXT))
}

/// Its hash, as a page names it (Subresource Integrity, 3.5).
pub fn integrity() -> String {
    format!("sha384-{}", STANDARD.encode(digest(&SHA384, TEXT.as_bytes())))
}
