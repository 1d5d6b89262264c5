// Is all well? One sentence for the most nervous evening of the year, and what it rests on.
import { t } from "../t";
import type { Event, Room, RoomLive } from "../types";
import { ms, percent, plain, span } from "../words";

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
  bypass: ["bad", t("Everybody is let through: order and caps do not hold.")],
  reject: ["bad", t("Nobody is let in, and nobody may join the line.")],
  paused: ["warn", t("The line is paused: nobody is called.")],
  drained: ["warn", t("The line says that everything is sold.")],
};

const TITLES: Record<string, string> = {
  scheduled: t("Not open yet"), lobby: t("The lobby is open"), closed: t("Closed"), open: t("All is well"), paused: t("Paused"), drained: t("Sold out"),
  bypass: t("Everybody is let through"), reject: t("Nobody is let in"),
};

function ofOrigin({ origin }: RoomLive): Finding[] {
  const found: Finding[] = [];
  const share = origin.answers > 0 ? origin.errors / origin.answers : 0;
  if (origin.answers >= ENOUGH && share >= 0.05) found.push(["bad", t("The shop answers {share} with errors.", { share: percent(share) })]);
  else if (origin.answers >= ENOUGH && share >= 0.01) found.push(["warn", t("The shop answers {share} with errors.", { share: percent(share) })]);
  if (origin.latencyMs >= 3000) found.push(["bad", t("The shop is slow: nine in ten answers take up to {span}.", { span: ms(origin.latencyMs) })]);
  else if (origin.latencyMs >= 1000) found.push(["warn", t("The shop is slow: nine in ten answers take up to {span}.", { span: ms(origin.latencyMs) })]);
  return found;
}

function ofLine(room: Room, live: RoomLive): Finding[] {
  const found: Finding[] = [];
  const { lastMinute, target } = live.admitted;
  const taken = live.ready + live.active;
  const isFull = taken >= room.maxActive;
  if (live.waiting !== null && live.waiting > 0 && room.state === "open") {
    if (target === 0) found.push(["warn", t("The rate is 0: nobody is called.")]);
    else if (isFull && lastMinute < target * 0.8) found.push(["warn", t("The house is full ({n} of {most}): fewer are let in than the rate allows.", { n: taken, most: room.maxActive })]);
  }
  const missed = live.noShows.lastMinute;
  if (missed >= 5 && missed > lastMinute * 0.25) found.push(["warn", t("{n} did not come when called, in the last minute.", { n: missed })]);
  return found;
}

/** What is to be said of the room now: the worst first. */
export function verdict({ room, live, event, silent, away }: Seen): Verdict {
  const found: Finding[] = [];
  const isOver = room.state === "closed";
  if (away && !isOver) found.push(["bad", t("The gate cannot tell the numbers: its stores do not answer.")]);
  else if (silent > 5 && !isOver) found.push(["bad", t("No numbers for {span}: what stands here is old.", { span: span(silent) })]);
  if (room.failedOpenAt) found.push(["bad", t("No gate can call anybody: everybody is let through.")]);
  const state = STATES[room.state];
  const why = room.exception?.reason ?? room.pauseReason;
  if (state) found.push([state[0], why ? `${state[1]} ${t("“{words}”", { words: why })}` : state[1]]);
  if (live) {
    if (live.waiting === null) found.push(["bad", t("Redis is away: the line stands still, places are kept.")]);
    found.push(...ofOrigin(live), ...ofLine(room, live));
  }
  if (event && room.state === "open" && event.state === "soldOut" && (live?.waiting ?? 0) > 0) {
    found.push(["warn", t("Everything is sold, and {n} still waits: tell them.|Everything is sold, and {n} still wait: tell them.", { n: live?.waiting ?? 0 })]);
  }
  const isCalm = ["scheduled", "lobby", "closed"].includes(room.state);
  const worst = (["bad", "warn"] as const).find((tone) => found.some(([of]) => of === tone));
  const order = { bad: 0, warn: 1, calm: 2, good: 3 };
  const reasons = found.sort(([a], [b]) => order[a] - order[b]).map(([, words]) => words);
  const title = TITLES[room.state] ?? plain(room.state);
  if (!worst) return { tone: isCalm ? "calm" : "good", title, reasons };
  if (state && found[0]?.[1].startsWith(state[1])) return { tone: worst, title, reasons };
  return { tone: worst, title: worst === "bad" ? t("Act now") : t("Look here"), reasons };
}
