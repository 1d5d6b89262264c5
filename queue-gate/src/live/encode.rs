//! Frames of a WebSocket as bytes (RFC 6455 section 5.2), a server's: without a mask.

/// The longest head of a frame that is written here.
const HEAD: usize = 4;

/// A buffer in which frames are written, one after the other.
#[derive(Debug, Default)]
pub struct Encoder(Vec<u8>);

impl Encoder {
    /// A text frame whose payload `write` appends, and the payload.
    ///
    /// # Errors
    /// What `write` says.
    pub fn text<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(&[u8], &[u8]), E> {
        self.0.clear();
        self.0.extend([0; HEAD]);
        write(&mut self.0)?;
        let length = self.0.len() - HEAD;
        let start = match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ ..126), _) => {
                self.0[2..HEAD].copy_from_slice(&[0x81, short]);
                2
            }
            (_, Ok(long)) => {
                let [high, low] = long.to_be_bytes();
                self.0[..HEAD].copy_from_slice(&[0x81, 126, high, low]);
                0
            }
            // Longer than anything that is said here; it would be cut rather than sent wrongly.
            (_, Err(_)) => HEAD,
        };
        Ok((&self.0[start..], &self.0[HEAD..]))
    }
}

/// A close frame; `reason` is short.
pub(super) fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    let reason = &reason.as_bytes()[..reason.len().min(100)];
    let length = u8::try_from(reason.len() + 2).unwrap_or(2);
    [&[0x88, length], code.to_be_bytes().as_slice(), reason].concat()
}
