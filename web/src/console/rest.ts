// The pages beside the rooms, in one island: each alone is small, and together they pack better.
export { DemoPage } from "./demo/demo";
export { EventPage } from "./event/event";
export { HooksPage } from "./hook/hooks";
export { AuditPage } from "./team/audit";
export { TeamPage } from "./team/team";
