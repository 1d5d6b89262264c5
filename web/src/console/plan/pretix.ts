// Plans in the format that pretix and its tools draw: zones with rows with seats, whose positions add up. What the format has no word for
// (places without numbers, wheelchairs, companions, restricted views, what is kept back, where people look to) does not go out.
import { type Model, type Seat, type Tier, round, seat, sections } from "./model";

interface At {
  x: number;
  y: number;
}

export interface PlanFile {
  name: string;
  categories: { name: string; color: string }[];
  zones: {
    name: string;
    zone_id?: string;
    position: At;
    rows: { row_number: string; position: At; seats: { seat_number: string; seat_guid: string; position: At; category: string }[] }[];
    areas: unknown[];
  }[];
  size: { width: number; height: number };
}

/** A file that is no plan; says where. */
export class NoPlan extends Error {}

type Json = Record<string, unknown>;

const record = (value: unknown, where: string): Json => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NoPlan(where);
  return value as Json;
};
const list = (value: unknown, where: string): unknown[] => {
  if (!Array.isArray(value)) throw new NoPlan(where);
  return value as unknown[];
};
const text = (value: unknown, where: string): string => {
  if (typeof value !== "string" && typeof value !== "number") throw new NoPlan(where);
  return String(value);
};
const at = (value: unknown, where: string): At => {
  const { x, y } = record(value, where);
  if (typeof x !== "number" || typeof y !== "number" || !Number.isFinite(x) || !Number.isFinite(y)) throw new NoPlan(where);
  return { x, y };
};

/** `#abc` and `#AABBCC` as `#aabbcc`; nothing of what is no such colour. */
export function colour(said: unknown): string | undefined {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(String(said))?.[1].toLowerCase();
  if (hex === undefined) return undefined;
  return `#${hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex}`;
}

/** The section of each row of a zone: where the zone names a row twice, a new one begins, as on the server. */
function blocks(zone: string, rows: readonly string[]): string[] {
  let [block, seen] = [1, new Set<string>()];
  const numbers = rows.map((row) => {
    if (seen.has(row)) {
      block += 1;
      seen = new Set();
    }
    seen.add(row);
    return block;
  });
  return numbers.map((number) => (block === 1 ? zone : `${zone} ${number}`));
}

/** Reads a plan. Tiers that `known` has by the same name keep their price. */
export function read(file: unknown, known: readonly Tier[] = []): Model {
  const plan = record(file, "/");
  const tiers: Tier[] = list(plan["categories"], "/categories").map((one, i) => {
    const { name, color } = record(one, `/categories/${i}`);
    const called = text(name, `/categories/${i}/name`);
    const { quantity: _, ...same } = known.find((tier) => tier.name === called) ?? { name: called, price: 0, generalAdmission: false };
    const shade = colour(color) ?? same.colour;
    return { ...same, generalAdmission: false, ...(shade && { colour: shade }) };
  });
  const seats = list(plan["zones"], "/zones").flatMap((one, z) => {
    const zone = record(one, `/zones/${z}`);
    const from = at(zone["position"], `/zones/${z}/position`);
    const rows = list(zone["rows"] ?? [], `/zones/${z}/rows`).map((row, r) => record(row, `/zones/${z}/rows/${r}`));
    const called = blocks(text(zone["name"], `/zones/${z}/name`), rows.map((row, r) => text(row["row_number"], `/zones/${z}/rows/${r}/row_number`)));
    return rows.flatMap((row, r) => rowSeats(row, `/zones/${z}/rows/${r}`, from, called[r], tiers));
  });
  return { tiers, seats, points: [] };
}

function rowSeats(row: Json, where: string, zone: At, section: string, tiers: readonly Tier[]): Seat[] {
  const start = at(row["position"], `${where}/position`);
  return list(row["seats"], `${where}/seats`).map((one, s) => {
    const place = `${where}/seats/${s}`;
    const said = record(one, place);
    const by = at(said["position"], `${place}/position`);
    return seat({
      section, row: text(row["row_number"], where), seat: text(said["seat_number"], `${place}/seat_number`),
      tier: tiers.findIndex((tier) => tier.name === said["category"]),
      x: round(zone.x + start.x + by.x), y: round(zone.y + start.y + by.y),
    });
  });
}

/** Writes a plan. A seat without a tier has a category without a name. */
export function write({ tiers, seats }: Model, name: string): PlanFile {
  const size = { width: 0, height: 0 };
  const zones = sections(seats).map((section) => ({
    name: section.name,
    zone_id: section.name,
    position: { x: 0, y: 0 },
    rows: section.rows.map((row) => {
      const [{ x, y }] = row.seats;
      return {
        row_number: row.name,
        row_number_position: "both",
        position: { x, y },
        seats: row.seats.map((one) => {
          size.width = Math.max(size.width, one.x + 50);
          size.height = Math.max(size.height, one.y + 50);
          return {
            seat_number: one.seat, seat_guid: `${one.section}-${one.row}-${one.seat}`,
            position: { x: round(one.x - x), y: round(one.y - y) }, category: tiers[one.tier]?.name ?? "",
          };
        }),
      };
    }),
    areas: [],
  }));
  const categories = tiers.filter((tier) => !tier.generalAdmission).map((tier) => ({ name: tier.name, color: tier.colour ?? "#4f46e5" }));
  return { name, categories, zones, size };
}
