//! What the mail with a code to sign in says.

use contracts::{
    language::Language,
    message::{Message, Recipient, SignInCode},
};
use notifier::email::Email;

#[test]
fn the_mail_with_a_code_says_it_in_both_parts_and_not_in_the_subject() {
    let (name, language) = (Some("Ada <b>".to_owned()), Language::En);
    let to = Recipient { email: "ada@example.org".to_owned(), name, language };
    let code = SignInCode { to, code: "1234 5678".to_owned(), sealed: false, minutes: 10 };
    let about =
        |code: SignInCode| Email::about(&Message::SignInCode(code), chrono::DateTime::UNIX_EPOCH).unwrap();
    let mail = about(code.clone());
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("1234 5678") && part.contains("within 10 minutes"), "{part}");
    }
    assert!(mail.text.starts_with("Hello Ada <b>,\n\nYour code"), "{}", mail.text);
    assert!(!mail.html.contains("Ada <b>"), "{}", mail.html);
    assert!(!mail.subject.contains("1234"), "{}", mail.subject);
    let nameless = about(SignInCode { to: Recipient { name: None, ..code.to.clone() }, ..code });
    assert!(nameless.text.starts_with("Your code"), "{}", nameless.text);
}
