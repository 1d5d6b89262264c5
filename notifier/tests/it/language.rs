//! Every mail in every language, and as its organizer wants to be seen.

use chrono::DateTime;
use contracts::{
    language::Language,
    message::{
        Brand, EventChange, EventChanged, Message, OrderEnded, PaymentReturned, Recipient, ReturnCause,
        SeatsOffered, SignInCode, TicketGone, TicketReceived, TransferOffered, WebhookOff,
    },
};
use mail_parser::MessageParser;
use notifier::email::Email;
use uuid::Uuid;

use crate::support::{a_refund, a_return, tickets_for};

/// One of each kind, and of each shape that a kind has, for a reader of `language`; `typed` stands wherever people type.
fn all(language: Language, typed: &str) -> Vec<Message> {
    let text = || typed.to_owned();
    let issued = tickets_for(typed, &[typed]);
    let to = Recipient { language, ..issued.to.clone() };
    let brand =
        Brand { name: Some(text()), colour: Some(text()), reply_to: Some(text()), footer: Some(text()) };
    let mut event = issued.event.clone();
    (event.title, event.venue, event.city, event.brand) = (text(), text(), text(), Some(brand));
    let ended = OrderEnded {
        to: to.clone(),
        order: issued.order,
        event: event.clone(),
        places: vec![text()],
        event_url: "https://usher.example/e/x".to_owned(),
    };
    let mut free =
        contracts::message::TicketsIssued { to: to.clone(), event: event.clone(), ..issued.clone() };
    let paid = free.clone();
    free.total.minor = 0;
    let mut messages = vec![
        Message::TicketsIssued(paid),
        Message::TicketsIssued(free),
        Message::OrderExpired(ended.clone()),
        Message::OrderCancelled(ended),
        Message::TransferOffered(TransferOffered {
            to: to.clone(),
            from: text(),
            order: issued.order,
            event: event.clone(),
            place: text(),
            accept_url: "https://usher.example/accept#x".to_owned(),
            until: event.starts_at,
        }),
        Message::TicketReceived(TicketReceived {
            to: to.clone(),
            order: issued.order,
            event: event.clone(),
            ticket: issued.tickets[0].clone(),
            ticket_url: "https://usher.example/ticket/x".to_owned(),
        }),
        Message::TicketGone(TicketGone {
            to: to.clone(),
            order: issued.order,
            event: event.clone(),
            place: text(),
        }),
        Message::SeatsOffered(SeatsOffered {
            to: to.clone(),
            event: event.clone(),
            places: vec![text()],
            until: event.starts_at,
            offer_url: "https://usher.example/e/x#offer=y".to_owned(),
        }),
        Message::SignInCode(SignInCode { to: to.clone(), code: text(), minutes: 10 }),
    ];
    for gone in [false, true] {
        let (since, at) = (event.starts_at, event.starts_at);
        messages.push(Message::WebhookOff(WebhookOff { to: to.clone(), url: text(), gone, since, at }));
        let mut refund = a_refund(gone);
        (refund.to, refund.event, refund.why, refund.places) =
            (to.clone(), event.clone(), text(), vec![text()]);
        messages.push(Message::OrderRefunded(refund));
    }
    let causes = [
        ReturnCause::Others,
        ReturnCause::VoucherUsed,
        ReturnCause::CodeUsed,
        ReturnCause::CalledOff,
        ReturnCause::NotCaptured,
    ];
    for cause in causes.into_iter().map(Some).chain([None]) {
        let returned =
            PaymentReturned { to: to.clone(), event: event.clone(), why: text(), cause, ..a_return() };
        messages.push(Message::PaymentReturned(returned));
    }
    for change in [
        EventChange::Moved,
        EventChange::Postponed,
        EventChange::Resumed,
        EventChange::Cancelled,
        EventChange::CalledOff,
    ] {
        let (was, event_url) = (event.clone(), "https://usher.example/e/x".to_owned());
        let changed = EventChanged { to: to.clone(), event: event.clone(), was, change, event_url };
        messages.push(Message::EventChanged(changed));
    }
    messages
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
