//! What pages load in a browser: built by `web/` into `web/snapshot`, which is committed and part of every program that
//! shows pages. No Node is needed to build or to run them.
//!
//! A file is called after its content, so that a browser keeps it for ever; [`path`] says where a page finds it, [`find`]
//! gives it, packed as its reader likes it best.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/snapshot/"]
#[exclude = "stamp"]
struct Snapshot;

/// Where the gate answers with these files.
pub const FOLDER: &str = "/assets/web/";

/// The names that pages know, and the files that they are now.
static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let manifest = Snapshot::get("manifest.json");
    manifest.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
});

/// A file, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The bytes, packed.
    pub bytes: Cow<'static, [u8]>,
    /// The media type.
    pub kind: &'static str,
    /// How it is packed; none where it is not.
    pub encoding: Option<&'static str>,
    /// The value of `ETag`, with its quotes: another one for each packing.
    pub etag: String,
}

/// The path of what a page knows as `event.js`; none of what is not built.
pub fn path(name: &str) -> Option<String> {
    NAMES.get(name).map(|file| format!("{FOLDER}{file}"))
}

/// The file with this name, for who accepts these encodings (the value of `Accept-Encoding`).
pub fn find(file: &str, accepts: &str) -> Option<Asset> {
    let kind = kind(file)?;
    let packed = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(coding, _)| takes(accepts, coding));
    let packed = packed.filter_map(|(coding, ending)| {
        Snapshot::get(&format!("{file}.{ending}")).map(|found| (Some(coding), found.data))
    });
    let (encoding, bytes) = packed.chain(Snapshot::get(file).map(|found| (None, found.data))).next()?;
    let etag = format!("\"{file}{}\"", encoding.map(|coding| format!("+{coding}")).unwrap_or_default());
    Some(Asset { bytes, kind, encoding, etag })
}

/// The media type by the end of the name; none for what no page loads.
fn kind(file: &str) -> Option<&'static str> {
    match file.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// Whether `Accept-Encoding` has a coding, and not with the weight 0.
