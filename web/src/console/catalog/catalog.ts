// What is said of events and venues, in one island.
export { EditPage } from "./edit";
export { VenuesPage } from "./venue";
