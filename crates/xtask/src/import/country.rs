//! Countries as concert programmes spell them.

/// The ISO 3166 code of the place in "City, REST", or `None` where the rest is no country or state that we know.
pub(super) fn of_location(location: &str) -> Option<&'static str> {
    let rest = location.rsplit_once(',').map_or(location, |(_, rest)| rest).trim();
    if rest.len() == 2 && rest.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return Some("US");
    }
    let rest = rest.to_uppercase();
    COUNTRIES.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code)
}

const COUNTRIES: &[(&str, &str)] = &[
    ("ARGENTINA", "AR"),
    ("AUSTRALIA", "AU"),
    ("AUSTRIA", "AT"),
    ("BELGIUM", "BE"),
    ("BRAZIL", "BR"),
    ("CANADA", "CA"),
    ("CHINA", "CN"),
    ("CROATIA", "HR"),
    ("CZECH REPUBLIC", "CZ"),
    ("DEMOCRATIC PEOPLE'S REPUBLIC OF KOREA", "KP"),
    ("DENMARK", "DK"),
    ("ENGLAND", "GB"),
    ("ESTONIA", "EE"),
    ("FINLAND", "FI"),
    ("FRANCE", "FR"),
    ("GERMANY", "DE"),
    ("GREECE", "GR"),
    ("HUNGARY", "HU"),
    ("INDIA", "IN"),
    ("IRELAND", "IE"),
    ("ISRAEL", "IL"),
    ("ITALY", "IT"),
    ("JAPAN", "JP"),
    ("KOREA", "KR"),
    ("LATVIA", "LV"),
    ("LITHUANIA", "LT"),
    ("LUXEMBOURG", "LU"),
    ("MALAYSIA", "MY"),
    ("MEXICO", "MX"),
    ("NETHERLANDS", "NL"),
    ("NEW ZEALAND", "NZ"),
    ("NORTH KOREA", "KP"),
    ("NORWAY", "NO"),
    ("POLAND", "PL"),
    ("PORTUGAL", "PT"),
    ("PUERTO RICO", "PR"),
    ("ROMANIA", "RO"),
    ("RUSSIA", "RU"),
    ("SCOTLAND", "GB"),
    ("SERBIA", "RS"),
    ("SINGAPORE", "SG"),
    ("SLOVENIA", "SI"),
    ("SOUTH KOREA", "KR"),
    ("SPAIN", "ES"),
    ("SWEDEN", "SE"),
    ("SWITZERLAND", "CH"),
    ("TAIWAN", "TW"),
    ("THAILAND", "TH"),
    ("TURKEY", "TR"),
    ("UNITED ARAB EMIRATES", "AE"),
    ("UNITED KINGDOM", "GB"),
    ("VIETNAM", "VN"),
    ("W. GERMANY", "DE"),
    ("WALES", "GB"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_american_and_a_country_has_its_code() {
        assert_eq!(of_location("Manhattan, NY"), Some("US"));
        assert_eq!(of_location("Stuttgart, W. GERMANY"), Some("DE"));
        assert_eq!(of_location("Singapore"), Some("SG"));
        assert_eq!(of_location("Atlantis, ATLANTIS"), None);
    }
}
