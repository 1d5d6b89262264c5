// What if: the scenario that the gate is asked to play, and what of its answer is shown.
import type { Room, Simulation } from "../types";

/** What is guessed about fans. Shares are between 0 and 1. */
export interface Habits {
  noShow: number;
  buys: number;
  /** Tickets in one order. */
  perOrder: number;
  /** Minutes in the shop. */
  shops: number;
}

export const USUAL: Habits = { noShow: 0.1, buys: 0.6, perOrder: 2, shops: 3 };

/** Fewer than so many calls say nothing about how fans behave. */
const ENOUGH = 30;

/** What is known of a room's fans so far, in place of guesses. */
export function learned(called: number, noShows: number, sold: number | undefined, perOrder = USUAL.perOrder): Habits {
  const came = called - noShows;
  if (called < ENOUGH || came <= 0) return { ...USUAL, perOrder };
  const noShow = round(Math.min(0.9, noShows / called));
  const buys = sold === undefined ? USUAL.buys : round(Math.min(0.95, Math.max(0.01, sold / perOrder / came)));
  return { ...USUAL, noShow, perOrder, buys };
}

const round = (share: number): number => Math.round(share * 100) / 100;

/** The largest that the gate plays. */
const FANS_MAX = 500_000;

export interface Now {
  waiting: number;
  /** Called or inside. */
  inside: number;
  /** What can be had; absent where the tickets are not ours. */
  left: number | undefined;
}

export interface Asked {
  seed: number;
  admitPerMinute: number;
  maxActive: number;
  tickets?: number;
  arrivals: { kind: "burst"; fans: number; over: "PT1S" };
  habits: { away: number; noShow: number; comesBack: number; buys: number; shopsFor: string };
}

/** Those who wait now, at this rate and cap. What those inside are likely to buy is gone already. */
export function scenario(now: Now, habits: Habits, rate: number, cap: number): Asked {
  const orders = now.left === undefined ? undefined : Math.max(0, Math.round(now.left / habits.perOrder - now.inside * habits.buys));
  return {
    seed: 1,
    admitPerMinute: rate,
    maxActive: cap,
    ...(orders !== undefined && { tickets: orders }),
    arrivals: { kind: "burst", fans: Math.min(FANS_MAX, now.waiting), over: "PT1S" },
    habits: { away: 0, noShow: habits.noShow, comesBack: 0, buys: habits.buys, shopsFor: `PT${Math.max(1, Math.round(habits.shops * 60))}S` },
  };
}

/** What of an outcome is shown. Spans are seconds. */
export interface Outcome {
  soldOut: number | null;
  /** Until the last of those who get in are called. */
  last: number | null;
  p50: number | null;
  p90: number | null;
  /** The most who are inside at a time. */
  most: number;
  /** Who is still in line when everything is sold. */
  without: number;
}

export function outcome(told: Simulation): Outcome {
  return {
    soldOut: told.soldOutAfter,
    last: told.waits?.most ?? null,
    p50: told.waits?.p50 ?? null,
    p90: told.waits?.p90 ?? null,
    most: Math.max(0, ...told.timeline.map((point) => point.active)),
    without: told.stillWaiting,
  };
}

/** How far a slider goes: round, and well beyond what holds now. */
export function reach(now: number): number {
  const wanted = Math.max(60, now * 3);
  const step = 10 ** Math.floor(Math.log10(wanted));
  return Math.ceil(wanted / step) * step;
}

export const isSame = (room: Pick<Room, "admitPerMinute" | "maxActive">, rate: number, cap: number): boolean =>
  room.admitPerMinute === rate && room.maxActive === cap;
