//! The few bytes of HTTP and WebSocket that floors and clients speak: no more than the measurement needs.

use std::io::Write;

/// A part of what a server sent over a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A text.
    Text(&'a [u8]),
    /// It asks whether we are there.
    Ping(&'a [u8]),
    /// It closes.
    Close,
    /// Something else.
    Other,
}

/// The first frame of `bytes` and its length; `None` while it is not all there. For both directions: a mask is taken
/// off by nobody, since what clients say here is empty.
pub(super) fn piece(bytes: &[u8]) -> Option<(Piece<'_>, usize)> {
    let (kind, second) = (*bytes.first()? & 0x0f, *bytes.get(1)?);
    let (length, head) = match second & 0x7f {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        127 => return Some((Piece::Close, bytes.len())),
        short => (usize::from(short), 2),
    };
    let head = if second & 0x80 == 0 { head } else { head + 4 };
    let payload = bytes.get(head..head + length)?;
    let piece = match kind {
        1 => Piece::Text(payload),
        8 => Piece::Close,
        9 => Piece::Ping(payload),
        _ => Piece::Other,
    };
    Some((piece, head + length))
}

/// Writes a text frame with a position, as a gate does: about as long, and each fan's own.
pub(super) fn position(out: &mut Vec<u8>, round: u64, number: u64) {
    out.clear();
    out.extend([0x81, 126, 0, 0]);
    let ahead = number.saturating_sub(round);
    // Writing to memory does not fail.
    let _ = write!(
        out,
        r#"{{"v":1,"tick":{round},"state":"waiting","number":{},"ahead":{ahead},"behind":{number},"pace":0,"message":"r{round}"}}"#,
        4_294_967_296 + number
    );
    let length = u16::try_from(out.len() - 4).unwrap_or(u16::MAX).to_be_bytes();
    if out.len() - 4 < 126 {
        out[1] = length[1];
        out.drain(2..4);
    } else {
        out[2..4].copy_from_slice(&length);
    }
}

/// The number that follows `key`.
pub(super) fn number_after(text: &[u8], key: &[u8]) -> Option<u64> {
    let at = find(text, key)? + key.len();
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let mut found = None;
    for digit in digits {
        found = Some(found.unwrap_or(0_u64).wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    }
    found
}

/// Where `key` begins in `text`.
pub(super) fn find(text: &[u8], key: &[u8]) -> Option<usize> {
    text.windows(key.len()).position(|window| window == key)
}

/// The head of an HTTP message and where its body begins; `None` while it is not all there.
pub(super) fn head(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = find(bytes, b"\r\n\r\n")? + 4;
    Some((&bytes[..end], end))
}

/// The status in the head of an answer.
pub(super) fn status(head: &[u8]) -> u64 {
    number_after(head, b"HTTP/1.1 ").unwrap_or(0)
}

/// The number in a header field, whatever the case of its name.
pub(super) fn field(head: &[u8], name: &str) -> Option<u64> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    value.trim().parse().ok()
}

/// How long the body is of which `rest` is what came so far, in one piece or in chunks, which are left as they are; `None`
/// while it is not all there.
pub(super) fn body(head: &[u8], rest: &[u8]) -> Option<usize> {
    let in_chunks = head.split(|byte| *byte == b'\n').any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with(b"transfer-encoding:") && find(&line, b"chunked").is_some()
    });
    let length = if in_chunks {
        chunks(rest)?
    } else {
        usize::try_from(field(head, "content-length").unwrap_or(0)).unwrap_or(0)
    };
    (rest.len() >= length).then_some(length)
}

/// Where the last chunk ends; a trailer nobody sends here.
fn chunks(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = find(rest.get(at..)?, b"\r\n")?;
        let size = std::str::from_utf8(&rest[at..at + line]).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        at += line + 2 + size + 2;
        if size == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_short_and_long() {
        for (round, number) in [(1, 1), (7, 123_456_789)] {
            let mut out = Vec::new();
            position(&mut out, round, number);
            let (read, length) = piece(&out).unwrap();
            assert_eq!(length, out.len());
            let Piece::Text(text) = read else { panic!("no text: {read:?}") };
            serde_json::from_slice::<serde_json::Value>(text).unwrap();
            assert_eq!(number_after(text, br#""message":"r"#), Some(round));
            assert_eq!(number_after(text, br#""ahead":"#), Some(number - round));
            assert_eq!(piece(&out[..length - 1]), None);
        }
    }

    #[test]
    fn a_body_comes_in_one_piece_or_in_chunks() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
        assert_eq!((body(whole, b"bu"), body(whole, b"busyHTTP")), (None, Some(4)));
        assert_eq!(body(b"HTTP/1.1 304 Not Modified\r\n\r\n", b""), Some(0));
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let pieces = b"4\r\nbusy\r\nA\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(body(chunked, pieces), Some(pieces.len()));
        for length in 0..pieces.len() {
            assert_eq!(body(chunked, &pieces[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn heads_are_read_whatever_the_case_of_names() {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\ncontent-length: 4\r\n\r\nbusy";
        let (read, end) = head(answer).unwrap();
        assert_eq!(
            (status(read), field(read, "retry-after"), field(read, "Content-Length")),
            (503, Some(2), Some(4))
        );
        assert_eq!(&answer[end..], b"busy");
        assert_eq!(head(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
