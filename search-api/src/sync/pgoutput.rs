//! The few messages of PostgreSQL's logical replication that concern us (protocol version 1, text format): which
//! event ids a transaction touched. Pure.

use std::collections::HashMap;

use contracts::id::EventId;

/// What one message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The row of this event has this version now, or was deleted.
    Touched(EventId, Option<i64>),
    /// All rows went at once: only a comparison tells what is left.
    Truncated,
}

/// A message that does not read as the protocol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a replication message cannot be read")]
pub struct BadMessage;

/// Reads messages; remembers where the published tables have their `event_id` and their `version`.
#[derive(Debug, Default)]
pub struct Decoder {
    /// By relation id.
    columns: HashMap<u32, Columns>,
}

/// The places of the columns that matter.
#[derive(Clone, Copy, Debug)]
struct Columns {
    event: usize,
    version: Option<usize>,
}

impl Decoder {
    /// What `message` says; `None` for the ones that change nothing.
    ///
    /// # Errors
    /// [`BadMessage`]: connect again, the slot still has it.
    pub fn read(&mut self, message: &[u8]) -> Result<Option<Change>, BadMessage> {
        let mut rest = Reader(message);
        match rest.byte()? {
            b'R' => {
                self.relation(&mut rest)?;
                Ok(None)
            }
            b'I' | b'U' | b'D' => {
                let columns = *self.columns.get(&rest.u32()?).ok_or(BadMessage)?;
                // The first tuple has the id in each case: the new row, or the old key of an update or a delete.
                let is_new = rest.byte()? == b'N';
                let (event, version) = rest.row(columns)?;
                Ok(Some(Change::Touched(event, version.filter(|_| is_new))))
            }
            b'T' => Ok(Some(Change::Truncated)),
            _ => Ok(None),
        }
    }

    fn relation(&mut self, rest: &mut Reader<'_>) -> Result<(), BadMessage> {
        let relation = rest.u32()?;
        rest.text()?;
        rest.text()?;
        rest.byte()?;
        let (mut event, mut version) = (None, None);
        for place in 0..usize::from(rest.u16()?) {
            rest.byte()?;
            match rest.text()? {
                b"event_id" => event = Some(place),
                b"version" => version = Some(place),
                _ => {}
            }
            rest.take(8)?;
        }
        if let Some(event) = event {
            self.columns.insert(relation, Columns { event, version });
        }
        Ok(())
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], BadMessage> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(BadMessage)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BadMessage> {
        self.take(N)?.try_into().map_err(|_| BadMessage)
    }

    fn byte(&mut self) -> Result<u8, BadMessage> {
        Ok(self.array::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16, BadMessage> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, BadMessage> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A text that ends with a zero byte.
    fn text(&mut self) -> Result<&'a [u8], BadMessage> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(BadMessage)?;
        let text = self.take(end)?;
        self.byte()?;
        Ok(text)
    }

    /// Id and version in the tuple that follows.
    fn row(&mut self, columns: Columns) -> Result<(EventId, Option<i64>), BadMessage> {
        let (mut event, mut version) = (None, None);
        for place in 0..usize::from(self.u16()?) {
            let value = match self.byte()? {
                b'n' | b'u' => continue,
                _ => {
                    let length = usize::try_from(self.u32()?).map_err(|_| BadMessage)?;
                    self.take(length)?
                }
            };
            if place == columns.event {
                event = Some(parsed(value)?);
            } else if Some(place) == columns.version {
                version = Some(parsed(value)?);
            }
        }
        Ok((event.ok_or(BadMessage)?, version))
    }
}

fn parsed<T: std::str::FromStr>(value: &[u8]) -> Result<T, BadMessage> {
    std::str::from_utf8(value).map_err(|_| BadMessage)?.parse().map_err(|_| BadMessage)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "018f0000-0000-7000-8000-000000000001";

    fn relation() -> Vec<u8> {
        let mut message = vec![b'R', 0, 0, 0, 9];
        message.extend(b"public\0search_version\0d\0\x02");
        message.extend(b"\0version\0\0\0\0\x14\xff\xff\xff\xff\x01event_id\0\0\0\x0b\x86\xff\xff\xff\xff");
        message
    }

    fn row(kind: u8, tuple: u8) -> Vec<u8> {
        let mut message = vec![kind, 0, 0, 0, 9, tuple, 0, 2, b't', 0, 0, 0, 1, b'7', b't', 0, 0, 0, 36];
        message.extend(ID.bytes());
        message
    }

    #[test]
    fn rows_give_their_event() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.read(&relation()), Ok(None));
        let touched = |version| Ok(Some(Change::Touched(ID.parse().unwrap(), version)));
        assert_eq!(decoder.read(&row(b'I', b'N')), touched(Some(7)));
        assert_eq!(decoder.read(&row(b'U', b'N')), touched(Some(7)));
        assert_eq!(decoder.read(&row(b'D', b'K')), touched(None), "an old key has no version");
        assert_eq!(decoder.read(b"T\0\0\0\x01\0\0\0\0\x09"), Ok(Some(Change::Truncated)));
        assert_eq!(decoder.read(b"B"), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_a_panic() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.read(&row(b'I', b'N')), Err(BadMessage), "no relation before it");
        decoder.read(&relation()).unwrap();
        let whole = row(b'I', b'N');
        for length in 0..whole.len() {
            assert_eq!(decoder.read(&whole[..length]), Err(BadMessage), "{length} bytes");
        }
    }
}
