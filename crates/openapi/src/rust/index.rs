//! The types of the services and of what they share, by the files in which they stand.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, Result, bail};
use syn::{Attribute, File, Ident, Item, UseTree};

use crate::at;

/// Where the types of answers stand.
const FOLDERS: [&str; 4] = ["booking-api/src", "queue-gate/src", "search-api/src", "crates/contracts/src"];

/// A type that `serde` writes.
pub(super) struct Type {
    /// The file, from the root of the workspace.
    pub(super) file: String,
    pub(super) item: Item,
}

/// Every type, found by its name.
pub struct Index {
    types: Vec<(String, Type)>,
    /// What a file calls by which path.
    uses: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Ids that are UUIDs, and references that are texts: macros declare them.
    pub(super) uuids: BTreeSet<String>,
    pub(super) texts: BTreeSet<String>,
}

impl Index {
    /// Reads all files.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn read() -> Result<Self> {
        let (types, uses) = (Vec::new(), BTreeMap::new());
        let mut index = Self { types, uses, uuids: BTreeSet::new(), texts: BTreeSet::new() };
        for folder in FOLDERS {
            index.walk(folder, &at(folder))?;
        }
        Ok(index)
    }

    fn walk(&mut self, name: &str, folder: &Path) -> Result<()> {
        let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                self.walk(&name, &entry.path())?;
            } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(entry.path())?;
                let file = syn::parse_file(&text).with_context(|| name.clone())?;
                self.take(&name, file);
            }
        }
        Ok(())
    }

    fn take(&mut self, name: &str, file: File) {
        for item in file.items {
            let known = match &item {
                Item::Struct(item) if is_written(&item.attrs) => item.ident.to_string(),
                Item::Enum(item) if is_written(&item.attrs) => item.ident.to_string(),
                Item::Use(item) => {
                    let uses = self.uses.entry(name.to_owned()).or_default();
                    names(&item.tree, &mut Vec::new(), uses);
                    continue;
                }
                Item::Macro(item) if item.mac.path.is_ident("id") => {
                    self.uuids.extend(idents(&item.mac.tokens.to_string()).last().map(str::to_owned));
                    continue;
                }
                Item::Macro(item) if item.mac.path.is_ident("reference") => {
                    let tokens = item.mac.tokens.to_string();
                    self.texts.extend(idents(&tokens).find(|name| name.ends_with("Ref")).map(str::to_owned));
                    continue;
                }
                _ => continue,
            };
            self.types.push((known, Type { file: name.to_owned(), item }));
        }
    }

    /// The type that `mark` names: a file, `#`, and a name.
    pub(super) fn at(&self, mark: &str) -> Result<(&str, &str)> {
        let (file, name) = mark.split_once('#').context("a type is named as {file}#{type}")?;
        let found = self.types.iter().find(|(known, found)| known == name && found.file == file);
        let (name, found) = found.with_context(|| format!("{mark} is not there, or not written by serde"))?;
        Ok((found.file.as_str(), name.as_str()))
    }

    pub(super) fn get(&self, (file, name): (&str, &str)) -> Option<&Type> {
        self.types.iter().find(|(known, found)| known == name && found.file == file).map(|(_, found)| found)
    }

    /// The type that `file` means by this path.
    pub(super) fn meant(&self, file: &str, path: &[String]) -> Result<(&str, &str)> {
        let Some((first, rest)) = path.split_first() else { bail!("an empty path") };
        let used = self.uses.get(file).and_then(|uses| uses.get(first));
        let whole: Vec<_> = used
            .map_or_else(|| vec![first.clone()], Clone::clone)
            .into_iter()
            .chain(rest.iter().cloned())
            .collect();
        let Some((name, modules)) = whole.split_last() else { bail!("an empty path") };
        let named: Vec<_> = self.types.iter().filter(|(known, _)| known == name).collect();
        if modules.is_empty()
            && let Some((name, found)) = named.iter().find(|(_, found)| found.file == file)
        {
            return Ok((found.file.as_str(), name.as_str()));
        }
        let modules: Vec<_> =
            modules.iter().filter(|part| !["crate", "self", "super"].contains(&part.as_str())).collect();
        let fits = |found: &Type| {
            let of = module(&found.file);
            // What is exported further out is found by the folder.
            modules.iter().all(|part| of.contains(part))
        };
        let near = |found: &Type| {
            let from_other = modules.first().is_some_and(|part| *part == "contracts");
            from_other || found.file.split('/').next() == file.split('/').next()
        };
        let fitting: Vec<_> = named.iter().filter(|(_, found)| fits(found)).collect();
        let nearer: Vec<_> = fitting.iter().filter(|(_, found)| near(found)).collect();
        let nearest = nearer.iter().min_by_key(|(_, found)| distance(file, &found.file));
        match (fitting.as_slice(), nearest) {
            ([(name, found)], _) | (_, Some((name, found))) => Ok((found.file.as_str(), name.as_str())),
            _ => bail!("{} of {file} is not there, or not written by serde", path.join("::")),
        }
    }
}

/// How many folders apart two files are.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<_>, Vec<_>) = (one.split('/').collect(), other.split('/').collect());
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    one.len() + other.len() - 2 * same
}

/// The modules of a file, its crate first.
fn module(file: &str) -> Vec<String> {
    let parts = file.trim_end_matches(".rs").split('/');
    parts
        .filter(|part| !["src", "mod", "lib", "crates"].contains(part))
        .map(|part| part.replace('-', "_"))
        .collect()
}

fn is_written(attributes: &[Attribute]) -> bool {
    let mut derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derives.any(|derive| {
        let mut found = false;
        // What else is derived, and how it is written, is nobody's matter here.
        let _ = derive.parse_nested_meta(|meta| {
            found |= meta.path.segments.last().is_some_and(|last| last.ident == "Serialize");
            Ok(())
        });
        found
    })
}

fn names(tree: &UseTree, path: &mut Vec<String>, uses: &mut BTreeMap<String, Vec<String>>) {
    let all = |last: &Ident, path: &[String]| {
        let last = last.to_string();
        path.iter().cloned().chain((last != "self").then_some(last)).collect::<Vec<_>>()
    };
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            names(&inner.tree, path, uses);
            path.pop();
        }
        UseTree::Name(name) => {
            let all = all(&name.ident, path);
            uses.extend(all.last().cloned().map(|last| (last, all)));
        }
        UseTree::Rename(name) => {
            uses.insert(name.rename.to_string(), all(&name.ident, path));
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, path, uses)),
        UseTree::Glob(_) => {}
    }
}

/// The words of tokens, without those between quotes.
fn idents(tokens: &str) -> impl Iterator<Item = &str> {
    let outside = tokens.split('"').step_by(2);
    let words =
        outside.flat_map(|text| text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_'));
    words.filter(|word| word.starts_with(|first: char| first.is_ascii_uppercase()))
}
