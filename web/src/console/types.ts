// What the calls answer, as the documents of the API say it.
export type {
  AccessCodes, Account, Advice, Allocations, AuditPage, Brand, BrandLink, Deliveries, Delivery, Doors, Draw, Entry, Event, Events, Key, Lanes, LogChain, Member,
  OpenedDoor, Opening, Openings, Preview, Room, RoomBrand, RoomHistory, RoomLive, RoomLog, RoomLogo, Rooms, SalesReport, ShieldReport, Simulation, Teams, Webhook,
  Webhooks, WillBe, Calibration,
} from "../../client/src/schema";
