//! Files, and those who send and fetch them.

use axum::body::Body;
use http::{Method, header};

use crate::app::{Answer, Fan, TestGate};

/// A PNG of this size with `fill` bytes of pixels that nobody decodes.
pub(crate) fn png(width: u32, height: u32, fill: usize) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [(b"IHDR", head), (b"IDAT", vec![7; fill]), (b"IEND", Vec::new())] {
        file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        file.extend(name);
        file.extend(data);
        file.extend([0; 4]);
    }
    file
}

impl Fan<'_> {
    /// Asks with these fields.
    pub(crate) async fn get_with(&self, path: &str, fields: &[(&'static str, &str)]) -> Answer {
        let name = |name| header::HeaderName::from_static(name);
        let fields: Vec<_> = fields.iter().map(|(called, value)| (name(called), *value)).collect();
        self.sent(Method::GET, path, &fields, None).await
    }

    /// Sends a file.
    pub(crate) async fn send_bytes(&self, method: Method, path: &str, media: &str, file: Vec<u8>) -> Answer {
        self.sent(method, path, &[(header::CONTENT_TYPE, media)], Some(Body::from(file))).await
    }
}

impl TestGate {
    /// Somebody who was never here.
    pub(crate) fn newcomer(&self) -> Fan<'_> {
        let mut fan = self.fan();
        fan.cookies.clear();
        fan
    }
}
