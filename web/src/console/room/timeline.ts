// What happened to a room, in words, and how the last change is taken back.
import { t } from "../t";
import type { Room, RoomLog } from "../types";
import { called, count, moment, seconds, spaced, span } from "../words";

export type Entry = RoomLog["entries"][number];

/** What settings and facts are called in the middle of a sentence. */
const NAMES: Record<string, string> = {
  admitPerMinute: t("let in a minute"), maxActive: t("inside at most"), claimWindow: t("time to go in"), sessionLength: t("time to shop"), message: t("message"),
  interval: t("interval"), session: t("session"), sessionLongest: t("longest session"), failure: t("on failure"), odds: t("chances"), waitlist: t("waitlist"),
  account: t("account"), code: t("code"), proof: t("proof"), joins: t("joins"), challenges: t("challenges"), sockets: t("connections"), tabs: t("tabs"),
  reason: t("reason"), reasons: t("reasons"), startsAt: t("begins"), endsAt: t("ends"), state: t("state"), opening: t("opening"), openingId: t("opening"), name: t("name"),
  entries: t("entries"), imported: t("imported"), unchanged: t("unchanged"), refused: t("refused"), lanes: t("lanes"), order: t("order"), site: t("website"), runId: t("run of Redis"), beacon: t("beacon"),
  value: t("value"), visitors: t("visitors"), since: t("since"), until: t("until"), epoch: t("line"), min: t("at least"), max: t("at most"), latencyMs: t("answers within, ms"),
};

const KINDS: Record<string, string> = {
  created: t("Made"), tuned: t("Settings"), lobbyOpened: t("Lobby opened"), opened: t("Opened"), paused: t("Paused"), resumed: t("Resumed"), drained: t("Sold out"),
  reopened: t("Reopened"), bypassed: t("Everybody let through"), rejected: t("Nobody let in"), restored: t("Back to the line"), closed: t("Closed"), removed: t("Taken away"),
  codesImported: t("Codes"), codeRevoked: t("Code revoked"), lanesSet: t("Lanes"), entrySet: t("Entry"), shielded: t("Shield"), branded: t("Look of the page"), bypassRulesChanged: t("Exceptions"),
  staffTokenIssued: t("Link for staff"), staffTokenRevoked: t("Link for staff taken back"), driven: t("Rate by the gate"), handedOver: t("Rate given to the gate"),
  handedBack: t("Rate taken back"), failedOpen: t("Open by failure"), recovered: t("Working again"), epochRaised: t("Line set up"), drawFrozen: t("List closed"),
  beaconGiven: t("Beacon"), openingPlanned: t("Opening planned"), openingReplanned: t("Opening changed"), openingRemoved: t("Opening taken away"),
  openingBegun: t("Opening begun"), openingEnded: t("Opening over"), openingSkipped: t("Opening skipped"), openingMissed: t("Opening missed"),
};

export const title = (kind: string): string => KINDS[kind] ?? spaced(kind).replace(/^./, (first) => first.toUpperCase());

const ASKED: Record<string, [string, string]> = {
  tuned: [t("Apply these settings?"), t("Apply them")], drained: [t("Say that everything is sold?"), t("Say so")],
  bypassed: [t("Let everybody through?"), t("Let them through")], rejected: [t("Let nobody in?"), t("Let nobody in")],
  closed: [t("Close this room for good?"), t("Close for good")],
};

/** What is asked before something of this kind is done, and the answer that does it. */
export const asked = (kind: string): [string, string] => ASKED[kind] ?? [t("{change}: are you sure?", { change: title(kind) }), t("Do it")];

/** Calls fill the log; the plots show them. */
export const isTold = (entry: Entry): boolean => entry.kind !== "called";

function value(it: unknown): string {
  if (it === null || it === undefined || it === "") return t("none");
  if (typeof it === "string" && it.startsWith("PT")) return span(seconds(it));
  if (Array.isArray(it)) return it.map(value).join("; ");
  if (typeof it === "string" && /^\d{4}-\d\d-\d\dT/.test(it)) return moment(it);
  if (typeof it === "number") return count(it);
  return typeof it === "object" ? JSON.stringify(it) : called(String(it));
}

