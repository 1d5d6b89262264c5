//! `queue-gate verify`: recomputes a draw from what is published of it, and says yes or exactly what differs.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use contracts::{lobby::PlaceId, place::Lane};
use ring::digest;

use super::{ALGORITHM, Listed, Seed, commitment, published::Published, ranked};

/// What to verify.
#[derive(Clone, Debug, Args)]
#[command(about = "Recomputes a draw from what is published of it, and says yes or exactly what differs.")]
pub struct Verify {
    /// The room: `https://…/queue/{roomId}`. Draw, list and order are read from there.
    #[arg(long, conflicts_with_all = ["file", "entries", "order"], required_unless_present = "file")]
    pub url: Option<url::Url>,
    /// A file with the answer of `GET /queue/{roomId}/draw`.
    #[arg(long, requires = "entries")]
    pub file: Option<PathBuf>,
    /// A file with the answer of `GET /queue/{roomId}/draw/entries`.
    #[arg(long)]
    pub entries: Option<PathBuf>,
    /// A file with the answer of `GET /queue/{roomId}/draw/entries?order=rank`; without it only the list is verified.
    #[arg(long)]
    pub order: Option<PathBuf>,
    /// A place id whose rank is to be said: the one on one's receipt.
    #[arg(long)]
    pub place: Option<PlaceId>,
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The draw.
    pub draw: Published,
    /// The list by place id.
    pub entries: String,
    /// The list as it was drawn, where it is at hand.
    pub order: Option<String>,
}

/// The order of `evidence` as this program computes it, the first rank first.
///
/// # Errors
/// Everything that differs from what is published, a sentence each.
pub fn verify(evidence: &Evidence) -> Result<Vec<Listed>, Vec<String>> {
    let Evidence { draw, entries, order } = evidence;
    let mut wrong = Vec::new();
    if draw.algorithm != ALGORITHM {
        wrong.push(format!("The draw is computed by {}; this program knows {ALGORITHM}.", draw.algorithm));
    }
    let list = read_list(entries, &mut wrong);
    if draw.entries.map(usize::try_from) != Some(Ok(list.len())) {
        let said = draw.entries.map_or("none yet".to_owned(), |count| count.to_string());
        wrong.push(format!("The list has {} entries; the draw says {said}.", list.len()));
    }
    let computed = hex::encode(digest::digest(&digest::SHA256, entries.as_bytes()));
    match &draw.digest {
        Some(said) if *said == computed => {}
        said => wrong.push(format!(
            "The list's SHA-256 is {computed}; the draw says {}.",
            said.as_deref().unwrap_or("nothing yet")
        )),
    }
    let drawn = drawn(draw, &list, &mut wrong);
    if let (Some(drawn), Some(order)) = (&drawn, order) {
        compare(drawn, order, &mut wrong);
    }
    match drawn {
        Some(drawn) if wrong.is_empty() => Ok(drawn),
        _ => Err(wrong),
    }
}

/// The entries of the list, which must be in the order of their place ids, each once.
fn read_list(text: &str, wrong: &mut Vec<String>) -> Vec<Listed> {
    let mut list: Vec<Listed> = Vec::with_capacity(text.len() / 33);
    for (line, text) in (1..).zip(text.split_terminator('\n')) {
        match text.parse::<Listed>() {
            Ok(entry) if list.last().is_none_or(|last| last.place < entry.place) => list.push(entry),
            Ok(entry) => {
                wrong.push(format!(
                    "Line {line} of the list, {entry}, does not come after the line before it."
                ));
                break;
            }
            Err(error) => {
                wrong.push(format!("Line {line} of the list is no entry: {error}."));
                break;
            }
        }
    }
    list
}

/// The order of `list`; `None` where the seed is not what it must be.
fn drawn(draw: &Published, list: &[Listed], wrong: &mut Vec<String>) -> Option<Vec<Listed>> {
    let bytes32 = |text: &str| hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let Some(seed) = draw.seed.as_deref().and_then(bytes32).map(Seed::from_bytes) else {
        wrong.push(match &draw.seed {
            None => "The seed is not published yet.".to_owned(),
            Some(_) => "The seed is not 32 bytes in hex.".to_owned(),
        });
        return None;
    };
    let committed = hex::encode(commitment(&seed));
    if committed != draw.commitment {
        wrong.push(format!("The seed's SHA-256 is {committed}; committed to was {}.", draw.commitment));
    }
    if draw.beacon.is_some() != draw.beacon_value.is_some() {
        wrong.push("A public value was named, but none is published; or the other way about.".to_owned());
    }
    let digest = draw.digest.as_deref().and_then(bytes32)?;
    let place = |index: usize| list[index].place;
    let order = ranked(&seed, &digest, draw.beacon_value.as_deref(), &place, list.len());
    Some(order.into_iter().filter_map(|index| list.get(usize::try_from(index).ok()?).copied()).collect())
}

