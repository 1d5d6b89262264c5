//! Invented performers, teams, plays and tours. Any likeness to a real one is chance.

use crate::chance::Chance;

const SHAPES: &[&str] = &[
    "Copper",
    "Paper",
    "Velvet",
    "Northern",
    "Electric",
    "Quiet",
    "Crimson",
    "Hollow",
    "Marble",
    "Salted",
    "Winter",
    "Amber",
    "Borrowed",
    "Midnight",
    "Painted",
    "Rusty",
    "Silver",
    "Tidal",
    "Wandering",
    "Woollen",
];
const THINGS: &[&str] = &[
    "Lanterns",
    "Harbours",
    "Foxes",
    "Orchards",
    "Telegraphs",
    "Compasses",
    "Sparrows",
    "Weathervanes",
    "Pilots",
    "Ferries",
    "Almanacs",
    "Thimbles",
    "Avenues",
    "Cartographers",
    "Turnstiles",
    "Umbrellas",
    "Meteors",
    "Gardeners",
];
const FIRST: &[&str] = &[
    "Ada", "Bruno", "Celia", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Leo",
    "Mara", "Nils", "Olga", "Pavel", "Runa", "Sami", "Tilda", "Yara",
];
const LAST: &[&str] = &[
    "Abendroth",
    "Bellweather",
    "Castellane",
    "Dunmore",
    "Eastwick",
    "Fairlamb",
    "Grünewald",
    "Hollis",
    "Iverna",
    "Jolivet",
    "Kestrel",
    "Lindqvist",
    "Marlowe",
    "Nakagawa",
    "Okonjo",
    "Pellegrin",
    "Quillfeather",
    "Rosmer",
];
const TEAMS: &[&str] = &[
    "Rovers",
    "Wanderers",
    "Athletic",
    "Mariners",
    "Lions",
    "Comets",
    "Herons",
    "Falcons",
    "Bears",
    "Rangers",
];
const TOURS: &[&str] = &[
    "Long Way Home",
    "Open Windows",
    "The Weather Inside",
    "Lights Out Early",
    "Second Sunrise",
    "Maps and Mistakes",
    "Every Last Train",
    "Night Swimming Lessons",
    "Tall Stories",
    "The Small Hours",
];
const PLAYS: &[&str] = &[
    "The Lighthouse Keeper's Niece",
    "Seven Doors",
    "A Winter in Lisbon",
    "The Clockmaker's Guests",
    "Nobody Waits for Thursday",
    "The Paper Crown",
    "Salt and Iron",
    "The Last Cartographer",
    "An Honest Thief",
    "The House Across the River",
    "Letters to the Lamplighter",
    "What the Tailor Saw",
];
const PROGRAMMES: &[&str] = &[
    "Songs of the Coast",
    "Dances from Five Countries",
    "Night Pieces",
    "A Concert for Strings",
    "Brass and Organ",
    "Voices of the North",
    "Piano, Four Hands",
    "Waltzes and Tangos",
    "Music for a Winter Evening",
    "The Young Orchestra",
];

/// A band.
pub(crate) fn band(chance: &mut Chance) -> String {
    format!("The {} {}", chance.pick(SHAPES), chance.pick(THINGS))
}

/// A person on a stage.
pub(crate) fn person(chance: &mut Chance) -> String {
    format!("{} {}", chance.pick(FIRST), chance.pick(LAST))
}

/// A team of `city`.
pub(crate) fn team(chance: &mut Chance, city: &str) -> String {
    format!("{city} {}", chance.pick(TEAMS))
}

/// A tour.
pub(crate) fn tour(chance: &mut Chance) -> &'static str {
    let one: &&'static str = chance.pick(TOURS);
    one
}

/// A play.
pub(crate) fn play(chance: &mut Chance) -> &'static str {
    let one: &&'static str = chance.pick(PLAYS);
    one
}

/// The programme of an evening in a concert hall.
pub(crate) fn programme(chance: &mut Chance) -> &'static str {
    let one: &&'static str = chance.pick(PROGRAMMES);
    one
}
