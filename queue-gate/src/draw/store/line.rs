//! The lobby of a draw in Redis, and the way of its entries into the line.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{RoomId, VisitorId},
    lobby::PlaceId,
    place::Lane,
};
use platform::{postgres::StoreError, redis::Redis};
use redis::{Script, ScriptInvocation};

use crate::{
    draw::{Entry, Piece, RESERVED, known::Claim},
    lane::Shares,
    line::{
        LineError,
        store::{account_bytes, integer, lane, moved, on, run},
    },
};

/// A script of a draw: the line's prelude, the draw's head, then the file.
macro_rules! draw_script {
    ($file:literal) => {
        LazyLock::new(|| {
            Script::new(concat!(
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/line/lua/prelude.lua")),
                include_str!("../lua/head.lua"),
                include_str!(concat!("../lua/", $file))
            ))
        })
    };
}

static ENTER: LazyLock<Script> = draw_script!("enter.lua");
static LEAVE: LazyLock<Script> = draw_script!("leave.lua");
static STATUS: LazyLock<Script> = draw_script!("status.lua");
static LEAD: LazyLock<Script> = draw_script!("lead.lua");
static FREEZE: LazyLock<Script> = draw_script!("freeze.lua");
static SLICE: LazyLock<Script> = draw_script!("slice.lua");
static WRITE: LazyLock<Script> = draw_script!("write.lua");
static FINISH: LazyLock<Script> = draw_script!("finish.lua");
static RESUME: LazyLock<Script> = draw_script!("resume.lua");
static RETIRE: LazyLock<Script> = draw_script!("retire.lua");

/// How long the lobby of a closed room lives on, in seconds.
const FADES: i64 = 86_400;

/// The names of the keys, beside those of the line. All are gone when the draw is done.
pub mod keys {
    use super::RoomId;

    /// The lobby, the one that is closed, and the accounts of those in it.
    pub fn all(room: RoomId) -> [String; 3] {
        ["lobby", "frozen", "entrants"].map(|name| format!("q:{{{room}}}:{name}"))
    }
}

fn draw_on(script: &Script, room: RoomId) -> ScriptInvocation<'_> {
    let mut call = on(script, room);
    for key in keys::all(room) {
        call.key(key);
    }
    call
}

/// Where the draw of a line is, as its Redis knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The lobby takes entries.
    Lobby,
    /// It was lost after it had been closed, and takes those back who prove that they were in it.
    Restoring,
    /// It is closed.
    Frozen,
    /// The draw is in the line.
    Done,
}

/// What a visitor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// An entry from now on.
    New,
    /// An entry since before.
    Entry,
    /// No entry, and no place.
    Nothing,
    /// An entry that is being drawn.
    Drawing,
    /// A place in the line, or none: the line knows.
    Line,
    /// The line was lost after the draw: the record knows whether they were in it.
    Record,
}

/// How many places there are in each lane.
pub type ByLane = [u64; Lane::COUNT];

/// What a line says of its draw when it is asked about visitors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lobby {
    /// Where it is.
    pub stage: Stage,
    /// Entries in the lobby, open or closed.
    pub entries: u64,
    /// Those of the closed lobby that are not in the line yet: in their lanes they will be in front of whoever comes late.
    pub left: ByLane,
    /// The last tick of the room.
    pub tick: u64,
    /// What each of those asked about has.
    pub has: Vec<Had>,
}

/// What one of those asked about has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Had {
    /// What it is.
    pub has: Has,
    /// The lane that their entry comes into.
    pub lane: Lane,
    /// The entry, where another device of their account made it.
    pub of_other: Option<PlaceId>,
}

/// Somebody who asks: the entry that would be theirs, and what they have a claim to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrant {
    /// The place id.
    pub place: PlaceId,
    /// The visitor.
    pub visitor: VisitorId,
    /// Their claim.
    pub claim: Claim,
}

/// What is asked of the lobby.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// What they have.
    Look,
    /// To be entered.
    Enter,
    /// To be entered again: they proved an entry.
    Prove,
}

