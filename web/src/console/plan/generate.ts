// A section of rows, straight or bent around the stage.
import { type RowStyle, type SeatStyle, rowNames, seatNames } from "./number";
import { type Seat, round, seat } from "./model";

export interface Rows {
  section: string;
  rows: number;
  /** In the first row. */
  seats: number;
  /** So many more in each row behind, or fewer. */
  grow: number;
  gap: number;
  rowGap: number;
  /** Over how many degrees the first row goes around the stage; 0 is straight. */
  bend: number;
  /** By how many degrees all of it is turned. */
  turn: number;
  /** An aisle in the middle, so many seats wide. */
  aisle: number;
  rowStyle: RowStyle;
  rowFrom: string;
  /** Without I and O. */
  clear: boolean;
  /** The last name stands in front. */
  down: boolean;
  seatStyle: SeatStyle;
  seatFrom: number;
  tier: number;
  /** The middle of the first row. */
  x: number;
  y: number;
}

/** How many seats each row has. */
export function counts({ rows, seats, grow }: Pick<Rows, "rows" | "seats" | "grow">): number[] {
  return Array.from({ length: rows }, (_, row) => Math.max(0, Math.round(seats + row * grow)));
}

/** All seats of the section; the stage is above it. */
export function generate(of: Rows): Seat[] {
  const names = rowNames(of.rowStyle, of.rows, of.rowFrom, of.clear, of.down);
  const bend = (Math.min(350, Math.abs(of.bend)) * Math.PI) / 180;
  const width = (of.seats - 1 + of.aisle) * of.gap;
  const radius = bend > 0 ? Math.max(of.gap, width / bend) : 0;
  const [cos, sin] = [Math.cos((of.turn * Math.PI) / 180), Math.sin((of.turn * Math.PI) / 180)];
  return counts(of).flatMap((count, row) => {
    const numbers = seatNames(of.seatStyle, count, of.seatFrom);
    return numbers.map((number, i) => {
      const beside = i >= count / 2 ? of.aisle : 0;
      const along = (i + beside - (count - 1 + of.aisle) / 2) * of.gap;
      const out = radius + row * of.rowGap;
      const angle = radius > 0 ? along / out : 0;
      const [dx, dy] = radius > 0 ? [out * Math.sin(angle), out * Math.cos(angle) - radius] : [along, row * of.rowGap];
      return seat({
        section: of.section, row: names[row], seat: number, tier: of.tier,
        x: round(of.x + dx * cos - dy * sin), y: round(of.y + dx * sin + dy * cos),
      });
    });
  });
}

/** How many rows and seats a plan may be asked for at once. */
export const MOST = 100_000;

/** Why nothing can be made of it; nothing where something can. */
export function unfit(of: Rows): "rows" | "seats" | "many" | "gap" | "section" | undefined {
  if (of.section.trim() === "") return "section";
  if (!(of.rows >= 1 && of.rows <= 500)) return "rows";
  if (!(of.seats >= 1 && of.seats <= 1000)) return "seats";
  if (!(of.gap > 0 && of.rowGap > 0)) return "gap";
  return counts(of).reduce((sum, count) => sum + count, 0) > MOST ? "many" : undefined;
}
