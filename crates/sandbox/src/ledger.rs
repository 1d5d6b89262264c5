//! Everything that the sandbox remembers. Each change is a line of the journal before it counts, so that a restart
//! finds all that was answered; what was under way goes on.
//!
//! A line is given to the operating system, not forced onto the disk: the end of the process loses nothing, the end
//! of the machine may. It is a sandbox.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::{
    authorization::{Authorization, Dispute, State},
    callback::Callback,
};

/// One line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Entry {
    /// An amount was asked for.
    Asked {
        /// The key of the request.
        key: String,
        /// The request.
        request: String,
        /// What came of it.
        authorization: Authorization,
    },
    /// An authorization was decided, and the shop is to hear of it.
    Decided {
        /// Which one.
        id: String,
        /// How.
        state: State,
        /// What the shop hears.
        callbacks: Vec<Callback>,
    },
    /// A refund was refused by order of its token.
    RefundRefused {
        /// The key of the request.
        key: String,
        /// Which authorization.
        id: String,
    },
    /// The shop took a step.
    Stepped {
        /// The key of the request.
        key: String,
        /// The request.
        request: String,
        /// Which authorization.
        id: String,
        /// Where it stands now.
        state: State,
        /// How much was given back by now.
        #[serde(default)]
        refunded: i64,
    },
    /// A dispute was opened or decided, and the shop is to hear of it.
    Disputed {
        /// Which authorization.
        id: String,
        /// The dispute.
        dispute: Dispute,
        /// What the shop hears.
        callback: Callback,
    },
    /// A callback arrived.
    Delivered {
        /// Which delivery.
        delivery: String,
    },
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be read or written.
    #[error("the journal cannot be read or written")]
    Io(#[from] std::io::Error),
    /// A line is none of ours.
    #[error("line {0} of the journal cannot be understood")]
    Line(usize, #[source] serde_json::Error),
}

/// The key came with another request before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key belongs to another request")]
pub struct KeyReused;

/// What is to be done at some time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// Decide the authorization with this id.
    Decide(String),
    /// Make this delivery.
    Deliver(String),
}

/// The memory, shared.
pub struct Ledger {
    book: Mutex<Book>,
    /// Told when something new is to be done: it may be due before whatever was waited for.
    news: Arc<Notify>,
}

/// The memory, while one has it.
pub struct Book {
    journal: File,
    authorizations: HashMap<String, Authorization>,
    references: HashMap<String, String>,
    keys: HashMap<String, (String, String)>,
    callbacks: HashMap<String, (Callback, u32)>,
    due: BTreeSet<(DateTime<Utc>, Job)>,
    news: Arc<Notify>,
}

impl Ledger {
    /// Reads the journal in `folder`, or begins one. A last line that was cut off in the middle does not count.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("journal.jsonl");
        let mut journal = OpenOptions::new().create(true).read(true).append(true).open(&path)?;
        let mut entries = Vec::new();
        let (mut reader, mut line, mut whole) = (BufReader::new(&mut journal), String::new(), 0);
        while reader.read_line(&mut line)? > 0 && line.ends_with('\n') {
            entries.push(
                serde_json::from_str(&line).map_err(|error| LedgerError::Line(entries.len() + 1, error))?,
            );
            whole += u64::try_from(line.len()).unwrap_or_default();
            line.clear();
        }
        journal.set_len(whole)?;
        let news = Arc::new(Notify::new());
        let mut book = Book {
            journal,
            authorizations: HashMap::new(),
            references: HashMap::new(),
            keys: HashMap::new(),
            callbacks: HashMap::new(),
            due: BTreeSet::new(),
            news: news.clone(),
        };
        for entry in entries {
            book.apply(entry);
        }
        Ok(Self { book: Mutex::new(book), news })
    }

    /// The memory, for one step.
    pub fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something new is to be done; returns at once when that was so since the last wait.
    pub async fn news(&self) {
        self.news.notified().await;
    }
}

impl Book {
    /// Writes `entry` to the journal, then lets it count.
    ///
    /// # Errors
    /// When the journal cannot be written; the entry does not count then.
    pub fn write(&mut self, entry: Entry) -> Result<(), LedgerError> {
        let mut line = serde_json::json!(entry).to_string();
        line.push('\n');
        self.journal.write_all(line.as_bytes())?;
        self.apply(entry);
        Ok(())
    }

