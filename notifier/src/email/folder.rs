//! Mails into a folder, one file each. The file is named after the message, so a mail sent twice is one file.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use contracts::id::MessageId;
use lettre::Message;
use tokio::{fs, io::AsyncWriteExt};

/// A folder of mails, `MESSAGE.eml`. Message ids rise with time, so the names sort by age.
#[derive(Clone, Debug)]
pub struct Folder(Arc<PathBuf>);

/// The ending of a mail's file.
const ENDING: &str = "eml";

impl Folder {
    /// The folder at `path`, made if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn open(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path).await?;
        Ok(Self(Arc::new(path)))
    }

    /// Writes the mail down, whole or not at all: a reader never sees half a mail. Putting it again changes nothing.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put(&self, id: MessageId, mail: &Message) -> io::Result<()> {
        let (part, whole) = (self.0.join(format!("{id}.part")), self.0.join(format!("{id}.{ENDING}")));
        let mut file = fs::File::create(&part).await?;
        file.write_all(&mail.formatted()).await?;
        file.sync_all().await?;
        fs::rename(part, whole).await
    }

    /// The messages whose mails are here, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn newest(&self, limit: usize) -> io::Result<Vec<MessageId>> {
        let mut entries = fs::read_dir(self.0.as_path()).await?;
        let mut all = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            all.extend(message_of(&entry.path()));
        }
        all.sort_unstable_by(|one, other| other.cmp(one));
        all.truncate(limit);
        Ok(all)
    }

    /// The file of one mail; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn get(&self, id: MessageId) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.0.join(format!("{id}.{ENDING}"))).await {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn message_of(path: &Path) -> Option<MessageId> {
    if path.extension()? != ENDING {
        return None;
    }
    path.file_stem()?.to_str()?.parse().ok()
}