/// What a line says of its draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where it is.
    pub stage: Stage,
    /// Entries in the lobby, open or closed.
    pub entries: u64,
    /// How many of them are in the line.
    pub drawn: u64,
    /// The line's epoch.
    pub epoch: u32,
    /// The last tick of the room.
    pub tick: u64,
}

/// What became of leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// There is no entry of theirs any more.
    Gone,
    /// Their entry is being drawn: it cannot be taken out until it is a place.
    Drawing,
    /// They have a place in the line, or none.
    Line,
}

/// Asks the lobby of `room` about entries, or enters them. Atomic: a visitor has one entry at most, and an account too.
/// `shares` is the room's order of lanes: the earlier of two stays.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn enter(
    redis: &Redis,
    room: RoomId,
    ask: Ask,
    shares: &Shares,
    entrants: &[Entrant],
) -> Result<Lobby, LineError> {
    let mut call = draw_on(&ENTER, room);
    call.arg(match ask {
        Ask::Look => "ask",
        Ask::Enter => "enter",
        Ask::Prove => "prove",
    });
    call.arg(shares.ranks());
    for Entrant { place, visitor, claim } in entrants {
        call.arg(place.bytes()).arg(visitor.uuid().as_bytes());
        call.arg(claim.lane.map(|lane| lane.number().to_string()).unwrap_or_default());
        call.arg(account_bytes(claim.account.as_ref()));
    }
    let (stage, entries, lefts, tick, letters, lanes, places): Answer = run(redis, &call).await?;
    let mut left = ByLane::default();
    for (left, said) in left.iter_mut().zip(lefts) {
        *left = u64::try_from(said).unwrap_or(0);
    }
    let had = |((letter, of), place): ((char, char), Vec<u8>)| {
        let of_other = <[u8; 16]>::try_from(place).ok().map(PlaceId::from_bytes);
        Ok(Had { has: has(letter)?, lane: lane(&of.to_string())?, of_other })
    };
    let has = letters.chars().zip(lanes.chars()).zip(places).map(had).collect::<Result<_, LineError>>()?;
    Ok(Lobby { stage: stage_of(&stage)?, entries, left, tick, has })
}

/// What the script answers.
type Answer = (String, u64, Vec<i64>, u64, String, String, Vec<Vec<u8>>);

fn has(letter: char) -> Result<Has, LineError> {
    match letter {
        'n' => Ok(Has::New),
        'o' => Ok(Has::Entry),
        '-' => Ok(Has::Nothing),
        'd' => Ok(Has::Drawing),
        'l' => Ok(Has::Line),
        'x' => Ok(Has::Record),
        other => Err(StoreError::Unexpected(format!("the lobby says {other}")).into()),
    }
}

fn stage_of(letter: &str) -> Result<Stage, LineError> {
    match letter {
        "l" => Ok(Stage::Lobby),
        "r" => Ok(Stage::Restoring),
        "f" => Ok(Stage::Frozen),
        "d" => Ok(Stage::Done),
        other => Err(StoreError::Unexpected(format!("the line knows no stage {other} of a draw")).into()),
    }
}

/// Takes an entry out of the lobby of `room`.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn leave(
    redis: &Redis,
    room: RoomId,
    place: PlaceId,
    visitor: VisitorId,
) -> Result<Left, LineError> {
    let mut call = draw_on(&LEAVE, room);
    call.arg(place.bytes()).arg(visitor.uuid().as_bytes());
    match run::<String>(redis, &call).await?.as_str() {
        "gone" => Ok(Left::Gone),
        "drawing" => Ok(Left::Drawing),
        "line" => Ok(Left::Line),
        other => Err(StoreError::Unexpected(format!("the lobby says {other}")).into()),
    }
}

