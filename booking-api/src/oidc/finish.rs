//! Somebody comes back from a provider.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use contracts::{id::SessionId, session::Role};
use platform::{
    ids::secret,
    postgres::{self, StoreError, Tx},
};
use tracing::instrument;

use super::{
    Browser, First, LASTS, Said,
    begin::redirect_uri,
    discover::{Away, RedeemError, Source},
    first, store,
    verify::{BadIdToken, Expected, verify},
};
use crate::{
    account::{self, Account, Email, NAME_MAX, password::Busy},
    session::{
        self, Given, Why,
        begin::{self, New},
    },
    state::Booking,
};

/// A session that has ended, and until when its short token holds.
type Ended = (SessionId, DateTime<Utc>);

/// What a browser brings back.
#[derive(Clone)]
pub struct Returned {
    /// Which attempt it is.
    pub state: String,
    /// What is exchanged for a token.
    pub code: Option<String>,
    /// Whose answer it is (RFC 9207).
    pub iss: Option<String>,
    /// What went wrong at the provider.
    pub error: Option<String>,
}

/// Codes stay out of logs.
impl std::fmt::Debug for Returned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Returned")
    }
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// There is no such provider.
    #[error("there is no such provider")]
    Unknown,
    /// No attempt of this browser has this state: it is over, was finished before, or never began here.
    #[error("there is no such attempt")]
    Over,
    /// The answer is not that of the provider that was asked.
    #[error("the answer is of another issuer")]
    Mixed,
    /// The provider signs nobody in.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// Its token says nothing.
    #[error("the token says nothing")]
    BadToken(#[from] BadIdToken),
    /// They come for the first time, and the provider does not say that their address is theirs.
    #[error("the address is not verified")]
    NotVerified,
    /// The provider is of no use now.
    #[error("the provider cannot be used")]
    Away(#[from] Away),
    /// Too many others are signing in.
    #[error("hashing has no room")]
    Busy(#[from] Busy),
    /// A store failed.
    #[error("signing in failed")]
    Store(#[from] StoreError),
}

impl From<RedeemError> for FinishError {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Refused(why) => Self::Refused(why),
            RedeemError::Away(away) => Self::Away(away),
        }
    }
}

/// Signs in whom the provider names, and says where they go on.
///
/// # Errors
/// [`FinishError`]. The attempt is over then, but for one that was not found.
#[instrument(name = "oidc.finish", skip_all, fields(provider = provider))]
pub async fn finish(
    app: &Booking,
    provider: &str,
    returned: Returned,
    browser: &Browser,
    label: &str,
) -> Result<(Given, String), FinishError> {
    let source = app.providers.find(provider).ok_or(FinishError::Unknown)?;
    let (state, now) = (returned.state.as_str(), app.clock.now());
    let attempt = store::take(&mut app.redis.clone(), &browser.place(state)).await?;
    let attempt = attempt.filter(|attempt| attempt.provider == provider && now < attempt.since + LASTS);
    let attempt = attempt.ok_or(FinishError::Over)?;
    let document = source.document(now).await?;
    let is_of_provider = match &returned.iss {
        Some(iss) => *iss == source.provider.issuer,
        None => !document.says_issuer,
    };
    if !is_of_provider {
        return Err(FinishError::Mixed);
    }
    let code = match (returned.error, returned.code) {
        (None, Some(code)) => code,
        (Some(error), _) => return Err(FinishError::Refused(error.chars().take(60).collect())),
        (None, None) => return Err(FinishError::Refused("no code".to_owned())),
    };
    let uri = redirect_uri(app, provider);
    let token = source.redeem(&document, &code, &browser.verifier(state), &uri).await?;
    let nonce = browser.nonce(state);
    let expected = Expected { provider: &source.provider, nonce: &nonce, since: attempt.since };
    let said = read(app, source, &token, &expected).await?;
    Ok((sign_in(app, source, &said, label).await?, attempt.to))
}

/// What the token says. One by a key that is not known is looked at once more, with the keys of now.
async fn read(
    app: &Booking,
    source: &Source,
    token: &str,
    expected: &Expected<'_>,
) -> Result<Said, FinishError> {
    let now = app.clock.now();
    match verify(token, &source.keys(false, now).await?, expected, now) {
        Err(BadIdToken::UnknownKey) => Ok(verify(token, &source.keys(true, now).await?, expected, now)?),
        other => Ok(other?),
    }
}

async fn sign_in(app: &Booking, source: &Source, said: &Said, label: &str) -> Result<Given, FinishError> {
    // Whoever is known is linked by the provider's name for them: what their address is by now does not matter.
    if let Some(account) = store::find(&app.postgres, said).await? {
        let mut tx = postgres::begin(&app.postgres).await?;
        let given = begin::begin(app, &mut tx, new(&account, label)).await?;
        postgres::commit(tx).await?;
        return Ok(given);
    }
    let email = said.email.as_deref().and_then(Email::parse).filter(|_| said.is_verified);
    let email = email.filter(|email| source.provider.speaks_for(email.as_str()));
    let email = email.ok_or(FinishError::NotVerified)?;
    // A password that nobody knows: the account is found by its address and mailed codes, like others.
    let hash = app.hasher.hash(&URL_SAFE_NO_PAD.encode(secret::<32>())).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let (account, ended) = link(app, &mut tx, said, email, &hash).await?;
    let given = begin::begin(app, &mut tx, new(&account, label)).await?;
    postgres::commit(tx).await?;
    app.ended.add_all(ended);
    Ok(given)
}

fn new<'a>(account: &Account, label: &'a str) -> New<'a> {
    New { account: account.id, role: account.role, guest: false, label }
}

/// Links somebody who comes for the first time; says to which account, and which sessions of it have ended.
async fn link(
    app: &Booking,
    tx: &mut Tx,
    said: &Said,
    email: Email,
    hash: &str,
) -> Result<(Account, Vec<Ended>), FinishError> {
    let now = app.clock.now();
    store::alone(tx, &email).await?;
    // Somebody who comes twice at once is linked once.
    if let Some(account) = store::find(&mut **tx, said).await? {
        return Ok((account, Vec::new()));
    }
    let found = store::lock(tx, &email).await?;
    let mut ended = Vec::new();
    let account = match (first(found.as_ref().map(|(_, found)| *found)), found) {
        (First::New, _) | (_, None) => {
            let name = said.name.as_deref().map(|name| name.chars().take(NAME_MAX).collect::<String>());
            let name = name.filter(|name| !name.trim().is_empty() && !name.contains(char::is_control));
            let account = Account { id: app.ids.next(), email, name, role: Role::Fan };
            if !account::store::insert(tx, &account, Some(hash), now).await? {
                // Somebody registered the address in this moment.
                return Err(FinishError::Over);
            }
            account::store::prove(tx, account.id, None, now).await?;
            account
        }
        (First::Theirs, Some((account, _))) => {
            account::store::prove(tx, account.id, None, now).await?;
            account
        }
        (First::TakenBack, Some((account, _))) => {
            account::store::prove(tx, account.id, Some(hash), now).await?;
            ended = session::store::end_all(tx, account.id, None, now, Why::Password).await?;
            account
        }
    };
    if !store::link(tx, said, account.id, now).await? {
        // Somebody else linked them in this moment, by another address.
        return Err(FinishError::Over);
    }
    Ok((account, ended))
}
