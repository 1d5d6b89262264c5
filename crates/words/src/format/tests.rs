//! Our formats against what a browser makes of the same with `Intl` (`data/intl.json`; the test of the pages holds a browser to
//! the same table).

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::*;
use crate::{count, time};

fn table() -> Value {
    serde_json::from_str(include_str!("data/intl.json")).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn numbers_plurals_money_and_times_are_those_of_a_browser() {
    let table = table();
    let counts: Vec<u64> = table["counts"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    let instants: Vec<DateTime<Utc>> =
        texts(&table["instants"]).into_iter().map(|at| at.parse().unwrap()).collect();
    let amounts: Vec<Money> = serde_json::from_value::<Vec<(i64, String)>>(table["amounts"].clone())
        .unwrap()
        .into_iter()
        .map(|(minor, code)| Money { minor, currency: code.parse().unwrap() })
        .collect();
    for language in Language::ALL {
        let theirs = &table["languages"][language.code()];
        let same = |key: &str, ours: Vec<String>| assert_eq!(ours, texts(&theirs[key]), "{language:?} {key}");
        assert_eq!(theirs["tag"], crate::tag(language));
        same("counts", counts.iter().map(|n| count(language, *n)).collect());
        same("plurals", counts.iter().map(|n| number::category(language, *n).to_owned()).collect());
        same("money", amounts.iter().map(|amount| money(language, *amount)).collect());
        let times = |style: fn(Language, &DateTime<Utc>) -> String| {
            instants.iter().map(|at| style(language, at)).collect::<Vec<_>>()
        };
        same("date", times(time::date));
        same("dateShort", times(time::date_short));
        same("clock", times(time::clock));
        same("both", times(time::date_and_clock));
        same("bothShort", times(time::date_and_clock_short));
    }
}

#[test]
fn a_month_stands_with_its_year() {
    let at: DateTime<Utc> = "2027-03-05T10:00:00Z".parse().unwrap();
    let months = Language::ALL.map(|language| time::month(language, &at));
    assert_eq!(months, ["March 2027", "März 2027", "marzo de 2027", "março de 2027", "2027年3月"]);
}
