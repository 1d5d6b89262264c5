//! What may be meant by what is typed so far.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent, in_days},
    world::{Engine, World},
};

in_both_engines! {
    what_is_typed_is_suggested_with_its_kind_and_link,
    of_each_kind_there_are_as_many_as_asked_for,
}

fn texts(answer: &Value) -> Vec<String> {
    let of = |one: &Value| format!("{} {}", one["kind"].as_str().unwrap(), one["text"].as_str().unwrap());
    answer["suggestions"].as_array().unwrap().iter().map(of).collect()
}

async fn what_is_typed_is_suggested_with_its_kind_and_link(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let usual = || NewEvent { starts_at: "2027-07-01T18:30:00Z".parse().unwrap(), ..NewEvent::default() };
    let (point, early) = ((50.94, 6.96), "2027-06-01T18:30:00Z".parse().unwrap());
    let spheres = NewEvent { title: "Music of the Spheres", performers: &["Coldplay", "H.E.R."], ..usual() };
    let spheres = seed::event(&postgres, NewEvent { venue: "Olympiastadion", ..spheres }).await;
    seed::event(
        &postgres,
        NewEvent {
            title: "Cold Night", starts_at: early, venue: "Coliseum", city: "Köln", point, ..usual()
        },
    )
    .await;
    let past = NewEvent { title: "Colder", performers: &["Colbert"], starts_at: in_days(-3), ..usual() };
    seed::event(&postgres, past).await;
    world.until_total(2).await;
    let suggested = async |token: &str| texts(&world.suggest(&[("token", token)]).await.json());
    for (token, wanted) in [
        ("c", vec!["event Cold Night", "event Music of the Spheres", "performer Coldplay", "venue Coliseum"]),
        ("cold", vec!["event Cold Night", "event Music of the Spheres", "performer Coldplay"]),
        ("coldpl", vec!["event Music of the Spheres", "performer Coldplay"]),
        // One slip, while the word is not yet whole.
        ("cildpl", vec!["event Music of the Spheres", "performer Coldplay"]),
        ("oylmp", vec!["venue Olympiastadion"]),
        ("berl", vec!["city Berlin, DE"]),
        ("köl", vec!["city Köln, DE"]),
        ("her", vec!["performer H.E.R."]),
        // Before the fourth letter nothing is forgiven.
        ("cil", vec![]),
        ("zzzz", vec![]),
    ] {
        assert_eq!(suggested(token).await, wanted, "{token}");
    }
    let answer = world.suggest(&[("token", "olymp")]).await;
    assert_eq!((answer.status, answer.kind.as_str()), (200, "application/json"));
    let link = "/search?venue=Olympiastadion&location=Berlin%2C+DE";
    let venue = json!({"kind": "venue", "text": "Olympiastadion", "detail": "Berlin, DE", "link": link});
    assert_eq!(answer.json(), json!({"suggestions": [venue]}));
    let followed = world.get(link, "application/json").await;
    assert_eq!(followed.titles(), ["Music of the Spheres"], "a link finds what it says");
    let event = world.suggest(&[("token", "spheres"), ("limit", "1")]).await.json()["suggestions"][0].clone();
    assert_eq!(event["link"], format!("/e/{spheres}"));
    assert_eq!(event["detail"], "Olympiastadion, Berlin · 1 Jul 2027");
    world.end().await;
}

async fn of_each_kind_there_are_as_many_as_asked_for(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    for title in ["Tune A", "Tune B", "Tune C", "Tune D"] {
        seed::event(&postgres, NewEvent { title, performers: &["Tuner", "Tunist"], ..NewEvent::default() })
            .await;
    }
    world.until_total(4).await;
    let suggested = texts(&world.suggest(&[("token", "tun"), ("limit", "2")]).await.json());
    assert_eq!(suggested.iter().filter(|one| one.starts_with("event")).count(), 2, "{suggested:?}");
    assert_eq!(suggested.iter().filter(|one| one.starts_with("performer")).count(), 2, "{suggested:?}");
    for (query, parameter) in
        [(&[][..], "token"), (&[("token", "a"), ("limit", "0")], "limit"), (&[("q", "a")], "q")]
    {
        let answer = world.suggest(query).await;
        assert_eq!((answer.status, &answer.json()["parameter"]), (400, &json!(parameter)), "{query:?}");
    }
    world.end().await;
}
