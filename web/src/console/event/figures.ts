// The figures of a sale, put together for tables and plots.
import type { Event, SalesReport } from "../types";

type Row = SalesReport["rows"][number];

/** What became of a tier's tickets. */
export interface TierFigures {
  tierId: string;
  name: string;
  price: { minor: number; currency: string } | null;
  sold: number;
  available: number;
  gross: number;
}

/** Each tier of the event, with what was sold of it and what of it can be had. */
export function tiers(event: Event, sales: SalesReport | undefined): TierFigures[] {
  return event.tiers.map((tier) => {
    const rows = (sales?.rows ?? []).filter((row) => row.tierId === tier.tierId);
    const sum = (of: (row: Row) => number): number => rows.reduce((all, row) => all + of(row), 0);
    return {
      tierId: tier.tierId, name: tier.name, price: tier.price, available: tier.available,
      sold: sum((row) => row.sold - row.returned), gross: sum((row) => row.gross - row.refunded),
    };
  });
}

/** Neither sold nor to be had: held, being paid, or kept back. */
export function held(event: Event, sales: SalesReport | undefined): number | undefined {
  if (!sales) return undefined;
  return Math.max(0, event.ticketTotal - event.ticketAvailable - (sales.total.sold - sales.total.returned));
}

export interface Day {
  day: string;
  sold: number;
  returned: number;
  gross: number;
  /** Sold so far, without what came back. */
  total: number;
}

/** Every day of the sale in order, those on which nothing was sold too. */
export function days({ rows }: SalesReport): Day[] {
  const all = [...new Set(rows.map((row) => row.day))].sort();
  if (all.length === 0) return [];
  const told: Day[] = [];
  let total = 0;
  for (let at = Date.parse(all[0]); at <= Date.parse(all.at(-1)!); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    const of = rows.filter((row) => row.day === day);
    const sum = (part: (row: Row) => number): number => of.reduce((sofar, row) => sofar + part(row), 0);
    const [sold, returned] = [sum((row) => row.sold), sum((row) => row.returned)];
    total += sold - returned;
    told.push({ day, sold, returned, gross: sum((row) => row.gross - row.refunded), total });
  }
  return told;
}

export interface Rate {
  /** Seconds since 1970. */
  at: number;
  left: number;
}

/** How many tickets a minute went lately, by what was left at several moments. */
export function pace(seen: readonly Rate[]): number | undefined {
  const [first, last] = [seen[0], seen.at(-1)];
  if (!first || !last || last.at - first.at < 20) return undefined;
  return Math.max(0, ((first.left - last.left) * 60) / (last.at - first.at));
}
