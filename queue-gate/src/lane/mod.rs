//! Priority lanes: a room's line may have up to eight, each with a share of the calls. Within a lane the lower number is
//! called first; between lanes the shares decide.

pub mod handler;
pub mod set;

use contracts::{
    place::Lane,
    session::{Role, Session},
};
use serde::{Deserialize, Serialize};

use crate::room::WrongSetting;

/// The name of the lane that every room has.
pub const MAIN: &str = "main";
/// The largest share.
pub const SHARE_MAX: u32 = 1000;
/// The longest name of a lane, in bytes.
pub const NAME_MAX: usize = 30;

/// One lane, as the room's policy holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneRule {
    /// Its number in keys, records and tokens. It never changes.
    pub lane: Lane,
    /// What it is called.
    pub name: String,
    /// Its part of the calls while others wait too. 0: only while nobody waits in a lane with a share.
    pub share: u32,
    /// Whose accounts belong into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<AccountClass>,
}

/// A class of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountClass {
    /// Everybody who is signed in, guests too.
    Any,
    /// Accounts with a password.
    Registered,
    /// Organizers.
    Organizer,
}

impl AccountClass {
    /// Whether the account of `session` is of the class.
    pub fn has(self, session: &Session) -> bool {
        match self {
            Self::Any => true,
            Self::Registered => !session.guest,
            Self::Organizer => session.role == Role::Organizer,
        }
    }
}

/// The lanes of a room in their order: who has a claim to several belongs into the first of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lanes(Vec<LaneRule>);

impl Default for Lanes {
    fn default() -> Self {
        Self(vec![LaneRule { lane: Lane::MAIN, name: MAIN.to_owned(), share: 1, accounts: None }])
    }
}

/// What a lane is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its share.
    pub share: u32,
    /// Whose accounts belong into it.
    pub accounts: Option<AccountClass>,
}

impl Lanes {
    /// The lanes, in order.
    pub fn rules(&self) -> &[LaneRule] {
        &self.0
    }

    /// The lane called `name`.
    pub fn named(&self, name: &str) -> Option<Lane> {
        self.0.iter().find(|rule| rule.name == name).map(|rule| rule.lane)
    }

    /// What `lane` is called.
    pub fn name(&self, lane: Lane) -> &str {
        self.0.iter().find(|rule| rule.lane == lane).map_or(MAIN, |rule| &rule.name)
    }

    /// What `lane` is called, where a fan should read it: the main lane needs no name.
    pub fn shown(&self, lane: Lane) -> Option<String> {
        (lane != Lane::MAIN).then(|| self.name(lane).to_owned())
    }

    /// The first lane in order.
    pub fn first(&self) -> Lane {
        self.0.first().map(|rule| rule.lane).unwrap_or_default()
    }

    /// The first lane that takes the account of `session`.
    pub fn of_account(&self, session: &Session) -> Option<Lane> {
        let takes = |rule: &&LaneRule| rule.accounts.is_some_and(|class| class.has(session));
        self.0.iter().find(takes).map(|rule| rule.lane)
    }

    /// The earlier in order of two lanes that somebody has a claim to.
    pub fn better(&self, one: Option<Lane>, other: Option<Lane>) -> Option<Lane> {
        let shares = self.shares();
        [one, other].into_iter().flatten().min_by_key(|lane| shares.rank(*lane))
    }

    /// What admission needs of them.
    pub fn shares(&self) -> Shares {
        let mut shares = Shares { share: [0; Lane::COUNT], rank: [9; Lane::COUNT] };
        for (rank, rule) in (0_u8..).zip(&self.0) {
            shares.share[rule.lane.index()] = rule.share;
            shares.rank[rule.lane.index()] = rank;
        }
        shares
    }

    /// These lanes with other shares, in another order, or with more lanes. One that there was stays: places are in it.
    ///
    /// # Errors
    /// [`WrongSetting`]: a lane is missing, named twice or badly, there are too many, or nobody has a share.
    pub fn with(&self, wanted: &[Wanted]) -> Result<Self, WrongSetting> {
        let wrong = |bounds: String| Err(WrongSetting { field: "lanes", bounds });
        if wanted.len() > Lane::COUNT {
            return wrong(format!("at most {}", Lane::COUNT));
        }
        if let Some(missing) = self.0.iter().find(|rule| !wanted.iter().any(|new| new.name == rule.name)) {
            return wrong(format!("all that there are: {} is missing; give it the share 0", missing.name));
        }
        let mut next = Lane::all().skip(self.0.len());
        let mut rules: Vec<LaneRule> = Vec::with_capacity(wanted.len());
        for new in wanted {
            if !is_name(&new.name) || rules.iter().any(|rule| rule.name == new.name) {
                return wrong(format!(
                    "each with a name of its own, of 1 to {NAME_MAX} small letters, digits and hyphens"
                ));
            }
            if new.share > SHARE_MAX {
                return wrong(format!("each with a share between 0 and {SHARE_MAX}"));
            }
            // There are as many numbers as lanes may be wanted.
            let Some(lane) = self.named(&new.name).or_else(|| next.next()) else {
                return wrong(format!("at most {}", Lane::COUNT));
            };
            let Wanted { name, share, accounts } = new.clone();
            rules.push(LaneRule { lane, name, share, accounts });
        }
        if rules.iter().all(|rule| rule.share == 0) {
            return wrong("at least one with a share above 0".to_owned());
        }
        Ok(Self(rules))
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(fits)
}

/// The shares and the order of lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    share: [u32; Lane::COUNT],
    rank: [u8; Lane::COUNT],
}

