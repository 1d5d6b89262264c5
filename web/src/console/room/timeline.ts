// What happened to a room, in words, and how the last change is taken back.
import { t } from "../t";
import type { Room, RoomLog } from "../types";
import { plain, seconds, span } from "../words";

export type Entry = RoomLog["entries"][number];

const NAMES: Record<string, string> = {
  admitPerMinute: "let in a minute", maxActive: "inside at most", claimWindow: "time to go in", sessionLength: "time to shop", message: "message",
  interval: "interval", session: "session", sessionLongest: "longest session", failure: "on failure", odds: "chances", waitlist: "waitlist",
  account: "account", code: "code", proof: "proof", joins: "joins", challenges: "challenges", sockets: "sockets", tabs: "tabs",
};

const KINDS: Record<string, string> = {
  created: "Made", tuned: "Settings", drained: "Sold out", bypassed: "Everybody let through", rejected: "Nobody let in", restored: "Back to the line",
  drawFrozen: "List closed", codesImported: "Codes", lanesSet: "Lanes", entrySet: "Entry", shielded: "Shield", branded: "Look", driven: "Rate by the gate",
  handedOver: "Rate given to the gate", handedBack: "Rate taken back", failedOpen: "Open by failure", epochRaised: "Line set up",
};

export const title = (kind: string): string => KINDS[kind] ?? plain(kind).replace(/^./, (first) => first.toUpperCase());

const ASKED: Record<string, [string, string]> = {
  tuned: ["Apply these settings?", "Apply them"], drained: ["Say that everything is sold?", "Say so"], bypassed: ["Let everybody through?", "Let them through"],
  rejected: ["Let nobody in?", "Let nobody in"], closed: ["Close this room for good?", "Close for good"],
};

/** What is asked before something of this kind is done, and the answer that does it. */
export const asked = (kind: string): [string, string] => ASKED[kind] ?? [`${title(kind)}: are you sure?`, "Do it"];

/** Calls fill the log; the plots show them. */
export const isTold = (entry: Entry): boolean => entry.kind !== "called";

function value(it: unknown): string {
  if (it === null || it === undefined || it === "") return "none";
  if (typeof it === "string" && it.startsWith("PT")) return span(seconds(it));
  if (Array.isArray(it)) return it.map(value).join("; ");
  return typeof it === "object" ? JSON.stringify(it) : String(it);
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
    parts.push(...different(from, to).map((key) => `${NAMES[key] ?? plain(key)} ${value(before[key])} → ${value(to[key])}`));
  } else if (to !== undefined) {
    parts.push(`${value(from)} → ${value(to)}`);
  }
  if (typeof reason === "string") parts.push(`“${reason}”`);
  if (isRecord(suspension)) parts.push(Object.entries(suspension).map(([key, it]) => `${plain(key)} ${value(it)}`).join(", "));
  parts.push(...Object.entries(rest).map(([key, it]) => `${NAMES[key] ?? plain(key)}: ${value(it)}`));
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
  paused: ["/resume", "resume"], drained: ["/reopen", "reopen"], reopened: ["/drain", "sold out again"], bypassed: ["/restore", "back to the line"],
  rejected: ["/restore", "back to the line"],
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
    return { method: "PUT", path: "", body, words: keys.map((key) => `${NAMES[key] ?? plain(key)} ${value(to[key])} → ${value(from[key])}`).join(", ") };
  }
  if (last.kind === "branded") {
    const look = isRecord(from) && from["look"];
    return { method: "PUT", path: "/brand", body: look ? { look } : { brand: {} }, words: t("the look of before") };
  }
  if (last.kind === "resumed" && room.state === "open") {
    const why = entries.findLast((entry) => entry.kind === "paused")?.detail;
    const said = isRecord(why) && typeof why["reason"] === "string" ? why["reason"] : undefined;
    return said ? { method: "POST", path: "/pause", body: { reason: said }, words: `pause again: “${said}”` } : undefined;
  }
  const step = STEPS[last.kind];
  // A step that the room has left since has no way back from here.
  if (!step || (to !== undefined && to !== room.state)) return undefined;
  return { method: "POST", path: step[0], words: step[1] };
}
