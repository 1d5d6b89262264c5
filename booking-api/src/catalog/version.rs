//! Optimistic versions: who changes something may say which version they read, and is refused when it is another by now.

/// The version of what was just made.
pub const FIRST: i64 = 1;

/// The versions that `If-Match` names; any will do without the header, and with `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(pub Option<Vec<i64>>);

/// Somebody changed it since the caller read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the version is {now}")]
pub struct Unmatched {
    /// The version that holds.
    pub now: i64,
}

impl IfMatch {
    /// Whether the caller means the version `now`.
    ///
    /// # Errors
    /// [`Unmatched`].
    pub fn check(&self, now: i64) -> Result<(), Unmatched> {
        match &self.0 {
            Some(versions) if !versions.contains(&now) => Err(Unmatched { now }),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_to_the_versions_that_were_named() {
        assert_eq!(IfMatch(None).check(7), Ok(()));
        assert_eq!(IfMatch(Some(vec![6, 7])).check(7), Ok(()));
        assert_eq!(IfMatch(Some(vec![6])).check(7), Err(Unmatched { now: 7 }));
    }
}
