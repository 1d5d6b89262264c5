//! In which language somebody reads a page: the one that they chose, else the one that their browser likes best among ours,
//! else English.

use std::borrow::Cow;

use contracts::language::Language;
use serde::Serialize;
use url::form_urlencoded;

/// The cookie that keeps what somebody chose, on all pages.
pub const COOKIE: &str = "__Host-usher_language";
/// The parameter by which somebody chooses.
pub const PARAMETER: &str = "lang";

/// A language, and whether it was chosen just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The language of the answer.
    pub language: Language,
    /// Whether the request asked for it by `?lang=`: then the answer has to keep it.
    pub is_new: bool,
}

impl Choice {
    /// What a request wants with this `query`, these values of [`COOKIE`] and this `Accept-Language` (RFC 9110, 12.5.4; several
    /// fields are joined by commas before). What is none of ours counts as not said.
    pub fn of<'a>(
        query: Option<&str>,
        cookies: impl IntoIterator<Item = &'a str>,
        accept_language: Option<&str>,
    ) -> Self {
        let is_new = query.and_then(asked).is_some();
        Self { language: first(&Self::wishes(query, cookies, accept_language)), is_new }
    }

    /// The languages that a request wants, the one that it wants most first: for a page that is not in all of them.
    pub fn wishes<'a>(
        query: Option<&str>,
        cookies: impl IntoIterator<Item = &'a str>,
        accept_language: Option<&str>,
    ) -> Vec<Language> {
        let said = query.and_then(asked).into_iter().chain(cookies.into_iter().filter_map(Language::of));
        said.chain(accept_language.map(Language::all_liked).unwrap_or_default()).collect()
    }

    /// The value of `Set-Cookie` that keeps a new choice for a year; `None` where nothing is new.
    pub fn cookie(self) -> Option<String> {
        let code = self.language.code();
        self.is_new
            .then(|| format!("{COOKIE}={code}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000"))
    }
}

/// The language of a page that is in all of ours, for somebody with these [`Choice::wishes`].
pub fn first(wishes: &[Language]) -> Language {
    wishes.first().copied().unwrap_or_default()
}

/// What a page in several languages depends on, for `Vary`: beside `accept`, where the path has other answers.
pub const VARY: &str = "accept-language, cookie";

fn asked(query: &str) -> Option<Language> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == PARAMETER).and_then(|(_, value)| Language::of(&value))
}

/// A link to the same page in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The language's code.
    pub code: &'static str,
    /// What it calls itself.
    pub name: &'static str,
    /// Where the page is in it.
    pub address: String,
    /// Whether the page is in it already.
    pub is_current: bool,
}

/// Links to the page at `path` with `query` in each language; what else the query says stays.
pub fn links(language: Language, path: &str, query: Option<&str>) -> Vec<Link> {
    links_to(&Language::ALL, language, path, query)
}

/// Links to the page at `path` with `query` in each of `languages`.
pub fn links_to(languages: &[Language], language: Language, path: &str, query: Option<&str>) -> Vec<Link> {
    let link = |to: Language| {
        let kept = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let kept = kept.filter(|(name, _): &(Cow<'_, str>, _)| name != PARAMETER);
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(kept).append_pair(PARAMETER, to.code());
        Link {
            code: to.code(),
            name: crate::own_name(to),
            address: format!("{path}?{}", pairs.finish()),
            is_current: to == language,
        }
    };
    languages.iter().copied().map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_goes_before_what_a_browser_likes() {
        let of = |query, cookie: Option<&str>, liked| Choice::of(query, cookie, liked);
        let old = |language| Choice { language, is_new: false };
        let new = |language| Choice { language, is_new: true };
        assert_eq!(of(Some("a=b&lang=ja"), Some("es"), Some("de")), new(Language::Ja));
        assert_eq!(of(Some("a=b"), Some("es"), Some("de")), old(Language::Es));
        assert_eq!(of(Some("lang=xx"), None, Some("fr, de;q=0.7, pt;q=0.9")), old(Language::Pt));
        assert_eq!(of(None, Some("klingon"), Some("de;q=0")), old(Language::En));
        assert_eq!(of(None, None, None), old(Language::En));
    }

    #[test]
    fn wishes_come_in_their_order() {
        use Language::{De, En, Es, Ja, Pt};
        let wishes = |query, cookie: Option<&str>, liked| Choice::wishes(query, cookie, Some(liked));
        assert_eq!(
            wishes(Some("lang=ja"), Some("es"), "de;q=0.1, pt-BR, pt;q=0.2, en;q=0"),
            [Ja, Es, Pt, De]
        );
        assert_eq!(wishes(None, None, "fr, de;q=0.3, es;q=0.3, en"), [En, De, Es]);
        assert!(wishes(None, Some("klingon"), "fr").is_empty());
    }

    #[test]
    fn only_a_new_choice_is_kept() {
        assert_eq!(Choice::default().cookie(), None);
        let kept = Choice { language: Language::De, is_new: true }.cookie().unwrap();
        assert!(kept.starts_with("__Host-usher_language=de; Path=/; Secure"), "{kept}");
    }

    #[test]
    fn a_link_keeps_what_else_the_address_says() {
        let links = links(Language::De, "/search", Some("q=a+b&lang=de"));
        assert_eq!(links.len(), Language::ALL.len());
        let german = links.iter().find(|link| link.is_current).unwrap();
        assert_eq!((german.code, german.address.as_str()), ("de", "/search?q=a+b&lang=de"));
        assert_eq!(links[4].name, "日本語");
    }
}
