//! The codes that no door accepts any more, as booking-api signs them: what a scanner carries to work without a network.
//!
//! The list of an event grows by numbered entries without gaps. A scanner asks for what came after the version that it
//! has; a genuine answer goes on exactly there.

use std::collections::HashMap;

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{id::EventId, ticket_code::TicketCode, token::Claims};

/// A part of the list of one event, or all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocations {
    /// The event.
    pub event: EventId,
    /// The version after which this part begins; 0 for the beginning.
    pub since: u64,
    /// The version that one has with it.
    pub version: u64,
    /// The number of a ticket, and the serial up to which its codes are worth nothing.
    pub revoked: Vec<(u32, u32)>,
    /// When it was signed.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// When it is too old to rely on.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

impl Claims for Revocations {
    const TYP: &'static str = "usher-revocations+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}

/// What a scanner knows of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revoked {
    version: u64,
    up_to: HashMap<u32, u32>,
}

/// A part that does not go on where the one before ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list is known up to {known}, and the part begins after {since}")]
pub struct Gap {
    /// What is known.
    pub known: u64,
    /// Where the part begins.
    pub since: u64,
}

impl Revoked {
    /// The version that is known; one asks for what came after it.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Takes a verified part in. One that is known already changes nothing.
    ///
    /// # Errors
    /// [`Gap`]: one asks for what is missing.
    pub fn add(&mut self, part: &Revocations) -> Result<(), Gap> {
        if part.since > self.version {
            return Err(Gap { known: self.version, since: part.since });
        }
        for (ticket, serial) in &part.revoked {
            let up_to = self.up_to.entry(*ticket).or_default();
            *up_to = (*up_to).max(*serial);
        }
        self.version = self.version.max(part.version);
        Ok(())
    }

    /// Whether a genuine code is on the list.
    pub fn has(&self, code: &TicketCode) -> bool {
        self.up_to.get(&code.ticket.number()).is_some_and(|serial| code.serial <= *serial)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TicketId;

    fn part(since: u64, version: u64, revoked: &[(u32, u32)]) -> Revocations {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Revocations {
            event: Uuid::from_u128(1).into(),
            since,
            version,
            revoked: revoked.to_vec(),
            iat: at,
            exp: at,
        }
    }

    fn code(ticket: u32, serial: u32) -> TicketCode {
        let (event, order) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        TicketCode { event, ticket: TicketId::new(ticket).unwrap(), order, serial }
    }

    #[test]
    fn the_parts_of_a_list_add_up_in_any_number_and_a_missing_one_is_noticed() {
        let (mut whole, mut parts) = (Revoked::default(), Revoked::default());
        whole.add(&part(0, 3, &[(7, 1), (9, 1), (7, 2)])).unwrap();
        parts.add(&part(0, 1, &[(7, 1)])).unwrap();
        assert_eq!(parts.add(&part(2, 3, &[(7, 2)])), Err(Gap { known: 1, since: 2 }));
        parts.add(&part(1, 3, &[(9, 1), (7, 2)])).unwrap();
        parts.add(&part(0, 1, &[(7, 1)])).unwrap();
        assert_eq!((&parts, parts.version()), (&whole, 3));
        assert!(parts.has(&code(7, 2)) && parts.has(&code(7, 1)) && parts.has(&code(9, 1)));
        assert!(!parts.has(&code(7, 3)) && !parts.has(&code(9, 2)) && !parts.has(&code(8, 1)));
    }
}
