//! Comma-separated values (RFC 4180): rows of fields, quoted where they hold commas, quotes or line ends.

/// Why a text is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCsv {
    /// A quote was opened and never closed.
    #[error("the quote that begins in line {0} does not end")]
    Open(usize),
    /// Something stands between a closing quote and the next comma.
    #[error("line {0} goes on after a closing quote")]
    AfterQuote(usize),
}

/// The rows of `text`, with the line in which each begins. Empty lines are none.
///
/// # Errors
/// [`BadCsv`].
pub fn read(text: &str) -> Result<Vec<(usize, Vec<String>)>, BadCsv> {
    let mut rows = Vec::new();
    let (mut row, mut field, mut line, mut begin) = (Vec::new(), String::new(), 1, 1);
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if field.is_empty() && !quoted => {
                let opened = line;
                loop {
                    match chars.next() {
                        Some('"') if chars.peek() == Some(&'"') => {
                            chars.next();
                            field.push('"');
                        }
                        Some('"') => break,
                        Some(c) => {
                            line += usize::from(c == '\n');
                            field.push(c);
                        }
                        None => return Err(BadCsv::Open(opened)),
                    }
                }
                quoted = true;
            }
            ',' => {
                row.push(std::mem::take(&mut field));
                quoted = false;
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                end(&mut rows, &mut row, &mut field, quoted, begin);
                quoted = false;
                line += 1;
                begin = line;
            }
            _ if quoted => return Err(BadCsv::AfterQuote(line)),
            c => field.push(c),
        }
    }
    end(&mut rows, &mut row, &mut field, quoted, begin);
    Ok(rows)
}

fn end(
    rows: &mut Vec<(usize, Vec<String>)>,
    row: &mut Vec<String>,
    field: &mut String,
    quoted: bool,
    line: usize,
) {
    if !row.is_empty() || !field.is_empty() || quoted {
        row.push(std::mem::take(field));
        rows.push((line, std::mem::take(row)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let read =
            |text| read(text).map(|rows| rows.into_iter().map(|(_, row)| row.join("|")).collect::<Vec<_>>());
        assert_eq!(read("a,b\r\n1,2\n\n").unwrap(), ["a|b", "1|2"]);
        assert_eq!(read("\"a, \"\"b\"\"\",\"x\ny\"\n,").unwrap(), ["a, \"b\"|x\ny", "|"]);
        assert_eq!(read("\u{feff}a\n\"\"").unwrap(), ["a", ""]);
        assert_eq!(read("a\n\"b"), Err(BadCsv::Open(2)));
        assert_eq!(read("\"a\"b"), Err(BadCsv::AfterQuote(1)));
        assert_eq!(
            super::read("a\n\"b\nc\"\nd").unwrap().last().unwrap().0,
            4,
            "lines are counted inside quotes"
        );
    }
}
