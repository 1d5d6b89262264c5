//! How else a path may be spelled. An origin that is not ours may decode twice, resolve dots, ignore case or cut what follows
//! a semicolon, and the gate does not know which. So a path is guarded when *any* reading of it is, and a rule lets a path
//! through only when there is but one way to read it. Pure.

/// How often an origin may decode; what still changes after that is guarded.
const DECODED: usize = 4;

/// The readings of a path, each as segments in lower case. `None` where nobody can say how an origin reads it: then it is
/// to be treated as guarded.
pub fn readings(path: &str) -> Option<[Vec<String>; 2]> {
    let mut text = path.to_owned();
    for _ in 0..DECODED {
        if !text.contains('%') {
            break;
        }
        text = decode(&text)?;
    }
    if text.contains('%') || text.chars().any(char::is_control) {
        return None;
    }
    // To upper case first: some letters meet only there.
    let text = text.replace('\\', "/").to_uppercase().to_lowercase();
    let (mut plain, mut resolved) = (Vec::new(), Vec::new());
    for segment in text.split('/') {
        let segment = segment.split(';').next().unwrap_or_default().trim();
        match segment {
            "" | "." => {}
            ".." => {
                plain.push(segment.to_owned());
                resolved.pop();
            }
            _ => {
                // Windows drops trailing dots and spaces, and a segment of nothing else has meant strange places.
                let name = segment.trim_end_matches(['.', ' ']);
                if name.is_empty() {
                    return None;
                }
                plain.push(name.to_owned());
                resolved.push(name.to_owned());
            }
        }
    }
    Some([plain, resolved])
}

/// Decodes each `%xx` once. `None` where a `%` is followed by anything else, or where the bytes are no text.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let pair = std::str::from_utf8(after.get(..2)?).ok()?;
            let is_hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            bytes.push(u8::from_str_radix(pair, 16).ok().filter(|_| is_hex)?);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Whether there is but one way to read `path`: no escapes, no empty or dotted segments, no parameters, nothing beyond ASCII.
pub fn is_plain(path: &str) -> bool {
    let is_plain_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~!$'()+,:@=&".contains(&byte);
    let Some(rest) = path.strip_prefix('/') else { return false };
    // A slash at the end is one segment without a name.
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    path.bytes().all(is_plain_byte)
        && (path == "/" || rest.split('/').all(|segment| !segment.is_empty() && !segment.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_origin_may_do_to_a_path_is_one_of_its_readings() {
        for path in [
            "/tickets/buy",
            "//tickets///buy/",
            "/TICKETS/Buy",
            "/%74ickets/buy",
            "/%2574ickets%252Fbuy",
            "/tickets%2fbuy",
            "/tickets%5cbuy",
            "/tickets\\buy",
            "/x/../tickets/./buy",
            "/x/%2e%2e/tickets/buy",
            "/x/..;/tickets/buy",
            "/tickets;v=1/buy;x",
            "/tickets./buy..",
            "/tickets%20/buy",
            "/ticket\u{17f}/buy",
        ] {
            let read = readings(path).unwrap();
            assert!(read.iter().any(|segments| segments == &["tickets", "buy"]), "{path}: {read:?}");
            assert!(path.eq_ignore_ascii_case("/tickets/buy") || !is_plain(path), "{path}");
        }
    }

    #[test]
    fn what_nobody_can_read_for_sure_is_no_reading() {
        for path in [
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%+1",
            "/%c0%af",
            "/a%00",
            "/%u0074ickets",
            "/.../a",
            "/%25252525252541",
        ] {
            assert_eq!(readings(path), None, "{path}");
        }
    }

    #[test]
    fn a_plain_path_is_one_that_is_read_in_one_way() {
        for path in ["/", "/a", "/a/b.html", "/a/b/", "/A-b_c~1/x:y@z"] {
            assert!(is_plain(path), "{path}");
        }
        for path in
            ["", "a", "*", "//", "/a//b", "/a/../b", "/a/.", "/a./b", "/a%62", "/a;b", "/a\\b", "/é", "/a b"]
        {
            assert!(!is_plain(path), "{path}");
        }
    }
}
