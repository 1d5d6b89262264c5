//! The pages that the gate renders itself: the queue page, the organizer's console, the reference. The other services render
//! theirs.
//!
//! A page is a template filled with values that are texts already; what is shown stands in the first HTML, and a script
//! from `/assets/gate` keeps it true. The console is the exception: all of it is made in the browser, by what `web/` builds.
//! No page holds a script or a style of its own: its policy forbids them, but for one line of the queue page, by its hash.

mod console;
pub mod entry;
pub mod handler;
pub mod queue;
pub mod reference;
mod web;
mod words;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

pub use handler::routes;
use minijinja::{Environment, Value};

/// A file under `/assets/gate`.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it, without what only its authors read.
    pub text: String,
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static ASSETS: LazyLock<[Asset; 5]> = LazyLock::new(|| {
    [
        ("gate.css", CSS, include_str!("asset/gate.css")),
        ("queue.js", SCRIPT, include_str!("asset/queue.js")),
        ("proof.js", SCRIPT, include_str!("asset/proof.js")),
        ("again.js", SCRIPT, include_str!("asset/again.js")),
        ("reference.css", CSS, include_str!("asset/reference.css")),
    ]
    .map(|(name, kind, text)| Asset { name, kind, text: lean(text) })
});

/// A script or a style without indentation and without lines that are only a comment. None of ours has a text over
/// several lines, which this would change.
pub fn lean(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Changes when the text does.
pub fn version(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

impl Asset {
    /// The file called `name`.
    pub fn find(name: &str) -> Option<&'static Self> {
        ASSETS.iter().find(|asset| asset.name == name)
    }

    /// Changes when the file does.
    pub fn version(&self) -> String {
        version(&self.text)
    }

    /// Where browsers find this version, which they may keep for ever.
    fn address(&self) -> String {
        format!("/assets/gate/{}?v={}", self.name, self.version())
    }
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    ::words::template::install(&mut templates, &words::WORDS);
    for (name, text) in [
        ("queue.html", include_str!("template/queue.html")),
        ("entry.html", include_str!("template/entry.html")),
        ("brand.html", include_str!("template/brand.html")),
        ("about.html", include_str!("template/about.html")),
        ("console.html", include_str!("template/console.html")),
        ("reference.html", include_str!("template/reference.html")),
        ("problem.html", include_str!("template/problem.html")),
    ] {
        templates.add_template(name, text).expect("a template of ours is well formed: a test renders each");
    }
    // Addresses of ours need no escaping, which would also write their slashes in six bytes each.
    let address = |asset: &Asset| (asset.name.replace('.', "_"), Value::from_safe_string(asset.address()));
    let addresses = ASSETS.iter().map(address);
    templates.add_global("asset", Value::from_pairs(addresses));
    templates.add_function("web", |name: &str| {
        Value::from_safe_string(web_assets::path(name).unwrap_or_default())
    });
    templates
});

/// The page `template`, filled with `values`, which are escaped.
///
/// # Errors
/// Never for a template of ours with the values that it asks for: a test renders each.
pub fn render(template: &str, values: Value) -> Result<String, minijinja::Error> {
    TEMPLATES.get_template(template)?.render(values)
}
