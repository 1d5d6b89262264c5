//! Every mail in every language, and as its organizer wants to be seen.

use chrono::DateTime;
use contracts::{
    language::Language,
    message::{
        Brand, EventBrief, EventChange, EventChanged, Message, OrderEnded, OrderReceived, PaymentReturned,
        Recipient, ReturnCause, SeatsOffered, SignInCode, TicketGone, TicketReceived, TicketsIssued,
        TransferOffered, TurnCame, TurnNear, WebhookOff,
    },
    money::Money,
};
use mail_parser::MessageParser;
use notifier::email::Email;
use uuid::Uuid;

use crate::support::{a_refund, a_return, tickets_for};

/// A reader of `language`, and an event of an organizer, with `typed` wherever people type.
fn reader_and_event(language: Language, typed: &str) -> (Recipient, EventBrief) {
    let issued = tickets_for(typed, &[typed]);
    let text = || Some(typed.to_owned());
    let brand = Brand { name: text(), colour: text(), reply_to: text(), footer: text() };
    let mut event = issued.event;
    (event.title, event.venue, event.city) = (typed.to_owned(), typed.to_owned(), typed.to_owned());
    event.brand = Some(brand);
    (Recipient { language, ..issued.to }, event)
}

/// The mails that bring something: tickets, offers.
fn that_bring(language: Language, typed: &str) -> Vec<Message> {
    let text = || typed.to_owned();
    let (to, event) = reader_and_event(language, typed);
    let issued = tickets_for(typed, &[typed]);
    let (order, ticket, until) = (issued.order, issued.tickets[0].clone(), event.starts_at);
    let paid = TicketsIssued { to: to.clone(), event: event.clone(), ..issued };
    let free = TicketsIssued { total: Money { minor: 0, ..paid.total }, ..paid.clone() };
    let accept_url = "https://usher.example/accept#x".to_owned();
    let ticket_url = "https://usher.example/ticket/x".to_owned();
    let offer_url = "https://usher.example/e/x#offer=y".to_owned();
    let (from, place, places) = (text(), text(), vec![text()]);
    let offered =
        TransferOffered { to: to.clone(), from, order, event: event.clone(), place, accept_url, until };
    let received = TicketReceived { to: to.clone(), order, event: event.clone(), ticket, ticket_url };
    let gone = TicketGone { to: to.clone(), order, event: event.clone(), place: text() };
    vec![
        Message::TicketsIssued(paid),
        Message::TicketsIssued(free),
        Message::TransferOffered(offered),
        Message::TicketReceived(received),
        Message::TicketGone(gone),
        Message::SeatsOffered(SeatsOffered { to, event, places, until, offer_url }),
    ]
}

/// The mails that tell what became of an order, an event, a webhook.
fn that_tell(language: Language, typed: &str) -> Vec<Message> {
    let text = || typed.to_owned();
    let (to, event) = reader_and_event(language, typed);
    let (order, event_url) = (a_return().order, "https://usher.example/e/x".to_owned());
    let places = vec![text()];
    let ended =
        OrderEnded { to: to.clone(), order, event: event.clone(), places, event_url: event_url.clone() };
    let code = SignInCode { to: to.clone(), code: text(), sealed: false, minutes: 10 };
    let mut messages =
        vec![Message::OrderExpired(ended.clone()), Message::OrderCancelled(ended), Message::SignInCode(code)];
    for gone in [false, true] {
        let (since, at) = (event.starts_at, event.starts_at);
        messages.push(Message::WebhookOff(WebhookOff { to: to.clone(), url: text(), gone, since, at }));
        let mut refund = a_refund(gone);
        (refund.to, refund.event, refund.why) = (to.clone(), event.clone(), text());
        refund.places = vec![text()];
        messages.push(Message::OrderRefunded(refund));
    }
    let causes = [
        ReturnCause::Others,
        ReturnCause::VoucherUsed,
        ReturnCause::CodeUsed,
        ReturnCause::CalledOff,
        ReturnCause::NotCaptured,
    ];
    for cause in causes.map(Some).into_iter().chain([None]) {
        let returned =
            PaymentReturned { to: to.clone(), event: event.clone(), why: text(), cause, ..a_return() };
        messages.push(Message::PaymentReturned(returned));
    }
    let changes = [EventChange::Moved, EventChange::Postponed, EventChange::Resumed, EventChange::Cancelled];
    for change in changes.into_iter().chain([EventChange::CalledOff]) {
        let (was, event_url) = (event.clone(), event_url.clone());
        let changed = EventChanged { to: to.clone(), event: event.clone(), was, change, event_url };
        messages.push(Message::EventChanged(changed));
    }
    let (places, order_url) = (vec![text()], event_url.clone());
    let placed = OrderReceived { to: to.clone(), order, event: event.clone(), places, order_url };
    messages.push(Message::OrderReceived(placed));
    messages.extend(that_call(&to, &event, &event_url));
    messages
}

