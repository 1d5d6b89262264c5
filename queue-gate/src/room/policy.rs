//! What an organizer decides about a room beside rate, cap and windows. Stored as one JSON document: a member that is
//! missing there means its default, so a room made by an older gate reads well.

use serde::{Deserialize, Serialize};

use crate::draw::Order;

/// The decisions. Each member is a type of the module that acts on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// In which order places are called.
    pub order: Order,
}
