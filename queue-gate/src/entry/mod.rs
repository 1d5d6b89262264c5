//! Who may take a place: whoever comes, whoever is signed in, whoever has a code.

pub mod handler;
pub mod set;

use serde::{Deserialize, Serialize};

use crate::lane::AccountClass;

/// What a room asks of those who take a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entry {
    /// The class of accounts that may: then everybody is signed in, and an account has one place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountClass>,
    /// Whether it takes an access code.
    pub code: bool,
}
