//! What a client says over a WebSocket (RFC 6455): hardly anything, so nothing is kept while it is silent.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

/// The longest message: a signed place and a few words.
const MESSAGE_MAX: usize = 512;

/// Something that a client said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A text, whole.
    Text(Vec<u8>),
    /// It asks whether we are there; the answer repeats this.
    Ping(Vec<u8>),
    /// It is there.
    Pong,
    /// It goes.
    Close,
    /// What no client of ours says.
    Wrong,
}

/// What was read and is not understood yet.
#[derive(Debug, Default)]
pub struct Inbox {
    rest: Vec<u8>,
    /// The beginning of a text that comes in several frames.
    text: Option<Vec<u8>>,
}

impl Inbox {
    /// Takes in what was read.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    /// What was said next; `None` while that is not all there. Keeps no memory then, unless a frame has begun.
    pub fn take(&mut self) -> Option<Said> {
        // A loop: a text may come in as many pieces as fit into what was read, and each call would take room on the stack.
        loop {
            let (header, payload) = match self.frame()? {
                Ok(frame) => frame,
                Err(wrong) => return Some(wrong),
            };
            if let Some(said) = self.understand(header.opcode, header.is_final, payload) {
                return Some(said);
            }
        }
    }

    /// The next frame, unmasked; `None` while it is not all there.
    fn frame(&mut self) -> Option<Result<(FrameHeader, Vec<u8>), Said>> {
        let mut cursor = Cursor::new(self.rest.as_slice());
        let (header, length) = match FrameHeader::parse(&mut cursor) {
            Ok(Some(parsed)) => parsed,
            Ok(None) => {
                if self.rest.is_empty() {
                    self.rest = Vec::new();
                }
                return None;
            }
            Err(_) => return Some(Err(Said::Wrong)),
        };
        let Some(mask) = header.mask.filter(|_| !(header.rsv1 || header.rsv2 || header.rsv3)) else {
            return Some(Err(Said::Wrong));
        };
        let (Ok(start), Ok(length)) = (usize::try_from(cursor.position()), usize::try_from(length)) else {
            return Some(Err(Said::Wrong));
        };
        if length > MESSAGE_MAX {
            return Some(Err(Said::Wrong));
        }
        let mut payload = self.rest.get(start..start + length)?.to_vec();
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        self.rest.drain(..start + length);
        Some(Ok((header, payload)))
    }

    /// `None` for the beginning of a longer text.
    fn understand(&mut self, code: OpCode, is_final: bool, payload: Vec<u8>) -> Option<Said> {
        match (code, &mut self.text) {
            (OpCode::Control(_), _) if !is_final || payload.len() > 125 => Some(Said::Wrong),
            (OpCode::Control(Control::Ping), _) => Some(Said::Ping(payload)),
            (OpCode::Control(Control::Pong), _) => Some(Said::Pong),
            (OpCode::Control(Control::Close), _) => Some(Said::Close),
            (OpCode::Data(Data::Text), None) if is_final => Some(Said::Text(payload)),
            (OpCode::Data(Data::Text), None) => {
                self.text = Some(payload);
                None
            }
            (OpCode::Data(Data::Continue), Some(text)) if text.len() + payload.len() <= MESSAGE_MAX => {
                text.extend(payload);
                if is_final { self.text.take().map(Said::Text) } else { None }
            }
            _ => Some(Said::Wrong),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 3, 4];
        let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        let mut frame = vec![first];
        match u8::try_from(payload.len()) {
            Ok(short @ ..126) => frame.push(0x80 | short),
            _ => frame
                .extend([&[0xfe], u16::try_from(payload.len()).unwrap().to_be_bytes().as_slice()].concat()),
        }
        frame.extend(mask);
        frame.extend(masked);
        frame
    }

    fn said(bytes: &[u8]) -> Vec<Said> {
        let mut inbox = Inbox::default();
        inbox.feed(bytes);
        std::iter::from_fn(|| inbox.take()).take(5).collect()
    }

    #[test]
    fn texts_in_one_piece_or_in_several_and_pings_between_are_understood() {
        let whole = [frame(0x81, b"hello"), frame(0x8a, b"")].concat();
        assert_eq!(said(&whole), [Said::Text(b"hello".to_vec()), Said::Pong]);
        let pieces = [frame(0x01, b"hel"), frame(0x89, b"?"), frame(0x80, b"lo"), frame(0x88, b"")].concat();
        assert_eq!(said(&pieces), [Said::Ping(b"?".to_vec()), Said::Text(b"hello".to_vec()), Said::Close]);
    }

    #[test]
    fn what_is_too_long_or_against_the_protocol_is_wrong() {
        let unmasked = vec![0x81, 1, b'a'];
        let (binary, orphan, reserved) = (frame(0x82, b"a"), frame(0x80, b"a"), frame(0xc1, b"a"));
        for bytes in [unmasked, binary, orphan, reserved, frame(0x81, &[b'a'; 513]), frame(0x09, b"?")] {
            assert_eq!(said(&bytes).first(), Some(&Said::Wrong), "{bytes:?}");
        }
        assert_eq!(said(&frame(0x81, &[b'a'; 512])), [Said::Text(vec![b'a'; 512])]);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_arrive(texts in prop::collection::vec("[a-z]{0,200}", 1..5), cut in 1_usize..40) {
            let bytes: Vec<u8> = texts.iter().flat_map(|text| frame(0x81, text.as_bytes())).collect();
            let (mut inbox, mut heard) = (Inbox::default(), Vec::new());
            for piece in bytes.chunks(cut) {
                inbox.feed(piece);
                heard.extend(std::iter::from_fn(|| inbox.take()));
            }
            let texts: Vec<_> = texts.into_iter().map(|text| Said::Text(text.into_bytes())).collect();
            prop_assert_eq!(heard, texts);
        }

        #[test]
        fn nothing_that_a_client_sends_is_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            said(&bytes);
        }
    }
}
