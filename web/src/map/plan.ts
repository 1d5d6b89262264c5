// The geometry of a hall as it is sent: rows with differences between neighbours, kept for ever under the hash of the plan.
import { say } from "../shared/words";

/** A row of seats. Where a member is a number it stands for all seats of the row. */
export interface WireRow {
  /** What the row is called. */
  n: string;
  /** The bit of its first seat in the availability; those of the others follow. */
  b: number;
  /** The index of the price category: of all seats, or of each. */
  t: number | number[];
  /** The number of the first seat where the others count on from it, or the names of all. */
  s: number | string[];
  /** How many seats. */
  k: number;
  /** Where they stand: the first, then differences, in units of the plan. Absent where nobody drew the hall. */
  x?: number[];
  y?: number[];
  /** Which of them take a wheelchair, are for who comes along, have something in their view. */
  a?: number[];
  c?: number[];
  r?: number[];
}

export interface WireTier {
  id: string;
  name: string;
  minor: number;
  standing?: boolean;
  /** As the organizer wants it, `#rrggbb`. */
  colour?: string;
}

export interface WirePlan {
  v: number;
  currency: string;
  /** How long a unit is in the plan's own measure. */
  unit: number;
  /** One bit a ticket, standing ones too. */
  tickets: number;
  tiers: WireTier[];
  sections: [string, WireRow[]][];
  focus?: [number, number];
}

export interface Row {
  name: string;
  section: number;
  /** The seats of a row follow one another. */
  first: number;
  count: number;
}

export interface Section {
  name: string;
  /** Its rows follow one another. */
  firstRow: number;
  rowCount: number;
  first: number;
  count: number;
  /** Around its seats, as x, y, x, y. */
  outline: Float32Array;
  middle: [number, number];
}

/** A hall, unpacked: seat number `i` stands at `x[i]`, `y[i]`. */
export interface Plan {
  currency: string;
  tickets: number;
  tiers: WireTier[];
  sections: Section[];
  rows: Row[];
  size: number;
  x: Float32Array;
  y: Float32Array;
  bit: Uint32Array;
  row: Uint16Array;
  tier: Uint8Array;
  flags: Uint8Array;
  names: string[];
  /** The usual distance between neighbours. */
  pitch: number;
  bounds: Bounds;
  focus?: [number, number];
}

export interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const ACCESSIBLE = 1;
export const COMPANION = 2;
export const RESTRICTED = 4;
/** At the end of a row, or beside an aisle. */
export const AISLE = 8;

/** A gap that is so many times the usual one is an aisle. */
const GAP = 1.6;

/** Unpacks a plan. */
export function unpack(wire: WirePlan): Plan {
  const size = wire.sections.reduce((sum, [, rows]) => sum + rows.reduce((seats, row) => seats + row.k, 0), 0);
  const plan: Plan = {
    currency: wire.currency,
    tickets: wire.tickets,
    tiers: wire.tiers,
    sections: [],
    rows: [],
    size,
    x: new Float32Array(size),
    y: new Float32Array(size),
    bit: new Uint32Array(size),
    row: new Uint16Array(size),
    tier: new Uint8Array(size),
    flags: new Uint8Array(size),
    names: new Array<string>(size),
    pitch: 1,
    bounds: { left: 0, top: 0, right: 1, bottom: 1 },
    ...(wire.focus && { focus: wire.focus }),
  };
  const drawn = wire.sections.every(([, rows]) => rows.every((row) => row.x && row.y));
  let seat = 0;
  let top = 0;
  for (const [name, rows] of wire.sections) {
    const section = plan.sections.length;
    const first = seat;
    const firstRow = plan.rows.length;
    for (const row of rows) {
      takeRow(plan, row, section, seat);
      if (drawn) {
        place(plan, row, wire.unit, seat);
        line(plan, seat, row.k);
      }
      else straight(plan, row.k, seat, top++);
      seat += row.k;
    }
    top += 2;
    plan.sections.push({
      name, firstRow, rowCount: rows.length, first, count: seat - first, outline: new Float32Array(0), middle: [0, 0],
    });
  }
  plan.pitch = pitch(plan);
  markAisles(plan);
  for (const section of plan.sections) outline(plan, section);
  plan.bounds = bounds(plan);
  return plan;
}

