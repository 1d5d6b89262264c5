//! A room whose order is drawn: the lobby, the draw, and what is published of it.

mod faults;
mod lanes;
mod speed;

use contracts::id::RoomId;
use http::StatusCode;
use queue_gate::{
    draw::{
        self,
        advance::{Next, Portion, step},
        run::advance,
        verify::{Evidence, verify},
    },
    line, problems,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Fan, Sale, TestGate},
    live::{Socket, connect, frame, tell},
};

/// So small that a draw of a dozen takes many steps, each of one call.
const SMALL: Portion = Portion { slice: 2, slices: 2, rows: 1, write: 3, writes: 1 };

/// As small as can be.
const ONE: Portion = Portion { slice: 1, slices: 1, rows: 1, write: 1, writes: 1 };

/// A room in its lobby.
pub(crate) async fn lobby(app: &TestGate, more: Value) -> Sale<'_> {
    let (organizer, event) = app.organizer().await;
    let mut body = json!({
        "eventId": event, "name": "Tonight", "admitPerMinute": 6000, "maxActive": 1000,
        "order": "draw", "state": "lobby",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let room = organizer.post("/room", body).await.expect(StatusCode::CREATED);
    let room = room.body["roomId"].as_str().unwrap().parse().unwrap();
    Sale { organizer, event, room }
}

async fn entered(app: &TestGate, room: RoomId, fans: usize) -> Vec<Fan<'_>> {
    let fans: Vec<_> = (0..fans).map(|_| app.fan()).collect();
    for fan in &fans {
        let entry = fan.join(room).await.expect(StatusCode::CREATED).body;
        assert_eq!(entry["state"], "lobby", "{entry}");
    }
    fans
}

async fn open(sale: &Sale<'_>) {
    sale.organizer.post(&format!("/room/{}/open", sale.room), json!({})).await.expect(StatusCode::OK);
}

/// Wipes line and lobby, as a Redis that lost everything would.
async fn wipe(app: &TestGate, room: RoomId) {
    app.wipe(room).await;
    let keys = draw::store::line::keys::all(room).to_vec();
    let _: i64 = redis::cmd("DEL").arg(keys).query_async(&mut app.gate.redis.clone()).await.unwrap();
}

/// The draw as anybody reads it.
async fn evidence(app: &TestGate, room: RoomId) -> Evidence {
    let text = async |path: &str| {
        let answer = app.fan().text(&format!("/queue/{room}/draw{path}")).await;
        assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
        answer.1
    };
    Evidence {
        draw: serde_json::from_str(&text("").await).unwrap(),
        entries: text("/entries").await,
        order: Some(text("/entries?order=rank").await),
    }
}

