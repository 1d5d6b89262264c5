//! A new room, for an event or for a site that is not ours.

use contracts::id::{EventId, RoomId};
use platform::postgres::{self, StoreError, Tx};

use super::{
    Acting, NAME_MAX, Policy, PolicyChange, Room, RoomState, Settings, WrongSetting, check_text, fail, span,
    store, suspension,
};
use crate::{
    draw::{
        Order,
        announce::{self, NewDraw, announce},
    },
    site::{Host, Site, config::NotPermitted},
    state::Gate,
};

/// What a new room is to be.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// What it guards.
    pub guards: Guards,
    /// What its owner calls it.
    pub name: String,
    /// How it admits.
    pub settings: Settings,
    /// What of its policy is not the default.
    pub policy: PolicyChange,
    /// Its state at first: scheduled, open, or the lobby of a draw.
    pub state: RoomState,
    /// How its order is drawn; first come, first served where absent.
    pub draw: Option<NewDraw>,
}

/// What a room guards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guards {
    /// An event of ours.
    Event(EventId),
    /// A site that is not ours.
    Site(Site),
}

/// Why there is no new room.
#[derive(Debug, thiserror::Error)]
pub enum CreateRoomError {
    /// There is no such event, or it belongs to somebody else.
    #[error("no event {0} of this organizer")]
    UnknownEvent(EventId),
    /// It has a room that lives.
    #[error("event {0} has a room")]
    RoomExists(EventId),
    /// The operator does not let this organizer guard the site.
    #[error("the site is not permitted")]
    NotPermitted(#[from] NotPermitted),
    /// A living room guards the host.
    #[error("the host {0} has a room")]
    SiteTaken(Host),
    /// A value lies outside its bounds.
    #[error("a setting is outside its bounds")]
    Wrong(#[from] WrongSetting),
    /// The store failed; there is no room, unless the outcome of the commit is unknown.
    #[error("creating the room failed")]
    Store(#[from] StoreError),
}

/// Makes a room for an event of the organizer, or for a site that the operator lets them guard. From the answer on it is guarded,
/// by every gate within a second. To the line and its passes a site is an event with the id of its room.
///
/// # Errors
/// [`CreateRoomError`].
pub async fn create(gate: &Gate, acting: Acting, new: NewRoom) -> Result<Room, CreateRoomError> {
    check_text("name", &new.name, NAME_MAX)?;
    new.settings.check()?;
    check_order(&new)?;
    let mut policy = Policy::default();
    new.policy.apply(&mut policy, new.settings)?;
    let id: RoomId = gate.ids.next();
    let event = match new.guards {
        Guards::Event(event) => event,
        Guards::Site(site) => {
            site.check()?;
            gate.config.sites.permits(&site, acting.owner, gate.config.public.public_url.host_str())?;
            policy.site = Some(site);
            id.uuid().into()
        }
    };
    let (order, sealed) = match new.draw {
        Some(draw) => announce(gate, id, draw),
        None => (Order::Fifo, Vec::new()),
    };
    policy.order = order;
    let room = Room {
        id,
        event,
        owner: acting.owner,
        name: new.name,
        state: new.state,
        version: 1,
        settings: new.settings,
        policy,
        message: None,
        pause_reason: None,
        exception: None,
        failed_open_at: None,
        epoch: 0,
        created_at: gate.clock.now(),
    };
    let mut tx = postgres::begin(&gate.postgres).await?;
    let written = insert(&mut tx, &room).await;
    let (mut tx, ()) = postgres::go_on(tx, written).await?;
    announce::write(&mut tx, room.id, &room.policy.order, &sealed).await?;
    if fail::is_watched(&room) {
        suspension::store::begin_pulse(&mut tx, room.id, gate.room_clock.now()).await?;
    }
    store::append_log(&mut tx, room.id, Some(acting.by), "created", &detail(&room)).await?;
    postgres::commit(tx).await?;
    gate.rooms.put(room.clone());
    tracing::info!(room.id = %room.id, event.id = %room.event, "a room was created");
    Ok(room)
}

async fn insert(tx: &mut Tx, room: &Room) -> Result<(), CreateRoomError> {
    if room.policy.site.is_none() && store::event_owner(tx, room.event).await? != Some(room.owner) {
        return Err(CreateRoomError::UnknownEvent(room.event));
    }
    match store::insert(tx, room).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(CreateRoomError::RoomExists(room.event)),
        Err(error) => Err(taken(error, room)),
    }
}

/// What the log says of a new room.
fn detail(room: &Room) -> serde_json::Value {
    serde_json::json!({
        "name": room.name,
        "state": room.state.name(),
        "order": room.policy.order,
        "admitPerMinute": room.settings.admit_per_minute,
        "maxActive": room.settings.max_active,
        "claimWindow": span::format(room.settings.claim_window),
        "sessionLength": span::format(room.settings.session_length),
        "site": room.policy.site,
    })
}

/// A draw begins before its lobby closes; everything else begins before or while fans are called.
fn check_order(new: &NewRoom) -> Result<(), WrongSetting> {
    let (field, bounds) = match (&new.draw, new.state) {
        (None, RoomState::Lobby) => ("state", "scheduled or open: only a draw has a lobby"),
        (Some(_), RoomState::Open) => ("state", "scheduled or lobby: a draw opens from its lobby"),
        (Some(draw), _) => return draw.check(),
        (None, _) => return Ok(()),
    };
    Err(WrongSetting { field, bounds: bounds.to_owned() })
}

/// The one constraint that is expected to refuse: one living room a host.
fn taken(error: StoreError, room: &Room) -> CreateRoomError {
    match (error.constraint(), &room.policy.site) {
        (Some("room_site_host_key"), Some(site)) => CreateRoomError::SiteTaken(site.host.clone()),
        _ => error.into(),
    }
}
