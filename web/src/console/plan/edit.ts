// What can be done to seats and tiers. Each gives another plan, or the same where nothing is different.
import { type Model, type Point, type Seat, type Tier, inLine, round } from "./model";
import { type RowStyle, type SeatStyle, renumbered, rowNames } from "./number";

type Ids = ReadonlySet<number>;

/** The plan with these seats changed. */
export function change(model: Model, ids: Ids, how: (one: Seat) => Partial<Seat>): Model {
  if (ids.size === 0) return model;
  let any = false;
  const seats = model.seats.map((one) => {
    if (!ids.has(one.id)) return one;
    const said = how(one);
    if ((Object.keys(said) as (keyof Seat)[]).every((key) => said[key] === one[key])) return one;
    any = true;
    return { ...one, ...said };
  });
  return any ? { ...model, seats } : model;
}

export const setTier = (model: Model, ids: Ids, tier: number): Model => change(model, ids, () => ({ tier }));

/** A seat is for a wheelchair, or beside one, or neither. */
export function setFor(model: Model, ids: Ids, whom: "anybody" | "accessible" | "companion"): Model {
  return change(model, ids, () => ({ accessible: whom === "accessible", companion: whom === "companion" }));
}

export const setRestricted = (model: Model, ids: Ids, restrictedView: boolean): Model => change(model, ids, () => ({ restrictedView }));

export function keepBack(model: Model, ids: Ids, label: string): Model {
  const seats = model.seats.map((one) => {
    if (!ids.has(one.id) || (one.keepBack ?? "") === label) return one;
    const { keepBack: _, ...rest } = one;
    return label ? { ...rest, keepBack: label } : rest;
  });
  return seats.some((one, i) => one !== model.seats[i]) ? { ...model, seats } : model;
}

export const move = (model: Model, ids: Ids, byX: number, byY: number): Model =>
  change(model, ids, (one) => ({ x: round(one.x + byX), y: round(one.y + byY) }));

/** Turned around their middle. */
export function turn(model: Model, ids: Ids, degrees: number): Model {
  const own = model.seats.filter((one) => ids.has(one.id));
  const [x, y] = [own.reduce((sum, one) => sum + one.x, 0) / own.length, own.reduce((sum, one) => sum + one.y, 0) / own.length];
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return change(model, ids, (one) => ({
    x: round(x + (one.x - x) * cos - (one.y - y) * sin), y: round(y + (one.x - x) * sin + (one.y - y) * cos),
  }));
}

export function remove(model: Model, ids: Ids): Model {
  const seats = model.seats.filter((one) => !ids.has(one.id));
  return seats.length === model.seats.length ? model : withoutLostPoints({ ...model, seats });
}

export const add = (model: Model, seats: readonly Seat[]): Model => (seats.length > 0 ? { ...model, seats: [...model.seats, ...seats] } : model);

/** A section gets another name, and so does where it looks to. Two of one name become one. */
export function renameSection(model: Model, from: string, to: string): Model {
  const ids = new Set(model.seats.filter((one) => one.section === from).map((one) => one.id));
  const renamed = change(model, ids, () => ({ section: to }));
  if (renamed === model) return model;
  const taken = model.points.some((point) => point.section === to);
  const points = model.points.filter((point) => !taken || point.section !== from);
  return { ...renamed, points: points.map((point) => (point.section === from && from ? { ...point, section: to } : point)) };
}

export const rename = (model: Model, ids: Ids, said: Partial<Pick<Seat, "section" | "row" | "seat">>): Model =>
  withoutLostPoints(change(model, ids, () => said));

/** Those of `ids` by their rows, in the order in which they stand: by how far the row is from the top. */
function byRow(model: Model, ids: Ids): Seat[][] {
  const rows = new Map<string, Seat[]>();
  for (const one of model.seats) {
    if (!ids.has(one.id)) continue;
    const key = `${one.section}\n${one.row}`;
    const row = rows.get(key);
    if (row) row.push(one);
    else rows.set(key, [one]);
  }
  const top = (row: readonly Seat[]): number => row.reduce((sum, one) => sum + one.y, 0) / row.length;
  return [...rows.values()].sort((a, b) => top(a) - top(b));
}

