//! As much of DER (X.690) as a signature needs: writing values, and reading the fields of a certificate.

/// A value: tag, length, content.
pub(super) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = content.len();
    if length < 128 {
        bytes.extend(u8::try_from(length));
    } else {
        let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        bytes.extend(u8::try_from(digits.len()).map(|count| 0x80 | count));
        bytes.extend(digits);
    }
    bytes.extend_from_slice(content);
    bytes
}

/// A value made of others.
pub(super) fn nested(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    value(tag, &parts.concat())
}

/// `SEQUENCE`.
pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    nested(0x30, parts)
}

/// `SET OF`: in the order of their encodings.
pub(super) fn set(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    value(0x31, &parts.concat())
}

/// Reads values one after the other.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

/// A value that was read.
pub(super) struct Read<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// With its tag and length.
    pub(super) whole: &'a [u8],
}

impl<'a> Reader<'a> {
    /// The next value; `None` where there is none.
    pub(super) fn next(&mut self) -> Option<Read<'a>> {
        let input = self.0;
        let (tag, rest) = input.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = if first & 0x80 == 0 {
            (usize::from(*first), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            if digits.len() > 4 {
                return None;
            }
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        };
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some(Read { tag: *tag, content, whole: &input[..input.len() - after.len()] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_whatever_its_length() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let bytes = sequence(&[&value(4, &content), &value(2, &[1])]);
            let outer = Reader(&bytes).next().unwrap();
            assert_eq!((outer.tag, outer.whole), (0x30, bytes.as_slice()));
            let mut inner = Reader(outer.content);
            assert_eq!(inner.next().unwrap().content, content);
            assert_eq!(inner.next().unwrap().content, [1]);
            assert!(inner.next().is_none());
        }
        for bad in [&[0x30][..], &[0x30, 5, 1], &[0x30, 0x85, 0, 0, 0, 0, 1], &[0x30, 0x82, 1]] {
            assert!(Reader(bad).next().is_none(), "{bad:?}");
        }
    }
}
