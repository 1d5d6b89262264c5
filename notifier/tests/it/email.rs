//! What mails say.

use contracts::message::Message;
use lettre::message::Mailbox;
use mail_parser::{MessageParser, MimeHeaders};
use notifier::email::{Email, ORDER_HEADER, qr};
use uuid::Uuid;

use crate::support::{a_refund, a_return, tickets_for};

fn raw(message: &Message) -> Vec<u8> {
    let from: Mailbox = "Usher <tickets@usher.example>".parse().unwrap();
    let at = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Email::about(message, at).unwrap().address(&from, Uuid::from_u128(9).into(), at).unwrap().formatted()
}

#[test]
fn a_ticket_mail_brings_every_ticket_with_its_qr_code_and_the_start_at_the_venue() {
    let issued = tickets_for("Ada", &["Block 12, row C, seat 4", "Block 12, row C, seat 5"]);
    let raw = raw(&Message::TicketsIssued(issued.clone()));
    let mail = MessageParser::default().parse(&raw).unwrap();
    assert_eq!(mail.subject(), Some("Your tickets for Night of Strings"));
    assert_eq!(mail.header_raw(ORDER_HEADER).map(str::trim), Some(issued.order.to_string().as_str()));
    let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    for part in [&text, &html] {
        assert!(part.contains("Thursday, 24 December 2026, 19:00 (CET)"), "{part}");
        assert!(part.contains("99.00 EUR") && part.contains("seat 4") && part.contains("seat 5"), "{part}");
    }
    let (pictures, files): (Vec<_>, Vec<_>) =
        mail.attachments().partition(|part| part.content_id().is_some());
    assert_eq!(pictures.len(), 2);
    let names: Vec<_> = files.iter().map(|file| file.attachment_name().unwrap()).collect();
    assert_eq!(names, ["tickets.pdf", "event.ics"]);
    let at = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let paper = paper::pdf::pdf(&issued.event, issued.order, &issued.tickets).unwrap();
    assert_eq!(files[0].contents(), paper);
    let places: Vec<String> = issued.tickets.iter().map(|ticket| ticket.place.clone()).collect();
    let entry =
        paper::ics::ics(&issued.event, &format!("{}@usher", issued.order), at, &places, &issued.order_url);
    assert_eq!(
        std::str::from_utf8(files[1].contents()).unwrap().replace("\r\n", "\n"),
        entry.replace("\r\n", "\n")
    );
    for (picture, ticket) in pictures.iter().zip(&issued.tickets) {
        assert!(html.contains(&format!("cid:{}", picture.content_id().unwrap())));
        assert_eq!(picture.contents(), qr::png(&ticket.code).unwrap());
        assert!(text.contains(&ticket.code));
    }
}

#[test]
fn a_refund_mail_says_how_much_and_why() {
    let raw = raw(&Message::PaymentReturned(a_return()));
    let mail = MessageParser::default().parse(&raw).unwrap();
    assert_eq!(mail.subject(), Some("Your money for Night of Strings goes back"));
    for part in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
        assert!(part.contains("99.00 EUR") && part.contains("after the seats were sold"), "{part}");
    }
}

#[test]
fn a_mail_about_returned_tickets_says_which_how_much_and_why() {
    for (called_off, subject) in
        [(false, "Your refund for Night of Strings"), (true, "Night of Strings was called off")]
    {
        let raw = raw(&Message::OrderRefunded(a_refund(called_off)));
        let mail = MessageParser::default().parse(&raw).unwrap();
        assert_eq!(mail.subject(), Some(subject));
        for part in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
            for said in ["49.50 EUR", "Row A, seat 4", "The stage is in front of it."] {
                assert!(part.contains(said), "{said}: {part}");
            }
            assert_eq!(part.contains("does not take place"), called_off);
        }
    }
}

#[test]
fn what_people_typed_is_text_and_never_markup_or_a_header() {
    let mut issued = tickets_for("<script>alert(1)</script>\r\nBcc: eve@example.com", &["<b>Row</b> & seat"]);
    issued.event.title = "Rock\r\nBcc: eve@example.com\r\n\r\n<img src=x onerror=alert(1)>".to_owned();
    let raw = raw(&Message::TicketsIssued(issued));
    let mail = MessageParser::default().parse(&raw).unwrap();
    let html = mail.body_html(0).unwrap();
    assert!(!html.contains("<script>") && !html.contains("<img src=x") && !html.contains("<b>"), "{html}");
    assert!(html.contains("&lt;b&gt;Row&lt;&#x2f;b&gt; &amp; seat"), "{html}");
    assert!(mail.text_body_count() == 1 && mail.body_text(0).unwrap().contains("<b>Row</b> & seat"));
    assert!(mail.bcc().is_none(), "a header was smuggled in");
    assert_eq!(mail.to().unwrap().iter().count(), 1);
}

#[test]
fn a_zone_that_nobody_knows_leaves_utc_and_says_so() {
    let mut issued = tickets_for("Ada", &["Seat 1"]);
    issued.event.time_zone = "Mars/Olympus".to_owned();
    let email = Email::about(&Message::TicketsIssued(issued), chrono::DateTime::UNIX_EPOCH).unwrap();
    assert!(email.text.contains("18:00 (UTC)"), "{}", email.text);
}