impl Default for Shares {
    fn default() -> Self {
        Lanes::default().shares()
    }
}

impl Shares {
    /// The lanes with these shares, numbered in their order.
    pub fn of(shares: &[u32]) -> Self {
        let mut all = Self { share: [0; Lane::COUNT], rank: [9; Lane::COUNT] };
        for ((rank, share), lane) in (0_u8..).zip(shares).zip(Lane::all()) {
            (all.share[lane.index()], all.rank[lane.index()]) = (*share, rank);
        }
        all
    }

    /// How many are called before somebody with `ahead` ahead of them in `lane`, while so many wait in each of the `others`.
    /// While they wait the lanes take turns by their shares, and a lane that runs empty gives its turns to all others alike. A
    /// lane without a share waits for all that have one, and for those without that stand before it.
    pub fn called_before(&self, lane: Lane, ahead: u64, others: impl Iterator<Item = (Lane, u64)>) -> u64 {
        let own = u64::from(self.share(lane));
        let turns = |(other, waiting): (Lane, u64)| match u64::from(self.share(other)) {
            _ if other == lane => 0,
            0 if own > 0 || self.rank(other) > self.rank(lane) => 0,
            share if own > 0 => waiting.min((ahead + 1).saturating_mul(share).div_ceil(own)),
            _ => waiting,
        };
        others.map(turns).fold(ahead, u64::saturating_add)
    }

    /// The share of `lane`; 0 where there is no such lane.
    pub fn share(&self, lane: Lane) -> u32 {
        self.share[lane.index()]
    }

    /// Where `lane` stands in the order; 9 where there is no such lane.
    pub fn rank(&self, lane: Lane) -> u8 {
        self.rank[lane.index()]
    }

    /// The ranks as scripts take them: a digit for each lane.
    pub fn ranks(&self) -> String {
        self.rank.iter().map(u8::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(lanes: &[(&str, u32)]) -> Vec<Wanted> {
        let one =
            |(name, share): &(&str, u32)| Wanted { name: (*name).to_owned(), share: *share, accounts: None };
        lanes.iter().map(one).collect()
    }

    #[test]
    fn a_lane_keeps_its_number_whatever_the_order() {
        let two = Lanes::default().with(&wanted(&[("members", 3), ("main", 1)])).unwrap();
        assert_eq!((two.named("main"), two.named("members")), (Lane::new(0), Lane::new(1)));
        assert_eq!(two.shares().ranks(), "10999999");
        let three = two.with(&wanted(&[("press", 1), ("main", 5), ("members", 0)])).unwrap();
        let numbers: Vec<_> = three.rules().iter().map(|rule| rule.lane.number()).collect();
        assert_eq!(numbers, [2, 0, 1]);
        assert_eq!((three.shares().share(Lane::MAIN), three.name(Lane::new(2).unwrap())), (5, "press"));
        assert_eq!(three.better(three.named("main"), three.named("press")), three.named("press"));
    }

    #[test]
    fn what_is_no_set_of_lanes_is_refused_by_its_reason() {
        let two = Lanes::default().with(&wanted(&[("members", 3), ("main", 1)])).unwrap();
        let said = |lanes: &[(&str, u32)]| two.with(&wanted(lanes)).unwrap_err().to_string();
        assert_eq!(
            said(&[("main", 1)]),
            "lanes must be all that there are: members is missing; give it the share 0"
        );
        assert!(said(&[("main", 1), ("members", 1), ("main", 2)]).contains("a name of its own"));
        assert!(said(&[("main", 1), ("members", 1), ("V I P", 2)]).contains("small letters"));
        assert!(said(&[("main", 1), ("members", 1), ("", 2)]).contains("small letters"));
        assert!(said(&[("main", 1001), ("members", 1)]).contains("between 0 and 1000"));
        assert!(said(&[("main", 0), ("members", 0)]).contains("above 0"));
        let many: Vec<_> =
            ["main", "members", "c", "d", "e", "f", "g", "h", "i"].map(|name| (name, 1)).into();
        assert!(said(&many).contains("at most 8"));
        assert!(two.with(&wanted(&many[..8])).is_ok());
    }

    #[test]
    fn an_account_belongs_into_the_first_lane_that_takes_it() {
        let mut wanted = wanted(&[("staff", 1), ("members", 3), ("main", 1)]);
        wanted[0].accounts = Some(AccountClass::Organizer);
        wanted[1].accounts = Some(AccountClass::Registered);
        let lanes = Lanes::default().with(&wanted).unwrap();
        let at = chrono::DateTime::UNIX_EPOCH;
        let nobody = uuid::Uuid::nil();
        let session = |role, guest| Session {
            sub: nobody.into(),
            sid: nobody.into(),
            rot: 0,
            role,
            guest,
            iat: at,
            exp: at,
        };
        assert_eq!(lanes.of_account(&session(Role::Fan, false)), lanes.named("members"));
        assert_eq!(lanes.of_account(&session(Role::Fan, true)), None);
        assert_eq!(lanes.of_account(&session(Role::Organizer, false)), lanes.named("staff"));
        assert_eq!(Lanes::default().of_account(&session(Role::Fan, false)), None);
        wanted[1].accounts = Some(AccountClass::Any);
        let lanes = Lanes::default().with(&wanted).unwrap();
        assert_eq!(lanes.of_account(&session(Role::Fan, true)), lanes.named("members"));
    }
}
