//! The kinds of problem that only search-api answers with.

platform::problems! {
    /// The index is away or not configured.
    SEARCH_UNAVAILABLE = SERVICE_UNAVAILABLE "search-unavailable" "Search cannot answer right now.";
}
