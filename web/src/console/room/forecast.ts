// What the gate says would come of a rate and a cap: as they are now, and as they are being tried.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../../shared/api";
import { send, wrong } from "../ask";
import type { Simulation } from "../types";
import type { RoomStore } from "./store";
import { type Asked, type Habits, type Now, type Outcome, USUAL, isSame, learned, outcome, scenario } from "./whatif";

/** How often what holds now is played again. */
const AGAIN = 20_000;
/** How long one waits for the next key or move. */
const CALM = 200;
/** The gate plays one at a time: it is asked so often whether it is free. */
const TRIES = 8;

export interface Forecast {
  habits: Habits;
  setHabits: (habits: Habits) => void;
  now: Outcome | undefined;
  tried: Outcome | undefined;
  /** What was asked for `tried`, as rate and cap. */
  triedFor: string | undefined;
  /** When `now` was asked for, by our clock. */
  at: number;
  problem: string | undefined;
  /** Tries another rate and cap; those that hold are no other. */
  attempt: (rate: number, cap: number) => void;
}

export function nowOf(store: RoomStore): Now | undefined {
  const live = store.live;
  if (!live || live.waiting === null) return undefined;
  return { waiting: live.waiting, inside: live.ready + live.active, left: store.event?.ticketAvailable };
}

async function play(store: RoomStore, asked: Asked): Promise<Outcome> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return outcome(await send<Simulation>("POST", `${store.base}/simulate`, asked));
    } catch (error) {
      if (left === 0 || !(error instanceof Refused) || error.kind !== "too-busy") throw error;
      await new Promise((then) => setTimeout(then, 300));
    }
  }
}

export function useForecast(store: RoomStore): Forecast {
  const [guess, setHabits] = useState<Habits>();
  const [now, put] = useState<{ of: Outcome; at: number }>();
  const [tried, show] = useState<{ of: Outcome; for: string }>();
  const [problem, tell] = useState<string>();
  const [wanted, want] = useState<{ rate: number; cap: number }>();
  const line = useRef(Promise.resolve());
  const { called, missed } = store.calls;
  const habits = guess ?? (store.live ? learned(called, missed, store.sales?.total.sold) : USUAL);
  const room = store.room!;

  /** One after the other: what is asked last is shown last. */
  const ask = (rate: number, cap: number, is: () => boolean, then: (of: Outcome) => void): void => {
    line.current = line.current.then(async () => {
      const here = nowOf(store);
      if (!here || !is()) return;
      try {
        then(await play(store, scenario(here, habits, rate, cap)));
        tell(undefined);
      } catch (error) {
        tell(wrong(error));
      }
    });
  };

  const isThere = store.live !== undefined;
  const told = `${room.admitPerMinute}/${room.maxActive}/${JSON.stringify(habits)}/${isThere}`;
  useEffect(() => {
    const look = (): void => ask(room.admitPerMinute, room.maxActive, () => true, (of) => put({ of, at: Date.now() }));
    look();
    const timer = setInterval(() => { if (!document.hidden) look(); }, AGAIN);
    return () => clearInterval(timer);
  }, [told]);
  useEffect(() => {
    if (!wanted || isSame(room, wanted.rate, wanted.cap)) return show(undefined);
    let is = true;
    const { rate, cap } = wanted;
    const timer = setTimeout(() => ask(rate, cap, () => is, (of) => { if (is) show({ of, for: `${rate}/${cap}` }); }), CALM);
    return () => { is = false; clearTimeout(timer); };
  }, [wanted?.rate, wanted?.cap, told]);
  return {
    habits, setHabits, now: now?.of, tried: tried?.of, triedFor: tried?.for, at: now?.at ?? Date.now(), problem,
    attempt: (rate, cap) => want((before) => (before?.rate === rate && before.cap === cap ? before : { rate, cap })),
  };
}
