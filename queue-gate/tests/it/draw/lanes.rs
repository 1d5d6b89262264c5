//! Those who are drawn come into the lanes that they proved in the lobby, and an account into one of them once.

use contracts::{
    id::{AccountId, RoomId},
    session::Role,
};
use http::StatusCode;
use queue_gate::{
    draw::{
        advance::{Next, step},
        run::advance,
        verify::verify,
    },
    line, problems,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{SMALL, evidence, lobby, open, wipe};
use crate::{
    app::{Answer, Fan, Sale, TestGate},
    live::{connect, frame, tell},
};

/// A lobby before the lanes `vip` (by code), `members` (by account) and `main`.
async fn lobby_with_lanes(app: &TestGate) -> Sale<'_> {
    let sale = lobby(app, json!({ "admitPerMinute": 600 })).await;
    let lanes = json!({ "version": 1, "lanes": [
        { "name": "vip", "share": 2 },
        { "name": "members", "share": 1, "accounts": "registered" },
        { "name": "main", "share": 1 },
    ] });
    sale.organizer.put(&format!("/room/{}/lane", sale.room), lanes).await.expect(StatusCode::OK);
    let codes: Vec<_> = (0..9).map(|n| json!({ "code": format!("VIP-000{n}"), "lane": "vip" })).collect();
    let path = format!("/room/{}/code", sale.room);
    let report = sale.organizer.post(&path, json!({ "codes": codes })).await.expect(StatusCode::OK).body;
    assert_eq!(report["imported"], 9);
    sale
}

fn member(app: &TestGate) -> Fan<'_> {
    app.account(app.gate.ids.next(), Role::Fan)
}

async fn join_by_code(fan: &Fan<'_>, room: RoomId, n: usize) -> Answer {
    fan.post(&format!("/queue/{room}/place"), json!({ "code": format!("VIP-000{n}") })).await
}

/// So many fans in each lane: in `vip`, in `members`, in `main`.
async fn entered(app: &TestGate, room: RoomId, counts: [usize; 3]) -> [Vec<Fan<'_>>; 3] {
    let mut fans = [Vec::new(), Vec::new(), Vec::new()];
    for n in 0..counts[0] {
        let fan = app.fan();
        // Half of them find their code only when they are in already.
        if n % 2 == 1 {
            assert_eq!(fan.join(room).await.expect(StatusCode::CREATED).body.get("lane"), None);
        }
        assert_eq!(join_by_code(&fan, room, n).await.body["lane"], "vip");
        assert_eq!(fan.join(room).await.expect(StatusCode::OK).body["lane"], "vip", "and stay there");
        fans[0].push(fan);
    }
    for _ in 0..counts[1] {
        let fan = member(app);
        assert_eq!(fan.join(room).await.expect(StatusCode::CREATED).body["lane"], "members");
        fans[1].push(fan);
    }
    for _ in 0..counts[2] {
        let fan = app.fan();
        fan.join(room).await.expect(StatusCode::CREATED);
        fans[2].push(fan);
    }
    fans
}

/// The fans of one lane in the order of the draw, each with the number and the position that follow from it.
async fn check_lane<'a>(
    app: &TestGate,
    room: RoomId,
    fans: &[Fan<'a>],
    number: u8,
    name: &str,
) -> Vec<Fan<'a>> {
    let drawn = verify(&evidence(app, room).await).unwrap();
    let of_lane = drawn.iter().filter(|entry| entry.lane.number() == number);
    let mut sorted = Vec::new();
    for entry in of_lane {
        let place = entry.place.to_string();
        for fan in fans {
            let receipt = fan.get(&format!("/queue/{room}/draw/receipt")).await.expect(StatusCode::OK).body;
            if receipt["placeId"] == place {
                let frame = fan.join(room).await.expect(StatusCode::OK).body;
                let rank = drawn.iter().position(|drawn| drawn == entry).unwrap() + 1;
                assert_eq!(
                    (&receipt["rank"], &frame["ahead"]),
                    (&json!(rank), &json!(sorted.len())),
                    "{frame}"
                );
                assert_eq!(frame["number"].as_u64().unwrap() & 0xffff_ffff, u64::try_from(rank).unwrap());
                let lane = Some(name).filter(|name| *name != "main");
                assert_eq!((receipt["lane"].as_str(), frame["lane"].as_str()), (lane, lane));
                sorted.push(fan.clone());
            }
        }
    }
    assert_eq!(sorted.len(), fans.len(), "{name}");
    sorted
}