/// The fans by the numbers that they have, which must be those of a draw that verifies, each as on its receipt.
async fn check<'a>(app: &TestGate, room: RoomId, fans: &[Fan<'a>]) -> Vec<Fan<'a>> {
    let drawn = verify(&evidence(app, room).await).unwrap();
    assert_eq!(drawn.len(), fans.len());
    let mut sorted = Vec::new();
    for fan in fans {
        let place = fan.join(room).await.expect(StatusCode::OK).body;
        let receipt = fan.get(&format!("/queue/{room}/draw/receipt")).await.expect(StatusCode::OK).body;
        let rank = receipt["rank"].as_u64().unwrap();
        assert_eq!(place["number"].as_u64().unwrap() & 0xffff_ffff, rank, "{place} {receipt}");
        let index = usize::try_from(rank).unwrap() - 1;
        assert_eq!(drawn[index].place.to_string(), receipt["placeId"].as_str().unwrap());
        sorted.push((rank, fan.clone()));
    }
    sorted.sort_by_key(|(rank, _)| *rank);
    let ranks: Vec<_> = sorted.iter().map(|(rank, _)| *rank).collect();
    assert_eq!(ranks, (1..=u64::try_from(fans.len()).unwrap()).collect::<Vec<_>>());
    sorted.into_iter().map(|(_, fan)| fan).collect()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_draw_goes_its_way_from_the_lobby_to_the_last_call(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({ "state": "scheduled", "opensAt": "2027-06-01T13:00:00Z" })).await;
    let (room, path) = (sale.room, format!("/queue/{}/place", sale.room));
    app.fan().join(room).await.expect_problem(problems::LOBBY_CLOSED);
    sale.organizer.post(&format!("/room/{room}/open"), json!({})).await.expect_problem(problems::WRONG_STATE);
    let view =
        sale.organizer.post(&format!("/room/{room}/lobby"), json!({})).await.expect(StatusCode::OK).body;
    assert_eq!((&view["state"], &view["order"]), (&json!("lobby"), &json!("draw")));

    let fans = entered(&app, room, 12).await;
    let again = fans[0].join(room).await.expect(StatusCode::OK).body;
    assert_eq!((&again["entries"], again.get("number")), (&json!(12), None));
    let frame = fans[0].get(&path).await.expect(StatusCode::OK).body;
    assert_eq!(frame["commitment"], view["commitment"]);
    assert_eq!((&frame["state"], &frame["opensAt"]), (&json!("lobby"), &json!("2027-06-01T13:00:00Z")));
    app.fan().get(&path).await.expect_problem(problems::NO_PLACE);
    let gone = app.fan();
    gone.join(room).await.expect(StatusCode::CREATED);
    for _ in 0..2 {
        gone.delete(&path).await.expect(StatusCode::NO_CONTENT);
    }
    gone.get(&path).await.expect_problem(problems::NO_PLACE);
    assert_eq!(app.ticks(room, 2).await, [0, 0], "nobody is called before the draw");
    app.fan().get(&format!("/queue/{room}/draw/entries")).await.expect_problem(problems::LIST_OPEN);

    open(&sale).await;
    assert_eq!(app.ticks(room, 1).await, [0], "opening alone calls nobody");
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over);
    let order = check(&app, room, &fans).await;
    let late = app.fan();
    let last = late.join(room).await.expect(StatusCode::CREATED).body;
    assert_eq!(last["ahead"], 12, "late comers stand behind");
    assert_eq!(order[0].get(&path).await.body["ahead"], 0);
    assert_eq!(order[11].get(&path).await.body["ahead"], 11);
    late.get(&format!("/queue/{room}/draw/receipt")).await.expect_problem(problems::NO_PLACE);

    // Calls follow the ranks; nobody is parked who did not show up in the lobby's last minutes.
    app.execute("update room set admit_per_minute = 60").await;
    assert_eq!(app.ticks(room, 3).await.iter().sum::<usize>(), 4);
    for (rank, fan) in order.iter().enumerate() {
        let expected = if rank < 4 { "called" } else { "waiting" };
        assert_eq!(fan.state(room).await, expected, "rank {rank}");
    }
    let kinds =
        "select count(*) from room_log where kind in ('lobbyOpened', 'opened', 'drawFrozen', 'drawn')";
    assert_eq!(app.count(kinds).await, 4);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_seed_is_sealed_until_the_digest_stands(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({ "beacon": "The winning numbers of Saturday" })).await;
    let room = sale.room;
    entered(&app, room, 5).await;
    open(&sale).await;
    let path = format!("/room/{room}/beacon");
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Wait, "the beacon is not known yet");
    let show = async || app.fan().get(&format!("/queue/{room}/draw")).await.expect(StatusCode::OK).body;
    let frozen = show().await;
    assert_eq!((&frozen["state"], &frozen["seed"]), (&json!("frozen"), &Value::Null));
    assert_eq!((&frozen["entries"], frozen.get("caveat")), (&json!(5), None));
    let sealed =
        "select count(*) from room_draw where seed is null and position(commitment in sealed_seed) = 0";
    assert_eq!(app.count(sealed).await, 1);
    app.fan()
        .get(&format!("/queue/{room}/draw/entries?order=rank"))
        .await
        .expect_problem(problems::LIST_OPEN);
    let stranger = app.organizer().await.0;
    stranger.post(&path, json!({ "value": "1 2 3" })).await.expect_problem(problems::UNKNOWN_ROOM);
    sale.organizer.post(&path, json!({ "value": "" })).await.expect_problem(problems::WRONG_SETTING);
    sale.organizer.post(&path, json!({ "value": "3 17 21 40 41 48" })).await.expect(StatusCode::OK);
    sale.organizer.post(&path, json!({ "value": "1 2 3" })).await.expect_problem(problems::WRONG_SETTING);
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over);
    let drawn = show().await;
    assert_eq!((&drawn["state"], &drawn["beaconValue"]), (&json!("done"), &json!("3 17 21 40 41 48")));
    assert_eq!((&drawn["digest"], &drawn["commitment"]), (&frozen["digest"], &frozen["commitment"]));
    let evidence = evidence(&app, room).await;
    assert_eq!(verify(&evidence).map(|order| order.len()), Ok(5));
    let mut tampered = evidence.clone();
    tampered.draw.beacon_value = Some("1 2 3".to_owned());
    assert!(verify(&tampered).is_err());
    // The database itself refuses another seed and another digest.
    for sql in ["update room_draw set seed = sha256('x')", "update draw_digest set entries = 4"] {
        let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
        assert!(sql.execute(&app.postgres).await.is_err());
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn late_comers_stand_behind_however_far_the_draw_is(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({})).await;
    let fans = entered(&app, sale.room, 10).await;
    open(&sale).await;
    // As long as the lobby is not closed one may still enter; from then on one comes late.
    let (mut early, mut late) = (fans, Vec::new());
    let mut has_frozen = false;
    loop {
        let fan = app.fan();
        let place = fan.join(sale.room).await.expect(StatusCode::CREATED).body;
        if let Some(number) = place["number"].as_u64() {
            has_frozen = true;
            assert_eq!(place["ahead"], early.len() + late.len(), "{place}");
            late.push((number, fan));
        } else {
            assert!(!has_frozen, "the lobby takes nobody any more");
            early.push(fan);
        }
        if has_frozen && late.len() < 4 {
            let frame = early[0].get(&format!("/queue/{}/place", sale.room)).await.body;
            assert_eq!(frame["state"], "drawing");
            early[0].delete(&format!("/queue/{}/place", sale.room)).await.expect_problem(problems::DRAWING);
        }
        if step(&app.gate, sale.room, SMALL).await.unwrap() == Next::Over {
            break;
        }
    }
    assert!(early.len() > 10 && late.len() > 5, "{} and {}", early.len(), late.len());
    let order = check(&app, sale.room, &early).await;
    let path = format!("/queue/{}/place", sale.room);
    for (index, (number, fan)) in late.iter().enumerate() {
        let frame = fan.get(&path).await.body;
        assert_eq!(frame["ahead"], early.len() + index);
        assert_eq!(frame["number"], *number, "a late number stays");
    }
    order[3].delete(&path).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(late[0].1.get(&path).await.body["ahead"], early.len() - 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_no_draw_is_told_apart(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let path = format!("/queue/{}/draw", sale.room);
    for of in ["", "/entries", "/receipt"] {
        app.fan().get(&format!("{path}{of}")).await.expect_problem(problems::NO_DRAW);
    }
    let unknown: RoomId = app.gate.ids.next();
    app.fan().get(&format!("/queue/{unknown}/draw")).await.expect_problem(problems::UNKNOWN_ROOM);
    sale.organizer
        .post(&format!("/room/{}/lobby", sale.room), json!({}))
        .await
        .expect_problem(problems::WRONG_STATE);
    let value = json!({ "value": "x" });
    sale.organizer
        .post(&format!("/room/{}/beacon", sale.room), value)
        .await
        .expect_problem(problems::WRONG_SETTING);
    let (organizer, event) = app.organizer().await;
    let base = json!({ "eventId": event, "name": "x", "admitPerMinute": 1, "maxActive": 1 });
    for more in [
        json!({ "order": "fifo", "beacon": "x" }),
        json!({ "state": "lobby" }),
        json!({ "order": "draw", "state": "open" }),
        json!({ "order": "draw", "beacon": " " }),
    ] {
        let mut body = base.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        organizer.post("/room", body).await.expect_problem(problems::WRONG_SETTING);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_socket_in_the_lobby_hears_of_the_draw_and_then_where_it_stands(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({})).await;
    let room = sale.room;
    let fans = entered(&app, room, 3).await;
    let mut socket = connect(&app, &fans[0], room).await;
    let hears = async |socket: &mut Socket, state: &str| {
        tell(&app, room).await;
        let heard = frame(socket).await;
        assert_eq!(heard["state"], state, "{heard}");
        heard
    };
    assert_eq!(frame(&mut socket).await["entries"], 3);
    entered(&app, room, 1).await;
    assert_eq!(hears(&mut socket, "lobby").await["entries"], 4);
    // The lobby is lost: the gate puts those back whose sockets it has, they do nothing.
    wipe(&app, room).await;
    line::epoch::recover(&app.gate, room).await.unwrap();
    hears(&mut socket, "lobby").await;
    assert_eq!(hears(&mut socket, "lobby").await["entries"], 1);
    fans[1].join(room).await;
    fans[2].join(room).await;
    open(&sale).await;
    app.pass(11);
    while step(&app.gate, room, SMALL).await.unwrap() == Next::Step {
        let heard = frame_now(&app, room, &mut socket).await;
        assert!(["lobby", "drawing"].contains(&heard["state"].as_str().unwrap()), "{heard}");
    }
    let place = hears(&mut socket, "waiting").await;
    let order = check(&app, room, &fans).await;
    let rank = order.iter().position(|fan| fan.visitor == fans[0].visitor).unwrap();
    assert_eq!(place["ahead"], rank);
    // Having a socket is being there, long after the draw.
    app.execute("update room set max_active = 0").await;
    app.pass(600);
    frame_now(&app, room, &mut socket).await;
    app.execute("update room set max_active = 3").await;
    app.tick(room).await;
    assert_eq!(hears(&mut socket, "called").await["number"], place["number"]);
}

async fn frame_now(app: &TestGate, room: RoomId, socket: &mut Socket) -> Value {
    tell(app, room).await;
    frame(socket).await
}
