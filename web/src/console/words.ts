// Numbers and times as people read them.
const whole = new Intl.NumberFormat("en");

export const count = (n: number | null | undefined): string => (n === null || n === undefined ? "–" : whole.format(n));

export const percent = (part: number): string => `${(part * 100).toFixed(part < 0.1 && part > 0 ? 1 : 0)} %`;

/** Seconds as `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function span(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  const all = Math.round(seconds);
  if (all < 60) return `${all} s`;
  if (all < 600) return all % 60 === 0 ? `${all / 60} min` : `${Math.floor(all / 60)} min ${all % 60} s`;
  const minutes = Math.round(all / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `20:04:05`, and the day where it is another one. */
export function clock(at: string | number, now = new Date()): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === now.toDateString() ? time : `${day(at)}, ${time.slice(0, 5)}`;
}

export const short = (at: string | number): string => new Date(at).toLocaleTimeString("en-GB").slice(0, 5);
export const day = (at: string | number): string => new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
export const moment = (at: string | number): string => `${new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })}, ${short(at)}`;

/** An ISO 8601 span of hours, minutes and seconds in seconds. */
export function seconds(iso: string): number {
  const [, hours, minutes, rest] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(iso) ?? [];
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0);
}

/** `onSale` as `on sale`. */
export const plain = (name: string): string => name.replace(/([A-Z])/g, " $1").toLowerCase();

/** The value of a field for a time of this place, and back. */
export function local(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}
export const instant = (field: string): string => new Date(field).toISOString();
