//! Codes as a table of comma-separated values (RFC 4180).

use super::{IMPORT_MAX, Written};

/// Why a text is no table of codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// The first line does not name the columns.
    #[error("the first line names the columns: code, and lane, uses, label where you need them; not {0:?}")]
    Columns(String),
    /// There are too many lines.
    #[error("one call takes at most {IMPORT_MAX} codes")]
    TooLong,
    /// A quoted value does not end.
    #[error("a quoted value does not end")]
    Quote,
}

/// Reads a table whose first line names its columns: `code`, and `lane`, `uses`, `label` where wanted.
///
/// # Errors
/// [`BadTable`].
pub fn read(text: &str) -> Result<Vec<Written>, BadTable> {
    let mut lines = split(text)?.into_iter();
    let head = lines.next().unwrap_or_default();
    let columns: Vec<String> =
        head.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()).collect();
    let known = |name: &String| ["code", "lane", "uses", "label"].contains(&name.as_str());
    if !columns.iter().any(|name| name == "code") || !columns.iter().all(known) {
        return Err(BadTable::Columns(head.join(",").chars().take(100).collect()));
    }
    let written: Vec<Written> = lines
        .filter(|values| values.iter().any(|value| !value.trim().is_empty()))
        .map(|values| {
            let value = |name: &str| {
                let column = columns.iter().position(|column| column == name)?;
                values.get(column).cloned()
            };
            let code = value("code").unwrap_or_default();
            Written { code, lane: value("lane"), uses: value("uses"), label: value("label") }
        })
        .collect();
    if written.len() > IMPORT_MAX { Err(BadTable::TooLong) } else { Ok(written) }
}

fn split(text: &str) -> Result<Vec<Vec<String>>, BadTable> {
    let (mut lines, mut line, mut value, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => value.extend(letters.next()),
            '"' if quoted => quoted = false,
            _ if quoted => value.push(letter),
            '"' if value.trim().is_empty() => {
                value.clear();
                quoted = true;
            }
            ',' => line.push(std::mem::take(&mut value)),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                line.push(std::mem::take(&mut value));
                lines.push(std::mem::take(&mut line));
            }
            _ => value.push(letter),
        }
    }
    if quoted {
        return Err(BadTable::Quote);
    }
    if !value.is_empty() || !line.is_empty() {
        line.push(value);
        lines.push(line);
    }
    Ok(lines)
}

/// One line of values. A value that a spreadsheet would take for a formula is kept from it.
pub fn line(values: &[&str]) -> String {
    let value = |value: &&str| {
        let guard = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        if value.contains(['"', ',', '\n', '\r']) {
            format!("\"{guard}{}\"", value.replace('"', "\"\""))
        } else {
            format!("{guard}{value}")
        }
    };
    values.iter().map(value).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_with_its_quotes_and_empty_lines() {
        let text = "\u{feff}Code,label,uses\r\nABCD1234,\"Press, \"\"early\"\"\",many\r\n\r\nEFGH5678\n";
        let written = read(text).unwrap();
        assert_eq!(written.len(), 2);
        assert_eq!(
            (written[0].label.as_deref(), written[0].uses.as_deref()),
            (Some("Press, \"early\""), Some("many"))
        );
        assert_eq!((written[1].code.as_str(), written[1].uses.as_deref()), ("EFGH5678", None));
    }

    #[test]
    fn what_is_no_table_of_codes_is_refused() {
        assert!(matches!(read(""), Err(BadTable::Columns(_))));
        assert!(matches!(read("ABCD1234\nEFGH5678"), Err(BadTable::Columns(_))));
        assert!(matches!(read("code,price\nABCD1234,5"), Err(BadTable::Columns(_))));
        assert_eq!(read("code\n\"ABCD"), Err(BadTable::Quote));
        let long = format!("code\n{}", "ABCD1234\n".repeat(IMPORT_MAX + 1));
        assert_eq!(read(&long), Err(BadTable::TooLong));
    }

    #[test]
    fn a_line_reads_back_and_holds_no_formula() {
        let written = line(&["code", "label"]) + &line(&["ABCD1234", "a \"b\", c"]);
        assert_eq!(read(&written).unwrap()[0].label.as_deref(), Some("a \"b\", c"));
        assert_eq!(line(&["=1+1", "-x"]), "'=1+1,'-x\r\n");
    }
}
