// What the console says, in the language of whoever looks at it. The English sentence is the key; the catalog of another language
// is a script of its own that the page loads before this one, only where it is read.
import type { ComponentChildren } from "preact";

export type Fills = Record<string, string | number>;

declare global {
  /** What the scripts of `words/` leave: the mark of the English → translation. */
  var usherWords: Record<string, string> | undefined;
}

/** The language of the page, as the gate chose it. */
export const language = globalThis.document?.documentElement?.lang || "en";

/** By whose rules numbers and times are written. Our English is read all over the world: days before months, clocks of 24 hours. */
export const tag = language === "en" ? "en-GB" : language;

const forms = new Intl.PluralRules(tag);
const numbers = new Intl.NumberFormat(tag);

/** What stands for a sentence in a catalog, so that none holds its English too: FNV-1a, cut short. A test holds that no two are the same. */
export function mark(english: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < english.length; at += 1) hash = Math.imul(hash ^ english.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(36).slice(-4).padStart(4, "0");
}

/** Loads the catalog of a part that the page did not load at once; English has none. */
export async function load(part: string): Promise<void> {
  const file = document.getElementById("console")?.dataset[part];
  if (file) await import(/* @vite-ignore */ file);
}

/** A sentence of the language with its blanks open. Of several forms, `one|other` in English, the number chooses. */
export function sentence(english: string, number: unknown): string {
  const said = known(english) ?? english;
  if (!said.includes("|")) return said;
  const all = said.split("|");
  // In the order of CLDR: where a language has `many`, it stands in the middle, and may be left out.
  const category = forms.select(Number(number));
  if (category === "one") return all[0];
  return category === "many" && all.length > 2 ? all[1] : all.at(-1)!;
}

const BLANK = /\{(\w+)\}/;

/** The translation of a sentence of a server; none of what we do not know. */
export const known = (english: string): string | undefined => globalThis.usherWords?.[mark(english)];

/** A sentence with its blanks filled: `{n}` by `fills.n`. With two forms, `one|other`, the number `n` chooses. */
export function t(english: string, fills: Fills = {}): string {
  return sentence(english, fills["n"]).split(BLANK).map((part, index) => (index % 2 === 0 ? part : written(fills[part]))).join("");
}

/** As `t`, where something on the page stands in the blanks. */
export function rich(english: string, fills: Record<string, ComponentChildren>, number?: number): ComponentChildren[] {
  return sentence(english, number).split(BLANK).map((part, index) => (index % 2 === 0 ? part : fills[part]));
}

const written = (fill: string | number | undefined): string => (typeof fill === "number" ? numbers.format(fill) : fill ?? "");

/** A sentence that `t` says later. */
export const key = (english: string): string => english;
