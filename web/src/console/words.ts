// Numbers, spans and times as people read them, and what states are called.
import { t, tag } from "./t";

const whole = new Intl.NumberFormat(tag);

export const count = (n: number | null | undefined): string => (n === null || n === undefined ? "–" : whole.format(n));

/** A share between 0 and 1; a small one with a digit more. */
export const percent = (part: number): string =>
  new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: part < 0.1 && part > 0 ? 1 : 0 }).format(part);

/** `1500` as `1.5k`. */
export const compact = (value: number): string => new Intl.NumberFormat(tag, { notation: "compact", maximumFractionDigits: 1 }).format(value);

export const ms = (n: number): string => t("{n} ms", { n: Math.round(n) });
/** Minutes with at most one digit behind the point, and less than one in seconds: how an axis counts. */
export const minutes = (seconds: number): string => (seconds < 60 ? t("{n} s", { n: seconds }) : t("{n} min", { n: Math.round(seconds / 6) / 10 }));

/** Seconds as `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function span(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  const all = Math.round(seconds);
  if (all < 60) return t("{n} s", { n: all });
  if (all < 600) return all % 60 === 0 ? t("{n} min", { n: all / 60 }) : t("{m} min {s} s", { m: Math.floor(all / 60), s: all % 60 });
  const minutes = Math.round(all / 60);
  if (minutes < 60) return t("{n} min", { n: minutes });
  return minutes % 60 === 0 ? t("{n} h", { n: minutes / 60 }) : t("{h} h {m} min", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

const HOURS = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const DAY = { day: "numeric", month: "short" } as const;
const date = (at: string | number, parts: Intl.DateTimeFormatOptions): string => new Date(at).toLocaleString(tag, parts);

/** `20:04:05`, and the day where it is another one. */
export function clock(at: string | number, now = new Date()): string {
  return new Date(at).toDateString() === now.toDateString() ? second(at) : date(at, { ...DAY, ...HOURS });
}

export const second = (at: string | number): string => date(at, { ...HOURS, second: "2-digit" });
export const short = (at: string | number): string => date(at, HOURS);
export const day = (at: string | number): string => date(at, DAY);
export const moment = (at: string | number): string => date(at, { ...DAY, year: "numeric", ...HOURS });
/** A day of the calendar, such as `2026-12-01`, wherever one is. */
export const calendar = (day: string): string => date(`${day}T00:00:00Z`, { ...DAY, year: "numeric", timeZone: "UTC" });

/** Several things in a row. */
export const list = (all: readonly string[]): string => new Intl.ListFormat(tag, { type: "unit" }).format(all);

/** An ISO 8601 span of hours, minutes and seconds in seconds. */
export function seconds(iso: string): number {
  const [, hours, minutes, rest] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(iso) ?? [];
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0);
}

const NAMES: Record<string, string> = {
  scheduled: t("scheduled"), lobby: t("lobby"), open: t("open"), paused: t("paused"), drained: t("drained"), bypass: t("bypass"), reject: t("reject"), closed: t("closed"),
  draft: t("draft"), published: t("published"), onSale: t("on sale"), soldOut: t("sold out"), ended: t("ended"), postponed: t("postponed"), cancelled: t("cancelled"),
  fifo: t("first come, first served"), draw: t("draw"), organizer: t("organizer"), owner: t("owner"), manager: t("manager"), boxOffice: t("box office"), door: t("door"), viewer: t("viewer"),
};

/** What a state or a role is called: `onSale` as `on sale`. What has no name of ours is said as it is. */
export const plain = (name: string): string => NAMES[name] ?? spaced(name);

/** As `plain`, of what may be no name at all. */
export const called = (words: string): string => NAMES[words] ?? words;

/** `admitPerMinute` as `admit per minute`. */
export const spaced = (name: string): string => name.replace(/([A-Z])/g, " $1").toLowerCase();

/** The value of a field for a time of this place, and back. */
export function local(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}
export const instant = (field: string): string => new Date(field).toISOString();
