//! What is made of words: noise, hints, what was meant, what is marked; near before far, and wider when nothing is there.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent, in_days},
    world::{Engine, World},
};

in_both_engines! {
    noise_never_makes_an_answer_empty,
    cities_and_months_in_a_text_are_hints,
    what_was_meant_is_said_when_nothing_is_found_as_it_is_written,
    what_was_found_is_marked,
    where_nothing_has_all_words_most_of_them_are_enough,
    near_comes_before_far_and_what_is_sold_out_last,
    a_place_without_events_is_widened_and_the_answer_says_so,
}

async fn noise_never_makes_an_answer_empty(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    for (title, performers) in
        [("Harry Styles", &["Harry Styles"][..]), ("Love On Tour", &["Harry Styles"]), ("Live", &[])]
    {
        seed::event(&postgres, NewEvent { title, performers, ..NewEvent::default() }).await;
    }
    world.until_total(3).await;
    for noise in ["tickets", "concert", "live", "tour", "live tour tickets", "the show in"] {
        let titles = world.titles(&format!("harry styles {noise}")).await;
        assert_eq!(titles.len(), 2, "{noise}: {titles:?}");
    }
    assert_eq!(world.titles("harry styles tour").await[0], "Love On Tour", "what has the word comes first");
    assert_eq!(world.titles("live").await[0], "Live", "alone it is what is looked for");
    world.end().await;
}

async fn cities_and_months_in_a_text_are_hints(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let (june, july) = ("2027-06-20T19:00:00Z".parse().unwrap(), "2027-07-20T19:00:00Z".parse().unwrap());
    let point = (48.85, 2.35);
    for new in [
        NewEvent { title: "Coldplay", starts_at: june, ..NewEvent::default() },
        NewEvent { title: "Coldplay", city: "Paris", point, starts_at: july, ..NewEvent::default() },
        NewEvent { title: "Other", city: "New York", point, starts_at: july, ..NewEvent::default() },
    ] {
        seed::event(&postgres, new).await;
    }
    world.until_total(3).await;
    let found = async |token: &str| {
        let answer = world.search(&[("token", token)]).await.json();
        let events = answer["events"].as_array().unwrap().clone();
        let cities: Vec<_> =
            events.iter().map(|event| event["venue"]["city"].as_str().unwrap().to_owned()).collect();
        (cities.join(" "), answer["widened"] == true)
    };
    for (token, cities, widened) in [
        ("coldplay berlin", "Berlin", false),
        ("coldplay june", "Berlin", false),
        ("coldplay jul", "Paris", false),
        ("coldplay paris july 2027", "Paris", false),
        // Nothing is both: the hint gives way, and what was called by its name stays.
        ("coldplay october", "Berlin Paris", true),
        ("coldplay new york", "Berlin Paris", true),
        // What hints are given still counts for the order.
        ("coldplay paris october", "Paris Berlin", true),
        ("nobody berlin", "", false),
        ("october", "", false),
    ] {
        assert_eq!(found(token).await, (cities.to_owned(), widened), "{token}");
    }
    world.end().await;
}

async fn what_was_meant_is_said_when_nothing_is_found_as_it_is_written(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    for (title, performers) in
        [("Renaissance", &["Beyoncé"][..]), ("Fine Line", &["Harry Styles"]), ("AC/DC", &[])]
    {
        seed::event(&postgres, NewEvent { title, performers, ..NewEvent::default() }).await;
    }
    world.until_total(3).await;
    for (token, meant, found) in [
        ("herry styles", json!("harry styles"), 1),
        ("byonce", json!("beyonce"), 1),
        // Two slips in a short word: found because nothing else is.
        ("byonze", json!("beyonce"), 1),
        ("hary stylz", json!("harry styles"), 1),
        // Two slips in four letters make any word of any other.
        ("hxrz", Value::Null, 0),
        ("harry styles", Value::Null, 1),
        ("harry sty", Value::Null, 1),
        ("acdc", Value::Null, 1),
        ("zzzzzz", Value::Null, 0),
    ] {
        let answer = world.search(&[("token", token)]).await.json();
        assert_eq!((&answer["suggestion"], &answer["total"]), (&meant, &json!(found)), "{token}");
    }
    let page = world.get("/search?token=byonze&category=concert", "text/html").await;
    assert!(page.text.contains("category=concert&amp;token=beyonce\">beyonce</a>"), "{}", page.text);
    world.end().await;
}

