//! What a browser or an app is called in the list of sessions.

/// The longest name that an app gives itself here.
const LONGEST: usize = 40;

/// What a `User-Agent` contains, and what that is called; the first that fits, because most say that they are others too.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// A few words for who sends this `User-Agent`: enough to know one's own again, too little to tell people apart.
pub fn label(user_agent: Option<&str>) -> String {
    let Some(said) = user_agent else { return "unknown".to_owned() };
    let find =
        |names: [(&str, &'static str); 7]| names.iter().find(|(part, _)| said.contains(part)).map(|of| of.1);
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => {
            let product = said.split(['/', ' ']).next().unwrap_or_default();
            let name: String = product.chars().filter(char::is_ascii_graphic).take(LONGEST).collect();
            if name.is_empty() { "unknown".to_owned() } else { name }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_with_its_system_and_an_app_by_its_own_name() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(label(Some(firefox)), "Firefox, Linux");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1";
        assert_eq!(label(Some(safari)), "Safari, iPhone");
        assert_eq!(label(Some("curl/8.5.0")), "curl");
        assert_eq!(label(Some("")), "unknown");
        assert_eq!(label(None), "unknown");
        assert_eq!(label(Some(&"x".repeat(500))).len(), LONGEST);
    }
}
