//! What stands over a type, a variant or a field: the words, and what `serde` is told.

use anyhow::{Result, bail};
use syn::{Attribute, Expr, Lit, LitStr, Meta, meta::ParseNestedMeta, token::Paren};

/// What `serde` is told of how to write.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute that stands there or does not")]
pub(super) struct Serde {
    pub(super) rename: Option<String>,
    pub(super) rename_all: Option<String>,
    pub(super) rename_all_fields: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) content: Option<String>,
    pub(super) into: Option<String>,
    pub(super) is_untagged: bool,
    pub(super) is_skipped: bool,
    pub(super) may_be_skipped: bool,
    pub(super) is_flat: bool,
}

impl Serde {
    /// Of these attributes.
    pub(super) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut said = Self::default();
        let mut unknown = None;
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                if !said.take(&word, &meta)? {
                    unknown = Some(word);
                }
                Ok(())
            })?;
        }
        match unknown {
            Some(word) => bail!("serde({word}) is not understood"),
            None => Ok(said),
        }
    }

    fn take(&mut self, word: &str, meta: &ParseNestedMeta<'_>) -> syn::Result<bool> {
        let text = || Ok::<_, syn::Error>(Some(meta.value()?.parse::<LitStr>()?.value()));
        match word {
            _ if meta.input.peek(Paren) => return Ok(false),
            "rename" => self.rename = text()?,
            "rename_all" => self.rename_all = text()?,
            "rename_all_fields" => self.rename_all_fields = text()?,
            "tag" => self.tag = text()?,
            "content" => self.content = text()?,
            "into" => self.into = text()?,
            "untagged" => self.is_untagged = true,
            "skip" | "skip_serializing" => self.is_skipped = true,
            "flatten" => self.is_flat = true,
            "skip_serializing_if" => {
                text()?;
                self.may_be_skipped = true;
            }
            // How it is read is told elsewhere, or written as if it were not said.
            "transparent" | "deny_unknown_fields" => {}
            "default" | "try_from" | "deserialize_with" | "alias" => {
                if meta.input.peek(syn::Token![=]) {
                    text()?;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What a field is called.
    pub(super) fn member(name: &str, rule: Option<&str>) -> String {
        let mut words = name.trim_start_matches("r#").split('_');
        match rule {
            Some("camelCase") => {
                let first = words.next().unwrap_or_default().to_owned();
                words.fold(first, |name, word| name + &capital(word))
            }
            Some("kebab-case") => words.collect::<Vec<_>>().join("-"),
            _ => words.collect::<Vec<_>>().join("_"),
        }
    }

    /// What a variant is called.
    pub(super) fn variant(name: &str, rule: Option<&str>) -> String {
        let apart = |sign: char| {
            let mut text = String::new();
            for (at, char) in name.char_indices() {
                if at > 0 && char.is_ascii_uppercase() {
                    text.push(sign);
                }
                text.push(char.to_ascii_lowercase());
            }
            text
        };
        match rule {
            Some("camelCase") => {
                let mut chars = name.chars();
                let first = chars.next().map(|char| char.to_ascii_lowercase());
                first.into_iter().chain(chars).collect()
            }
            Some("kebab-case") => apart('-'),
            Some("snake_case") => apart('_'),
            Some("lowercase") => name.to_lowercase(),
            _ => name.to_owned(),
        }
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|char| char.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// The documentation, as words for somebody who does not read the code.
pub(super) fn words(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(said) if said.path.is_ident("doc") => match &said.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<_> = lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    plain(&lines.join(" "))
}

/// Without the marks of links and code.
fn plain(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("`]").unwrap_or((part, ""));
        let rest =
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
        out = out + name + rest;
    }
    out.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_serde_writes_them() {
        assert_eq!(Serde::member("sales_start", Some("camelCase")), "salesStart");
        assert_eq!(Serde::member("r#type", Some("camelCase")), "type");
        assert_eq!(Serde::member("sales_start", None), "sales_start");
        assert_eq!(Serde::variant("AwaitingPayment", Some("camelCase")), "awaitingPayment");
        assert_eq!(Serde::variant("AwaitingPayment", Some("kebab-case")), "awaiting-payment");
        assert_eq!(Serde::variant("AwaitingPayment", None), "AwaitingPayment");
    }

    #[test]
    fn words_are_without_marks() {
        assert_eq!(
            plain("As [`Told`](crate::Told) says of `x`, see [`Other`]."),
            "As Told says of x, see Other."
        );
    }
}
