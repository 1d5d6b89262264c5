// What happened to a room, in words, and how the last change is taken back.
import type { Room, RoomLog } from "../types";
import { plain, seconds, span } from "../words";

export type Entry = RoomLog["entries"][number];

const NAMES: Record<string, string> = {
  admitPerMinute: "let in a minute", maxActive: "inside at most", claimWindow: "time to go in", sessionLength: "time to shop", message: "message",
  interval: "interval", session: "session", sessionLongest: "longest session", failure: "on failure", odds: "chances", waitlist: "waitlist",
  account: "account", code: "code", proof: "proof", joins: "joins", challenges: "challenges", sockets: "sockets", tabs: "tabs",
};

const KINDS: Record<string, string> = {
  created: "Made", tuned: "Settings", open: "Opened", pause: "Paused", resume: "Resumed", drain: "Sold out", reopen: "Reopened", close: "Closed",
  bypass: "Everybody let through", reject: "Nobody let in", restore: "Back to the line", lobby: "Lobby opened", beaconGiven: "Beacon given",
  drawFrozen: "List closed", drawn: "Drawn", codesImported: "Codes", codeRevoked: "Code revoked", lanesSet: "Lanes", entrySet: "Entry",
  shielded: "Shield", driven: "Rate by the gate", bypassRulesChanged: "Bypass rules", staffTokenIssued: "Staff token", staffTokenRevoked: "Staff token revoked",
  openingPlanned: "Opening planned", openingBegan: "Opening began", openingEnded: "Opening ended", openingSkipped: "Opening skipped",
  openingMissed: "Opening missed", failedOpen: "Open by failure", epochRaised: "Line restored",
};

export const title = (kind: string): string => KINDS[kind] ?? plain(kind).replace(/^./, (first) => first.toUpperCase());

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
  pause: ["/resume", "resume"], drain: ["/reopen", "reopen"], reopen: ["/drain", "sold out again"], bypass: ["/restore", "back to the line"],
  reject: ["/restore", "back to the line"],
};

/** Entries that change nothing that an undo would touch. */
const BESIDE = new Set(["called", "codesImported", "codeRevoked", "staffTokenIssued", "staffTokenRevoked", "epochRaised", "beaconGiven"]);

/** The way back from the last change; none where it has none, or was another one's to make. */
export function undoOf(entries: readonly Entry[], room: Pick<Room, "state">): Undo | undefined {
  const last = entries.findLast((entry) => !BESIDE.has(entry.kind));
  if (!last || !isRecord(last.detail)) return undefined;
  const { from, to, reason } = last.detail;
  if (last.kind === "tuned" && isRecord(from) && isRecord(to)) {
    const keys = different(from, to);
    if (keys.length === 0) return undefined;
    // What was not there before is taken away by an empty text.
    const body = Object.fromEntries(keys.filter((key) => key !== "sessionLongest" || from[key] !== null).map((key) => [key, from[key] ?? ""]));
    return { method: "PUT", path: "", body, words: keys.map((key) => `${NAMES[key] ?? plain(key)} ${value(to[key])} → ${value(from[key])}`).join(", ") };
  }
  if (last.kind === "resume" && room.state === "open") {
    const why = entries.findLast((entry) => entry.kind === "pause")?.detail;
    const said = isRecord(why) && typeof why["reason"] === "string" ? why["reason"] : undefined;
    return said ? { method: "POST", path: "/pause", body: { reason: said }, words: `pause again: “${said}”` } : undefined;
  }
  const step = STEPS[last.kind];
  // A step that the room has left since has no way back from here.
  if (!step || (to !== undefined && to !== room.state)) return undefined;
  return { method: "POST", path: step[0], words: typeof reason === "string" && last.kind === "pause" ? "resume" : step[1] };
}