fn compare(drawn: &[Listed], order: &str, wrong: &mut Vec<String>) {
    let published: Vec<_> = order.split_terminator('\n').collect();
    if published.len() != drawn.len() {
        wrong.push(format!("{} places are drawn; published are {}.", drawn.len(), published.len()));
    }
    let first =
        (1..).zip(drawn.iter().zip(published)).find(|(_, (ours, theirs))| ours.to_string() != **theirs);
    if let Some((rank, (ours, theirs))) = first {
        wrong.push(format!("Rank {rank} is {ours}; published is {theirs}."));
    }
}

/// Verifies what is asked and says the outcome on the standard output.
pub fn run(asked: &Verify) -> ExitCode {
    match read(asked).map(|evidence| (verify(&evidence), evidence.order.is_some())) {
        Err(error) => say(&format!("Nothing was verified: {error:#}"), 2),
        Ok((Err(wrong), _)) => say(&format!("This draw is not what it says.\n{}", wrong.join("\n")), 1),
        Ok((Ok(drawn), whole)) => {
            let what = if whole { "seed, list and order" } else { "seed and list" };
            let mut words = format!("Verified: {what} of {} entries.", drawn.len());
            if let Some(place) = asked.place {
                words.push_str(&rank_of(&drawn, place));
            }
            say(&words, 0)
        }
    }
}

/// Which rank `place` has, and which in its lane where that is another than `main`.
fn rank_of(drawn: &[Listed], place: PlaceId) -> String {
    let Some(rank) = drawn.iter().position(|entry| entry.place == place) else {
        return format!("\n{place} is not on the list.");
    };
    let lane = drawn[rank].lane;
    let in_lane = drawn[..rank].iter().filter(|entry| entry.lane == lane).count() + 1;
    match lane {
        Lane::MAIN => format!("\n{place} has rank {}.", rank + 1),
        lane => {
            format!("\n{place} has rank {}, and is number {in_lane} of lane {}.", rank + 1, lane.number())
        }
    }
}

fn say(words: &str, code: u8) -> ExitCode {
    // Nobody reads it any more: the code says the same.
    drop(writeln!(std::io::stdout(), "{words}"));
    ExitCode::from(code)
}

/// Why there is nothing to verify.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file.
    #[error("a file cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// The gate.
    #[error("the gate did not answer: {0}")]
    Gate(#[from] reqwest::Error),
    /// What is there is no draw.
    #[error("what is there is no draw: {0}")]
    Draw(#[from] serde_json::Error),
    /// Neither a URL nor files.
    #[error("give --url, or --file and --entries")]
    Nothing,
}

fn read(asked: &Verify) -> Result<Evidence, ReadError> {
    if let Some(url) = &asked.url {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        return runtime.block_on(fetch(url));
    }
    let (Some(draw), Some(entries)) = (&asked.file, &asked.entries) else { return Err(ReadError::Nothing) };
    Ok(Evidence {
        draw: serde_json::from_str(&std::fs::read_to_string(draw)?)?,
        entries: std::fs::read_to_string(entries)?,
        order: asked.order.as_ref().map(std::fs::read_to_string).transpose()?,
    })
}

async fn fetch(room: &url::Url) -> Result<Evidence, ReadError> {
    let client = reqwest::Client::new();
    let base = room.as_str().trim_end_matches('/');
    let get = async |path: &str| {
        let answer = client.get(format!("{base}{path}")).header("accept", "application/json").send().await?;
        answer.error_for_status()?.text().await
    };
    Ok(Evidence {
        draw: serde_json::from_str(&get("/draw").await?)?,
        entries: get("/draw/entries").await?,
        order: Some(get("/draw/entries?order=rank").await?),
    })
}
