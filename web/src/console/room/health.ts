// Is all well? One sentence for the most nervous evening of the year, and what it rests on.
import type { Event, Room, RoomLive } from "../types";
import { count, percent, span } from "../words";

export interface Verdict {
  tone: "good" | "warn" | "bad" | "calm";
  title: string;
  reasons: string[];
}

export interface Seen {
  room: Room;
  live: RoomLive | undefined;
  event: Event | undefined;
  /** How long ago the last numbers came, in seconds. */
  silent: number;
  /** The gate says that it cannot tell. */
  away: boolean;
}

/** From so many answers on their share of errors says something. */
const ENOUGH = 20;

type Finding = [Verdict["tone"], string];

const STATES: Record<string, Finding> = {
  bypass: ["bad", "Everybody is let through: order and caps do not hold."],
  reject: ["bad", "Nobody is let in, and nobody may join the line."],
  paused: ["warn", "The line is paused: nobody is called."],
  drained: ["warn", "The line says that everything is sold."],
};

const TITLES: Record<string, string> = {
  scheduled: "Not open yet", lobby: "The lobby is open", closed: "Closed", open: "All is well", paused: "Paused", drained: "Sold out", bypass: "Everybody is let through",
  reject: "Nobody is let in",
};

function ofOrigin({ origin }: RoomLive): Finding[] {
  const found: Finding[] = [];
  const share = origin.answers > 0 ? origin.errors / origin.answers : 0;
  if (origin.answers >= ENOUGH && share >= 0.05) found.push(["bad", `The shop answers ${percent(share)} with errors.`]);
  else if (origin.answers >= ENOUGH && share >= 0.01) found.push(["warn", `The shop answers ${percent(share)} with errors.`]);
  if (origin.latencyMs >= 3000) found.push(["bad", `The shop is slow: nine in ten answers take up to ${count(origin.latencyMs)} ms.`]);
  else if (origin.latencyMs >= 1000) found.push(["warn", `The shop is slow: nine in ten answers take up to ${count(origin.latencyMs)} ms.`]);
  return found;
}

function ofLine(room: Room, live: RoomLive): Finding[] {
  const found: Finding[] = [];
  const { lastMinute, target } = live.admitted;
  const taken = live.ready + live.active;
  const isFull = taken >= room.maxActive;
  if (live.waiting !== null && live.waiting > 0 && room.state === "open") {
    if (target === 0) found.push(["warn", "The rate is 0: nobody is called."]);
    else if (isFull && lastMinute < target * 0.8) found.push(["warn", `The house is full (${count(taken)} of ${count(room.maxActive)}): fewer are let in than the rate allows.`]);
  }
  const missed = live.noShows.lastMinute;
  if (missed >= 5 && missed > lastMinute * 0.25) found.push(["warn", `${count(missed)} did not come when they were called, in the last minute.`]);
  return found;
}

/** What is to be said of the room now: the worst first. */
export function verdict({ room, live, event, silent, away }: Seen): Verdict {
  const found: Finding[] = [];
  const isOver = room.state === "closed";
  if (away && !isOver) found.push(["bad", "The gate cannot tell the numbers: its stores do not answer."]);
  else if (silent > 5 && !isOver) found.push(["bad", `No numbers for ${span(silent)}: what stands here is old.`]);
  if (room.failedOpenAt) found.push(["bad", "No gate can call anybody: everybody is let through."]);
  const state = STATES[room.state];
  const why = room.exception?.reason ?? room.pauseReason;
  if (state) found.push([state[0], why ? `${state[1]} “${why}”` : state[1]]);
  if (live) {
    if (live.waiting === null) found.push(["bad", "Redis is away: the line stands still, places are kept."]);
    found.push(...ofOrigin(live), ...ofLine(room, live));
  }
  if (event && room.state === "open" && event.state === "soldOut" && (live?.waiting ?? 0) > 0) {
    found.push(["warn", `Everything is sold, and ${count(live?.waiting)} still wait: tell them.`]);
  }
  const isCalm = ["scheduled", "lobby", "closed"].includes(room.state);
  const worst = (["bad", "warn"] as const).find((tone) => found.some(([of]) => of === tone));
  const order = { bad: 0, warn: 1, calm: 2, good: 3 };
  const reasons = found.sort(([a], [b]) => order[a] - order[b]).map(([, words]) => words);
  const title = TITLES[room.state] ?? room.state;
  if (!worst) return { tone: isCalm ? "calm" : "good", title, reasons };
  if (state && found[0]?.[1].startsWith(state[1])) return { tone: worst, title, reasons };
  return { tone: worst, title: worst === "bad" ? "Act now" : "Look here", reasons };
}
