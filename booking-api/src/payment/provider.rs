//! The providers behind one name: which of them is asked stands with each attempt.

use super::{
    Attempt, Command, Provider, ProviderError, ProviderName, Told, sandbox::Sandbox, stripe::Stripe,
};

/// Those that this process works with.
pub struct Providers {
    /// The one that takes no money.
    pub sandbox: Sandbox,
    /// Stripe, where the operator has an account.
    pub stripe: Option<Stripe>,
}

impl Providers {
    /// The providers that a fan may pay with.
    pub fn names(&self) -> Vec<ProviderName> {
        let stripe = self.stripe.as_ref().map(|_| ProviderName::Stripe);
        [ProviderName::Sandbox].into_iter().chain(stripe).collect()
    }

    /// An operator who took Stripe away left payments behind: they wait until it is back.
    fn stripe(&self) -> Result<&Stripe, ProviderError> {
        self.stripe.as_ref().ok_or(ProviderError::NotConfigured)
    }
}

impl Provider for Providers {
    async fn authorize(&self, attempt: &Attempt, token: &str) -> Result<Told, ProviderError> {
        match attempt.provider {
            ProviderName::Sandbox => self.sandbox.authorize(attempt, token).await,
            ProviderName::Stripe => self.stripe()?.authorize(attempt, token).await,
        }
    }

    async fn find(&self, attempt: &Attempt) -> Result<Option<Told>, ProviderError> {
        match attempt.provider {
            ProviderName::Sandbox => self.sandbox.find(attempt).await,
            ProviderName::Stripe => self.stripe()?.find(attempt).await,
        }
    }

    async fn command(&self, command: &Command) -> Result<(), ProviderError> {
        match command.provider {
            ProviderName::Sandbox => self.sandbox.command(command).await,
            ProviderName::Stripe => self.stripe()?.command(command).await,
        }
    }
}
