// A plan while it is drawn: tiers, seats, and where people look to. Nothing here is changed in place: an edit makes another plan
// that shares what stayed the same, so that every step can be taken back.

export interface Tier {
  /** The server's name of one that was saved. */
  tierId?: string;
  name: string;
  /** In minor units. */
  price: number;
  generalAdmission: boolean;
  /** How many places without numbers. */
  quantity?: number;
  colour?: string;
}

export interface Seat {
  /** Which one, as long as the plan is edited: its names change. */
  id: number;
  section: string;
  row: string;
  seat: string;
  /** The index of its tier; -1 where it has none yet. */
  tier: number;
  x: number;
  y: number;
  accessible: boolean;
  companion: boolean;
  restrictedView: boolean;
  /** What it is kept back for. */
  keepBack?: string;
}

export interface Point {
  /** Of which section; of all others where empty. */
  section: string;
  x: number;
  y: number;
}

export interface Model {
  tiers: readonly Tier[];
  seats: readonly Seat[];
  points: readonly Point[];
}

/** A plan as the server tells and takes it. */
export interface Wire {
  tiers: Tier[];
  seats: WireSeat[];
  focalPoints: { section?: string; x: number; y: number }[];
}

export interface WireSeat {
  section: string;
  row: string;
  seat: string;
  tier: number;
  x?: number;
  y?: number;
  accessible?: boolean;
  companion?: boolean;
  restrictedView?: boolean;
  keepBack?: string;
}

export const EMPTY: Model = { tiers: [], seats: [], points: [] };

/** The usual distance of neighbours in a plan that has none yet. */
export const GAP = 25;

let last = 0;
export const nextId = (): number => (last += 1);

/** Places are kept to a thousandth: more no drawing needs, and sums of them come out the same. */
export const round = (n: number): number => Math.round(n * 1000) / 1000 || 0;

/** A new seat, with what is said of it. */
export function seat(said: Omit<Partial<Seat>, "id"> & Pick<Seat, "section" | "row" | "seat">): Seat {
  return { tier: -1, x: 0, y: 0, accessible: false, companion: false, restrictedView: false, ...said, id: nextId() };
}

export function fromWire({ tiers, seats, focalPoints }: Wire): Model {
  const rows = new Map<string, number>();
  return {
    tiers,
    seats: seats.map(({ x, y, ...one }, index) => {
      // Seats that nobody drew stand in straight rows.
      const row = `${one.section}\n${one.row}`;
      if (!rows.has(row)) rows.set(row, rows.size);
      return seat({ ...one, x: x ?? index * GAP, y: y ?? rows.get(row)! * GAP });
    }),
    points: focalPoints.map((point) => ({ section: "", ...point })),
  };
}

export function toWire({ tiers, seats, points }: Model): Wire {
  return {
    tiers: tiers.map(({ generalAdmission, quantity, ...tier }) => ({
      ...tier, generalAdmission, ...(generalAdmission && { quantity: quantity ?? 0 }),
    })),
    seats: seats.map((one) => ({
      section: one.section, row: one.row, seat: one.seat, tier: Math.max(0, one.tier), x: one.x, y: one.y,
      ...(one.accessible && { accessible: true }), ...(one.companion && { companion: true }),
      ...(one.restrictedView && { restrictedView: true }), ...(one.keepBack && { keepBack: one.keepBack }),
    })),
    focalPoints: points.map(({ section, x, y }) => ({ ...(section && { section }), x, y })),
  };
}

/** A few letters that are others where a plan is another one. */
export function stamp(wire: Wire): string {
  let hash = 2_166_136_261;
  const text = JSON.stringify([wire.tiers.map(({ name, price, quantity, colour }) => [name, price, quantity, colour]), wire.seats, wire.focalPoints]);
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619);
  return `${text.length}-${(hash >>> 0).toString(36)}`;
}