/// The mails to those in line.
fn that_call(to: &Recipient, event: &EventBrief, url: &str) -> [Message; 3] {
    let (to, room, queue_url, until) = (to.clone(), event.title.clone(), url.to_owned(), event.starts_at);
    let near = TurnNear {
        to: to.clone(),
        room: room.clone(),
        event: Some(event.clone()),
        from_minutes: 7,
        to_minutes: 12,
        queue_url: queue_url.clone(),
    };
    let kept = TurnCame { to, room, event: Some(event.clone()), until: None, queue_url };
    let called = TurnCame { event: None, until: Some(until), ..kept.clone() };
    [Message::TurnNear(near), Message::TurnCame(kept), Message::TurnCame(called)]
}

/// One of each kind, and of each shape that a kind has, for a reader of `language`; `typed` stands wherever people type.
fn all(language: Language, typed: &str) -> Vec<Message> {
    [that_bring(language, typed), that_tell(language, typed)].concat()
}

fn raw(message: &Message) -> Vec<u8> {
    let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let from = "Usher <tickets@usher.example>".parse().unwrap();
    Email::about(message, at).unwrap().address(&from, Uuid::from_u128(9).into(), at).unwrap().formatted()
}

#[test]
fn every_mail_is_written_in_every_language() {
    let english: Vec<Vec<u8>> = all(Language::En, "Rosa").iter().map(raw).collect();
    assert!(english.len() > 20);
    for language in Language::ALL {
        for (message, english) in all(language, "Rosa").iter().zip(&english) {
            let raw = raw(message);
            let mail = MessageParser::default().parse(&raw).unwrap();
            let english = MessageParser::default().parse(english).unwrap();
            let html = mail.body_html(0).unwrap();
            assert!(html.contains(&format!("<html lang=\"{}\">", language.code())), "{html}");
            let other = mail.subject() != english.subject() && mail.body_text(0) != english.body_text(0);
            assert_eq!(
                other,
                language != Language::En,
                "{language:?} {}: {:?}",
                message.kind(),
                mail.subject()
            );
            for part in [&html, &mail.body_text(0).unwrap()] {
                assert!(part.contains("Rosa") && !part.contains("{{") && !part.contains("{%"), "{part}");
            }
        }
    }
}

#[test]
fn dates_and_money_are_written_in_the_language_of_the_mail() {
    let mail = |language| {
        let raw = raw(&all(language, "Rosa")[0]);
        MessageParser::default().parse(&raw).unwrap().body_text(0).unwrap().into_owned()
    };
    let german = mail(Language::De);
    assert!(
        german.contains("Donnerstag, 24. Dezember 2026, 19:00 Uhr (CET)") && german.contains("99,00 EUR"),
        "{german}"
    );
    let japanese = mail(Language::Ja);
    assert!(
        japanese.contains("2026年12月24日(木) 19:00 (CET)") && japanese.contains("99.00 EUR"),
        "{japanese}"
    );
}

#[test]
fn nothing_that_people_typed_is_markup_or_a_header_in_any_mail() {
    let typed = "\"><script>x</script>\r\nBcc: eve@example.com\r\n\r\n{{ 7 * 7 }}<img src=x onerror=x>";
    for language in [Language::En, Language::Ja] {
        for message in all(language, typed) {
            let raw = raw(&message);
            let mail = MessageParser::default().parse(&raw).unwrap();
            let html = mail.body_html(0).unwrap();
            let kind = message.kind();
            assert!(!html.contains("<script") && !html.contains("<img src=x"), "{kind}: {html}");
            assert!(
                html.contains("{{ 7 * 7 }}") && !html.contains("49<"),
                "{kind}: what people type is no template"
            );
            assert!(mail.bcc().is_none() && mail.reply_to().is_none(), "{kind}: a header was smuggled in");
            assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("tickets@usher.example"));
        }
    }
}

#[test]
fn a_mail_shows_its_organizers_name_colour_and_text_and_answers_go_to_them() {
    let mut issued = tickets_for("Ada", &["Seat 1"]);
    issued.event.brand = Some(Brand {
        name: Some("Harbour Hall".to_owned()),
        colour: Some("#ffdd00".to_owned()),
        reply_to: Some("box@harbour.example".to_owned()),
        footer: Some("Harbour Hall\nHamburg".to_owned()),
    });
    let raw = raw(&Message::TicketsIssued(issued));
    let mail = MessageParser::default().parse(&raw).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Harbour Hall"), Some("tickets@usher.example")));
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("box@harbour.example"));
    let html = mail.body_html(0).unwrap();
    assert!(html.contains("background:#ffdd00;color:#1c1c22"), "dark letters on a light colour: {html}");
    for part in [html, mail.body_text(0).unwrap()] {
        assert!(part.replace("\r\n", "\n").contains("Harbour Hall\nHamburg"), "{part}");
    }
}
