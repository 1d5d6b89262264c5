//! Lists in pages: whether there may be more, and from where on.

/// The last of what was `found` where at most `most` were asked for, if there are so many: whoever wants more asks for those after it.
pub fn go_on<T>(found: &[T], most: i64) -> Option<&T> {
    let is_full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= most;
    found.last().filter(|_| is_full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_page_goes_on() {
        assert_eq!(go_on(&["a", "b"], 3), None);
        assert_eq!(go_on(&["a", "b"], 2), Some(&"b"));
        assert_eq!(go_on::<&str>(&[], 1), None);
    }
}
