//! A ZIP archive whose files are stored as they are (APPNOTE 4.3, method 0), all of the same old date: the same files
//! give the same bytes.

/// 1 January 1980, the first day that the format knows.
const DATE: u16 = 0x0021;

/// The archive of `files`. Their names are ASCII, and together they are far below 4 GiB.
pub(super) fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let start = bytes.len();
        let mut head = Vec::new();
        // Version 1.0, no flags, stored, time, date, checksum, sizes, length of the name, nothing more.
        for half in [10, 0, 0, 0, DATE] {
            head.extend_from_slice(&half.to_le_bytes());
        }
        head.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
        head.extend_from_slice(&word(content.len()));
        head.extend_from_slice(&word(content.len()));
        head.extend_from_slice(&half(name.len()));
        head.extend_from_slice(&[0; 2]);
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(content);
        directory.extend_from_slice(b"PK\x01\x02\x0A\x00");
        directory.extend_from_slice(&head);
        // No comment, first disk, no attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&word(start));
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, length) = (bytes.len(), directory.len());
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&half(files.len()));
    bytes.extend_from_slice(&half(files.len()));
    bytes.extend_from_slice(&word(length));
    bytes.extend_from_slice(&word(start));
    bytes.extend_from_slice(&[0; 2]);
    bytes
}

fn word(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

fn half(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}
