//! An entry as everybody reads it on the published list.

use std::{fmt, str::FromStr};

use contracts::{lobby::PlaceId, place::Lane};

/// A line of the list: the place id, and where the entry comes into another lane than `main`, a space and the lane's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The place id.
    pub place: PlaceId,
    /// The lane that it comes into.
    pub lane: Lane,
}

/// A text that is no such line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an entry is a place id, of 32 hexadecimal digits in lower case, and perhaps a space and a lane from 1 to 7"
)]
pub struct NoEntry;

impl Listed {
    /// Writes it behind `text`.
    pub fn write(&self, text: &mut String) {
        text.push_str(&hex::encode(self.place.bytes()));
        if self.lane != Lane::MAIN {
            text.push(' ');
            text.push(char::from(b'0' + self.lane.number()));
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl FromStr for Listed {
    type Err = NoEntry;

    fn from_str(text: &str) -> Result<Self, NoEntry> {
        let (place, lane) = match text.split_once(' ') {
            Some((place, lane)) => {
                (place, lane.parse().ok().and_then(Lane::new).filter(|lane| *lane != Lane::MAIN))
            }
            None => (text, Some(Lane::MAIN)),
        };
        let read = Self { place: place.parse().map_err(|_| NoEntry)?, lane: lane.ok_or(NoEntry)? };
        // There is one way to write it.
        if read.to_string() == text { Ok(read) } else { Err(NoEntry) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_as_it_was_written_and_no_other_does() {
        let place = PlaceId::from_bytes([0xab; 16]);
        for lane in Lane::all() {
            let line = Listed { place, lane };
            assert_eq!(line.to_string().parse(), Ok(line));
        }
        let id = place.to_string();
        for text in
            ["", &id[1..], &id.to_uppercase(), &format!("{id} "), &format!("{id} 0"), &format!("{id} 8")]
        {
            assert_eq!(text.parse::<Listed>(), Err(NoEntry), "{text}");
        }
        for text in [
            format!("{id} 01"),
            format!("{id} +1"),
            format!("{id}  1"),
            format!("{id} vip"),
            format!(" {id}"),
        ] {
            assert_eq!(text.parse::<Listed>(), Err(NoEntry), "{text}");
        }
    }
}
