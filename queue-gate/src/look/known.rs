//! The looks of all rooms in memory, so that a page asks no store for them.

use std::{collections::HashSet, sync::Arc};

use contracts::look::ContentId;
use dashmap::DashMap;
use platform::postgres::StoreError;

use super::{
    Look,
    store::{self, Logo},
};
use crate::{room::Room, state::Gate};

/// The looks that rooms have, and the logos in them.
#[derive(Debug, Default)]
pub struct Looks {
    looks: DashMap<ContentId, Arc<Look>>,
    logos: DashMap<ContentId, Arc<Logo>>,
}

/// A look, and the picture in it.
#[derive(Clone, Debug, Default)]
pub struct Dressed {
    /// The look.
    pub look: Arc<Look>,
    /// Its logo, where it has one.
    pub logo: Option<Arc<Logo>>,
}

impl Looks {
    /// The look of `room`; the one of a room without any where it has none, or where nobody has read it yet: then a page is shown
    /// all the same.
    pub fn of(&self, room: &Room) -> Dressed {
        let look = room.policy.look.and_then(|name| self.looks.get(&name).map(|look| look.clone()));
        self.dressed(look.unwrap_or_default())
    }

    fn dressed(&self, look: Arc<Look>) -> Dressed {
        let logo = look.logo.and_then(|name| self.logo(name));
        Dressed { look, logo }
    }

    /// The logo that is called `name`, where a room has it.
    pub fn logo(&self, name: ContentId) -> Option<Arc<Logo>> {
        self.logos.get(&name).map(|logo| logo.clone())
    }

    /// Reads what `rooms` have and nobody here knows, and forgets what they have no more.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn learn(&self, gate: &Gate, rooms: &[Room]) -> Result<(), StoreError> {
        let wanted: HashSet<ContentId> = rooms.iter().filter_map(|room| room.policy.look).collect();
        let unknown: Vec<_> = wanted.iter().filter(|name| !self.looks.contains_key(*name)).copied().collect();
        if !unknown.is_empty() {
            self.take(gate, store::all(&gate.postgres, &unknown).await?).await?;
        }
        // Each look that is in use is held by a room; a change that this gate made since the rooms were read keeps its own.
        let is_used = |name: &ContentId| wanted.contains(name) || gate.rooms.has_look(*name);
        self.looks.retain(|name, _| is_used(name));
        let logos: HashSet<ContentId> = self.looks.iter().filter_map(|look| look.logo).collect();
        self.logos.retain(|name, _| logos.contains(name));
        Ok(())
    }

    /// Keeps `looks`, with their logos.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn take(&self, gate: &Gate, looks: Vec<(ContentId, Look)>) -> Result<(), StoreError> {
        let logos = looks.iter().filter_map(|(_, look)| look.logo);
        let unknown: Vec<_> = logos.filter(|logo| !self.logos.contains_key(logo)).collect();
        if !unknown.is_empty() {
            for logo in store::logos(&gate.postgres, &unknown).await? {
                self.logos.insert(logo.id, Arc::new(logo));
            }
        }
        for (name, look) in looks {
            self.looks.insert(name, Arc::new(look));
        }
        Ok(())
    }
}

/// `look`, which need not be any room's yet, with its logo.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn dress(gate: &Gate, look: Look) -> Result<Dressed, StoreError> {
    let logo = match look.logo {
        Some(name) => find_logo(gate, name).await?,
        None => None,
    };
    Ok(Dressed { look: Arc::new(look), logo })
}

/// The logo that is called `name`: from memory where a room has it.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn find_logo(gate: &Gate, name: ContentId) -> Result<Option<Arc<Logo>>, StoreError> {
    if let Some(logo) = gate.brands.logo(name) {
        return Ok(Some(logo));
    }
    Ok(store::logos(&gate.postgres, &[name]).await?.pop().map(Arc::new))
}