/** The order in which a person reads names: row 9 comes before row 10, and Z before AA. */
export function naturally(a: string, b: string): number {
  const letters = /^[A-Za-z]+$/;
  if (letters.test(a) && letters.test(b) && a.length <= 2 && b.length <= 2 && a.length !== b.length) return a.length - b.length;
  return collator.compare(a, b);
}
const collator = new Intl.Collator("en", { numeric: true });

export interface RowOf {
  section: string;
  name: string;
  /** From one end to the other. */
  seats: Seat[];
}

export interface SectionOf {
  name: string;
  rows: RowOf[];
  count: number;
}

/** Along which a row runs: to the right, or downwards. */
function along(seats: readonly Seat[]): (one: Seat) => number {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of seats) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return right - left >= bottom - top ? (one) => one.x : (one) => one.y;
}

/** How long the way through all seats is, one after the other. */
const way = (seats: readonly Seat[]): number =>
  seats.reduce((sum, one, i) => (i === 0 ? 0 : sum + Math.hypot(one.x - seats[i - 1].x, one.y - seats[i - 1].y)), 0);

/** Seats of one row as they stand beside one another, from the left or from the top. A row that goes far around the stage keeps its
 * order: that is a shorter way than from left to right. */
export function inLine(seats: readonly Seat[]): Seat[] {
  const place = along(seats);
  const sorted = [...seats].sort((a, b) => place(a) - place(b) || naturally(a.seat, b.seat));
  if (seats.length < 3 || way(sorted) <= way(seats) * 1.05) return sorted;
  return place(seats[0]) <= place(seats[seats.length - 1]) ? [...seats] : [...seats].reverse();
}

/** The plan by sections and rows, in the order in which a person reads them. */
export function sections(seats: readonly Seat[]): SectionOf[] {
  const found = new Map<string, Map<string, Seat[]>>();
  for (const one of seats) {
    let rows = found.get(one.section);
    if (!rows) found.set(one.section, rows = new Map());
    const row = rows.get(one.row);
    if (row) row.push(one);
    else rows.set(one.row, [one]);
  }
  return [...found].sort(([a], [b]) => naturally(a, b)).map(([name, rows]) => ({
    name,
    count: [...rows.values()].reduce((sum, row) => sum + row.length, 0),
    rows: [...rows].sort(([a], [b]) => naturally(a, b)).map(([row, all]) => ({ section: name, name: row, seats: inLine(all) })),
  }));
}

export interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function bounds(places: readonly { x: number; y: number }[]): Bounds | undefined {
  if (places.length === 0) return undefined;
  const all = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y } of places) {
    all.left = Math.min(all.left, x);
    all.right = Math.max(all.right, x);
    all.top = Math.min(all.top, y);
    all.bottom = Math.max(all.bottom, y);
  }
  return all;
}

/** So many rows tell how far apart neighbours usually are. */
const ROWS = 300;
const pitches = new WeakMap<readonly Seat[], number>();

/** The usual distance between neighbours. */
export function pitch(seats: readonly Seat[]): number {
  const known = pitches.get(seats);
  if (known !== undefined) return known;
  const rows = new Map<string, Seat[]>();
  for (const one of seats) {
    const key = `${one.section}\n${one.row}`;
    const row = rows.get(key);
    if (row) row.push(one);
    else if (rows.size < ROWS) rows.set(key, [one]);
  }
  const all = [...rows.values()].flatMap((row) => {
    const line = inLine(row);
    return line.slice(1).map((one, i) => Math.hypot(one.x - line[i].x, one.y - line[i].y));
  });
  all.sort((a, b) => a - b);
  const found = all[all.length >> 1] || GAP;
  pitches.set(seats, found);
  return found;
}

/** How many tickets the plan sells. */
export function total({ tiers, seats }: Model): number {
  return tiers.reduce((sum, tier) => sum + (tier.generalAdmission ? tier.quantity ?? 0 : 0), seats.length);
}
