//! The keys of what is published, and the scripts that read and write it.

use std::{sync::LazyLock, time::Duration};

use contracts::id::EventId;
use platform::{postgres::StoreError, redis::Redis};
use redis::Script;
use uuid::Uuid;

use super::{CHANGES, Change, Published};

macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| {
            Script::new(concat!(include_str!("../../mirror/lua/stamp.lua"), include_str!($file)))
        })
    };
}

static READ: LazyLock<Script> = script!("lua/read.lua");
static PUBLISH: LazyLock<Script> = script!("lua/publish.lua");

/// How long publishing an event stays with the copy that did it last. Whoever asks then takes over, so this is how old
/// an answer may be when a copy dies.
pub const LEADS_FOR: Duration = Duration::from_millis(500);
/// How long everything is kept of an event that nobody looks at.
const KEPT: Duration = Duration::from_hours(1);

/// The keys of one event, all in one slot. Each ends [`KEPT`] or [`LEADS_FOR`] after it was last written.
mod keys {
    use contracts::id::EventId;

    pub(super) fn published(event: EventId) -> String {
        format!("map:{{{event}}}")
    }

    pub(super) fn leader(event: EventId) -> String {
        format!("map:{{{event}}}:leader")
    }

    pub(super) fn changes(event: EventId) -> String {
        format!("map:{{{event}}}:changes")
    }
}

/// What a copy finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Whether it is this copy that publishes.
    pub leads: bool,
    /// The clock of Redis, in milliseconds.
    pub now: u64,
    /// What is published: when it was looked at, and all of it where it is not the version that the copy knows.
    pub state: State,
}

/// What is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Nothing,
    /// The version that the copy knows.
    Same {
        /// When it was looked at last.
        looked_at: u64,
    },
    /// Another one.
    Other(Published),
}

/// Reads what is published of `event`, but for the version `known`, and takes publishing over where nobody has it. Safe to
/// repeat.
///
/// # Errors
/// When Redis fails.
pub async fn read(
    redis: &mut Redis,
    event: EventId,
    copy: Uuid,
    known: Option<u64>,
) -> Result<Read, StoreError> {
    let known = known.map(|version| version.to_string()).unwrap_or_default();
    let mut call = READ.key(keys::published(event));
    call.key(keys::leader(event)).key(keys::changes(event));
    call.arg(copy.to_string()).arg(millis(LEADS_FOR)).arg(&known);
    let answer: Vec<Vec<u8>> = call.invoke_async(redis).await?;
    parse(&answer, &known)
}

fn parse(answer: &[Vec<u8>], known: &str) -> Result<Read, StoreError> {
    let strange = || StoreError::Unexpected("what is published of a map cannot be read".to_owned());
    let text = |index: usize| {
        answer.get(index).and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or_else(strange)
    };
    let number = |index: usize| text(index)?.parse::<u64>().map_err(|_| strange());
    let (leads, now, version) = (text(0)? == "1", number(1)?, text(2)?);
    let state = if version.is_empty() {
        State::Nothing
    } else if version == known {
        State::Same { looked_at: number(3)? }
    } else {
        let bits = answer.get(4).ok_or_else(strange)?.clone();
        let changes = (5..answer.len()).map(|index| change(text(index)?).ok_or_else(strange));
        State::Other(Published {
            version: number(2)?,
            looked_at: number(3)?,
            bits,
            changes: changes.collect::<Result<_, _>>()?,
        })
    };
    Ok(Read { leads, now, state })
}

/// `from to bit bit …`.
fn change(text: &str) -> Option<Change> {
    let (from, rest) = text.split_once(' ')?;
    let (to, bits) = rest.split_once(' ')?;
    let flips = bits.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(Change { from: from.parse().ok()?, to: to.parse().ok()?, flips })
}

fn written(change: &Change) -> String {
    let bits: Vec<String> = change.flips.iter().map(ToString::to_string).collect();
    format!("{} {} {}", change.from, change.to, bits.join(" "))
}

/// Publishes `next` on top of the version `before`; `false` when somebody else has published since. Safe to repeat: the
/// second time it is somebody else's.
///
/// # Errors
/// When Redis fails: it may or may not be published.
pub async fn publish(
    redis: &mut Redis,
    event: EventId,
    before: Option<u64>,
    next: &Published,
) -> Result<bool, StoreError> {
    let newest =
        next.changes.first().filter(|change| Some(change.from) == before && change.to == next.version);
    let mut call = PUBLISH.key(keys::published(event));
    call.key(keys::changes(event)).arg(before.map(|version| version.to_string()).unwrap_or_default());
    call.arg(next.version).arg(next.looked_at).arg(&next.bits).arg(newest.map(written).unwrap_or_default());
    call.arg(CHANGES).arg(millis(KEPT));
    let done: i64 = call.invoke_async(redis).await?;
    Ok(done == 1)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_as_it_was_written() {
        let one = Change { from: 7, to: 1_800_000_000_000, flips: vec![0, 17, 49_999] };
        assert_eq!(change(&written(&one)), Some(one));
        assert_eq!(change("7 8"), None);
        assert_eq!(change("7 8 x"), None);
    }
}