async fn where_nothing_has_all_words_most_of_them_are_enough(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let all = ["Copper Lanterns Lisbon 2027", "Velvet Weathervanes Go Home For Christmas", "Indigo"];
    for title in all {
        seed::event(&postgres, NewEvent { title, ..NewEvent::default() }).await;
    }
    world.until_total(3).await;
    let found = async |token: &str| {
        let answer = world.search(&[("token", token)]).await;
        (answer.titles(), answer.json()["widened"] == true)
    };
    let [lanterns, vanes, indigo] = all.map(str::to_owned);
    for (token, titles, widened) in [
        ("copper lanterns lisbon", vec![&lanterns], false),
        // One of three is not there; nor is one of two enough.
        ("copper lanterns xylophone", vec![&lanterns], true),
        ("copper xylophone", vec![], false),
        // Another number is another event.
        ("copper lanterns lisbon 1234", vec![], false),
        // Split twice, and too long for trying all ways to write neighbours together.
        ("vel vet weather vanes go home for christmas", vec![&vanes], true),
        // With a word that need not be found otherwise.
        ("in digo", vec![&indigo], true),
    ] {
        let wanted: Vec<String> = titles.into_iter().cloned().collect();
        assert_eq!(found(token).await, (wanted, widened), "{token}");
    }
    world.end().await;
}

async fn what_was_found_is_marked(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let new = NewEvent { title: "An Evening", performers: &["Sigur Rós", "AC/DC"], ..NewEvent::default() };
    seed::event(&postgres, new).await;
    world.until_total(1).await;
    let answer = world.search(&[("token", "acdc sigur berlin")]).await.json();
    let part = |text: &str, hit: bool| json!({"text": text, "hit": hit});
    assert_eq!(
        answer["events"][0]["highlights"],
        json!([
            {"field": "performer", "parts": [part("Sigur", true), part(" Rós", false)]},
            {"field": "performer", "parts": [part("AC/DC", true)]},
            {"field": "city", "parts": [part("Berlin", true)]},
        ])
    );
    assert_eq!(world.search(&[]).await.json()["events"][0]["highlights"], json!([]));
    world.end().await;
}

async fn near_comes_before_far_and_what_is_sold_out_last(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    for (title, latitude, days, bucket) in [
        ("Far", 52.90, 1, "many"),
        ("Near later", 52.53, 8, "many"),
        ("Near", 52.53, 2, "many"),
        ("Near but gone", 52.52, 1, "none"),
    ] {
        let (starts_at, bucket) = (in_days(days), Some(bucket));
        let point = (latitude, 13.40);
        seed::event(&postgres, NewEvent { title, point, starts_at, bucket, ..NewEvent::default() }).await;
    }
    world.until_total(4).await;
    let titles = world.search(&[("location", "52.52,13.40")]).await.titles();
    assert_eq!(titles, ["Near", "Near later", "Far", "Near but gone"]);
    world.end().await;
}

async fn a_place_without_events_is_widened_and_the_answer_says_so(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let potsdam = NewEvent { title: "Past", city: "Potsdam", point: (52.39, 13.06), ..NewEvent::default() };
    seed::event(&postgres, NewEvent { starts_at: in_days(-3), ..potsdam }).await;
    for number in 0..5 {
        let title = ["One", "Two", "Three", "Four", "Five"][number];
        seed::event(&postgres, NewEvent { title, ..NewEvent::default() }).await;
    }
    world.until_total(5).await;
    let asked = async |location: &str| {
        let answer = world.search(&[("location", location)]).await.json();
        (answer["total"].as_u64().unwrap(), answer["widened"] == true)
    };
    assert_eq!(asked("Berlin").await, (5, false));
    assert_eq!(asked("Potsdam").await, (5, true), "Berlin is near");
    assert_eq!(asked("52.39,13.06,5").await, (5, true), "within fifty kilometres, as five have none");
    assert_eq!(asked("0,0,50").await, (0, false), "nothing is near");
    // Pages of what was found more widely belong together too.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let query = [("location", "Potsdam"), ("limit", "2"), ("cursor", &cursor)];
        let answer = world.search(&query).await;
        let json = answer.json();
        assert_eq!((&json["total"], &json["widened"]), (&json!(5), &json!(true)), "{json}");
        seen.extend(answer.titles());
        match json["cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, ["Five", "Four", "One", "Three", "Two"]);
    world.end().await;
}
