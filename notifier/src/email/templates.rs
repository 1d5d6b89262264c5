//! The templates, compiled into the program. Names that end in `.html` escape what they are given.

use std::sync::LazyLock;

use contracts::message::EventBrief;
use minijinja::{Environment, UndefinedBehavior, Value, context};

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut all = Environment::new();
    all.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in [
        ("layout.html", include_str!("layout.html")),
        ("ticket.html", include_str!("ticket.html")),
        ("ticket.txt", include_str!("ticket.txt")),
        ("refund.html", include_str!("refund.html")),
        ("refund.txt", include_str!("refund.txt")),
        ("transfer-offered.html", include_str!("transfer-offered.html")),
        ("transfer-offered.txt", include_str!("transfer-offered.txt")),
        ("ticket-received.html", include_str!("ticket-received.html")),
        ("ticket-received.txt", include_str!("ticket-received.txt")),
        ("ticket-gone.html", include_str!("ticket-gone.html")),
        ("ticket-gone.txt", include_str!("ticket-gone.txt")),
        ("refunded.html", include_str!("refunded.html")),
        ("refunded.txt", include_str!("refunded.txt")),
        ("seats-offered.html", include_str!("seats-offered.html")),
        ("seats-offered.txt", include_str!("seats-offered.txt")),
        ("sign-in-code.html", include_str!("sign-in-code.html")),
        ("sign-in-code.txt", include_str!("sign-in-code.txt")),
        ("webhook-off.html", include_str!("webhook-off.html")),
        ("webhook-off.txt", include_str!("webhook-off.txt")),
    ] {
        all.add_template(name, source).expect("a template of ours that a test renders");
    }
    all
});

/// Fills a template.
pub(super) fn render(name: &str, with: Value) -> Result<String, minijinja::Error> {
    TEMPLATES.get_template(name)?.render(with)
}

/// What the templates say of an event.
pub(super) fn event(brief: &EventBrief) -> Value {
    let starts = super::starts(brief);
    let EventBrief { title, venue, city, .. } = brief.clone();
    context! { title, venue, city, starts }
}