fn takes(accepts: &str, coding: &str) -> bool {
    accepts.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = |weight: &str| weight.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
        is_named && !parts.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn a_page_finds_what_it_loads_packed_as_its_reader_likes() {
        for name in ["event.js", "checkout.js", "order.js", "console.js", "shop.css", "desk.css"] {
            let path = path(name).unwrap();
            let file = path.strip_prefix(FOLDER).unwrap();
            let plain = find(file, "").unwrap();
            let [brotli, gzip] =
                ["gzip, deflate, br", "gzip;q=1, br;q=0"].map(|accepts| find(file, accepts).unwrap());
            assert_eq!([plain.encoding, brotli.encoding, gzip.encoding], [None, Some("br"), Some("gzip")]);
            assert!(brotli.bytes.len() < plain.bytes.len() && gzip.bytes.len() < plain.bytes.len());
            assert_ne!(brotli.etag, gzip.etag);
        }
        assert_eq!(path("nothing.js"), None);
        for nothing in ["manifest.json", "stamp", "../Cargo.toml", "event.js", ""] {
            assert_eq!(find(nothing, "br"), None, "{nothing}");
        }
    }

    /// An island costs at most so much on the wire.
    #[test]
    fn check_33_no_island_is_larger_than_25_kilobytes() {
        for file in Snapshot::iter().filter(|file| file.ends_with(".gz")) {
            let size = Snapshot::get(&file).unwrap().data.len();
            assert!(size <= 25_000, "{file} has {size} bytes");
        }
    }

    /// The packed files that a script loads by and by, itself among them.
    fn loaded(name: &str) -> BTreeSet<String> {
        let scripts: Vec<_> = Snapshot::iter().filter(|file| file.ends_with(".js")).collect();
        let first = path(name).unwrap();
        let mut open = vec![first.strip_prefix(FOLDER).unwrap().to_owned()];
        let mut found = BTreeSet::new();
        while let Some(file) = open.pop() {
            let text = Snapshot::get(&file).unwrap().data;
            let text = String::from_utf8_lossy(&text);
            if found.insert(file) {
                let named = scripts.iter().filter(|script| text.contains(&format!("./{script}")));
                open.extend(named.map(|script| script.as_ref().to_owned()));
            }
        }
        found
    }

    fn packed(file: &str) -> usize {
        Snapshot::get(&format!("{file}.gz")).unwrap().data.len()
    }

    /// What a page of the console loads, with its style, whichever island it shows; each script; and the words of a language beside them.
    #[test]
    fn check_33_the_console_is_not_larger_than_60_kilobytes() {
        let scripts = loaded("console.js");
        assert!(scripts.len() > 4, "the islands of the console are found: {scripts:?}");
        assert!(
            scripts.iter().any(|file| file.starts_with("uPlot")),
            "and what draws its plots: {scripts:?}"
        );
        let size = |name: &str| packed(path(name).unwrap().strip_prefix(FOLDER).unwrap());
        // Each kind of page with the island that it shows, and the parts that the island loads beside what every page does: the live page
        // of a room, with its plots; its other tabs, without; the plan, events and venues; and what stands beside the rooms.
        let pages: [(&str, &str, &[&str]); 7] = [
            ("room", "room-", &["plot-", "uPlot"]),
            ("tabs", "room-", &["tabs-", "heard-"]),
            ("plan", "plan-", &["camera-", "body-"]),
            ("edit", "catalog-", &["body-"]),
            ("venues", "catalog-", &["body-"]),
            ("event", "rest-", &["plot-", "uPlot"]),
            ("webhooks", "rest-", &[]),
        ];
        let parts: BTreeSet<&str> =
            pages.iter().flat_map(|(_, island, parts)| parts.iter().copied().chain([*island])).collect();
        for part in &parts {
            assert!(scripts.iter().any(|file| file.starts_with(part)), "{part} is a part: {scripts:?}");
        }
        for (page, island, own) in pages {
            let is_loaded = |file: &&String| {
                let part = parts.iter().find(|part| file.starts_with(**part));
                part.is_none_or(|part| *part == island || own.contains(part))
            };
            let loads: usize = scripts.iter().filter(is_loaded).map(|file| packed(file)).sum();
            let all = size("desk.css") + loads;
            assert!(all <= 60_000, "{page} has {all} bytes");
            for language in ["de", "es", "pt", "ja"] {
                let words: usize =
                    ["main", page].map(|part| size(&format!("words-{language}-{part}.js"))).iter().sum();
                assert!(words <= 6_000, "{page} in {language} has {words} bytes of words");
            }
        }
        for file in &scripts {
            assert!(packed(file) <= 25_000, "{file} has {} bytes", packed(file));
        }
    }

    fn web() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web")
    }

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    /// As `web/build.mjs` works it out.
    #[test]
    fn check_39_the_snapshot_was_built_from_these_sources() {
        let beside = ["build.mjs", "package-lock.json", "package.json", "tsconfig.json"];
        let mut sources: Vec<PathBuf> = beside.iter().map(|name| web().join(name)).collect();
        files(&web().join("src"), &mut sources);
        let name = |path: &Path| path.strip_prefix(web()).unwrap().to_string_lossy().replace('\\', "/");
        let mut sources: Vec<(String, PathBuf)> =
            sources.into_iter().map(|path| (name(&path), path)).collect();
        sources.sort();
        let mut hash = Sha256::new();
        for (name, path) in sources {
            let text = fs::read(path).unwrap();
            hash.update(format!("{name}\n{}\n", text.len()));
            hash.update(text);
        }
        let stamp = fs::read_to_string(web().join("snapshot/stamp")).unwrap();
        assert_eq!(stamp.trim(), hex::encode(hash.finalize()), "cargo xtask web builds it anew");
    }
}