function takeRow(plan: Plan, row: WireRow, section: number, first: number): void {
  const number = plan.rows.length;
  plan.rows.push({ name: row.n, section, first, count: row.k });
  for (let i = 0; i < row.k; i += 1) {
    const seat = first + i;
    plan.bit[seat] = row.b + i;
    plan.row[seat] = number;
    plan.tier[seat] = typeof row.t === "number" ? row.t : row.t[i];
    plan.names[seat] = typeof row.s === "number" ? String(row.s + i) : row.s[i];
  }
  for (const [list, flag] of [[row.a, ACCESSIBLE], [row.c, COMPANION], [row.r, RESTRICTED]] as const) {
    for (const i of list ?? []) plan.flags[first + i] |= flag;
  }
}

function place(plan: Plan, row: WireRow, unit: number, first: number): void {
  let x = 0;
  let y = 0;
  for (let i = 0; i < row.k; i += 1) {
    x += row.x![i];
    y += row.y![i];
    plan.x[first + i] = x * unit;
    plan.y[first + i] = y * unit;
  }
}

/** Seats come in the order of their numbers. Where these run to and fro (odd to the left, even to the right), neighbours are put beside
 * one another: along the row, if that is a shorter way through all of them. */
function line(plan: Plan, first: number, count: number): void {
  const seats = Array.from({ length: count }, (_, i) => first + i);
  const spread = (at: Float32Array): number => Math.max(...seats.map((seat) => at[seat])) - Math.min(...seats.map((seat) => at[seat]));
  const at = spread(plan.x) >= spread(plan.y) ? plan.x : plan.y;
  const way = (order: readonly number[]): number => order.reduce((sum, seat, i) => (i === 0 ? 0 : sum + distance(plan, order[i - 1], seat)), 0);
  const sorted = [...seats].sort((a, b) => at[a] - at[b]);
  if (way(sorted) > way(seats) * 0.99) return;
  for (const all of [plan.x, plan.y, plan.bit, plan.tier, plan.flags, plan.names] as { [seat: number]: unknown }[]) {
    const before = sorted.map((seat) => all[seat]);
    before.forEach((value, i) => { all[first + i] = value; });
  }
}

/** A hall that nobody drew: rows below one another, each in the middle. */
function straight(plan: Plan, count: number, first: number, top: number): void {
  for (let i = 0; i < count; i += 1) {
    plan.x[first + i] = i - (count - 1) / 2;
    plan.y[first + i] = top * 1.2;
  }
}

/** The distance between neighbours in the middle of all. */
function pitch(plan: Plan): number {
  const all: number[] = [];
  const step = Math.max(1, Math.floor(plan.size / 2000));
  for (let seat = 1; seat < plan.size; seat += step) {
    if (plan.row[seat] === plan.row[seat - 1]) all.push(distance(plan, seat - 1, seat));
  }
  all.sort((a, b) => a - b);
  return all[all.length >> 1] || 1;
}

export function distance(plan: Plan, a: number, b: number): number {
  return Math.hypot(plan.x[a] - plan.x[b], plan.y[a] - plan.y[b]);
}

function markAisles(plan: Plan): void {
  for (const row of plan.rows) {
    const usual = row.count > 1 ? distance(plan, row.first, row.first + row.count - 1) / (row.count - 1) : 1;
    plan.flags[row.first] |= AISLE;
    plan.flags[row.first + row.count - 1] |= AISLE;
    for (let seat = row.first + 1; seat < row.first + row.count; seat += 1) {
      if (distance(plan, seat - 1, seat) > usual * GAP) {
        plan.flags[seat - 1] |= AISLE;
        plan.flags[seat] |= AISLE;
      }
    }
  }
}