/// The fans of all lanes, each in the order of the draw. Lanes are numbered as they were added, `main` is 0.
async fn check<'a>(app: &TestGate, room: RoomId, fans: &[Vec<Fan<'a>>; 3]) -> [Vec<Fan<'a>>; 3] {
    [
        check_lane(app, room, &fans[0], 1, "vip").await,
        check_lane(app, room, &fans[1], 2, "members").await,
        check_lane(app, room, &fans[2], 0, "main").await,
    ]
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn those_who_are_drawn_land_in_their_lanes_in_the_order_of_the_draw(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby_with_lanes(&app).await;
    let room = sale.room;
    let fans = entered(&app, room, [5, 4, 6]).await;
    open(&sale).await;
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over);
    let order = check(&app, room, &fans).await;
    let public = app.fan().get(&format!("/queue/{room}/draw")).await.body;
    assert_eq!(public["lanes"], json!([{ "lane": 1, "name": "vip" }, { "lane": 2, "name": "members" }]));
    // Calls are shared out over the lanes, and in each follow the draw.
    app.execute("update room set max_active = 8").await;
    assert_eq!(app.ticks(room, 1).await, [8]);
    for (fans, called) in order.iter().zip([4, 2, 2]) {
        for (index, fan) in fans.iter().enumerate() {
            assert_eq!(fan.state(room).await == "called", index < called, "{index} of {called}");
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn late_comers_stand_behind_the_draw_in_their_own_lane(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby_with_lanes(&app).await;
    let room = sale.room;
    let fans = entered(&app, room, [3, 3, 4]).await;
    open(&sale).await;
    // Until the lobby is closed one may still enter.
    for _ in 0..2 {
        step(&app.gate, room, SMALL).await.unwrap();
    }
    let (mut late, mut is_over) = ([0, 0, 0], false);
    for turn in 0.. {
        is_over |= step(&app.gate, room, SMALL).await.unwrap() == Next::Over;
        let which = turn % 3;
        let came = match which {
            0 if late[0] < 5 => join_by_code(&app.fan(), room, 3 + late[0]).await.body,
            1 => member(&app).join(room).await.body,
            _ => app.fan().join(room).await.body,
        };
        let which = if which == 0 && came["lane"] != "vip" { 2 } else { which };
        assert_eq!(came["ahead"], json!(fans[which].len() + late[which]), "turn {turn}: {came}");
        late[which] += 1;
        if is_over && late.iter().all(|late| *late > 1) {
            break;
        }
    }
    check(&app, room, &fans).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_lane_that_was_proved_survives_the_loss_of_redis_before_and_after_the_draw(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby_with_lanes(&app).await;
    let room = sale.room;
    let fans = entered(&app, room, [3, 2, 2]).await;
    let mut tokens = Vec::new();
    for fan in fans.iter().flatten() {
        tokens.push((fan, fan.join(room).await.body["token"].clone()));
    }
    // One of each lane is put back by the gate that has their socket, the others by what they carry.
    let mut sockets = Vec::new();
    for fans in &fans {
        let mut socket = connect(&app, &fans[0], room).await;
        frame(&mut socket).await;
        sockets.push(socket);
    }
    tell(&app, room).await;
    wipe(&app, room).await;
    line::epoch::recover(&app.gate, room).await.unwrap();
    tell(&app, room).await;
    for (fan, token) in &tokens {
        // Without a session: the token says the lane.
        let nobody = app.fan_called(fan.visitor);
        nobody.post(&format!("/queue/{room}/place"), json!({ "token": token })).await.expect(
            if fans.iter().any(|fans| fans[0].visitor == fan.visitor) {
                StatusCode::OK
            } else {
                StatusCode::CREATED
            },
        );
    }
    open(&sale).await;
    app.pass(11);
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over);
    check(&app, room, &fans).await;
    wipe(&app, room).await;
    app.tick(room).await;
    app.pass(11);
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over);
    for fan in fans.iter().flatten() {
        app.fan_called(fan.visitor).join(room).await.expect(StatusCode::OK);
    }
    check(&app, room, &fans).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_gate_puts_entries_back_into_their_lanes_by_itself(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby_with_lanes(&app).await;
    let room = sale.room;
    let fans = entered(&app, room, [2, 2, 2]).await;
    let mut sockets = Vec::new();
    for fan in fans.iter().flatten() {
        let mut socket = connect(&app, fan, room).await;
        frame(&mut socket).await;
        sockets.push(socket);
    }
    tell(&app, room).await;
    wipe(&app, room).await;
    line::epoch::recover(&app.gate, room).await.unwrap();
    tell(&app, room).await;
    open(&sale).await;
    app.pass(11);
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over);
    check(&app, room, &fans).await;
}

/// A lobby that takes each account once.
async fn lobby_for_accounts(app: &TestGate) -> Sale<'_> {
    let sale = lobby(app, json!({ "state": "scheduled" })).await;
    let entry = json!({ "version": 1, "account": "registered" });
    sale.organizer.put(&format!("/room/{}/entry", sale.room), entry).await.expect(StatusCode::OK);
    sale.organizer.post(&format!("/room/{}/lobby", sale.room), json!({})).await.expect(StatusCode::OK);
    sale
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_account_has_one_entry_on_all_its_devices_where_the_room_asks_for_one(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby_for_accounts(&app).await;
    let (room, path) = (sale.room, format!("/queue/{}/place", sale.room));
    app.fan().join(room).await.expect_problem(problems::SIGN_IN);
    let ada: AccountId = app.gate.ids.next();
    let [phone, laptop, late] = [(); 3].map(|()| app.account(ada, Role::Fan));
    let bob = member(&app);
    let entry = phone.join(room).await.expect(StatusCode::CREATED).body;
    let same = laptop.join(room).await.expect(StatusCode::OK).body;
    assert_eq!((&same["placeId"], &same["entries"]), (&entry["placeId"], &json!(1)));
    assert_eq!(same.get("token"), None, "the entry is proved by the device that made it");
    assert_eq!(bob.join(room).await.expect(StatusCode::CREATED).body["entries"], 2);
    // Given up on one device it is given up on all, and may be made anew.
    laptop.delete(&path).await.expect(StatusCode::NO_CONTENT);
    phone.get(&path).await.expect_problem(problems::NO_PLACE);
    let anew = laptop.join(room).await.expect(StatusCode::CREATED).body;
    assert_eq!(phone.join(room).await.expect(StatusCode::OK).body["placeId"], anew["placeId"]);
    let frame = phone.get(&path).await.expect(StatusCode::OK).body;
    assert_eq!((&frame["state"], &frame["entries"]), (&json!("lobby"), &json!(2)));

    open(&sale).await;
    let mut drawing = Value::Null;
    while step(&app.gate, room, SMALL).await.unwrap() != Next::Over {
        let answer = late.join(room).await.body;
        if answer["state"] == "drawing" {
            drawing = answer;
        }
    }
    assert_eq!(drawing["placeId"], anew["placeId"], "no device of the account comes late");
    assert_eq!(verify(&evidence(&app, room).await).map(|drawn| drawn.len()), Ok(2));
    let mut numbers = Vec::new();
    for device in [&phone, &laptop, &late] {
        numbers.push(device.get(&path).await.expect(StatusCode::OK).body["number"].clone());
    }
    assert!(numbers[0].is_u64() && numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
    assert_ne!(bob.number(room).await, numbers[0].as_u64().unwrap());
    let fresh = app.account(ada, Role::Fan);
    assert_eq!(fresh.join(room).await.expect(StatusCode::OK).body["number"], numbers[0]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_signs_in_on_a_device_with_an_entry_of_its_own_keeps_one(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({})).await;
    let room = sale.room;
    let ada: AccountId = app.gate.ids.next();
    let [phone, laptop] = [(); 2].map(|()| app.account(ada, Role::Fan));
    // The room did not ask for accounts yet, so there are two.
    let first = phone.join(room).await.expect(StatusCode::CREATED).body;
    laptop.join(room).await.expect(StatusCode::CREATED);
    let version = sale.organizer.get(&format!("/room/{room}")).await.body["version"].clone();
    let entry = json!({ "version": version, "account": "registered" });
    sale.organizer.put(&format!("/room/{room}/entry"), entry).await.expect(StatusCode::OK);
    assert_eq!(phone.join(room).await.expect(StatusCode::OK).body["entries"], 2);
    let kept = laptop.join(room).await.expect(StatusCode::OK).body;
    assert_eq!((&kept["placeId"], &kept["entries"]), (&first["placeId"], &json!(1)));
    open(&sale).await;
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over);
    assert_eq!(phone.number(room).await, laptop.number(room).await);
}
