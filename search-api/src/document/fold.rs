//! Folding: the form in which words are compared. Done here on both sides, because the analyzers for it are not part
//! of every Elasticsearch.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest word that [`joined`] makes: longer ones nobody types in one go.
const LONGEST_JOINED: usize = 30;

/// The words of `text` without case, accents and punctuation, one blank between them: `Sigur Rós!` is `sigur ros`,
/// `AC/DC` is `ac dc`, `Guns N’ Roses` is `guns n roses`.
pub fn fold(text: &str) -> String {
    if text.is_ascii() { fold_plain(text.as_bytes()) } else { fold_any(text) }
}

/// The same for plain letters, which have neither accents nor several ways to be written: most names, and at once.
fn fold_plain(letters: &[u8]) -> String {
    let mut folded = String::with_capacity(letters.len());
    let blank = |folded: &mut String| {
        if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    };
    for (at, letter) in letters.iter().enumerate() {
        let inside = at > 0
            && letters[at - 1].is_ascii_alphanumeric()
            && letters.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        match letter {
            b'\'' | b'`' => {}
            b'&' => {
                blank(&mut folded);
                folded.push_str("and ");
            }
            b'$' if inside => folded.push('s'),
            b'!' if inside => folded.push('i'),
            _ if letter.is_ascii_alphanumeric() => folded.push(letter.to_ascii_lowercase().into()),
            _ => blank(&mut folded),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Letters of any script.
fn fold_any(text: &str) -> String {
    let letters: Vec<char> = text.nfkd().filter(|letter| !is_accent(*letter)).collect();
    let mut folded = String::with_capacity(text.len());
    for (at, &letter) in letters.iter().enumerate() {
        let inside = at > 0
            && letters[at - 1].is_alphanumeric()
            && letters.get(at + 1).is_some_and(|next| next.is_alphanumeric());
        fold_letter(letter, inside, &mut folded);
    }
    // Composed again: what is left of other scripts (Hangul, kana) is written in whole letters.
    let composed: String = folded.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fold_letter(letter: char, inside: bool, folded: &mut String) {
    match letter {
        '\'' | '’' | '‘' | 'ʼ' | '`' | '´' => {}
        '&' => folded.push_str(" and "),
        // Letters that stage names write otherwise: Ke$ha, P!nk.
        '$' if inside => folded.push('s'),
        '!' if inside => folded.push('i'),
        _ if letter.is_alphanumeric() => letter.to_lowercase().for_each(|small| match small {
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ħ' => folded.push('h'),
            'ŧ' => folded.push('t'),
            'ı' => folded.push('i'),
            'ŋ' => folded.push('n'),
            'ς' => folded.push('σ'),
            _ if is_accent(small) => {}
            other => folded.push(other),
        }),
        _ if is_combining_mark(letter) => folded.push(letter),
        _ => folded.push(' '),
    }
}

/// Marks that may be left out in writing: those of Latin, Greek and Cyrillic. In other scripts marks are vowels.
const fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The ways to write neighbouring words of `folded` together: `mystery land` gives `mysteryland`, `r e m` gives `re`,
/// `em` and `rem`.
pub fn joined(folded: &str) -> Vec<String> {
    let words: Vec<&str> = folded.split(' ').collect();
    let lengths = 2..=words.len().min(4);
    lengths
        .flat_map(|length| words.windows(length).map(<[&str]>::concat))
        .filter(|word| word.chars().count() <= LONGEST_JOINED)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_do_not_matter() {
        for (written, folded) in [
            ("Sigur Rós", "sigur ros"),
            ("AC/DC", "ac dc"),
            ("Guns N’ Roses", "guns n roses"),
            ("Beyoncé", "beyonce"),
            ("Straße des 17. Juni", "strasse des 17 juni"),
            ("MØ & Łódź", "mo and lodz"),
            ("Mötley Crüe", "motley crue"),
            ("Ke$ha, P!nk!", "kesha pink"),
            ("  Æther – Œuvre ", "aether oeuvre"),
            ("ΑΘΗΝΑΣ", "αθηνασ"),
            ("İstanbul", "istanbul"),
            ("방탄소년단", "방탄소년단"),
            ("ガガ", "ガガ"),
            ("हिन्दी", "हिन्दी"),
            ("+-=÷×", ""),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn plain_letters_are_folded_as_all_are() {
        for (one, other) in ('\0'..='\x7f').flat_map(|one| ('\0'..='\x7f').map(move |other| (one, other))) {
            for text in [format!("{one}{other}"), format!("A{one}{other}b"), format!("a {one}B{other} 'c")] {
                assert_eq!(fold(&text), fold_any(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn folding_what_is_folded_changes_nothing() {
        for text in ["Sigur Rós & Björk", "AC/DC", "İstanbul", "ガガ", "P!nk"] {
            assert_eq!(fold(&fold(text)), fold(text));
        }
    }

    #[test]
    fn words_can_be_written_together() {
        assert_eq!(joined("mystery land"), ["mysteryland"]);
        assert_eq!(joined("r e m"), ["re", "em", "rem"]);
        assert!(joined("one").is_empty());
    }
}