/** New numbers for the seats, row by row. */
export function renumber(model: Model, ids: Ids, style: SeatStyle, from: number): Model {
  const names = new Map<number, string>();
  for (const row of byRow(model, ids)) for (const [id, name] of renumbered(row, style, from)) names.set(id, name);
  return change(model, ids, (one) => ({ seat: names.get(one.id)! }));
}

/** New names for the rows, from the top downwards. */
export function renameRows(model: Model, ids: Ids, style: RowStyle, from: string, clear: boolean, down: boolean): Model {
  const rows = byRow(model, ids);
  const names = rowNames(style, rows.length, from, clear, down);
  const called = new Map(rows.flatMap((row, i) => row.map((one) => [one.id, names[i]] as const)));
  return change(model, ids, (one) => ({ row: called.get(one.id)! }));
}

/** Neighbours stand so far apart; the middle of each row stays. */
export function spread(model: Model, ids: Ids, gap: number): Model {
  const places = new Map<number, [number, number]>();
  for (const row of byRow(model, ids)) {
    const line = inLine(row);
    if (line.length < 2) continue;
    const [first, last] = [line[0], line[line.length - 1]];
    const length = Math.hypot(last.x - first.x, last.y - first.y) || 1;
    const [dx, dy] = [((last.x - first.x) / length) * gap, ((last.y - first.y) / length) * gap];
    const [x, y] = [(first.x + last.x) / 2, (first.y + last.y) / 2];
    line.forEach((one, i) => places.set(one.id, [round(x + dx * (i - (line.length - 1) / 2)), round(y + dy * (i - (line.length - 1) / 2))]));
  }
  return change(model, ids, (one) => {
    const place = places.get(one.id);
    return place ? { x: place[0], y: place[1] } : {};
  });
}

export const addTier = (model: Model, tier: Tier): Model => ({ ...model, tiers: [...model.tiers, tier] });

export function changeTier(model: Model, index: number, said: Partial<Tier>): Model {
  const tiers = model.tiers.map((tier, i) => {
    if (i !== index) return tier;
    const { quantity: _, ...rest } = { ...tier, ...said };
    const quantity = said.quantity ?? tier.quantity ?? 100;
    return rest.generalAdmission ? { ...rest, quantity } : rest;
  });
  return { ...model, tiers };
}

/** Its seats have no tier then, until they are given another one. */
export function removeTier(model: Model, index: number): Model {
  const fewer = (tier: number): number => (tier === index ? -1 : tier > index ? tier - 1 : tier);
  return {
    ...model,
    tiers: model.tiers.filter((_, i) => i !== index),
    seats: model.seats.map((one) => (one.tier >= index ? { ...one, tier: fewer(one.tier) } : one)),
  };
}

/** Where people of the section look to; of all others where it has no name. Nowhere in particular without a point. */
export function look(model: Model, section: string, at: { x: number; y: number } | undefined): Model {
  const others = model.points.filter((point) => point.section !== section);
  const points: Point[] = at ? [...others, { section, x: round(at.x), y: round(at.y) }] : others;
  return { ...model, points };
}

function withoutLostPoints(model: Model): Model {
  const named = new Set(model.seats.map((one) => one.section));
  const points = model.points.filter((point) => point.section === "" || named.has(point.section));
  return points.length === model.points.length ? model : { ...model, points };
}

/** Takes the seats and tiers of another plan in, beside those that are there. Tiers of one name are one. */
export function merge(model: Model, other: Model): Model {
  const tiers = [...model.tiers];
  const index = other.tiers.map((tier) => {
    const same = tiers.findIndex((one) => one.name === tier.name);
    if (same >= 0) return same;
    tiers.push(tier);
    return tiers.length - 1;
  });
  const seats = other.seats.map((one) => ({ ...one, tier: index[one.tier] ?? -1 }));
  return { tiers, seats: [...model.seats, ...seats], points: model.points };
}
