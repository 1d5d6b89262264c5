// What the server would refuse, and what looks like a slip, before anything is sent.
import { type Model, type Seat, total } from "./model";

export const MOST_TICKETS = 100_000;
const MOST_TIERS = 50;
const MOST_PRICE = 1_000_000_000;

export type Kind =
  | "place-twice" | "no-tier" | "name-missing" | "name-long" | "name-blank" | "both-kinds" | "label-long" | "too-many" | "no-spot"
  | "tier-count" | "tier-name" | "tier-twice" | "tier-price" | "tier-quantity" | "point-lost"
  | "nothing" | "tier-unused" | "same-spot" | "tier-free";

export interface Fault {
  kind: Kind;
  /** Whether it keeps the plan from being saved. */
  bad: boolean;
  /** The seats that it is about. */
  seats: number[];
  /** The tier that it is about. */
  tier?: number;
  /** What is named in the sentence about it. */
  name?: string;
}

const WARNINGS: readonly Kind[] = ["nothing", "tier-unused", "same-spot", "tier-free"];

const fault = (kind: Kind, seats: readonly Seat[], more: Partial<Fault> = {}): Fault =>
  ({ kind, bad: !WARNINGS.includes(kind), seats: seats.map((one) => one.id), ...more });

const length = (text: string): number => [...text].length;
const hasControl = (text: string): boolean => /[\u0000-\u001f\u007f-\u009f]/.test(text);

/** All of it, the worst first. */
export function check(model: Model): Fault[] {
  const found = [...ofSeats(model), ...ofTiers(model), ...ofPlan(model)];
  return found.sort((a, b) => Number(b.bad) - Number(a.bad));
}

function ofSeats({ seats, tiers }: Model): Fault[] {
  const places = new Map<string, Seat[]>();
  const spots = new Map<string, Seat[]>();
  const put = (map: Map<string, Seat[]>, key: string, one: Seat): void => {
    const there = map.get(key);
    if (there) there.push(one);
    else map.set(key, [one]);
  };
  const wrong: Record<string, Seat[]> = {};
  const note = (kind: Kind, one: Seat): void => void (wrong[kind] ??= []).push(one);
  for (const one of seats) {
    put(places, `${one.section}\n${one.row}\n${one.seat}`, one);
    put(spots, `${one.x} ${one.y}`, one);
    if (!tiers[one.tier] || tiers[one.tier].generalAdmission) note("no-tier", one);
    const names = [[one.section, 100], [one.row, 20], [one.seat, 20]] as const;
    if (names.some(([name]) => name.trim() === "")) note("name-missing", one);
    else if (names.some(([name, most]) => length(name) > most)) note("name-long", one);
    else if (names.some(([name]) => name.trim() !== name || hasControl(name))) note("name-blank", one);
    if (one.accessible && one.companion) note("both-kinds", one);
    if (one.keepBack !== undefined && (length(one.keepBack) > 100 || one.keepBack.trim() !== one.keepBack || hasControl(one.keepBack))) note("label-long", one);
    if (!Number.isFinite(one.x) || !Number.isFinite(one.y)) note("no-spot", one);
  }
  const twice = [...places.values()].filter((all) => all.length > 1);
  const same = [...spots.values()].filter((all) => all.length > 1).flat();
  return [
    ...twice.slice(0, 20).map((all) => fault("place-twice", all, { name: `${all[0].section}, ${all[0].row}, ${all[0].seat}` })),
    ...(Object.entries(wrong) as [Kind, Seat[]][]).map(([kind, all]) => fault(kind, all)),
    ...(same.length > 0 ? [fault("same-spot", same)] : []),
  ];
}

function ofTiers({ tiers, seats }: Model): Fault[] {
  const found: Fault[] = [];
  const used = new Set(seats.map((one) => one.tier));
  if (tiers.length > MOST_TIERS) found.push(fault("tier-count", []));
  tiers.forEach((tier, index) => {
    const told = (kind: Kind): void => void found.push(fault(kind, [], { tier: index, name: tier.name }));
    if (tier.name.trim() === "" || tier.name.trim() !== tier.name || length(tier.name) > 200 || hasControl(tier.name)) told("tier-name");
    if (tiers.findIndex((one) => one.name === tier.name) < index) told("tier-twice");
    if (!Number.isInteger(tier.price) || tier.price < 0 || tier.price > MOST_PRICE) told("tier-price");
    else if (tier.price === 0) told("tier-free");
    if (tier.generalAdmission && !(Number.isInteger(tier.quantity) && tier.quantity! >= 1)) told("tier-quantity");
    if (!tier.generalAdmission && !used.has(index)) told("tier-unused");
  });
  return found;
}

function ofPlan(model: Model): Fault[] {
  const all = total(model);
  const named = new Set(model.seats.map((one) => one.section));
  const lost = model.points.find((point) => point.section !== "" && !named.has(point.section));
  return [
    ...(all > MOST_TICKETS ? [fault("too-many", [])] : []),
    ...(all === 0 ? [fault("nothing", [])] : []),
    ...(lost ? [fault("point-lost", [], { name: lost.section })] : []),
  ];
}

/** The place of a fault that the server told, in the plan as it was sent. */
export function placed(pointer: string, sent: Model): { seat?: number; tier?: number } {
  const [, part, index] = /^\/(seats|tiers)\/(\d+)/.exec(pointer) ?? [];
  if (part === "seats" && sent.seats[Number(index)]) return { seat: sent.seats[Number(index)].id };
  return part === "tiers" ? { tier: Number(index) } : {};
}
