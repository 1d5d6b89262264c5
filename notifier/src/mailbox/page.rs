//! The pages' HTML.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::Letter;

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut all = Environment::new();
    all.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in
        [("list.html", include_str!("list.html")), ("letter.html", include_str!("letter.html"))]
    {
        all.add_template(name, source).expect("a template of ours that a test renders");
    }
    all
});

/// The list: each mail with its name.
pub(super) fn list(letters: &[(String, Letter)], limit: usize) -> Result<String, minijinja::Error> {
    let letters: Vec<_> = letters.iter().map(|(name, letter)| view(name, letter)).collect();
    PAGES.get_template("list.html")?.render(context! { letters, limit })
}

/// One mail.
pub(super) fn letter(letter: &Letter) -> Result<String, minijinja::Error> {
    PAGES.get_template("letter.html")?.render(context! { letter => view("", letter) })
}

fn view(name: &str, letter: &Letter) -> Value {
    let date = letter.date.map(|date| date.format("%-d %B %Y, %H:%M:%S UTC").to_string());
    let Letter { subject, to, html, text, .. } = letter.clone();
    context! { name, subject, to, html, text, date }
}
