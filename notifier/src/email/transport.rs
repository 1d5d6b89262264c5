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

impl SendError {
    /// Whether the server said for good that this mail will never be taken: most often because there is no such mailbox.
    pub fn is_for_good(&self) -> bool {
        match self {
            Self::Smtp(error) => error.status().is_some_and(|code| is_about_the_mail(code.into())),
            Self::Folder(_) => false,
        }
    }
}

/// Whether an answer is a refusal for good of the mail itself (RFC 5321, 4.2). Other answers that begin with 5 are about the
/// session: a password that is wrong today, a server that is no mail server. They say nothing of the mail, and may be mended.
fn is_about_the_mail(code: u16) -> bool {
    matches!(code, 550..=556)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_that_is_not_there_is_for_good_and_a_wrong_password_is_not() {
        for code in [550, 551, 552, 553, 554] {
            assert!(is_about_the_mail(code), "{code}");
        }
        for code in [250, 421, 450, 451, 452, 500, 502, 503, 521, 530, 534, 535] {
            assert!(!is_about_the_mail(code), "{code}");
        }
    }
}
