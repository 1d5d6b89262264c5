//! Where mails go: an SMTP server or a folder.

use contracts::id::MessageId;
use lettre::Message;

use super::{folder::Folder, smtp::Smtp};
use crate::config::{RulesConfig, TransportConfig};

/// Where mails go.
#[derive(Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(Smtp),
    /// Into files.
    Folder(Folder),
}

/// The transport did not accept a mail.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The server refused, or is not there.
    #[error("the mail server did not accept the mail")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The file was not written.
    #[error("the mail was not written into the folder")]
    Folder(#[from] std::io::Error),
}

impl Transport {
    /// The transport that `config` names. An SMTP server need not be there yet.
    ///
    /// # Errors
    /// When the URL is none, or the folder cannot be made.
    pub async fn open(config: &TransportConfig, rules: &RulesConfig) -> anyhow::Result<Self> {
        match (&config.smtp_url, &config.mail_folder) {
            (Some(url), None) => Ok(Self::Smtp(Smtp::new(url, rules)?)),
            (None, Some(folder)) => Ok(Self::Folder(Folder::open(folder.clone()).await?)),
            _ => anyhow::bail!("exactly one of an SMTP server and a mail folder is needed"),
        }
    }

    /// Returns once the mail was accepted: by the server, or by the disk.
    ///
    /// # Errors
    /// When it was not, or nobody knows.
    pub async fn send(&self, id: MessageId, mail: &Message) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => Ok(smtp.send(mail).await?),
            Self::Folder(folder) => Ok(folder.put(id, mail).await?),
        }
    }
}
