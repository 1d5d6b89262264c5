//! What an organizer decides about a room beside rate, cap and windows. Stored as one JSON document: a member that is
//! missing there means its default, so a room made by an older gate reads well.

use chrono::TimeDelta;
use contracts::look::ContentId;
use serde::{Deserialize, Serialize};

use super::{Settings, WrongSetting, bypass::Bypass, fail::Failure};
use crate::{
    admission::{Interval, advise::Drive},
    draw::Order,
    entry::Entry,
    lane::Lanes,
    pass::renew::SessionMode,
    shield::Shield,
    site::Site,
    stock::Odds,
};

/// The decisions. Each member is a type of the module that acts on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// In which order places are called.
    pub order: Order,
    /// How far apart batches are.
    pub interval: Interval,
    /// Whether a session goes on while its fan shops.
    pub session: SessionMode,
    /// What becomes of the fans when no gate can call anybody.
    pub failure: Failure,
    /// The lanes and their shares.
    pub lanes: Lanes,
    /// Between which limits the gate may set the rate; absent while the organizer does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drive: Option<Drive>,
    /// What those in line are told of the tickets.
    pub odds: Odds,
    /// Where names are taken for tickets that come back: an address that fans are sent to when everything is sold.
    pub waitlist: Option<String>,
    /// Who may take a place.
    pub entry: Entry,
    /// What stands before a new place.
    pub shield: Shield,
    /// The site that it guards, where that is no event of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// What passes by its line.
    pub bypass: Bypass,
    /// How its pages look; absent where they are as we make them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<ContentId>,
}

/// The longest address of a waitlist.
const LINK_MAX: usize = 500;

/// Whether `link` is a place that fans may be sent to.
///
/// # Errors
/// [`WrongSetting`] when it is not.
pub fn check_waitlist(link: &str) -> Result<(), WrongSetting> {
    let is_one = link.len() <= LINK_MAX
        && !link.contains('\0')
        && link.parse::<url::Url>().is_ok_and(|url| url.scheme() == "https" && url.username().is_empty());
    let bounds = || format!("an address that begins with https://, of at most {LINK_MAX} bytes");
    if is_one { Ok(()) } else { Err(WrongSetting { field: "waitlist", bounds: bounds() }) }
}

/// What is to be changed of a policy; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    /// How far apart batches are.
    pub interval: Option<TimeDelta>,
    /// How far a session that goes on may go, from its beginning; `Some(None)` makes sessions end when they end.
    pub sliding: Option<Option<TimeDelta>>,
    /// What becomes of the fans when no gate can call anybody.
    pub failure: Option<Failure>,
}

/// The longest that a sliding session may go on.
pub const LONGEST_MAX: TimeDelta = TimeDelta::hours(2);

impl PolicyChange {
    /// Makes the change to `policy`.
    ///
    /// # Errors
    /// [`WrongSetting`] for a value outside its bounds, also together with `settings`; then `policy` may be half changed and
    /// must not be kept.
    pub fn apply(self, policy: &mut Policy, settings: Settings) -> Result<(), WrongSetting> {
        if let Some(interval) = self.interval {
            policy.interval = Interval::of(interval)
                .ok_or(WrongSetting { field: "interval", bounds: "between PT1S and PT60S".to_owned() })?;
        }
        if let Some(sliding) = self.sliding {
            policy.session = sliding.map_or(SessionMode::Fixed, SessionMode::sliding);
        }
        if let Some(failure) = self.failure {
            policy.failure = failure;
        }
        policy.check(settings)
    }
}

impl Policy {
    /// Whether it fits to `settings`.
    ///
    /// # Errors
    /// [`WrongSetting`]: the first that does not.
    pub fn check(&self, settings: Settings) -> Result<(), WrongSetting> {
        if let Some(most) = self.interval.most_at(settings.admit_per_minute) {
            let bounds = format!("at most PT{most}S at {} a minute", settings.admit_per_minute);
            return Err(WrongSetting { field: "interval", bounds });
        }
        if let Some(longest) = self.session.longest()
            && (longest < settings.session_length || longest > LONGEST_MAX)
        {
            let bounds = "between the session's length and PT2H".to_owned();
            return Err(WrongSetting { field: "sessionLongest", bounds });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(admit_per_minute: u32) -> Settings {
        let (claim_window, session_length) = (TimeDelta::minutes(2), TimeDelta::minutes(10));
        Settings { admit_per_minute, max_active: 1, claim_window, session_length }
    }

    #[test]
    fn a_policy_reads_back_as_it_was_written_and_missing_members_are_defaults() {
        let mut policy = Policy::default();
        let change = PolicyChange {
            interval: Some(TimeDelta::seconds(20)),
            sliding: Some(Some(TimeDelta::minutes(30))),
            failure: Some(Failure::Open),
        };
        change.apply(&mut policy, settings(60)).unwrap();
        let written = serde_json::to_value(&policy).unwrap();
        assert_eq!(written["interval"], 20);
        assert_eq!(serde_json::from_value::<Policy>(written).unwrap(), policy);
        assert_eq!(serde_json::from_value::<Policy>(json!({})).unwrap(), Policy::default());
        assert!(serde_json::from_value::<Policy>(json!({ "interval": 61 })).is_err());
    }

    #[test]
    fn a_policy_has_bounds_of_its_own_and_together_with_the_settings() {
        let wrong = |change: PolicyChange, rate| {
            change.apply(&mut Policy::default(), settings(rate)).unwrap_err().to_string()
        };
        let interval =
            |seconds| PolicyChange { interval: Some(TimeDelta::seconds(seconds)), ..Default::default() };
        assert_eq!(wrong(interval(0), 60), "interval must be between PT1S and PT60S");
        assert_eq!(wrong(interval(61), 60), "interval must be between PT1S and PT60S");
        assert_eq!(wrong(interval(60), 6000), "interval must be at most PT50S at 6000 a minute");
        let sliding =
            |minutes| PolicyChange { sliding: Some(Some(TimeDelta::minutes(minutes))), ..Default::default() };
        let bounds = "sessionLongest must be between the session's length and PT2H";
        assert_eq!(wrong(sliding(9), 60), bounds);
        assert_eq!(wrong(sliding(121), 60), bounds);
        assert_eq!(sliding(120).apply(&mut Policy::default(), settings(60)), Ok(()));
    }
}
