// What rows and seats are called.
import { type Seat, inLine } from "./model";

export type RowStyle = "letters" | "numbers";
/** From which end seats are counted. `centre`: odd to the left and even to the right, the lowest in the middle. `oddEven`: the same,
 * the lowest at the ends. */
export type SeatStyle = "left" | "right" | "centre" | "oddEven";

const ALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** I and O are taken for 1 and 0. */
const CLEAR = "ABCDEFGHJKLMNPQRSTUVWXYZ";

/** The name number `n`, from 0 on: A, B, … Z, AA, AB, … */
export function letters(n: number, clear: boolean): string {
  const alphabet = clear ? CLEAR : ALL;
  let name = "";
  for (let rest = n + 1; rest > 0; rest = Math.floor((rest - 1) / alphabet.length)) {
    name = alphabet[(rest - 1) % alphabet.length] + name;
  }
  return name;
}

/** Which name it is, from 0 on; none where it is not made of these letters. */
export function letterIndex(name: string, clear: boolean): number | undefined {
  const alphabet = clear ? CLEAR : ALL;
  let n = 0;
  for (const letter of name.toUpperCase()) {
    const at = alphabet.indexOf(letter);
    if (at < 0) return undefined;
    n = n * alphabet.length + at + 1;
  }
  return name === "" ? undefined : n - 1;
}

/** Names for so many rows, beginning with `from`; backwards where `down`. */
export function rowNames(style: RowStyle, count: number, from: string, clear = false, down = false): string[] {
  const first = style === "letters" ? letterIndex(from, clear) ?? 0 : Number.parseInt(from, 10) || 1;
  const names = Array.from({ length: count }, (_, i) => (style === "letters" ? letters(first + i, clear) : String(first + i)));
  return down ? names.reverse() : names;
}

/** Names for so many seats of a row, from its left end to its right one. */
export function seatNames(style: SeatStyle, count: number, from = 1): string[] {
  const left = Math.ceil(count / 2);
  const number = (i: number): number => {
    if (style === "left") return i;
    if (style === "right") return count - 1 - i;
    // Of those on the left 0, 2, 4, …, of those on the right 1, 3, 5, …
    if (style === "centre") return i < left ? 2 * (left - 1 - i) : 2 * (i - left) + 1;
    return i < left ? 2 * i : 2 * (count - 1 - i) + 1;
  };
  return Array.from({ length: count }, (_, i) => String(from + number(i)));
}

/** New names for the seats of one row, by where they stand. */
export function renumbered(row: readonly Seat[], style: SeatStyle, from = 1): Map<number, string> {
  const names = seatNames(style, row.length, from);
  return new Map(inLine(row).map((one, i) => [one.id, names[i]]));
}