    /// What the request under `key` made, if it came before.
    ///
    /// # Errors
    /// [`KeyReused`].
    pub fn seen(&self, key: &str, request: &str) -> Result<Option<String>, KeyReused> {
        match self.keys.get(key) {
            None => Ok(None),
            Some((before, id)) if before == request => Ok(Some(id.clone())),
            Some(_) => Err(KeyReused),
        }
    }

    /// One authorization.
    pub fn authorization(&self, id: &str) -> Option<&Authorization> {
        self.authorizations.get(id)
    }

    /// The newest with this reference.
    pub fn referred(&self, reference: &str) -> Option<&Authorization> {
        self.references.get(reference).and_then(|id| self.authorizations.get(id))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Authorization> {
        self.authorizations.values()
    }

    /// How much is due, now or later.
    pub fn open(&self) -> usize {
        self.due.len()
    }

    /// Takes out the first job that is due.
    pub fn next_due(&mut self, now: DateTime<Utc>) -> Option<Job> {
        let first = self.due.first().filter(|(at, _)| *at <= now)?.clone();
        self.due.remove(&first);
        Some(first.1)
    }

    /// When the first job is due.
    pub fn first_due(&self) -> Option<DateTime<Utc>> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A callback that has not arrived yet, with the tries before.
    pub fn callback(&self, delivery: &str) -> Option<(Callback, u32)> {
        self.callbacks.get(delivery).cloned()
    }

    /// Puts a delivery off, after a try that failed.
    pub fn try_again(&mut self, delivery: &str, at: DateTime<Utc>) {
        if let Some((_, tries)) = self.callbacks.get_mut(delivery) {
            *tries = tries.saturating_add(1);
            self.plan(at, Job::Deliver(delivery.to_owned()));
        }
    }

    /// Puts a job off that there is no room for now.
    pub fn put_back(&mut self, job: Job, at: DateTime<Utc>) {
        self.due.insert((at, job));
    }

    fn plan(&mut self, at: DateTime<Utc>, job: Job) {
        self.due.insert((at, job));
        self.news.notify_one();
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Asked { key, request, authorization } => {
                self.keys.insert(key, (request, authorization.id.clone()));
                self.references.insert(authorization.reference.clone(), authorization.id.clone());
                if !authorization.challenged {
                    self.plan(authorization.decide_at, Job::Decide(authorization.id.clone()));
                }
                self.authorizations.insert(authorization.id.clone(), authorization);
            }
            Entry::Decided { id, state, callbacks } => {
                self.settle(&id, state);
                for callback in callbacks {
                    self.deliver(callback);
                }
            }
            Entry::Stepped { key, request, id, state, refunded } => {
                self.keys.insert(key, (request, id.clone()));
                self.settle(&id, state);
                if let Some(authorization) = self.authorizations.get_mut(&id) {
                    authorization.refunded = refunded;
                }
            }
            Entry::RefundRefused { key, id } => {
                if let Some(authorization) = self.authorizations.get_mut(&id) {
                    authorization.refused_refund = Some(key);
                }
            }
            Entry::Disputed { id, dispute, callback } => {
                if let Some(authorization) = self.authorizations.get_mut(&id) {
                    authorization.dispute = Some(dispute);
                }
                self.deliver(callback);
            }
            Entry::Delivered { delivery } => {
                if let Some((callback, _)) = self.callbacks.remove(&delivery) {
                    self.due.remove(&(callback.at, Job::Deliver(delivery)));
                }
            }
        }
    }

    fn deliver(&mut self, callback: Callback) {
        self.plan(callback.at, Job::Deliver(callback.delivery.clone()));
        self.callbacks.insert(callback.delivery.clone(), (callback, 0));
    }

    fn settle(&mut self, id: &str, state: State) {
        if let Some(authorization) = self.authorizations.get_mut(id) {
            authorization.state = state;
            self.due.remove(&(authorization.decide_at, Job::Decide(id.to_owned())));
        }
    }
}
