//! What the mails about a ticket that goes from one to another say.

use contracts::message::{Message, SeatsOffered, TicketGone, TicketReceived, TransferOffered};
use notifier::email::Email;

use crate::support::tickets_for;

#[test]
fn the_three_mails_of_a_transfer_say_what_each_needs_to_know() {
    let at = chrono::DateTime::UNIX_EPOCH;
    let issued = tickets_for("Ada", &["Block 12, row C, seat 4"]);
    let ticket = issued.tickets[0].clone();
    let offered = TransferOffered {
        to: issued.to.clone(),
        from: "Ada <b>".to_owned(),
        order: issued.order,
        event: issued.event.clone(),
        place: ticket.place.clone(),
        accept_url: "https://usher.example/ticket/accept#abc.def".to_owned(),
        until: issued.event.starts_at,
    };
    let mail = Email::about(&Message::TransferOffered(offered), at).unwrap();
    assert_eq!(mail.subject, "Ada <b> sends you a ticket for Night of Strings");
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("row C, seat 4") && part.contains("24 December 2026, 19:00 (CET)"), "{part}");
        assert!(!part.contains(&ticket.code), "the code of the old holder is not for the new one");
    }
    assert!(mail.text.contains("https://usher.example/ticket/accept#abc.def"), "{}", mail.text);
    assert!(mail.html.contains("accept#abc.def") && !mail.html.contains("<b>"), "{}", mail.html);
    let received = TicketReceived {
        to: issued.to.clone(),
        order: issued.order,
        event: issued.event.clone(),
        ticket: ticket.clone(),
        ticket_url: "https://usher.example/ticket/x".to_owned(),
    };
    let mail = Email::about(&Message::TicketReceived(received), at).unwrap();
    assert!(mail.text.contains(&ticket.code) && mail.text.contains("https://usher.example/ticket/x"));
    assert_eq!((mail.images.len(), mail.files.len()), (1, 2));
    let gone = TicketGone { to: issued.to, order: issued.order, event: issued.event, place: ticket.place };
    let mail = Email::about(&Message::TicketGone(gone), at).unwrap();
    assert!(mail.text.contains("opens no door any more") && mail.html.contains("row C, seat 4"));
    assert!(!mail.text.contains(&ticket.code));
}

#[test]
fn the_mail_of_the_waitlist_says_what_is_kept_and_until_when() {
    let issued = tickets_for("Ada", &[]);
    let offered = SeatsOffered {
        to: issued.to,
        until: issued.event.starts_at,
        event: issued.event,
        places: vec!["Block 1, row A, seat 1".to_owned(), "<Floor>".to_owned()],
        offer_url: "https://usher.example/e/x#offer=abc".to_owned(),
    };
    let mail = Email::about(&Message::SeatsOffered(offered), chrono::DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(mail.subject, "Tickets for Night of Strings are kept for you");
    for part in [&mail.text, &mail.html] {
        assert!(
            part.contains("Block 1, row A, seat 1") && part.contains("24 December 2026, 19:00 (CET)"),
            "{part}"
        );
    }
    assert!(mail.text.contains("Take the tickets: https://usher.example/e/x#offer=abc"), "{}", mail.text);
    assert!(mail.html.contains("x#offer=abc") && !mail.html.contains("<Floor>"), "{}", mail.html);
    let from = "Usher <tickets@usher.example>".parse().unwrap();
    let sent = mail.address(&from, uuid::Uuid::from_u128(1).into(), chrono::DateTime::UNIX_EPOCH).unwrap();
    assert!(!String::from_utf8(sent.formatted()).unwrap().contains(notifier::email::ORDER_HEADER));
}