/// Where the draw of `room` is.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away.
pub async fn status(redis: &Redis, room: RoomId) -> Result<Status, LineError> {
    let answer: [String; 5] = run(redis, &draw_on(&STATUS, room)).await?;
    let [stage, entries, drawn, epoch, tick] = &answer;
    Ok(Status {
        stage: stage_of(stage)?,
        entries: integer(entries)?,
        drawn: integer(drawn)?,
        epoch: u32::try_from(integer(epoch)?).unwrap_or_default(),
        tick: integer(tick)?,
    })
}

/// Whether `node` may go on with the draw of `room`, alone for `span`.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn lead(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    node: u32,
    span: TimeDelta,
) -> Result<bool, LineError> {
    let mut call = draw_on(&LEAD, room);
    call.arg(moved(now)).arg(&node.to_be_bytes()).arg(span.num_milliseconds());
    run(redis, &call).await
}

/// Closes the lobby of `room`: from now on it is another key, and whoever joins gets a number behind [`RESERVED`]. Says where
/// the draw is, how many entries are in the closed lobby, and the line's epoch.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn freeze(redis: &Redis, room: RoomId) -> Result<(Stage, usize, u32), LineError> {
    let mut call = draw_on(&FREEZE, room);
    call.arg(RESERVED);
    let (stage, entries, epoch): (String, usize, u32) = run(redis, &call).await?;
    Ok((stage_of(&stage)?, entries, epoch))
}

/// Adds to `piece` `count` entries of the closed lobby, or those there are, from the entry `first` on.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away.
pub async fn slice(
    redis: &Redis,
    room: RoomId,
    (first, count): (usize, usize),
    piece: &mut Piece,
) -> Result<(), LineError> {
    let mut call = draw_on(&SLICE, room);
    call.arg(first).arg(count);
    let (entries, lanes): (Vec<u8>, Vec<u8>) = run(redis, &call).await?;
    piece.entries.extend(entries);
    piece.lanes.extend(lanes.into_iter().map(|digit| digit.saturating_sub(b'0')));
    Ok(())
}

/// Puts the next places of a draw into the line, of which `done` are there: those of `entries` in the order that was drawn,
/// each into its lane, with numbers of `epoch`. Says how many are there now.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn write<'a>(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    (done, epoch): (u64, u32),
    entries: impl Iterator<Item = &'a Entry> + Send,
) -> Result<u64, LineError> {
    let (mut visitors, mut lanes) = (Vec::new(), String::new());
    for entry in entries {
        visitors.extend_from_slice(entry.visitor().uuid().as_bytes());
        lanes.push(char::from(b'0' + entry.lane().number()));
    }
    if lanes.bytes().all(|lane| lane == b'0') {
        lanes.clear();
    }
    let mut call = draw_on(&WRITE, room);
    call.arg(moved(now)).arg(done).arg(epoch).arg(visitors).arg(lanes);
    run(redis, &call).await
}

/// Tells the line that its draw, of `entries`, is over.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn finish(redis: &Redis, room: RoomId, entries: u32) -> Result<(), LineError> {
    let mut call = draw_on(&FINISH, room);
    call.arg(entries);
    run::<i64>(redis, &call).await.map(drop)
}

/// Tells a Redis that lost the line where its draw is, before the next epoch begins. `false` when it is another than `run_id`
/// by now.
///
/// # Errors
/// When Redis is away; safe to repeat.
pub async fn resume(redis: &Redis, room: RoomId, run_id: &str, stage: Stage) -> Result<bool, LineError> {
    let mut call = draw_on(&RESUME, room);
    call.arg(run_id).arg(match stage {
        Stage::Lobby | Stage::Restoring => "r",
        Stage::Frozen => "f",
        Stage::Done => "d",
    });
    run(redis, &call).await
}

/// Lets the lobby of a closed room fade.
///
/// # Errors
/// When Redis is away; safe to repeat.
pub async fn retire(redis: &Redis, room: RoomId) -> Result<(), LineError> {
    let mut call = draw_on(&RETIRE, room);
    call.arg(FADES);
    run::<i64>(redis, &call).await.map(drop)
}
