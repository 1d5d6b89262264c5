//! Who may do what for an organizer: the roles of those who work with them, what each may do, and what each call takes. The one
//! place that decides, for booking-api and the gate alike.

mod calls;

pub use calls::{About, CALLS, needed};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, EventId};

/// The header that says for which organizer somebody works who works for several.
pub const HEADER: &str = "usher-organizer";

/// What somebody does for an organizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TeamRole {
    /// Everything, and says who else works for them.
    Owner,
    /// Everything but that.
    Manager,
    /// Sells at the counter, and knows who bought.
    BoxOffice,
    /// Opens doors, and checks tickets.
    Door,
    /// Looks on.
    Viewer,
}

/// What a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Permission {
    /// To see events, rooms and how a sale goes.
    Look,
    /// To see what was earned.
    Figures,
    /// To see who bought, or waits, and what was mailed to them.
    Buyers,
    /// To make and change venues, performers and events, and how mails look.
    Catalog,
    /// To take tickets out of the sale: holding back, giving away, selling at the counter.
    Sell,
    /// To give money back, and to call events off.
    Money,
    /// To give out codes.
    Codes,
    /// To make and steer waiting rooms.
    Room,
    /// To open doors, and to check tickets.
    Door,
    /// To see who changed what.
    Audit,
    /// To say who works for the organizer, and to make keys and webhooks.
    Team,
}

use Permission::{Audit, Buyers, Catalog, Codes, Door, Figures, Look, Money, Room, Sell, Team};

impl TeamRole {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Manager, Self::BoxOffice, Self::Door, Self::Viewer];

    /// What the role may do.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Owner => &Permission::ALL,
            Self::Manager => &[Look, Figures, Buyers, Catalog, Sell, Money, Codes, Room, Door, Audit],
            Self::BoxOffice => &[Look, Buyers, Sell],
            Self::Door => &[Door],
            Self::Viewer => &[Look, Figures],
        }
    }

    /// The name, as it is written down.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::BoxOffice => "boxOffice",
            Self::Door => "door",
            Self::Viewer => "viewer",
        }
    }

    /// The role with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 11] = [Look, Figures, Buyers, Catalog, Sell, Money, Codes, Room, Door, Audit, Team];

    /// The name, as it is written down.
    pub const fn name(self) -> &'static str {
        match self {
            Look => "look",
            Figures => "figures",
            Buyers => "buyers",
            Catalog => "catalog",
            Sell => "sell",
            Money => "money",
            Codes => "codes",
            Room => "room",
            Door => "door",
            Audit => "audit",
            Team => "team",
        }
    }

    /// The permission with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }
}

/// The events of an organizer that somebody works for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// All, those to come too.
    All,
    /// These.
    Events(Vec<EventId>),
}

impl Scope {
    /// Whether `event` is among them.
    pub fn holds(&self, event: EventId) -> bool {
        match self {
            Self::All => true,
            Self::Events(events) => events.contains(&event),
        }
    }
}

/// What somebody may do for one organizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// For whom.
    pub organizer: AccountId,
    /// What.
    pub may: Vec<Permission>,
    /// For which of their events.
    pub scope: Scope,
}

/// Why somebody may not do what they ask for an organizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPermitted {
    /// They work for no organizer, or not for this one.
    #[error("they do not work for this organizer")]
    NoOrganizer,
    /// They work for several, and did not say for which.
    #[error("they work for several organizers")]
    Several,
    /// Their role, or their key, may not do this.
    #[error("this takes the permission {}", .0.name())]
    Missing(Permission),
    /// They work for some events, and this is about another or about all.
    #[error("they do not work for this event")]
    OtherEvent,
    /// Nobody has decided who may.
    #[error("nobody may do this")]
    Undecided,
}

/// Somebody who works for an organizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// For whom.
    pub organizer: AccountId,
    /// As what.
    pub role: TeamRole,
    /// For which of their events.
    pub scope: Scope,
}

impl Grant {
    /// What an organizer may do for themselves.
    pub fn of_owner(organizer: AccountId) -> Self {
        Self { organizer, may: TeamRole::Owner.permissions().to_vec(), scope: Scope::All }
    }

