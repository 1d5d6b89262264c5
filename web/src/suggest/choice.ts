// Which suggestion is chosen, by the keys of a combobox: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { say } from "../shared/words";

export interface Suggestion {
  kind: string;
  text: string;
  detail: string | null;
  link: string;
}

export interface Open {
  suggestions: Suggestion[];
  /** The one that Enter takes; none while the words themselves are searched for. */
  chosen: number | null;
}

export const CLOSED: Open = { suggestions: [], chosen: null };

export const opened = (suggestions: Suggestion[]): Open => ({ suggestions, chosen: null });

/** What a key makes of it; undefined where the key is the field's own. */
export function pressed(open: Open, key: string): Open | undefined {
  const last = open.suggestions.length - 1;
  if (last < 0) return undefined;
  if (key === "Escape") return CLOSED;
  if (key === "ArrowDown") return { ...open, chosen: open.chosen === null ? 0 : open.chosen === last ? null : open.chosen + 1 };
  if (key === "ArrowUp") return { ...open, chosen: open.chosen === null ? last : open.chosen === 0 ? null : open.chosen - 1 };
  return undefined;
}

/** Where Enter leads. */
export const taken = (open: Open): string | undefined => (open.chosen === null ? undefined : open.suggestions[open.chosen]?.link);

/** How many there are, for whoever hears it. */
export function told(open: Open): string {
  const count = open.suggestions.length;
  if (count === 0) return "";
  return say("options", { count });
}
