// What the plots show: minutes that are on record, and on top of them every second since one began to look.
import type { RoomHistory, RoomLive } from "../types";

export type Minute = RoomHistory["minutes"][number];

/** A moment of a room; null is what is not known. */
export interface Point {
  /** Seconds since 1970. */
  at: number;
  waiting: number | null;
  away: number | null;
  called: number | null;
  active: number | null;
  admitted: number | null;
  noShows: number | null;
  target: number | null;
  p50: number | null;
  p90: number | null;
  latency: number | null;
  errors: number | null;
}

export type Line = Exclude<keyof Point, "at">;

/** A minute as it was at its end. */
export function ofMinute(minute: Minute): Point {
  return {
    at: Date.parse(minute.minute) / 1000 + 60,
    waiting: minute.waiting, away: minute.away, called: minute.called, active: minute.active, admitted: minute.admitted,
    noShows: minute.noShows, target: minute.target, p50: minute.waitP50, p90: minute.waitP90, latency: null, errors: null,
  };
}

export function ofSecond(live: RoomLive): Point {
  return {
    at: Math.round(Date.parse(live.at) / 1000),
    waiting: live.waiting, away: live.away, called: live.ready, active: live.active, admitted: live.admitted.lastMinute,
    noShows: live.noShows.lastMinute, target: live.admitted.target, p50: live.waited.p50, p90: live.waited.p90,
    latency: live.origin.latencyMs, errors: live.origin.errors,
  };
}

/** The longest that seconds are kept. */
export const KEPT = 900;

/** What is known of the last so many seconds, in order, each moment once. A gap of more than two minutes is one in the lines. */
export function points(minutes: readonly Minute[], seconds: readonly Point[], over: number, now: number): Point[] {
  const from = now - over;
  const first = seconds[0]?.at ?? Infinity;
  // Beyond a quarter of an hour a point a second is more than anybody sees.
  const live = over <= KEPT ? seconds.filter((point) => point.at >= from) : seconds.slice(-1);
  const until = over <= KEPT ? first : (live[0]?.at ?? Infinity);
  const told = minutes.map(ofMinute).filter((point) => point.at >= from && point.at < until);
  const all: Point[] = [];
  for (const point of [...told, ...live]) {
    const last = all.at(-1);
    if (last && point.at <= last.at) continue;
    if (last && point.at - last.at > 150) all.push(nothing(last.at + 1));
    all.push(point);
  }
  return all;
}

function nothing(at: number): Point {
  return {
    at, waiting: null, away: null, called: null, active: null, admitted: null, noShows: null, target: null, p50: null, p90: null, latency: null, errors: null,
  };
}

export const column = (all: readonly Point[], line: Line): (number | null)[] => all.map((point) => point[line]);