/** Along the first row, down the ends of the rows, back along the last one and up again: right for arcs and for blocks. */
function outline(plan: Plan, section: Section): void {
  const rows = plan.rows.slice(section.firstRow, section.firstRow + section.rowCount);
  const along = (row: Row) => {
    const step = Math.max(1, Math.floor(row.count / 12));
    const seats: number[] = [];
    for (let i = 0; i < row.count; i += step) seats.push(row.first + i);
    const last = row.first + row.count - 1;
    if (seats[seats.length - 1] !== last) seats.push(last);
    return seats;
  };
  const ends = rows.slice(1, -1).map((row) => row.first + row.count - 1);
  const begins = rows.slice(1, -1).map((row) => row.first).reverse();
  const back = rows.length > 1 ? along(rows[rows.length - 1]).reverse() : [];
  const around = [...along(rows[0]), ...ends, ...back, ...begins];
  section.outline = Float32Array.from(around.flatMap((seat) => [plan.x[seat], plan.y[seat]]));
  let [x, y] = [0, 0];
  for (let seat = section.first; seat < section.first + section.count; seat += 1) {
    x += plan.x[seat];
    y += plan.y[seat];
  }
  section.middle = [x / section.count, y / section.count];
}

function bounds(plan: Plan): Bounds {
  const all = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let seat = 0; seat < plan.size; seat += 1) {
    all.left = Math.min(all.left, plan.x[seat]);
    all.right = Math.max(all.right, plan.x[seat]);
    all.top = Math.min(all.top, plan.y[seat]);
    all.bottom = Math.max(all.bottom, plan.y[seat]);
  }
  if (plan.size === 0) return { left: 0, top: 0, right: 1, bottom: 1 };
  const around = plan.pitch * 1.5;
  return { left: all.left - around, top: all.top - around, right: all.right + around, bottom: all.bottom + around };
}

/** The seats by the squares that they stand in: what is in a rectangle is found without looking at the others. */
export class Grid {
  readonly seats: Uint32Array;
  private readonly starts: Uint32Array;
  private readonly columns: number;
  private readonly lines: number;
  private readonly side: number;

  constructor(private readonly plan: Plan) {
    const { bounds: at } = plan;
    this.side = plan.pitch * 8;
    this.columns = Math.max(1, Math.ceil((at.right - at.left) / this.side));
    this.lines = Math.max(1, Math.ceil((at.bottom - at.top) / this.side));
    this.starts = new Uint32Array(this.columns * this.lines + 1);
    this.seats = new Uint32Array(plan.size);
    for (let seat = 0; seat < plan.size; seat += 1) this.starts[this.cell(seat) + 1] += 1;
    for (let cell = 1; cell < this.starts.length; cell += 1) this.starts[cell] += this.starts[cell - 1];
    const next = this.starts.slice();
    for (let seat = 0; seat < plan.size; seat += 1) this.seats[next[this.cell(seat)]++] = seat;
  }

  private cell(seat: number): number {
    return this.line(this.plan.y[seat]) * this.columns + this.column(this.plan.x[seat]);
  }

  private column(x: number): number {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.plan.bounds.left) / this.side)));
  }

  private line(y: number): number {
    return Math.min(this.lines - 1, Math.max(0, Math.floor((y - this.plan.bounds.top) / this.side)));
  }

  /** Calls `look` with every seat whose square touches the rectangle. */
  each(at: Bounds, look: (seat: number) => void): void {
    const [from, to] = [this.column(at.left), this.column(at.right)];
    for (let line = this.line(at.top); line <= this.line(at.bottom); line += 1) {
      const start = this.starts[line * this.columns + from];
      const end = this.starts[line * this.columns + to + 1];
      for (let i = start; i < end; i += 1) look(this.seats[i]);
    }
  }

  /** The seat nearest to a point and not farther than `reach`, among those that `fits`. */
  nearest(x: number, y: number, reach: number, fits: (seat: number) => boolean = () => true): number | undefined {
    let [found, best]: [number | undefined, number] = [undefined, reach];
    this.each({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach }, (seat) => {
      const away = Math.hypot(this.plan.x[seat] - x, this.plan.y[seat] - y);
      if (away <= best && fits(seat)) [found, best] = [seat, away];
    });
    return found;
  }
}

/** Where a seat is, for a person. */
export function placeOf(plan: Plan, seat: number): string {
  const row = plan.rows[plan.row[seat]];
  const section = plan.sections[row.section].name;
  return say("place", { section: sectionName(section), row: row.name, seat: plan.names[seat] });
}

/** A section that is called by a number or a letter is called so; one with a name has that. */
export function sectionName(name: string): string {
  return /^[0-9]+[A-Za-z]?$|^[A-Za-z][0-9]*$/.test(name) ? say("section", { name }) : name;
}
