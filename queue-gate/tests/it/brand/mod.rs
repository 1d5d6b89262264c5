//! How the pages of a room look, and how that is seen before fans see it.

mod files;
mod link;
mod page;
mod setting;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Answer, Fan, Sale};

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

impl Sale<'_> {
    pub(crate) fn brand_path(&self) -> String {
        format!("/room/{}/brand", self.room)
    }

    /// Gives the room this look, whatever its version.
    pub(crate) async fn brand(&self, brand: Value) -> Answer {
        self.organizer.matching("*").put(&self.brand_path(), json!({ "brand": brand })).await
    }

    pub(crate) async fn logo(&self, media: &str, bytes: Vec<u8>) -> Answer {
        let path = format!("/room/{}/logo", self.room);
        self.organizer.send_bytes(Method::POST, &path, media, bytes).await
    }

    /// The path of a link to this look.
    pub(crate) async fn link(&self, body: Value) -> String {
        let path = format!("{}/preview", self.brand_path());
        let made = self.organizer.post(&path, body).await.expect(StatusCode::CREATED);
        let url = made.body["url"].as_str().unwrap();
        url[url.find("/room/").unwrap()..].to_owned()
    }
}

/// The queue page, as a browser with these languages gets it.
pub(crate) async fn page(fan: &Fan<'_>, path: &str, languages: &str) -> Answer {
    fan.get_with(path, &[("accept", BROWSER), ("accept-language", languages)]).await
}

pub(crate) fn full() -> Value {
    json!({
        "name": "Harbour Hall", "accent": "#FFD400", "link": "https://harbour.example/shows", "language": "de",
        "texts": {
            "en": { "welcome": "Two nights.\nOne stage.", "help": "https://harbour.example/help" },
            "de": { "welcome": "Zwei Nächte.", "rules": "Vier Karten für jeden." },
        },
    })
}
