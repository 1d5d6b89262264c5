// A plan that was not saved yet is kept in the browser: a reload, a crash or a bad connection loses nothing.
import { type Model, type Seat, seat } from "./model";

interface Kept {
  v: 1;
  /** The version of the event that it was drawn on, and what its plan was. */
  version: number;
  base: string;
  at: number;
  tiers: Model["tiers"];
  points: Model["points"];
  /** Names, each once; seats are numbers of them. */
  names: string[];
  /** Section, row, seat, tier, x, y, flags, kept back: eight for each seat. */
  seats: number[];
}

/** A plan in a fifth of what its seats would weigh one by one. */
export function pack(model: Model, version: number, base: string, at: number): Kept {
  const index = new Map<string, number>();
  const name = (text: string): number => {
    let found = index.get(text);
    if (found === undefined) index.set(text, found = index.size);
    return found;
  };
  const seats: number[] = [];
  for (const one of model.seats) {
    const flags = Number(one.accessible) + 2 * Number(one.companion) + 4 * Number(one.restrictedView);
    seats.push(name(one.section), name(one.row), name(one.seat), one.tier, one.x, one.y, flags, one.keepBack === undefined ? -1 : name(one.keepBack));
  }
  return { v: 1, version, base, at, tiers: model.tiers, points: model.points, names: [...index.keys()], seats };
}

export function unpack(kept: Kept): Model {
  const seats: Seat[] = [];
  for (let i = 0; i + 7 < kept.seats.length; i += 8) {
    const [section, row, number, tier, x, y, flags, label] = kept.seats.slice(i, i + 8);
    seats.push(seat({
      section: kept.names[section], row: kept.names[row], seat: kept.names[number], tier, x, y,
      accessible: (flags & 1) !== 0, companion: (flags & 2) !== 0, restrictedView: (flags & 4) !== 0,
      ...(label >= 0 && { keepBack: kept.names[label] }),
    }));
  }
  return { tiers: kept.tiers, seats, points: kept.points };
}

const place = (event: string): string => `usher-plan-${event}`;

/** Whether it could be kept: a browser may have no room, or keep nothing. */
export function keep(event: string, model: Model, version: number, base: string): boolean {
  try {
    localStorage.setItem(place(event), JSON.stringify(pack(model, version, base, Date.now())));
    return true;
  } catch {
    return false;
  }
}

export function kept(event: string): { model: Model; version: number; base: string; at: number } | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(place(event)) ?? "null") as Kept | null;
    return found?.v === 1 ? { model: unpack(found), version: found.version, base: found.base, at: found.at } : undefined;
  } catch {
    return undefined;
  }
}

export function forget(event: string): void {
  try {
    localStorage.removeItem(place(event));
  } catch {
    // What cannot be kept is not there either.
  }
}
