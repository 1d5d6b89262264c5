//! A fan: waits, is called, enters, reserves, pays.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::{
    organizer::{Event, Room, text},
    person::{Answer, Person},
    until,
};

/// How long a fan waits for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug)]
pub struct Fan {
    /// Their browser.
    pub person: Person,
    /// Their address.
    pub email: String,
}

/// The live socket of a place.
#[derive(Debug)]
pub struct Live(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Fan {
    /// A fan with a guest's account.
    pub async fn guest(person: Person, name: &str) -> Self {
        let email = format!("{name}@fans.example");
        person.post("/account/guest", &json!({ "email": email, "name": name })).await.expect(201);
        Self { person, email }
    }

    /// Takes a place in line and returns its number.
    pub async fn join(&self, room: &Room) -> u64 {
        let place = self.person.post(&format!("/queue/{}/place", room.id), &json!({})).await;
        assert!(place.status.is_success(), "{place:?}");
        let place = place.expect(place.status.as_u16());
        place["number"].as_u64().expect("a place has a number")
    }

    /// Opens the live socket of the place.
    pub async fn watch(&self, room: &Room) -> Live {
        self.try_watch(room).await.expect("the live socket opens")
    }

    /// The same, for a system in trouble.
    pub async fn try_watch(&self, room: &Room) -> Option<Live> {
        let url = self.person.socket_url(&format!("/queue/{}/live", room.id));
        let mut request = url.into_client_request().expect("the URL is one");
        if let Some(cookies) = self.person.cookie_header() {
            let cookies = HeaderValue::from_str(&cookies).expect("cookies are plain");
            request.headers_mut().insert("cookie", cookies);
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await.ok()?;
        Some(Live(socket))
    }

    /// Waits on the live socket until called. A socket that breaks is opened again.
    pub async fn wait_until_called(&self, room: &Room) -> Value {
        until("the call", PATIENCE, async || {
            let mut live = self.try_watch(room).await?;
            loop {
                let frame = live.next().await?;
                match frame["state"].as_str() {
                    Some("called" | "active") => return Some(frame),
                    Some("unknown") => {
                        self.join(room).await;
                    }
                    _ => {}
                }
            }
        })
        .await
    }

    /// Claims the called place: an admission token.
    pub async fn claim(&self, room: &Room) -> String {
        let claimed = self.person.post(&format!("/queue/{}/pass", room.id), &json!({})).await;
        assert!(claimed.status.is_success(), "{claimed:?}");
        text(&claimed.expect(claimed.status.as_u16())["admissionToken"])
    }

    /// Exchanges the admission token for the pass.
    pub async fn exchange(&self, room: &Room, token: &str) {
        let body = json!({ "admissionToken": token });
        let session = self.person.post(&format!("/queue/{}/session", room.id), &body).await.expect(200);
        assert_eq!(session["eventId"], room.event);
    }

    /// Joins, waits, claims, enters.
    pub async fn enter(&self, room: &Room) {
        self.join(room).await;
        self.wait_until_called(room).await;
        let token = self.claim(room).await;
        self.exchange(room, &token).await;
    }

    /// The tickets that the event shows as available, with the public id and the tier of each.
    pub async fn tickets(&self, event: &Event) -> Vec<Value> {
        let event = self.person.get(&format!("/event/{}", event.id)).await.expect(200);
        event["ticket"].as_array().cloned().unwrap_or_default()
    }

    /// Asks for one ticket.
    pub async fn reserve(&self, ticket: &str) -> Answer {
        self.person.post("/booking/reserve", &json!({ "ticketId": ticket })).await
    }

    /// Confirms a hold, with a token of the payment sandbox.
    pub async fn confirm(&self, hold: &str, token: &str) -> Answer {
        self.person.put("/booking/confirm", &confirmation(hold, token)).await
    }

    /// The order, once it is in `state`.
    pub async fn order_in(&self, order: &str, state: &str) -> Value {
        let path = format!("/order/{order}");
        until(&format!("order {state}"), PATIENCE, async || {
            let answer = self.person.try_send(self.person.request(Method::GET, &path)).await?;
            let order: Value = answer.status.is_success().then(|| answer.expect(200))?;
            (order["state"] == state).then_some(order)
        })
        .await
    }
}

/// The body of a confirmation.
pub fn confirmation(hold: &str, token: &str) -> Value {
    json!({ "holdId": hold, "paymentDetails": { "provider": "sandbox", "token": token } })
}

impl Live {
    /// The next frame; `None` at the end of the socket.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => return serde_json::from_str(&text).ok(),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}
