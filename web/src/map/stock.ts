// What can be had: one bit a ticket with a version, and what changed since. What is ours is kept beside it, because to
// everybody else it is taken.
import { COMPANION, ACCESSIBLE, type Grid, type Plan, distance } from "./plan";

export const FREE = 0;
export const TAKEN = 1;
export const MINE = 2;
/** Asked for, and not answered yet. */
export const ASKED = 3;

export interface Told {
  version: number;
  since?: number;
  available?: string;
  free?: number[];
  taken?: number[];
  tiers: { tierId: string; available: number; presaleUntil?: string }[];
  stale: boolean;
}

/** The states of all seats of a plan. */
export class Stock {
  version = 0;
  readonly state: Uint8Array;
  /** How many of each section and tier can be had. */
  readonly ofSection: Int32Array;
  private bits: Uint8Array;
  private readonly seatOf: Int32Array;
  private readonly mine = new Map<number, number>();

  constructor(readonly plan: Plan) {
    this.bits = new Uint8Array((plan.tickets + 7) >> 3);
    this.state = new Uint8Array(plan.size).fill(TAKEN);
    this.ofSection = new Int32Array(plan.sections.length);
    this.seatOf = new Int32Array(plan.tickets).fill(-1);
    for (let seat = 0; seat < plan.size; seat += 1) this.seatOf[plan.bit[seat]] = seat;
  }

  /** The seat with this bit; -1 for what is no seat. */
  seat(bit: number): number {
    return this.seatOf[bit] ?? -1;
  }

  has(seat: number): boolean {
    const bit = this.plan.bit[seat];
    return ((this.bits[bit >> 3] >> (bit & 7)) & 1) === 1;
  }

  /**
   * Takes in what was told. Gives the seats whose state is another one now; `undefined` when it is a change of a version
   * that is not ours: then everything must be asked for again.
   */
  take(told: Told): number[] | undefined {
    if (told.available !== undefined) {
      this.bits = Uint8Array.from(atob(told.available), (c) => c.charCodeAt(0));
      this.version = told.version;
      const all: number[] = [];
      for (let seat = 0; seat < this.plan.size; seat += 1) if (this.settle(seat)) all.push(seat);
      return all;
    }
    if (told.since !== this.version) return told.version === this.version ? [] : undefined;
    this.version = told.version;
    const changed: number[] = [];
    for (const [bits, on] of [[told.free, true], [told.taken, false]] as const) {
      for (const bit of bits ?? []) {
        if (on) this.bits[bit >> 3] |= 1 << (bit & 7);
        else this.bits[bit >> 3] &= ~(1 << (bit & 7));
        const seat = this.seat(bit);
        if (seat >= 0 && this.settle(seat)) changed.push(seat);
      }
    }
    return changed;
  }

  /** Says that a seat is taken, before the map is told so. */
  lose(seat: number): void {
    const bit = this.plan.bit[seat];
    this.bits[bit >> 3] &= ~(1 << (bit & 7));
    this.mine.delete(seat);
    this.settle(seat);
  }

  /** The seats that are ours, as far as we know; gives those whose state is another one now. */
  own(seats: Iterable<number>, state: typeof MINE | typeof ASKED | ((seat: number) => number)): number[] {
    const before = new Set(this.mine.keys());
    this.mine.clear();
    for (const seat of seats) {
      this.mine.set(seat, typeof state === "function" ? state(seat) : state);
      before.add(seat);
    }
    return [...before].filter((seat) => this.settle(seat));
  }

  private settle(seat: number): boolean {
    const now = this.mine.get(seat) ?? (this.has(seat) ? FREE : TAKEN);
    const before = this.state[seat];
    if (now === before) return false;
    const section = this.plan.rows[this.plan.row[seat]].section;
    if (now === FREE) this.ofSection[section] += 1;
    if (before === FREE) this.ofSection[section] -= 1;
    this.state[seat] = now;
    return true;
  }

  /** What can be had instead of `seat`: beside it in the row, else the nearest at the same price. */
  instead(seat: number, grid: Grid): number | undefined {
    const { plan } = this;
    const special = plan.flags[seat] & (ACCESSIBLE | COMPANION);
    const fits = (other: number) => this.state[other] === FREE && plan.tier[other] === plan.tier[seat]
      && (plan.flags[other] & (ACCESSIBLE | COMPANION)) === special;
    const row = plan.rows[plan.row[seat]];
    for (let away = 1; away < row.count; away += 1) {
      for (const other of [seat + away, seat - away]) {
        const inRow = other >= row.first && other < row.first + row.count;
        if (inRow && fits(other) && distance(plan, seat, other) < plan.pitch * 6) return other;
      }
    }
    for (let reach = plan.pitch * 8; reach < plan.pitch * 1000; reach *= 4) {
      const found = grid.nearest(plan.x[seat], plan.y[seat], reach, fits);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A free seat beside one of `seats` that would have nobody beside it any more. */
  leavesAlone(seats: readonly number[]): number | undefined {
    const { plan } = this;
    const free = (seat: number, row: number) => plan.row[seat] === row && this.state[seat] === FREE && !seats.includes(seat);
    for (const seat of seats) {
      const row = plan.row[seat];
      for (const side of [1, -1]) if (free(seat + side, row) && !free(seat + 2 * side, row)) return seat + side;
    }
    return undefined;
  }
}
