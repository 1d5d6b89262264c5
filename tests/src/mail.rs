//! What came by mail, read from the folder of the file transport.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};

/// The mails in `folder` to this address, decoded enough to look for words in them.
pub fn to(folder: &Path, email: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mails = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    mails.filter(|mail| mail.contains(email)).map(|mail| decoded(&mail)).collect()
}

/// The text with quoted-printable undone, and all parts in base64 that are text appended.
pub fn decoded(mail: &str) -> String {
    let mut text = unquoted(mail);
    let head_and_body = |part: &'_ str| -> Option<(String, String)> {
        let (head, body) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n"))?;
        Some((head.to_ascii_lowercase(), body.split_whitespace().collect()))
    };
    for (head, body) in mail.split("\n--").filter_map(head_and_body) {
        if head.contains("base64") {
            let bytes = STANDARD.decode(body).unwrap_or_default();
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    text
}

/// RFC 2045 section 6.7, forgiving.
fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "").replace("=\n", "");
    let mut parts = joined.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        if let Some(byte) = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        } else {
            bytes.push(b'=');
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_through_its_encodings() {
        let mail = "To: a@x.example\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n--b\r\n\r\ncode=3D4=\r\n2\r\n";
        let text = decoded(mail);
        assert!(text.contains("Grüße") && text.contains("code=42"), "{text}");
    }
}
