//! The little stylesheet of a look. It follows from its colours alone, which stand in its address: so it is kept nowhere, any gate
//! can make it, and browsers may keep it for ever. Pure.

use super::{Colour, colour};

/// The grounds of `gate.css` that text stands on, by day.
const LIGHT: [&str; 3] = ["#ffffff", "#f4f3ef", "#eef1fc"];
/// The same by night.
const DARK: [&str; 3] = ["#1b202a", "#12151c", "#232b40"];

/// The colours of a look; none for the gate's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet(Option<[Colour; 2]>);

/// What one colour becomes on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shades {
    /// Of buttons: as it was given.
    pub accent: Colour,
    /// Of the text on them: black or white.
    pub on: Colour,
    /// Of links, and of what shows where one is: as it was given, or so much darker or lighter that it can be read.
    pub text: Colour,
}

impl Sheet {
    /// That of these colours; the second is for the night.
    pub fn of(accent: Option<Colour>, dark: Option<Colour>) -> Self {
        Self(accent.map(|accent| [accent, dark.unwrap_or(accent)]))
    }

    /// The one whose file is called `name`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.strip_suffix(".css")?;
        if name == "plain" {
            return Some(Self(None));
        }
        let (light, dark) = name.split_once('-')?;
        let read = |digits: &str| format!("#{digits}").parse().ok();
        let sheet = Self(Some([read(light)?, read(dark)?]));
        // One address each: no other spelling.
        (sheet.name().strip_suffix(".css") == Some(name)).then_some(sheet)
    }

    /// What its file is called.
    pub fn name(self) -> String {
        match self.0 {
            Some(colours) => {
                let [light, dark] = colours.map(|colour| colour.to_string().replace('#', ""));
                format!("{light}-{dark}.css")
            }
            None => "plain.css".to_owned(),
        }
    }

    /// What its colours become by day and by night.
    pub fn shades(self) -> Option<[Shades; 2]> {
        let [light, dark] = self.0?;
        let shades = |accent: Colour, end, grounds: [&str; 3]| {
            let grounds: Vec<Colour> = grounds.iter().filter_map(|ground| ground.parse().ok()).collect();
            Shades { accent, on: accent.text(), text: accent.readable(end, &grounds) }
        };
        Some([shades(light, colour::BLACK, LIGHT), shades(dark, colour::WHITE, DARK)])
    }

    /// What is in it.
    pub fn text(self) -> String {
        let colours = self.shades().map_or_else(String::new, |[light, dark]| {
            format!("{}\n@media (prefers-color-scheme:dark){{{}}}\n", rules(light), rules(dark))
        });
        // The colours last: what says the shape of an edge says its colour too.
        format!("{SHAPE}{colours}")
    }
}

fn rules(Shades { accent, on, text }: Shades) -> String {
    format!(
        ":root{{--main:{text};--on:{on}}}body{{border-top-color:{accent}}}.primary{{background:{accent};border-color:{text}}}"
    )
}

/// What no page has without a look: the edge, the logo, the texts.
const SHAPE: &str = "\
body{border-top:.375rem solid var(--main)}
.brand img{display:block;width:auto;max-width:min(14rem,60vw);height:auto;max-height:3rem}
@media (prefers-color-scheme:dark){.brand img{padding:.375rem;border-radius:.5rem;background:#fff}}
.about{text-align:start}
.about p{white-space:pre-line}
.about h2{margin:1.25rem 0 0}
.seen p{margin:.25rem 0}
.seen a{display:inline-block;padding:.375rem}
.seen [aria-current]{font-weight:700;text-decoration:none}
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::Asset;

    #[test]
    fn a_sheet_has_one_address_and_says_its_colours() {
        let sheet = Sheet::of("#ffd400".parse().ok(), None);
        assert_eq!(sheet.name(), "ffd400-ffd400.css");
        assert_eq!(Sheet::named("ffd400-ffd400.css"), Some(sheet));
        assert_eq!(Sheet::named("plain.css"), Some(Sheet::of(None, None)));
        for other in
            ["FFD400-ffd400.css", "ffd400.css", "ffd400-ffd40.css", "ffd400-ffd400-1.css", "plain", "}-{.css"]
        {
            assert_eq!(Sheet::named(other), None, "{other}");
        }
        let text = sheet.text();
        assert!(text.contains(".primary{background:#ffd400;") && text.contains("--on:#000000"), "{text}");
        let shape = text.find("border-top:").unwrap();
        assert!(shape < text.find("border-top-color:#ffd400").unwrap(), "{text}");
        assert!(!Sheet::of(None, None).text().contains(":root"));
    }

    #[test]
    fn what_is_measured_against_is_what_the_pages_stand_on() {
        let css = Asset::find("gate.css").unwrap().text.replace("#fff;", "#ffffff;");
        let (light, dark) = css.split_once("@media (prefers-color-scheme:dark)").unwrap();
        for (sheet, grounds) in [(light, LIGHT), (dark, DARK)] {
            for (name, ground) in ["card", "ground", "tint"].into_iter().zip(grounds) {
                let said = sheet.split_once(&format!("--{name}:")).unwrap().1.split([';', '}']).next();
                assert_eq!(said, Some(ground), "{name}");
            }
        }
    }
}
