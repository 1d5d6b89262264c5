use super::*;

const ENGLISH: &str = "hello = Hello {{ name }}\n\nleft[one] = One seat for {{ name }}\nleft[other] = {{ count }} seats for {{ name }}\n";

fn source(language: Language) -> &'static str {
    match language {
        Language::En => ENGLISH,
        Language::De => {
            "hello = Guten Tag {{ name }}\nleft[one] = Ein Platz für {{ name }}\nleft[other] = {{ count }} Plätze für {{ name }}"
        }
        Language::Es => {
            "hello = Hola {{ name }}\nleft[one] = {{ count }} plaza: {{ name }}\nleft[many] = {{ count }} de plazas: {{ name }}\nleft[other] = {{ count }} plazas: {{ name }}"
        }
        Language::Pt => {
            "hello = Olá {{ name }}\nleft[one] = {{ count }} lugar: {{ name }}\nleft[many] = {{ count }} de lugares: {{ name }}\nleft[other] = {{ count }} lugares: {{ name }}"
        }
        Language::Ja => "hello = {{ name }} 様\nleft[other] = {{ name }} 様 {{ count }} 席",
    }
}

fn catalog() -> Catalog {
    Catalog::new(source).unwrap()
}

#[test]
fn a_sentence_takes_the_form_that_goes_with_its_count() {
    let catalog = catalog();
    let say = |language, count: u64| {
        catalog.say(language, "left", &[("count", count.into()), ("name", "Ada".into())]).unwrap()
    };
    assert_eq!(say(Language::En, 1), "One seat for Ada");
    assert_eq!(say(Language::En, 0), "0 seats for Ada");
    assert_eq!(say(Language::De, 12_345), "12.345 Plätze für Ada");
    assert_eq!(say(Language::Es, 1_000_000), "1.000.000 de plazas: Ada");
    assert_eq!(say(Language::Es, 1234), "1234 plazas: Ada");
    assert_eq!(say(Language::Pt, 0), "0 lugar: Ada");
    assert_eq!(say(Language::Ja, 1), "Ada 様 1 席");
    let hello = catalog.say(Language::De, "hello", &[("name", "Ada".into())]);
    assert_eq!(hello.unwrap(), "Guten Tag Ada");
}

#[test]
fn what_cannot_be_said_is_an_error() {
    let catalog = catalog();
    assert_eq!(catalog.say(Language::En, "bye", &[]), Err(NoWords::Key("bye".to_owned())));
    let blank = |key: &str, blank: &str| NoWords::Blank { key: key.to_owned(), blank: blank.to_owned() };
    assert_eq!(catalog.say(Language::En, "hello", &[]), Err(blank("hello", "name")));
    assert_eq!(catalog.say(Language::En, "left", &[("name", "Ada".into())]), Err(blank("left", "count")));
}

#[test]
fn what_is_missing_in_a_language_is_found() {
    assert_eq!(catalog().gaps(), Vec::<String>::new());
    assert_eq!(catalog().untranslated(), []);
    let english = Catalog::new(|_| ENGLISH).unwrap();
    let forms = r#" has other forms than ["many", "one", "other"]"#;
    let gaps = ["Es", "Pt"].map(|language| format!("{language} left{forms}"));
    assert_eq!(english.gaps()[..2], gaps);
    assert_eq!(english.untranslated().len(), 8);
    let shorter = Catalog::new(|language| match language {
        Language::Ja => "hello = やあ\nbye = また",
        other => source(other),
    });
    let gaps = shorter.unwrap().gaps();
    assert_eq!(gaps, ["Ja hello has other blanks: []", "Ja has no left", "Ja alone has bye"]);
}

#[test]
fn a_line_that_is_no_sentence_is_named() {
    for text in
        ["a = b\nnothing", "a = b\na = c", "a[one] = b\na[one] = c", "x = y\na = {{ b", "a = b\na[one] = c"]
    {
        let error = Catalog::new(|_| text).unwrap_err();
        assert_eq!(error, BadLine { language: Language::En, line: 2 }, "{text}");
    }
}

#[test]
fn a_script_gets_the_same_sentences() {
    let told = catalog().script(Language::En, "le");
    assert_eq!(
        told,
        serde_json::json!({"ft": {"one": "One seat for {{ name }}", "other": "{{ count }} seats for {{ name }}"}})
    );
}
