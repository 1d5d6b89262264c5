//! How people write what they look for.

use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent, in_days},
    world::{Engine, World},
};

in_both_engines! {
    spelling_does_not_matter,
    exact_comes_before_beginnings_before_likeness,
    a_month_and_a_city_narrow_a_name_down,
}

async fn spelling_does_not_matter(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    for (title, performers) in [
        ("Sigur Rós", &["Sigur Rós"][..]),
        ("AC/DC – Power Up", &["AC/DC"]),
        ("Mysteryland", &[]),
        ("Mystery Land Revisited", &[]),
        ("Harry Styles: Love On Tour", &["Harry Styles"]),
        ("Possession", &[]),
        ("MØ live", &["MØ"]),
        ("Straßenfest", &[]),
        ("Renaissance", &["Beyoncé"]),
        ("방탄소년단", &[]),
        ("東京事変", &[]),
    ] {
        seed::event(&postgres, NewEvent { title, performers, ..NewEvent::default() }).await;
    }
    world.until_total(11).await;
    for (token, first) in [
        ("sigur ros", "Sigur Rós"),
        ("SIGUR RÓS", "Sigur Rós"),
        ("acdc", "AC/DC – Power Up"),
        ("ac dc", "AC/DC – Power Up"),
        ("mystery land", "Mystery Land Revisited"),
        ("mysteryland", "Mysteryland"),
        ("herry styles", "Harry Styles: Love On Tour"),
        ("harry styles berlin", "Harry Styles: Love On Tour"),
        ("harry styles concert", "Harry Styles: Love On Tour"),
        ("harry sty", "Harry Styles: Love On Tour"),
        ("possesion", "Possession"),
        ("mo", "MØ live"),
        ("strassenfest", "Straßenfest"),
        ("byonce", "Renaissance"),
        ("방탄", "방탄소년단"),
        ("東京", "東京事変"),
    ] {
        let titles = world.titles(token).await;
        assert_eq!(titles.first().map(String::as_str), Some(first), "{token}: {titles:?}");
    }
    let both = world.titles("mysteryland").await;
    assert_eq!(both, ["Mysteryland", "Mystery Land Revisited"], "together finds apart");
    assert!(world.titles("mystery land").await.contains(&"Mysteryland".to_owned()), "apart finds together");
    assert!(world.titles("sigur zzzz").await.is_empty(), "all words must be found");
    world.end().await;
}

async fn exact_comes_before_beginnings_before_likeness(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    // The worse the fit the sooner the event, so that the date alone would order them the other way round.
    for (title, venue, days) in [
        ("Korea", "Hall", 1),
        ("Choirs", "Korntal", 2),
        ("Kornelia", "Hall", 3),
        ("Quartet", "Korn Arena", 4),
        ("Korn", "Hall", 5),
    ] {
        seed::event(&postgres, NewEvent { title, venue, starts_at: in_days(days), ..NewEvent::default() })
            .await;
    }
    world.until_total(5).await;
    let titles = world.titles("korn").await;
    assert_eq!(titles, ["Korn", "Quartet", "Kornelia", "Choirs"]);
    seed::event(&postgres, NewEvent { title: "Korn Festival", starts_at: in_days(1), ..NewEvent::default() })
        .await;
    world.until_total(6).await;
    assert_eq!(
        world.titles("korn").await[..2],
        ["Korn", "Korn Festival"],
        "the whole name before a part of one"
    );
    assert_eq!(world.titles("korea").await[0], "Korea");
    assert_eq!(world.titles("kornelja").await[0], "Kornelia");
    world.end().await;
}

async fn a_month_and_a_city_narrow_a_name_down(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let (spring, autumn) = ("2027-03-20T19:00:00Z".parse().unwrap(), "2027-10-20T19:00:00Z".parse().unwrap());
    for (title, city, starts_at) in
        [("Tour A", "Amsterdam", spring), ("Tour B", "Amsterdam", autumn), ("Tour C", "Paris", spring)]
    {
        seed::event(&postgres, NewEvent { title, city, starts_at, ..NewEvent::default() }).await;
    }
    world.until_total(3).await;
    assert_eq!(world.titles("tour amsterdam march").await, ["Tour A"]);
    assert_eq!(world.titles("amsterdam tour 2027").await, ["Tour A", "Tour B"]);
    world.end().await;
}
