// What the page of a room shows beside its live numbers, in one island.
export { Codes } from "./codes";
export { Draws } from "./draws";
export { Lanes } from "./lanes";
export { LookPage } from "./look";
export { Openings } from "./openings";
export { Shield } from "./shield";