const isRecord = (it: unknown): it is Record<string, unknown> => typeof it === "object" && it !== null && !Array.isArray(it);

/** The settings that are different between two. */
export function different(from: unknown, to: unknown): string[] {
  if (!isRecord(to)) return [];
  const before = isRecord(from) ? from : {};
  return Object.keys(to).filter((key) => JSON.stringify(before[key] ?? null) !== JSON.stringify(to[key] ?? null));
}

/** What an entry says. */
export function words({ detail }: Entry): string {
  if (!isRecord(detail)) return detail === null || detail === undefined ? "" : String(detail);
  const { from, to, reason, suspension, ...rest } = detail;
  const parts: string[] = [];
  if (isRecord(to)) {
    const before = isRecord(from) ? from : {};
    parts.push(...different(from, to).map((key) => `${NAMES[key] ?? spaced(key)} ${value(before[key])} → ${value(to[key])}`));
  } else if (to !== undefined) {
    parts.push(`${value(from)} → ${value(to)}`);
  }
  if (typeof reason === "string") parts.push(t("“{words}”", { words: reason }));
  if (isRecord(suspension)) parts.push(Object.entries(suspension).map(([key, it]) => `${NAMES[key] ?? spaced(key)} ${value(it)}`).join(", "));
  parts.push(...Object.entries(rest).map(([key, it]) => `${NAMES[key] ?? spaced(key)}: ${value(it)}`));
  return parts.join(", ");
}

/** How a change is taken back. */
export interface Undo {
  words: string;
  method: "PUT" | "POST";
  /** What stands behind the room's path. */
  path: string;
  body?: Record<string, unknown>;
}

const STEPS: Record<string, [string, string]> = {
  paused: ["/resume", t("resume")], drained: ["/reopen", t("reopen")], reopened: ["/drain", t("sold out again")], bypassed: ["/restore", t("back to the line")],
  rejected: ["/restore", t("back to the line")],
};

/** Entries that change nothing that an undo would touch. */
const BESIDE = new Set(["called", "codesImported", "codeRevoked", "staffTokenIssued", "staffTokenRevoked", "epochRaised", "beaconGiven"]);

/** The way back from the last change; none where it has none, or was another one's to make. */
export function undoOf(entries: readonly Entry[], room: Pick<Room, "state">): Undo | undefined {
  const last = entries.findLast((entry) => !BESIDE.has(entry.kind));
  if (!last || !isRecord(last.detail)) return undefined;
  const { from, to } = last.detail;
  if (last.kind === "tuned" && isRecord(from) && isRecord(to)) {
    const keys = different(from, to);
    if (keys.length === 0) return undefined;
    // What was not there before is taken away by an empty text.
    const body = Object.fromEntries(keys.filter((key) => key !== "sessionLongest" || from[key] !== null).map((key) => [key, from[key] ?? ""]));
    return { method: "PUT", path: "", body, words: keys.map((key) => `${NAMES[key] ?? spaced(key)} ${value(to[key])} → ${value(from[key])}`).join(", ") };
  }
  if (last.kind === "branded") {
    const look = isRecord(from) && from["look"];
    return { method: "PUT", path: "/brand", body: look ? { look } : { brand: {} }, words: t("the look of before") };
  }
  if (last.kind === "resumed" && room.state === "open") {
    const why = entries.findLast((entry) => entry.kind === "paused")?.detail;
    const said = isRecord(why) && typeof why["reason"] === "string" ? why["reason"] : undefined;
    return said ? { method: "POST", path: "/pause", body: { reason: said }, words: t("pause again: “{words}”", { words: said }) } : undefined;
  }
  const step = STEPS[last.kind];
  // A step that the room has left since has no way back from here.
  if (!step || (to !== undefined && to !== room.state)) return undefined;
  return { method: "POST", path: step[0], words: step[1] };
}
