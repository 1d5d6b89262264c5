//! What a client has seen: the id of a frame. It comes back as `Last-Event-ID` or `?after=`, so that a client that
//! reconnects, at any gate, is told neither the same again nor that more are ahead without a reason.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    str::FromStr,
};

use contracts::frame::Frame;

/// The members that change all the time; a change of any other is news.
const PASSING: [&str; 7] = ["ahead", "behind", "wait", "pace", "reason", "chance", "entries"];

/// A frame, as far as the next one depends on it. Written `tick.ahead.returned.restored.mark`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The tick that the frame was the view of.
    pub tick: u64,
    /// How many were ahead.
    pub ahead: u64,
    /// The line's counts of places that had come back and that were restored, by then.
    pub counts: (u64, u64),
    /// Differs where anything differs but position, wait and pace.
    pub mark: u32,
}

impl Seen {
    /// `frame`, made when the line's counts were `counts`.
    pub fn of(frame: &Frame, counts: (u64, u64)) -> Self {
        let mut hasher = DefaultHasher::new();
        let mut ahead = 0;
        frame.message.hash(&mut hasher);
        if let Ok(serde_json::Value::Object(place)) = serde_json::to_value(&frame.place) {
            ahead = place.get("ahead").and_then(serde_json::Value::as_u64).unwrap_or_default();
            // The members of an object are in order of their names.
            let lasting = place.iter().filter(|(name, _)| !PASSING.contains(&name.as_str()));
            lasting.for_each(|(name, value)| (name, value.to_string()).hash(&mut hasher));
        }
        let mark = u32::try_from(hasher.finish() & 0xffff_ffff).unwrap_or_default();
        Self { tick: frame.tick, ahead, counts, mark }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tick, ahead, counts: (returned, restored), mark } = self;
        write!(f, "{tick}.{ahead}.{returned}.{restored}.{mark:08x}")
    }
}

/// A text that is no id of a frame.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("after takes the id of a frame, such as 17.41.0.0.9a3f21bc")]
pub struct NoFrame;

impl FromStr for Seen {
    type Err = NoFrame;

    fn from_str(text: &str) -> Result<Self, NoFrame> {
        let parts: Vec<&str> = text.split('.').take(6).collect();
        let [tick, ahead, returned, restored, mark] = parts.as_slice() else { return Err(NoFrame) };
        let number = |text: &str| text.parse::<u64>().map_err(|_| NoFrame);
        Ok(Self {
            tick: number(tick)?,
            ahead: number(ahead)?,
            counts: (number(returned)?, number(restored)?),
            mark: u32::from_str_radix(mark, 16).map_err(|_| NoFrame)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use contracts::{
        frame::{PlaceView, VERSION},
        place::PlaceNumber,
    };
    use proptest::prelude::*;

    use super::*;

    fn waiting(ahead: u64, message: Option<&str>) -> Frame {
        let number = PlaceNumber::from_raw(9);
        let place = PlaceView::Waiting {
            number,
            ahead,
            behind: 3,
            lane: None,
            wait: None,
            pace: 60,
            reason: None,
            chance: None,
        };
        Frame { v: VERSION, tick: 7, place, message: message.map(str::to_owned), tiers: None }
    }

    #[test]
    fn only_what_lasts_makes_another_mark() {
        let seen = Seen::of(&waiting(4, None), (1, 2));
        assert_eq!((seen.tick, seen.ahead, seen.counts), (7, 4, (1, 2)));
        assert_eq!(seen.mark, Seen::of(&waiting(2, None), (9, 9)).mark);
        assert_ne!(seen.mark, Seen::of(&waiting(4, Some("Doors at 8")), (1, 2)).mark);
        let gone = Frame { place: PlaceView::Unknown, ..waiting(4, None) };
        assert_ne!(seen.mark, Seen::of(&gone, (1, 2)).mark);
    }

    proptest! {
        #[test]
        fn an_id_reads_back_as_it_was_written(tick: u64, ahead: u64, counts: (u64, u64), mark: u32) {
            let seen = Seen { tick, ahead, counts, mark };
            prop_assert_eq!(seen.to_string().parse(), Ok(seen));
        }

        #[test]
        fn any_other_text_is_refused_and_breaks_nothing(text in ".{0,60}") {
            if let Ok(seen) = text.parse::<Seen>() {
                prop_assert_eq!(seen.to_string().parse(), Ok(seen));
            }
        }
    }
}
