//! Sentences, numbers and the other languages in templates.
//!
//! - `{{ t("key") }}`, `{{ t("key", count=3, name=name) }}`: a sentence of the catalog in the language that the variable
//!   `language` names. What is filled in is escaped; where a value is safe HTML already (`"<b id=x></b>"|safe`) it stays, and all
//!   around it is escaped.
//! - `{{ number|count }}`: a whole number, as the language groups it.
//! - `{% include "languages.html" %}`: links to the page in the other languages; it wants the variable `languages`
//!   ([`crate::choice::links`]) and the sentence `languages`, which names the links for who cannot see them.

use std::fmt::{self, Write};

use contracts::language::Language;
use minijinja::{
    Environment, Error, ErrorKind, HtmlEscape, State, Value,
    value::{Kwargs, ValueKind},
};

use crate::{
    catalog::{Catalog, Fill},
    number,
    sentence::plainly,
};

/// The name of the template with the links.
pub const LANGUAGES: &str = "languages.html";

/// Adds the functions of this module to `environment`, with the sentences of `catalog`.
///
/// # Panics
/// Never: the template with the links is well formed, and a test renders it.
pub fn install(environment: &mut Environment<'static>, catalog: &'static Catalog) {
    environment.add_function("t", move |state: &State<'_, '_>, key: &str, with: Kwargs| {
        say(catalog, language(state)?, key, &with)
    });
    environment.add_filter("count", |state: &State<'_, '_>, count: u64| {
        Ok::<_, Error>(number::count(language(state)?, count))
    });
    environment
        .add_template(LANGUAGES, include_str!("languages.html"))
        .expect("the template of this crate is well formed");
}

fn language(state: &State<'_, '_>) -> Result<Language, Error> {
    let named = state.lookup("language").and_then(|name| Language::of(name.as_str()?));
    named.ok_or_else(|| Error::new(ErrorKind::UndefinedError, "`language` names none of our languages"))
}

fn say(catalog: &Catalog, language: Language, key: &str, with: &Kwargs) -> Result<Value, Error> {
    let given: Vec<(&str, Value)> =
        with.args().map(|name| Ok((name, with.get(name)?))).collect::<Result<_, Error>>()?;
    let is_html = given.iter().any(|(_, value)| value.is_safe());
    let fills: Vec<(&str, Fill<'_>)> =
        given.iter().map(|(name, value)| (*name, fill(value, is_html))).collect();
    let said = if is_html {
        catalog.write(language, key, &fills, escaped, plainly)
    } else {
        catalog.say(language, key, &fills)
    };
    let said = said.map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))?;
    Ok(if is_html { Value::from_safe_string(said) } else { Value::from(said) })
}

/// What `value` is in a sentence: in HTML, what is not safe yet is made so.
fn fill(value: &Value, is_html: bool) -> Fill<'static> {
    let count = if value.kind() == ValueKind::Number { value.as_i64() } else { None };
    if let Some(count) = count.and_then(|count| u64::try_from(count).ok()) {
        return Fill::Count(count);
    }
    let text = value.to_string();
    Fill::from(if is_html && !value.is_safe() { HtmlEscape(&text).to_string() } else { text })
}

fn escaped(out: &mut String, text: &str) -> fmt::Result {
    write!(out, "{}", HtmlEscape(text))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use minijinja::{context, value::Serde};

    use super::*;

    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        Catalog::new(|language| match language {
            Language::De => "left[one] = Ein Platz für {{ who }}\nleft[other] = {{ count }} Plätze für {{ who }}\nlanguages = Sprache",
            _ => "left[other] = {{ count }} & more for {{ who }}\nlanguages = Language",
        })
        .unwrap()
    });

    fn rendered(template: &'static str, values: Value) -> Result<String, Error> {
        let mut environment = Environment::new();
        install(&mut environment, &CATALOG);
        environment.add_template("page.html", template).unwrap();
        environment.get_template("page.html").unwrap().render(values)
    }

    #[test]
    fn a_sentence_of_a_template_is_in_its_language_and_escaped() {
        let values = context! { language => "de", count => 1234, who => "<Ada>" };
        let template = r#"{{ t("left", count=count, who=who) }} {{ count|count }}"#;
        assert_eq!(rendered(template, values).unwrap(), "1.234 Plätze für &lt;Ada&gt; 1.234");
        let values = context! { language => "en", count => 2, who => "a<b" };
        let template = r#"{{ t("left", count=count, who="<b id=x></b>"|safe) }}{{ t("left", count="<i>3</i>"|safe, who=who) }}"#;
        let error = rendered(template, values.clone()).unwrap_err();
        assert!(error.to_string().contains("count"), "{error}");
        let template = r#"{{ t("left", count=count, who="<b id=x></b>"|safe) }}"#;
        assert_eq!(rendered(template, values).unwrap(), "2 &amp; more for <b id=x></b>");
    }

    #[test]
    fn a_page_links_to_itself_in_the_other_languages() {
        let links = crate::choice::links(Language::De, "/x", None);
        let values = context! { language => "de", languages => Value::from(Serde(links)) };
        let html = rendered(r#"{% include "languages.html" %}"#, values).unwrap();
        assert!(html.contains(r#"aria-label="Sprache""#), "{html}");
        assert!(html.contains(r#"lang="de" aria-current="true">Deutsch</a>"#), "{html}");
        assert_eq!(html.matches("<a ").count(), 5);
    }

    #[test]
    fn a_page_without_a_language_is_an_error() {
        assert!(rendered(r#"{{ t("left", count=1, who="x") }}"#, context! {}).is_err());
        assert!(rendered(r#"{{ t("left", count=1, who="x") }}"#, context! { language => "fr" }).is_err());
    }
}
