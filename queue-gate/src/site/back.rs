//! Where a fan goes who has come through the line: back to what they asked for, and never to another site. Pure.

use super::{Site, spelling};

/// The longest return address.
const BACK_MAX: usize = 2000;

/// `asked`, if it is a path of `site` that its line leads to; else the front of the site. Browsers take `//` and `/\` for
/// another host and skip tabs and line breaks, so an address with any of those is none.
pub fn back<'a>(site: &'a Site, asked: Option<&'a str>) -> &'a str {
    asked.filter(|asked| leads_inside(site, asked)).unwrap_or_else(|| site.front())
}

fn leads_inside(site: &Site, asked: &str) -> bool {
    let path = asked.split(['?', '#']).next().unwrap_or_default();
    asked.len() <= BACK_MAX
        && asked.starts_with('/')
        && !asked.starts_with("//")
        && asked.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>".contains(&byte))
        && !path.starts_with("/queue/")
        && spelling::readings(path).is_some()
        && site.guards(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;

    #[test]
    fn one_goes_back_to_what_one_asked_for() {
        let site = site(&["/tickets/*", "/checkout"]);
        for asked in ["/tickets", "/tickets/7?row=A&x=%2F", "/checkout", "/Tickets/7#top"] {
            assert_eq!(back(&site, Some(asked)), asked);
        }
        assert_eq!(back(&site, None), "/tickets");
    }

    #[test]
    fn a_return_address_never_leads_elsewhere() {
        let site = site(&["/*"]);
        for asked in [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /tickets",
            "javascript:alert(1)",
            "tickets",
            "",
            "/queue/x/leave",
            "/a\r\nset-cookie: x",
            "///evil.example",
            "/é",
            "/%09/evil.example",
            "/\"onclick=",
        ] {
            assert_eq!(back(&site, Some(asked)), "/", "{asked:?}");
        }
        assert_eq!(back(&super::super::tests::site(&["/tickets"]), Some("/about")), "/tickets");
        assert_eq!(back(&site, Some(&format!("/{}", "a".repeat(2000)))), "/");
    }
}
