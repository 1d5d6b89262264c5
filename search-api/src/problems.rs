//! The kinds of problem that only search-api answers with.

platform::problems! {
    /// The index is away or not configured.
    SEARCH_UNAVAILABLE = SERVICE_UNAVAILABLE "search-unavailable" "Search cannot answer right now.";
    /// No event was ever in the city that was asked for.
    UNKNOWN_PLACE = UNPROCESSABLE_ENTITY "unknown-place" "We do not know this place.";
}
