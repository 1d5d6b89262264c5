//! Takes folded text apart into words as Elasticsearch's standard tokenizer does (Unicode Standard Annex 29): letters
//! of most scripts by blanks, Han and Hiragana one by one.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_segmentation::UnicodeSegmentation;

/// Its name among the tokenizers of the index.
pub(super) const NAME: &str = "standard";

/// The words of a folded text, in their order.
pub(crate) fn words(text: &str) -> Vec<&str> {
    text.unicode_words().collect()
}

/// The tokenizer.
#[derive(Clone, Debug, Default)]
pub(super) struct Standard {
    token: Token,
}

/// The words of one text.
pub(super) struct Stream<'a> {
    words: Box<dyn Iterator<Item = (usize, &'a str)> + 'a>,
    token: &'a mut Token,
}

impl Tokenizer for Standard {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        self.token.reset();
        Stream { words: Box::new(text.unicode_word_indices()), token: &mut self.token }
    }
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        let Some((at, word)) = self.words.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(word);
        self.token.position = self.token.position.wrapping_add(1);
        self.token.offset_from = at;
        self.token.offset_to = at + word.len();
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart_as_elasticsearch_does() {
        for (text, apart) in [
            ("sigur ros", vec!["sigur", "ros"]),
            ("mother s 2027 4x4", vec!["mother", "s", "2027", "4x4"]),
            ("東京事変", vec!["東", "京", "事", "変"]),
            ("ひらがな", vec!["ひ", "ら", "が", "な"]),
            ("カタカナ", vec!["カタカナ"]),
            ("방탄소년단 콘서트", vec!["방탄소년단", "콘서트"]),
            ("हिन्दी", vec!["हिन्दी"]),
            ("", vec![]),
        ] {
            assert_eq!(words(text), apart, "{text}");
            let mut tokenizer = Standard::default();
            let mut stream = tokenizer.token_stream(text);
            let mut found = Vec::new();
            while stream.advance() {
                assert_eq!(stream.token().position, found.len());
                found.push(stream.token().text.clone());
            }
            assert_eq!(found, apart, "{text}");
        }
    }
}