    /// What somebody may do who works for `teams` and, where they are an organizer, for themselves (`own`): for the organizer that
    /// they `said`, else for themselves, else for the one that there is.
    ///
    /// # Errors
    /// [`NotPermitted::NoOrganizer`], [`NotPermitted::Several`].
    pub fn choose(
        own: Option<AccountId>,
        teams: &[Member],
        said: Option<AccountId>,
    ) -> Result<Self, NotPermitted> {
        let of = |member: &Member| Self {
            organizer: member.organizer,
            may: member.role.permissions().to_vec(),
            scope: member.scope.clone(),
        };
        match (said, own, teams) {
            (Some(said), Some(own), _) if said == own => Ok(Self::of_owner(own)),
            (Some(said), _, teams) => {
                let member = teams.iter().find(|member| member.organizer == said);
                member.map(of).ok_or(NotPermitted::NoOrganizer)
            }
            (None, Some(own), _) => Ok(Self::of_owner(own)),
            (None, None, []) => Err(NotPermitted::NoOrganizer),
            (None, None, [member]) => Ok(of(member)),
            (None, None, _) => Err(NotPermitted::Several),
        }
    }

    /// Whether the call of `method` at the route `path` may be made; `event` is the one that its path names, by itself or by an order
    /// or a room.
    ///
    /// # Errors
    /// [`NotPermitted`].
    pub fn permits(&self, method: &str, path: &str, event: Option<EventId>) -> Result<(), NotPermitted> {
        let (permission, about) = needed(method, path).ok_or(NotPermitted::Undecided)?;
        if !self.may.contains(&permission) {
            return Err(NotPermitted::Missing(permission));
        }
        let is_within = match about {
            About::Looked => true,
            About::Everything => self.scope == Scope::All,
            About::OneEvent => self.scope == Scope::All || event.is_some_and(|event| self.scope.holds(event)),
        };
        if is_within { Ok(()) } else { Err(NotPermitted::OtherEvent) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_written_in_json() {
        for role in TeamRole::ALL {
            assert_eq!(serde_json::json!(role), role.name());
            assert_eq!(TeamRole::named(role.name()), Some(role));
        }
        for permission in Permission::ALL {
            assert_eq!(serde_json::json!(permission), permission.name());
            assert_eq!(Permission::named(permission.name()), Some(permission));
        }
        assert_eq!(TeamRole::named("boss"), None);
    }

    #[test]
    fn only_owners_say_who_works_for_them_and_nobody_may_more_than_they() {
        for role in TeamRole::ALL {
            let may = role.permissions();
            assert_eq!(may.contains(&Team), role == TeamRole::Owner);
            assert!(may.iter().all(|permission| TeamRole::Owner.permissions().contains(permission)));
        }
    }

    fn id<T: From<uuid::Uuid>>(number: u128) -> T {
        uuid::Uuid::from_u128(number).into()
    }

    #[test]
    fn one_works_for_oneself_for_whom_one_says_or_for_the_only_one() {
        let member =
            |organizer| Member { organizer: id(organizer), role: TeamRole::Viewer, scope: Scope::All };
        let choose = |own: Option<u128>, teams: &[Member], said: Option<u128>| {
            Grant::choose(own.map(id), teams, said.map(id)).map(|grant| (grant.organizer, grant.may.len()))
        };
        let (one, two, all) = (member(1), member(2), Permission::ALL.len());
        let both = [one.clone(), two];
        assert_eq!(choose(Some(9), &both, None), Ok((id(9), all)));
        assert_eq!(choose(Some(9), &both, Some(9)), Ok((id(9), all)));
        assert_eq!(choose(Some(9), &both, Some(2)), Ok((id(2), 2)));
        assert_eq!(choose(Some(9), &both, Some(3)), Err(NotPermitted::NoOrganizer));
        assert_eq!(choose(None, &both, None), Err(NotPermitted::Several));
        assert_eq!(choose(None, &[one], None), Ok((id(1), 2)));
        assert_eq!(choose(None, &[], None), Err(NotPermitted::NoOrganizer));
        assert_eq!(choose(None, &[], Some(9)), Err(NotPermitted::NoOrganizer));
    }

    #[test]
    fn who_works_for_some_events_may_do_nothing_about_others_or_all() {
        let may = TeamRole::Manager.permissions().to_vec();
        let some = Grant { organizer: id(1), may, scope: Scope::Events(vec![id(7)]) };
        let put = |event: Option<u128>| some.permits("PUT", "/event/{eventId}", event.map(id));
        assert_eq!(put(Some(7)), Ok(()));
        assert_eq!(put(Some(8)), Err(NotPermitted::OtherEvent));
        assert_eq!(put(None), Err(NotPermitted::OtherEvent));
        assert_eq!(some.permits("POST", "/venue", None), Err(NotPermitted::OtherEvent));
        assert_eq!(some.permits("GET", "/room", None), Ok(()));
        assert_eq!(some.permits("GET", "/team", None), Err(NotPermitted::Missing(Team)));
        assert_eq!(some.permits("GET", "/elsewhere", None), Err(NotPermitted::Undecided));
        assert_eq!(Grant::of_owner(id(1)).permits("PUT", "/event/{eventId}", None), Ok(()));
    }
}
